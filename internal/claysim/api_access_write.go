package claysim

import "net/http"

func (s *Server) routeAccessWrites(mux *http.ServeMux) {
	mux.Handle("POST /v3/workspaces/{workspace}/groups", s.signed(s.postGroup))
	mux.Handle("PATCH /v3/workspaces/{workspace}/groups/{group}", s.signed(s.patchGroup))
	mux.Handle("DELETE /v3/workspaces/{workspace}/groups/{group}", s.signed(s.deleteGroup))
	mux.Handle("POST /v3/workspaces/{workspace}/groups/{group}/members", s.signed(s.postGroupMembers))
	mux.Handle("DELETE /v3/workspaces/{workspace}/groups/{group}/members/{user}", s.signed(s.deleteGroupMember))
	mux.Handle("POST /v3/workspaces/{workspace}/budgets", s.signed(s.postBudget))
	mux.Handle("PATCH /v3/workspaces/{workspace}/budgets/{budget}", s.signed(s.patchBudget))
	mux.Handle("POST /v3/workspaces/{workspace}/budgets/{budget}/reset", s.signed(s.postBudgetReset))
	mux.Handle("DELETE /v3/workspaces/{workspace}/budgets/{budget}", s.signed(s.deleteBudget))
	mux.Handle("PATCH /v3/workspaces/{workspace}/mcp", s.signed(s.patchDefaultLimit))
	mux.Handle("PATCH /v3/workspaces/{workspace}/mcp/users/{user}", s.signed(s.patchLimit))
}

// limitForm is the body of the calls that change a limit.
type limitForm struct {
	CreditLimit *int64 `json:"creditLimit"`
}

func (s *Server) postGroup(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	var body struct {
		Name    string `json:"name"`
		UserIDs []int  `json:"userIds"`
	}
	if refused := readJSON(in, &body); refused != nil {
		return refused
	}
	id, refused := s.world.createGroup(actor, pathNumber(in, "workspace"), body.Name, body.UserIDs)
	if refused != nil {
		return refused
	}
	writeJSON(out, http.StatusCreated, map[string]any{"id": id})
	return nil
}

func (s *Server) patchGroup(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	var body struct {
		Description string `json:"description"`
	}
	if refused := readJSON(in, &body); refused != nil {
		return refused
	}
	return done(out, s.world.describeGroup(actor, pathNumber(in, "workspace"), pathNumber(in, "group"), body.Description))
}

func (s *Server) deleteGroup(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	return done(out, s.world.deleteGroup(actor, pathNumber(in, "workspace"), pathNumber(in, "group")))
}

func (s *Server) postGroupMembers(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	var body struct {
		UserIDs []int `json:"userIds"`
	}
	if refused := readJSON(in, &body); refused != nil {
		return refused
	}
	return done(out, s.world.addToGroup(actor, pathNumber(in, "workspace"), pathNumber(in, "group"), body.UserIDs))
}

func (s *Server) deleteGroupMember(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	return done(out, s.world.removeFromGroup(actor, pathNumber(in, "workspace"), pathNumber(in, "group"), pathNumber(in, "user")))
}

func (s *Server) postBudget(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	var body budgetForm
	if refused := readJSON(in, &body); refused != nil {
		return refused
	}
	return done(out, s.world.createBudget(actor, pathNumber(in, "workspace"), body))
}

func (s *Server) patchBudget(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	var body budgetForm
	if refused := readJSON(in, &body); refused != nil {
		return refused
	}
	return done(out, s.world.editBudget(actor, pathNumber(in, "workspace"), pathNumber(in, "budget"), body))
}

func (s *Server) postBudgetReset(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	return done(out, s.world.resetBudget(actor, pathNumber(in, "workspace"), pathNumber(in, "budget")))
}

func (s *Server) deleteBudget(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	return done(out, s.world.deleteBudget(actor, pathNumber(in, "workspace"), pathNumber(in, "budget")))
}

func (s *Server) patchDefaultLimit(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	var body limitForm
	if refused := readJSON(in, &body); refused != nil {
		return refused
	}
	return done(out, s.world.setDefaultLimit(actor, pathNumber(in, "workspace"), body.CreditLimit))
}

func (s *Server) patchLimit(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	var body limitForm
	if refused := readJSON(in, &body); refused != nil {
		return refused
	}
	return done(out, s.world.setLimit(actor, pathNumber(in, "workspace"), pathNumber(in, "user"), body.CreditLimit))
}
