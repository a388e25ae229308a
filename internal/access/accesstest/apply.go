package accesstest

import (
	"slices"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// Apply returns what Clay shows after the changes were made, one after the other. A change that Clay would have no place for, such as one to a
// group that is not there, does nothing. The given state stays as it is.
//
// Clay shows one number for each person. Whoever shows the default, when that changes, is taken to have no limit of their own.
func Apply(state access.State, changes []access.Change) access.State {
	state = clone(state)
	for _, change := range changes {
		switch change.Verb.Section() {
		case access.SectionGroups:
			applyToGroups(&state.Groups, change)
		case access.SectionBudgets:
			applyToBudgets(&state.Budgets, change)
		default:
			applyToLimits(&state.Limits, change)
		}
		if change.Verb == access.DeleteGroup {
			for i := range state.Budgets.Budgets {
				budget := &state.Budgets.Budgets[i]
				budget.Groups = slices.DeleteFunc(budget.Groups, func(name string) bool { return name == change.Group })
			}
		}
	}
	return state
}

func clone(state access.State) access.State {
	state.Groups.Groups = slices.Clone(state.Groups.Groups)
	for i := range state.Groups.Groups {
		group := &state.Groups.Groups[i]
		group.Members = slices.Clone(group.Members)
	}
	state.Budgets.Budgets = slices.Clone(state.Budgets.Budgets)
	for i := range state.Budgets.Budgets {
		budget := &state.Budgets.Budgets[i]
		budget.Users, budget.Groups = slices.Clone(budget.Users), slices.Clone(budget.Groups)
	}
	state.Limits.People = slices.Clone(state.Limits.People)
	return state
}

func applyToGroups(list *access.GroupList, change access.Change) {
	at := slices.IndexFunc(list.Groups, func(group access.Group) bool { return group.Name == change.Group })
	if at < 0 {
		if change.Verb == access.CreateGroup {
			list.Groups = append(list.Groups, access.Group{Name: change.Group, Description: change.Description, Complete: true})
		}
		return
	}
	group := &list.Groups[at]
	switch change.Verb {
	case access.DescribeGroup:
		group.Description = change.Description
	case access.AddToGroup:
		group.Members = with(group.Members, change.Email)
	case access.RemoveFromGroup:
		group.Members = without(group.Members, change.Email)
	case access.DeleteGroup:
		list.Groups = slices.Delete(list.Groups, at, at+1)
	default:
		// It is there already.
	}
}

func applyToBudgets(list *access.BudgetList, change access.Change) {
	at := slices.IndexFunc(list.Budgets, func(budget access.Budget) bool { return budget.Name == change.Budget })
	if at < 0 {
		if change.Verb == access.CreateBudget {
			budget := access.Budget{Name: change.Budget, Complete: true}
			edit(&budget, change)
			list.Budgets = append(list.Budgets, budget)
		}
		return
	}
	budget := &list.Budgets[at]
	switch change.Verb {
	case access.EditBudget:
		edit(budget, change)
	case access.ResetBudget:
		budget.Used = 0
	case access.GrantBudget:
		if !budget.Everyone {
			budget.Users = with(budget.Users, change.Email)
		}
	case access.RevokeBudget:
		budget.Users = without(budget.Users, change.Email)
	case access.DeleteBudget:
		list.Budgets = slices.Delete(list.Budgets, at, at+1)
	default:
		// It is there already.
	}
}

func edit(budget *access.Budget, change access.Change) {
	budget.CreditLimit, budget.Everyone, budget.Groups = change.Credits, change.Everyone, slices.Clone(change.Groups)
	if budget.Everyone {
		budget.Users, budget.Groups = nil, nil
	}
}

func applyToLimits(list *access.LimitList, change access.Change) {
	credits := change.Credits
	for i := range list.People {
		person := &list.People[i]
		inherits := change.Verb == access.SetDefaultLimit && equal(person.Limit, list.Default)
		if inherits || change.Verb == access.SetLimit && is(person.Email, change.Email) {
			person.Limit = &credits
		}
	}
	if change.Verb == access.SetDefaultLimit {
		list.Default = &credits
	}
}

func equal(a, b *int64) bool { return a == b || a != nil && b != nil && *a == *b }

func with(emails []seat.Email, email seat.Email) []seat.Email {
	if slices.ContainsFunc(emails, func(other seat.Email) bool { return is(other, email) }) {
		return emails
	}
	return append(emails, email)
}

func without(emails []seat.Email, email seat.Email) []seat.Email {
	return slices.DeleteFunc(emails, func(other seat.Email) bool { return is(other, email) })
}

// is compares without case, as Clay does.
func is(shown, email seat.Email) bool {
	parsed, err := seat.ParseEmail(string(shown))
	return err == nil && parsed == email
}
