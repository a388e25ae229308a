package claysim

// The labels of the pages of groups, budgets, limits and usage. Words in braces are filled in.
const (
	LabelMembersTab        Label = "membersTab"
	LabelGroups            Label = "groups"
	LabelCreateGroup       Label = "createGroup"
	LabelGroupName         Label = "groupName"
	LabelAddMembers        Label = "addMembers"
	LabelDescription       Label = "description"
	LabelSave              Label = "save"
	LabelRemoveFromGroup   Label = "removeFromGroup"
	LabelDeleteGroup       Label = "deleteGroup"
	LabelDeleteGroupTitle  Label = "deleteGroupTitle"
	LabelBudgets           Label = "budgets"
	LabelNewBudget         Label = "newBudget"
	LabelCreateBudget      Label = "createBudget"
	LabelName              Label = "name"
	LabelCreditLimit       Label = "creditLimit"
	LabelAccess            Label = "access"
	LabelAllMembers        Label = "allMembers"
	LabelSpecificMembers   Label = "specificMembers"
	LabelMembersOrGroups   Label = "membersOrGroups"
	LabelEdit              Label = "edit"
	LabelEditBudget        Label = "editBudget"
	LabelResetUsage        Label = "resetUsage"
	LabelDelete            Label = "delete"
	LabelDeleteBudget      Label = "deleteBudget"
	LabelDeleteBudgetTitle Label = "deleteBudgetTitle"
	LabelMCP               Label = "mcp"
	LabelSetDefaultLimit   Label = "setDefaultLimit"
	LabelDefaultLimit      Label = "defaultLimit"
	LabelEditLimit         Label = "editLimit"
	LabelNoLimit           Label = "noLimit"
	LabelSearch            Label = "search"
	LabelUsageWorkbooks    Label = "usageWorkbooks"
	LabelUsageIntegrations Label = "usageIntegrations"
	LabelUsageSignals      Label = "usageSignals"
	LabelUsageMCP          Label = "usageMcp"
	LabelUsageAPI          Label = "usageApi"
	// LabelInviteGroups and LabelInviteBudgets are in the dialog that invites.
	LabelInviteGroups  Label = "inviteGroups"
	LabelInviteBudgets Label = "inviteBudgets"

	LabelColumnName         Label = "columnName"
	LabelColumnDescription  Label = "columnDescription"
	LabelColumnMembers      Label = "columnMembers"
	LabelColumnEmail        Label = "columnEmail"
	LabelColumnUsed         Label = "columnUsed"
	LabelColumnAccess       Label = "columnAccess"
	LabelColumnPlatforms    Label = "columnPlatforms"
	LabelColumnCreditLimit  Label = "columnCreditLimit"
	LabelColumnCreditsUsed  Label = "columnCreditsUsed"
	LabelColumnSalesforceID Label = "columnSalesforceId"
	LabelColumnCredits      Label = "columnCredits"
	// LabelAccessEveryone is in the table of budgets.
	LabelAccessEveryone Label = "accessEveryone"
)

// accessLabels are the current ones. The documentation tells most of them; those of LabelSave, LabelRemoveFromGroup, LabelDelete and
// of the dialogs that ask before something is deleted are invented, and so are the names of the columns of groups and budgets.
var accessLabels = map[Label]string{
	LabelMembersTab:        "Members",
	LabelGroups:            "Groups",
	LabelCreateGroup:       "Create group",
	LabelGroupName:         "Group name",
	LabelAddMembers:        "Add members",
	LabelDescription:       "Description",
	LabelSave:              "Save",
	LabelRemoveFromGroup:   "Remove {email}",
	LabelDeleteGroup:       "Delete group",
	LabelDeleteGroupTitle:  "Delete group?",
	LabelBudgets:           "Budgets",
	LabelNewBudget:         "Create",
	LabelCreateBudget:      "Create budget",
	LabelName:              "Name",
	LabelCreditLimit:       "Credit limit",
	LabelAccess:            "Access",
	LabelAllMembers:        "All workspace members",
	LabelSpecificMembers:   "Specific members or groups",
	LabelMembersOrGroups:   "Members or groups",
	LabelEdit:              "Edit",
	LabelEditBudget:        "Edit budget",
	LabelResetUsage:        "Reset usage",
	LabelDelete:            "Delete",
	LabelDeleteBudget:      "Delete budget",
	LabelDeleteBudgetTitle: "Delete budget?",
	LabelMCP:               "MCP",
	LabelSetDefaultLimit:   "Set default limit",
	LabelDefaultLimit:      "Default limit",
	LabelEditLimit:         "Edit limit of {email}",
	LabelNoLimit:           "No limit",
	LabelSearch:            "Search",
	LabelUsageWorkbooks:    "Workbooks",
	LabelUsageIntegrations: "Integrations",
	LabelUsageSignals:      "Signals",
	LabelUsageMCP:          "MCP",
	LabelUsageAPI:          "API",
	LabelInviteGroups:      "Groups",
	LabelInviteBudgets:     "Budgets",

	LabelColumnName:         "Name",
	LabelColumnDescription:  "Description",
	LabelColumnMembers:      "Members",
	LabelColumnEmail:        "Email",
	LabelColumnUsed:         "Used",
	LabelColumnAccess:       "Access",
	LabelColumnPlatforms:    "Platforms",
	LabelColumnCreditLimit:  "Credit limit",
	LabelColumnCreditsUsed:  "Credits used",
	LabelColumnSalesforceID: "Salesforce ID",
	LabelColumnCredits:      "Credits",
	LabelAccessEveryone:     "All members",
}
