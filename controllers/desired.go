package controllers

import (
	"time"

	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// desired says what a ClayUser asks for, and what the operator remembers of it.
func (p *pass) desired(index int, now time.Time) seat.Desired {
	user, email, entitled := &p.users[index], p.emails[index], &p.entitlements[index]
	remembered := p.remembered(user)
	deleted := !user.DeletionTimestamp.IsZero()
	// Somebody else's finalizer may keep a ClayUser whose seat stays. Until it is gone nothing is done about the seat.
	retained := deleted && user.RetainsSeat()
	wish := seat.Desired{
		Owner:      user.Name,
		Email:      email,
		Role:       entitled.roleIn(p.reading.find(email)),
		Active:     user.WantsSeat(now),
		Suspended:  user.Spec.Suspend || p.leavesAlone(user) || retained,
		Deleting:   deleted && !retained,
		Created:    user.CreationTimestamp.Time,
		Guarded:    isGuarded(user),
		Invitation: seat.Invitation{Sent: int(remembered.InvitationsSent)},
	}
	if remembered.InvitedTime != nil {
		wish.Invitation.SentAt = remembered.InvitedTime.Time
	}
	if p.isRequested(user) {
		// A person asks for another try: invitations that nobody accepted do not count against it.
		wish.Invitation.Sent = 0
	}
	wait := p.wait(user, &remembered, wish, now)
	p.wakeAt(wait.until)
	wish.Wait = wait.reason
	if wish.Wait == "" && wish.Active && !wish.Deleting && entitled.isRoleUnclear() {
		wish.Wait = seat.BlockedRulesInvalid
	}
	return wish
}

// leavesAlone is true while a workspace goes away: it changes nothing any more but for those who go with it.
func (p *pass) leavesAlone(user *clayv1alpha1.ClayUser) bool {
	return !p.workspace.DeletionTimestamp.IsZero() && user.DeletionTimestamp.IsZero()
}

// isGuarded says whether the seat of a ClayUser cannot be forgotten: it has the finalizer, or is not to be removed.
func isGuarded(user *clayv1alpha1.ClayUser) bool {
	return user.RetainsSeat() || controllerutil.ContainsFinalizer(user, clayv1alpha1.FinalizerSeat)
}

// isRequested says whether a person asks for another try that no pass has acted on yet.
func (p *pass) isRequested(user *clayv1alpha1.ClayUser) bool {
	request := requestOf(user)
	return request != "" && request != user.Status.LastHandledReconcileAt && request != p.memory.handled[user.UID]
}

// remembered is the status of a ClayUser with the operations that it does not hold yet.
func (p *pass) remembered(user *clayv1alpha1.ClayUser) clayv1alpha1.ClayUserStatus {
	remembered := user.Status
	record(&remembered, p.memory.operations[user.UID])
	return remembered
}

// wait says why nothing may be written for a person now, where something would be.
func (p *pass) wait(user *clayv1alpha1.ClayUser, remembered *clayv1alpha1.ClayUserStatus, wish seat.Desired, now time.Time) wait {
	if _, until, doubtful := p.unconfirmed(wish.Email); doubtful {
		return wait{reason: seat.BlockedAbsenceUnconfirmed, until: until}
	}
	member := p.reading.find(wish.Email)
	if mayInvite(wish, member) {
		if until, doubtful := p.doubt(wish.Email, remembered.LastOperation); doubtful {
			return wait{reason: seat.BlockedOutcomeUnknown, until: until}
		}
	}
	if p.isRequested(user) {
		return wait{}
	}
	for _, verb := range wanted(wish, member, p.isLapsed(wish.Invitation.SentAt, now)) {
		if no := refused(remembered.History, verb, wish.Role, user.Generation, now); no.reason != "" {
			return no
		}
		if no := notConverging(remembered.History, verb, wish.Role, user.Generation, now); no.reason != "" {
			return no
		}
	}
	return wait{}
}

// isLapsed says whether an invitation that was sent at a time is too old to be accepted. Of one whose age is not known nobody can tell.
func (p *pass) isLapsed(sentAt, now time.Time) bool {
	return !sentAt.IsZero() && now.Sub(sentAt) >= p.invitationLifetime
}

// mayInvite says whether somebody may get an e-mail: one without an invitation, or one whose invitation may be sent anew.
func mayInvite(wish seat.Desired, member seat.Member) bool {
	return member.Presence == seat.Absent || member.Presence == seat.Pending && wish.Active && !wish.Deleting
}

// doubt says whether an address may have been invited without Clay showing that yet, and when a read can tell.
func (p *pass) doubt(email seat.Email, last *clayv1alpha1.Operation) (until time.Time, doubtful bool) {
	for _, tried := range []time.Time{p.memory.doubts[email], lastDoubt(last), p.memory.interrupted} {
		if tried.IsZero() || p.memory.settled(email, tried, p.timing.cooldown) {
			continue
		}
		doubtful = true
		if end := tried.Add(p.timing.cooldown); end.After(until) {
			until = end
		}
	}
	return until, doubtful
}
