package controllers

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// absenceConfirmation is how long somebody who had a seat or an invitation has to be missing from Clay's list before that is believed,
// where the operator has not taken it away itself. A list that is short without saying so would let a leaver's ClayUser go while the
// seat stays, and invite a member again; it is short for a moment, as a rule, and two readings that are minutes apart are of two moments.
// Until then Clay is read every absenceLook, because it is likely to show them again.
const (
	absenceConfirmation = 10 * time.Minute
	absenceLook         = time.Minute
)

// absence is what is known of an address that Clay's list lacks and once showed. It is a question about the address, however many
// ClayUsers name it.
type absence struct {
	// last is what the address had.
	last seat.Member
	// explained is true where the operator took it away itself, lately.
	explained bool
	// told is true where a status says that the list lacks it, and requested where a person asks for another try. Who does after that has
	// looked.
	told, requested bool
	// until is when a reading can tell; zero where the absence is believed.
	until time.Time
}

// findAbsences works out whose absence is not believed yet.
func (p *pass) findAbsences() {
	found := map[seat.Email]*absence{}
	for i := range p.users {
		email := p.emails[i]
		if !p.reading.lacks(email) {
			continue
		}
		if found[email] == nil {
			found[email] = &absence{last: seat.Member{Presence: seat.Absent}}
		}
		p.weigh(found[email], i)
	}
	missing := map[seat.Email]time.Time{}
	for email, absent := range found {
		if absent.last.Presence == seat.Absent || absent.explained {
			delete(found, email)
			continue
		}
		since, known := p.memory.missing[email]
		switch {
		case absent.requested && (absent.told || known):
			// Long enough ago, until the status says that there is no seat.
			since = time.Time{}
		case !known:
			since = p.reading.startedAt
		}
		missing[email] = since
		if until := since.Add(absenceConfirmation); p.reading.startedAt.Before(until) {
			absent.until = until
			p.wakeAt(p.timing.now().Add(absenceLook))
		}
	}
	p.absences, p.memory.missing = found, missing
}

// weigh takes in what one of the ClayUsers of an address tells.
func (p *pass) weigh(absent *absence, index int) {
	user, email := &p.users[index], p.emails[index]
	switch previous := p.memory.previous; {
	case previous != nil && !previous.lacks(email):
		absent.last = previous.find(email)
	case hasSeatInStatus(user):
		absent.last = seat.Member{
			Email: email, ID: user.Status.MemberID, Role: seat.Role(user.Status.Role), Presence: seat.Presence(user.Status.Seat),
		}
	}
	absent.explained = absent.explained || p.isExplained(index, absent.last)
	ready := meta.FindStatusCondition(user.Status.Conditions, clayv1alpha1.ConditionReady)
	absent.told = absent.told || ready != nil && ready.Reason == string(seat.BlockedAbsenceUnconfirmed)
	absent.requested = absent.requested || p.isRequested(user)
}

// unconfirmed says whether the absence of an address is not believed yet, what it had, and when a reading can tell.
func (p *pass) unconfirmed(email seat.Email) (last seat.Member, until time.Time, doubtful bool) {
	absent, known := p.absences[email]
	if !known || absent.until.IsZero() {
		return seat.Member{}, time.Time{}, false
	}
	return absent.last, absent.until, true
}

func hasSeatInStatus(user *clayv1alpha1.ClayUser) bool {
	return user.Status.Seat == clayv1alpha1.SeatActive || user.Status.Seat == clayv1alpha1.SeatPending
}

// isExplained says whether the operator took the seat or the invitation away lately, or may have, and nobody was invited since. What a
// process did that was cut off is not in any status; it is what it announced and what the manifest asks for that tells.
func (p *pass) isExplained(index int, last seat.Member) bool {
	user, now := &p.users[index], p.timing.now()
	earliest := now.Add(-absenceConfirmation)
	if noticed := p.memory.noticed; noticed.StartedAt.After(earliest) {
		began := noticed.StartedAt.Time
		removed := noticed.Removals > 0 && leftBefore(user, began)
		withdrawn := noticed.Invitations > 0 && last.Presence == seat.Pending && p.wouldResend(index, last, began, now)
		if removed || withdrawn {
			return true
		}
	}
	for _, operation := range p.remembered(user).History {
		invited := operation.Verb == string(seat.Invite) &&
			(operation.Outcome == string(sidecar.Applied) || operation.Outcome == string(sidecar.AlreadyThere))
		if invited || !operation.Time.After(earliest) {
			return false
		}
		if isRemoval(operation) {
			return true
		}
	}
	return false
}

// leftBefore says whether a ClayUser asks for no seat, and may have done so before a writing of another process began.
func leftBefore(user *clayv1alpha1.ClayUser, began time.Time) bool {
	if !user.DeletionTimestamp.IsZero() {
		return !user.DeletionTimestamp.After(began.Add(time.Second)) // the status keeps whole seconds
	}
	return !user.WantsSeat(began)
}

// isRemovalUnrecorded says whether the status of some ClayUser still tells of a seat that the operator took away. A process that started
// from it would not know why the list lacks it. One that is being deleted and waits for others' finalizers gets no status any more.
func (p *pass) isRemovalUnrecorded() bool {
	return slices.ContainsFunc(p.users, func(user clayv1alpha1.ClayUser) bool {
		kept := user.DeletionTimestamp.IsZero() || isGuarded(&user)
		return kept && hasSeatInStatus(&user) && slices.ContainsFunc(p.memory.operations[user.UID], isRemoval)
	})
}

// isRemoval says whether an operation took a seat or an invitation away, or may have. That it was gone already when it was to be done
// is none.
func isRemoval(operation clayv1alpha1.Operation) bool {
	return (operation.Verb == string(seat.Remove) || operation.Verb == string(seat.CancelInvitation)) &&
		(operation.Outcome == string(sidecar.Applied) || operation.Outcome == string(sidecar.Unknown))
}
