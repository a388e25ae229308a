package access

import (
	"time"

	"github.com/seatwright/clay-operator/internal/seat"
)

// Section is a part of Clay's settings that is read and changed by itself.
type Section string

// The sections. Which of them a workspace has depends on its plan.
const (
	// SectionGroups holds the groups of members.
	SectionGroups Section = "Groups"
	// SectionBudgets holds the named pools of credits.
	SectionBudgets Section = "Budgets"
	// SectionLimits holds the limits of what a person may spend through MCP in a month.
	SectionLimits Section = "Limits"
)

// Sections lists every section, in the order in which they are read.
func Sections() []Section { return []Section{SectionGroups, SectionBudgets, SectionLimits} }

// Scope is how much of a workspace's access is to be read.
type Scope struct {
	// Sections are read, and no others.
	Sections []Section
	// Groups and Budgets are the names of those whose members and access are read too. The others are listed alone.
	Groups, Budgets []string
}

// Offer says whether a workspace has a section.
type Offer string

// The offers. A section that was not read has none.
const (
	// Offered: the section was there and was read.
	Offered Offer = "Offered"
	// NotOffered: Clay's settings lead to no such section, and the plan is one that is known not to have it.
	NotOffered Offer = "NotOffered"
)

// State is one reading of the sections that were asked for.
type State struct {
	// WorkspaceID is Clay's numeric id of the workspace that was read.
	WorkspaceID string
	// Plan is Clay's name of the workspace's plan, empty where it is not known.
	Plan    string
	Groups  GroupList
	Budgets BudgetList
	Limits  LimitList
	// ReadAt is when the reading ended.
	ReadAt time.Time
}

// Offer returns what is known of a section.
func (s State) Offer(section Section) Offer {
	switch section {
	case SectionGroups:
		return s.Groups.Offer
	case SectionBudgets:
		return s.Budgets.Offer
	default:
		return s.Limits.Offer
	}
}

// GroupList are the groups of a workspace.
type GroupList struct {
	Offer Offer
	// Complete is true only where every group was seen. Absence may be concluded from nothing else.
	Complete bool
	Groups   []Group
}

// Group is a named set of members. Groups do not nest.
type Group struct {
	// Name is unique in the workspace, at most MaxGroupName characters.
	Name string
	// ID is Clay's own, empty where it is not known.
	ID          string
	Description string
	// Members are the addresses of those in it.
	Members []seat.Email
	// Complete is true only where every member of the group was seen.
	Complete bool
}

// MaxGroupName is how many characters Clay lets the name of a group have.
const MaxGroupName = 50

// MaxBudgetName is how many characters the operator lets the name of a budget have. Clay's own bound is not known.
const MaxBudgetName = 100

// BudgetList are the budgets of a workspace.
type BudgetList struct {
	Offer    Offer
	Complete bool
	Budgets  []Budget
}

// Budget is a named pool of credits: a cap on what those with access may spend, which never starts again by itself.
type Budget struct {
	// Name is unique in the workspace as far as the operator goes: of two with one name it touches neither.
	Name string
	// ID is Clay's own, empty where it is not known.
	ID string
	// CreditLimit and Used are in Data Credits.
	CreditLimit, Used int64
	// Everyone is true where all members of the workspace have access. Users and Groups are empty then.
	Everyone bool
	Users    []seat.Email
	Groups   []string
	// Complete is true only where all who have access were seen.
	Complete bool
}

// LimitList are the limits of what may be spent through MCP in a month.
type LimitList struct {
	Offer    Offer
	Complete bool
	// Default is the limit of everybody who has none of their own; nil where there is none.
	Default *int64
	People  []PersonLimit
}

// PersonLimit is one line of Clay's list of people with their limits.
type PersonLimit struct {
	Email seat.Email
	// Limit is the number of credits that the list shows for the person, that of the default included; nil for no limit. Zero
	// lets the person spend nothing.
	Limit *int64
	// Used is what the person has spent since the first of the month, 00:00 UTC.
	Used int64
}
