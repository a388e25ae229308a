package controllers

import (
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// The lengths that the schema allows, in characters. What people and Clay send is cut to them, because the API server
// takes no part of a status in which one field is too long.
const (
	// maxShort is for annotations, ids, plans and reasons.
	maxShort = 64
	// maxClayVersion is for the name of a build.
	maxClayVersion = 128
	// maxEmail is the longest address there is.
	maxEmail = 254
)

// fit cuts a text to a number of characters.
func fit(text string, limit int) string {
	characters := 0
	for place := range text {
		if characters == limit {
			return text[:place]
		}
		characters++
	}
	return text
}

// requestOf returns the annotation by which a person asks for another try, as the status can hold it.
func requestOf(object client.Object) string {
	return fit(object.GetAnnotations()[clayv1alpha1.AnnotationReconcileAt], maxShort)
}
