package controllers

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

func TestReturnRemovals(t *testing.T) {
	t.Parallel()
	bucket := func(after time.Duration, count int32) clayv1alpha1.RemovalCount {
		return clayv1alpha1.RemovalCount{Minute: metav1.NewTime(testTime.Add(after)), Count: count}
	}
	announced := []clayv1alpha1.RemovalCount{bucket(-time.Minute, 2), bucket(0, 3)}
	for _, test := range []struct {
		name   string
		failed int32
		want   []clayv1alpha1.RemovalCount
	}{
		{"none", 0, announced},
		{"some", 2, []clayv1alpha1.RemovalCount{bucket(-time.Minute, 2), bucket(0, 1)}},
		{"all", 3, []clayv1alpha1.RemovalCount{bucket(-time.Minute, 2)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := returnRemovals(announced, test.failed, testTime.Add(59*time.Second))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("buckets (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFailedRemovalUsesUpNothing has an hour with room for one removal see a failed one, one without an answer, and another.
func TestFailedRemovalUsesUpNothing(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor), active("kim@example.com", seat.RoleEditor))
	world.onApply = func(_ context.Context, call, _ int, _ seat.Change) fate {
		if call == 1 {
			return fate{fault: sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayError, "Clay had an error.")}
		}
		return fate{effect: true, silent: true}
	}
	h := newHarness(t, world)
	leaves := func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) }
	jo, kim := h.user("jo", leaves), h.user("kim")
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.Removals = &clayv1alpha1.Removals{MaxPerHour: new(int32(1))}
	})
	h.create(jo, kim, workspace)
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonAbsent))
	kim = awaitStanding(h, kim, isSettled(clayv1alpha1.ReasonActive))
	update(h, kim, leaves)
	awaitStanding(h, kim, isWaiting(string(seat.BlockedRemovalsHeld)))
}
