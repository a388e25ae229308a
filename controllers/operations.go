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
		status.History = append([]clayv1alpha1.Operation{operation}, status.History...)
		status.History = status.History[:min(len(status.History), clayv1alpha1.MaxHistory)]
		if isInvitation(operation) {
			status.InvitationsSent++
			status.InvitedTime = operation.Time.DeepCopy()
		}
	}
}

func same(a, b clayv1alpha1.Operation) bool {
	return a.Verb == b.Verb && a.Role == b.Role && a.Outcome == b.Outcome && a.Time.Unix() == b.Time.Unix()
}

// happened says whether an operation took effect in Clay, or may have.
func happened(operation clayv1alpha1.Operation) bool {
	return operation.Outcome != string(sidecar.Failed)
}
