package controllers

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/seat"
)

// dateFormat is how messages write a time: to the minute, and the same everywhere.
const dateFormat = "2006-01-02 15:04 UTC"

// isFree says whether a ClayUser that is being deleted holds no seat any more. Not being able to tell is a no.
func isFree(user *clayv1alpha1.ClayUser, found sight) bool {
	if _, err := seat.ParseEmail(user.Spec.Email); err != nil {
		return true
	}
	if found.missing {
		return isUntouched(user)
	}
	v := found.verdict
	if !found.known || !v.deleting {
		return false
	}
	if v.winner != "" {
		return true
	}
	return v.verb == "" && v.presence == seat.Absent && !v.doubtful && found.snapshot.reading.startedAt.After(user.DeletionTimestamp.Time)
}

// isUntouched says whether nothing was ever seen or done in Clay for a ClayUser.
func isUntouched(user *clayv1alpha1.ClayUser) bool {
	return user.Status.LastOperation == nil && (user.Status.Seat == "" || user.Status.Seat == clayv1alpha1.SeatAbsent)
}

// assess works out the status of a ClayUser. It is false where nothing can be said yet: until then the status that the
// API server gave the new resource tells kstatus that it is in progress.
func assess(user *clayv1alpha1.ClayUser, found sight, next *clayv1alpha1.ClayUserStatus, now time.Time) bool {
	standing := judge(user, found, now)
	if standing.Ready == "" {
		return false
	}
	if found.known {
		record(next, found.snapshot.operations[user.Name])
	}
	if found.known {
		describe(user, found, next, now)
	}
	if next.InvitedTime != nil && standing.Reason == clayv1alpha1.ReasonInvitationPending {
		standing.Message = pendingMessage(next.InvitedTime.Time, found.snapshot.invitationLifetime)
	}
	if found.known {
		describeUserAccess(user, found.verdict.access, next, now)
	}
	next.ObservedGeneration = user.Generation
	standing.Apply(&next.Conditions, user.Generation, now)
	return true
}

// describe copies what Clay shows.
func describe(user *clayv1alpha1.ClayUser, found sight, next *clayv1alpha1.ClayUserStatus, now time.Time) {
	v, reading := found.verdict, found.snapshot.reading
	seenAt := metav1.NewTime(reading.endedAt.Truncate(time.Second))
	next.Seat, next.Role, next.MemberID = clayv1alpha1.Seat(v.presence), clayv1alpha1.Role(v.role), fit(v.member, maxShort)
	if v.request != "" {
		next.LastHandledReconcileAt = v.request
	}
	markAdoption(user, found, next, seenAt)
	switch v.presence {
	case seat.Active:
		if next.JoinedTime == nil {
			next.JoinedTime = &seenAt
		}
		next.InvitedTime, next.InvitationsSent = nil, 0
	case seat.Pending:
		next.JoinedTime = nil
		if next.InvitedTime == nil {
			next.InvitedTime = &seenAt
		}
		next.InvitationsSent = max(next.InvitationsSent, 1)
	default:
		next.JoinedTime = nil
		if next.LastOperation == nil || reading.startedAt.After(next.LastOperation.Time.Time) {
			next.InvitedTime = nil
		}
		if !user.WantsSeat(now) {
			next.InvitationsSent = 0
		}
	}
}

// judge says how a ClayUser is doing; the zero Standing where nothing is known yet.
func judge(user *clayv1alpha1.ClayUser, found sight, now time.Time) status.Standing {
	if _, err := seat.ParseEmail(user.Spec.Email); err != nil {
		return status.Stalled(clayv1alpha1.ReasonInvalidSpec,
			fmt.Sprintf("spec.email: %v. Make a new ClayUser with the right address and delete this one.", err))
	}
	deleting := !user.DeletionTimestamp.IsZero()
	switch {
	case found.missing:
		return missingWorkspace(user)
	case user.Spec.Suspend:
		return suspendedUser(deleting)
	case found.snapshot == nil:
		return status.Standing{}
	}
	v := found.verdict
	current := found.known && v.generation == user.Generation && v.deleting == deleting && v.expired == user.IsExpired(now)
	switch {
	case current || found.known && !deleting && isMet(user, v, now):
		return judgeVerdict(user, found, now)
	case found.snapshot.seatTrouble() != nil && !found.known && wasFine(user, now):
		return status.Standing{}
	case found.snapshot.seatTrouble() != nil:
		return workspaceTrouble(user, found.snapshot.trouble)
	case found.known:
		return status.Waiting(clayv1alpha1.ReasonProgressing, "The change of the manifest is looked at in the workspace's next pass.")
	default:
		return status.Standing{}
	}
}

// wasFine says whether the status of a ClayUser calls its present spec met. A trouble of the workspace does not make it
// doubtful, or every restart during an outage would write the status of everybody.
func wasFine(user *clayv1alpha1.ClayUser, now time.Time) bool {
	overdue := user.IsExpired(now) && user.Status.Seat != clayv1alpha1.SeatAbsent
	return user.DeletionTimestamp.IsZero() && user.Status.ObservedGeneration == user.Generation && !overdue &&
		meta.IsStatusConditionTrue(user.Status.Conditions, clayv1alpha1.ConditionReady)
}

// isMet says whether what a pass saw is what the present spec asks for, although the pass may have known an older one.
func isMet(user *clayv1alpha1.ClayUser, v verdict, now time.Time) bool {
	if v.verb != "" || v.winner != "" || v.unconfirmed || !v.access.isMet(user) {
		return false
	}
	if !user.WantsSeat(now) {
		return v.presence == seat.Absent
	}
	return v.presence == seat.Active && v.role != "" && v.role == wantedRole(user, v)
}

// wantedRole is the role that the present spec asks for; empty where only the workspace's next pass can tell.
func wantedRole(user *clayv1alpha1.ClayUser, v verdict) seat.Role {
	switch {
	case user.Spec.Role != "":
		return seat.Role(user.Spec.Role)
	case v.generation == user.Generation && v.wanted != "":
		return v.wanted
	case v.ruled:
		return ""
	default:
		return seat.DefaultRole
	}
}

func judgeVerdict(user *clayv1alpha1.ClayUser, found sight, now time.Time) status.Standing {
	v, trouble := found.verdict, found.snapshot.trouble
	deleting := !user.DeletionTimestamp.IsZero()
	switch {
	case v.winner != "":
		return blockedStanding(user, v, seat.BlockedDuplicate)
	case v.block != "":
		return blockedStanding(user, v, v.block)
	case v.unconfirmed:
		return blockedStanding(user, v, seat.BlockedAbsenceUnconfirmed)
	case v.doubtful && (deleting || user.WantsSeat(now)):
		return blockedStanding(user, v, seat.BlockedOutcomeUnknown)
	case (v.verb != "" || deleting) && found.snapshot.seatTrouble() != nil:
		return workspaceTrouble(user, trouble)
	case deleting:
		return status.Waiting(clayv1alpha1.ReasonDeleting, "The seat is being taken away; the ClayUser goes once Clay shows that it is gone. "+retainHint)
	case v.verb != "":
		return status.Waiting(clayv1alpha1.ReasonProgressing, "This change is on its way: "+describeChange(v)+".")
	case !user.IsActive():
		return status.Settled(clayv1alpha1.ReasonAbsent, "There is no seat and no invitation, as spec.active: false asks for.")
	case user.IsExpired(now):
		return status.Settled(clayv1alpha1.ReasonExpired, expiredMessage(user))
	case v.presence == seat.Pending:
		return status.Waiting(clayv1alpha1.ReasonInvitationPending, "An invitation is out and not accepted yet.")
	case v.access.waitsForReading && trouble != nil:
		return workspaceTrouble(user, trouble)
	case v.access.hinders():
		return v.access.standing
	default:
		return status.Settled(clayv1alpha1.ReasonActive, fmt.Sprintf("There is a seat with the role %s.", wantedRole(user, v)))
	}
}

func missingWorkspace(user *clayv1alpha1.ClayUser) status.Standing {
	name := user.Spec.WorkspaceRef.Name
	if user.DeletionTimestamp.IsZero() {
		return status.Stalled(clayv1alpha1.ReasonWorkspaceNotFound,
			fmt.Sprintf("There is no ClayWorkspace %q in this namespace. Create it, or make a new ClayUser that names another.", name))
	}
	return status.Stalled(clayv1alpha1.ReasonWorkspaceNotFound,
		fmt.Sprintf("There is no ClayWorkspace %q in this namespace, so the seat cannot be taken away. "+
			"Create the ClayWorkspace again. ", name)+retainHint)
}

func suspendedUser(deleting bool) status.Standing {
	message := "spec.suspend is true: the seat is left as it is. Set it to false to go on."
	if deleting {
		message += " " + retainHint
	}
	return status.Unknown(clayv1alpha1.ReasonSuspended, message)
}

// workspaceTrouble is the standing of a ClayUser that cannot be served for the workspace's sake.
func workspaceTrouble(user *clayv1alpha1.ClayUser, trouble *problem) status.Standing {
	message := fmt.Sprintf("Waits for the ClayWorkspace %q, which says %s. See its conditions for what to do.",
		user.Spec.WorkspaceRef.Name, trouble.standing.Reason)
	if !user.DeletionTimestamp.IsZero() {
		message += " " + retainHint
	}
	if trouble.standing.Ready == metav1.ConditionUnknown {
		return status.Unknown(clayv1alpha1.ReasonWorkspaceNotReady, message)
	}
	return status.Waiting(clayv1alpha1.ReasonWorkspaceNotReady, message)
}

func pendingMessage(invitedAt time.Time, lifetime time.Duration) string {
	return fmt.Sprintf("Invited on %s and not accepted yet. If it is still open on %s it is sent anew.",
		invitedAt.UTC().Format(dateFormat), invitedAt.Add(lifetime).UTC().Format(dateFormat))
}
