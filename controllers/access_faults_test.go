package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

var errDrift = sidecar.Faultf(sidecar.Drift, sidecar.ReasonPageChanged, "The page has changed.")

// smallWorld is a workspace with a change of every kind to come: two people to put somewhere, something to make, to edit and to set.
func smallWorld(t *testing.T) *clay {
	t.Helper()
	world := newClay(t, active("jo@example.com", seat.RoleEditor), active("kim@example.com", seat.RoleEditor)).offersAll()
	world.access.state.Groups.Groups = []access.Group{{Name: "Old", Members: []seat.Email{"jo@example.com"}}}
	world.access.state.Budgets.Budgets = []access.Budget{{Name: "Q1", CreditLimit: 1, Users: []seat.Email{"kim@example.com"}}}
	return world
}

// smallManifests are what is asked for in the small world, and smallWish what Clay has in the end.
func (h *harness) smallManifests() (workspace *clayv1alpha1.ClayWorkspace, jo, kim *clayv1alpha1.ClayUser) {
	workspace = h.workspace(owningGroups("Old", "New"), owningBudget("Q1", 7), owningBudget("Q2", 8), func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.MCP = &clayv1alpha1.MCP{DefaultCreditLimit: new(int64(50))}
		w.Spec.Groups[0].Description = new("Those of before")
	})
	return workspace, h.user("jo", inGroups("New"), grantedBudgets("Q1"), withLimit(500)), h.user("kim", inGroups("New"), grantedBudgets("Q2"))
}

var smallWish = access.State{
	Plan: "Enterprise",
	Groups: access.GroupList{Offer: access.Offered, Complete: true, Groups: []access.Group{
		{Name: "New", Members: []seat.Email{"jo@example.com", "kim@example.com"}}, {Name: "Old", Description: "Those of before"},
	}},
	Budgets: access.BudgetList{Offer: access.Offered, Complete: true, Budgets: []access.Budget{
		{Name: "Q1", CreditLimit: 7, Users: []seat.Email{"jo@example.com"}}, {Name: "Q2", CreditLimit: 8, Users: []seat.Email{"kim@example.com"}},
	}},
	Limits: access.LimitList{Offer: access.Offered, Complete: true, Default: new(int64(50)), People: []access.PersonLimit{
		{Email: "jo@example.com", Limit: new(int64(500))},
	}},
}

// convergeOnAccess lets time pass until everything is as asked, and checks that nothing was made twice.
func (h *harness) convergeOnAccess(users ...*clayv1alpha1.ClayUser) {
	h.t.Helper()
	for range 4 {
		h.poke()
		h.clock.advance(invitationCooldown + 2*time.Second)
	}
	for _, user := range users {
		h.awaitAccess(user, metav1.ConditionTrue, clayv1alpha1.ReasonAccessApplied)
	}
	h.awaitWorkspaceAccess()
	await(h, h.workspace(), "the end of the operation", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Operation == nil })
	if diff := cmp.Diff(smallWish, h.clay.accessNow(), sameAccess); diff != "" {
		h.t.Errorf("Clay (-want +got):\n%s", diff)
	}
}

// TestChangingAccessIsCutOff cuts the connection at every change, before and after it took effect.
func TestChangingAccessIsCutOff(t *testing.T) {
	t.Parallel()
	const changes = 12
	for _, cut := range []struct {
		name string
		fate fate
	}{
		{"before it took effect", fate{silent: true, end: errGone}},
		{"after it took effect, before the answer", fate{effect: true, silent: true, end: errGone}},
		{"after the answer", fate{effect: true, end: errGone}},
		{"with an unknown outcome and effect", fate{effect: true, fault: errUnclear}},
		{"with an unknown outcome and no effect", fate{fault: errUnclear, end: errGone}},
		{"with an error that is no fault", fate{effect: true, silent: true, end: errors.New("broken pipe")}},
		{"with a page that has changed", fate{fault: errDrift}},
	} {
		t.Run(cut.name, func(t *testing.T) {
			t.Parallel()
			for at := range changes {
				t.Run(fmt.Sprint("change ", at), func(t *testing.T) {
					t.Parallel()
					world, reached := smallWorld(t), 0
					world.access.onApply = func(_ context.Context, call, index int, _ access.Change) fate {
						reached = max(reached, index)
						if call == 1 && index == at {
							return cut.fate
						}
						return made
					}
					h := newIdleHarness(t, world)
					workspace, jo, kim := h.smallManifests()
					h.create(workspace, jo, kim)
					h.start()
					world.await("the first writing", func(c *clay) bool { return c.access.applied >= 1 })
					h.convergeOnAccess(jo, kim)
					if world.read(func(*clay) {}); reached < at {
						t.Errorf("there are %d changes only", reached+1)
					}
				})
			}
		})
	}
}

// TestRestartWhileAccessIsChanged ends the operator in the middle of a writing.
func TestRestartWhileAccessIsChanged(t *testing.T) {
	t.Parallel()
	for _, effect := range []bool{true, false} {
		t.Run(fmt.Sprint("effect ", effect), func(t *testing.T) {
			t.Parallel()
			world := smallWorld(t)
			entered := make(chan struct{})
			world.access.onApply = func(ctx context.Context, call, index int, _ access.Change) fate {
				if call > 1 || index < 5 {
					return made
				}
				close(entered)
				<-ctx.Done()
				return fate{effect: effect, silent: true, end: errGone}
			}
			h := newHarness(t, world)
			workspace, jo, kim := h.smallManifests()
			h.create(workspace, jo, kim)
			<-entered
			await(h, workspace, "an announced operation", func(w *clayv1alpha1.ClayWorkspace) bool {
				return w.Status.Operation != nil && w.Status.Operation.Access > 0
			})
			h.restart()
			h.convergeOnAccess(jo, kim)
		})
	}
}

// TestAccessThatCannotBeReadLeavesTheSeats fails the reading of access, with the seats done already.
func TestAccessThatCannotBeReadLeavesTheSeats(t *testing.T) {
	t.Parallel()
	world := smallWorld(t)
	down := true
	world.access.onObserve = func(int, *access.State) error {
		if down {
			return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayUnreachable, "Clay cannot be reached.")
		}
		return nil
	}
	h := newHarness(t, world)
	workspace, jo, kim := h.smallManifests()
	kim.Spec.Role = clayv1alpha1.RoleAdmin
	lee := h.user("lee")
	world.inventory.Members = append(world.inventory.Members, active("lee@example.com", seat.RoleEditor))
	h.create(workspace, jo, kim, lee)
	awaitStanding(h, workspace, isWaiting(sidecar.ReasonClayUnreachable))
	kim = awaitStanding(h, kim, isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
	if kim.Status.Role != clayv1alpha1.RoleAdmin {
		t.Errorf("the role was not given: %+v", kim.Status)
	}
	awaitStanding(h, lee, isSettled(clayv1alpha1.ReasonActive))
	world.script(func(*clay) { down = false })
	h.convergeOnAccess(jo, kim)
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	// An outage writes the status of nobody whose wish is met.
	world.script(func(*clay) { down = true })
	h.get(jo)
	version := jo.ResourceVersion
	h.poke()
	awaitStanding(h, workspace, isWaiting(sidecar.ReasonClayUnreachable))
	h.get(jo)
	if jo.ResourceVersion != version {
		t.Errorf("written: %s", describeObject(jo))
	}
}

// TestSectionThatCannotBeReadBlocksItselfAlone has the page of groups changed.
func TestSectionThatCannotBeReadBlocksItselfAlone(t *testing.T) {
	t.Parallel()
	world := smallWorld(t)
	world.access.faults = map[access.Section]*sidecar.Fault{access.SectionGroups: errDrift}
	h := newHarness(t, world)
	workspace, jo, kim := h.smallManifests()
	kim.Spec.Groups = nil
	h.create(workspace, jo, kim)
	workspace = awaitStanding(h, workspace, isStalled(sidecar.ReasonPageChanged))
	awaitStanding(h, jo, isWaiting(sidecar.ReasonPageChanged))
	awaitStanding(h, kim, isSettled(clayv1alpha1.ReasonActive))
	needed := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionHumanNeeded)
	if needed == nil || needed.Reason != sidecar.ReasonPageChanged {
		t.Errorf("nobody is needed: %s", describeObject(workspace))
	}
	want := smallWish
	want.Groups = world.accessNow().Groups
	if diff := cmp.Diff(want, world.accessNow(), sameAccess); diff != "" {
		t.Errorf("Clay (-want +got):\n%s", diff)
	}
	for _, change := range slices.Concat(world.accessWritings()...) {
		if change.Verb.Section() == access.SectionGroups {
			t.Errorf("changed in a section that cannot be read: %+v", change)
		}
	}
	world.script(func(c *clay) { c.access.faults = nil })
	update(h, kim, inGroups("New"))
	h.convergeOnAccess(jo, kim)
	// One that was fine is not touched by a page that changes later.
	h.get(jo)
	version := jo.ResourceVersion
	world.script(func(c *clay) { c.access.faults = map[access.Section]*sidecar.Fault{access.SectionGroups: errDrift} })
	h.poke()
	awaitStanding(h, workspace, isStalled(sidecar.ReasonPageChanged))
	h.get(jo)
	if jo.ResourceVersion != version {
		t.Errorf("written: %s", describeObject(jo))
	}
}

func TestRefusedAccess(t *testing.T) {
	t.Parallel()
	world := smallWorld(t)
	refuse, tries := true, 0
	world.access.onApply = func(_ context.Context, _, _ int, change access.Change) fate {
		if change.Verb != access.SetLimit || !refuse {
			return made
		}
		tries++
		return fate{fault: sidecar.Faultf(sidecar.Refused, sidecar.ReasonRefused, "The limit is too high.")}
	}
	h := newHarness(t, world)
	workspace, jo, kim := h.smallManifests()
	h.create(workspace, jo, kim)
	jo = awaitStanding(h, jo, isStalled(sidecar.ReasonRefused))
	if message := conditionOf(jo.Status.Conditions, clayv1alpha1.ConditionReady).Message; !strings.Contains(message, "too high") {
		t.Errorf("message: %s", message)
	}
	h.poke()
	world.read(func(*clay) {
		if tries != 1 {
			t.Errorf("a refusal was not taken: %d tries", tries)
		}
	})
	update(h, jo, func(user *clayv1alpha1.ClayUser) {
		metav1.SetMetaDataAnnotation(&user.ObjectMeta, clayv1alpha1.AnnotationReconcileAt, "1")
	})
	jo = await(h, jo, "an answer", func(user *clayv1alpha1.ClayUser) bool { return user.Status.LastHandledReconcileAt == "1" })
	h.poke()
	world.read(func(*clay) {
		if tries != 2 {
			t.Errorf("tries after a request: %d, want 2", tries)
		}
	})
	h.clock.advance(retryRefusedAfter + time.Minute)
	h.poke()
	world.await("a third try", func(*clay) bool { return tries == 3 })
	// Another limit is another change.
	world.script(func(*clay) { refuse = false })
	update(h, jo, withLimit(400))
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
}

func TestQuarrelOverAGroupEnds(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor)).offersAll()
	h := newHarness(t, world)
	jo := h.user("jo", inGroups("Sales"))
	h.create(jo, h.workspace(owningGroups("Sales")))
	jo = awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	for range 3 {
		world.editAccess(func(state *access.State) { state.Groups.Groups[0].Members = nil })
		h.clock.advance(time.Minute)
		h.poke()
	}
	jo = awaitStanding(h, jo, isStalled(string(seat.BlockedNotConverging)))
	adds := 0
	for _, change := range slices.Concat(world.accessWritings()...) {
		if change.Verb == access.AddToGroup {
			adds++
		}
	}
	if adds != convergenceTries {
		t.Errorf("put into the group %d times, want %d", adds, convergenceTries)
	}
	update(h, jo, func(user *clayv1alpha1.ClayUser) { user.Spec.Groups = nil })
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
}

// TestAccessIsOnRecord refuses the records for a while, and then looks at them.
func TestAccessIsOnRecord(t *testing.T) {
	t.Parallel()
	world := smallWorld(t)
	h := newIdleHarness(t, world)
	h.ledger.refuse(&audit.NotStoredError{Reason: audit.ReasonStoreFull, Message: "The audit store is full."})
	h.start()
	workspace, jo, kim := h.smallManifests()
	h.create(workspace, jo, kim)
	awaitStanding(h, workspace, isStalled(audit.ReasonStoreFull))
	if writings := world.accessWritings(); len(writings) != 0 {
		t.Errorf("written without a record: %v", writings)
	}
	h.ledger.refuse(nil)
	h.convergeOnAccess(jo, kim)
	for _, records := range h.ledger.changes() {
		first, last := records[0], records[len(records)-1]
		if isAccessVerb(first.Verb) && (last.Phase != audit.PhaseOutcome || last.Result != audit.ResultApplied || last.Proof == "") {
			t.Errorf("%s %s %s: %s %s, proof %q", first.Verb, first.Person, first.Target, last.Phase, last.Result, last.Proof)
		}
	}
	limit := h.ledger.of(audit.VerbSetLimit)[0]
	if limit.AskedBy.Kind != "ClayUser" || limit.AskedBy.Name != "jo" || limit.Credits == nil || *limit.Credits != 500 || limit.Person != "jo@example.com" {
		t.Errorf("record: %+v", limit)
	}
	if group := h.ledger.of(audit.VerbCreateGroup)[0]; group.AskedBy.Kind != "ClayWorkspace" || group.Target != "New" {
		t.Errorf("record: %+v", group)
	}
}

// TestUnknownAccessIsSettledOnRecord has readings decide what became of changes of which nobody was told.
func TestUnknownAccessIsSettledOnRecord(t *testing.T) {
	t.Parallel()
	for _, effect := range []bool{true, false} {
		t.Run(fmt.Sprint("effect ", effect), func(t *testing.T) {
			t.Parallel()
			world := smallWorld(t)
			world.access.onApply = func(_ context.Context, call, index int, _ access.Change) fate {
				if call == 1 {
					return fate{effect: effect, silent: true, end: map[bool]error{index == 11: errGone}[true]}
				}
				return made
			}
			h := newHarness(t, world)
			workspace, jo, kim := h.smallManifests()
			h.create(workspace, jo, kim)
			world.await("the first writing", func(c *clay) bool { return c.access.applied >= 1 })
			h.convergeOnAccess(jo, kim)
			open, err := h.ledger.Unsettled(t.Context(), h.namespace, workspaceName)
			if err != nil || len(open) > 0 {
				t.Errorf("open: %v %v", open, err)
			}
		})
	}
}

func TestAccessWithoutProofIsReadAgain(t *testing.T) {
	t.Parallel()
	world := smallWorld(t)
	world.access.proofless = true
	h := newHarness(t, world)
	workspace, jo, kim := h.smallManifests()
	h.create(workspace, jo, kim)
	h.convergeOnAccess(jo, kim)
	if writings := world.accessWritings(); len(writings) != 1 {
		t.Errorf("writings: %d, want 1", len(writings))
	}
}

// TestAccessFollowsTheSeat invites somebody, who gets groups and budgets after joining.
func TestAccessFollowsTheSeat(t *testing.T) {
	t.Parallel()
	world := newClay(t).offersAll()
	h := newHarness(t, world)
	workspace := h.workspace(owningGroups("Sales"), owningBudget("Q1", 5))
	h.create(workspace)
	h.awaitWorkspaceAccess()
	jo := h.user("jo", inGroups("Sales", "Nowhere"), grantedBudgets("Q1"))
	h.create(jo)
	jo = awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
	h.awaitAccess(jo, metav1.ConditionFalse, clayv1alpha1.ReasonInvitationPending)
	if invitation := world.writings()[0][0]; invitation.Groups != "Sales" || invitation.Budgets != "Q1" {
		t.Errorf("invitation: %+v", invitation)
	}
	update(h, jo, inGroups("Sales"))
	world.accept("jo@example.com")
	h.poke()
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	h.awaitAccess(jo, metav1.ConditionTrue, clayv1alpha1.ReasonAccessApplied)
	if members := world.accessNow().Groups.Groups[0].Members; len(members) != 1 {
		t.Errorf("members: %v", members)
	}
}

// TestClayGroupIsMirrored has a ClayGroup be a group in Clay, until nobody wants it any more.
func TestClayGroupIsMirrored(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor)).offersAll()
	h := newHarness(t, world)
	jo := h.user("jo")
	group := h.group("sales", func(group *clayv1alpha1.ClayGroup) {
		group.Spec.DisplayName, group.Spec.Mirror = "Sales Team", true
		group.Spec.Members = []clayv1alpha1.GroupMember{{Name: "jo"}, {Name: "gone"}}
	})
	workspace := h.workspace()
	h.create(jo, group, workspace)
	jo = h.awaitAccess(jo, metav1.ConditionTrue, clayv1alpha1.ReasonAccessApplied)
	if diff := cmp.Diff([]clayv1alpha1.Granted{{What: "Group", Value: "Sales Team", By: GrantedByGroup}}, jo.Status.Access.Grants); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	if records := h.ledger.of(audit.VerbCreateGroup); len(records) == 0 || records[0].AskedBy.Kind != "ClayGroup" || records[0].AskedBy.Name != "sales" {
		t.Errorf("records: %+v", records)
	}
	await(h, group, "the count of those in Clay", func(group *clayv1alpha1.ClayGroup) bool {
		return group.Status.Mirrored != nil && *group.Status.Mirrored == 1
	})
	h.delete(group)
	world.await("the end of the group", func(c *clay) bool { return len(c.access.state.Groups.Groups) == 0 })
	await(h, workspace, "the end of access", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Access == nil })
}

// TestSessionThatEndsBeforeAccess has Clay ask for another log-in between the seats and what comes after them.
func TestSessionThatEndsBeforeAccess(t *testing.T) {
	t.Parallel()
	world := smallWorld(t)
	world.access.onObserve = func(call int, _ *access.State) error {
		if call == 1 {
			world.expire()
		}
		return nil
	}
	h := newHarness(t, world)
	workspace, jo, kim := h.smallManifests()
	h.create(workspace, jo, kim)
	workspace = h.awaitWorkspaceAccess()
	world.read(func(c *clay) {
		if c.logins != 2 || len(workspace.Status.Logins) != 2 {
			t.Errorf("%d log-ins, of which %d are counted; want 2", c.logins, len(workspace.Status.Logins))
		}
	})
	h.convergeOnAccess(jo, kim)
}

// TestPlanThatLosesGroups has the plan changed to one without groups, and the groups taken out of the manifest.
func TestPlanThatLosesGroups(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor)).offersAll()
	h := newHarness(t, world)
	workspace, jo := h.workspace(owningGroups("Sales")), h.user("jo", inGroups("Sales"))
	h.create(workspace, jo)
	workspace = h.awaitWorkspaceAccess()
	world.script(func(c *clay) { c.access.state.Groups = access.GroupList{Offer: access.NotOffered} })
	h.poke()
	workspace = awaitStanding(h, workspace, isStalled(clayv1alpha1.ReasonNotOfferedByPlan))
	awaitStanding(h, jo, isStalled(clayv1alpha1.ReasonNotOfferedByPlan))
	update(h, jo, func(user *clayv1alpha1.ClayUser) { user.Spec.Groups = nil })
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Groups = nil })
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	workspace = await(h, workspace, "the end of access", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Access == nil })
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
}

// TestAccessThatIsNoGoodHoldsNobodysSeat has the browser's side refuse what it is to read, for as long as that lasts.
func TestAccessThatIsNoGoodHoldsNobodysSeat(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor)).offersAll()
	world.access.onObserve = func(int, *access.State) error {
		return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonInvalidRequest, "the scope: a name is no good")
	}
	h := newHarness(t, world)
	workspace, jo := h.workspace(owningGroups("Sales")), h.user("jo", inGroups("Sales"))
	h.create(workspace, jo)
	awaitStanding(h, workspace, isStalled(sidecar.ReasonInvalidRequest))
	h.awaitAccess(jo, metav1.ConditionFalse, sidecar.ReasonInvalidRequest)
	h.delete(jo)
	h.awaitGone(jo)
	if writings := world.accessWritings(); len(writings) > 0 {
		t.Errorf("written: %v", writings)
	}
	world.script(func(c *clay) { c.access.onObserve = nil })
	h.poke()
	h.awaitWorkspaceAccess()
}

// TestWhoLeavesWhileAccessIsReadGoesFirst: reading and changing access may take minutes, which a leaver would keep the seat.
func TestWhoLeavesWhileAccessIsReadGoesFirst(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor), active("lee@example.com", seat.RoleEditor)).offersAll()
	h := newHarness(t, world)
	workspace, jo, lee := h.workspace(owningGroups("Sales")), h.user("jo", inGroups("Sales")), h.user("lee")
	world.access.onObserve = func(call int, _ *access.State) error {
		if call == 1 {
			update(h, lee, func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) })
			// Whoever tells of the new manifest has it in the cache that the passes share.
			awaitStanding(h, lee, isWaiting(clayv1alpha1.ReasonProgressing))
		}
		return nil
	}
	world.access.onApply = func(context.Context, int, int, access.Change) fate {
		if world.has("lee@example.com") {
			t.Error("access is changed while somebody who left has a seat")
		}
		return made
	}
	h.create(workspace, jo, lee)
	awaitStanding(h, lee, isSettled(clayv1alpha1.ReasonAbsent))
	h.awaitAccess(jo, metav1.ConditionTrue, clayv1alpha1.ReasonAccessApplied)
}
