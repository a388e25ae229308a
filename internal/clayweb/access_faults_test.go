package clayweb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

func allSections() access.Scope { return access.Scope{Sections: access.Sections()} }

// offersOfPlans are what is known of groups, budgets and limits. Whether the older Enterprise has the first two is not documented: where nothing
// leads there, as in the simulator, neither the plan nor the page is known to be the reason.
var offersOfPlans = map[claysim.Plan][]planOffer{
	claysim.PlanLaunch:           {planLacks, planLacks, planHas},
	claysim.PlanGrowth:           {planLacks, planLacks, planHas},
	claysim.PlanEnterprise:       {planHas, planHas, planHas},
	claysim.PlanLegacyStarter:    {planLacks, planLacks, planLacks},
	claysim.PlanLegacyExplorer:   {planLacks, planLacks, planLacks},
	claysim.PlanLegacyPro:        {planLacks, planLacks, planLacks},
	claysim.PlanLegacyEnterprise: {planUnknown, planUnknown, planHas},
}

func TestOffersOfSimulatedPlans(t *testing.T) {
	t.Parallel()
	for _, plan := range claysim.Plans() {
		var got []planOffer
		for _, section := range access.Sections() {
			got = append(got, offersOf(string(plan), section))
		}
		if !slices.Equal(got, offersOfPlans[plan]) {
			t.Errorf("of %q: %v, want %v", plan, got, offersOfPlans[plan])
		}
	}
}

// What the plan does not have is said, and what it has is read and changed.
func TestPlansAndTheirSections(t *testing.T) {
	t.Parallel()
	reads := map[planOffer]string{
		planHas: string(access.Offered), planLacks: string(access.NotOffered), planUnknown: sidecar.ReasonAccessPageNotFound,
	}
	writes := map[planOffer]string{
		planHas: "Applied", planLacks: "Failed Refused NotOfferedByPlan", planUnknown: "Failed Drift AccessPageNotFound",
	}
	for _, plan := range claysim.Plans() {
		t.Run(string(plan), func(t *testing.T) {
			w := newWorld(t, func(o *claysim.Options) {
				own := &o.Seed.Workspaces[0]
				own.Plan, own.Groups, own.Budgets = plan, nil, nil
			})
			observation, err := w.observeAccess(allSections())
			if err != nil {
				t.Fatal(err)
			}
			var got, wantReads, wantWrites []string
			for _, offer := range offersOfPlans[plan] {
				wantReads, wantWrites = append(wantReads, reads[offer]), append(wantWrites, writes[offer])
			}
			for _, section := range access.Sections() {
				if fault := observation.Faults[section]; fault != nil {
					got = append(got, fault.Reason)
					continue
				}
				got = append(got, string(observation.State.Offer(section)))
			}
			if !slices.Equal(got, wantReads) || observation.State.Plan != string(plan) {
				t.Errorf("plan %q has %q, want %q", observation.State.Plan, got, wantReads)
			}
			outcomes, _, err := w.applyAccess(
				access.Change{Verb: access.CreateGroup, Group: "New"},
				access.Change{Verb: access.CreateBudget, Budget: "New", Everyone: true},
				access.Change{Verb: access.SetLimit, Email: "hana@example.com", Credits: 9},
			)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, wantWrites...)
		})
	}
}

// accessChanges are one change of each kind of act.
var accessChanges = map[string]access.Change{
	"add":     {Verb: access.AddToGroup, Group: "Sales", Email: "hana@example.com"},
	"remove":  {Verb: access.RemoveFromGroup, Group: "Sales", Email: "theo@example.com"},
	"edit":    {Verb: access.EditBudget, Budget: "Outbound", Credits: 7000, Groups: []string{"Sales"}, FromGroups: []string{"Sales"}},
	"delete":  {Verb: access.DeleteBudget, Budget: "Old"},
	"limit":   {Verb: access.SetLimit, Email: "hana@example.com", Credits: 9},
	"default": {Verb: access.SetDefaultLimit, Credits: 9},
}

// accessRoutes are where they are written.
var accessRoutes = map[string]string{
	"add":     "POST /v3/workspaces/*/groups/*/members",
	"remove":  "DELETE /v3/workspaces/*/groups/*/members/*",
	"edit":    "PATCH /v3/workspaces/*/budgets/*",
	"delete":  "DELETE /v3/workspaces/*/budgets/*",
	"limit":   "PATCH /v3/workspaces/*/mcp/users/*",
	"default": "PATCH /v3/workspaces/*/mcp",
}

// newFullWorld starts a simulator whose workspace has groups, budgets and limits.
func newFullWorld(t *testing.T, edit func(*claysim.Options)) *world {
	t.Helper()
	return newAccessWorld(t, func(o *claysim.Options) {
		withBudgets(o)
		withLimits(o)
		if edit != nil {
			edit(o)
		}
	})
}

// failed is the text of a failure.
func failed(class sidecar.Class, reason string) string {
	return fmt.Sprint("Failed ", class, " ", reason)
}

func TestFaultsAroundWritesOfAccess(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		fault  claysim.Fault
		want   string
		class  sidecar.Class
		reason string
	}{
		{"answer lost", claysim.Fault{Kind: claysim.FaultLostResponse}, "Applied", "", ""},
		{"request lost", claysim.Fault{Kind: claysim.FaultLostRequest}, "Unknown OutcomeUnknown NotProved", "", ""},
		{"session over", claysim.Fault{Kind: claysim.FaultSessionExpired, Times: 1}, "Applied", "", ""},
		{"refused", claysim.Fault{Kind: claysim.FaultStatus, Status: 422}, failed(sidecar.Refused, sidecar.ReasonRefused), "", ""},
		{"pause", claysim.Fault{Kind: claysim.FaultStatus, Status: 429, RetryAfter: 7 * time.Second},
			failed(sidecar.RateLimited, sidecar.ReasonRateLimited), sidecar.RateLimited, sidecar.ReasonRateLimited},
		{"error", claysim.Fault{Kind: claysim.FaultStatus, Status: 500}, "Unknown OutcomeUnknown NotProved", sidecar.Unavailable, sidecar.ReasonClayError},
	}
	for _, test := range tests {
		for _, name := range []string{"add", "edit", "limit"} {
			change := accessChanges[name]
			t.Run(test.name+"/"+name, func(t *testing.T) {
				w := newFullWorld(t, nil)
				w.mustObserve()
				test.fault.Route = accessRoutes[name]
				w.Inject(test.fault)
				outcomes, _, err := w.applyAccess(change)
				if test.class != "" {
					wantFault(t, err, test.class, test.reason)
				} else if err != nil {
					t.Fatal(err)
				}
				wantResults(t, outcomes, test.want)
				if writes := w.accessActs(); writes > 1 {
					t.Errorf("it was written %d times: %v", writes, w.Journal())
				}
			})
		}
	}
}

// accessActs counts the acts that were done in the simulator.
func (w *world) accessActs() int {
	acts := 0
	for _, entry := range w.Journal() {
		switch entry.Verb {
		case claysim.VerbAddToGroup, claysim.VerbRemoveFromGroup, claysim.VerbEditBudget, claysim.VerbDeleteBudget, claysim.VerbSetLimit,
			claysim.VerbSetDefaultLimit:
			if entry.Refused == "" {
				acts++
			}
		default: // another act, or the parts of one
		}
	}
	return acts
}

// A list that lags behind a write is read again, and one that never shows it leaves the change unknown.
func TestAccessListsThatLag(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"add", "delete", "limit"} {
		change := accessChanges[name]
		t.Run(name, func(t *testing.T) {
			w := newFullWorld(t, nil)
			id := w.Inject(claysim.Fault{Kind: claysim.FaultListLag, Reads: 2})
			outcomes, _, err := w.applyAccess(change)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Applied")
			w.ClearFaults(id)
			w.Inject(claysim.Fault{Kind: claysim.FaultListLag, Delay: time.Hour})
			other := map[string]access.Change{
				"add":    {Verb: access.AddToGroup, Group: "Sales", Email: "priya@example.com"},
				"delete": {Verb: access.DeleteBudget, Budget: "Shared"},
				"limit":  {Verb: access.SetLimit, Email: "hana@example.com", Credits: 12},
			}[name]
			outcomes, _, err = w.applyAccess(other)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Unknown OutcomeUnknown NotProved")
			if acts := w.accessActs(); acts != 2 {
				t.Errorf("%d acts: %v", acts, w.Journal())
			}
		})
	}
}

// Faults of the network and of the session are the call's, whatever section they show in.
func TestFaultsWhileAccessIsRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault  claysim.Fault
		class  sidecar.Class
		reason string
	}{
		"pause": {claysim.Fault{Kind: claysim.FaultStatus, Route: "GET /v3/workspaces/*/groups", Status: 429, RetryAfter: 7 * time.Second},
			sidecar.RateLimited, sidecar.ReasonRateLimited},
		"error": {claysim.Fault{Kind: claysim.FaultStatus, Route: "GET /v3/workspaces/*/budgets", Status: 500},
			sidecar.Unavailable, sidecar.ReasonClayError},
		"no answer": {claysim.Fault{Kind: claysim.FaultLatency, Route: "GET /v3/workspaces/*/mcp", Delay: time.Hour},
			sidecar.Unavailable, sidecar.ReasonTimeout},
		"lost": {claysim.Fault{Kind: claysim.FaultLostRequest, Route: "GET /v3/workspaces/*/groups"},
			sidecar.Unavailable, sidecar.ReasonClayUnreachable},
		"no access": {claysim.Fault{Kind: claysim.FaultStatus, Route: "/workspaces/**", Status: 404},
			sidecar.AuthFailed, sidecar.ReasonWrongWorkspace},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFullWorld(t, nil)
			w.Inject(test.fault)
			_, err := w.observeAccess(allSections())
			wantFault(t, err, test.class, test.reason)
			if len(w.Journal()) > 0 {
				t.Errorf("written: %v", w.Journal())
			}
		})
	}
	t.Run("session over", func(t *testing.T) {
		w := newFullWorld(t, nil)
		w.mustObserve()
		w.Inject(claysim.Fault{Kind: claysim.FaultSessionExpired, Route: "GET /v3/workspaces/*/budgets", Times: 1})
		if state := w.mustObserveAccess(allSections()); !state.Budgets.Complete || !state.Groups.Complete || !state.Limits.Complete {
			t.Errorf("state %+v", state)
		}
	})
}

// What Clay says no to is told with its reason, whether it says so in the dialog or in a toast.
func TestRefusalsOfAccess(t *testing.T) {
	t.Parallel()
	for _, toast := range []bool{false, true} {
		t.Run(fmt.Sprint("toast ", toast), func(t *testing.T) {
			variant := claysim.VariantCurrent()
			variant.RefusalToast = toast
			w := newFullWorld(t, func(o *claysim.Options) { o.Variant = &variant })
			outcomes, _, err := w.applyAccess(
				access.Change{Verb: access.CreateGroup, Group: "sales"},
				access.Change{Verb: access.CreateGroup, Group: strings.Repeat("x", access.MaxGroupName+1)},
				access.Change{Verb: access.CreateGroup, Group: "Fine"},
				access.Change{Verb: access.DeleteBudget, Budget: "Busy"},
			)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Failed Refused NameTaken", "Failed InvalidInput NameRefused", "Applied", "Failed Refused BudgetInUse")
		})
	}
}

// Of two things with one name neither is touched, and the others are.
func TestAmbiguousNames(t *testing.T) {
	t.Parallel()
	w := newFullWorld(t, func(o *claysim.Options) {
		own := &o.Seed.Workspaces[0]
		own.Groups = append(own.Groups, claysim.GroupSeed{Name: "Empty"})
		own.Budgets = append(own.Budgets, claysim.BudgetSeed{Name: "Old", Users: []string{"luc@example.com"}})
	})
	state := w.mustObserveAccess(access.Scope{Sections: access.Sections(), Groups: []string{"Empty"}, Budgets: []string{"Old"}})
	if len(state.Groups.Groups) != 4 || !state.Groups.Complete || len(state.Budgets.Budgets) != 6 || !state.Budgets.Complete {
		t.Errorf("groups %+v, budgets %+v", state.Groups, state.Budgets)
	}
	outcomes, _, err := w.applyAccess(
		access.Change{Verb: access.AddToGroup, Group: "Empty", Email: "hana@example.com"},
		access.Change{Verb: access.AddToGroup, Group: "Sales EMEA", Email: "hana@example.com"},
		access.Change{Verb: access.GrantBudget, Budget: "Old", Email: "hana@example.com"},
		access.Change{Verb: access.DeleteBudget, Budget: "Old"},
		access.Change{Verb: access.DeleteGroup, Group: "Empty"},
	)
	if err != nil {
		t.Fatal(err)
	}
	no := "Failed InvalidInput AmbiguousName"
	wantResults(t, outcomes, no, "Applied", no, no, no)
}

// Nothing is clicked that writes when the call may not write any more.
func TestAccessIsNotWrittenWithoutAPermit(t *testing.T) {
	t.Parallel()
	changes := []access.Change{
		accessChanges["remove"], {Verb: access.CreateGroup, Group: "New"}, {Verb: access.DescribeGroup, Group: "Sales", Description: "New"},
		accessChanges["edit"], {Verb: access.ResetBudget, Budget: "Outbound", From: new(int64(1200))}, accessChanges["limit"], accessChanges["delete"],
		{Verb: access.DeleteGroup, Group: "Empty"},
	}
	for allowed := range changes {
		w := newFullWorld(t, nil)
		asked := 0
		ctx, cancel := context.WithTimeout(t.Context(), callLimit)
		defer cancel()
		ctx = sidecar.WithPermit(ctx, func() error {
			if asked++; asked > allowed {
				return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonTimeout, "this is over")
			}
			return nil
		})
		applied := 0
		_, err := w.backend.ApplyAccess(ctx, w.workspace, changes, func(outcome sidecar.Outcome) {
			switch outcome.Result {
			case sidecar.Applied:
				applied++
			case sidecar.Failed:
			default:
				t.Errorf("%d permits: change %d is %q", allowed, outcome.Index, outcome.Result)
			}
		})
		if err == nil || len(w.Journal()) != applied {
			t.Errorf("%d permits: error %v, %d applied, written %v", allowed, err, applied, w.Journal())
		}
	}
}

// What a person makes while the operator is about to is that person's, in whatever words Clay then refuses to make it once more.
func TestAPersonIsFaster(t *testing.T) {
	t.Parallel()
	w := newFullWorld(t, nil)
	made := false
	ctx, cancel := context.WithTimeout(t.Context(), callLimit)
	defer cancel()
	ctx = sidecar.WithPermit(ctx, func() error {
		if made {
			return nil
		}
		made = true
		useHand(t, w.Server, claysim.SampleEmail, func(h *hand) {
			h.open(simulatedGroups)
			h.click("button", "Create group")
			h.fill("textbox", "Group name", "Field")
			h.click("button", "Create group")
			h.waits(func(ws claysim.WorkspaceState) bool { _, there := ws.Group("Field"); return there })
		})
		w.Inject(claysim.Fault{Kind: claysim.FaultStatus, Route: "POST /v3/workspaces/*/groups", Status: 409, Text: "Choose something else"})
		return nil
	})
	outcomes := map[int]sidecar.Outcome{}
	changes := []access.Change{{Verb: access.CreateGroup, Group: "Field", Description: "Ours"}}
	_, err := w.backend.ApplyAccess(ctx, w.workspace, changes, func(outcome sidecar.Outcome) { outcomes[outcome.Index] = outcome })
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "AlreadyThere")
	if group, _ := w.Workspace(claysim.SampleWorkspace).Group("Field"); group.Description != "" {
		t.Errorf("the group of a person is described as %q", group.Description)
	}
}

// A group and a list far longer than what the page shows at once.
func TestManyMembersOfAGroup(t *testing.T) {
	t.Parallel()
	const people = 600
	var emails []string
	w := newAccessWorld(t, func(o *claysim.Options) {
		own := &o.Seed.Workspaces[0]
		for i := range people {
			email := fmt.Sprintf("p%03d@example.com", i)
			emails = append(emails, email)
			own.Members = append(own.Members, claysim.Seat{Email: email, Name: fmt.Sprint("Person ", i), Role: claysim.RoleEditor})
		}
		own.Groups = append(own.Groups, claysim.GroupSeed{Name: "All", Members: emails})
		own.Budgets = []claysim.BudgetSeed{{Name: "Pool", CreditLimit: 5, Users: emails[:100]}}
	})
	state := w.mustObserveAccess(access.Scope{Sections: access.Sections(), Groups: []string{"All"}, Budgets: []string{"Pool"}})
	group, _ := groupNamed(state.Groups, "All")
	if len(group.Members) != people || !group.Complete || len(state.Limits.People) != people+8 || !state.Limits.Complete {
		t.Errorf("%d members, complete %v; %d limits, complete %v", len(group.Members), group.Complete, len(state.Limits.People), state.Limits.Complete)
	}
	if budget, _ := budgetNamed(state.Budgets, "Pool"); len(budget.Users) != 100 || !budget.Complete {
		t.Errorf("budget with %d users, complete %v", len(budget.Users), budget.Complete)
	}
	var changes []access.Change
	for i := range 3 {
		changes = append(changes, access.Change{Verb: access.RemoveFromGroup, Group: "All", Email: seat.Email(emails[i*299])})
	}
	for i := range 55 {
		changes = append(changes, access.Change{Verb: access.AddToGroup, Group: "Empty", Email: seat.Email(emails[i])})
	}
	changes = append(changes, access.Change{Verb: access.SetLimit, Email: seat.Email(emails[599]), Credits: 3})
	outcomes, observation, err := w.applyAccess(changes...)
	if err != nil {
		t.Fatal(err)
	}
	for i, change := range changes {
		if outcomes[i].Result != sidecar.Applied {
			t.Errorf("%s of %s: %+v", change.Verb, change.Email, outcomes[i].Fault)
		}
	}
	if made, _ := w.Workspace(claysim.SampleWorkspace).Group("Empty"); len(made.Members) != 55 {
		t.Errorf("%d members were added", len(made.Members))
	}
	if dialogs := observation.Usage.Actions["add-members-dialog"]; dialogs != 2 {
		t.Errorf("%d dialogs for 55 people", dialogs)
	}
	t.Log(observation.Usage)
}

// Names that look like something else are what they are.
func TestHostileNamesOfAccess(t *testing.T) {
	t.Parallel()
	names := []string{`Sales "EMEA" & 'co'`, "<b>bold</b>", "hana@example.com", "Sales (2)", "Remove", "Vertrieb Süd", "a/b?c#d"}
	w := newAccessWorld(t, func(o *claysim.Options) {
		own := &o.Seed.Workspaces[0]
		own.Members = append(own.Members, claysim.Seat{Email: "evil@example.com", Name: "hana@example.com", Role: claysim.RoleEditor})
		for _, name := range names {
			own.Groups = append(own.Groups, claysim.GroupSeed{Name: name, Description: "Sales", Members: []string{"evil@example.com"}})
			own.Budgets = append(own.Budgets, claysim.BudgetSeed{Name: name, CreditLimit: 1, Users: []string{"evil@example.com"}})
		}
	})
	state := w.mustObserveAccess(access.Scope{Sections: access.Sections(), Groups: names, Budgets: names})
	for _, name := range names {
		group, _ := groupNamed(state.Groups, name)
		budget, _ := budgetNamed(state.Budgets, name)
		evil := []seat.Email{"evil@example.com"}
		if diff := cmp.Diff([][]seat.Email{evil, evil}, [][]seat.Email{group.Members, budget.Users}); diff != "" || !group.Complete || !budget.Complete {
			t.Errorf("%s: %v %v (-want +got):\n%s", name, group.Complete, budget.Complete, diff)
		}
	}
	var changes []access.Change
	for _, name := range names {
		changes = append(changes,
			access.Change{Verb: access.AddToGroup, Group: name, Email: "hana@example.com"},
			access.Change{Verb: access.GrantBudget, Budget: name, Email: "hana@example.com"},
			access.Change{Verb: access.RemoveFromGroup, Group: name, Email: "evil@example.com"},
			access.Change{Verb: access.RevokeBudget, Budget: name, Email: "evil@example.com"})
	}
	changes = append(changes, access.Change{Verb: access.SetLimit, Email: "hana@example.com", Credits: 77})
	outcomes, _, err := w.applyAccess(changes...)
	if err != nil {
		t.Fatal(err)
	}
	for i, change := range changes {
		if outcomes[i].Result != sidecar.Applied {
			t.Errorf("%s %q of %s: %+v", change.Verb, change.Name(), change.Email, outcomes[i].Fault)
		}
	}
	after := w.Workspace(claysim.SampleWorkspace)
	for _, name := range names {
		group, _ := after.Group(name)
		budget, _ := after.Budget(name)
		if fmt.Sprint(group.Members, budget.Users) != "[hana@example.com] [hana@example.com]" {
			t.Errorf("%s has %v and %v", name, group.Members, budget.Users)
		}
	}
	if evil, _ := after.Spender("evil@example.com"); evil.Limit != nil {
		t.Errorf("the wrong person has the limit %d", *evil.Limit)
	}
}
