package report

import "time"

// Report is what a report says. Its names are those of the output as JSON and YAML.
type Report struct {
	// Time is when the report was made, from what the operator had written down by then.
	Time time.Time `json:"time"`
	// Since and Until bound the period whose changes are counted: Since is in, Until is out.
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	// UnusedDays is how long a seat must have been without use to count as unused.
	UnusedDays int `json:"unusedDays"`
	// Trail says what the figures about changes rest on.
	Trail      Trail       `json:"trail"`
	Workspaces []Workspace `json:"workspaces"`
	Total      Total       `json:"total"`
	Notes      []string    `json:"notes,omitempty"`
}

// Trail says what the figures about changes rest on.
type Trail struct {
	// Read is false where there is no trail to read; then nothing is known of changes.
	Read bool `json:"read"`
	// FirstTime and LastTime are those of its first and last record.
	FirstTime *time.Time `json:"firstTime,omitempty"`
	LastTime  *time.Time `json:"lastTime,omitempty"`
	// Problem says why it was not read, or where it is broken.
	Problem string `json:"problem,omitempty"`
}

// Workspace is the part about one ClayWorkspace.
type Workspace struct {
	Namespace   string `json:"namespace"`
	Name        string `json:"name"`
	WorkspaceID string `json:"workspaceID"`
	// Plan is Clay's name of the plan, empty where it is not known.
	Plan string `json:"plan,omitempty"`
	// LastReadTime is when the operator last read the members in Clay, nil where it never did.
	LastReadTime *time.Time `json:"lastReadTime,omitempty"`
	Figures      Figures    `json:"figures"`
	Money        Money      `json:"money"`
	// Findings are what somebody should look at, by kind, and within a kind the oldest or fullest first.
	Findings []Finding `json:"findings"`
	// Credits are the budgets and people of whom Clay shows a limit and what was used of it.
	Credits []Credit `json:"credits,omitempty"`
	Groups  []Group  `json:"groups,omitempty"`
	Notes   []string `json:"notes,omitempty"`
}

// path names the workspace as people do.
func (w *Workspace) path() string { return w.Namespace + "/" + w.Name }

// Total sums up all workspaces.
type Total struct {
	Workspaces int     `json:"workspaces"`
	Figures    Figures `json:"figures"`
	// Money is one sum for each currency.
	Money []Money `json:"money"`
}

// Figures are the numbers of a workspace, or of all.
type Figures struct {
	Seats           Seats `json:"seats"`
	Use             Use   `json:"use"`
	OverLimit       int   `json:"overLimit"`
	BudgetsAtLimit  int   `json:"budgetsAtLimit"`
	BudgetsNear     int   `json:"budgetsNearLimit"`
	ExpiringAccess  int   `json:"expiringAccess"`
	MissingInGroups int   `json:"missingInGroups"`
	Work            Work  `json:"work"`
}

// Seats counts members and invitations, as Clay showed them at the last reading.
type Seats struct {
	Active  int `json:"active"`
	Pending int `json:"pending"`
	// Admins among the active members.
	Admins int `json:"admins"`
	// Managed and Unmanaged members and invitations have a ClayUser, or none.
	Managed   int `json:"managed"`
	Unmanaged int `json:"unmanaged"`
	// UnmanagedActive of the unmanaged have a seat, as far as the status lists them; it does not list UnmanagedUnlisted of them.
	UnmanagedActive   int `json:"unmanagedActive"`
	UnmanagedUnlisted int `json:"unmanagedUnlisted"`
	// ByRole is what the statuses tell of roles. Whom none lists, such as the operator's own account, has the role "".
	ByRole []RoleCount `json:"byRole"`
}

// RoleCount counts those with one role.
type RoleCount struct {
	Role    string `json:"role"`
	Active  int    `json:"active"`
	Pending int    `json:"pending"`
}

// Use says of how many seats of ClayUsers use is known. Clay shows what a person spent through MCP, and no other use.
type Use struct {
	Used    int `json:"used"`
	Unused  int `json:"unused"`
	Unknown int `json:"unknown"`
	// Reasons say why it is not known.
	Reasons []UnknownUse `json:"reasons,omitempty"`
}

// UnknownUse counts the seats whose use is unknown for one reason.
type UnknownUse struct {
	Reason string `json:"reason"`
	Seats  int    `json:"seats"`
}

// Work is what the operator did in Clay in the period, as the trail has it.
type Work struct {
	// Changes were applied. Tasks is how many pieces of work they would have been by hand.
	Changes int `json:"changes"`
	Tasks   int `json:"tasks"`
	// ByVerb are the changes by what they did.
	ByVerb []VerbCount `json:"byVerb,omitempty"`
	// Buckets are the changes by week, or by month in a long period.
	Buckets []Bucket `json:"buckets,omitempty"`
	// Others are changes that do not count: they were there already, failed, have no known outcome, or come from a part of the trail that is not as
	// it was written.
	Others Others `json:"others"`
	// HoursByHand is what the tasks would have taken, as a decimal number; empty where spec.cost.minutesPerChange is not set.
	HoursByHand string `json:"hoursByHand,omitempty"`
}

// VerbCount counts the changes of one verb.
type VerbCount struct {
	Verb  string `json:"verb"`
	Count int    `json:"count"`
}

// Bucket counts the changes of a week or a month.
type Bucket struct {
	// Start is its first day, in UTC: a Monday, or the first of a month.
	Start       time.Time `json:"start"`
	Invitations int       `json:"invitations"`
	Roles       int       `json:"roles"`
	Removals    int       `json:"removals"`
	Access      int       `json:"access"`
}

// Others counts changes that do not count.
type Others struct {
	AlreadyThere int `json:"alreadyThere"`
	Failed       int `json:"failed"`
	Unknown      int `json:"unknown"`
	NotVerified  int `json:"notVerified"`
}

// Money are amounts in one currency, as decimal numbers with two places. An amount that cannot be worked out is empty.
type Money struct {
	// Currency is that of the spec, empty where it names none.
	Currency       string `json:"currency,omitempty"`
	PlanPerMonth   string `json:"planPerMonth,omitempty"`
	PerActiveSeat  string `json:"perActiveSeatPerMonth,omitempty"`
	UnusedSeats    string `json:"unusedSeatsPerMonth,omitempty"`
	UnmanagedSeats string `json:"unmanagedSeatsPerMonth,omitempty"`
	// ByHand is what the tasks of the period would have cost by hand.
	ByHand string `json:"byHand,omitempty"`
	// Missing are the fields to set for what is left out.
	Missing []MissingPrice `json:"missing,omitempty"`
}

// MissingPrice names a field of a ClayWorkspace, and the figures that need it.
type MissingPrice struct {
	Field   string `json:"field"`
	Figures string `json:"figures"`
	// Workspace is the ClayWorkspace, as namespace/name, in a sum.
	Workspace string `json:"workspace,omitempty"`
}

// Kind is what a finding is about.
type Kind string

// The kinds, in the order of the report.
const (
	// UnmanagedMember: a member or invitation without a ClayUser. Since is when a reading first showed it so.
	UnmanagedMember Kind = "UnmanagedMember"
	// OpenInvitation: an invitation to a person with a ClayUser that is not accepted. Since is when it was sent.
	OpenInvitation Kind = "OpenInvitation"
	// UnusedSeat: a seat without use for so many days, as far as Clay shows use. Since is when that began, at the latest.
	UnusedSeat Kind = "UnusedSeat"
	// Admin: an admin. Since is when the seat was first seen.
	Admin Kind = "Admin"
	// OverCreditLimit: a person who has used up the credits of the month, or more.
	OverCreditLimit Kind = "OverCreditLimit"
	// BudgetNearLimit: a budget of which little or nothing is left.
	BudgetNearLimit Kind = "BudgetNearLimit"
	// ExpiringAccess: a seat that goes soon, or should have gone. Until is when.
	ExpiringAccess Kind = "ExpiringAccess"
	// MissingInGroup: a name in a ClayGroup of which there is no ClayUser.
	MissingInGroup Kind = "MissingInGroup"
)

// kinds lists every kind, in the order of the report.
func kinds() []Kind {
	return []Kind{
		UnmanagedMember, OpenInvitation, UnusedSeat, ExpiringAccess, OverCreditLimit, BudgetNearLimit, MissingInGroup, Admin,
	}
}

// Finding is something that somebody should look at.
type Finding struct {
	Kind Kind `json:"kind"`
	// Name is an address, the name of a budget, or that of a ClayUser that is not there.
	Name string `json:"name"`
	// User is the ClayUser, empty where there is none.
	User string `json:"user,omitempty"`
	Role string `json:"role,omitempty"`
	// Seat is Active or Pending.
	Seat  string     `json:"seat,omitempty"`
	Since *time.Time `json:"since,omitempty"`
	Until *time.Time `json:"until,omitempty"`
	// Days have passed since Since, or are left before Until; a seat that should have gone has fewer than none.
	Days *int `json:"days,omitempty"`
	// Sent is how many invitations went out.
	Sent int `json:"sent,omitempty"`
	// Used credits, of Limit.
	Used  *int64 `json:"used,omitempty"`
	Limit *int64 `json:"limit,omitempty"`
	// Group is the ClayGroup, by its display name.
	Group string `json:"group,omitempty"`
}

// CreditOf says whose credits they are.
type CreditOf string

// Credits belong to a budget, or to what a person may spend through MCP in a month.
const (
	CreditOfBudget CreditOf = "Budget"
	CreditOfPerson CreditOf = "Person"
)

// Credit is what was used of a limit.
type Credit struct {
	Of    CreditOf `json:"of"`
	Name  string   `json:"name"`
	Used  int64    `json:"used"`
	Limit int64    `json:"limit"`
	// ReadTime is when Clay showed it.
	ReadTime *time.Time `json:"readTime,omitempty"`
}

// Group is what is known of a ClayGroup.
type Group struct {
	// Name is the display name.
	Name string `json:"name"`
	// Members are the names in it; Active of them have a seat.
	Members int `json:"members"`
	Active  int `json:"active"`
	// Mirrored is how many the group in Clay has, nil where there is none.
	Mirrored *int `json:"mirrored,omitempty"`
}
