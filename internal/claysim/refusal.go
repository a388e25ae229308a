package claysim

import "net/http"

// refusal is an answer that is no success, as the API sends it.
type refusal struct {
	status  int
	Type    string           `json:"type"`
	Message string           `json:"message"`
	Refused []refusedAddress `json:"refused,omitempty"`
}

// refusedAddress is an address that was not invited, and why.
type refusedAddress struct {
	Email  string `json:"email"`
	Reason string `json:"reason"`
}

func (r *refusal) Error() string { return r.Message }

func unauthorized() *refusal {
	return &refusal{status: http.StatusUnauthorized, Type: "Unauthorized", Message: "You must be logged in"}
}

func noMatchingURL() *refusal {
	return &refusal{status: http.StatusNotFound, Type: "NoMatchingURL", Message: "Invalid URL"}
}

func forbidden(message string) *refusal {
	return &refusal{status: http.StatusForbidden, Type: "Forbidden", Message: message}
}

func notFound(message string) *refusal {
	return &refusal{status: http.StatusNotFound, Type: "NotFound", Message: message}
}

func badRequest(message string) *refusal {
	return &refusal{status: http.StatusBadRequest, Type: "BadRequest", Message: message}
}

func conflict(message string) *refusal {
	return &refusal{status: http.StatusConflict, Type: "Conflict", Message: message}
}
