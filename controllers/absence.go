package controllers

import (
	"slices"
	"time"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// absenceConfirmation is how long somebody who had a seat or an invitation has to be missing from Clay's list before that is believed,
// where the operator has not taken it away itself. A list that is short without saying so would let a leaver's ClayUser go while the
// seat stays, and invite a member again; it is short for a moment, as a rule, and two readings that are minutes apart are of two moments.
const absenceConfirmation = 10 * time.Minute

// unconfirmed says whether Clay's list lacks somebody whom it showed before, without a reason that the operator knows of, and when a
// reading can tell. A person who asks for another try has looked, and is believed.
func (p *pass) unconfirmed(user *clayv1alpha1.ClayUser, email seat.Email) (until time.Time, doubtful bool) {
	missing := p.memory.missing
	if !p.reading.lacks(email) || !p.wasSeen(user, email) || p.isExplained(user) {
		delete(missing, email)
		return time.Time{}, false
	}
	since, known := missing[email]
	switch {
	case p.isRequested(user):
		// Long enough ago, until the status says that there is no seat.
		since = time.Time{}
	case !known:
		since = p.reading.startedAt
	}
	missing[email] = since
	until = since.Add(p.timing.absence)
	return until, p.reading.startedAt.Before(until)
}

// wasSeen says whether a reading of before showed somebody: the last one, or one that the status of the ClayUser tells of.
func (p *pass) wasSeen(user *clayv1alpha1.ClayUser, email seat.Email) bool {
	previous := p.memory.previous
	return hasSeatInStatus(user) || previous != nil && !previous.lacks(email)
}

func hasSeatInStatus(user *clayv1alpha1.ClayUser) bool {
	return user.Status.Seat == clayv1alpha1.SeatActive || user.Status.Seat == clayv1alpha1.SeatPending
}

// isExplained says whether the operator took the seat or the invitation away lately, or may have.
func (p *pass) isExplained(user *clayv1alpha1.ClayUser) bool {
	earliest := p.timing.now().Add(-absenceConfirmation)
	leaves := !user.IsActive() || !user.DeletionTimestamp.IsZero()
	if noticed := p.memory.noticed; leaves && noticed.Removals > 0 && noticed.StartedAt.After(earliest) {
		return true
	}
	for _, operation := range p.remembered(user).History {
		if !operation.Time.After(earliest) {
			return false
		}
		if isRemoval(operation) {
			return true
		}
	}
	return false
}

// lastSeen is what is known of somebody whose absence is not believed yet.
func (p *pass) lastSeen(user *clayv1alpha1.ClayUser, email seat.Email) seat.Member {
	if previous := p.memory.previous; previous != nil && !previous.lacks(email) {
		return previous.find(email)
	}
	return seat.Member{
		Email: email, ID: user.Status.MemberID, Role: seat.Role(user.Status.Role), Presence: seat.Presence(user.Status.Seat),
	}
}

// isRemovalUnrecorded says whether the status of some ClayUser still tells of a seat that the operator took away. A process that started
// from it would not know why the list lacks it.
func (p *pass) isRemovalUnrecorded() bool {
	return slices.ContainsFunc(p.users, func(user clayv1alpha1.ClayUser) bool {
		return hasSeatInStatus(&user) && slices.ContainsFunc(p.memory.operations[user.UID], isRemoval)
	})
}

// isRemoval says whether an operation took a seat or an invitation away, or may have. That it was gone already when it was to be done
// is none.
func isRemoval(operation clayv1alpha1.Operation) bool {
	return (operation.Verb == string(seat.Remove) || operation.Verb == string(seat.CancelInvitation)) &&
		(operation.Outcome == string(sidecar.Applied) || operation.Outcome == string(sidecar.Unknown))
}
