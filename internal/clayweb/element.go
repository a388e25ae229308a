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
	inviteGroups  element = "invite.groups"
	inviteBudgets element = "invite.budgets"

	confirmDialog           element = "confirm.dialog"
	confirmRemove           element = "confirm.remove"
	confirmCancelInvitation element = "confirm.cancelInvitation"

	pageNotice element = "page.notice"

	listRow          element = "list.row"
	accessDialog     element = "access.dialog"
	searchField      element = "search.field"
	searchOption     element = "search.option"
	searchChip       element = "search.chip"
	searchChipRemove element = "search.chipRemove"

	groupsTab               element = "groups.tab"
	groupsCreate            element = "groups.create"
	groupsNameColumn        element = "groups.nameColumn"
	groupsDescriptionColumn element = "groups.descriptionColumn"
	groupsCountColumn       element = "groups.countColumn"
	groupsEmailColumn       element = "groups.emailColumn"
	groupsName              element = "groups.name"
	groupsSubmit            element = "groups.submit"
	groupHeading            element = "group.heading"
	groupDescription        element = "group.description"
	groupSave               element = "group.save"
	groupAdd                element = "group.add"
	groupSubmitMembers      element = "group.submitMembers"
	groupRemove             element = "group.remove"
	groupDelete             element = "group.delete"
	confirmDeleteGroup      element = "confirm.deleteGroup"

	budgetsEntry        element = "budgets.entry"
	budgetsCreate       element = "budgets.create"
	budgetsNameColumn   element = "budgets.nameColumn"
	budgetsUsedColumn   element = "budgets.usedColumn"
	budgetsAccessColumn element = "budgets.accessColumn"
	budgetsMenu         element = "budgets.menu"
	budgetsEdit         element = "budgets.edit"
	budgetsDelete       element = "budgets.delete"
	budgetsName         element = "budgets.name"
	budgetsLimit        element = "budgets.limit"
	budgetsEveryone     element = "budgets.everyone"
	budgetsSpecific     element = "budgets.specific"
	budgetsReset        element = "budgets.reset"
	budgetsSubmit       element = "budgets.submit"
	budgetsSave         element = "budgets.save"
	confirmDeleteBudget element = "confirm.deleteBudget"

	limitsEntry       element = "limits.entry"
	limitsSetDefault  element = "limits.setDefault"
	limitsNameColumn  element = "limits.nameColumn"
	limitsLimitColumn element = "limits.limitColumn"
	limitsUsedColumn  element = "limits.usedColumn"
	limitsEdit        element = "limits.edit"
	limitsField       element = "limits.field"
	limitsSave        element = "limits.save"

	// What the pages of identity providers have. form is the plain form that most providers know, and the others go back to.
	formUsername     element = "form.username"
	formPassword     element = "form.password"
	formCode         element = "form.code"
	formCodeBoxes    element = "form.codeBoxes"
	formCodeWay      element = "form.codeWay"
	formOtherWay     element = "form.otherWay"
	formNext         element = "form.next"
	formAlert        element = "form.alert"
	formApproval     element = "form.approval"
	formDenied       element = "form.denied"
	formStay         element = "form.stay"
	formStayNo       element = "form.stayNo"
	oktaMark         element = "okta.mark"
	oktaUsername     element = "okta.username"
	oktaPassword     element = "okta.password"
	oktaPasswordWay  element = "okta.passwordWay"
	oktaCode         element = "okta.code"
	oktaCodeWay      element = "okta.codeWay"
	oktaOtherWay     element = "okta.otherWay"
	oktaApproval     element = "okta.approval"
	oktaNext         element = "okta.next"
	oktaAlert        element = "okta.alert"
	entraMark        element = "entra.mark"
	entraUsername    element = "entra.username"
	entraPassword    element = "entra.password"
	entraPasswordWay element = "entra.passwordWay"
	entraCode        element = "entra.code"
	entraCodeWay     element = "entra.codeWay"
	entraOtherWay    element = "entra.otherWay"
	entraApproval    element = "entra.approval"
	entraNext        element = "entra.next"
	entraAlert       element = "entra.alert"
	entraAccount     element = "entra.account"
	entraNewAccount  element = "entra.newAccount"
	entraStay        element = "entra.stay"
	entraStayNo      element = "entra.stayNo"
	entraDenied      element = "entra.denied"

	googleMark        element = "google.mark"
	googleUsername    element = "google.username"
	googlePassword    element = "google.password"
	googlePasswordWay element = "google.passwordWay"
	googleCode        element = "google.code"
	googleCodeWay     element = "google.codeWay"
	googleOtherWay    element = "google.otherWay"
	googleApproval    element = "google.approval"
	googleNext        element = "google.next"
	googleAlert       element = "google.alert"
	googleAccount     element = "google.account"
	googleNewAccount  element = "google.newAccount"
	googleConfirm     element = "google.confirm"
	googleUnsafe      element = "google.unsafe"
	googleDenied      element = "google.denied"

	oneloginMark     element = "onelogin.mark"
	oneloginUsername element = "onelogin.username"
	oneloginPassword element = "onelogin.password"
	oneloginCode     element = "onelogin.code"
	oneloginCodeWay  element = "onelogin.codeWay"
	oneloginOtherWay element = "onelogin.otherWay"
	oneloginApproval element = "onelogin.approval"
	oneloginNext     element = "onelogin.next"
	oneloginAlert    element = "onelogin.alert"
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
	inviteGroups: false, inviteBudgets: false,
	confirmDialog: false, confirmRemove: true, confirmCancelInvitation: true,
	pageNotice: false,

	listRow: false, accessDialog: false, searchField: false, searchOption: true, searchChip: false, searchChipRemove: true,
	groupsTab: false, groupsCreate: true, groupsNameColumn: false, groupsDescriptionColumn: false, groupsCountColumn: false, groupsEmailColumn: false,
	groupsName: false, groupsSubmit: true, groupHeading: false, groupDescription: false, groupSave: true, groupAdd: true,
	groupSubmitMembers: true, groupRemove: true, groupDelete: true, confirmDeleteGroup: true, budgetsEntry: false,
	budgetsCreate: true, budgetsNameColumn: false, budgetsUsedColumn: false, budgetsAccessColumn: false, budgetsMenu: true,
	budgetsEdit: true, budgetsDelete: true, budgetsName: false, budgetsLimit: false, budgetsEveryone: false, budgetsSpecific: false,
	budgetsReset: true, budgetsSubmit: true, budgetsSave: true, confirmDeleteBudget: true, limitsEntry: false,
	limitsSetDefault: true, limitsNameColumn: false, limitsLimitColumn: false, limitsUsedColumn: false, limitsEdit: true,
	limitsField: false, limitsSave: true,

	formUsername: false, formPassword: false, formCode: false, formCodeBoxes: false, formCodeWay: false, formOtherWay: false,
	formNext: false, formAlert: false, formApproval: false, formDenied: false, formStay: false, formStayNo: false,
	oktaMark: false, oktaUsername: false, oktaPassword: false, oktaPasswordWay: false, oktaCode: false, oktaCodeWay: false,
	oktaOtherWay: false, oktaApproval: false, oktaNext: false, oktaAlert: false,
	entraMark: false, entraUsername: false, entraPassword: false, entraPasswordWay: false, entraCode: false, entraCodeWay: false,
	entraOtherWay: false, entraApproval: false, entraNext: false, entraAlert: false, entraAccount: false, entraNewAccount: false,
	entraStay: false, entraStayNo: false, entraDenied: false,
	googleMark: false, googleUsername: false, googlePassword: false, googlePasswordWay: false, googleCode: false, googleCodeWay: false,
	googleOtherWay: false, googleApproval: false, googleNext: false, googleAlert: false, googleAccount: false, googleNewAccount: false,
	googleConfirm: false, googleUnsafe: false, googleDenied: false,
	oneloginMark: false, oneloginUsername: false, oneloginPassword: false, oneloginCode: false, oneloginCodeWay: false,
	oneloginOtherWay: false, oneloginApproval: false, oneloginNext: false, oneloginAlert: false,
}
