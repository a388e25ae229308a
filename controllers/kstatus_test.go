package controllers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// kstatusOf computes what generic tools say of a resource, by the rules of kstatus.
func kstatusOf(object client.Object, observed int64, conditions []metav1.Condition) string {
	switch {
	case !object.GetDeletionTimestamp().IsZero():
		return "Terminating"
	case observed != object.GetGeneration():
		return "InProgress"
	case meta.IsStatusConditionTrue(conditions, clayv1alpha1.ConditionReconciling):
		return "InProgress"
	case meta.IsStatusConditionTrue(conditions, clayv1alpha1.ConditionStalled):
		return "Failed"
	}
	ready := meta.FindStatusCondition(conditions, clayv1alpha1.ConditionReady)
	if ready != nil && ready.Status != metav1.ConditionTrue {
		return "InProgress"
	}
	return "Current"
}

// violations lists what is wrong with a resource's conditions.
func violations(object client.Object, observed int64, conditions []metav1.Condition) []string {
	if len(conditions) == 0 {
		if computed := kstatusOf(object, observed, conditions); computed == "Current" {
			return []string{"a resource that nobody has looked at is Current"}
		}
		return nil
	}
	var found []string
	report := func(format string, arguments ...any) { found = append(found, fmt.Sprintf(format, arguments...)) }
	ready := meta.FindStatusCondition(conditions, clayv1alpha1.ConditionReady)
	reconciling := meta.FindStatusCondition(conditions, clayv1alpha1.ConditionReconciling)
	stalled := meta.FindStatusCondition(conditions, clayv1alpha1.ConditionStalled)
	if ready == nil {
		return []string{"Ready is missing"}
	}
	if reconciling != nil && stalled != nil {
		report("Reconciling and Stalled are there together")
	}
	for _, condition := range []*metav1.Condition{reconciling, stalled} {
		if condition == nil {
			continue
		}
		if condition.Status != metav1.ConditionTrue {
			report("%s is there and not True", condition.Type)
		}
		if ready.Status != metav1.ConditionFalse {
			report("%s is there and Ready is %s", condition.Type, ready.Status)
		}
		if condition.Reason != ready.Reason || condition.Message != ready.Message {
			report("%s says other than Ready", condition.Type)
		}
	}
	if ready.ObservedGeneration != observed {
		report("Ready speaks of generation %d, the status of %d", ready.ObservedGeneration, observed)
	}
	if observed > object.GetGeneration() {
		report("generation %d was observed before it was there", observed)
	}
	for _, condition := range conditions {
		if condition.Reason == "" || strings.TrimSpace(condition.Message) != condition.Message || condition.Message == "" {
			report("%s has no proper reason or message: %q %q", condition.Type, condition.Reason, condition.Message)
		}
		if condition.LastTransitionTime.IsZero() {
			report("%s has no time", condition.Type)
		}
	}
	if ready.Status == metav1.ConditionTrue && observed == object.GetGeneration() && object.GetDeletionTimestamp().IsZero() {
		if computed := kstatusOf(object, observed, conditions); computed != "Current" {
			report("Ready is True and kstatus says %s", computed)
		}
	}
	return found
}

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
			if got := violations(object, 1, test.conditions); len(got) != test.want {
				t.Errorf("violations: got %q, want %d", got, test.want)
			}
		})
	}
}
