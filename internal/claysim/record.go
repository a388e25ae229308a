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
