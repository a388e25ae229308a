package controllers

import (
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

type (
	createEvent = event.TypedCreateEvent[client.Object]
	updateEvent = event.TypedUpdateEvent[client.Object]
	deleteEvent = event.TypedDeleteEvent[client.Object]
)

// asked passes the updates by which somebody asks for something: another spec, an annotation, a deletion. The operator's
// own reports and finalizers are none.
var asked = predicate.Funcs{
	UpdateFunc: func(updated updateEvent) bool {
		before, after := updated.ObjectOld, updated.ObjectNew
		return before.GetGeneration() != after.GetGeneration() ||
			before.GetDeletionTimestamp().IsZero() != after.GetDeletionTimestamp().IsZero() ||
			!sameAnnotations(before, after)
	},
}

// fromOthers passes the news of Secrets, but for those that the operator has just written itself.
func (r *ClayWorkspaceReconciler) fromOthers() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(created createEvent) bool { return !r.saves.isOwn(created.Object) },
		UpdateFunc: func(updated updateEvent) bool { return !r.saves.isOwn(updated.ObjectNew) },
	}
}

// sameAnnotations compares the annotations that the operator reads. Others belong to other tools, which write them often.
func sameAnnotations(before, after client.Object) bool {
	for _, name := range []string{clayv1alpha1.AnnotationReconcileAt, clayv1alpha1.AnnotationApproveRemovals} {
		if before.GetAnnotations()[name] != after.GetAnnotations()[name] {
			return false
		}
	}
	return true
}
