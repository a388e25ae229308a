package controllers

import (
	"fmt"
	"strings"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// nouns are what sections are called in sentences.
var nouns = map[access.Section]string{
	access.SectionGroups: "groups", access.SectionBudgets: "budgets", access.SectionLimits: "limits of credits for people",
}

// nameSection begins a sentence about a section.
func nameSection(section access.Section) string {
	noun := nouns[section]
	return strings.ToUpper(noun[:1]) + noun[1:]
}

// nameThing begins a sentence about a group, a budget or a whole section.
func nameThing(thing access.Thing) string {
	switch {
	case thing.Name == "":
		return nameSection(thing.Section)
	case thing.Section == access.SectionGroups:
		return fmt.Sprintf("The group %q", thing.Name)
	default:
		return fmt.Sprintf("The budget %q", thing.Name)
	}
}

// joinOr enumerates what is lacking.
func joinOr(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and no " + names[len(names)-1]
}

// describeAccess says what a change does.
func describeAccess(change access.Change) string {
	switch change.Verb {
	case access.AddToGroup:
		return fmt.Sprintf("put the person into the group %q", change.Group)
	case access.RemoveFromGroup:
		return fmt.Sprintf("take the person out of the group %q", change.Group)
	case access.GrantBudget:
		return fmt.Sprintf("give access to the budget %q", change.Budget)
	case access.RevokeBudget:
		return fmt.Sprintf("take the access to the budget %q", change.Budget)
	case access.SetLimit:
		return fmt.Sprintf("set the limit to %d credits", change.Credits)
	case access.SetDefaultLimit:
		return fmt.Sprintf("set the default limit to %d credits", change.Credits)
	case access.CreateGroup:
		return fmt.Sprintf("make the group %q", change.Group)
	case access.DescribeGroup:
		return fmt.Sprintf("describe the group %q", change.Group)
	case access.DeleteGroup:
		return fmt.Sprintf("delete the group %q", change.Group)
	case access.CreateBudget:
		return fmt.Sprintf("make the budget %q", change.Budget)
	case access.EditBudget:
		return fmt.Sprintf("edit the budget %q", change.Budget)
	case access.ResetBudget:
		return fmt.Sprintf("set what was used of the budget %q to zero", change.Budget)
	default:
		return fmt.Sprintf("delete the budget %q", change.Budget)
	}
}

// accessBlockedMessage says what stands against a change to access, and what a person can do about it.
func (p *pass) accessBlockedMessage(change access.Change, reason seat.BlockReason) string {
	switch reason {
	case seat.BlockedRefused:
		_, message := p.refusalOf(change)
		return message + " " + tryAgainHint
	case seat.BlockedOutcomeUnknown:
		return fmt.Sprintf("It is not known whether the attempt to %s worked. Clay is read until that is clear.", describeAccess(change))
	case seat.BlockedAmbiguousMember:
		return "Clay shows this address more than once there, or a line that cannot be read. Put the list right in Clay."
	case access.BlockedAmbiguousName:
		return fmt.Sprintf("%s: Clay or the manifests have more than one of that name, or one that differs in case or spaces alone, so none of them is changed. "+
			"Rename or delete the others.", nameThing(access.Thing{Section: change.Verb.Section(), Name: change.Name()}))
	case access.BlockedNotListed:
		return "Clay's list of limits does not show the person, so that no limit can be set. It is set once the list does."
	default:
		return blockedMessage(verdict{}, reason)
	}
}
