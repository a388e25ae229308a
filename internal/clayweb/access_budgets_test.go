package clayweb

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
)

func budgetsScope(names ...string) access.Scope {
	return access.Scope{Sections: []access.Section{access.SectionBudgets}, Budgets: names}
}

// withBudgets gives the workspace of the simulator budgets.
func withBudgets(o *claysim.Options) {
	o.Seed.Workspaces[0].Budgets = []claysim.BudgetSeed{
		{Name: "Outbound", CreditLimit: 5000, Used: 1200, Users: []string{"theo@example.com", "ines@example.com"}, Groups: []string{"Sales"}},
		{Name: "Outbound 2", CreditLimit: 10, Everyone: true},
		{Name: "Shared", CreditLimit: 1234567, Used: 7, Everyone: true},
		{Name: "Old", CreditLimit: 0, Users: []string{"luc@example.com"}},
		{Name: "Busy", CreditLimit: 100, Everyone: true, Workbooks: 3},
	}
}

func TestObserveBudgets(t *testing.T) {
	t.Parallel()
	for _, variant := range claysim.Variants() {
		t.Run(variant.Name, func(t *testing.T) {
			w := newAccessWorld(t, func(o *claysim.Options) { o.Variant = &variant; withBudgets(o) })
			state := w.mustObserveAccess(budgetsScope("Outbound", "Shared"))
			want := access.BudgetList{Offer: access.Offered, Complete: true, Budgets: []access.Budget{
				{
					Name: "Outbound", CreditLimit: 5000, Used: 1200, Users: []seat.Email{"theo@example.com", "ines@example.com"},
					Groups: []string{"Sales"}, Complete: true,
				},
				{Name: "Outbound 2", CreditLimit: 10, Everyone: true},
				{Name: "Shared", CreditLimit: 1234567, Used: 7, Everyone: true, Complete: true},
				{Name: "Old"},
				{Name: "Busy", CreditLimit: 100, Everyone: true},
			}}
			if diff := cmp.Diff(want, state.Budgets); diff != "" {
				t.Errorf("budgets (-want +got):\n%s", diff)
			}
			if len(w.Journal()) > 0 {
				t.Errorf("written: %v", w.Journal())
			}
		})
	}
}

func TestApplyEveryVerbOfBudgets(t *testing.T) {
	t.Parallel()
	for _, variant := range claysim.Variants() {
		t.Run(variant.Name, func(t *testing.T) {
			w := newAccessWorld(t, func(o *claysim.Options) { o.Variant = &variant; withBudgets(o) })
			used := int64(1200)
			outcomes, observation, err := w.applyAccess(
				access.Change{Verb: access.RevokeBudget, Budget: "Outbound", Email: "theo@example.com"},
				access.Change{Verb: access.RevokeBudget, Budget: "Outbound", Email: "mara@example.com"},
				access.Change{Verb: access.CreateBudget, Budget: "New", Credits: 250, Groups: []string{"Sales EMEA"}},
				access.Change{Verb: access.CreateBudget, Budget: "For all", Credits: 0, Everyone: true},
				access.Change{Verb: access.EditBudget, Budget: "Outbound", Credits: 6000, Groups: []string{"Sales EMEA", "Empty"}, FromGroups: []string{"Sales"}},
				access.Change{Verb: access.EditBudget, Budget: "Shared", Credits: 1234567, Groups: []string{"Sales"}},
				access.Change{Verb: access.ResetBudget, Budget: "Outbound", From: &used},
				access.Change{Verb: access.GrantBudget, Budget: "Outbound", Email: "hana@example.com"},
				access.Change{Verb: access.GrantBudget, Budget: "Shared", Email: "hana@example.com"},
				access.Change{Verb: access.GrantBudget, Budget: "New", Email: "priya@example.com"},
				access.Change{Verb: access.GrantBudget, Budget: "Outbound 2", Email: "hana@example.com"},
				access.Change{Verb: access.GrantBudget, Budget: "Nowhere", Email: "hana@example.com"},
				access.Change{Verb: access.DeleteBudget, Budget: "Old"},
				access.Change{Verb: access.DeleteBudget, Budget: "Busy"},
				access.Change{Verb: access.DeleteBudget, Budget: "Gone before"},
			)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Applied", "AlreadyThere", "Applied", "Applied", "Applied", "Applied", "Applied", "Applied", "Applied", "Applied",
				"AlreadyThere", "Failed InvalidInput NameNotFound", "Applied", "Failed Refused BudgetInUse", "AlreadyThere")
			t.Log(observation.Usage, w.Counters().Dialogs)
			state := w.Workspace(claysim.SampleWorkspace)
			var got []string
			for _, budget := range state.Budgets {
				slices.Sort(budget.Users)
				slices.Sort(budget.Groups)
				got = append(got, fmt.Sprint(budget.Name, " ", budget.CreditLimit, " ", budget.Used, " ", budget.Everyone, " ", budget.Users, " ", budget.Groups))
			}
			want := []string{
				"Outbound 6000 0 false [hana@example.com ines@example.com] [Empty Sales EMEA]",
				"Outbound 2 10 0 true [] []",
				"Shared 1234567 7 false [hana@example.com] [Sales]",
				"Busy 100 0 true [] []",
				"New 250 0 false [priya@example.com] [Sales EMEA]",
				"For all 0 0 true [] []",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("budgets (-want +got):\n%s", diff)
			}
		})
	}
}

// Whoever gives a group access while an edit of the budget is on its way keeps it.
func TestEditOfABudgetLeavesOtherGroups(t *testing.T) {
	t.Parallel()
	w := newAccessWorld(t, func(o *claysim.Options) {
		o.Seed.Workspaces[0].Budgets = []claysim.BudgetSeed{{Name: "Pool", CreditLimit: 5, Groups: []string{"Sales"}}}
	})
	useHand(t, w.Server, claysim.SampleEmail, func(h *hand) {
		h.open(simulatedBudgets)
		h.menu("Pool", "Edit")
		h.choose("Members or groups", "Empt", "Empty")
		h.click("button", "Save")
		h.waits(func(ws claysim.WorkspaceState) bool { pool, _ := ws.Budget("Pool"); return len(pool.Groups) == 2 })
	})
	outcomes, _, err := w.applyAccess(access.Change{
		Verb: access.EditBudget, Budget: "Pool", Credits: 5, Groups: []string{"Sales EMEA"}, FromGroups: []string{"Sales"},
	})
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Applied")
	pool, _ := w.Workspace(claysim.SampleWorkspace).Budget("Pool")
	slices.Sort(pool.Groups)
	if diff := cmp.Diff([]string{"Empty", "Sales EMEA"}, pool.Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		wished, seen []string
		everyone     bool
		held, want   []string
	}{
		"as it was":               {wished: []string{"a", "c"}, seen: []string{"a", "b"}, held: []string{"a", "b"}, want: []string{"a", "c"}},
		"one more meanwhile":      {wished: []string{"a", "c"}, seen: []string{"a", "b"}, held: []string{"a", "b", "x"}, want: []string{"a", "x", "c"}},
		"one less meanwhile":      {wished: []string{"a", "c"}, seen: []string{"a", "b"}, held: []string{"b"}, want: []string{"c"}},
		"done meanwhile":          {wished: []string{"a", "c"}, seen: []string{"a", "b"}, held: []string{"c", "a"}, want: []string{"c", "a"}},
		"none were there":         {wished: []string{"a"}, held: []string{"x"}, want: []string{"x", "a"}},
		"everybody has it so far": {wished: []string{"a"}, seen: []string{"a"}, everyone: true, want: []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			next := &accessJob{change: access.Change{Verb: access.EditBudget, FromGroups: test.seen}, wished: test.wished}
			for range 2 {
				next.follow(test.everyone, test.held)
			}
			if !slices.Equal(next.change.Groups, test.want) {
				t.Errorf("groups %q, want %q", next.change.Groups, test.want)
			}
		})
	}
}
