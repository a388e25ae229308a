package claysim

import "time"

const (
	// defaultSessionLife is the shorter of the two lives that are told of Clay's session.
	defaultSessionLife = 24 * time.Hour
	// defaultInvitationLife is our choice: links expire, but nobody says when.
	defaultInvitationLife = 7 * 24 * time.Hour
)

// Options say what world a Server starts with. The zero value is an empty
// world on a free port of 127.0.0.1.
type Options struct {
	// Address to listen on; "127.0.0.1:0" if empty.
	Address string
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// SessionLife is how long a log-in lasts; 24 hours if zero.
	SessionLife time.Duration
	// InvitationLife is how long the link of an invitation works; 7 days if zero.
	InvitationLife time.Duration
	// Variant is the look of the pages; VariantCurrent if nil.
	Variant *Variant
	// Version of the build that GET /v3 tells; the Variant's if empty.
	Version string
	// Seed is the world at the start.
	Seed Seed
	// OnMail is called with every e-mail of the Outbox in turn, from a goroutine
	// of the server's: put it into a mailbox, for example. Close waits for it.
	OnMail func(Mail)
}

// Seed is the content of a world.
type Seed struct {
	Accounts   []Account   `json:"accounts"`
	Workspaces []Workspace `json:"workspaces"`
}

// SignIn is the one method by which an account signs in.
type SignIn string

// The methods; an empty one is SignInPassword.
const (
	SignInPassword SignIn = "password"
	// SignInCode sends a one-time code by e-mail (see Server.Outbox).
	SignInCode SignIn = "code"
	// SignInSSO sends the browser to the account's identity provider.
	SignInSSO SignIn = "sso"
)

// Account is somebody who can sign in.
type Account struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Name     string `json:"name"`
	SignIn   SignIn `json:"signIn,omitempty"`
	// Provider is the identity provider of SignInSSO, which takes Password. An
	// empty one has a page that nobody gets past.
	Provider IdentityProvider `json:"provider,omitempty"`
	// Username is what the account is called at its identity provider; Email if empty.
	Username string `json:"username,omitempty"`
	// TOTPSecret lets the identity provider ask for a code of an authenticator
	// app (RFC 6238: SHA1, 30 seconds, 6 digits). In base32; empty asks for none.
	TOTPSecret string `json:"totpSecret,omitempty"`
	// Push lets the identity provider ask for an approval on a phone, which only
	// a person can give (see Server.ApprovePush). With TOTPSecret as well, the
	// pages offer a way to the code.
	Push bool `json:"push,omitempty"`
}

// Workspace is the seed of a workspace.
type Workspace struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
	// Plan is PlanLaunch if empty.
	Plan Plan `json:"plan,omitempty"`
	// SalesRepBeta offers the Sales Rep role.
	SalesRepBeta bool `json:"salesRepBeta,omitempty"`
	// SeatLimit is the highest number of members and invitations together; 0 is no limit.
	SeatLimit int `json:"seatLimit,omitempty"`
	// BlockedDomains are the e-mail domains that may not be invited.
	BlockedDomains []string `json:"blockedDomains,omitempty"`
	// Members in order of joining; the first admin created the workspace.
	Members []Seat `json:"members,omitempty"`
	// Invitations that are pending.
	Invitations []PendingSeat `json:"invitations,omitempty"`
	// Groups and Budgets of the workspace. Several may have one name.
	Groups  []GroupSeed  `json:"groups,omitempty"`
	Budgets []BudgetSeed `json:"budgets,omitempty"`
	// DefaultLimit is what a member without a limit of their own may spend through MCP in a month; nil is no limit.
	DefaultLimit *int64 `json:"defaultLimit,omitempty"`
}

// Seat is the seed of a member. An address without an Account gets one that
// nobody can sign in to.
type Seat struct {
	Email string `json:"email"`
	Name  string `json:"name,omitempty"`
	Role  Role   `json:"role"`
	// JoinedAt orders admins by tenure; one day after the seat before if zero.
	JoinedAt time.Time `json:"joinedAt,omitzero"`
	// Limit is the person's own of what they may spend through MCP in a month; nil leaves it to the default.
	Limit *int64 `json:"limit,omitempty"`
	// Used is what the person has spent through MCP in the month in which the world starts.
	Used int64 `json:"used,omitempty"`
	// Platforms are the tools that the person uses MCP in, and SalesforceID is who the person is in Salesforce.
	Platforms    []string `json:"platforms,omitempty"`
	SalesforceID string   `json:"salesforceId,omitempty"`
}

// PendingSeat is the seed of an invitation that nobody has accepted.
type PendingSeat struct {
	Email string `json:"email"`
	Role  Role   `json:"role"`
	// SentAt is the start of the world if zero.
	SentAt time.Time `json:"sentAt,omitzero"`
	// Groups and Budgets, by name, are what the person gets on joining.
	Groups  []string `json:"groups,omitempty"`
	Budgets []string `json:"budgets,omitempty"`
}

// GroupSeed is the seed of a group.
type GroupSeed struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// Members are the e-mail addresses of members of the workspace.
	Members []string `json:"members,omitempty"`
}

// BudgetSeed is the seed of a budget.
type BudgetSeed struct {
	Name string `json:"name"`
	// CreditLimit and Used are in Data Credits.
	CreditLimit int64 `json:"creditLimit"`
	Used        int64 `json:"used,omitempty"`
	// Everyone gives all members access. Otherwise Users, e-mail addresses of members, and Groups, names, have it.
	Everyone bool     `json:"everyone,omitempty"`
	Users    []string `json:"users,omitempty"`
	Groups   []string `json:"groups,omitempty"`
	// Workbooks is how many use it.
	Workbooks int `json:"workbooks,omitempty"`
}
