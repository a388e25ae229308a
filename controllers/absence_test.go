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

// newShortCrew makes a workspace whose list becomes short without saying so, with the real time until an absence is believed.
func newShortCrew(t *testing.T, people int) *crew {
	t.Helper()
	c := newCrew(t, people, people)
	c.stop()
	c.absence = absenceConfirmation
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
			metav1.SetMetaDataAnnotation(&user.ObjectMeta, clayv1alpha1.AnnotationReconcileRequestedAt, time.Now().Format(time.RFC3339Nano))
		})
	}
	awaitStanding(c.harness, leaver, isSettled(clayv1alpha1.ReasonAbsent))
	c.clay.awaitInvited(member)
}

// TestAbsenceAfterARemovalIsBelieved has the operator take seats away: nobody waits for what it did itself, not even a process that
// starts in the middle of it.
func TestAbsenceAfterARemovalIsBelieved(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		c := newCrew(t, 3, 3)
		c.stop()
		c.absence = absenceConfirmation
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
