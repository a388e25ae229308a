// Package v1alpha1 holds the resources of clay-operator: ClayWorkspace, ClayUser and ClayGroup.
//
// The fields are documented for users; docs/spec/v1alpha1 explains them at length. No optional field of a spec has a
// default in the schema: defaults live in the accessors of this package, so that a manifest in Git and the object in the
// cluster stay the same.
//
// +kubebuilder:object:generate=true
// +groupName=clay.seatwright.dev
package v1alpha1
