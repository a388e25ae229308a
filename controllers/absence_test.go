package controllers

import (
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// hide has Clay's list be short without saying so, again and again: it lacks all but the operator's account.
func (c *clay) hide() {
	c.script(func(c *clay) {
		c.proof = false
		c.onObserve = func(_ int, inventory *seat.Inventory) error {
			inventory.Members = inventory.Members[:1]
			return nil
		}
	})
}

// newShortCrew makes a workspace whose list becomes short without saying so.
func newShortCrew(t *testing.T, people int) *crew {
	t.Helper()
	c := newCrew(t, people, people)
	c.stop()
	c.clay.hide()
	c.start()
	return c
}

// awaitInvited waits until somebody was to be invited.
func (c *clay) awaitInvited(user *clayv1alpha1.ClayUser) {
	c.await("the invitation", func(c *clay) bool {
		return slices.ContainsFunc(slices.Concat(c.batches...), func(change seat.Change) bool {
			return change.Verb == seat.Invite && change.Owner == user.Name
		})
	})
}

func TestAbsenceIsNotBelievedAtOnce(t *testing.T) {
	t.Parallel()
	c := newShortCrew(t, 3)
	leaver, absent, member := c.users[0], c.users[1], c.users[2]
	if err := c.client.Delete(t.Context(), leaver); err != nil {
		t.Fatal(err)
	}
	c.dismiss(absent)
	for range 3 {
		c.poke()
		c.clock.advance(absenceConfirmation / 4)
	}
	for _, user := range c.users {
		found := awaitStanding(c.harness, user, isWaiting(string(seat.BlockedAbsenceUnconfirmed)))
		if found.Status.Seat != clayv1alpha1.SeatActive || found.Status.MemberID == "" {
			t.Errorf("%s: the status says %q, member %q", user.Name, found.Status.Seat, found.Status.MemberID)
		}
	}
	if written := c.clay.writings(); len(written) != 0 {
		t.Errorf("written: %v", written)
	}

	// The list is whole again: those who are to go go, and the member was never asked anything.
	c.clay.script(func(c *clay) { c.onObserve = nil })
	c.poke()
	c.awaitGone(leaver)
	awaitStanding(c.harness, absent, isSettled(clayv1alpha1.ReasonAbsent))
	awaitStanding(c.harness, member, isSettled(clayv1alpha1.ReasonActive))
	if left := c.left(); len(left) != 1 || left[0] != member.Spec.Email {
		t.Errorf("seats left: %v", left)
	}
}

func TestAbsenceIsBelievedAfterAWhile(t *testing.T) {
	t.Parallel()
	c := newShortCrew(t, 2)
	leaver, member := c.users[0], c.users[1]
	c.dismiss(leaver)
	for _, user := range c.users {
		awaitStanding(c.harness, user, isWaiting(string(seat.BlockedAbsenceUnconfirmed)))
	}
	c.clock.advance(absenceConfirmation)
	c.poke()
	awaitStanding(c.harness, leaver, isSettled(clayv1alpha1.ReasonAbsent))
	c.clay.awaitInvited(member)
}

// TestAbsenceIsConfirmedByAPerson has somebody look, and say so.
func TestAbsenceIsConfirmedByAPerson(t *testing.T) {
	t.Parallel()
	c := newShortCrew(t, 2)
	leaver, member := c.users[0], c.users[1]
	c.dismiss(leaver)
	for _, user := range c.users {
		awaitStanding(c.harness, user, isWaiting(string(seat.BlockedAbsenceUnconfirmed)))
		c.get(user)
		update(c.harness, user, func(user *clayv1alpha1.ClayUser) {
			metav1.SetMetaDataAnnotation(&user.ObjectMeta, clayv1alpha1.AnnotationReconcileAt, time.Now().Format(time.RFC3339Nano))
		})
	}
	awaitStanding(c.harness, leaver, isSettled(clayv1alpha1.ReasonAbsent))
	c.clay.awaitInvited(member)
}

// TestAbsenceIsConfirmedAlongWithAChange has the person who looked change the manifest too, whose status tells of that then.
func TestAbsenceIsConfirmedAlongWithAChange(t *testing.T) {
	t.Parallel()
	c := newShortCrew(t, 1)
	member := c.users[0]
	awaitStanding(c.harness, member, isWaiting(string(seat.BlockedAbsenceUnconfirmed)))
	hold := make(chan struct{})
	c.clay.script(func(c *clay) {
		c.onObserve = func(_ int, inventory *seat.Inventory) error {
			<-hold
			inventory.Members = inventory.Members[:1]
			return nil
		}
	})
	c.get(member)
	update(c.harness, member, func(user *clayv1alpha1.ClayUser) {
		user.Spec.Role = clayv1alpha1.RoleViewer
		metav1.SetMetaDataAnnotation(&user.ObjectMeta, clayv1alpha1.AnnotationReconcileAt, time.Now().Format(time.RFC3339Nano))
	})
	awaitStanding(c.harness, member, isWaiting(clayv1alpha1.ReasonProgressing))
	close(hold)
	c.clay.awaitInvited(member)
}

// TestAbsenceAfterARemovalIsBelieved has the operator take seats away: nobody waits for what it did itself, not even a process that
// starts in the middle of it.
func TestAbsenceAfterARemovalIsBelieved(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		c := newCrew(t, 3, 3)
		c.stop()
		c.start()
		c.dismiss(c.users[:2]...)
		c.clay.await("the removals", func(c *clay) bool { return len(c.inventory.Members) == 2 })
		if restart {
			c.restart()
			c.clock.advance(invitationCooldown)
		}
		for _, user := range c.users[:2] {
			awaitStanding(c.harness, user, isSettled(clayv1alpha1.ReasonAbsent))
		}
		awaitStanding(c.harness, c.users[2], isSettled(clayv1alpha1.ReasonActive))
	}
}

// TestAbsenceAfterAnInvitationWasSentAnew has the list be short right after an invitation was withdrawn and sent with another role: the
// withdrawal explains nothing, because the person was invited since.
func TestAbsenceAfterAnInvitationWasSentAnew(t *testing.T) {
	t.Parallel()
	world := newClay(t, pending("jo@example.com", seat.RoleViewer))
	h := newHarness(t, world)
	jo := h.user("jo")
	h.create(h.workspace(), jo)
	world.await("the invitation", func(c *clay) bool { return c.sent["jo@example.com"] == 1 })
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
	world.hide()
	h.clock.advance(time.Minute)
	h.poke()
	awaitStanding(h, jo, isWaiting(string(seat.BlockedAbsenceUnconfirmed)))
}

// TestAbsenceIsThatOfAnAddress has a manifest be renamed while the list is short: the new one knows nothing of the seat by itself.
func TestAbsenceIsThatOfAnAddress(t *testing.T) {
	t.Parallel()
	c := newShortCrew(t, 1)
	old := c.users[0]
	awaitStanding(c.harness, old, isWaiting(string(seat.BlockedAbsenceUnconfirmed)))
	renamed := c.user("renamed")
	renamed.Spec.Email = old.Spec.Email
	c.create(renamed)
	awaitStanding(c.harness, renamed, isStalled(string(seat.BlockedDuplicate)))
	if err := c.client.Delete(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	c.awaitGone(old)
	for range 2 {
		c.poke()
	}
	found := awaitStanding(c.harness, renamed, isWaiting(string(seat.BlockedAbsenceUnconfirmed)))
	if written := c.clay.writings(); len(written) != 0 || found.Status.Seat != clayv1alpha1.SeatActive {
		t.Errorf("written: %v; the status says %q", written, found.Status.Seat)
	}
	c.clock.advance(absenceConfirmation)
	c.poke()
	c.clay.awaitInvited(renamed)
}

// TestAbsenceIsNotConfirmedBeforeItIsTold has a request for a reading stand that was made for another reason.
func TestAbsenceIsNotConfirmedBeforeItIsTold(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 1, 1)
	c.stop()
	c.clay.hide()
	user := c.users[0]
	c.get(user)
	update(c.harness, user, func(user *clayv1alpha1.ClayUser) {
		metav1.SetMetaDataAnnotation(&user.ObjectMeta, clayv1alpha1.AnnotationReconcileAt, "in all manifests")
	})
	c.start()
	c.poke()
	awaitStanding(c.harness, user, isWaiting(string(seat.BlockedAbsenceUnconfirmed)))
	if written := c.clay.writings(); len(written) != 0 {
		t.Errorf("written: %v", written)
	}
}

// TestALeaverWhomOthersKeepStopsNobody has another tool's finalizer keep a ClayUser whose seat is gone: the operation ends all the same,
// and Clay is not read again and again.
func TestALeaverWhomOthersKeepStopsNobody(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 1, 1)
	leaver := c.users[0]
	c.get(leaver)
	update(c.harness, leaver, func(user *clayv1alpha1.ClayUser) { user.Finalizers = append(user.Finalizers, "example.com/other") })
	if err := c.client.Delete(t.Context(), leaver); err != nil {
		t.Fatal(err)
	}
	await(c.harness, leaver, "the operator's finalizer to go", func(user *clayv1alpha1.ClayUser) bool { return len(user.Finalizers) == 1 })
	c.poke()
	await(c.harness, c.workspace, "nothing under way", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Operation == nil })
	update(c.harness, leaver, func(user *clayv1alpha1.ClayUser) { user.Finalizers = nil })
	c.awaitGone(leaver)
}
