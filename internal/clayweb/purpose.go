package clayweb

// about says of an element what it is for, in words for somebody who looks at the page, and where on a page it is: page, frame (the
// navigation around it), row, menu, listbox or dialog.
type about struct{ purpose, place string }

// purposes say it of every element.
var purposes = map[element]about{
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
	inviteAlert:   {"what the dialog for invitations says is wrong", "dialog"},

	confirmDialog:           {"the dialog that asks whether to remove somebody", "page"},
	confirmRemove:           {"the button that confirms a removal", "dialog"},
	confirmCancelInvitation: {"the button that confirms that an invitation is cancelled", "dialog"},

	pageNotice: {"what the page says after an act", "page"},
}
