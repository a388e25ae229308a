package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the API group and version of the resources.
var GroupVersion = schema.GroupVersion{Group: "clay.seatwright.dev", Version: "v1alpha1"}

// AddToScheme registers the resources with a scheme.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &ClayWorkspace{}, &ClayWorkspaceList{}, &ClayUser{}, &ClayUserList{}, &ClayGroup{}, &ClayGroupList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
