package controllers

import (
	"context"
	"errors"
	"testing"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// TestNamesakeInheritsNothing puts another workspace in the place of one that is being read.
func TestNamesakeInheritsNothing(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	h := newHarness(t, world)
	workspace := h.workspace()
	namesake := h.workspace(func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Suspend = true })
	world.onObserve = func(int, *seat.Inventory) error {
		ctx, current := context.Background(), h.workspace()
		if err := h.client.Get(ctx, clientKey(current), current); err != nil {
			return err
		}
		current.Finalizers = nil
		return errors.Join(h.client.Update(ctx, current), h.client.Delete(ctx, current), h.client.Create(ctx, namesake))
	}
	h.create(workspace)
	world.await("the read", func(c *clay) bool { return c.observed == 1 })
	seen := awaitStanding(h, h.workspace(), isUnknown(clayv1alpha1.ReasonSuspended))
	if seen.UID == workspace.UID || seen.Status.Seats != nil || seen.Status.LastReadTime != nil {
		t.Errorf("the namesake tells of what it never saw: %+v", seen.Status)
	}
}
