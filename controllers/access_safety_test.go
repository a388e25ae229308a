package controllers

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// TestFailedSeatWritingKeepsWhatIsKnownOfAccess has a role wait for the audit store, before the pass comes to access.
func TestFailedSeatWritingKeepsWhatIsKnownOfAccess(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor)).offersAll()
	h := newHarness(t, world)
	jo := h.user("jo", inGroups("Sales"), withLimit(10))
	workspace := h.workspace(owningGroups("Sales"), owningBudget("Q1", 5), func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Budgets[0].Reset = "2026-01" })
	h.create(jo, workspace)
	jo = awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	before := h.awaitWorkspaceAccess().Status.Access
	owned := jo.Status.Access
	h.ledger.refuse(&audit.NotStoredError{Reason: audit.ReasonStoreFull, Message: "The audit store is full."})
	update(h, jo, withRole(clayv1alpha1.RoleAdmin))
	workspace = awaitStanding(h, workspace, isStalled(audit.ReasonStoreFull))
	jo = awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
	others := cmpopts.IgnoreFields(clayv1alpha1.UserAccess{}, "Grants", "Usage")
	if diff := cmp.Diff(owned, jo.Status.Access, others); diff != "" {
		t.Errorf("status of the ClayUser (-want +got):\n%s", diff)
	}
	ignored := cmpopts.IgnoreFields(clayv1alpha1.WorkspaceAccess{}, "LastReadTime")
	if diff := cmp.Diff(before, workspace.Status.Access, ignored); diff != "" {
		t.Errorf("status of the ClayWorkspace (-want +got):\n%s", diff)
	}
	if conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionAccessReady) == nil {
		t.Errorf("the condition is gone: %s", describeObject(workspace))
	}
	// Somebody who waits for a group is not ready meanwhile.
	world.edit(func(inventory *seat.Inventory) {
		inventory.Members = append(inventory.Members, active("kim@example.com", seat.RoleEditor))
	})
	kim := h.user("kim", inGroups("Sales"))
	h.create(kim)
	awaitStanding(h, kim, isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
	h.ledger.refuse(nil)
	h.poke()
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	awaitStanding(h, kim, isSettled(clayv1alpha1.ReasonActive))
	if after := h.awaitWorkspaceAccess().Status.Access; !after.Groups[0].Created || !after.Budgets[0].Created {
		t.Errorf("what the operator made is not its own any more: %+v", after)
	}
}

// TestWhatNeverShowsIsNotTriedForEver has a change that Clay takes and no reading ever shows.
func TestWhatNeverShowsIsNotTriedForEver(t *testing.T) {
	t.Parallel()
	world := newClay(t).offersAll()
	world.access.state.Groups.Groups = []access.Group{{Name: "Sales"}}
	tries, shows := 0, false
	world.access.onApply = func(_ context.Context, _, _ int, change access.Change) fate {
		if change.Verb != access.DescribeGroup || shows {
			return made
		}
		tries++
		return fate{fault: errUnclear}
	}
	h := newHarness(t, world)
	describing := func(words string) func(*clayv1alpha1.ClayWorkspace) {
		return func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Groups[0].Description = new(words) }
	}
	workspace := h.workspace(owningGroups("Sales"), describing("EMEA sellers"))
	h.create(workspace)
	for range convergenceTries + 2 {
		h.poke()
		h.clock.advance(invitationCooldown + 2*time.Second)
	}
	workspace = awaitStanding(h, workspace, isStalled(string(seat.BlockedNotConverging)))
	world.read(func(*clay) {
		if tries != convergenceTries {
			t.Errorf("tried %d times, want %d", tries, convergenceTries)
		}
	})
	// Other words are another change.
	world.script(func(*clay) { shows = true })
	update(h, workspace, describing("Sellers"))
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
}

// TestWhatAPersonMadeIsNotTheOperators has a person make what the operator may or may not have made.
func TestWhatAPersonMadeIsNotTheOperators(t *testing.T) {
	t.Parallel()
	world := newClay(t).offersAll()
	world.access.onApply = func(_ context.Context, call, _ int, _ access.Change) fate {
		if call == 1 {
			return fate{silent: true, end: errGone}
		}
		return made
	}
	h := newHarness(t, world)
	workspace := h.workspace(owningGroups("Sales"), owningBudget("Q1", 5))
	h.create(workspace)
	world.await("the first writing", func(c *clay) bool { return c.access.applied == 1 })
	world.editAccess(func(state *access.State) {
		state.Groups.Groups = []access.Group{{Name: "Sales"}}
		state.Budgets.Budgets = []access.Budget{{Name: "Q1", CreditLimit: 5}}
	})
	h.poke()
	h.clock.advance(invitationCooldown + 2*time.Second)
	h.poke()
	workspace = h.awaitWorkspaceAccess()
	if known := workspace.Status.Access; known.Groups[0].Created || known.Budgets[0].Created {
		t.Errorf("taken for the operator's own: %+v", known)
	}
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Groups, w.Spec.Budgets = nil, nil })
	await(h, workspace, "the end of access", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Access == nil })
	if state := world.accessNow(); len(state.Groups.Groups) != 1 || len(state.Budgets.Budgets) != 1 {
		t.Errorf("left: %+v %+v", state.Groups.Groups, state.Budgets.Budgets)
	}
}

// TestResetIsNotRepeatedWhereTheStatusCannotBeWritten loses the status that would tell of a reset.
func TestResetIsNotRepeatedWhereTheStatusCannotBeWritten(t *testing.T) {
	t.Parallel()
	world := newClay(t).offersAll()
	world.access.state.Budgets.Budgets = []access.Budget{{Name: "Q1", CreditLimit: 100, Used: 40}}
	var loses atomic.Bool
	resets := 0
	world.access.onApply = func(_ context.Context, _, _ int, change access.Change) fate {
		if change.Verb == access.ResetBudget {
			resets++
			loses.Store(true)
		}
		return made
	}
	h := newHarness(t, world)
	h.intercept(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		status := request.Method == http.MethodPut && strings.HasSuffix(request.URL.Path, "/clayworkspaces/"+workspaceName+"/status")
		if !status || !loses.CompareAndSwap(true, false) {
			return next.RoundTrip(request)
		}
		// Somebody spends at once.
		world.editAccess(func(state *access.State) { state.Budgets.Budgets[0].Used = 3 })
		return nil, errGone
	})
	withToken := func(token string) func(*clayv1alpha1.ClayWorkspace) {
		return func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Budgets[0].Reset = token }
	}
	workspace := h.workspace(owningBudget("Q1", 100), withToken("2026-01"))
	h.create(workspace)
	workspace = h.awaitWorkspaceAccess()
	update(h, workspace, withToken("2026-02"))
	await(h, workspace, "the second token", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Access.Budgets[0].Reset == "2026-02" })
	world.read(func(c *clay) {
		if used := c.access.state.Budgets.Budgets[0].Used; resets != 1 || used != 3 {
			t.Errorf("resets: %d, want 1; used: %d, want 3", resets, used)
		}
	})
}

// TestResetIsNotRepeatedAfterARestart ends the operator once it has reset a budget, which Clay does not show at first.
func TestResetIsNotRepeatedAfterARestart(t *testing.T) {
	t.Parallel()
	world := newClay(t).offersAll()
	world.access.state.Budgets.Budgets = []access.Budget{{Name: "Q1", CreditLimit: 100, Used: 40}}
	entered, resets := make(chan struct{}), 0
	world.access.onApply = func(ctx context.Context, _, _ int, change access.Change) fate {
		if change.Verb != access.ResetBudget {
			return made
		}
		if resets++; resets > 1 {
			return made
		}
		close(entered)
		<-ctx.Done()
		return fate{effect: true, silent: true, end: errGone}
	}
	var lags atomic.Bool
	world.access.onObserve = func(_ int, state *access.State) error {
		if lags.Load() {
			state.Budgets.Budgets[0].Used = 40
		}
		return nil
	}
	h := newHarness(t, world)
	withToken := func(token string) func(*clayv1alpha1.ClayWorkspace) {
		return func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Budgets[0].Reset = token }
	}
	workspace := h.workspace(owningBudget("Q1", 100), withToken("2026-01"))
	h.create(workspace)
	workspace = h.awaitWorkspaceAccess()
	lags.Store(true)
	update(h, workspace, withToken("2026-02"))
	<-entered
	h.restart()
	await(h, workspace, "the reset to be in doubt", func(w *clayv1alpha1.ClayWorkspace) bool {
		ready := conditionOf(w.Status.Conditions, clayv1alpha1.ConditionAccessReady)
		return ready != nil && ready.Reason == string(seat.BlockedOutcomeUnknown)
	})
	// Somebody spends meanwhile.
	world.editAccess(func(state *access.State) { state.Budgets.Budgets[0].Used = 3 })
	lags.Store(false)
	h.clock.advance(invitationCooldown + 2*time.Second)
	h.poke()
	await(h, workspace, "the second token", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Access.Budgets[0].Reset == "2026-02" })
	world.read(func(c *clay) {
		if used := c.access.state.Budgets.Budgets[0].Used; resets != 1 || used != 3 {
			t.Errorf("resets: %d, want 1; used: %d, want 3", resets, used)
		}
	})
}

// TestFurtherWritingFollowsTheManifests deletes a ClayUser while a pass changes access.
func TestFurtherWritingFollowsTheManifests(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor), active("kim@example.com", seat.RoleEditor), active("lee@example.com", seat.RoleEditor))
	world.offersAll()
	h := newHarness(t, world)
	jo, kim, lee := h.user("jo", inGroups("Sales")), h.user("kim", inGroups("Sales")), h.user("lee", inGroups("Sales"))
	world.access.onApply = func(_ context.Context, call, _ int, change access.Change) fate {
		if call > 1 || change.Verb != access.AddToGroup || change.Owner == "jo" {
			return made
		}
		if change.Owner == "kim" {
			h.delete(kim)
			// The operator has seen it once it says so.
			await(h, kim, "the beginning of the end", func(user *clayv1alpha1.ClayUser) bool {
				return user.DeletionTimestamp != nil && user.Status.ObservedGeneration == user.Generation
			})
		}
		return fate{fault: sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayUnreachable, "Clay cannot be reached.")}
	}
	before := 0
	world.onApply = func(_ context.Context, _, _ int, change seat.Change) fate {
		if change.Verb == seat.Remove {
			world.read(func(c *clay) { before = c.access.applied })
		}
		return made
	}
	workspace := h.workspace()
	h.create(jo, kim, lee, workspace)
	for _, user := range []*clayv1alpha1.ClayUser{jo, kim, lee} {
		awaitStanding(h, user, isStalled(clayv1alpha1.ReasonUnknownGroup))
	}
	update(h, workspace, owningGroups("Sales"))
	h.awaitGone(kim)
	awaitStanding(h, lee, isSettled(clayv1alpha1.ReasonActive))
	adds := 0
	for _, change := range slices.Concat(world.accessWritings()...) {
		if change.Verb == access.AddToGroup && change.Owner == "kim" {
			adds++
		}
	}
	if adds != 1 {
		t.Errorf("somebody whose ClayUser was deleted was put into the group %d times, want 1", adds)
	}
	world.read(func(*clay) {
		if before != 1 {
			t.Errorf("a seat waited for %d writings of access, want 1", before)
		}
	})
}

// TestRequestTriesARefusalOnce has a pass go on after a refusal, with a request that is not answered yet.
func TestRequestTriesARefusalOnce(t *testing.T) {
	t.Parallel()
	world := newClay(t).offersAll()
	tries := 0
	world.access.onApply = func(_ context.Context, _, _ int, change access.Change) fate {
		if change.Group != "Bad" {
			return made
		}
		tries++
		return fate{fault: sidecar.Faultf(sidecar.Refused, sidecar.ReasonRefused, "Not this name.")}
	}
	h := newHarness(t, world)
	workspace := h.workspace()
	h.create(workspace)
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) {
		owningGroups("Bad", "Good")(w)
		metav1.SetMetaDataAnnotation(&w.ObjectMeta, clayv1alpha1.AnnotationReconcileAt, "1")
	})
	await(h, workspace, "an answer", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.LastHandledReconcileAt == "1" })
	world.read(func(*clay) {
		if tries != 1 {
			t.Errorf("tried %d times in one pass, want 1", tries)
		}
	})
}

// TestPagesOfAccessHoldNobodysSeat has a person leave while a page that has changed keeps everybody's groups from being looked at.
func TestPagesOfAccessHoldNobodysSeat(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor), active("kim@example.com", seat.RoleEditor)).offersAll()
	world.access.onObserve = func(int, *access.State) error { return errDrift }
	h := newHarness(t, world)
	workspace, jo, kim := h.workspace(owningGroups("Sales")), h.user("jo", inGroups("Sales")), h.user("kim")
	h.create(workspace, jo, kim)
	workspace = awaitStanding(h, workspace, isStalled(sidecar.ReasonPageChanged))
	if told := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionReady).Message; !strings.HasPrefix(told, "Groups, budgets and limits: ") {
		t.Errorf("the ClayWorkspace says %q", told)
	}
	h.delete(kim)
	h.awaitGone(kim)
	world.read(func(c *clay) {
		if len(c.inventory.Members) != 2 || c.access.observed != 1 {
			t.Errorf("members: %v; access was looked at %d times, want once", c.inventory.Members, c.access.observed)
		}
	})
	workspace = awaitStanding(h, workspace, isStalled(sidecar.ReasonPageChanged))
	world.script(func(c *clay) { c.access.onObserve = nil })
	h.poke()
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
}

// TestHeldAccessIsToldAsItWas has a person work for the workspace while a section that has changed, and another that fails, are left alone.
func TestHeldAccessIsToldAsItWas(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor), active("kim@example.com", seat.RoleEditor)).offersAll()
	world.access.faults = map[access.Section]*sidecar.Fault{access.SectionGroups: errDrift}
	refused := sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonInvalidRequest, "The changes cannot be made.")
	world.access.onApply = func(context.Context, int, int, access.Change) fate { return fate{silent: true, end: refused} }
	h := newHarness(t, world)
	workspace, jo, kim := h.workspace(owningGroups("Sales"), owningBudget("Q1", 5)), h.user("jo", grantedBudgets("Q1")), h.user("kim")
	h.create(workspace, jo, kim)
	awaitStanding(h, workspace, isStalled(sidecar.ReasonInvalidRequest))
	needed := func(w *clayv1alpha1.ClayWorkspace) bool {
		condition := conditionOf(w.Status.Conditions, clayv1alpha1.ConditionHumanNeeded)
		return condition != nil && w.Status.PendingChanges != nil && w.Status.PendingChanges.Access > 0 &&
			conditionOf(w.Status.Conditions, clayv1alpha1.ConditionAccessReady).Reason == sidecar.ReasonPageChanged
	}
	await(h, workspace, "a person to be needed", needed)
	h.delete(kim)
	h.awaitGone(kim)
	await(h, workspace, "the pass without Kim", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Seats.Active == 2 })
	h.get(workspace)
	if !needed(workspace) {
		t.Errorf("what is known of access is forgotten: %s, pending %+v", describeObject(workspace), workspace.Status.PendingChanges)
	}
	h.awaitAccess(jo, metav1.ConditionFalse, string(seat.BlockedOutcomeUnknown))
}

// TestWhatIsOfAccessAlone sorts what can end the work on access.
func TestWhatIsOfAccessAlone(t *testing.T) {
	t.Parallel()
	periodicCheck := fromFault(sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonSecurityCheck, "Confirm that you are human."))
	periodicCheck.patience = periodic
	afterLogin := fromFault(sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonBrowserUnavailable, "The browser ended."))
	afterLogin.least = loginRetry
	for name, test := range map[string]struct {
		trouble error
		alone   bool
	}{
		"a page that has changed":     {fromFault(errDrift), true},
		"a browser that ended":        {fromFault(errGone), true},
		"a browser after a log-in":    {afterLogin, false},
		"a security check":            {periodicCheck, false},
		"a pause that Clay asks for":  {fromFault(sidecar.Faultf(sidecar.RateLimited, sidecar.ReasonRateLimited, "Slow down.")), false},
		"another workspace":           {fromPlan(seat.ErrWrongWorkspace), false},
		"an audit store that is slow": {trailSlow(), false},
		"an audit store that is full": {trailUnavailable(&audit.NotStoredError{Reason: audit.ReasonStoreFull, Message: "Full."}), false},
	} {
		if got := isOfAccess(problemOf(test.trouble)); got != test.alone {
			t.Errorf("%s is of access alone: %v, want %v", name, got, test.alone)
		}
	}
}

// TestNoPassIsTheLast has the time of the next one come while the pass still ends.
func TestNoPassIsTheLast(t *testing.T) {
	t.Parallel()
	p := &pass{ClayWorkspaceReconciler: &ClayWorkspaceReconciler{timing: timing{now: func() time.Time { return testTime }, soon: testSoon}}, memory: &memory{}}
	late := hold{until: testTime.Add(-time.Second), problem: fromFault(errDrift)}
	p.held, p.memory.hold = true, late
	if after := p.schedule(late.problem).RequeueAfter; after <= 0 {
		t.Errorf("a workspace that is left alone comes again after %s", after)
	}
	p.held, p.memory.accessHold, p.work = false, late, accessWork{held: true, trouble: late.problem}
	if after := p.schedule(late.problem).RequeueAfter; after <= 0 {
		t.Errorf("a workspace whose access is left alone comes again after %s", after)
	}
	p.advanced, p.plan.Changes, p.memory.accessHold.until = true, make([]seat.Change, 1), testTime.Add(time.Hour)
	if after := p.schedule(late.problem).RequeueAfter; after != testSoon {
		t.Errorf("what is left of seats comes after %s, want %s", after, testSoon)
	}
}
