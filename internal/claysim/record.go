package claysim

import "time"

// Verb is a kind of journal entry.
type Verb string

// What changes the world.
const (
	VerbInvite           Verb = "invite"
	VerbResend           Verb = "resend"
	VerbCancelInvitation Verb = "cancel-invitation"
	VerbAccept           Verb = "accept"
	VerbChangeRole       Verb = "change-role"
	VerbChangeInvitation Verb = "change-invitation-role"
	VerbRemove           Verb = "remove"
	// VerbCreateWorkspace is the stray workspace of an account that signs in without having any.
	VerbCreateWorkspace Verb = "create-workspace"
	// VerbPassSecurityCheck is the answer to a security check, which only a person may give.
	VerbPassSecurityCheck Verb = "pass-security-check"
)

// What changes the groups, budgets and limits of a workspace. One act on a page is one entry, followed by one for each
// person or group that it put in or took out.
const (
	VerbCreateGroup   Verb = "create-group"
	VerbDescribeGroup Verb = "describe-group"
	VerbDeleteGroup   Verb = "delete-group"
	// VerbAddToGroup and VerbRemoveFromGroup are about Target.
	VerbAddToGroup      Verb = "add-to-group"
	VerbRemoveFromGroup Verb = "remove-from-group"
	VerbCreateBudget    Verb = "create-budget"
	VerbEditBudget      Verb = "edit-budget"
	VerbResetBudget     Verb = "reset-budget"
	VerbDeleteBudget    Verb = "delete-budget"
	// VerbGrantBudget and VerbRevokeBudget are about Target, or about Group where Target is empty.
	VerbGrantBudget     Verb = "grant-budget"
	VerbRevokeBudget    Verb = "revoke-budget"
	VerbSetDefaultLimit Verb = "set-default-limit"
	// VerbSetLimit is about Target.
	VerbSetLimit Verb = "set-limit"
)

// Entry is one write that changed the world or was refused.
type Entry struct {
	At        time.Time `json:"at"`
	Verb      Verb      `json:"verb"`
	Workspace int       `json:"workspace"`
	// Actor is the e-mail address of the signed-in account; empty for the control surface.
	Actor string `json:"actor"`
	// Target is the e-mail address that the write is about.
	Target string `json:"target"`
	Role   Role   `json:"role,omitempty"`
	// Group and Budget are the names of what the write is about.
	Group  string `json:"group,omitempty"`
	Budget string `json:"budget,omitempty"`
	// Description is the new one of a group.
	Description string `json:"description,omitempty"`
	// Limit is the new number of credits of a budget, a person or the default; nil for no limit.
	Limit *int64 `json:"limit,omitempty"`
	// Everyone is true for a budget that all members have access to from then on.
	Everyone bool `json:"everyone,omitempty"`
	// Refused is the sentence that the write was refused with; empty if it was done.
	Refused string `json:"refused,omitempty"`
	// TransferredTo is the admin who got the leaver's belongings.
	TransferredTo string `json:"transferredTo,omitempty"`
}

// Counters say what was asked of the server since the last reset.
type Counters struct {
	// Documents are loads of whole pages by path; navigation within the application is none.
	Documents map[string]int `json:"documents"`
	// API are calls by method and route, for example "GET /v3/workspaces/{id}/users".
	API map[string]int `json:"api"`
	// Dialogs are the dialogs opened in the browser by name ("invite", "remove").
	Dialogs map[string]int `json:"dialogs"`
	// InvitationsSubmitted are the invitation dialogs sent, however many addresses each held.
	InvitationsSubmitted int `json:"invitationsSubmitted"`
}
