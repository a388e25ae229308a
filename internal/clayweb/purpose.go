package clayweb

import (
	"fmt"
	"strings"
)

// about says of an element what it is for, in words for somebody who looks at the page, and where on a page it is: page, frame (the
// navigation around it), row, menu, listbox or dialog.
type about struct{ purpose, place string }

// purposes say it of every element.
var purposes = withMakers(map[element]about{
	loginEmail:         {"the field for the e-mail address on the log-in page", "page"},
	loginPassword:      {"the field for the password on the log-in page", "page"},
	loginCode:          {"the field for the one-time code on the log-in page", "page"},
	loginContinue:      {"the button that goes on in the log-in", "page"},
	loginAlert:         {"what the log-in page says is wrong", "page"},
	loginExpired:       {"the remark that the session has expired", "page"},
	loginSecurityCheck: {"a check whether a person is there", "page"},

	appProfileMenu:  {"the button with the account's name that opens the menu with Settings", "frame"},
	appSettings:     {"the way to the settings, in the account's menu", "menu"},
	appTeam:         {"the entry of the settings that leads to the list of members", "frame"},
	appSettingsMenu: {"the navigation of the settings", "page"},
	appDenied:       {"the remark that the account may not see this", "page"},
	appOnboarding:   {"the page that welcomes somebody who has no workspace", "page"},

	teamInvite:         {"the button that opens the dialog for invitations", "page"},
	teamRow:            {"a row of the list of members", "page"},
	rowRole:            {"the control in a member's row that shows and changes the role", "row"},
	rowMenu:            {"the button in a member's row that opens its menu", "row"},
	rowTrash:           {"the button in a member's row that removes the member", "row"},
	rowTrashInvitation: {"the button in an invitation's row that cancels the invitation", "row"},

	menuOpen:             {"the menu that a button has opened", "page"},
	menuRemove:           {"the entry of a member's menu that removes the member", "menu"},
	menuCancelInvitation: {"the entry of an invitation's menu that cancels the invitation", "menu"},
	listOption:           {"a role in the list of roles", "listbox"},

	inviteDialog:  {"the dialog for invitations", "page"},
	inviteAddress: {"the field for e-mail addresses in the dialog for invitations", "dialog"},
	inviteRole:    {"the control for the role in the dialog for invitations", "dialog"},
	inviteSubmit:  {"the button that sends the invitations", "dialog"},
	inviteClose:   {"the button that leaves the dialog for invitations without sending", "dialog"},
	inviteGroups:  {"the field for groups in the dialog for invitations, on Enterprise", "dialog"},
	inviteBudgets: {"the field for budgets in the dialog for invitations, on Enterprise", "dialog"},
	inviteAlert:   {"what the dialog for invitations says is wrong", "dialog"},

	confirmDialog:           {"the dialog that asks whether to remove somebody", "page"},
	confirmRemove:           {"the button that confirms a removal", "dialog"},
	confirmCancelInvitation: {"the button that confirms that an invitation is cancelled", "dialog"},

	pageNotice: {"what the page says after an act", "page"},

	listRow:          {"a row of a list of groups, budgets or limits", "page"},
	accessDialog:     {"the dialog for a group, a budget or a limit", "page"},
	searchField:      {"the field that searches for members and groups in a dialog", "dialog"},
	searchOption:     {"a member or group that the search offers", "listbox"},
	searchChip:       {"a member or group that was chosen in a dialog", "dialog"},
	searchChipRemove: {"the button that takes a chosen member or group out again", "row"},

	groupsTab:               {"the tab of the Team page that leads to the groups", "page"},
	groupsCreate:            {"the button that opens the dialog for a new group", "page"},
	groupsNameColumn:        {"the heading over the names of the groups", "row"},
	groupsDescriptionColumn: {"the heading over the descriptions of the groups", "row"},
	groupsEmailColumn:       {"the heading over the addresses of the members of a group", "row"},
	groupsCountColumn:       {"the heading over the numbers of members of the groups", "row"},
	groupsName:              {"the field for the name in the dialog for a new group", "dialog"},
	groupsSubmit:            {"the button that creates a group", "dialog"},
	groupHeading:            {"the name of the group on its own page", "page"},
	groupDescription:        {"the field for the description on the page of a group", "page"},
	groupSave:               {"the button that saves the description of a group", "page"},
	groupAdd:                {"the button that opens the dialog for more members of a group", "page"},
	groupSubmitMembers:      {"the button that adds the chosen members to a group", "dialog"},
	groupRemove:             {"the button in a member's row that takes the member out of the group", "row"},
	groupDelete:             {"the button that asks whether to delete a group", "page"},
	confirmDeleteGroup:      {"the button that confirms that a group is deleted", "dialog"},

	budgetsEntry:        {"the entry of the settings that leads to the budgets", "frame"},
	budgetsCreate:       {"the button that opens the dialog for a new budget", "page"},
	budgetsNameColumn:   {"the heading over the names of the budgets", "row"},
	budgetsUsedColumn:   {"the heading over what was used of the budgets", "row"},
	budgetsAccessColumn: {"the heading over who has access to the budgets", "row"},
	budgetsMenu:         {"the button in a budget's row that opens its menu", "row"},
	budgetsEdit:         {"the entry of a budget's menu that opens the dialog for it", "menu"},
	budgetsDelete:       {"the entry of a budget's menu that asks whether to delete it", "menu"},
	budgetsName:         {"the field for the name in the dialog for a budget", "dialog"},
	budgetsLimit:        {"the field for the credit limit in the dialog for a budget", "dialog"},
	budgetsEveryone:     {"the choice that gives all members access to a budget", "dialog"},
	budgetsSpecific:     {"the choice that gives some members and groups access to a budget", "dialog"},
	budgetsReset:        {"the button that sets to zero what was used of a budget", "dialog"},
	budgetsSubmit:       {"the button that creates a budget", "dialog"},
	budgetsSave:         {"the button that saves a budget", "dialog"},
	confirmDeleteBudget: {"the button that confirms that a budget is deleted", "dialog"},

	limitsEntry:       {"the entry that leads to the limits for MCP", "frame"},
	limitsSetDefault:  {"the button that opens the dialog for the default limit", "page"},
	limitsNameColumn:  {"the heading over the people with limits", "row"},
	limitsLimitColumn: {"the heading over the limits", "row"},
	limitsUsedColumn:  {"the heading over the credits used", "row"},
	limitsEdit:        {"the button in a person's row that changes the limit", "row"},
	limitsField:       {"the field for a limit", "page"},
	limitsSave:        {"the button that saves a limit", "page"},
})

// makers are whose the log-in pages of identity providers are, by the first part of the names of their elements.
var makers = map[string]string{
	"form": "an identity provider", "okta": "Okta", "entra": "Microsoft Entra ID", "google": "Google", "onelogin": "OneLogin",
}

// makerPurposes say what the elements of those pages are for, by the second part of their names.
var makerPurposes = map[string]string{
	"mark":        "what a log-in page of %s is known by",
	"username":    "the field for the user name on a log-in page of %s",
	"password":    "the field for the password on a log-in page of %s",
	"passwordWay": "what leads to the password on a log-in page of %s",
	"code":        "the field for the one-time code on a log-in page of %s",
	"codeBoxes":   "the fields for the digits of a one-time code on a log-in page of %s",
	"codeWay":     "what leads to the code of an authenticator app on a log-in page of %s",
	"otherWay":    "what leads to other ways to prove oneself on a log-in page of %s",
	"approval":    "the request to prove oneself by a telephone, a key or a message on a log-in page of %s",
	"next":        "the button that leads on, on a log-in page of %s",
	"alert":       "what a log-in page of %s says is wrong",
	"account":     "an account in the list of accounts on a log-in page of %s",
	"newAccount":  "what leads to an account that is not in the list on a log-in page of %s",
	"stay":        "the question whether to stay signed in on a log-in page of %s",
	"stayNo":      "the answer not to stay signed in on a log-in page of %s",
	"confirm":     "the button that agrees to what a log-in page of %s tells",
	"unsafe":      "the remark of %s that it does not trust the browser",
	"denied":      "the remark of %s that the account may not go on to Clay",
}

// withMakers adds the elements of the identity providers' pages, which differ in whose they are and not in what for.
func withMakers(known map[element]about) map[element]about {
	for name := range guarded {
		area, part, _ := strings.Cut(string(name), ".")
		if maker, purpose := makers[area], makerPurposes[part]; maker != "" && purpose != "" {
			known[name] = about{fmt.Sprintf(purpose, maker), "page"}
		}
	}
	return known
}
