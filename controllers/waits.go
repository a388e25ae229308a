package controllers

import (
	"slices"
	"time"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	// retryRefusedAfter is how long a refusal of Clay is taken as its last word. A plan that was upgraded or a seat that
	// came free is noticed within the hour, and nobody's page is asked the same question all day.
	retryRefusedAfter = time.Hour
	// convergenceWindow and convergenceTries: a change that Clay showed as made this often within this time, and that is
	// gone again, is being undone by somebody. Twice may be a coincidence of one person and the operator; a third time
	// is a quarrel.
	convergenceWindow = time.Hour
	convergenceTries  = 2
)

// wait is why nothing may be written for a person now, and until when; a zero until means for as long as reads show it.
type wait struct {
	reason seat.BlockReason
	until  time.Time
}

// refused is the wait after Clay said no to a change that is wanted now: to the last attempt at it.
func refused(history []clayv1alpha1.Operation, verb seat.Verb, role seat.Role, generation int64, now time.Time) wait {
	last := slices.IndexFunc(history, func(operation clayv1alpha1.Operation) bool { return operation.Verb == string(verb) })
	if last < 0 || history[last].Generation != generation || !attempted(history[last], verb, role) || !isRefused(history[last]) {
		return wait{}
	}
	until := history[last].Time.Add(retryRefusedAfter)
	if !now.Before(until) {
		return wait{}
	}
	return wait{reason: seat.BlockedRefused, until: until}
}

// lastRefusal returns the reason that Clay gave when it said no last to a change of the seat, or empty.
func lastRefusal(history []clayv1alpha1.Operation) string {
	last := slices.IndexFunc(history, func(operation clayv1alpha1.Operation) bool {
		return isRefused(operation) && !isAccessOperation(operation)
	})
	if last >= 0 {
		return history[last].Reason
	}
	return ""
}

func isRefused(operation clayv1alpha1.Operation) bool {
	return !happened(operation) && isRefusal(operation.Reason)
}

// isRefusal says whether a change failed because Clay said no to it. Whatever else makes one fail is nothing about the
// person: the change is tried again once the workspace can be worked with.
func isRefusal(reason string) bool {
	switch reason {
	case sidecar.ReasonLastAdmin, sidecar.ReasonSeatLimit, sidecar.ReasonRoleNotOffered, sidecar.ReasonAddressRefused,
		sidecar.ReasonAmbiguousMember, sidecar.ReasonMemberNotFound, sidecar.ReasonRefused,
		sidecar.ReasonNameTaken, sidecar.ReasonNameRefused, sidecar.ReasonBudgetInUse, sidecar.ReasonAmbiguousName, sidecar.ReasonNameNotFound:
		return true
	default:
		return false
	}
}

// attempted says whether an operation of the past was an attempt at the change. A role counts where one is given.
func attempted(operation clayv1alpha1.Operation, verb seat.Verb, role seat.Role) bool {
	return operation.Verb == string(verb) && (verb != seat.SetRole && verb != seat.Invite || operation.Role == clayv1alpha1.Role(role))
}

// notConverging is the wait where the change that is wanted was made before, more than once, and did not last.
func notConverging(
	history []clayv1alpha1.Operation, verb seat.Verb, role seat.Role, generation int64, now time.Time,
) wait {
	var first time.Time
	tries := 0
	for _, operation := range history {
		if operation.Generation != generation || !happened(operation) || !now.Before(operation.Time.Add(convergenceWindow)) {
			continue
		}
		if attempted(operation, verb, role) {
			tries++
			first = operation.Time.Time
		}
	}
	if tries < convergenceTries {
		return wait{}
	}
	return wait{reason: seat.BlockedNotConverging, until: first.Add(convergenceWindow)}
}

// wanted returns the verbs that lead from what Clay shows to what a manifest asks for; none where nothing does. An invitation that
// has lapsed, or has another role, is withdrawn and sent again. It tells which of the operations of the past count as the same
// attempt; the plan alone decides what is done.
func wanted(desired seat.Desired, member seat.Member, lapsed bool) []seat.Verb {
	joins := desired.Active && !desired.Deleting
	switch {
	case joins && member.Presence == seat.Absent:
		return []seat.Verb{seat.Invite}
	case joins && member.Presence == seat.Active && member.Role != desired.Role:
		return []seat.Verb{seat.SetRole}
	case joins && member.Presence == seat.Pending && (lapsed || member.Role != "" && member.Role != desired.Role):
		return []seat.Verb{seat.CancelInvitation, seat.Invite}
	case !joins && member.Presence == seat.Active:
		return []seat.Verb{seat.Remove}
	case !joins && member.Presence == seat.Pending:
		return []seat.Verb{seat.CancelInvitation}
	default:
		return nil
	}
}

// lastDoubt returns when an invitation was last tried whose outcome the status calls unknown, and zero where none is. The
// second is added because the status keeps whole seconds, and a read must be proved to have begun afterwards.
func lastDoubt(last *clayv1alpha1.Operation) time.Time {
	if last == nil || last.Verb != string(seat.Invite) || last.Outcome != string(sidecar.Unknown) {
		return time.Time{}
	}
	return last.Time.Add(time.Second)
}
