package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ClayWorkspaceStatus is what the operator saw and did.
type ClayWorkspaceStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of.
	//
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions of the workspace: Ready always, once it was looked at; AccessReady where there is access to manage; Reconciling, Stalled,
	// RemovalsHeld only while true.
	//
	// +kubebuilder:validation:MaxItems=16
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// seats counts the members at the last reading.
	//
	// +optional
	Seats *SeatCounts `json:"seats,omitempty"`

	// unmanagedMembers are members without a ClayUser, at most 100 of them; seats.unmanaged counts all.
	//
	// +kubebuilder:validation:MaxItems=100
	// +listType=map
	// +listMapKey=email
	// +optional
	UnmanagedMembers []UnmanagedMember `json:"unmanagedMembers,omitempty"`

	// access is what is known of groups, budgets and limits, where the manifests name any.
	//
	// +optional
	Access *WorkspaceAccess `json:"access,omitempty"`

	// pendingChanges counts the differences that were left after the last pass.
	//
	// +optional
	PendingChanges *ChangeCounts `json:"pendingChanges,omitempty"`

	// operation is the writing under way in Clay, or the last one while it is not clear what became of its invitations.
	// One that an operator finds here and did not announce itself was cut off, or is another's that still runs: its outcome is
	// unknown until Clay has been read twice.
	//
	// +optional
	Operation *WorkspaceOperation `json:"operation,omitempty"`

	// removals are those of the last hour, by minute; they count against spec.removals.maxPerHour.
	//
	// +kubebuilder:validation:MaxItems=61
	// +listType=map
	// +listMapKey=minute
	// +optional
	Removals []RemovalCount `json:"removals,omitempty"`

	// heldRemovals names the removals that are held back: a digest of the set, and since when it is held. A person approves
	// exactly this set, once, with the annotation clay.seatwright.dev/approve-removals.
	//
	// +kubebuilder:validation:MaxLength=64
	// +optional
	HeldRemovals string `json:"heldRemovals,omitempty"`

	// session is what is known of the session that the operator is signed in with.
	//
	// +optional
	Session *SessionStatus `json:"session,omitempty"`

	// logins are those of the last hour that the operator made or tried; they count against spec.login.maxPerHour.
	//
	// +kubebuilder:validation:MaxItems=20
	// +listType=atomic
	// +optional
	Logins []metav1.Time `json:"logins,omitempty"`

	// refusedLogin is the log-in that was refused last, while nothing has changed since: the operator does not make the same again by itself
	// before the time in it.
	//
	// +optional
	RefusedLogin *RefusedLogin `json:"refusedLogin,omitempty"`

	// locators says which elements of Clay's pages are found as the ConfigMap of spec.locatorsRef has it.
	//
	// +optional
	Locators *LocatorsStatus `json:"locators,omitempty"`

	// plan is Clay's name of the workspace's plan, where the page tells it.
	//
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Plan string `json:"plan,omitempty"`

	// clayVersion is the build of Clay's web app that was read last, where the page tells it.
	//
	// +kubebuilder:validation:MaxLength=128
	// +optional
	ClayVersion string `json:"clayVersion,omitempty"`

	// account is the address that the operator is signed in with.
	//
	// +kubebuilder:validation:MaxLength=254
	// +optional
	Account string `json:"account,omitempty"`

	// lastReadTime is when the members were last read completely.
	//
	// +optional
	LastReadTime *metav1.Time `json:"lastReadTime,omitempty"`

	// lastWriteTime is when the operator last changed something in Clay.
	//
	// +optional
	LastWriteTime *metav1.Time `json:"lastWriteTime,omitempty"`

	// inventorySource says how the members were read: Traffic (the data that the page loads) or Page (the rows it shows).
	//
	// +kubebuilder:validation:MaxLength=16
	// +optional
	InventorySource string `json:"inventorySource,omitempty"`

	// evidence is the key of the last picture of the page that was kept, in the operator's audit store.
	//
	// +kubebuilder:validation:MaxLength=512
	// +optional
	Evidence string `json:"evidence,omitempty"`

	// lastHandledReconcileAt is the value of the annotation clay.seatwright.dev/reconcile-at that was last acted on.
	//
	// +kubebuilder:validation:MaxLength=64
	// +optional
	LastHandledReconcileAt string `json:"lastHandledReconcileAt,omitempty"`
}

// SessionStatus is what is known of a session.
type SessionStatus struct {
	// secretName names the Secret that holds it. The operator owns that Secret.
	//
	// +kubebuilder:validation:MaxLength=253
	SecretName string `json:"secretName"`
	// savedTime is when it was put there last.
	//
	// +optional
	SavedTime *metav1.Time `json:"savedTime,omitempty"`
}

// LocatorsStatus says which overrides are in use.
type LocatorsStatus struct {
	// configMapName names the ConfigMap that they come from.
	//
	// +kubebuilder:validation:MaxLength=253
	ConfigMapName string `json:"configMapName"`
	// resourceVersion of the ConfigMap that was used last.
	//
	// +kubebuilder:validation:MaxLength=64
	// +optional
	ResourceVersion string `json:"resourceVersion,omitempty"`
	// elements that it overrides.
	//
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=64
	// +listType=set
	// +optional
	Elements []string `json:"elements,omitempty"`
}

// SeatCounts counts members.
type SeatCounts struct {
	// active members have a seat.
	Active int32 `json:"active"`
	// pending invitations are not accepted yet.
	Pending int32 `json:"pending"`
	// admins among the active members.
	Admins int32 `json:"admins"`
	// managed members and invitations belong to a ClayUser.
	Managed int32 `json:"managed"`
	// unmanaged members and invitations belong to none.
	Unmanaged int32 `json:"unmanaged"`
}

// UnmanagedMember is a member without a ClayUser.
type UnmanagedMember struct {
	// email of the member.
	//
	// +kubebuilder:validation:MaxLength=254
	Email string `json:"email"`
	// role that Clay shows; empty where it is not known.
	//
	// +kubebuilder:validation:MaxLength=16
	// +optional
	Role Role `json:"role,omitempty"`
	// seat is Active or Pending.
	//
	// +kubebuilder:validation:MaxLength=16
	Seat Seat `json:"seat"`
	// since is when a reading first showed the member without a ClayUser.
	//
	// +optional
	Since *metav1.Time `json:"since,omitempty"`
}

// ChangeCounts counts changes that are wanted and not made yet.
type ChangeCounts struct {
	// removals of members and cancellations of invitations.
	Removals int32 `json:"removals"`
	// roles to change.
	Roles int32 `json:"roles"`
	// invitations to send.
	Invitations int32 `json:"invitations"`
	// access: changes to groups, budgets and limits.
	//
	// +optional
	Access int32 `json:"access,omitempty"`
	// blocked of all these: a rule or a wait stands against them.
	Blocked int32 `json:"blocked"`
}

// WorkspaceOperation is a writing under way in Clay.
type WorkspaceOperation struct {
	// writer is the process that announced it. To any other, and to one that starts, it is a writing that was cut off.
	//
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Writer string `json:"writer,omitempty"`
	// startedAt is when it began.
	StartedAt metav1.Time `json:"startedAt"`
	// removals that it makes at most.
	Removals int32 `json:"removals"`
	// roles that it changes at most.
	Roles int32 `json:"roles"`
	// invitations that it sends at most.
	Invitations int32 `json:"invitations"`
	// access: changes to groups, budgets and limits that it makes at most.
	//
	// +optional
	Access int32 `json:"access,omitempty"`
}

// RemovalCount is how many removals a minute saw.
type RemovalCount struct {
	// minute is the beginning of the minute.
	Minute metav1.Time `json:"minute"`
	// count of removals that were made or tried.
	Count int32 `json:"count"`
}

// MaxUnmanagedReported is how many unmanaged members the status of a workspace lists.
const MaxUnmanagedReported = 100
