package controllers

import (
	"slices"
	"time"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// presumeInvited takes an invitation that an interrupted writing may have sent anew for sent. Clay does not show the age
// of an invitation, so nobody can tell; to wait another term costs the person nothing but a late reminder.
func (p *pass) presumeInvited(now time.Time) {
	startedAt := p.memory.presumed
	if startedAt.IsZero() {
		return
	}
	for i := range p.users {
		user, member := &p.users[i], p.reading.find(p.emails[i])
		if member.Presence != seat.Pending || !p.wouldResend(i, member, startedAt, now) {
			continue
		}
		change := seat.Change{Verb: seat.Invite, Role: p.entitlements[i].roleIn(member)}
		operation := newOperation(change, sidecar.Outcome{Result: sidecar.Unknown}, user.Generation, startedAt)
		p.memory.operations[user.UID] = append(p.memory.operations[user.UID], operation)
	}
	if p.memory.interrupted.IsZero() {
		p.memory.presumed = time.Time{}
	}
}

// wouldResend says whether the invitation that Clay shows would be sent anew, for its age or its role, as far as is known
// from before the interrupted writing.
func (p *pass) wouldResend(index int, member seat.Member, startedAt, now time.Time) bool {
	user := &p.users[index]
	if !user.WantsSeat(startedAt) || user.Spec.Suspend || !user.DeletionTimestamp.IsZero() {
		return false
	}
	var invitedAt time.Time
	if invited := p.remembered(user).InvitedTime; invited != nil {
		invitedAt = invited.Time
	}
	if !invitedAt.Before(startedAt) {
		return false
	}
	return p.isLapsed(invitedAt, now) || member.Role != "" && member.Role != p.entitlements[index].roleIn(member)
}

// isResendUnrecorded says whether the status of some ClayUser still tells of an invitation that was replaced since. A
// process that started from it would replace it once more.
func (p *pass) isResendUnrecorded() bool {
	return slices.ContainsFunc(p.users, func(user clayv1alpha1.ClayUser) bool {
		return user.Status.InvitedTime != nil && slices.ContainsFunc(p.memory.operations[user.UID], isInvitation)
	})
}

// isInvitation says whether an operation sent an invitation, or may have.
func isInvitation(operation clayv1alpha1.Operation) bool {
	return operation.Verb == string(seat.Invite) && happened(operation)
}
