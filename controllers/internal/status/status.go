// Package status keeps the conditions of a resource in the form that kstatus reads: Ready is always there, Reconciling and
// Stalled only while they are true, and never both.
package status

import (
	"cmp"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// Standing is how a resource is doing, in one value, from which its three kstatus conditions follow.
type Standing struct {
	// Ready is the status of the condition Ready.
	Ready metav1.ConditionStatus
	// Progress is the condition that goes with it: Reconciling, Stalled, or empty.
	Progress string
	// Reason is that of the conditions, and of the event that tells of them.
	Reason string
	// Message says what is and what to do next.
	Message string
}

// Settled is the standing of a resource that is as it asks to be.
func Settled(reason, message string) Standing {
	return Standing{Ready: metav1.ConditionTrue, Reason: reason, Message: message}
}

// Waiting is the standing of a resource that gets there by itself.
func Waiting(reason, message string) Standing {
	return Standing{Ready: metav1.ConditionFalse, Progress: clayv1alpha1.ConditionReconciling, Reason: reason, Message: message}
}

// Stalled is the standing of a resource that a person has to do something about.
func Stalled(reason, message string) Standing {
	return Standing{Ready: metav1.ConditionFalse, Progress: clayv1alpha1.ConditionStalled, Reason: reason, Message: message}
}

// Left is the standing of a resource that is not as it asks to be, and that the operator was told to leave so.
func Left(reason, message string) Standing {
	return Standing{Ready: metav1.ConditionFalse, Reason: reason, Message: message}
}

// Unknown is the standing of a resource that nobody looks at for now.
func Unknown(reason, message string) Standing {
	return Standing{Ready: metav1.ConditionUnknown, Reason: reason, Message: message}
}

// IsStalled says whether a person has to do something.
func (s Standing) IsStalled() bool { return s.Progress == clayv1alpha1.ConditionStalled }

// Apply writes the standing into the conditions.
func (s Standing) Apply(conditions *[]metav1.Condition, generation int64, now time.Time) {
	Set(conditions, clayv1alpha1.ConditionReady, s.Ready, generation, s.Reason, s.Message, now)
	for _, progress := range []string{clayv1alpha1.ConditionReconciling, clayv1alpha1.ConditionStalled} {
		SetWhile(conditions, s.Progress == progress, progress, generation, s.Reason, s.Message, now)
	}
}

// Set writes one condition. Its transition time changes only with its status.
func Set(
	conditions *[]metav1.Condition, kind string, value metav1.ConditionStatus, generation int64, reason, message string, now time.Time,
) {
	meta.SetStatusCondition(conditions, metav1.Condition{
		Type: kind, Status: value, ObservedGeneration: generation, Reason: reason, Message: message,
		LastTransitionTime: metav1.NewTime(now.Truncate(time.Second)),
	})
	slices.SortStableFunc(*conditions, func(a, b metav1.Condition) int { return cmp.Compare(rank(a.Type), rank(b.Type)) })
}

// SetWhile writes a condition that is there only while it is true.
func SetWhile(conditions *[]metav1.Condition, holds bool, kind string, generation int64, reason, message string, now time.Time) {
	if holds {
		Set(conditions, kind, metav1.ConditionTrue, generation, reason, message, now)
		return
	}
	meta.RemoveStatusCondition(conditions, kind)
}

// first are the conditions that people look for, in the order in which they want to see them.
var first = []string{clayv1alpha1.ConditionStalled, clayv1alpha1.ConditionReconciling, clayv1alpha1.ConditionReady}

func rank(kind string) int {
	if place := slices.Index(first, kind); place >= 0 {
		return place
	}
	return len(first)
}
