package v1alpha1

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ClayUserSpec says who should have a seat, where, and with which role.
type ClayUserSpec struct {
	// workspaceRef names the ClayWorkspace, in the same namespace. It cannot be changed.
	//
	// +kubebuilder:validation:XValidation:rule="self.name == oldSelf.name",message="workspaceRef cannot be changed: make a new ClayUser in the other workspace and delete this one"
	// +required
	WorkspaceRef WorkspaceReference `json:"workspaceRef"`

	// email is the address of the person, compared without case. It cannot be changed, because Clay cannot change it
	// either: a new address is a new ClayUser.
	//
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=254
	// +kubebuilder:validation:XValidation:rule="self.matches('^[^@,;:<>()\\\\[\\\\]\\\\\\\\\" \\t\\r\\n]+@[^@,;:<>()\\\\[\\\\]\\\\\\\\\" \\t\\r\\n]+[.][^@.,;:<>()\\\\[\\\\]\\\\\\\\\" \\t\\r\\n]+$')",message="email must be one e-mail address such as jo@example.com"
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="email cannot be changed: Clay cannot change an address; make a new ClayUser and delete this one"
	// +required
	Email string `json:"email"`

	// role is Admin, Editor, Viewer or SalesRep. Clay offers Viewer and SalesRep on some plans only. Default: the highest role that
	// an access rule of the workspace grants, or else Editor.
	//
	// +kubebuilder:validation:Enum=Admin;Editor;Viewer;SalesRep
	// +optional
	Role Role `json:"role,omitempty"`

	// active is true by default. false takes the seat away and keeps the resource; Clay has no way to suspend a
	// person, so coming back means a new invitation.
	//
	// +optional
	Active *bool `json:"active,omitempty"`

	// deletionPolicy says what happens to the seat when the ClayUser is deleted: Remove (default) or Retain.
	//
	// +kubebuilder:validation:Enum=Remove;Retain
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// suspend stops the operator from changing this person's seat and access.
	//
	// +optional
	Suspend bool `json:"suspend,omitempty"`

	// expiresAt is when the person's seat goes, as if active were false from then on. A later time brings it back by a new invitation.
	//
	// +optional
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`

	// attributes of the person that access rules look at, for example territory, department, title, manager or costCenter.
	//
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(name, name.matches('^[A-Za-z_][A-Za-z0-9_]{0,62}$'))",message="the names of attributes must consist of letters, digits and underscores, and not begin with a digit"
	// +kubebuilder:validation:XValidation:rule="self.all(name, size(self[name]) <= 256)",message="an attribute may have 256 characters at most"
	// +optional
	Attributes map[string]string `json:"attributes,omitempty"`

	// groups in Clay that the person should be in, of those in the workspace's spec.groups or of mirrored ClayGroups. Given, it counts
	// instead of what access rules grant; an empty list is none.
	//
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=50
	// +kubebuilder:validation:items:XValidation:rule="self.trim() == self && !self.matches('[\\\\x00-\\\\x1f]')",message="the name of a group must not begin or end with a space, and be one line"
	// +listType=set
	// +optional
	Groups []string `json:"groups,omitzero"`

	// budgets in Clay that the person should have access to, of those in the workspace's spec.budgets. Given, it counts instead of what
	// access rules grant; an empty list is none.
	//
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=100
	// +kubebuilder:validation:items:XValidation:rule="self.trim() == self && !self.matches('[\\\\x00-\\\\x1f]')",message="the name of a budget must not begin or end with a space, and be one line"
	// +listType=set
	// +optional
	Budgets []string `json:"budgets,omitzero"`

	// mcpCreditLimit is how many credits the person may spend through MCP in a month; 0 is none. Given, it counts instead of what access
	// rules grant.
	//
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000000000
	// +optional
	MCPCreditLimit *int64 `json:"mcpCreditLimit,omitempty"`
}

// WorkspaceReference names a ClayWorkspace in the namespace of the resource.
type WorkspaceReference struct {
	// name of the ClayWorkspace.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +required
	Name string `json:"name"`
}

// Role is what a member may do in Clay.
type Role string

// The roles that Clay has.
const (
	RoleAdmin    Role = "Admin"
	RoleEditor   Role = "Editor"
	RoleViewer   Role = "Viewer"
	RoleSalesRep Role = "SalesRep"
)

// DefaultRole is the role of a ClayUser that names none and that no access rule gives one.
const DefaultRole = RoleEditor

// DeletionPolicy says what happens to a seat when its ClayUser is deleted.
type DeletionPolicy string

// What may happen to a seat when its ClayUser is deleted.
const (
	DeletionRemove DeletionPolicy = "Remove"
	DeletionRetain DeletionPolicy = "Retain"
)

// Seat says how far a person is on the way to a seat.
type Seat string

// The states of a seat. An invitation that is not accepted is no seat yet.
const (
	SeatAbsent  Seat = "Absent"
	SeatPending Seat = "Pending"
	SeatActive  Seat = "Active"
)

// GetRole returns the role that the manifest asks for, and the default where it names none. An access rule may give another one then.
func (u *ClayUser) GetRole() Role {
	if u.Spec.Role == "" {
		return DefaultRole
	}
	return u.Spec.Role
}

// IsActive says whether the person should have a seat, as long as it does not expire; see IsExpired.
func (u *ClayUser) IsActive() bool { return u.Spec.Active == nil || *u.Spec.Active }

// WantsSeat says whether the person should have a seat at a time.
func (u *ClayUser) WantsSeat(now time.Time) bool { return u.IsActive() && !u.IsExpired(now) }

// IsExpired says whether the seat has come to its end.
func (u *ClayUser) IsExpired(now time.Time) bool {
	return u.Spec.ExpiresAt != nil && !now.Before(u.Spec.ExpiresAt.Time)
}

// RetainsSeat says whether deleting the resource leaves the seat as it is.
func (u *ClayUser) RetainsSeat() bool { return u.Spec.DeletionPolicy == DeletionRetain }

// ClayUserStatus is what the operator saw and did for one person.
type ClayUserStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of.
	//
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions of the user: Ready always, once it was looked at; AccessReady where the person should have groups, budgets or a limit;
	// Reconciling and Stalled only while true.
	//
	// +kubebuilder:validation:MaxItems=16
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// seat is Absent, Pending (invited, not accepted yet) or Active.
	//
	// +kubebuilder:validation:MaxLength=16
	// +optional
	Seat Seat `json:"seat,omitempty"`

	// memberID is Clay's id of the member, where it is known.
	//
	// +kubebuilder:validation:MaxLength=64
	// +optional
	MemberID string `json:"memberID,omitempty"`

	// role that Clay shows.
	//
	// +kubebuilder:validation:MaxLength=16
	// +optional
	Role Role `json:"role,omitempty"`

	// invitedTime is when the invitation that is out was sent, or first seen where somebody else sent it.
	//
	// +optional
	InvitedTime *metav1.Time `json:"invitedTime,omitempty"`

	// invitationsSent counts the invitations that went out and were not accepted, the present one included.
	//
	// +optional
	InvitationsSent int32 `json:"invitationsSent,omitempty"`

	// joinedTime is when the seat was first seen to be active.
	//
	// +optional
	JoinedTime *metav1.Time `json:"joinedTime,omitempty"`

	// adoptedTime is when the seat or invitation was first seen, where it was there before the operator did anything for this ClayUser.
	//
	// +optional
	AdoptedTime *metav1.Time `json:"adoptedTime,omitempty"`

	// access is what the person has in Clay beside the seat, as far as the operator manages it.
	//
	// +optional
	Access *UserAccess `json:"access,omitempty"`

	// lastOperation is what was last done for this person in Clay.
	//
	// +optional
	LastOperation *Operation `json:"lastOperation,omitempty"`

	// history holds the last operations, newest first, at most 10.
	//
	// +kubebuilder:validation:MaxItems=10
	// +listType=atomic
	// +optional
	History []Operation `json:"history,omitempty"`

	// lastHandledReconcileAt is the value of the annotation clay.seatwright.dev/reconcile-at that was last acted on.
	//
	// +kubebuilder:validation:MaxLength=64
	// +optional
	LastHandledReconcileAt string `json:"lastHandledReconcileAt,omitempty"`
}

// MaxHistory is how many operations the history of a user holds, and MaxAccessHistory how many of them may be about groups, budgets and limits
// where those about the seat need the room.
const (
	MaxHistory       = 10
	MaxAccessHistory = 6
)

// Operation is one thing done in Clay for a person.
type Operation struct {
	// verb is Invite, SetRole, Remove or CancelInvitation; or AddToGroup, RemoveFromGroup, GrantBudget, RevokeBudget or SetLimit.
	//
	// +kubebuilder:validation:MaxLength=32
	Verb string `json:"verb"`
	// target is what the verb was about beside the person: the groups, the budgets, or the number of credits. Several that were done at once
	// are one operation.
	//
	// +kubebuilder:validation:MaxLength=256
	// +optional
	Target string `json:"target,omitempty"`
	// role that was given, for Invite and SetRole.
	//
	// +kubebuilder:validation:MaxLength=16
	// +optional
	Role Role `json:"role,omitempty"`
	// time is when the outcome was known.
	Time metav1.Time `json:"time"`
	// outcome is Applied, AlreadyThere, Failed or Unknown.
	//
	// +kubebuilder:validation:MaxLength=16
	Outcome string `json:"outcome"`
	// reason says why, where the outcome is not what was wanted.
	//
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Reason string `json:"reason,omitempty"`
	// generation of the spec that asked for it.
	//
	// +optional
	Generation int64 `json:"generation,omitempty"`
}

// ClayUser is a person who should have a seat in a Clay workspace.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cu,categories=clay
// +kubebuilder:selectablefield:JSONPath=`.spec.email`
// +kubebuilder:selectablefield:JSONPath=`.spec.workspaceRef.name`
// +kubebuilder:printcolumn:name="Workspace",type=string,JSONPath=`.spec.workspaceRef.name`
// +kubebuilder:printcolumn:name="Email",type=string,JSONPath=`.spec.email`
// +kubebuilder:printcolumn:name="Role",type=string,JSONPath=`.status.role`
// +kubebuilder:printcolumn:name="Seat",type=string,JSONPath=`.status.seat`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,priority=1
type ClayUser struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is asked for.
	//
	// +required
	Spec ClayUserSpec `json:"spec"`

	// status is what the operator saw and did.
	//
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status ClayUserStatus `json:"status,omitempty"`
}

// ClayUserList is a list of ClayUsers.
//
// +kubebuilder:object:root=true
type ClayUserList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ClayUser `json:"items"`
}
