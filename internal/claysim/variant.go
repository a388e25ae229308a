package claysim

import (
	"cmp"
	"maps"
)

// Label is the key of a text on the pages.
type Label string

// The labels that a Variant or a FaultRenamedLabel can change.
const (
	LabelContinue      Label = "continue"
	LabelGoogle        Label = "google"
	LabelForgot        Label = "forgot"
	LabelSignUp        Label = "signUp"
	LabelSettings      Label = "settings"
	LabelTeam          Label = "team"
	LabelUsage         Label = "usage"
	LabelInvite        Label = "invite"
	LabelInviteTitle   Label = "inviteTitle"
	LabelEmails        Label = "emails"
	LabelSubmit        Label = "submit"
	LabelPending       Label = "pending"
	LabelMore          Label = "more"
	LabelRemoveMember  Label = "removeMember"
	LabelConfirmRemove Label = "confirmRemove"
	LabelCancel        Label = "cancel"
	LabelResend        Label = "resend"
	LabelCancelInvite  Label = "cancelInvite"
	LabelRoleAdmin     Label = "roleAdmin"
	LabelRoleEditor    Label = "roleEditor"
	LabelRoleViewer    Label = "roleViewer"
	LabelRoleSalesRep  Label = "roleSalesRep"
)

var currentLabels = joined(seatLabels, accessLabels)

// seatLabels are those of the log-in and of the Team page.
var seatLabels = map[Label]string{
	LabelContinue:      "Continue",
	LabelGoogle:        "Sign in with Google",
	LabelForgot:        "Forgot password?",
	LabelSignUp:        "Sign up",
	LabelSettings:      "Settings",
	LabelTeam:          "Team",
	LabelUsage:         "Usage",
	LabelInvite:        "+ Invite",
	LabelInviteTitle:   "Invite people",
	LabelEmails:        "Email addresses",
	LabelSubmit:        "Send invite",
	LabelPending:       "Pending",
	LabelMore:          "More options",
	LabelRemoveMember:  "Remove member",
	LabelConfirmRemove: "Remove",
	LabelCancel:        "Cancel",
	LabelResend:        "Resend invite",
	LabelCancelInvite:  "Cancel invite",
	LabelRoleAdmin:     "Admin",
	LabelRoleEditor:    "Editor",
	LabelRoleViewer:    "Viewer",
	LabelRoleSalesRep:  "Sales Rep",
}

// PartialRefusal is what becomes of an invitation dialog when Clay refuses some of its addresses.
type PartialRefusal string

// The ways of refusing. Which of them is Clay's is unknown.
const (
	// PartialRefusalAll sends nothing and names the refused addresses.
	PartialRefusalAll PartialRefusal = "all"
	// PartialRefusalOthers sends the others and names the refused addresses; the dialog stays open.
	PartialRefusalOthers PartialRefusal = "others"
	// PartialRefusalUnnamed sends nothing and does not say which addresses are to blame.
	PartialRefusalUnnamed PartialRefusal = "unnamed"
)

// Variant is one look of the pages, as one build of the application ships it.
// A change of variant shows with the next document load.
type Variant struct {
	// Name tells variants apart in test names and on the control page.
	Name string `json:"name"`
	// Version is the build that GET /v3 tells.
	Version string `json:"version"`
	// Labels replace the current ones; absent keys keep them.
	Labels map[Label]string `json:"labels,omitempty"`
	// TeamPath is the URL of the Team page below /workspaces/<id>/.
	TeamPath string `json:"teamPath"`
	// BudgetsPath and MCPPath are those of the pages of budgets and of limits; "settings/budgets" and "mcp" if empty. A page of
	// limits outside the settings stands in the nav at the side.
	BudgetsPath string `json:"budgetsPath"`
	MCPPath     string `json:"mcpPath"`
	// MemberGroups shows in each member's row which groups they are in. That the page does is documented; how is not, so that no
	// preset has it.
	MemberGroups bool `json:"memberGroups,omitempty"`
	// InlineLimit edits a person's limit in the row instead of in a dialog. Which of the two Clay does is unknown; no preset has it.
	InlineLimit bool `json:"inlineLimit,omitempty"`
	// SingleAddress takes one plain address instead of chips.
	SingleAddress bool `json:"singleAddress,omitempty"`
	// NativeSelect shows roles as <select> instead of a button with a listbox.
	NativeSelect bool `json:"nativeSelect,omitempty"`
	// KeepsAddresses has the dialog that invites come back with the addresses that it held when it was left without sending, until the
	// document is loaded anew.
	KeepsAddresses bool `json:"keepsAddresses,omitempty"`
	// RoleField shows the role in the dialog that invites in a field that opens a list, instead of on a button.
	RoleField bool `json:"roleField,omitempty"`
	// TrashIcon removes by an icon in the row instead of the menu behind "…".
	TrashIcon bool `json:"trashIcon,omitempty"`
	// PendingRoleFixed shows the role of an invitation as text, not as a dropdown.
	PendingRoleFixed bool `json:"pendingRoleFixed,omitempty"`
	// PartialRefusal is PartialRefusalAll if empty.
	PartialRefusal PartialRefusal `json:"partialRefusal,omitempty"`
	// RefusalToast closes the dialog that invites whatever the answer is, and tells of a refusal by toasts alone.
	RefusalToast bool `json:"refusalToast,omitempty"`
}

// VariantCurrent is the look that most of the documentation describes.
func VariantCurrent() Variant {
	return Variant{Name: "current", Version: "v20260403_221301Z_9894a0108e", TeamPath: "settings/team"}
}

// VariantSummer2026 has the labels of the newer documentation pages.
func VariantSummer2026() Variant {
	return Variant{
		Name: "summer-2026", Version: "v20260718_090412Z_51c07be2aa", TeamPath: "settings/members", MCPPath: "settings/mcp-users",
		Labels: map[Label]string{
			LabelTeam: "Members", LabelInvite: "Invite member", LabelGoogle: "Continue with Google",
			LabelMore: "Open menu", LabelConfirmRemove: "Remove member", LabelCancelInvite: "Revoke invite",
			LabelRoleEditor: "Member", LabelMCP: "MCP users",
		},
		PendingRoleFixed: true,
		PartialRefusal:   PartialRefusalOthers,
	}
}

// VariantSpring2026 stands between the older look and the current one.
func VariantSpring2026() Variant {
	return Variant{
		Name: "spring-2026", Version: "v20260312_143055Z_07d1f6c3b9", TeamPath: "settings/team", MCPPath: "settings/mcp-users",
		Labels: map[Label]string{
			LabelTeam: "Teams", LabelUsage: "Credit usage", LabelMore: "Member actions",
			LabelConfirmRemove: "Yes, remove", LabelResend: "Resend invitation", LabelCancelInvite: "Cancel invitation",
			LabelMCP: "MCP users",
		},
		NativeSelect:   true,
		PartialRefusal: PartialRefusalUnnamed,
	}
}

// VariantClassic is the older look: one address, a native select, a trash icon.
func VariantClassic() Variant {
	return Variant{
		Name: "classic", Version: "v20250611_081522Z_c3a94410de", TeamPath: "settings/team-members",
		Labels: map[Label]string{
			LabelTeam: "Team members", LabelUsage: "Credit usage", LabelInvite: "Invite member",
			LabelEmails: "Email address", LabelSubmit: "Send the invitation", LabelRoleEditor: "User",
		},
		SingleAddress:    true,
		NativeSelect:     true,
		TrashIcon:        true,
		PendingRoleFixed: true,
	}
}

// Variants are all presets, the current one first.
func Variants() []Variant {
	return []Variant{VariantCurrent(), VariantSummer2026(), VariantSpring2026(), VariantClassic()}
}

// labels are the texts of the variant, complete.
func (v Variant) labels() map[Label]string { return joined(currentLabels, v.Labels) }

// joined are all labels; of two texts for one the second.
func joined(first, second map[Label]string) map[Label]string {
	all := maps.Clone(first)
	maps.Copy(all, second)
	return all
}

// withPaths names every path.
func (v Variant) withPaths() Variant {
	v.BudgetsPath, v.MCPPath = cmp.Or(v.BudgetsPath, "settings/budgets"), cmp.Or(v.MCPPath, "mcp")
	return v
}
