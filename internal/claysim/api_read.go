package claysim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	usersRoute       = "GET /v3/workspaces/{workspace}/users"
	permissionsRoute = "GET /v3/workspaces/{workspace}/permissions"
	workspaceRoute   = "GET /v3/workspaces/{workspace}"

	// The paths while FaultMovedPaths is on.
	movedUsersRoute       = "GET /v3/workspaces/{workspace}/people"
	movedPermissionsRoute = "GET /v3/workspaces/{workspace}/access"

	// sampleCredits is a balance to look at.
	sampleCredits = 48_250
	// billingPeriod is how far away the end of the billing period is shown.
	billingPeriod = 19 * 24 * time.Hour
)

// renamedFields are the fields of users and permissions while FaultRenamedFields is on.
var renamedFields = map[string]string{
	"userPermissions": "workspaceAccess", "users": "people", "roleId": "accessLevel",
	"email": "emailAddress", "pending": "isInvited", "role": "access",
}

func (s *Server) routeReads(mux *http.ServeMux) {
	mux.HandleFunc("GET /v3", s.getVersion)
	mux.Handle("GET /v3/me", s.signed(s.getMe))
	mux.Handle("GET /v3/my-workspaces", s.signed(s.getMyWorkspaces))
	mux.Handle(workspaceRoute, s.signed(s.getWorkspace))
	mux.Handle(usersRoute, s.signed(s.unlessMoved(s.getUsers)))
	mux.Handle(permissionsRoute, s.signed(s.unlessMoved(s.getPermissions)))
	mux.Handle(movedUsersRoute, s.signed(s.ifMoved(s.getUsers)))
	mux.Handle(movedPermissionsRoute, s.signed(s.ifMoved(s.getPermissions)))
}

func (s *Server) unlessMoved(handle signed) signed {
	return func(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
		if s.world.faults.active(FaultMovedPaths) {
			return noMatchingURL()
		}
		return handle(out, in, actor)
	}
}

func (s *Server) ifMoved(handle signed) signed {
	return func(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
		if !s.world.faults.active(FaultMovedPaths) {
			return noMatchingURL()
		}
		return handle(out, in, actor)
	}
}

func (s *Server) getVersion(out http.ResponseWriter, _ *http.Request) {
	writeJSON(out, http.StatusOK, map[string]any{"status": "ok", "auth": map[string]any{}, "version": s.Variant().Version})
}

func (s *Server) getMe(out http.ResponseWriter, _ *http.Request, actor *account) *refusal {
	me := userJSON(actor.id, actor.Email, actor.Name)
	me["apiToken"] = actor.apiToken
	writeJSON(out, http.StatusOK, me)
	return nil
}

func (s *Server) getMyWorkspaces(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	current := s.world.sessionLocked(in)
	onboarding := current != nil && current.onboarding
	results := []map[string]any{}
	for _, ws := range s.world.workspacesOfLocked(actor) {
		results = append(results, map[string]any{"id": ws.ID, "name": ws.Name})
	}
	writeJSON(out, http.StatusOK, map[string]any{"results": results, "onboarding": onboarding})
	return nil
}

func (s *Server) getWorkspace(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	ws, role, refused := w.memberWorkspaceLocked(actor, pathNumber(in, "workspace"))
	if refused != nil {
		return refused
	}
	w.leaveOnboardingLocked(in)
	seen := w.readLocked(ws, workspaceRoute)
	if fault, on := w.faults.take(FaultPartialList, "GET "+in.URL.Path); on && fault.Silent {
		seen = seen.first(fault.Keep)
	}
	admin := role == RoleAdmin
	writeJSON(out, http.StatusOK, map[string]any{
		"id": ws.ID, "name": ws.Name, "createdByUserId": ws.createdBy, "billingPlanType": ws.Plan,
		"credits":          map[string]any{"basic": sampleCredits, "longExpiry": 0, "actionExecution": sampleCredits},
		"creditBudgets":    map[string]any{},
		"currentPeriodEnd": w.now().Add(billingPeriod).UTC().Format(time.RFC3339),
		"featureFlags": map[string]any{
			"salesRepRole": ws.SalesRepBeta, "groups": ws.Plan.offersGroups(), "budgets": ws.Plan.offersGroups(), "mcpLimits": ws.Plan.offersLimits(),
		},
		"abilities":   map[string]any{"canManageMembers": admin, "canManageBilling": admin},
		"memberCount": len(seen.members), "pendingCount": len(seen.invitations),
	})
	return nil
}

// first is the view cut to a number of people, members before invitations.
func (v view) first(keep int) view {
	members := v.members[:min(keep, len(v.members))]
	return view{access: v.access, members: members, invitations: v.invitations[:min(keep-len(members), len(v.invitations))]}
}

func (s *Server) getUsers(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	ws, _, refused := w.memberWorkspaceLocked(actor, pathNumber(in, "workspace"))
	if refused != nil {
		return refused
	}
	users := []any{}
	for _, member := range w.listLocked(ws, in, usersRoute).members {
		user := userJSON(member.UserID, member.Email, member.Name)
		user["role"] = map[string]any{"id": member.Role.ID(), "name": member.Role}
		users = append(users, user)
	}
	s.writeList(out, map[string]any{"users": users})
	return nil
}

func (s *Server) getPermissions(out http.ResponseWriter, in *http.Request, actor *account) *refusal {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	ws, refused := w.adminWorkspaceLocked(actor, pathNumber(in, "workspace"))
	if refused != nil {
		return refused
	}
	seen := w.listLocked(ws, in, permissionsRoute)
	permissions := []any{}
	for _, member := range seen.members {
		permissions = append(permissions, map[string]any{
			"roleId": member.Role.ID(), "email": member.Email, "pending": false,
			"user": userJSON(member.UserID, member.Email, member.Name),
		})
	}
	for _, invitation := range seen.invitations {
		var user any
		if known := w.accountLocked(invitation.Email); known != nil {
			user = userJSON(known.id, known.Email, known.Name)
		}
		permissions = append(permissions, map[string]any{
			"roleId": invitation.Role.ID(), "email": invitation.Email, "pending": true, "user": user, "invitationId": invitation.ID,
		})
	}
	s.writeList(out, map[string]any{"userPermissions": permissions})
	return nil
}

// listLocked is what a read of the people tells, with lag and with a hole where
// those faults are on.
func (w *world) listLocked(ws *workspace, in *http.Request, route string) view {
	seen := w.readLocked(ws, route)
	if fault, on := w.faults.take(FaultListedTwice, "GET "+in.URL.Path); on {
		seen = seen.twice(fault.Email)
	}
	if fault, on := w.faults.take(FaultPartialList, "GET "+in.URL.Path); on {
		return seen.first(fault.Keep)
	}
	return seen
}

// twice is the view with one person a second time at the end of the list; the first one without an address.
func (v view) twice(email string) view {
	doubled := view{members: slices.Clone(v.members), invitations: slices.Clone(v.invitations)}
	for _, member := range v.members {
		if email == "" || strings.EqualFold(member.Email, email) {
			doubled.members = append(doubled.members, member)
			return doubled
		}
	}
	for _, invitation := range v.invitations {
		if strings.EqualFold(invitation.Email, email) {
			doubled.invitations = append(doubled.invitations, invitation)
		}
	}
	return doubled
}

func userJSON(id int, email, name string) map[string]any {
	return map[string]any{
		"id": id, "username": email, "email": email, "name": name, "fullName": name, "profilePicture": nil,
	}
}

// writeList answers with the fields of the day.
func (s *Server) writeList(out http.ResponseWriter, list map[string]any) {
	var body any = list
	if s.world.faults.active(FaultRenamedFields) {
		body = rename(list)
	}
	writeJSON(out, http.StatusOK, body)
}

func rename(value any) any {
	switch value := value.(type) {
	case map[string]any:
		renamed := make(map[string]any, len(value))
		for key, field := range value {
			if other, found := renamedFields[key]; found {
				key = other
			}
			renamed[key] = rename(field)
		}
		return renamed
	case []any:
		renamed := slices.Clone(value)
		for i := range renamed {
			renamed[i] = rename(renamed[i])
		}
		return renamed
	}
	return value
}
