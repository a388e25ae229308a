package claysim

import (
	"net/http"
)

func (s *Server) routeSignIn(mux *http.ServeMux) {
	mux.HandleFunc("POST /v3/auth/start", s.postAuthStart)
	mux.HandleFunc("POST /v3/auth/password", s.postAuthPassword)
	mux.HandleFunc("POST /v3/auth/code", s.postAuthCode)
	mux.HandleFunc("POST /v3/auth/security-check", s.postSecurityCheck)
	mux.HandleFunc("POST /v3/auth/logout", s.postLogout)
	mux.HandleFunc("POST "+assertionPath, s.postAssertion)
	mux.HandleFunc("GET /v3/invitations/{token}", s.getInvitation)
	mux.HandleFunc("POST /v3/invitations/{token}/accept", s.postAccept)
}

// credentials is the body of the calls that sign in.
type credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Code     string `json:"code"`
	// Next is the page that was wanted before the log-in.
	Next string `json:"next"`
}

func (s *Server) postAuthStart(out http.ResponseWriter, in *http.Request) {
	var body credentials
	refused := readJSON(in, &body)
	if refused == nil {
		var method SignIn
		var provider IdentityProvider
		if method, provider, refused = s.world.signInMethod(body.Email); refused == nil {
			answer := map[string]any{"method": method}
			if provider != "" {
				answer["url"] = s.providerEntry(provider, body.Next)
			}
			writeJSON(out, http.StatusOK, answer)
			return
		}
	}
	writeRefusal(out, refused)
}

func (s *Server) postAuthPassword(out http.ResponseWriter, in *http.Request) {
	s.signIn(out, in, func(c credentials) (string, string, *refusal) { return s.world.signInByPassword(c.Email, c.Password) })
}

func (s *Server) postAuthCode(out http.ResponseWriter, in *http.Request) {
	s.signIn(out, in, func(c credentials) (string, string, *refusal) { return s.world.signInByCode(c.Email, c.Code) })
}

func (s *Server) signIn(out http.ResponseWriter, in *http.Request, start func(credentials) (string, string, *refusal)) {
	var body credentials
	if refused := readJSON(in, &body); refused != nil {
		writeRefusal(out, refused)
		return
	}
	token, landing, refused := start(body)
	if refused != nil {
		writeRefusal(out, refused)
		return
	}
	s.setSession(out, token)
	writeJSON(out, http.StatusOK, map[string]any{"landing": landing})
}

func (s *Server) setSession(out http.ResponseWriter, token string) {
	http.SetCookie(out, &http.Cookie{
		Name: sessionCookie, Value: token, Domain: apiHost, Path: "/", HttpOnly: true,
		SameSite: http.SameSiteLaxMode, MaxAge: int(s.world.sessionLife.Seconds()),
	})
}

func (s *Server) postSecurityCheck(out http.ResponseWriter, in *http.Request) {
	if refused := done(out, s.world.passSecurityCheck(in)); refused != nil {
		writeRefusal(out, refused)
	}
}

func (s *Server) postLogout(out http.ResponseWriter, in *http.Request) {
	s.world.endSession(in)
	http.SetCookie(out, &http.Cookie{Name: sessionCookie, Domain: apiHost, Path: "/", HttpOnly: true, MaxAge: -1})
	writeJSON(out, http.StatusOK, map[string]any{"success": true})
}

// getInvitation tells the join page whom the link is for.
func (s *Server) getInvitation(out http.ResponseWriter, in *http.Request) {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	ws, invitation, refused := w.invitationLocked(in.PathValue("token"))
	if refused != nil {
		writeRefusal(out, refused)
		return
	}
	writeJSON(out, http.StatusOK, map[string]any{
		"email": invitation.Email, "workspaceName": ws.Name, "hasAccount": w.accountLocked(invitation.Email) != nil,
	})
}

func (s *Server) postAccept(out http.ResponseWriter, in *http.Request) {
	var body struct {
		Name     string `json:"name"`
		Password string `json:"password"`
	}
	if refused := readJSON(in, &body); refused != nil {
		writeRefusal(out, refused)
		return
	}
	person, workspaceID, refused := s.world.acceptLink(in.PathValue("token"), body.Name, body.Password)
	if refused != nil {
		writeRefusal(out, refused)
		return
	}
	s.setSession(out, s.world.startSession(person))
	writeJSON(out, http.StatusOK, map[string]any{"workspaceId": workspaceID})
}
