package clayweb

import (
	"maps"
	"slices"
)

// element is the name of something on Clay's pages, as locators.yaml calls it.
type element string

// The elements. The set is closed: locators.yaml has a ladder for each of them and for nothing else.
const (
	loginEmail         element = "login.email"
	loginPassword      element = "login.password"
	loginCode          element = "login.code"
	loginContinue      element = "login.continue"
	loginAlert         element = "login.alert"
	loginExpired       element = "login.expired"
	loginSecurityCheck element = "login.securityCheck"

	appProfileMenu  element = "app.profileMenu"
	appSettings     element = "app.settings"
	appTeam         element = "app.team"
	appSettingsMenu element = "app.settingsMenu"
	appDenied       element = "app.denied"
	appOnboarding   element = "app.onboarding"

	teamInvite         element = "team.invite"
	teamRow            element = "team.row"
	rowRole            element = "row.role"
	rowMenu            element = "row.menu"
	rowTrash           element = "row.trash"
	rowTrashInvitation element = "row.trashInvitation"

	menuOpen             element = "menu.open"
	menuRemove           element = "menu.remove"
	menuCancelInvitation element = "menu.cancelInvitation"
	listOption           element = "list.option"

	inviteDialog  element = "invite.dialog"
	inviteAddress element = "invite.address"
	inviteRole    element = "invite.role"
	inviteSubmit  element = "invite.submit"
	inviteClose   element = "invite.close"
	inviteAlert   element = "invite.alert"

	confirmDialog           element = "confirm.dialog"
	confirmRemove           element = "confirm.remove"
	confirmCancelInvitation element = "confirm.cancelInvitation"

	pageNotice element = "page.notice"
)

// elements returns all elements, sorted.
func elements() []element { return slices.Sorted(maps.Keys(guarded)) }

// guarded says of every element whether a click on it may lead to a write. The ladder of a guarded element consists of safe
// rungs only.
var guarded = map[element]bool{
	loginEmail: false, loginPassword: false, loginCode: false, loginContinue: false, loginAlert: false, loginExpired: false,
	loginSecurityCheck: false,
	appProfileMenu:     false, appSettings: false, appTeam: false, appSettingsMenu: false, appDenied: false, appOnboarding: false,
	teamInvite: true, teamRow: false,
	rowRole: true, rowMenu: true, rowTrash: true, rowTrashInvitation: true,
	menuOpen: false, menuRemove: true, menuCancelInvitation: true, listOption: true,
	inviteDialog: false, inviteAddress: false, inviteRole: true, inviteSubmit: true, inviteClose: false, inviteAlert: false,
	confirmDialog: false, confirmRemove: true, confirmCancelInvitation: true,
	pageNotice: false,
}
