package claysim

import (
	"net/http"
	"slices"
	"strings"
)

// The routes that tell of groups, budgets and limits.
const (
	groupsRoute  = "GET /v3/workspaces/{workspace}/groups"
	groupRoute   = "GET /v3/workspaces/{workspace}/groups/{group}"
	budgetsRoute = "GET /v3/workspaces/{workspace}/budgets"
	limitsRoute  = "GET /v3/workspaces/{workspace}/mcp"
	usageRoute   = "GET /v3/workspaces/{workspace}/usage/mcp"
)

func (s *Server) routeAccess(mux *http.ServeMux) {
	mux.Handle(groupsRoute, s.signed(s.getGroups))
	mux.Handle(groupRoute, s.signed(s.getGroup))
	mux.Handle(budgetsRoute, s.signed(s.getBudgets))
	mux.Handle(limitsRoute, s.signed(s.getLimits))
	mux.Handle(usageRoute, s.signed(s.getUsage))
	s.routeAccessWrites(mux)
}

// getGroups tells everybody in the workspace, as documented: only admins change groups, everybody sees them.
func (s *Server) getGroups(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	ws, _, refused := w.memberWorkspaceLocked(actor, pathNumber(in, "workspace"))
	switch {
	case refused != nil:
		return refused
	case !ws.Plan.offersGroups():
		return forbidden(sentenceGroupPlan)
	}
	groups, total := faultyList(w, in, w.readLocked(ws, groupsRoute).groups, func(each group) string { return each.name })
	listed := []any{}
	for _, each := range groups {
		listed = append(listed, map[string]any{
			"id": each.id, "name": each.name, "description": each.description, "userIds": ids(each.members),
		})
	}
	writeJSON(out, http.StatusOK, map[string]any{"groups": listed, "total": total})
	return nil
}

func (s *Server) getGroup(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	ws, _, refused := w.memberWorkspaceLocked(actor, pathNumber(in, "workspace"))
	switch {
	case refused != nil:
		return refused
	case !ws.Plan.offersGroups():
		return forbidden(sentenceGroupPlan)
	}
	named := w.readLocked(ws, groupRoute).groupByID(pathNumber(in, "group"))
	if named == nil {
		return notFound(sentenceNoGroup)
	}
	listed, total := faultyList(w, in, named.members, w.emailLocked)
	members := []any{}
	for _, id := range listed {
		members = append(members, w.personLocked(id))
	}
	writeJSON(out, http.StatusOK, map[string]any{
		"id": named.id, "name": named.name, "description": named.description, "members": members, "total": total,
	})
	return nil
}

// personLocked is a member as the traffic shows people.
func (w *world) personLocked(userID int) map[string]any {
	known := w.accounts[userID-firstUserID]
	return userJSON(known.id, known.Email, known.Name)
}

func (s *Server) getBudgets(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	ws, refused := w.adminWorkspaceLocked(actor, pathNumber(in, "workspace"))
	switch {
	case refused != nil:
		return refused
	case !ws.Plan.offersGroups():
		return forbidden(sentenceBudgetPlan)
	}
	budgets, total := faultyList(w, in, w.readLocked(ws, budgetsRoute).budgets, func(each budget) string { return each.name })
	listed := []any{}
	for _, each := range budgets {
		listed = append(listed, map[string]any{
			"id": each.id, "name": each.name, "creditLimit": each.limit, "used": each.used,
			"allMembers": each.everyone, "userIds": ids(each.users), "groupIds": ids(each.groups),
		})
	}
	writeJSON(out, http.StatusOK, map[string]any{"budgets": listed, "total": total})
	return nil
}

// ids are never null in the traffic.
func ids(known []int) []int { return append([]int{}, known...) }

func (s *Server) getLimits(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	ws, refused := w.adminWorkspaceLocked(actor, pathNumber(in, "workspace"))
	switch {
	case refused != nil:
		return refused
	case !ws.Plan.offersLimits():
		return forbidden(sentenceLimitPlan)
	}
	seen := w.readLocked(ws, limitsRoute)
	users, total := w.spendersLocked(in, seen)
	writeJSON(out, http.StatusOK, map[string]any{"defaultLimit": seen.defaultLimit, "users": users, "total": total})
	return nil
}

// getUsage tells what each member spent through MCP: the one kind of usage that Clay tells of a person.
func (s *Server) getUsage(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	ws, refused := w.adminWorkspaceLocked(actor, pathNumber(in, "workspace"))
	if refused != nil {
		return refused
	}
	users, total := w.spendersLocked(in, w.readLocked(ws, usageRoute))
	writeJSON(out, http.StatusOK, map[string]any{"users": users, "total": total})
	return nil
}

// spendersLocked are the active members with their limits; nobody who is only invited is among them.
func (w *world) spendersLocked(in *http.Request, seen view) ([]any, int) {
	members, total := faultyList(w, in, seen.members, func(each Member) string { return each.Email })
	users := []any{}
	for _, member := range members {
		known := seen.spending[member.UserID]
		user := userJSON(member.UserID, member.Email, member.Name)
		user["platforms"], user["salesforceId"] = append([]string{}, known.platforms...), known.salesforceID
		user["creditLimit"], user["creditsUsed"] = seen.limitOf(member.UserID), seen.usedIn(member.UserID, monthOf(w.now()))
		users = append(users, user)
	}
	return users, total
}

// faultyList is a list with a hole or with something twice where those faults are on, and how long the list is said to be.
func faultyList[T any](w *world, in *http.Request, all []T, name func(T) string) (listed []T, total int) {
	request := "GET " + in.URL.Path
	listed, total = slices.Clone(all), len(all)
	if fault, on := w.faults.take(FaultListedTwice, request); on {
		if twice, known := found(all, func(each T) bool { return fault.Email == "" || strings.EqualFold(name(each), fault.Email) }); known {
			listed = append(listed, twice)
		}
	}
	if fault, on := w.faults.take(FaultPartialList, request); on {
		listed = listed[:min(fault.Keep, len(listed))]
		if fault.Silent {
			total = len(listed)
		}
	}
	return listed, total
}
