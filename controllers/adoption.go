package controllers

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// actionAdopt is the action of events that tell of an adoption.
const actionAdopt = "Adopt"

// markAdoption notes in the next status of a ClayUser that its seat or invitation was there before the operator did anything for it. Only the
// first sight can tell: later on an invitation may have come from here. It holds until the person is gone from Clay, because then a new
// seat is the operator's own doing.
func markAdoption(user *clayv1alpha1.ClayUser, found sight, next *clayv1alpha1.ClayUserStatus, seenAt metav1.Time) {
	v := found.verdict
	switch {
	case v.presence == seat.Absent:
		next.AdoptedTime = nil
	case v.unconfirmed || v.doubtful || found.snapshot.interrupted:
		// What was seen may be the operator's own invitation, or is not what is there any more.
	case user.Status.Seat == "" && !slices.ContainsFunc(next.History, isInvitation) && next.AdoptedTime == nil:
		next.AdoptedTime = &seenAt
	}
}

// adopted tells of an adoption, once.
func (e events) adopted(user *clayv1alpha1.ClayUser, before, after *clayv1alpha1.ClayUserStatus) {
	if before.AdoptedTime != nil || after.AdoptedTime == nil {
		return
	}
	what := "a seat"
	if after.Seat == clayv1alpha1.SeatPending {
		what = "an open invitation"
	}
	note := fmt.Sprintf("%s has %s in Clay already, which this ClayUser stands for from now on. Nobody is invited again.", user.Spec.Email, what)
	e.tell(user, corev1.EventTypeNormal, clayv1alpha1.ReasonAdopted, actionAdopt, note)
}
