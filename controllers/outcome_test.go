package controllers

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// The faults of a browser that goes away, as the client of the sidecar reports them.
var (
	errGone    = sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonBrowserUnavailable, "The browser is not there. It is being restarted.")
	errUnclear = sidecar.Faultf(sidecar.OutcomeUnknown, sidecar.ReasonTimeout, "The page did not answer.")
)

// TestWritingIsCutOff cuts the connection at every change of a batch, before and after it took effect, and checks that
// everybody is invited in the end, once.
func TestWritingIsCutOff(t *testing.T) {
	t.Parallel()
	const people = 3
	for at := range people {
		for _, cut := range []struct {
			name string
			fate fate
		}{
			{"before it took effect", fate{silent: true, end: errGone}},
			{"after it took effect, before the answer", fate{effect: true, silent: true, end: errGone}},
			{"after the answer", fate{effect: true, end: errGone}},
			{"with an unknown outcome and effect", fate{effect: true, fault: errUnclear, end: errGone}},
			{"with an unknown outcome and no effect", fate{fault: errUnclear, end: errGone}},
			{"with an error that is no fault", fate{effect: true, silent: true, end: errors.New("broken pipe")}},
		} {
			t.Run(fmt.Sprintf("change %d %s", at, cut.name), func(t *testing.T) {
				t.Parallel()
				world := newClay(t)
				world.onApply = func(_ context.Context, call, index int, _ seat.Change) fate {
					if call == 1 && index == at {
						return cut.fate
					}
					return made
				}
				h := newIdleHarness(t, world)
				var users []*clayv1alpha1.ClayUser
				for i := range people {
					users = append(users, h.user(fmt.Sprintf("jo%d", i)))
					h.create(users[i])
				}
				h.create(h.workspace())
				h.start()
				world.await("the first writing", func(c *clay) bool { return c.applied >= 1 })
				h.convergeOnInvitations(users)
			})
		}
	}
}

// convergeOnInvitations lets time pass until everybody has been invited.
func (h *harness) convergeOnInvitations(users []*clayv1alpha1.ClayUser) {
	h.t.Helper()
	for range 4 {
		h.poke()
		h.clock.advance(invitationCooldown + 2*time.Second)
	}
	for _, user := range users {
		awaitStanding(h, user, isWaiting(clayv1alpha1.ReasonInvitationPending))
	}
	await(h, h.workspace(), "the end of the operation", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Operation == nil })
}

func TestUnknownInvitationIsNotRepeatedBeforeTwoReads(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	world.onApply = func(_ context.Context, call, _ int, _ seat.Change) fate {
		if call == 1 {
			return fate{fault: errUnclear}
		}
		return made
	}
	h := newHarness(t, world)
	workspace, jo := h.workspace(), h.user("jo")
	h.create(workspace, jo)
	awaitStanding(h, jo, isWaiting(string(seat.BlockedOutcomeUnknown)))
	h.poke()
	h.poke()
	world.read(func(c *clay) {
		if c.applied != 1 {
			t.Errorf("writings within the cool-down: %d, want 1", c.applied)
		}
	})
	// Deleting it in doubt keeps the finalizer: the invitation may still turn up.
	h.delete(jo)
	awaitStanding(h, jo, isWaiting(string(seat.BlockedOutcomeUnknown)))
	h.clock.advance(invitationCooldown + 2*time.Second)
	h.poke()
	h.poke()
	h.awaitGone(jo)
}

// TestRefusedInvitationThatMayBeOutKeepsTheClayUser has Clay refuse an invitation in words, send it all the same, and show it later.
func TestRefusedInvitationThatMayBeOutKeepsTheClayUser(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	world.onApply = func(_ context.Context, call, _ int, _ seat.Change) fate {
		if call == 1 {
			return fate{fault: sidecar.Faultf(sidecar.OutcomeUnknown, sidecar.ReasonAddressRefused, "Clay refused."), refused: true}
		}
		return made
	}
	h := newHarness(t, world)
	jo := h.user("jo")
	h.create(h.workspace(), jo)
	awaitStanding(h, jo, isWaiting(string(seat.BlockedOutcomeUnknown)))
	h.delete(jo)
	h.poke()
	awaitStanding(h, jo, isWaiting(string(seat.BlockedOutcomeUnknown)))
	world.edit(func(inventory *seat.Inventory) {
		inventory.Members = append(inventory.Members, pending("jo@example.com", seat.RoleEditor))
	})
	h.poke()
	h.awaitGone(jo)
	if world.has("jo@example.com") {
		t.Error("the ClayUser went and its invitation stayed")
	}
}

// TestRefusedInvitationIsOneAgainOnceReadsAgree has nothing of a refused invitation show up.
func TestRefusedInvitationIsOneAgainOnceReadsAgree(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	world.onApply = func(context.Context, int, int, seat.Change) fate {
		return fate{fault: sidecar.Faultf(sidecar.OutcomeUnknown, sidecar.ReasonAddressRefused, "Clay refused."), refused: true}
	}
	h := newHarness(t, world)
	jo := h.user("jo")
	h.create(h.workspace(), jo)
	awaitStanding(h, jo, isWaiting(string(seat.BlockedOutcomeUnknown)))
	h.poke()
	h.clock.advance(invitationCooldown + 2*time.Second)
	h.poke()
	awaitStanding(h, jo, isStalled(sidecar.ReasonAddressRefused))
	h.delete(jo)
	h.awaitGone(jo)
}

func TestInvitationThatShowsUpLateIsNotRepeated(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	world.onApply = func(context.Context, int, int, seat.Change) fate {
		return fate{effect: true, silent: true, end: errGone}
	}
	// Clay shows the invitation only from the third read after it on.
	world.onObserve = func(call int, inventory *seat.Inventory) error {
		if call <= 3 {
			inventory.Members = inventory.Members[:1]
		}
		return nil
	}
	h := newHarness(t, world)
	workspace, jo := h.workspace(), h.user("jo")
	h.create(workspace, jo)
	world.await("the invitation", func(c *clay) bool { return c.applied == 1 })
	for range 3 {
		h.poke()
	}
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
	await(h, workspace, "the end of doubt", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Operation == nil })
}

// TestCrashBetweenIntentAndOutcome ends the operator while Clay is being written.
func TestCrashBetweenIntentAndOutcome(t *testing.T) {
	t.Parallel()
	for _, effect := range []bool{true, false} {
		t.Run(fmt.Sprint("effect ", effect), func(t *testing.T) {
			t.Parallel()
			world := newClay(t)
			entered := make(chan struct{})
			world.onApply = func(ctx context.Context, call, _ int, _ seat.Change) fate {
				if call > 1 {
					return made
				}
				close(entered)
				<-ctx.Done()
				return fate{effect: effect, silent: true, end: errGone}
			}
			h := newHarness(t, world)
			workspace, jo := h.workspace(), h.user("jo")
			h.create(workspace, jo)
			<-entered
			await(h, workspace, "an announced operation", func(w *clayv1alpha1.ClayWorkspace) bool {
				return w.Status.Operation != nil && w.Status.Operation.Invitations == 1
			})
			h.restart()
			h.poke()
			h.poke()
			world.read(func(c *clay) {
				if c.applied > 1 {
					t.Error("written again before the cool-down")
				}
			})
			h.convergeOnInvitations([]*clayv1alpha1.ClayUser{jo})
		})
	}
}

func TestIntentThatIsNotTakenStopsTheWriting(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	h := newHarness(t, world)
	workspace, jo := h.workspace(), h.user("jo")
	// Somebody suspends the workspace while it is being read.
	world.onObserve = func(int, *seat.Inventory) error {
		current := h.workspace()
		if err := h.client.Get(context.Background(), clientKey(current), current); err != nil {
			return err
		}
		current.Spec.Suspend = true
		return h.client.Update(context.Background(), current)
	}
	h.create(jo, workspace)
	awaitStanding(h, workspace, isUnknown(clayv1alpha1.ReasonSuspended))
	if written := world.writings(); len(written) != 0 {
		t.Errorf("written after somebody suspended it: %v", written)
	}
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	var refuse = true
	world.onApply = func(context.Context, int, int, seat.Change) fate {
		if refuse {
			return fate{fault: sidecar.Faultf(sidecar.Refused, sidecar.ReasonRoleNotOffered, "Clay does not offer the role.")}
		}
		return made
	}
	h := newHarness(t, world)
	jo := h.user("jo", withRole(clayv1alpha1.RoleSalesRep))
	h.create(h.workspace(), jo)
	jo = awaitStanding(h, jo, isStalled(sidecar.ReasonRoleNotOffered))
	h.poke()
	world.read(func(c *clay) {
		if c.applied != 1 {
			t.Errorf("a refusal was not taken: %d writings", c.applied)
		}
	})
	// A request is another try, one only.
	update(h, jo, func(user *clayv1alpha1.ClayUser) {
		metav1.SetMetaDataAnnotation(&user.ObjectMeta, clayv1alpha1.AnnotationReconcileAt, "1")
	})
	jo = await(h, jo, "an answer", func(user *clayv1alpha1.ClayUser) bool { return user.Status.LastHandledReconcileAt == "1" })
	h.poke()
	world.read(func(c *clay) {
		if c.applied != 2 {
			t.Errorf("writings after a request: %d, want 2", c.applied)
		}
	})
	// So is an hour, and another spec.
	h.clock.advance(retryRefusedAfter + time.Minute)
	h.poke()
	world.await("a third writing", func(c *clay) bool { return c.applied == 3 })
	world.script(func(*clay) { refuse = false })
	update(h, jo, withRole(clayv1alpha1.RoleEditor))
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
}

func TestQuarrelEnds(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor))
	h := newHarness(t, world)
	jo := h.user("jo", withRole(clayv1alpha1.RoleViewer))
	h.create(h.workspace(), jo)
	jo = awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	for range 3 {
		// A person in Clay undoes what the operator does.
		world.edit(func(inventory *seat.Inventory) { inventory.Members[1].Role = seat.RoleAdmin })
		h.clock.advance(time.Minute)
		h.poke()
	}
	jo = awaitStanding(h, jo, isStalled(string(seat.BlockedNotConverging)))
	world.read(func(c *clay) {
		if c.applied != convergenceTries {
			t.Errorf("writings: %d, want %d", c.applied, convergenceTries)
		}
	})
	update(h, jo, withRole(clayv1alpha1.RoleEditor))
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
}

// TestWritingWithoutProof has Clay change and the list after it incomplete.
func TestWritingWithoutProof(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleViewer))
	world.proof = false
	h := newHarness(t, world)
	jo, kim := h.user("jo"), h.user("kim")
	h.create(h.workspace(), jo, kim)
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	kim = awaitStanding(h, kim, isWaiting(clayv1alpha1.ReasonInvitationPending))
	if kim.Status.InvitationsSent != 1 || kim.Status.InvitedTime == nil {
		t.Errorf("status: %+v", kim.Status)
	}
}

func TestInvitationsLapseAndAreSentAnew(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	h := newHarness(t, world)
	h.invitationsAllowed = maxInvitations + 1
	jo := h.user("jo")
	h.create(h.workspace(), jo)
	for sent := 1; sent <= maxInvitations; sent++ {
		jo = await(h, jo, fmt.Sprint(sent, " invitations"), func(user *clayv1alpha1.ClayUser) bool {
			return int(user.Status.InvitationsSent) == sent && user.Status.Seat == clayv1alpha1.SeatPending
		})
		h.clock.advance(DefaultInvitationLifetime + time.Minute)
		h.poke()
	}
	jo = awaitStanding(h, jo, isStalled(string(seat.BlockedInvitations)))
	update(h, jo, func(user *clayv1alpha1.ClayUser) {
		metav1.SetMetaDataAnnotation(&user.ObjectMeta, clayv1alpha1.AnnotationReconcileAt, "1")
	})
	world.await("one invitation more", func(c *clay) bool { return c.sent["jo@example.com"] == maxInvitations+1 })
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
}

func TestForeignInvitationIsTakenOver(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t, pending("jo@example.com", seat.RoleEditor)))
	h.invitationsAllowed = 0
	jo := h.user("jo")
	h.create(h.workspace(), jo)
	jo = awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
	if jo.Status.InvitedTime == nil || jo.Status.LastOperation != nil {
		t.Errorf("status: %+v", jo.Status)
	}
}
