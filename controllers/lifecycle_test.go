package controllers

import (
	"testing"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

func withRole(role clayv1alpha1.Role) func(*clayv1alpha1.ClayUser) {
	return func(user *clayv1alpha1.ClayUser) { user.Spec.Role = role }
}

func TestJoinerMoverLeaver(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t))
	jo := h.user("jo")
	h.create(h.workspace(), jo)

	jo = awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
	if jo.Status.Seat != clayv1alpha1.SeatPending || jo.Status.InvitedTime == nil || jo.Status.InvitationsSent != 1 {
		t.Errorf("after the invitation: %+v", jo.Status)
	}
	if last := jo.Status.LastOperation; last == nil || last.Verb != string(seat.Invite) || last.Outcome != "Applied" {
		t.Errorf("last operation: %+v", last)
	}

	h.clay.accept("jo@example.com")
	h.poke()
	jo = awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	if jo.Status.JoinedTime == nil || jo.Status.InvitedTime != nil || jo.Status.InvitationsSent != 0 {
		t.Errorf("after joining: %+v", jo.Status)
	}

	update(h, jo, withRole(clayv1alpha1.RoleAdmin))
	jo = await(h, jo, "the role Admin", func(user *clayv1alpha1.ClayUser) bool { return user.Status.Role == clayv1alpha1.RoleAdmin })

	h.delete(jo)
	h.awaitGone(jo)
	if h.clay.has("jo@example.com") {
		t.Error("the seat is still there")
	}
}

func TestInactiveUserLosesTheSeatAndComesBack(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t, active("jo@example.com", seat.RoleEditor)))
	jo := h.user("jo")
	h.create(h.workspace(), jo)
	jo = awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	update(h, jo, func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) })
	jo = awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonAbsent))
	update(h, jo, func(user *clayv1alpha1.ClayUser) { user.Spec.Active = nil })
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
}
