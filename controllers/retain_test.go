package controllers

import (
	"sync"
	"testing"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// foreignFinalizer keeps an object for somebody else's sake, as a deletion in the foreground does.
const foreignFinalizer = "example.com/held"

func retained(user *clayv1alpha1.ClayUser) { user.Spec.DeletionPolicy = clayv1alpha1.DeletionRetain }

func TestRetainHoldsWhileSomebodyElseKeepsTheUser(t *testing.T) {
	t.Parallel()
	held := func(user *clayv1alpha1.ClayUser) { user.Finalizers = []string{foreignFinalizer} }
	for _, test := range []struct {
		name          string
		before, after func(*clayv1alpha1.ClayUser)
	}{
		{"asked for before the deletion", retained, nil},
		{"asked for during the deletion", func(*clayv1alpha1.ClayUser) {}, retained},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, newClay(t, active("jo@example.com", seat.RoleEditor)))
			workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) {
				w.Spec.Removals = &clayv1alpha1.Removals{MaxPerHour: new(int32(0))}
			})
			jo := h.user("jo", held, test.before)
			h.create(workspace, jo)
			jo = awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
			h.delete(jo)
			if test.after != nil {
				jo = awaitStanding(h, jo, isWaiting(string(seat.BlockedRemovalsHeld)))
				update(h, jo, test.after)
				jo = await(h, jo, "the foreign finalizer alone", func(user *clayv1alpha1.ClayUser) bool { return len(user.Finalizers) == 1 })
			}
			h.get(workspace)
			update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Removals = nil })
			h.poke()
			if written := h.clay.writings(); len(written) != 0 {
				t.Errorf("changes in Clay: %v", written)
			}
			h.get(jo)
			update(h, jo, func(user *clayv1alpha1.ClayUser) { user.Finalizers = nil })
			h.awaitGone(jo)
		})
	}
}

// TestRetainDuringTheRead has a person change their mind while a deleted workspace is read.
func TestRetainDuringTheRead(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor))
	h := newHarness(t, world)
	workspace, jo := h.workspace(), h.user("jo")
	h.create(workspace, jo)
	jo = awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	h.get(workspace)
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Suspend = true })
	workspace = awaitStanding(h, workspace, isUnknown(clayv1alpha1.ReasonSuspended))
	h.delete(jo, workspace)
	entered, released := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	t.Cleanup(release)
	enter := sync.OnceFunc(func() { close(entered) })
	world.script(func(c *clay) {
		c.onObserve = func(int, *seat.Inventory) error {
			enter()
			<-released
			return nil
		}
	})
	h.get(workspace)
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Suspend = false })
	<-entered
	h.get(jo)
	update(h, jo, retained)
	h.awaitGone(jo)
	release()
	h.awaitGone(workspace)
	if written := world.writings(); len(written) != 0 {
		t.Errorf("changes in Clay: %v", written)
	}
}
