package controllers

import (
	"context"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// TestFirstPassTellsWhatItIsDoing looks at the statuses while the first pass of a workspace is still writing.
func TestFirstPassTellsWhatItIsDoing(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleViewer), active("kim@example.com", seat.RoleEditor)).offersAll()
	h := newHarness(t, world)
	workspace, jo, kim := h.workspace(owningGroups("Sales")), h.user("jo", withRole(clayv1alpha1.RoleEditor)), h.user("kim", inGroups("Sales"))
	tells := func(words string) func([]metav1.Condition) bool {
		return func(conditions []metav1.Condition) bool {
			ready := conditionOf(conditions, clayv1alpha1.ConditionReady)
			return ready != nil && ready.Reason == clayv1alpha1.ReasonProgressing && strings.Contains(ready.Message, words)
		}
	}
	workspaceTells := func(words string) {
		await(h, workspace, words, func(w *clayv1alpha1.ClayWorkspace) bool { return tells(words)(w.Status.Conditions) })
	}
	world.onApply = func(context.Context, int, int, seat.Change) fate {
		await(h, jo, "the role to be on its way", func(user *clayv1alpha1.ClayUser) bool {
			return tells("on its way")(user.Status.Conditions) && user.Status.Seat == clayv1alpha1.SeatActive
		})
		workspaceTells("1 change to seats is being made")
		return made
	}
	world.access.onApply = func(_ context.Context, _, index int, _ access.Change) fate {
		if index == 0 {
			await(h, kim, "to be told", func(user *clayv1alpha1.ClayUser) bool { return tells("")(user.Status.Conditions) })
			workspaceTells("2 changes to groups, budgets and limits are being made")
		}
		return made
	}
	h.create(workspace, jo, kim)
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	awaitStanding(h, kim, isSettled(clayv1alpha1.ReasonActive))
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
}

// TestFirstReadTellsOnceTheSecretIsThere makes the workspace before its Secret, as an unordered `kubectl apply` may.
func TestFirstReadTellsOnceTheSecretIsThere(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	h := newIdleHarness(t, world)
	workspace := h.workspace()
	world.onObserve = func(int, *seat.Inventory) error {
		awaitStanding(h, workspace, isWaiting(clayv1alpha1.ReasonReading))
		return nil
	}
	h.delete(h.secret())
	h.start()
	h.create(workspace)
	awaitStanding(h, workspace, isStalled(clayv1alpha1.ReasonSecretNotFound))
	h.create(h.secret())
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
}
