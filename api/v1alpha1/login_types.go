package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

// RefusedLogin is what is known of a log-in that Clay, an identity provider or a mailbox refused. It tells nothing of the credentials.
type RefusedLogin struct {
	// reason is why it was refused, as the condition Ready had it.
	//
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason"`
	// count is how often it was refused in a row.
	//
	// +kubebuilder:validation:Minimum=1
	Count int32 `json:"count"`
	// nextTime is when the operator makes it again by itself. Another Secret, the annotation clay.seatwright.dev/reconcile-at or a session
	// that a person puts there come before it.
	NextTime metav1.Time `json:"nextTime"`
	// secretVersion is which Secret with credentials it was, by its uid and its resource version.
	//
	// +kubebuilder:validation:MaxLength=128
	SecretVersion string `json:"secretVersion"`
}
