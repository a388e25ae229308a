package kstatus

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// What generic tools say of a resource.
const (
	Current     = "Current"
	InProgress  = "InProgress"
	Failed      = "Failed"
	Terminating = "Terminating"
)

// Of computes what generic tools say of a resource, by the rules of kstatus.
func Of(object client.Object, observed int64, conditions []metav1.Condition) string {
	switch {
	case !object.GetDeletionTimestamp().IsZero():
		return Terminating
	case observed != object.GetGeneration():
		return InProgress
	case meta.IsStatusConditionTrue(conditions, clayv1alpha1.ConditionReconciling):
		return InProgress
	case meta.IsStatusConditionTrue(conditions, clayv1alpha1.ConditionStalled):
		return Failed
	}
	ready := meta.FindStatusCondition(conditions, clayv1alpha1.ConditionReady)
	if ready != nil && ready.Status != metav1.ConditionTrue {
		return InProgress
	}
	return Current
}

// Violations lists what is wrong with a resource's conditions.
func Violations(object client.Object, observed int64, conditions []metav1.Condition) []string {
	if len(conditions) == 0 {
		if computed := Of(object, observed, conditions); computed == Current {
			return []string{"a resource that nobody has looked at is Current"}
		}
		return nil
	}
	ready := meta.FindStatusCondition(conditions, clayv1alpha1.ConditionReady)
	if ready == nil {
		return []string{"Ready is missing"}
	}
	found := append(besideReady(ready, conditions), ofEach(conditions)...)
	if ready.ObservedGeneration != observed {
		found = append(found, fmt.Sprintf("Ready speaks of generation %d, the status of %d", ready.ObservedGeneration, observed))
	}
	if observed > object.GetGeneration() {
		found = append(found, fmt.Sprintf("generation %d was observed before it was there", observed))
	}
	if ready.Status == metav1.ConditionTrue && observed == object.GetGeneration() && object.GetDeletionTimestamp().IsZero() {
		if computed := Of(object, observed, conditions); computed != Current {
			found = append(found, fmt.Sprintf("Ready is True and kstatus says %s", computed))
		}
	}
	return found
}

// besideReady lists what is wrong with the conditions that are there only while true, and say what Ready says.
func besideReady(ready *metav1.Condition, conditions []metav1.Condition) (found []string) {
	reconciling := meta.FindStatusCondition(conditions, clayv1alpha1.ConditionReconciling)
	stalled := meta.FindStatusCondition(conditions, clayv1alpha1.ConditionStalled)
	if reconciling != nil && stalled != nil {
		found = append(found, "Reconciling and Stalled are there together")
	}
	for _, condition := range []*metav1.Condition{reconciling, stalled} {
		if condition == nil {
			continue
		}
		if condition.Status != metav1.ConditionTrue {
			found = append(found, condition.Type+" is there and not True")
		}
		if ready.Status != metav1.ConditionFalse {
			found = append(found, fmt.Sprintf("%s is there and Ready is %s", condition.Type, ready.Status))
		}
		if condition.Reason != ready.Reason || condition.Message != ready.Message {
			found = append(found, condition.Type+" says other than Ready")
		}
	}
	return found
}

// ofEach lists what is wrong with single conditions.
func ofEach(conditions []metav1.Condition) (found []string) {
	for _, condition := range conditions {
		if condition.Reason == "" || strings.TrimSpace(condition.Message) != condition.Message || condition.Message == "" {
			found = append(found, fmt.Sprintf("%s has no proper reason or message: %q %q", condition.Type, condition.Reason, condition.Message))
		}
		if condition.LastTransitionTime.IsZero() {
			found = append(found, condition.Type+" has no time")
		}
	}
	return found
}
