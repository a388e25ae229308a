package e2e

import (
	"fmt"
	"testing"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

const (
	manyUsers = 200
	// manyLimit is what 200 invitations of three roles may cost at most: dialogs as well as page loads, the log-in included.
	manyLimit = 10
)

// Two hundred people are invited as a careful person would: a few dialogs, few page loads, one e-mail to each.
func TestManyUsersAtOnce(t *testing.T) {
	h := newHouse(t, enterprise(), nil)
	h.start()
	h.untilWorkspace("the first reading", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.LastReadTime != nil })
	roles := []clayv1alpha1.Role{clayv1alpha1.RoleEditor, clayv1alpha1.RoleViewer, clayv1alpha1.RoleAdmin}
	for i := range manyUsers {
		create(t, h.user(fmt.Sprintf("person-%03d", i), roles[i%len(roles)]))
	}
	h.untilUsers("everybody to be invited", func(users []clayv1alpha1.ClayUser) bool {
		return len(users) == manyUsers && allSettled(users)
	})

	state := h.simulator.State()
	loads := 0
	for _, count := range state.Counters.Documents {
		loads += count
	}
	t.Logf("%d page loads %v, %d invitation dialogs", loads, state.Counters.Documents, state.Counters.InvitationsSubmitted)
	if loads > manyLimit {
		t.Errorf("%d page loads, at most %d are wanted: %v", loads, manyLimit, state.Counters.Documents)
	}
	if state.Counters.InvitationsSubmitted > manyLimit {
		t.Errorf("%d invitation dialogs, at most %d are wanted", state.Counters.InvitationsSubmitted, manyLimit)
	}
	sent := invitations(state)
	for _, user := range h.users(t.Context()) {
		if sent[user.Spec.Email] != 1 {
			t.Errorf("%s got %d invitations, want 1", user.Spec.Email, sent[user.Spec.Email])
		}
		invitation, found := state.Workspace(workspaceID).Invitation(user.Spec.Email)
		if !found || roleOf(invitation.Role) != user.GetRole() {
			t.Errorf("%s is invited as %q, want %q", user.Spec.Email, invitation.Role, user.GetRole())
		}
	}
}

// enterprise is a workspace that offers every role and holds nobody but two admins.
func enterprise() claysim.Seed {
	return claysim.Seed{
		Accounts: []claysim.Account{{Email: operatorEmail, Password: operatorPassword, Name: "Clay Operator"}},
		Workspaces: []claysim.Workspace{{
			ID: workspaceID, Name: "Example Sales", Plan: claysim.PlanEnterprise, SalesRepBeta: true,
			Members: []claysim.Seat{
				{Email: "owner@example.com", Name: "Owner", Role: claysim.RoleAdmin},
				{Email: operatorEmail, Role: claysim.RoleAdmin},
			},
		}},
	}
}

// invitations counts the invitations e-mailed, by address.
func invitations(state claysim.State) map[string]int {
	sent := map[string]int{}
	for _, mail := range state.Outbox {
		if mail.Kind == claysim.MailInvitation {
			sent[mail.To]++
		}
	}
	return sent
}

// roleOf translates the simulator's name of a role into the operator's.
func roleOf(role claysim.Role) clayv1alpha1.Role {
	if role == claysim.RoleSalesRep {
		return clayv1alpha1.RoleSalesRep
	}
	return clayv1alpha1.Role(role)
}
