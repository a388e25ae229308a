package controllers

import (
	"fmt"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// retainHint is the way out of every deletion that waits.
const retainHint = "To delete the ClayUser and leave the seat as it is, set spec.deletionPolicy to Retain."

// tryAgainHint is how a person asks for another try.
const tryAgainHint = "To have it tried again now, set the annotation " + clayv1alpha1.AnnotationReconcileAt + " to a new value."

// blockedStanding is the standing of a ClayUser whose wish a rule or a wait stands against.
func blockedStanding(user *clayv1alpha1.ClayUser, v verdict, reason seat.BlockReason) status.Standing {
	message := blockedMessage(v, reason)
	if !user.DeletionTimestamp.IsZero() {
		message += " " + retainHint
	}
	switch reason {
	case seat.BlockedRefused:
		return refusedStanding(user, v, message)
	case seat.BlockedObserve:
		return status.Left(string(reason), message)
	case seat.BlockedSuspended:
		return status.Unknown(clayv1alpha1.ReasonWorkspaceNotReady, message)
	case seat.BlockedRemovalsHeld, seat.BlockedUnguarded, seat.BlockedOutcomeUnknown, seat.BlockedAbsenceUnconfirmed:
		return status.Waiting(string(reason), message)
	default:
		return status.Stalled(string(reason), message)
	}
}

// blockedMessage says what stands against a change, and what a person can do about it.
func blockedMessage(v verdict, reason seat.BlockReason) string {
	switch reason {
	case seat.BlockedLastAdmin:
		return "This is the last admin of the workspace, who cannot be removed or demoted. Make somebody else an admin first."
	case seat.BlockedOwnAccount:
		return "This is, or may be, the account that the operator works with, whose seat it does not change. " +
			"Have the operator sign in with another account, or with the address that Clay lists for it, or change the seat by hand."
	case seat.BlockedProtected:
		return "The ClayWorkspace lists this address under protectedEmails. Take it from there first."
	case seat.BlockedDuplicate:
		return fmt.Sprintf("The ClayUser %q has the same address and comes first. Delete one of the two.", v.winner)
	case seat.BlockedAmbiguousMember:
		return "Clay's list of members shows this address more than once, or holds a line that cannot be read. Put the list right in Clay."
	case seat.BlockedInvalidEmail:
		return "The address cannot be read. Make a new ClayUser with the right address and delete this one."
	case seat.BlockedInvitations:
		return fmt.Sprintf("The person was invited %d times and has not accepted. Talk to them, or correct the address. %s",
			maxInvitations, tryAgainHint)
	case seat.BlockedUnknownRole:
		return "Clay shows a role that this version of the operator does not know, so it is left alone. Change the role by hand, or update the operator."
	case seat.BlockedRemovalsHeld:
		return "The removal is held back, because the workspace has seen as many within the hour as it allows. " +
			"It is made as the hour passes; the ClayWorkspace says how to approve it now."
	case seat.BlockedObserve:
		return "The ClayWorkspace is in mode Observe: this change is wanted and not made. Set its spec.mode to Enforce to have it made."
	case seat.BlockedSuspended:
		return "Nothing is changed, because the ClayWorkspace is suspended or being deleted."
	case seat.BlockedUnguarded:
		return "The finalizer is not there yet; nobody is invited without it. It is set in a moment."
	case seat.BlockedOutcomeUnknown:
		return "It is not known whether the last invitation went out. Clay is read until that is clear; nobody is invited twice."
	case seat.BlockedAbsenceUnconfirmed:
		return "Clay's list does not show this address any more, and the operator has not removed it. A list may be short for a moment: " +
			"this is believed once a reading some minutes later shows the same. If you have looked in Clay, set the annotation " +
			clayv1alpha1.AnnotationReconcileAt + " to a new value."
	case seat.BlockedNotConverging:
		return "The same change was made, or may have been made, more than once within the hour and is not there: somebody or something undoes " +
			"it, or the operator was cut off each time. Find out who, or change the manifest. " + tryAgainHint
	case seat.BlockedRulesInvalid:
		return "The role follows from the ClayWorkspace's access rules, one of which cannot be used, so that nobody can tell which role it is. " +
			"Put the rule right, which the ClayWorkspace names, or set spec.role here."
	default:
		return "Clay refused the change. " + tryAgainHint
	}
}

// refusedStanding says what Clay objected to.
func refusedStanding(user *clayv1alpha1.ClayUser, v verdict, message string) status.Standing {
	if v.refusal == "" {
		return status.Stalled(sidecar.ReasonRefused, message)
	}
	message = refusalMessage(v.refusal) + " " + tryAgainHint
	if !user.DeletionTimestamp.IsZero() {
		message += " " + retainHint
	}
	return status.Stalled(v.refusal, message)
}

func refusalMessage(reason string) string {
	switch reason {
	case sidecar.ReasonLastAdmin:
		return "Clay refused: this is the last admin of the workspace. Make somebody else an admin first."
	case sidecar.ReasonRoleNotOffered:
		return "Clay does not offer this role in the workspace; some plans lack it. Choose another role, or another plan."
	case sidecar.ReasonSeatLimit:
		return "Clay refused: the plan has no seat left. Free one, or buy more."
	case sidecar.ReasonAddressRefused:
		return "Clay did not accept the address. Check it for a slip of the pen."
	case sidecar.ReasonAmbiguousMember:
		return "Clay's list does not show exactly one line with this address. Put the list right in Clay."
	case sidecar.ReasonMemberNotFound:
		return "Clay's list did not show the person when the change was to be made."
	default:
		return "Clay refused the change."
	}
}

// describeChange says what is going to be done.
func describeChange(v verdict) string {
	switch v.verb {
	case seat.Invite:
		return fmt.Sprintf("invite as %s", v.wanted)
	case seat.SetRole:
		return fmt.Sprintf("give the role %s", v.wanted)
	case seat.CancelInvitation:
		return "withdraw the invitation"
	default:
		return "take the seat away"
	}
}
