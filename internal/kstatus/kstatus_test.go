package kstatus_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/kstatus"
)

// TestViolations makes sure that the check itself can fail.
func TestViolations(t *testing.T) {
	t.Parallel()
	now := metav1.NewTime(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	condition := func(kind string, value metav1.ConditionStatus) metav1.Condition {
		return metav1.Condition{Type: kind, Status: value, Reason: "R", Message: "M.", ObservedGeneration: 1, LastTransitionTime: now}
	}
	for _, test := range []struct {
		name       string
		conditions []metav1.Condition
		want       int
	}{
		{"fine", []metav1.Condition{condition("Ready", metav1.ConditionTrue)}, 0},
		{"waiting", []metav1.Condition{condition("Ready", metav1.ConditionFalse), condition("Reconciling", metav1.ConditionTrue)}, 0},
		{"no Ready", []metav1.Condition{condition("Reconciling", metav1.ConditionTrue)}, 1},
		{"both", []metav1.Condition{
			condition("Ready", metav1.ConditionFalse), condition("Reconciling", metav1.ConditionTrue), condition("Stalled", metav1.ConditionTrue),
		}, 1},
		{"ready and stalled", []metav1.Condition{condition("Ready", metav1.ConditionTrue), condition("Stalled", metav1.ConditionTrue)}, 2},
		{"abnormal and false", []metav1.Condition{condition("Ready", metav1.ConditionFalse), condition("Stalled", metav1.ConditionFalse)}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			object := &clayv1alpha1.ClayUser{ObjectMeta: metav1.ObjectMeta{Generation: 1}}
			if got := kstatus.Violations(object, 1, test.conditions); len(got) != test.want {
				t.Errorf("violations: got %q, want %d", got, test.want)
			}
		})
	}
}
