package access

import (
	"slices"

	"github.com/seatwright/clay-operator/internal/seat"
)

// Met says whether a reading shows a change done, and whether the reading can tell at all: its section may be missing from it, or what the
// change is about may not have been read to its end.
//
// A group is made once it is there: its description is for the next plan. A budget is made once it is there with its limit and access.
func Met(change Change, state State) (met, known bool) {
	switch section := change.Verb.Section(); {
	case !slices.Contains(Verbs(), change.Verb), state.Offer(section) != Offered:
		return false, false
	case section == SectionGroups:
		return metInGroups(change, state.Groups)
	case section == SectionBudgets:
		return metInBudgets(change, state.Budgets)
	default:
		return metInLimits(change, state.Limits)
	}
}

func metInGroups(change Change, list GroupList) (met, known bool) {
	lines := named(list.Groups, change.Group, Group.name)
	if len(lines) != 1 {
		// What is gone has no members, and of two nobody knows which is meant.
		gone := change.Verb == DeleteGroup || change.Verb == RemoveFromGroup
		return gone && len(lines) == 0 && list.Complete, list.Complete && len(lines) == 0
	}
	group := lines[0]
	switch change.Verb {
	case CreateGroup:
		return true, true
	case DeleteGroup:
		return false, true
	case DescribeGroup:
		return sameDescription(group.Description, change.Description), true
	default:
		return metInCrowd(change.Verb == AddToGroup, change.Email, group.Members, group.Complete)
	}
}

func metInBudgets(change Change, list BudgetList) (met, known bool) {
	lines := named(list.Budgets, change.Budget, Budget.name)
	if len(lines) != 1 {
		gone := change.Verb == DeleteBudget || change.Verb == RevokeBudget
		return gone && len(lines) == 0 && list.Complete, list.Complete && len(lines) == 0
	}
	budget := lines[0]
	switch change.Verb {
	case CreateBudget, EditBudget:
		if budget.CreditLimit != change.Credits || budget.Everyone != change.Everyone {
			return false, true
		}
		sameGroups := slices.Equal(names(budget.Groups, itself), names(change.Groups, itself))
		return change.Everyone || budget.Complete && sameGroups, change.Everyone || budget.Complete
	case ResetBudget:
		// Somebody may have spent since.
		return budget.Used == 0 || change.From != nil && budget.Used < *change.From, true
	case DeleteBudget:
		return false, true
	default:
		if budget.Everyone {
			// Everybody has access, and nobody has it alone.
			return true, true
		}
		return metInCrowd(change.Verb == GrantBudget, change.Email, budget.Users, budget.Complete)
	}
}

func metInLimits(change Change, list LimitList) (met, known bool) {
	if change.Verb == SetDefaultLimit {
		return list.Complete && equal(&change.Credits, list.Default), list.Complete
	}
	var lines []PersonLimit
	email, _ := canonical(change.Email)
	unreadable := false
	for _, line := range list.People {
		shown, valid := canonical(line.Email)
		unreadable = unreadable || !valid
		if shown == email {
			lines = append(lines, line)
		}
	}
	if len(lines) == 1 {
		return equal(&change.Credits, lines[0].Limit), true
	}
	return false, len(lines) == 0 && list.Complete && !unreadable
}

// metInCrowd says whether somebody is among some people, or is not, as wanted. A line without a legible address may be of somebody who was
// put in, and not of somebody whose own line is gone.
func metInCrowd(wanted bool, email seat.Email, emails []seat.Email, complete bool) (met, known bool) {
	present := newCrowd(emails)
	key, _ := canonical(email)
	is := present.emails[key]
	known = is || complete && (!wanted || !present.unreadable)
	return known && is == wanted, known
}

func named[T any](lines []T, name string, of func(T) string) []T {
	var found []T
	for _, line := range lines {
		if of(line) == name {
			found = append(found, line)
		}
	}
	return found
}
