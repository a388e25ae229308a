package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// WorkspaceGroup is a group in Clay that the operator owns.
type WorkspaceGroup struct {
	// name of the group in Clay.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=50
	// +kubebuilder:validation:XValidation:rule="self.trim() == self && !self.matches('[\\\\x00-\\\\x1f]')",message="name must not begin or end with a space, and be one line"
	// +required
	Name string `json:"name"`

	// description of the group. Left out, the one in Clay stays as it is.
	//
	// +kubebuilder:validation:MaxLength=500
	// +optional
	Description *string `json:"description,omitempty"`
}

// WorkspaceBudget is a budget in Clay that the operator owns.
type WorkspaceBudget struct {
	// name of the budget in Clay.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:XValidation:rule="self.trim() == self && !self.matches('[\\\\x00-\\\\x1f]')",message="name must not begin or end with a space, and be one line"
	// +required
	Name string `json:"name"`

	// creditLimit is how many Data Credits may be spent from it until it is reset.
	//
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000000000
	// +required
	CreditLimit int64 `json:"creditLimit"`

	// everyone gives all members of the workspace access, people without a ClayUser included.
	//
	// +optional
	Everyone bool `json:"everyone,omitempty"`

	// groups with access, by their names in Clay: those of spec.groups, or of mirrored ClayGroups.
	//
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=50
	// +kubebuilder:validation:items:XValidation:rule="self.trim() == self && !self.matches('[\\\\x00-\\\\x1f]')",message="the name of a group must not begin or end with a space, and be one line"
	// +listType=set
	// +optional
	Groups []string `json:"groups,omitempty"`

	// reset is any text, for example a month. When it changes, what was used of the budget is set to zero once. The first value that the
	// operator sees resets nothing.
	//
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Reset string `json:"reset,omitempty"`
}

// MCP says what people may spend through MCP.
type MCP struct {
	// defaultCreditLimit is how many credits a person without a limit of their own may spend in a month. 0 lets them spend none.
	//
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000000000
	// +optional
	DefaultCreditLimit *int64 `json:"defaultCreditLimit,omitempty"`
}

// AccessRule grants something to everybody whom its condition fits.
type AccessRule struct {
	// name of the rule, as it appears in the status of people.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$') && self != 'spec'",message="name must consist of lower-case letters, digits and dashes, and not be \"spec\""
	// +required
	Name string `json:"name"`

	// match is a CEL expression over attributes (a map), groups (the display names of the ClayGroups that list the
	// person, and the ClayUser's own groups) and email, which yields true for those whom
	// the rule is about. For example: attributes.territory == "EMEA" && "sales" in groups. A rule that asks for an attribute which the person does
	// not have does not fit; has(attributes.territory) tells.
	//
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +required
	Match string `json:"match"`

	// grant is what they get. Of several rules that fit, the highest role counts, all groups and budgets, and the highest limit.
	//
	// +required
	Grant AccessGrant `json:"grant"`
}

// AccessGrant is what a rule gives.
//
// +kubebuilder:validation:MinProperties=1
type AccessGrant struct {
	// role of the person.
	//
	// +kubebuilder:validation:Enum=Admin;Editor;Viewer;SalesRep
	// +optional
	Role Role `json:"role,omitempty"`

	// groups in Clay, of those in spec.groups or of mirrored ClayGroups.
	//
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=50
	// +kubebuilder:validation:items:XValidation:rule="self.trim() == self && !self.matches('[\\\\x00-\\\\x1f]')",message="the name of a group must not begin or end with a space, and be one line"
	// +listType=set
	// +optional
	Groups []string `json:"groups,omitempty"`

	// budgets in Clay, of those in spec.budgets.
	//
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=100
	// +kubebuilder:validation:items:XValidation:rule="self.trim() == self && !self.matches('[\\\\x00-\\\\x1f]')",message="the name of a budget must not begin or end with a space, and be one line"
	// +listType=set
	// +optional
	Budgets []string `json:"budgets,omitempty"`

	// mcpCreditLimit is how many credits the person may spend through MCP in a month.
	//
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000000000
	// +optional
	MCPCreditLimit *int64 `json:"mcpCreditLimit,omitempty"`
}

// Cost are the prices that a report reckons with. The operator itself does nothing with them.
type Cost struct {
	// currency of the prices, by its three letters.
	//
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=3
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Z]{3}$')",message="currency must be three capital letters such as USD"
	// +optional
	Currency string `json:"currency,omitempty"`

	// planPerMonth is what the workspace costs in a month, as a decimal number in quotes, for example "720".
	//
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9]+([.][0-9]{1,2})?$')",message="planPerMonth must be a decimal number such as \"720\" or \"720.50\""
	// +optional
	PlanPerMonth string `json:"planPerMonth,omitempty"`

	// hourlyRate is what an hour of the people costs who would do by hand what the operator does, as a decimal number in quotes.
	//
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9]+([.][0-9]{1,2})?$')",message="hourlyRate must be a decimal number such as \"60\" or \"59.50\""
	// +optional
	HourlyRate string `json:"hourlyRate,omitempty"`

	// minutesPerChange is how long one change takes by hand, the ticket and the answer to it included.
	//
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=480
	// +optional
	MinutesPerChange *int32 `json:"minutesPerChange,omitempty"`
}

// UserAccess is what a person has in Clay beside the seat, as the operator saw it last, as far as it manages it.
type UserAccess struct {
	// groups in Clay that the operator owns and the person is in.
	//
	// +kubebuilder:validation:MaxItems=200
	// +listType=atomic
	// +optional
	Groups []string `json:"groups,omitempty"`

	// budgets in Clay that the operator owns and the person was given access to.
	//
	// +kubebuilder:validation:MaxItems=100
	// +listType=atomic
	// +optional
	Budgets []string `json:"budgets,omitempty"`

	// mcpCreditLimit that Clay shows for the person.
	//
	// +optional
	MCPCreditLimit *int64 `json:"mcpCreditLimit,omitempty"`

	// ownLimit is true once the operator gave the person a limit of their own.
	//
	// +optional
	OwnLimit bool `json:"ownLimit,omitempty"`

	// grants say where each part of what the person should have comes from, at most 304 of them.
	//
	// +kubebuilder:validation:MaxItems=304
	// +listType=atomic
	// +optional
	Grants []Granted `json:"grants,omitempty"`

	// usage is what the person spent through MCP. It is brought up to date once a day, and when the limit is reached.
	//
	// +optional
	Usage *CreditUsage `json:"usage,omitempty"`
}

// Granted says where one part of what a person should have comes from.
type Granted struct {
	// what is Role, Group, Budget or MCPCreditLimit.
	//
	// +kubebuilder:validation:MaxLength=16
	What string `json:"what"`
	// value is the role, the name of the group or budget, or the number of credits.
	//
	// +kubebuilder:validation:MaxLength=100
	Value string `json:"value"`
	// by is the name of the access rule, spec for the ClayUser's own fields, or ClayGroup for a group that mirrors one.
	//
	// +kubebuilder:validation:MaxLength=63
	By string `json:"by"`
}

// CreditUsage is what a person spent through MCP in a month.
type CreditUsage struct {
	// used credits since the first of the month.
	Used int64 `json:"used"`
	// time of the reading.
	Time metav1.Time `json:"time"`
	// since is when the person's use was first read. What was spent before the month of that reading is not known.
	//
	// +optional
	Since *metav1.Time `json:"since,omitempty"`
	// lastIncrease is when a reading first showed more than the one before, where a month begins at none. Empty while none did.
	//
	// +optional
	LastIncrease *metav1.Time `json:"lastIncrease,omitempty"`
}

// WorkspaceAccess is what the operator knows of a workspace's groups, budgets and limits.
type WorkspaceAccess struct {
	// groups that the operator owns and that are there.
	//
	// +kubebuilder:validation:MaxItems=200
	// +listType=map
	// +listMapKey=name
	// +optional
	Groups []OwnedGroup `json:"groups,omitempty"`

	// budgets that the operator owns and that are there.
	//
	// +kubebuilder:validation:MaxItems=200
	// +listType=map
	// +listMapKey=name
	// +optional
	Budgets []OwnedBudget `json:"budgets,omitempty"`

	// defaultCreditLimit that Clay shows.
	//
	// +optional
	DefaultCreditLimit *int64 `json:"defaultCreditLimit,omitempty"`

	// notOffered names what the workspace's plan does not offer, of what the manifests ask for: Groups, Budgets or Limits.
	//
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:items:MaxLength=32
	// +listType=set
	// +optional
	NotOffered []string `json:"notOffered,omitempty"`

	// lastReadTime is when groups, budgets and limits were last read, as far as they are needed.
	//
	// +optional
	LastReadTime *metav1.Time `json:"lastReadTime,omitempty"`
}

// OwnedGroup is a group in Clay that the operator owns.
type OwnedGroup struct {
	// name in Clay.
	//
	// +kubebuilder:validation:MaxLength=50
	Name string `json:"name"`
	// created is true where the operator made it. It deletes no other.
	//
	// +optional
	Created bool `json:"created,omitempty"`
	// members in Clay.
	Members int32 `json:"members"`
}

// OwnedBudget is a budget in Clay that the operator owns.
type OwnedBudget struct {
	// name in Clay.
	//
	// +kubebuilder:validation:MaxLength=100
	Name string `json:"name"`
	// created is true where the operator made it. It deletes no other.
	//
	// +optional
	Created bool `json:"created,omitempty"`
	// creditLimit that Clay shows.
	CreditLimit int64 `json:"creditLimit"`
	// used credits that Clay shows. It is brought up to date when something else changes, once a day, and when the limit is reached.
	Used int64 `json:"used"`
	// reset is the value of spec.budgets[].reset that was last acted on.
	//
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Reset string `json:"reset,omitempty"`
}
