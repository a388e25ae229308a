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

	// groups in Clay that the operator owns: who of the people with a ClayUser is in them follows from the ClayUsers and accessRules. All other
	// groups are left alone, and so is everybody without a ClayUser. The plan of the workspace must have groups.
	//
	// +kubebuilder:validation:MaxItems=100
	// +listType=map
	// +listMapKey=name
	// +optional
	Groups []WorkspaceGroup `json:"groups,omitempty"`

	// budgets in Clay that the operator owns, like groups. The plan of the workspace must have budgets.
	//
	// +kubebuilder:validation:MaxItems=100
	// +listType=map
	// +listMapKey=name
	// +optional
	Budgets []WorkspaceBudget `json:"budgets,omitempty"`

	// mcp says what people may spend through MCP.
	//
	// +optional
	MCP *MCP `json:"mcp,omitempty"`

	// accessRules grant roles, groups, budgets and limits by attributes, groups and addresses. What a ClayUser names by itself wins.
	//
	// +kubebuilder:validation:MaxItems=100
	// +listType=map
	// +listMapKey=name
	// +optional
	AccessRules []AccessRule `json:"accessRules,omitempty"`

	// cost are the prices that reports reckon with.
	//
	// +optional
	Cost *Cost `json:"cost,omitempty"`

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
