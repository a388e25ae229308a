package claysim

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// idText is the id of a member, for a path.
func idText(t *testing.T, server *Server, email string) string {
	t.Helper()
	return strconv.Itoa(userIDs(t, server, email)[0])
}

func TestABudgetFromItsCreationToItsEnd(t *testing.T) {
	server := startAccess(t, nil)
	b := signedInBrowser(t, server)
	form := budgetForm{
		Name: " Q4 ", CreditLimit: new(int64(900)), UserIDs: userIDs(t, server, "theo@example.com", "hana@example.com"), GroupIDs: groupIDs(t, server, "EMEA"),
	}
	b.mustDo(http.MethodPost, accessBase+"/budgets", form)
	path := budgetPath(t, server, "Q4")
	if err := server.SpendBudget(SampleWorkspace, "Q4", 30); err != nil {
		t.Fatal(err)
	}
	form.Name, form.CreditLimit = "Q4", new(int64(0))
	form.UserIDs, form.GroupIDs = userIDs(t, server, "hana@example.com", "luc@example.com"), groupIDs(t, server, "Research")
	b.mustDo(http.MethodPatch, path, form)
	got, _ := server.Workspace(SampleWorkspace).Budget("Q4")
	want := Budget{ID: got.ID, Name: "Q4", Used: 30, Users: []string{"hana@example.com", "luc@example.com"}, Groups: []string{"Research"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("budget after the edit (-want +got):\n%s", diff)
	}

	form.AllMembers = true
	b.mustDo(http.MethodPatch, path, form)
	b.mustDo(http.MethodPost, path+"/reset", nil)
	got, _ = server.Workspace(SampleWorkspace).Budget("Q4")
	if diff := cmp.Diff(Budget{ID: got.ID, Name: "Q4", Everyone: true}, got); diff != "" {
		t.Errorf("budget open to everyone (-want +got):\n%s", diff)
	}
	b.mustDo(http.MethodDelete, path, nil)
	wanted := byOperator(
		Entry{Verb: VerbCreateBudget, Budget: "Q4", Limit: new(int64(900))},
		Entry{Verb: VerbGrantBudget, Budget: "Q4", Target: "theo@example.com"},
		Entry{Verb: VerbGrantBudget, Budget: "Q4", Target: "hana@example.com"},
		Entry{Verb: VerbGrantBudget, Budget: "Q4", Group: "EMEA"},
		Entry{Verb: VerbEditBudget, Budget: "Q4", Limit: new(int64(0))},
		Entry{Verb: VerbRevokeBudget, Budget: "Q4", Target: "theo@example.com"},
		Entry{Verb: VerbRevokeBudget, Budget: "Q4", Group: "EMEA"},
		Entry{Verb: VerbGrantBudget, Budget: "Q4", Target: "luc@example.com"},
		Entry{Verb: VerbGrantBudget, Budget: "Q4", Group: "Research"},
		Entry{Verb: VerbEditBudget, Budget: "Q4", Limit: new(int64(0)), Everyone: true},
		Entry{Verb: VerbRevokeBudget, Budget: "Q4", Target: "hana@example.com"},
		Entry{Verb: VerbRevokeBudget, Budget: "Q4", Target: "luc@example.com"},
		Entry{Verb: VerbRevokeBudget, Budget: "Q4", Group: "Research"},
		Entry{Verb: VerbResetBudget, Budget: "Q4"},
		Entry{Verb: VerbDeleteBudget, Budget: "Q4"},
	)
	if diff := cmp.Diff(wanted, server.Journal(), withoutTime); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
}

func TestBudgetsThatAreRefused(t *testing.T) {
	server := startAccess(t, nil)
	b := signedInBrowser(t, server)
	limit := new(int64(5))
	tests := map[string]struct {
		form budgetForm
		want string
	}{
		"no name":            {budgetForm{CreditLimit: limit}, sentenceBudgetUnnamed},
		"no limit":           {budgetForm{Name: "New"}, sentenceCredits},
		"a negative limit":   {budgetForm{Name: "New", CreditLimit: new(int64(-1))}, sentenceCredits},
		"an unknown member":  {budgetForm{Name: "New", CreditLimit: limit, UserIDs: []int{1}}, sentenceNoMember},
		"an unknown group":   {budgetForm{Name: "New", CreditLimit: limit, GroupIDs: []int{1}}, sentenceNoGroup},
		"open to nobody":     {budgetForm{Name: "Nobody's", CreditLimit: limit}, ""},
		"a name that exists": {budgetForm{Name: "Research", CreditLimit: limit}, ""},
	}
	research := budgetPath(t, server, "Research")
	before, _ := server.Workspace(SampleWorkspace).Budget("Research")
	for name, test := range tests {
		got := b.call(http.MethodPost, accessBase+"/budgets", test.form)
		if refused := got.status != http.StatusOK; refused != (test.want != "") || refused && got.body["message"] != test.want {
			t.Errorf("create with %s: %d %v, want %q", name, got.status, got.body["message"], test.want)
		}
		if test.want == "" {
			continue
		}
		if got := b.call(http.MethodPatch, research, test.form); got.body["message"] != test.want {
			t.Errorf("edit with %s: %d %v, want %q", name, got.status, got.body["message"], test.want)
		}
	}
	after, _ := server.Workspace(SampleWorkspace).Budget("Research")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("a refused edit changed the budget (-before +after):\n%s", diff)
	}
	if got := b.call(http.MethodPatch, accessBase+"/budgets/1", budgetForm{Name: "x", CreditLimit: limit}); got.body["message"] != sentenceNoBudget {
		t.Errorf("edit a budget that is not there: %d", got.status)
	}
}

func TestABudgetInUseIsNotDeleted(t *testing.T) {
	server := startAccess(t, nil)
	b := signedInBrowser(t, server)
	path := budgetPath(t, server, "Outbound 2026")
	for workbooks, want := range map[int]string{3: "This budget is used by 3 workbooks", 1: "This budget is used by 1 workbook"} {
		if err := server.UseBudget(SampleWorkspace, "Outbound 2026", workbooks); err != nil {
			t.Fatal(err)
		}
		if got := b.call(http.MethodDelete, path, nil); got.status != http.StatusConflict || got.body["message"] != want {
			t.Errorf("%d workbooks: %d %v", workbooks, got.status, got.body["message"])
		}
		journal := server.Journal()
		if last := journal[len(journal)-1]; last.Refused != want || last.Budget != "Outbound 2026" {
			t.Errorf("entry %+v", last)
		}
	}
	if err := server.UseBudget(SampleWorkspace, "Outbound 2026", 0); err != nil {
		t.Fatal(err)
	}
	b.mustDo(http.MethodDelete, path, nil)
}

func TestABudgetIsSpentUpToItsLimitAndNeverStartsAgain(t *testing.T) {
	clock := newFakeClock()
	server := startAccess(t, func(o *Options) { o.Now = clock.Now })
	used := func() int64 {
		budget, _ := server.Workspace(SampleWorkspace).Budget("Outbound 2026")
		return budget.Used
	}
	if err := server.SpendBudget(SampleWorkspace, "Outbound 2026", 3800); err != nil {
		t.Fatal(err)
	}
	clock.advance(forty)
	if got := used(); got != 5000 {
		t.Errorf("%d used a month later, want all 5000", got)
	}
	for name, call := range map[string]error{
		"spend at the limit": server.SpendBudget(SampleWorkspace, "Outbound 2026", 1),
		"no such budget":     server.SpendBudget(SampleWorkspace, "None", 1),
		"no such workspace":  server.UseBudget(1, "Outbound 2026", 1),
	} {
		if call == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got := used(); got != 5000 {
		t.Errorf("%d used after a spending that failed", got)
	}
}
