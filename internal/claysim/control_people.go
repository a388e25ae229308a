package claysim

import "net/http"

// personState is what the control page shows of an account, and what a person can do for it.
type personState struct {
	Email    string           `json:"email"`
	SignIn   SignIn           `json:"signIn"`
	Provider IdentityProvider `json:"provider,omitempty"`
	// Code is what an authenticator app shows now.
	Code string `json:"code,omitempty"`
	// Number is what a phone has to pick while a page waits for it.
	Number int `json:"number,omitempty"`
	// Checked accounts have a security check to pass.
	Checked bool `json:"checked,omitempty"`
	// Locked accounts had too many wrong passwords.
	Locked bool `json:"locked,omitempty"`
}

// people are the accounts that somebody can sign in to.
func (w *world) people() []personState {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []personState
	for _, known := range w.accounts {
		if known.Password == "" && known.SignIn != SignInCode {
			continue
		}
		shown := personState{Email: known.Email, SignIn: known.SignIn, Provider: known.Provider, Checked: known.challenged, Locked: known.locked()}
		if key, err := totpKey(known.TOTPSecret); err == nil {
			shown.Code = totpCode(key, totpCounter(w.now()))
		}
		for _, waiting := range w.flows {
			if waiting.account == known && waiting.step == stepPush {
				shown.Number = waiting.number
			}
		}
		all = append(all, shown)
	}
	return all
}

// routePeople lets a person at the control page do what only a person can.
func (s *Server) routePeople(mux *http.ServeMux) {
	for path, act := range map[string]func(string) error{
		"accept": s.AcceptInvitation, "push/approve": s.ApprovePush, "unlock": s.Unlock,
		"security-checks/clear": func(email string) error { s.ClearSecurityChecks(email); return nil },
	} {
		mux.HandleFunc("POST /_sim/"+path, func(out http.ResponseWriter, in *http.Request) {
			var body struct {
				Email string `json:"email"`
			}
			if refused := readJSON(in, &body); refused != nil {
				writeRefusal(out, refused)
				return
			}
			if err := act(body.Email); err != nil {
				writeRefusal(out, conflict(err.Error()))
				return
			}
			out.WriteHeader(http.StatusNoContent)
		})
	}
}
