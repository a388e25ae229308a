package claysim

import (
	"net/http"
)

func (s *Server) routeWrites(mux *http.ServeMux) {
	mux.Handle("POST /v3/workspaces/{workspace}/invitations", s.signed(s.postInvitations))
	mux.Handle("PATCH /v3/workspaces/{workspace}/invitations/{invitation}", s.signed(s.patchInvitation))
	mux.Handle("POST /v3/workspaces/{workspace}/invitations/{invitation}/resend", s.signed(s.postResend))
	mux.Handle("DELETE /v3/workspaces/{workspace}/invitations/{invitation}", s.signed(s.deleteInvitation))
	mux.Handle("PATCH /v3/workspaces/{workspace}/users/{user}", s.signed(s.patchUser))
	mux.Handle("DELETE /v3/workspaces/{workspace}/users/{user}", s.signed(s.deleteUser))
}

// roleChange is the body of the calls that change a role.
type roleChange struct {
	RoleID int `json:"roleId"`
}

func (s *Server) postInvitations(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	var body inviteForm
	if refused := readJSON(in, &body); refused != nil {
		return refused
	}
	s.world.count(func(c *Counters) { c.InvitationsSubmitted++ })
	sent, rejected, refused := s.world.invite(actor, pathNumber(in, "workspace"), body, s.Variant().PartialRefusal)
	if refused != nil {
		return refused
	}
	writeJSON(out, http.StatusCreated, map[string]any{"sent": sent, "refused": rejected})
	return nil
}

func (s *Server) patchInvitation(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	var body roleChange
	if refused := readJSON(in, &body); refused != nil {
		return refused
	}
	return done(out, s.world.changeInvitationRole(actor, pathNumber(in, "workspace"), pathNumber(in, "invitation"), body.RoleID))
}

func (s *Server) postResend(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	return done(out, s.world.resendInvitation(actor, pathNumber(in, "workspace"), pathNumber(in, "invitation")))
}

func (s *Server) deleteInvitation(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	return done(out, s.world.cancelInvitation(actor, pathNumber(in, "workspace"), pathNumber(in, "invitation")))
}

func (s *Server) patchUser(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	var body roleChange
	if refused := readJSON(in, &body); refused != nil {
		return refused
	}
	return done(out, s.world.changeRole(actor, pathNumber(in, "workspace"), pathNumber(in, "user"), body.RoleID))
}

func (s *Server) deleteUser(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	return done(out, s.world.removeMember(actor, pathNumber(in, "workspace"), pathNumber(in, "user")))
}

// done answers a write that needs no body.
func done(out http.ResponseWriter, refused *refusal) *refusal {
	if refused == nil {
		writeJSON(out, http.StatusOK, map[string]any{"success": true})
	}
	return refused
}
