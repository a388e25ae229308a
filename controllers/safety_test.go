package controllers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

func TestObserveChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t, active("kim@example.com", seat.RoleViewer)))
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Mode = clayv1alpha1.ModeObserve })
	jo, kim := h.user("jo"), h.user("kim")
	h.create(workspace, jo, kim)
	awaitStanding(h, jo, isOnlyObserved())
	kim = awaitStanding(h, kim, isOnlyObserved())
	workspace = await(h, workspace, "two pending changes", func(w *clayv1alpha1.ClayWorkspace) bool {
		return w.Status.PendingChanges != nil && w.Status.PendingChanges.Blocked == 2
	})
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	// A removal that the hour would not allow is no different here: none would be made.
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.Removals = &clayv1alpha1.Removals{MaxPerHour: new(int32(0))}
	})
	update(h, kim, func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) })
	kim = awaitStanding(h, kim, isOnlyObserved())
	workspace = h.poke()
	if workspace.Status.HeldRemovals != "" {
		t.Errorf("held: %s", workspace.Status.HeldRemovals)
	}
	update(h, kim, func(user *clayv1alpha1.ClayUser) { user.Spec.Active = nil })
	kim = awaitStanding(h, kim, isOnlyObserved())
	if written := h.clay.writings(); len(written) != 0 {
		t.Errorf("changes in Clay: %v", written)
	}
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Mode = clayv1alpha1.ModeEnforce })
	awaitStanding(h, kim, isSettled(clayv1alpha1.ReasonActive))
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
}

func TestSuspend(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t))
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Suspend = true })
	jo := h.user("jo", func(user *clayv1alpha1.ClayUser) { user.Spec.Suspend = true })
	kim := h.user("kim")
	h.create(workspace, jo, kim)
	awaitStanding(h, workspace, isUnknown(clayv1alpha1.ReasonSuspended))
	awaitStanding(h, jo, isUnknown(clayv1alpha1.ReasonSuspended))
	awaitStanding(h, kim, isUnknown(clayv1alpha1.ReasonWorkspaceNotReady))
	if reads := h.clay.reads(); reads != 0 {
		t.Errorf("a suspended workspace was read %d times", reads)
	}
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Suspend = false })
	awaitStanding(h, kim, isWaiting(clayv1alpha1.ReasonInvitationPending))
	jo = awaitStanding(h, jo, isUnknown(clayv1alpha1.ReasonSuspended))
	update(h, jo, func(user *clayv1alpha1.ClayUser) { user.Spec.Suspend = false })
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
}

func TestDuplicateWaitsForTheOlderToGo(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t, active("jo@example.com", seat.RoleEditor)))
	older := h.user("aa-older", func(user *clayv1alpha1.ClayUser) { user.Spec.Email = "jo@example.com" })
	newer := h.user("zz-newer", func(user *clayv1alpha1.ClayUser) {
		user.Spec.Email = "Jo@Example.com"
		user.Spec.Role = clayv1alpha1.RoleAdmin
	})
	h.create(h.workspace(), older)
	awaitStanding(h, older, isSettled(clayv1alpha1.ReasonActive))
	h.create(newer)
	newer = awaitStanding(h, newer, isStalled(string(seat.BlockedDuplicate)))
	if message := conditionOf(newer.Status.Conditions, clayv1alpha1.ConditionReady).Message; !strings.Contains(message, "aa-older") {
		t.Errorf("the older one is not named: %s", message)
	}
	// The loser goes without a trace in Clay, and so does the older one once somebody else stands for the seat.
	h.delete(newer)
	h.awaitGone(newer)
	if written := h.clay.writings(); len(written) != 0 {
		t.Errorf("changes in Clay: %v", written)
	}
}

func TestRetainNeedsNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t, active("jo@example.com", seat.RoleEditor)))
	workspace := h.workspace()
	jo := h.user("jo")
	h.create(workspace, jo)
	jo = awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	h.delete(h.secret())
	awaitStanding(h, workspace, isStalled(clayv1alpha1.ReasonSecretNotFound))
	h.delete(jo)
	// Without credentials nobody can take the seat away, so the ClayUser waits and says how not to.
	jo = awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
	if message := conditionOf(jo.Status.Conditions, clayv1alpha1.ConditionReady).Message; !strings.Contains(message, "Retain") {
		t.Errorf("no way out: %s", message)
	}
	update(h, jo, func(user *clayv1alpha1.ClayUser) { user.Spec.DeletionPolicy = clayv1alpha1.DeletionRetain })
	h.awaitGone(jo)
	if !h.clay.has("jo@example.com") {
		t.Error("the seat is gone")
	}
}

func TestWorkspaceWaitsForItsUsers(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t, active("jo@example.com", seat.RoleEditor), active("kim@example.com", seat.RoleEditor)))
	workspace, jo := h.workspace(), h.user("jo")
	kim := h.user("kim", func(user *clayv1alpha1.ClayUser) { user.Spec.DeletionPolicy = clayv1alpha1.DeletionRetain })
	h.create(workspace, jo, kim)
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	awaitStanding(h, kim, isSettled(clayv1alpha1.ReasonActive))
	h.delete(workspace)
	workspace = awaitStanding(h, workspace, isWaiting(clayv1alpha1.ReasonDeleting))
	if message := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionReady).Message; !strings.Contains(message, "1 ClayUser: jo") {
		t.Errorf("message: %s", message)
	}
	// While the workspace goes nobody is invited any more.
	lee := h.user("lee")
	h.create(lee)
	awaitStanding(h, lee, isUnknown(clayv1alpha1.ReasonWorkspaceNotReady))
	h.delete(jo, lee)
	h.awaitGone(jo)
	h.awaitGone(workspace)
	awaitStanding(h, kim, isStalled(clayv1alpha1.ReasonWorkspaceNotFound))
	if !h.clay.has("kim@example.com") {
		t.Error("a retained seat is gone")
	}
	if h.clay.has("jo@example.com") {
		t.Error("a removed seat is there")
	}
}

func TestMissingWorkspace(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t))
	jo, kim := h.user("jo"), h.user("kim")
	h.create(jo, kim)
	jo = awaitStanding(h, jo, isStalled(clayv1alpha1.ReasonWorkspaceNotFound))
	awaitStanding(h, kim, isStalled(clayv1alpha1.ReasonWorkspaceNotFound))
	h.delete(jo)
	h.awaitGone(jo)
	h.create(h.workspace())
	awaitStanding(h, kim, isWaiting(clayv1alpha1.ReasonInvitationPending))
}

func TestRemovalsAreHeldAcrossARestartUntilApproved(t *testing.T) {
	t.Parallel()
	const leavers, budget = 5, 2
	world := newClay(t)
	h := newHarness(t, world)
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.Removals = &clayv1alpha1.Removals{MaxPerHour: new(int32(budget))}
	})
	var users []*clayv1alpha1.ClayUser
	for i := range leavers {
		user := h.user(fmt.Sprintf("jo%d", i))
		users = append(users, user)
		world.edit(func(inventory *seat.Inventory) {
			inventory.Members = append(inventory.Members, active(user.Spec.Email, seat.RoleEditor))
		})
		h.create(user)
	}
	h.create(workspace)
	for _, user := range users {
		awaitStanding(h, user, isSettled(clayv1alpha1.ReasonActive))
	}
	for _, user := range users {
		update(h, user, func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) })
	}
	workspace = awaitStanding(h, workspace, isWaiting(clayv1alpha1.ReasonRemovalsHeld))
	workspace = await(h, workspace, "three held", func(w *clayv1alpha1.ClayWorkspace) bool {
		return w.Status.PendingChanges.Blocked == leavers-budget && w.Status.Operation == nil
	})
	world.read(func(c *clay) {
		if got := len(c.inventory.Members) - 1; got != leavers-budget {
			t.Errorf("seats left: %d, want %d", got, leavers-budget)
		}
	})
	held := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionRemovalsHeld)
	if !strings.Contains(held.Message, "approve-removals="+workspace.Status.HeldRemovals) {
		t.Errorf("no command to approve: %s", held.Message)
	}
	if !isNeeded(workspace, clayv1alpha1.ReasonRemovalsHeld, "approve-removals="+workspace.Status.HeldRemovals) {
		t.Errorf("no person is asked to look at the removals: %s", describeObject(workspace))
	}
	h.restart()
	workspace = h.poke()
	if workspace.Status.PendingChanges.Blocked != leavers-budget {
		t.Errorf("a restart made the budget forgotten: %+v", workspace.Status.PendingChanges)
	}
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) {
		w.Annotations[clayv1alpha1.AnnotationApproveRemovals] = w.Status.HeldRemovals
	})
	for _, user := range users {
		awaitStanding(h, user, isSettled(clayv1alpha1.ReasonAbsent))
	}
	await(h, workspace, "nothing held", func(w *clayv1alpha1.ClayWorkspace) bool {
		return w.Status.HeldRemovals == "" && conditionOf(w.Status.Conditions, clayv1alpha1.ConditionRemovalsHeld) == nil
	})
}

func TestRemovalsGoOnAfterTheHour(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor), active("kim@example.com", seat.RoleEditor), active("lee@example.com", seat.RoleEditor))
	h := newHarness(t, world)
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.Removals = &clayv1alpha1.Removals{MaxPerHour: new(int32(1))}
		w.Spec.UnmanagedMembers = clayv1alpha1.UnmanagedRemove
	})
	h.create(workspace)
	for left := 2; left > 0; left-- {
		await(h, workspace, fmt.Sprint(left, " left"), func(w *clayv1alpha1.ClayWorkspace) bool {
			return w.Status.Seats != nil && int(w.Status.Seats.Unmanaged) == left && w.Status.HeldRemovals != ""
		})
		h.clock.advance(removalWindow + time.Minute)
		h.poke()
	}
	await(h, workspace, "nobody left", func(w *clayv1alpha1.ClayWorkspace) bool {
		return w.Status.Seats.Unmanaged == 0 && w.Status.HeldRemovals == ""
	})
}

func TestShrunkListIsReadTwice(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	h := newHarness(t, world)
	workspace := h.workspace()
	var users []*clayv1alpha1.ClayUser
	for i := range 6 {
		user := h.user(fmt.Sprintf("jo%d", i))
		users = append(users, user)
		world.edit(func(inventory *seat.Inventory) {
			inventory.Members = append(inventory.Members, active(user.Spec.Email, seat.RoleEditor))
		})
		h.create(user)
	}
	h.create(workspace)
	for _, user := range users {
		awaitStanding(h, user, isSettled(clayv1alpha1.ReasonActive))
	}
	// Two readings that show too few, and not the same.
	world.script(func(c *clay) {
		c.onObserve = func(call int, inventory *seat.Inventory) error {
			inventory.Members = inventory.Members[:1+call%2]
			return nil
		}
	})
	h.poke()
	awaitStanding(h, workspace, isWaiting(clayv1alpha1.ReasonShrunk))
	world.read(func(c *clay) {
		if len(c.batches) != 0 {
			t.Errorf("written from a list that shrank: %v", c.batches)
		}
	})
	// Two readings that agree are taken for the list as it is, and once more later for who is in it.
	world.script(func(c *clay) {
		c.onObserve = nil
		c.inventory.Members = c.inventory.Members[:2]
	})
	h.poke()
	for _, user := range users[1:] {
		awaitStanding(h, user, isWaiting(string(seat.BlockedAbsenceUnconfirmed)))
	}
	h.clock.advance(absenceConfirmation)
	h.poke()
	for _, user := range users[1:] {
		awaitStanding(h, user, isWaiting(clayv1alpha1.ReasonInvitationPending))
	}
}

func TestNothingIsConcludedFromAPartOfTheList(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	world.onObserve = func(_ int, inventory *seat.Inventory) error {
		inventory.Complete = false
		return nil
	}
	h := newHarness(t, world)
	workspace, jo := h.workspace(), h.user("jo")
	h.create(workspace, jo)
	awaitStanding(h, workspace, isWaiting(sidecar.ReasonIncompleteList))
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
	world.script(func(c *clay) {
		c.onObserve = func(_ int, inventory *seat.Inventory) error {
			inventory.WorkspaceID = "999"
			return nil
		}
	})
	h.poke()
	awaitStanding(h, workspace, isStalled(sidecar.ReasonWrongWorkspace))
	if written := world.writings(); len(written) != 0 {
		t.Errorf("written: %v", written)
	}
}

func TestRulesAreToldToTheUser(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("chief@example.com", seat.RoleAdmin), active("lead@example.com", seat.RoleAdmin))
	h := newHarness(t, world)
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) { w.Spec.ProtectedEmails = []string{"Chief@example.com"} })
	chief := h.user("chief", func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) })
	own := h.user("operator", withRole(clayv1alpha1.RoleViewer))
	malformed := h.user("malformed", func(user *clayv1alpha1.ClayUser) { user.Spec.Email = "j..o@example.com" })
	h.create(workspace, chief, own, malformed)
	awaitStanding(h, chief, isStalled(string(seat.BlockedProtected)))
	awaitStanding(h, own, isStalled(string(seat.BlockedOwnAccount)))
	malformed = awaitStanding(h, malformed, isStalled(clayv1alpha1.ReasonInvalidSpec))
	h.delete(malformed)
	h.awaitGone(malformed)
	workspace = h.workspace()
	h.get(workspace)
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.ProtectedEmails = []string{"chief at example.com"} })
	awaitStanding(h, workspace, isStalled(clayv1alpha1.ReasonInvalidSpec))
	if written := world.writings(); len(written) != 0 {
		t.Errorf("written: %v", written)
	}
}
