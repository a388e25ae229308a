package sidecar

import (
	"context"
	"time"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// Backend does in Clay what the manager asks. The client implements it towards the controllers, and internal/clayweb
// implements it behind the server, so that a controller cannot tell a socket from the real thing.
//
// Every error is a *Fault. Calls for one workspace are made one at a time; calls for different workspaces may overlap.
type Backend interface {
	// Observe signs in if need be, checks the workspace, and reads its members. It changes nothing in Clay.
	Observe(ctx context.Context, workspace Workspace) (Observation, error)

	// Apply makes the changes in their order and proves each by reading back. It calls report once for each change
	// whose outcome is known, from one goroutine, before it returns. A change for which report was never called has an
	// unknown outcome. The result holds the last complete reading, where there was one.
	//
	// An error means that the work ended early; outcomes already reported stay true.
	Apply(ctx context.Context, workspace Workspace, changes []seat.Change, report func(Outcome)) (Observation, error)

	// ObserveAccess signs in if need be, checks the workspace, and reads what the scope names. It changes nothing in Clay. What is wrong with one
	// section alone is in the result, and keeps no other from being read.
	ObserveAccess(ctx context.Context, workspace Workspace, scope access.Scope) (AccessObservation, error)

	// ApplyAccess makes changes to access in their order, each section after the other, and proves each by reading back. It reports as Apply
	// does. The result holds the last reading of the sections that changed.
	ApplyAccess(ctx context.Context, workspace Workspace, changes []access.Change, report func(Outcome)) (AccessObservation, error)
}

// Workspace is what the browser must know of a workspace in order to work in it.
type Workspace struct {
	// ID is Clay's numeric id as a string. Nothing is read or written unless the page shows the same id.
	ID string
	// AppURL is the origin of Clay's web app, without a trailing slash, for example https://app.clay.com.
	AppURL string
	// Login is how to sign in.
	Login Login
	// Session is what an earlier Observation returned, or nil. It saves a log-in and is a bearer credential.
	Session Session
	// NoLogin says that there may be no log-in in this call, because there were too many, or because none was counted: a session that Clay
	// does not accept any more is a fault of the class AuthFailed with the reason LoginBudget.
	NoLogin bool
	// Locators is a document in the form of internal/clayweb's locators.yaml that overrides parts of it, or empty.
	Locators string
	// Evidence asks for a picture of the page after each Apply, not only on a fault.
	Evidence bool
	// NotAfter is when the wish to change something is too old to be begun: an Apply that arrives later changes nothing. Whoever
	// made it may have stood still meanwhile. Zero is no limit.
	NotAfter time.Time
}

// Login is the account that the operator works with.
type Login struct {
	// Email is the address of the account.
	Email seat.Email
	// Password is Clay's own, or empty.
	Password Password
	// IdentityProvider is for accounts that sign in elsewhere.
	IdentityProvider IdentityProvider
	// Mailbox is where Clay's one-time codes arrive; zero where the operator cannot read them.
	Mailbox Mailbox
}

// IdentityProvider is the account at an identity provider.
type IdentityProvider struct {
	// Username is what the provider calls the account; empty for its e-mail address.
	Username string
	// Password is the provider's, or empty.
	Password Password
	// OTPSecret makes one-time codes (TOTP): base32, or an otpauth URL; or empty.
	OTPSecret Password
}

// Mailbox is how to read the mailbox of the account.
type Mailbox struct {
	// Address is the host of the IMAP server, with an optional port; 993 if there is none.
	Address string
	// Username is empty for the account's e-mail address.
	Username string
	Password Password
}

// CanLogin says whether there is anything to sign in with but a session.
func (l Login) CanLogin() bool {
	return l.Password != "" || l.IdentityProvider.Password != "" || l.Mailbox.Address != ""
}

// Observation is one reading of a workspace.
type Observation struct {
	// Inventory is what was read. It may be incomplete; see seat.Inventory.Complete.
	Inventory seat.Inventory
	// Session replaces the workspace's session; it is opaque to the manager.
	Session Session
	// SignedIn is true where this call logged in, or tried to: it gave somebody a secret, or had a one-time code sent. A log-in that came to
	// nothing before that is none.
	SignedIn bool
	// Unsandboxed is true where Chromium runs without its own sandbox, because the node forbids it.
	Unsandboxed bool
	// Overridden are the elements that Workspace.Locators overrides.
	Overridden []string
	// Usage is what the call cost in Clay.
	Usage Usage
	// Evidence is a redacted picture of the page, where one was asked for.
	Evidence *Evidence
}

// AccessObservation is one reading of a workspace's groups, budgets and limits. An Observation that comes with it holds no inventory.
type AccessObservation struct {
	Observation

	State access.State
	// Faults say why a section could not be read.
	Faults map[access.Section]*Fault
}

// Usage counts what a call did in Clay's web app.
type Usage struct {
	// PageLoads counts documents loaded.
	PageLoads int
	// Actions counts page actions that write, by their name: for example invite-dialog, role-menu, remove-dialog.
	Actions map[string]int
}

// Evidence is a redacted picture of a page.
type Evidence struct {
	// Screenshot is a PNG, empty where none could be taken.
	Screenshot []byte
	// Snapshot is the page's accessibility tree as text, with secrets and addresses replaced.
	Snapshot string
	// Path is the path of the page's address, without host or query.
	Path string
	// Report is a JSON document that says what was expected, what is there, and what may be meant, where the page was not as known.
	Report []byte
}

// Result is what became of a change.
type Result string

// The results of a change. A change that is none of these has an unknown outcome.
const (
	// Applied: a read after the action shows the change.
	Applied Result = "Applied"
	// AlreadyThere: nothing had to be done, the change was there.
	AlreadyThere Result = "AlreadyThere"
	// Failed: the change was not made, and a read or Clay itself proves that; Fault says why. Where its class is OutcomeUnknown Clay
	// said no, and a read agrees, but Clay took others of the same act: it may show yet.
	Failed Result = "Failed"
	// Unknown: the action may or may not have worked. Only a later complete read decides.
	Unknown Result = "Unknown"
)

// Outcome is the proved result of one change.
type Outcome struct {
	// Index is the place of the change in the list given to Apply.
	Index  int
	Result Result
	// Fault is set for Failed and Unknown.
	Fault *Fault
}
