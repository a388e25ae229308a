package claysim

import "net/http"

// happening is what the control surface is told of the work of people and workbooks.
type happening struct {
	Workspace int `json:"workspace"`
	// Email is the person who spends, Budget the name of what is spent of or used.
	Email   string `json:"email"`
	Budget  string `json:"budget"`
	Credits int64  `json:"credits"`
	// Workbooks is how many use the budget from now on.
	Workbooks int `json:"workbooks"`
}

// routeHappenings lets a person at the control page do what the people of a workspace do with credits.
func (s *Server) routeHappenings(mux *http.ServeMux) {
	for path, act := range map[string]func(happening) error{
		"spend":         func(h happening) error { return s.SpendCredits(h.Workspace, h.Email, h.Credits) },
		"budgets/spend": func(h happening) error { return s.SpendBudget(h.Workspace, h.Budget, h.Credits) },
		"budgets/use":   func(h happening) error { return s.UseBudget(h.Workspace, h.Budget, h.Workbooks) },
	} {
		mux.HandleFunc("POST /_sim/"+path, func(out http.ResponseWriter, in *http.Request) {
			var body happening
			if refused := readJSON(in, &body); refused != nil {
				writeRefusal(out, refused)
				return
			}
			if err := act(body); err != nil {
				writeRefusal(out, conflict(err.Error()))
				return
			}
			out.WriteHeader(http.StatusNoContent)
		})
	}
}
