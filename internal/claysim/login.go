package claysim

import "time"

// LogInStep is something that somebody did to log in.
type LogInStep string

// The steps.
const (
	// LogInEmail is an address sent in Clay's log-in form; with SignInCode it sends an e-mail.
	LogInEmail LogInStep = "email"
	// LogInPassword is a password sent to Clay or to an identity provider.
	LogInPassword LogInStep = "password"
	// LogInCode is a one-time code: from an e-mail to Clay, or TOTP to an identity provider.
	LogInCode LogInStep = "code"
	// LogInPush is an approval on a phone.
	LogInPush LogInStep = "push"
	// LogInSession is a session of Clay that began; there is one in each log-in that succeeded.
	LogInSession LogInStep = "session"
)

// LogIn is one step of an attempt to log in.
type LogIn struct {
	At time.Time `json:"at"`
	// Email is the account's; what was typed if there is no such account.
	Email  string    `json:"email"`
	Method SignIn    `json:"method"`
	Step   LogInStep `json:"step"`
	// Provider is the identity provider of SignInSSO.
	Provider IdentityProvider `json:"provider,omitempty"`
	// Refused is why the step failed, for example "wrong-password"; empty if it went well.
	Refused string `json:"refused,omitempty"`
}

// LogIns are the steps of all attempts to log in so far, oldest first.
func (s *Server) LogIns() []LogIn { return s.State().LogIns }

// logInLocked keeps a step of a log-in.
func (w *world) logInLocked(step LogIn) {
	step.At = w.now()
	w.logIns = append(w.logIns, step)
	w.notifyLocked()
}

// stepOf is a step of an account.
func (a *account) stepOf(step LogInStep, refused problem) LogIn {
	return LogIn{Email: a.Email, Method: a.SignIn, Provider: a.Provider, Step: step, Refused: string(refused)}
}
