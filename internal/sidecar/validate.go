package sidecar

import (
	"fmt"
	"net/url"
	"regexp"
	"unicode/utf8"

	"github.com/seatwright/clay-operator/internal/seat"
)

// ReasonInvalidRequest is the reason of a fault that the sidecar finds in what it was asked, before anything is done.
const ReasonInvalidRequest = "InvalidRequest"

// workspaceIDPattern holds the ids that Clay uses in the addresses of its pages; the length is that of the largest 64-bit number.
var workspaceIDPattern = regexp.MustCompile(`^[0-9]{1,20}$`)

// validateWorkspace refuses what would be typed into a page or made part of an address although it cannot be right.
func validateWorkspace(workspace Workspace) error {
	switch {
	case !workspaceIDPattern.MatchString(workspace.ID):
		return fmt.Errorf("the workspace id %q is not a number such as 12345", workspace.ID)
	case !isOrigin(workspace.AppURL):
		return fmt.Errorf("the app URL must be an origin such as https://app.clay.com, without a path and a trailing slash")
	case !normalised(workspace.Login.Email):
		return fmt.Errorf("the log-in's e-mail address is not one such as jo@example.com, in lower case")
	case len(workspace.Locators) > MaxLocators:
		return fmt.Errorf("the overrides of locators are larger than %d bytes", MaxLocators)
	}
	return validateSecrets(workspace.Login)
}

// MaxLocators is the size of the largest overrides of locators, in bytes: far more than all of them need.
const MaxLocators = 1 << 18

// validateSecrets refuses secrets that are no text. Whether they are the right ones, and enough, the page tells.
func validateSecrets(login Login) error {
	for name, secret := range map[string]Password{
		"password":                       login.Password,
		"identity provider's password":   login.IdentityProvider.Password,
		"identity provider's OTP secret": login.IdentityProvider.OTPSecret,
		"mailbox's password":             login.Mailbox.Password,
	} {
		if !utf8.ValidString(string(secret)) {
			return fmt.Errorf("the log-in's %s is not text in UTF-8", name)
		}
	}
	return nil
}

// isOrigin reports whether text is a scheme and a host and nothing else. Whether plain http is acceptable is the manager's to decide.
func isOrigin(text string) bool {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Hostname() == "" {
		return false
	}
	return (parsed.Scheme == "https" || parsed.Scheme == "http") && parsed.Scheme+"://"+parsed.Host == text
}

// validateChanges refuses changes that the domain excludes. The same step for the same address may appear once, because the second
// would be an act upon what the first one left.
func validateChanges(changes []seat.Change) error {
	type step struct {
		verb  seat.Verb
		email seat.Email
	}
	seen := make(map[step]bool, len(changes))
	for index, change := range changes {
		if !normalised(change.Email) {
			return fmt.Errorf("change %d has no normalised e-mail address", index)
		}
		this := step{change.Verb, change.Email}
		if seen[this] {
			return fmt.Errorf("change %d (%s) repeats an earlier one", index, change.Verb)
		}
		seen[this] = true
		if (change.Verb == seat.SetRole || change.Verb == seat.Invite) && change.Role == "" {
			return fmt.Errorf("change %d (%s) names no role", index, change.Verb)
		}
	}
	return nil
}

func normalised(email seat.Email) bool {
	parsed, err := seat.ParseEmail(string(email))
	return err == nil && parsed == email
}
