package controllers

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// newOperation records what became of a change. Its time has whole seconds, because that is what the API server keeps and
// operations are told apart by it.
func newOperation(change seat.Change, outcome sidecar.Outcome, generation int64, now time.Time) clayv1alpha1.Operation {
	operation := clayv1alpha1.Operation{
		Verb:       string(change.Verb),
		Role:       clayv1alpha1.Role(change.Role),
		Time:       metav1.NewTime(now.Truncate(time.Second)),
		Outcome:    string(outcome.Result),
		Generation: generation,
	}
	if outcome.Fault != nil {
		operation.Reason = fit(outcome.Fault.Reason, maxShort)
	}
	return operation
}

// record brings a status up to date with operations, oldest first, that it may or may not hold already. It changes
// nothing where it holds them all.
func record(status *clayv1alpha1.ClayUserStatus, operations []clayv1alpha1.Operation) {
	for _, operation := range operations {
		if slices.ContainsFunc(status.History, func(known clayv1alpha1.Operation) bool { return same(known, operation) }) {
			continue
		}
		status.LastOperation = operation.DeepCopy()
		status.History = boundHistory(append([]clayv1alpha1.Operation{operation}, status.History...))
		if isInvitation(operation) {
			status.InvitationsSent++
			status.InvitedTime = operation.Time.DeepCopy()
		}
	}
}

// boundHistory drops the oldest operations that there is no room for. Those about groups, budgets and limits, of which one change of the
// manifest may bring several, leave room to those about the seat, by which refusals and quarrels are told.
func boundHistory(history []clayv1alpha1.Operation) []clayv1alpha1.Operation {
	for len(history) > clayv1alpha1.MaxHistory {
		aboutAccess, oldest := 0, len(history)-1
		for place, operation := range slices.Backward(history) {
			if !isAccessOperation(operation) {
				continue
			}
			if aboutAccess == 0 {
				oldest = place
			}
			aboutAccess++
		}
		if aboutAccess <= clayv1alpha1.MaxAccessHistory {
			oldest = len(history) - 1
		}
		history = slices.Delete(history, oldest, oldest+1)
	}
	return history
}

func same(a, b clayv1alpha1.Operation) bool {
	return a.Verb == b.Verb && a.Role == b.Role && a.Target == b.Target && a.Outcome == b.Outcome && a.Time.Unix() == b.Time.Unix()
}

// happened says whether an operation took effect in Clay, or may have.
func happened(operation clayv1alpha1.Operation) bool {
	return operation.Outcome != string(sidecar.Failed)
}
