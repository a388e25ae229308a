package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ClayGroupSpec says who belongs together, and whether Clay should know.
type ClayGroupSpec struct {
	// workspaceRef names the ClayWorkspace, in the same namespace. It cannot be changed.
	//
	// +kubebuilder:validation:XValidation:rule="self.name == oldSelf.name",message="workspaceRef cannot be changed: make a new ClayGroup in the other workspace and delete this one"
	// +required
	WorkspaceRef WorkspaceReference `json:"workspaceRef"`

	// displayName is what the group is called in access rules and in Clay. Default: the name of the resource.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=50
	// +kubebuilder:validation:XValidation:rule="self.trim() == self && !self.matches('[\\\\x00-\\\\x1f]')",message="displayName must not begin or end with a space, and be one line"
	// +optional
	DisplayName string `json:"displayName,omitempty"`

	// description for people, and for Clay where the group is mirrored.
	//
	// +kubebuilder:validation:MaxLength=500
	// +optional
	Description *string `json:"description,omitempty"`

	// externalID is what an identity provider calls the group.
	//
	// +kubebuilder:validation:MaxLength=256
	// +optional
	ExternalID string `json:"externalID,omitempty"`

	// members are ClayUsers of the same workspace, by their names.
	//
	// +kubebuilder:validation:MaxItems=5000
	// +listType=map
	// +listMapKey=name
	// +optional
	Members []GroupMember `json:"members,omitempty"`

	// mirror keeps a group of the same name and with the same members in Clay, where the workspace's plan has groups.
	//
	// +optional
	Mirror bool `json:"mirror,omitempty"`
}

// GroupMember is a ClayUser in a group.
type GroupMember struct {
	// name of the ClayUser.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +required
	Name string `json:"name"`
}

// GetDisplayName returns what the group is called in access rules and in Clay.
func (g *ClayGroup) GetDisplayName() string {
	if g.Spec.DisplayName == "" {
		return g.Name
	}
	return g.Spec.DisplayName
}

// ClayGroupStatus is what the operator saw of a group.
type ClayGroupStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of.
	//
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions of the group: Ready always, once it was looked at; Reconciling and Stalled only while true.
	//
	// +kubebuilder:validation:MaxItems=16
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// members counts the ClayUsers in the group that there are.
	//
	// +optional
	Members int32 `json:"members,omitempty"`

	// missingMembers are names in spec.members of which there is no ClayUser in the workspace, at most 20 of them.
	//
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MaxLength=253
	// +listType=set
	// +optional
	MissingMembers []string `json:"missingMembers,omitempty"`

	// mirrored counts the members of the group in Clay at the last reading; left out where it is not mirrored.
	//
	// +optional
	Mirrored *int32 `json:"mirrored,omitempty"`
}

// ClayGroup is a named group of ClayUsers, to which access rules may refer and which Clay may mirror.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cg,categories=clay
// +kubebuilder:selectablefield:JSONPath=`.spec.workspaceRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.externalID`
// +kubebuilder:printcolumn:name="Workspace",type=string,JSONPath=`.spec.workspaceRef.name`
// +kubebuilder:printcolumn:name="Display name",type=string,JSONPath=`.spec.displayName`
// +kubebuilder:printcolumn:name="Members",type=integer,JSONPath=`.status.members`
// +kubebuilder:printcolumn:name="In Clay",type=integer,JSONPath=`.status.mirrored`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,priority=1
// +kubebuilder:validation:XValidation:rule="!has(self.spec.mirror) || !self.spec.mirror || has(self.spec.displayName) || size(self.metadata.name) <= 50",message="the name is longer than 50 characters, which is what a group in Clay may have: set spec.displayName"
type ClayGroup struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is asked for.
	//
	// +required
	Spec ClayGroupSpec `json:"spec"`

	// status is what the operator saw.
	//
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status ClayGroupStatus `json:"status,omitempty"`
}

// ClayGroupList is a list of ClayGroups.
//
// +kubebuilder:object:root=true
type ClayGroupList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ClayGroup `json:"items"`
}
