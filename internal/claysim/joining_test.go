package claysim

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnInvitationGivesGroupsAndBudgets(t *testing.T) {
	server := startAccess(t, nil)
	b := signedInBrowser(t, server)
	budget := func(name string) int {
		named, _ := server.Workspace(SampleWorkspace).Budget(name)
		return named.ID
	}
	form := inviteForm{
		Emails: []string{"a@example.com", "b@example.com"}, RoleID: 2,
		GroupIDs: groupIDs(t, server, "Outbound", "EMEA"), BudgetIDs: []int{budget("Outbound 2026"), budget("Experiments"), budget("Research")},
	}
	b.call(http.MethodPost, accessBase+"/invitations", form).mustBe(t, "invite", http.StatusCreated)
	ws := server.Workspace(SampleWorkspace)
	pending, _ := ws.Invitation("b@example.com")
	if diff := cmp.Diff([][]string{{"Outbound", "EMEA"}, {"Outbound 2026", "Experiments", "Research"}}, [][]string{pending.Groups, pending.Budgets}); diff != "" {
		t.Errorf("the invitation (-want +got):\n%s", diff)
	}
	if group, _ := ws.Group("EMEA"); len(group.Members) > 0 {
		t.Errorf("%v are in the group before they joined", group.Members)
	}
	if err := server.AcceptInvitation("b@example.com"); err != nil {
		t.Fatal(err)
	}
	ws = server.Workspace(SampleWorkspace)
	if group, _ := ws.Group("EMEA"); len(group.Members) != 1 || group.Members[0] != "b@example.com" {
		t.Errorf("members of EMEA %v", group.Members)
	}
	for name, want := range map[string]int{"Outbound 2026": 2, "Experiments": 0, "Research": 0} {
		if budget, _ := ws.Budget(name); len(budget.Users) != want {
			t.Errorf("%s is granted to %v, though it comes with a group or is open to everyone", name, budget.Users)
		}
	}
}

func TestABudgetWithoutItsGroupIsGranted(t *testing.T) {
	server := startAccess(t, nil)
	if err := server.AcceptInvitation("noor@example.com"); err != nil {
		t.Fatal(err)
	}
	ws := server.Workspace(SampleWorkspace)
	outbound, _ := ws.Group("Outbound")
	research, _ := ws.Budget("Research")
	if diff := cmp.Diff([]string{"theo@example.com", "ines@example.com", "luc@example.com", "noor@example.com"}, outbound.Members); diff != "" {
		t.Errorf("the group (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"noor@example.com"}, research.Users); diff != "" {
		t.Errorf("the budget (-want +got):\n%s", diff)
	}
	if _, listed := ws.Spender("noor@example.com"); !listed {
		t.Error("a new member has no line of limits")
	}
}

func TestALeaverLeavesGroupsBudgetsAndLimits(t *testing.T) {
	server := startAccess(t, nil)
	b := signedInBrowser(t, server)
	b.mustDo(http.MethodDelete, seatPath(t, server, "hana@example.com"), nil)
	b.mustDo(http.MethodDelete, seatPath(t, server, "theo@example.com"), nil)
	ws := server.Workspace(SampleWorkspace)
	if outbound, _ := ws.Group("Outbound"); len(outbound.Members) != 2 {
		t.Errorf("members %v", outbound.Members)
	}
	if budget, _ := ws.Budget("Outbound 2026"); len(budget.Users) != 1 || budget.Users[0] != "jonas@example.com" {
		t.Errorf("the budget is granted to %v", budget.Users)
	}
	if _, listed := ws.Spender("theo@example.com"); listed || len(b.get(accessBase+"/mcp").list(t, "users")) != 6 {
		t.Error("the leaver still has a line of limits")
	}
	// Somebody who comes back has the default again.
	b.invite(2, "theo@example.com").mustBe(t, "invite again", http.StatusCreated)
	if err := server.AcceptInvitation("theo@example.com"); err != nil {
		t.Fatal(err)
	}
	if theo, _ := server.Workspace(SampleWorkspace).Spender("theo@example.com"); theo.Own != nil || theo.Used != 0 {
		t.Errorf("after coming back %+v", theo)
	}
}

func TestInvitationsIntoWhatIsNotThereAreRefused(t *testing.T) {
	for _, plan := range []Plan{PlanEnterprise, PlanGrowth} {
		server := startAccess(t, func(o *Options) { o.Seed.Workspaces[0].Plan = plan })
		b := signedInBrowser(t, server)
		group, budget := sentenceNoGroup, sentenceNoBudget
		if plan != PlanEnterprise {
			group, budget = sentenceGroupPlan, sentenceBudgetPlan
		}
		for want, form := range map[string]inviteForm{
			group: {Emails: []string{"a@example.com"}, RoleID: 2, GroupIDs: []int{1}}, budget: {Emails: []string{"a@example.com"}, RoleID: 2, BudgetIDs: []int{1}},
		} {
			if got := b.call(http.MethodPost, accessBase+"/invitations", form); got.body["message"] != want {
				t.Errorf("%s: %d %v, want %q", plan, got.status, got.body["message"], want)
			}
		}
		if _, sent := server.Workspace(SampleWorkspace).Invitation("a@example.com"); sent {
			t.Errorf("%s: the invitation was sent", plan)
		}
	}
}
