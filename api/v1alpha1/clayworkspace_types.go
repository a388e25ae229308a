package v1alpha1

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ClayWorkspaceSpec says which Clay workspace is meant, how to sign in to it, and what the operator may do there.
//
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.workspaceID) || has(self.workspaceID)",message="workspaceID cannot be removed"
type ClayWorkspaceSpec struct {
	// workspaceID is Clay's numeric id of the workspace: the number in https://app.clay.com/workspaces/<id>.
	// It cannot be changed; make a new ClayWorkspace for another workspace.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^[1-9][0-9]*$')",message="workspaceID must be the number in the address of the workspace, for example \"12345\""
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="workspaceID cannot be changed: make a new ClayWorkspace for another workspace"
	// +required
	WorkspaceID string `json:"workspaceID"`

	// appURL is the origin of Clay's web app. Default: https://app.clay.com.
	// http is accepted for loopback addresses and names under .localhost; elsewhere the operator's flag
	// --allow-insecure-app-url must allow it.
	//
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="isURL(self) && url(self).getScheme() in ['https', 'http'] && url(self).getHostname() != '' && url(self).getEscapedPath() in ['', '/'] && size(url(self).getQuery()) == 0 && !self.contains('@') && !self.contains('#') && !self.contains('?')",message="appURL must be an origin such as https://app.clay.com, without user, path, query or fragment"
	// +optional
	AppURL string `json:"appURL,omitempty"`

	// login says how the operator signs in. The account must be an admin of the workspace.
	//
	// +required
	Login Login `json:"login"`

	// mode is Enforce (default) or Observe. In Observe the operator reads, plans and reports, and changes nothing in Clay.
	//
	// +kubebuilder:validation:Enum=Enforce;Observe
	// +optional
	Mode Mode `json:"mode,omitempty"`

	// interval is how often Clay is read when nothing changes. Default: 15m. At least 1m, at most 24h.
	//
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1m') && duration(self) <= duration('24h')",message="interval must be a duration from 1m to 24h, for example 15m"
	// +optional
	Interval *metav1.Duration `json:"interval,omitempty"`

	// suspend stops the operator from reading and changing this workspace in Clay.
	//
	// +optional
	Suspend bool `json:"suspend,omitempty"`

	// unmanagedMembers says what happens to members without a ClayUser: Report (default) lists them in the status,
	// Remove takes their seats away.
	//
	// +kubebuilder:validation:Enum=Report;Remove
	// +optional
	UnmanagedMembers UnmanagedMembers `json:"unmanagedMembers,omitempty"`

	// protectedEmails are never removed and never demoted, whatever else is asked for.
	//
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MinLength=3
	// +kubebuilder:validation:items:MaxLength=254
	// +listType=set
	// +optional
	ProtectedEmails []string `json:"protectedEmails,omitempty"`

	// removals limits how many seats are taken away in a while.
	//
	// +optional
	Removals *Removals `json:"removals,omitempty"`

	// locatorsRef names a ConfigMap in the same namespace whose key locators.yaml says how elements of Clay's pages are
	// found, in place of what the operator knows. For a page that changed before the operator did.
	//
	// +optional
	LocatorsRef *ConfigMapReference `json:"locatorsRef,omitempty"`

	// notifications say who is told when a person is needed.
	//
	// +kubebuilder:validation:MaxItems=5
	// +listType=map
	// +listMapKey=name
	// +optional
	Notifications []Notification `json:"notifications,omitempty"`
}

// Login names where the account of the operator is kept.
type Login struct {
	// secretRef names a Secret in the same namespace. Its key email is the address of the account. The others depend on how
	// the account signs in: password; otpSecret, identityProviderUsername and identityProviderPassword for an identity
	// provider; mailboxAddress, mailboxUsername and mailboxPassword where Clay sends one-time codes by e-mail. With none of
	// them a person signs in by "clay-operator login".
	//
	// +required
	SecretRef SecretReference `json:"secretRef"`

	// maxPerHour is how often the operator signs in within an hour. Default: 3. What goes beyond it waits, because an account
	// that is locked is worse than a delay.
	//
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=20
	// +optional
	MaxPerHour *int32 `json:"maxPerHour,omitempty"`
}

// ConfigMapReference names a ConfigMap in the namespace of the resource.
type ConfigMapReference struct {
	// name of the ConfigMap.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +required
	Name string `json:"name"`
}

// Notification is a webhook that is called when a person is needed, and when no more.
type Notification struct {
	// name of the notification, as it appears in events and metrics.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="name must consist of lower-case letters, digits and dashes"
	// +required
	Name string `json:"name"`

	// format is CloudEvents (default) or Slack.
	//
	// +kubebuilder:validation:Enum=CloudEvents;Slack
	// +optional
	Format NotificationFormat `json:"format,omitempty"`

	// secretRef names a Secret in the same namespace with the key url, and optionally signingKey.
	//
	// +required
	SecretRef SecretReference `json:"secretRef"`
}

// NotificationFormat says what a webhook receives.
type NotificationFormat string

// The formats of notifications.
const (
	NotificationCloudEvents NotificationFormat = "CloudEvents"
	NotificationSlack       NotificationFormat = "Slack"
)

// SecretReference names a Secret in the namespace of the resource.
type SecretReference struct {
	// name of the Secret.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +required
	Name string `json:"name"`
}

// Removals is the budget of removals.
type Removals struct {
	// maxPerHour is how many members and invitations may be taken away within an hour. Default: 5. The rest is held
	// until the hour has passed or a person approves exactly that set. 0 holds every removal.
	//
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	// +optional
	MaxPerHour *int32 `json:"maxPerHour,omitempty"`
}

// Mode says whether the operator may write in Clay.
type Mode string

// The modes of a workspace.
const (
	ModeEnforce Mode = "Enforce"
	ModeObserve Mode = "Observe"
)

// UnmanagedMembers says what happens to members without a ClayUser.
type UnmanagedMembers string

// What may happen to members without a ClayUser.
const (
	UnmanagedReport UnmanagedMembers = "Report"
	UnmanagedRemove UnmanagedMembers = "Remove"
)

// The defaults of optional fields, applied by the accessors and not by the schema.
const (
	DefaultAppURL          = "https://app.clay.com"
	DefaultInterval        = 15 * time.Minute
	DefaultRemovalsPerHour = 5
	DefaultLoginsPerHour   = 3
	minimumInterval        = time.Minute
)

// GetAppURL returns the origin of Clay's web app.
func (w *ClayWorkspace) GetAppURL() string {
	if w.Spec.AppURL == "" {
		return DefaultAppURL
	}
	return w.Spec.AppURL
}

// GetInterval returns how often Clay is read when nothing changes.
func (w *ClayWorkspace) GetInterval() time.Duration {
	if w.Spec.Interval == nil {
		return DefaultInterval
	}
	return max(w.Spec.Interval.Duration, minimumInterval)
}

// GetMaxRemovalsPerHour returns the budget of removals.
func (w *ClayWorkspace) GetMaxRemovalsPerHour() int {
	if w.Spec.Removals == nil || w.Spec.Removals.MaxPerHour == nil {
		return DefaultRemovalsPerHour
	}
	return int(*w.Spec.Removals.MaxPerHour)
}

// GetMaxLoginsPerHour returns the budget of log-ins.
func (w *ClayWorkspace) GetMaxLoginsPerHour() int {
	if w.Spec.Login.MaxPerHour == nil {
		return DefaultLoginsPerHour
	}
	return int(*w.Spec.Login.MaxPerHour)
}

// GetFormat returns what the webhook receives.
func (n *Notification) GetFormat() NotificationFormat {
	if n.Format == "" {
		return NotificationCloudEvents
	}
	return n.Format
}

// ClayWorkspaceStatus is what the operator saw and did.
type ClayWorkspaceStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of.
	//
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions of the workspace: Ready always, once it was looked at; Reconciling, Stalled, RemovalsHeld only while true.
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
}

// ChangeCounts counts changes that are wanted and not made yet.
type ChangeCounts struct {
	// removals of members and cancellations of invitations.
	Removals int32 `json:"removals"`
	// roles to change.
	Roles int32 `json:"roles"`
	// invitations to send.
	Invitations int32 `json:"invitations"`
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
}

// RemovalCount is how many removals a minute saw.
type RemovalCount struct {
	// minute is the beginning of the minute.
	Minute metav1.Time `json:"minute"`
	// count of removals that were made or tried.
	Count int32 `json:"count"`
}

// ClayWorkspace is a workspace in Clay whose members the operator manages.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cws,categories=clay
// +kubebuilder:printcolumn:name="Workspace",type=string,JSONPath=`.spec.workspaceID`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Active",type=integer,JSONPath=`.status.seats.active`
// +kubebuilder:printcolumn:name="Pending",type=integer,JSONPath=`.status.seats.pending`
// +kubebuilder:printcolumn:name="Unmanaged",type=integer,JSONPath=`.status.seats.unmanaged`
// +kubebuilder:printcolumn:name="Read",type=date,JSONPath=`.status.lastReadTime`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.spec.mode`,priority=1
// +kubebuilder:printcolumn:name="Plan",type=string,JSONPath=`.status.plan`,priority=1
// +kubebuilder:printcolumn:name="Source",type=string,JSONPath=`.status.inventorySource`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,priority=1
type ClayWorkspace struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is asked for.
	//
	// +required
	Spec ClayWorkspaceSpec `json:"spec"`

	// status is what the operator saw and did.
	//
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status ClayWorkspaceStatus `json:"status,omitempty"`
}

// ClayWorkspaceList is a list of ClayWorkspaces.
//
// +kubebuilder:object:root=true
type ClayWorkspaceList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ClayWorkspace `json:"items"`
}

// MaxUnmanagedReported is how many unmanaged members the status of a workspace lists.
const MaxUnmanagedReported = 100
