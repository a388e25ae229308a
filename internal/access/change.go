package access

import (
	"cmp"

	"github.com/seatwright/clay-operator/internal/seat"
)

// Verb is a kind of change to access.
type Verb string

// What the operator does to access. Each is proved by a reading.
const (
	// RemoveFromGroup takes a person out of a group.
	RemoveFromGroup Verb = "RemoveFromGroup"
	// RevokeBudget takes a person's own access to a budget.
	RevokeBudget Verb = "RevokeBudget"
	// CreateGroup makes a group without members.
	CreateGroup Verb = "CreateGroup"
	// DescribeGroup changes the description of a group.
	DescribeGroup Verb = "DescribeGroup"
	// CreateBudget makes a budget. Users who are granted it follow as changes of their own.
	CreateBudget Verb = "CreateBudget"
	// EditBudget changes the credit limit of a budget, the groups with access, or whether everybody has it.
	EditBudget Verb = "EditBudget"
	// ResetBudget sets what was used of a budget to zero.
	ResetBudget Verb = "ResetBudget"
	// SetDefaultLimit sets the limit of everybody who has none of their own.
	SetDefaultLimit Verb = "SetDefaultLimit"
	// AddToGroup puts a person into a group.
	AddToGroup Verb = "AddToGroup"
	// GrantBudget gives a person access to a budget.
	GrantBudget Verb = "GrantBudget"
	// SetLimit sets one person's limit.
	SetLimit Verb = "SetLimit"
	// DeleteBudget deletes a budget, which Clay refuses while something uses it.
	DeleteBudget Verb = "DeleteBudget"
	// DeleteGroup deletes a group.
	DeleteGroup Verb = "DeleteGroup"
)

// Verbs lists every verb, in the order in which changes are made: first what takes access away, then what others build upon, then what
// gives access to a person, and last what makes something disappear.
func Verbs() []Verb {
	return []Verb{
		RemoveFromGroup, RevokeBudget,
		CreateGroup, DescribeGroup, CreateBudget, EditBudget, ResetBudget, SetDefaultLimit,
		AddToGroup, GrantBudget, SetLimit,
		DeleteBudget, DeleteGroup,
	}
}

// Section returns the part of Clay's settings that a verb works in.
func (v Verb) Section() Section {
	switch v {
	case CreateGroup, DescribeGroup, AddToGroup, RemoveFromGroup, DeleteGroup:
		return SectionGroups
	case CreateBudget, EditBudget, ResetBudget, GrantBudget, RevokeBudget, DeleteBudget:
		return SectionBudgets
	default:
		return SectionLimits
	}
}

// Change is one difference between what is and what should be, to be made in Clay. It concerns one person, or one group, budget or
// default; the browser does in one act what belongs to one group or budget.
type Change struct {
	Verb Verb
	// Group or Budget is the name of what is changed; empty for limits.
	Group, Budget string
	// Email is the person that the change is about; empty where it is about nobody alone.
	Email seat.Email
	// Description is the new one, for CreateGroup and DescribeGroup.
	Description string
	// Credits is the new limit, for CreateBudget, EditBudget, SetDefaultLimit and SetLimit.
	Credits int64
	// Everyone and Groups say who has access beside the people granted it one by one, for CreateBudget and EditBudget.
	Everyone bool
	Groups   []string
	// From is the limit that Clay shows now, for EditBudget, SetDefaultLimit and SetLimit, and what was used, for ResetBudget; nil for none.
	From *int64
	// FromGroups are the groups that had access when an EditBudget was planned. What a person gave or took since then is left as it is.
	FromGroups []string
	// Owner names the manifest that asks for the change: a ClayUser where it is about a person, or the ClayGroup that a group mirrors;
	// empty where the workspace does.
	Owner string
}

// Key names a change without the values that it sets. What was learned of an attempt is remembered by it.
type Key struct {
	Verb          Verb
	Group, Budget string
	Email         seat.Email
}

// Key returns the name of the change. No two changes of one plan share it.
func (c Change) Key() Key {
	return Key{Verb: c.Verb, Group: c.Group, Budget: c.Budget, Email: c.Email}
}

// Name is the group or budget that the change is about; empty for limits.
func (c Change) Name() string { return cmp.Or(c.Group, c.Budget) }
