package controllers

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// actAsRival writes the status as another manager would that leads, or thinks that it does.
func (h *harness) actAsRival(change func(*clayv1alpha1.ClayWorkspaceStatus)) error {
	workspace := h.workspace()
	if err := h.client.Get(context.Background(), clientKey(workspace), workspace); err != nil {
		return err
	}
	change(&workspace.Status)
	return h.client.Status().Update(context.Background(), workspace)
}

// TestWritingOfARivalIsWaitedFor has a leader that was frozen wake up and announce an invitation that the new one is about to
// send too.
func TestWritingOfARivalIsWaitedFor(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	h := newHarness(t, world)
	workspace := h.workspace()
	h.create(workspace)
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	err := h.actAsRival(func(status *clayv1alpha1.ClayWorkspaceStatus) {
		status.Operation = &clayv1alpha1.WorkspaceOperation{
			Writer: "rival", StartedAt: metav1.NewTime(h.clock.now().Truncate(time.Second)), Invitations: 1,
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	jo := h.user("jo")
	h.create(jo)
	awaitStanding(h, jo, isWaiting(string(seat.BlockedOutcomeUnknown)))
	h.poke()
	if written := world.writings(); len(written) != 0 {
		t.Errorf("written while another one writes: %v", written)
	}
	// The rival's click lands.
	world.edit(func(inventory *seat.Inventory) {
		inventory.Members = append(inventory.Members, pending("jo@example.com", seat.RoleEditor))
	})
	h.invitationsAllowed = 0
	h.clock.advance(invitationCooldown + 2*time.Second)
	h.poke()
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
	await(h, workspace, "the end of the operation", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Operation == nil })
}

// TestStatusOfARivalIsKept has another manager take over while this one waits for Clay: what this one then knows is old.
func TestStatusOfARivalIsKept(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor), active("kim@example.com", seat.RoleEditor))
	h := newIdleHarness(t, world)
	theirs := []clayv1alpha1.RemovalCount{{Minute: metav1.NewTime(time.Now().Truncate(time.Minute)), Count: 5}}
	world.onApply = func(_ context.Context, call, _ int, _ seat.Change) fate {
		if call == 1 {
			if err := h.actAsRival(func(status *clayv1alpha1.ClayWorkspaceStatus) { status.Removals = theirs }); err != nil {
				t.Error(err)
			}
		}
		return made
	}
	jo := h.user("jo", func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) })
	kim := h.user("kim")
	workspace := h.workspace()
	h.create(jo, kim, workspace)
	h.start()
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonAbsent))
	workspace = h.poke()
	if diff := cmp.Diff(theirs, workspace.Status.Removals); diff != "" {
		t.Errorf("the other manager's removals (-want +got):\n%s", diff)
	}
	update(h, kim, func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) })
	awaitStanding(h, kim, isWaiting(string(seat.BlockedRemovalsHeld)))
}
