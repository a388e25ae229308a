package controllers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// owningGroups has a workspace own groups, and owningBudget a budget.
func owningGroups(names ...string) func(*clayv1alpha1.ClayWorkspace) {
	return func(w *clayv1alpha1.ClayWorkspace) {
		for _, name := range names {
			w.Spec.Groups = append(w.Spec.Groups, clayv1alpha1.WorkspaceGroup{Name: name})
		}
	}
}

func owningBudget(name string, credits int64) func(*clayv1alpha1.ClayWorkspace) {
	return func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.Budgets = append(w.Spec.Budgets, clayv1alpha1.WorkspaceBudget{Name: name, CreditLimit: credits})
	}
}

// inGroups has a ClayUser ask for groups, grantedBudgets for budgets and withLimit for a limit.
func inGroups(names ...string) func(*clayv1alpha1.ClayUser) {
	return func(user *clayv1alpha1.ClayUser) { user.Spec.Groups = names }
}

func grantedBudgets(names ...string) func(*clayv1alpha1.ClayUser) {
	return func(user *clayv1alpha1.ClayUser) { user.Spec.Budgets = names }
}

func withLimit(credits int64) func(*clayv1alpha1.ClayUser) {
	return func(user *clayv1alpha1.ClayUser) { user.Spec.MCPCreditLimit = &credits }
}

// awaitAccess waits until the condition AccessReady has a status and a reason, for the present generation.
func (h *harness) awaitAccess(user *clayv1alpha1.ClayUser, want metav1.ConditionStatus, reason string) *clayv1alpha1.ClayUser {
	h.t.Helper()
	return await(h, user, fmt.Sprintf("AccessReady %s %s", want, reason), func(seen *clayv1alpha1.ClayUser) bool {
		found := conditionOf(seen.Status.Conditions, clayv1alpha1.ConditionAccessReady)
		return found != nil && found.Status == want && found.Reason == reason && found.ObservedGeneration == seen.Generation
	})
}

// awaitWorkspaceAccess waits until the workspace has all access as asked.
func (h *harness) awaitWorkspaceAccess() *clayv1alpha1.ClayWorkspace {
	h.t.Helper()
	return await(h, h.workspace(), "AccessReady True", func(seen *clayv1alpha1.ClayWorkspace) bool {
		found := conditionOf(seen.Status.Conditions, clayv1alpha1.ConditionAccessReady)
		return found != nil && found.Reason == clayv1alpha1.ReasonAccessApplied && found.ObservedGeneration == seen.Generation
	})
}

// sameAccess compares what two workspaces have, whatever the order of lists and whenever they were read.
var sameAccess = cmp.Options{
	cmpopts.IgnoreFields(access.State{}, "ReadAt"), cmpopts.IgnoreFields(access.Group{}, "Complete"), cmpopts.IgnoreFields(access.Budget{}, "Complete"),
	cmpopts.EquateEmpty(),
}

// TestAccessIsMade has groups, budgets and limits made for two people, and takes some away again.
func TestAccessIsMade(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor), active("kim@example.com", seat.RoleEditor)).offersAll()
	h := newHarness(t, world)
	workspace := h.workspace(owningGroups("Sales", "EMEA"), owningBudget("Q1", 1000), func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.MCP = &clayv1alpha1.MCP{DefaultCreditLimit: new(int64(50))}
	})
	jo, kim := h.user("jo", inGroups("Sales", "EMEA"), grantedBudgets("Q1"), withLimit(500)), h.user("kim", inGroups("Sales"))
	h.create(jo, kim, workspace)
	jo = h.awaitAccess(jo, metav1.ConditionTrue, clayv1alpha1.ReasonAccessApplied)
	kim = h.awaitAccess(kim, metav1.ConditionTrue, clayv1alpha1.ReasonAccessApplied)
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	workspace = h.awaitWorkspaceAccess()
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	want := access.State{
		Plan: "Enterprise",
		Groups: access.GroupList{Offer: access.Offered, Complete: true, Groups: []access.Group{
			{Name: "EMEA", Members: []seat.Email{"jo@example.com"}}, {Name: "Sales", Members: []seat.Email{"jo@example.com", "kim@example.com"}},
		}},
		Budgets: access.BudgetList{Offer: access.Offered, Complete: true, Budgets: []access.Budget{
			{Name: "Q1", CreditLimit: 1000, Users: []seat.Email{"jo@example.com"}},
		}},
		Limits: access.LimitList{Offer: access.Offered, Complete: true, Default: new(int64(50)), People: []access.PersonLimit{
			{Email: "jo@example.com", Limit: new(int64(500))},
		}},
	}
	if diff := cmp.Diff(want, world.accessNow(), sameAccess); diff != "" {
		t.Errorf("Clay (-want +got):\n%s", diff)
	}
	wantStatus := &clayv1alpha1.UserAccess{
		Groups: []string{"EMEA", "Sales"}, Budgets: []string{"Q1"}, MCPCreditLimit: new(int64(500)), OwnLimit: true,
		Grants: []clayv1alpha1.Granted{
			{What: "Group", Value: "EMEA", By: "spec"}, {What: "Group", Value: "Sales", By: "spec"}, {What: "Budget", Value: "Q1", By: "spec"},
			{What: "MCPCreditLimit", Value: "500", By: "spec"},
		},
		Usage: &clayv1alpha1.CreditUsage{},
	}
	if diff := cmp.Diff(wantStatus, jo.Status.Access, cmpopts.IgnoreFields(clayv1alpha1.CreditUsage{}, "Time", "Since")); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	wantWorkspace := &clayv1alpha1.WorkspaceAccess{
		Groups:             []clayv1alpha1.OwnedGroup{{Name: "EMEA", Created: true, Members: 1}, {Name: "Sales", Created: true, Members: 2}},
		Budgets:            []clayv1alpha1.OwnedBudget{{Name: "Q1", Created: true, CreditLimit: 1000}},
		DefaultCreditLimit: new(int64(50)),
	}
	if diff := cmp.Diff(wantWorkspace, workspace.Status.Access, cmpopts.IgnoreFields(clayv1alpha1.WorkspaceAccess{}, "LastReadTime")); diff != "" {
		t.Errorf("status of the workspace (-want +got):\n%s", diff)
	}
	var told []string
	for _, operation := range slices.Backward(jo.Status.History) {
		told = append(told, fmt.Sprintf("%s %s %s", operation.Verb, operation.Target, operation.Outcome))
	}
	if diff := cmp.Diff([]string{"AddToGroup EMEA, Sales Applied", "GrantBudget Q1 Applied", "SetLimit 500 Applied"}, told); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}

	// What is taken away goes; the limit falls back to the default, because Clay has no way to take it away.
	update(h, jo, func(user *clayv1alpha1.ClayUser) {
		user.Spec.Groups, user.Spec.Budgets, user.Spec.MCPCreditLimit = []string{"EMEA"}, nil, nil
	})
	jo = h.awaitAccess(jo, metav1.ConditionTrue, clayv1alpha1.ReasonAccessApplied)
	want.Groups.Groups[1].Members, want.Budgets.Budgets[0].Users = []seat.Email{"kim@example.com"}, nil
	want.Limits.People[0].Limit = new(int64(50))
	if diff := cmp.Diff(want, world.accessNow(), sameAccess); diff != "" {
		t.Errorf("Clay after less is asked for (-want +got):\n%s", diff)
	}
	if jo.Status.Access == nil || !jo.Status.Access.OwnLimit || *jo.Status.Access.MCPCreditLimit != 50 {
		t.Errorf("status: %+v", jo.Status.Access)
	}
	// A leaver takes nothing along that the operator would have to clear away.
	update(h, kim, func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) })
	kim = awaitStanding(h, kim, isSettled(clayv1alpha1.ReasonAbsent))
	if conditionOf(kim.Status.Conditions, clayv1alpha1.ConditionAccessReady) != nil || kim.Status.Access != nil && len(kim.Status.Access.Groups) > 0 {
		t.Errorf("a leaver: %s %+v", describeObject(kim), kim.Status.Access)
	}
}

func TestUnchangedAccessCostsOneReading(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor)).offersAll()
	h := newHarness(t, world)
	jo := h.user("jo", inGroups("Sales"), grantedBudgets("Q1"), withLimit(10))
	h.create(jo, h.workspace(owningGroups("Sales"), owningBudget("Q1", 5)))
	jo = h.awaitAccess(jo, metav1.ConditionTrue, clayv1alpha1.ReasonAccessApplied)
	h.poke()
	written := len(h.written())
	var observed, applied int
	world.read(func(c *clay) { observed, applied = c.access.observed, c.access.applied })
	h.poke()
	world.read(func(c *clay) {
		if c.access.observed != observed+1 || c.access.applied != applied {
			t.Errorf("an unchanged world: %d readings and %d writings", c.access.observed-observed, c.access.applied-applied)
		}
	})
	if wrote := h.written()[written:]; len(wrote) != 1 || !strings.HasSuffix(wrote[0], "/clayworkspaces/"+workspaceName+"/status") {
		t.Errorf("written in Kubernetes: %q, want one status of the workspace", wrote)
	}
	version := jo.ResourceVersion
	h.get(jo)
	if jo.ResourceVersion != version {
		t.Errorf("written: %s", describeObject(jo))
	}
	// Spending is told once a day, or where the limit is reached.
	spend := func(used int64) {
		world.editAccess(func(state *access.State) { state.Limits.People[0].Used = used })
		h.poke()
		h.poke()
	}
	spend(3)
	h.get(jo)
	if jo.ResourceVersion != version {
		t.Errorf("written before a day is over: %+v", jo.Status.Access)
	}
	spend(12)
	await(h, jo, "the limit that is reached", func(user *clayv1alpha1.ClayUser) bool {
		usage := user.Status.Access.Usage
		return usage != nil && usage.Used == 12 && usage.LastIncrease != nil
	})
	h.clock.advance(usagePause + time.Minute)
	spend(13)
	await(h, jo, "another day", func(user *clayv1alpha1.ClayUser) bool { return user.Status.Access.Usage.Used == 13 })
}

func TestNoAccessCostsNoCall(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor))
	h := newHarness(t, world)
	jo := h.user("jo", withRole(clayv1alpha1.RoleEditor))
	workspace := h.workspace()
	h.create(jo, workspace)
	jo = awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	workspace = h.poke()
	world.read(func(c *clay) {
		if c.access.observed+c.access.applied != 0 {
			t.Error("access was read although nobody asks for any")
		}
	})
	if jo.Status.Access != nil || workspace.Status.Access != nil || conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionAccessReady) != nil {
		t.Errorf("status: %+v, %+v", jo.Status.Access, workspace.Status.Access)
	}
}

func TestPlansGate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		plan   string
		offers []access.Section
		lacks  []string
		// made are the groups, budgets and people with a limit in the end.
		made [3]int
	}{
		{"Launch", []access.Section{access.SectionLimits}, []string{"Groups", "Budgets"}, [3]int{0, 0, 1}},
		{"Growth", []access.Section{access.SectionLimits}, []string{"Groups", "Budgets"}, [3]int{0, 0, 1}},
		{"Enterprise", access.Sections(), nil, [3]int{1, 1, 1}},
		{"Starter", nil, []string{"Groups", "Budgets", "Limits"}, [3]int{0, 0, 0}},
		{"Legacy Enterprise", []access.Section{access.SectionLimits}, []string{"Groups", "Budgets"}, [3]int{0, 0, 1}},
	} {
		t.Run(test.plan, func(t *testing.T) {
			t.Parallel()
			world := newClay(t, active("jo@example.com", seat.RoleViewer)).offers(test.plan, test.offers...)
			h := newHarness(t, world)
			jo := h.user("jo", inGroups("Sales"), grantedBudgets("Q1"), withLimit(10), withRole(clayv1alpha1.RoleEditor))
			workspace := h.workspace(owningGroups("Sales"), owningBudget("Q1", 5))
			h.create(jo, workspace)
			if test.lacks == nil {
				h.awaitAccess(jo, metav1.ConditionTrue, clayv1alpha1.ReasonAccessApplied)
			} else {
				jo = h.awaitAccess(jo, metav1.ConditionFalse, clayv1alpha1.ReasonNotOfferedByPlan)
				awaitStanding(h, jo, isStalled(clayv1alpha1.ReasonNotOfferedByPlan))
				workspace = awaitStanding(h, workspace, isStalled(clayv1alpha1.ReasonNotOfferedByPlan))
				message := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionReady).Message
				if !strings.Contains(message, test.plan) {
					t.Errorf("the plan is not named: %s", message)
				}
			}
			h.poke()
			workspace = h.poke()
			if diff := cmp.Diff(test.lacks, workspace.Status.Access.NotOffered); diff != "" {
				t.Errorf("not offered (-want +got):\n%s", diff)
			}
			state := world.accessNow()
			if got := [3]int{len(state.Groups.Groups), len(state.Budgets.Budgets), len(state.Limits.People)}; got != test.made {
				t.Errorf("made: %v, want %v", got, test.made)
			}
			world.read(func(c *clay) {
				if c.inventory.Members[1].Role != seat.RoleEditor {
					t.Error("the role was not given")
				}
			})
		})
	}
}

func TestUnknownNamesKeepNothingElse(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor), active("kim@example.com", seat.RoleEditor)).offersAll()
	h := newHarness(t, world)
	jo, kim := h.user("jo", inGroups("Sales", "Nowhere")), h.user("kim", inGroups("Sales"), grantedBudgets("Nothing"))
	workspace := h.workspace(owningGroups("Sales"), func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.AccessRules = []clayv1alpha1.AccessRule{{
			Name: "nobody", Match: "email == 'nobody@example.com'", Grant: clayv1alpha1.AccessGrant{Groups: []string{"Elsewhere"}},
		}}
	})
	h.create(jo, kim, workspace)
	jo = awaitStanding(h, jo, isStalled(clayv1alpha1.ReasonUnknownGroup))
	awaitStanding(h, kim, isStalled(clayv1alpha1.ReasonUnknownBudget))
	workspace = awaitStanding(h, workspace, isStalled(clayv1alpha1.ReasonUnknownGroup))
	for message, part := range map[string]string{
		conditionOf(jo.Status.Conditions, clayv1alpha1.ConditionReady).Message:        `"Nowhere"`,
		conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionReady).Message: "spec.accessRules[0]",
	} {
		if !strings.Contains(message, part) {
			t.Errorf("%q is not named: %s", part, message)
		}
	}
	if groups := world.accessNow().Groups.Groups; len(groups) != 1 || len(groups[0].Members) != 2 {
		t.Errorf("groups: %+v", groups)
	}
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.AccessRules = nil
		owningGroups("Nowhere")(w)
		owningBudget("Nothing", 1)(w)
	})
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	awaitStanding(h, kim, isSettled(clayv1alpha1.ReasonActive))
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
}

func TestObserveLeavesAccess(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor)).offersAll()
	h := newHarness(t, world)
	jo := h.user("jo", inGroups("Sales"), withLimit(10))
	workspace := h.workspace(owningGroups("Sales"), func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Mode = clayv1alpha1.ModeObserve })
	h.create(jo, workspace)
	awaitStanding(h, jo, isOnlyObserved())
	workspace = awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	if counts := workspace.Status.PendingChanges; counts.Access != 3 || counts.Blocked != 3 {
		t.Errorf("pending: %+v", counts)
	}
	if writings := world.accessWritings(); len(writings) != 0 {
		t.Errorf("written: %v", writings)
	}
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Mode = clayv1alpha1.ModeEnforce })
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
}

// TestSuspendedPeopleKeepTheirAccess has one person suspended and one whose workspace is going away.
func TestSuspendedPeopleKeepTheirAccess(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor), active("kim@example.com", seat.RoleEditor)).offersAll()
	world.access.state.Groups.Groups = []access.Group{{Name: "Sales", Members: []seat.Email{"jo@example.com"}}}
	h := newHarness(t, world)
	jo := h.user("jo", func(user *clayv1alpha1.ClayUser) { user.Spec.Suspend = true })
	kim := h.user("kim", inGroups("Sales"))
	workspace := h.workspace(owningGroups("Sales"))
	h.create(jo, kim, workspace)
	awaitStanding(h, kim, isSettled(clayv1alpha1.ReasonActive))
	awaitStanding(h, jo, isUnknown(clayv1alpha1.ReasonSuspended))
	if members := world.accessNow().Groups.Groups[0].Members; len(members) != 2 {
		t.Errorf("members: %v", members)
	}
	h.delete(workspace)
	awaitStanding(h, workspace, isWaiting(clayv1alpha1.ReasonDeleting))
	update(h, kim, func(user *clayv1alpha1.ClayUser) { user.Spec.Groups = []string{} })
	h.poke()
	if members := world.accessNow().Groups.Groups[0].Members; len(members) != 2 {
		t.Errorf("members after the workspace was deleted: %v", members)
	}
}

// TestDeletionOfWhatIsOwned takes groups and budgets out of the manifest: those that the operator made go, and those that it found stay.
func TestDeletionOfWhatIsOwned(t *testing.T) {
	t.Parallel()
	world := newClay(t).offersAll()
	world.access.state.Groups.Groups = []access.Group{{Name: "Found"}}
	world.access.state.Budgets.Budgets = []access.Budget{{Name: "Found", CreditLimit: 5}}
	h := newHarness(t, world)
	workspace := h.workspace(owningGroups("Found", "Made"), owningBudget("Found", 5), owningBudget("Made", 6))
	h.create(workspace)
	workspace = h.awaitWorkspaceAccess()
	want := []clayv1alpha1.OwnedGroup{{Name: "Found"}, {Name: "Made", Created: true}}
	if diff := cmp.Diff(want, workspace.Status.Access.Groups); diff != "" {
		t.Errorf("owned (-want +got):\n%s", diff)
	}
	h.restart()
	world.script(func(c *clay) {
		c.access.onApply = func(_ context.Context, _, _ int, change access.Change) fate {
			if change.Verb == access.DeleteBudget {
				return fate{fault: sidecar.Faultf(sidecar.Refused, sidecar.ReasonRefused, "Workbooks use the budget.")}
			}
			return made
		}
	})
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Groups, w.Spec.Budgets = nil, nil })
	workspace = awaitStanding(h, workspace, isStalled(sidecar.ReasonRefused))
	if message := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionReady).Message; !strings.Contains(message, `"Made"`) ||
		!strings.Contains(message, "Workbooks use the budget") {
		t.Errorf("message: %s", message)
	}
	applied := len(world.accessWritings())
	world.script(func(c *clay) { c.access.onApply = nil })
	workspace = h.poke()
	if again := len(world.accessWritings()) - applied; again != 1 {
		t.Errorf("a person asked for another try, and there were %d", again)
	}
	workspace = await(h, workspace, "the end of access", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Access == nil })
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	state := world.accessNow()
	if len(state.Groups.Groups) != 1 || state.Groups.Groups[0].Name != "Found" || len(state.Budgets.Budgets) != 1 || state.Budgets.Budgets[0].Name != "Found" {
		t.Errorf("left: %+v %+v", state.Groups.Groups, state.Budgets.Budgets)
	}
}

// TestBudgetIsResetOnce changes the token, with every outcome.
func TestBudgetIsResetOnce(t *testing.T) {
	t.Parallel()
	withToken := func(token string) func(*clayv1alpha1.ClayWorkspace) {
		return func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Budgets[0].Reset = token }
	}
	for _, test := range []struct {
		name string
		fate fate
		// again is true where a second reset is due, because the reading shows that there was none.
		again bool
	}{
		{"made", made, false},
		{"unknown and made", fate{effect: true, fault: errUnclear, end: errGone}, false},
		{"unknown and not made", fate{fault: errUnclear, end: errGone}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			world := newClay(t).offersAll()
			world.access.state.Budgets.Budgets = []access.Budget{{Name: "Q1", CreditLimit: 100, Used: 40}}
			resets := 0
			world.access.onApply = func(_ context.Context, _, _ int, change access.Change) fate {
				if change.Verb != access.ResetBudget {
					return made
				}
				resets++
				if resets == 1 {
					return test.fate
				}
				return made
			}
			h := newHarness(t, world)
			workspace := h.workspace(owningBudget("Q1", 100), withToken("2026-01"))
			h.create(workspace)
			workspace = await(h, workspace, "the first token", func(w *clayv1alpha1.ClayWorkspace) bool {
				return w.Status.Access != nil && len(w.Status.Access.Budgets) == 1 && w.Status.Access.Budgets[0].Reset == "2026-01"
			})
			if world.accessNow().Budgets.Budgets[0].Used != 40 {
				t.Error("the first token reset the budget")
			}
			update(h, workspace, withToken("2026-02"))
			world.await("the reset", func(*clay) bool { return resets == 1 })
			h.poke()
			if test.again && resets != 1 {
				t.Error("an unknown reset was repeated before a reading could tell")
			}
			h.clock.advance(invitationCooldown + 2*time.Second)
			h.poke()
			await(h, workspace, "the second token", func(w *clayv1alpha1.ClayWorkspace) bool {
				return w.Status.Access.Budgets[0].Reset == "2026-02"
			})
			// Whatever is used from now on stays.
			world.editAccess(func(state *access.State) { state.Budgets.Budgets[0].Used = 9 })
			h.poke()
			h.restart()
			h.poke()
			want := 1
			if test.again {
				want = 2
			}
			world.read(func(c *clay) {
				if resets != want || c.access.state.Budgets.Budgets[0].Used != 9 {
					t.Errorf("resets: %d, want %d; used: %d", resets, want, c.access.state.Budgets.Budgets[0].Used)
				}
			})
		})
	}
}
