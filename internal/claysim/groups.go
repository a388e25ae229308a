package claysim

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// longestGroupName is how many characters the name of a group may have. The documentation says so.
const longestGroupName = 50

// The sentences of refused writes to groups. They are invented.
const (
	sentenceGroupPlan    = "Groups are not available on your plan"
	sentenceNoGroup      = "This group no longer exists"
	sentenceGroupUnnamed = "Enter a group name"
	sentenceGroupLong    = "Group names can have at most 50 characters"
	sentenceGroupTaken   = "A group with this name already exists"
	sentenceNotInGroup   = "This person is not in the group"
)

// createGroup makes a group and puts people into it. That names are compared without case is assumed.
func (w *world) createGroup(actor *account, workspaceID int, name string, userIDs []int) (int, *refusal) {
	made := 0
	refused := w.writeAll(actor, workspaceID, VerbCreateGroup, func(ws *workspace, entry *Entry) ([]Entry, *refusal) {
		name = strings.TrimSpace(name)
		entry.Group = name
		if refused := ws.reasonAgainstGroup(name); refused != nil {
			return nil, refused
		}
		added := group{name: name}
		parts, refused := ws.addTo(&added, userIDs)
		if refused != nil {
			return nil, refused
		}
		w.lastGroup++
		made, added.id = w.lastGroup, w.lastGroup
		ws.groups = append(ws.groups, added)
		return parts, nil
	})
	return made, refused
}

func (ws *workspace) reasonAgainstGroup(name string) *refusal {
	taken := slices.ContainsFunc(ws.groups, func(each group) bool { return strings.EqualFold(each.name, name) })
	switch {
	case !ws.Plan.offersGroups():
		return forbidden(sentenceGroupPlan)
	case name == "":
		return badRequest(sentenceGroupUnnamed)
	case utf8.RuneCountInString(name) > longestGroupName:
		return badRequest(sentenceGroupLong)
	case taken:
		return conflict(sentenceGroupTaken)
	}
	return nil
}

// addTo puts members into a group. Those who are in it already stay.
func (ws *workspace) addTo(into *group, userIDs []int) ([]Entry, *refusal) {
	var parts []Entry
	for _, id := range userIDs {
		member := ws.memberByID(id)
		if member == nil {
			return nil, notFound(sentenceNoMember)
		}
		if slices.Contains(into.members, id) {
			continue
		}
		into.members = append(into.members, id)
		parts = append(parts, Entry{Verb: VerbAddToGroup, Group: into.name, Target: member.Email})
	}
	return parts, nil
}

// groupWrite is a change of a group that is there.
func (w *world) groupWrite(actor *account, workspaceID, groupID int, verb Verb, change func(*workspace, *group, *Entry) ([]Entry, *refusal)) *refusal {
	return w.writeAll(actor, workspaceID, verb, func(ws *workspace, entry *Entry) ([]Entry, *refusal) {
		if !ws.Plan.offersGroups() {
			return nil, forbidden(sentenceGroupPlan)
		}
		named := ws.groupByID(groupID)
		if named == nil {
			return nil, notFound(sentenceNoGroup)
		}
		entry.Group = named.name
		return change(ws, named, entry)
	})
}

func (w *world) describeGroup(actor *account, workspaceID, groupID int, description string) *refusal {
	return w.groupWrite(actor, workspaceID, groupID, VerbDescribeGroup, func(_ *workspace, named *group, entry *Entry) ([]Entry, *refusal) {
		named.description, entry.Description = description, description
		return nil, nil
	})
}

// addToGroup puts members into a group: an entry each, and none of its own for the act.
func (w *world) addToGroup(actor *account, workspaceID, groupID int, userIDs []int) *refusal {
	return w.groupWrite(actor, workspaceID, groupID, VerbAddToGroup, func(ws *workspace, named *group, entry *Entry) ([]Entry, *refusal) {
		changed := group{name: named.name, members: slices.Clone(named.members)}
		parts, refused := ws.addTo(&changed, userIDs)
		if refused != nil {
			return nil, refused
		}
		named.members = changed.members
		if len(parts) == 0 {
			return nil, nil
		}
		entry.Target = parts[0].Target
		return parts[1:], nil
	})
}

func (w *world) removeFromGroup(actor *account, workspaceID, groupID, userID int) *refusal {
	return w.groupWrite(actor, workspaceID, groupID, VerbRemoveFromGroup, func(_ *workspace, named *group, entry *Entry) ([]Entry, *refusal) {
		entry.Target = w.emailLocked(userID)
		if !slices.Contains(named.members, userID) {
			return nil, notFound(sentenceNotInGroup)
		}
		named.members = without(named.members, userID)
		return nil, nil
	})
}

// deleteGroup deletes a group, with people in it or without. That budgets and invitations forget it is assumed.
func (w *world) deleteGroup(actor *account, workspaceID, groupID int) *refusal {
	return w.groupWrite(actor, workspaceID, groupID, VerbDeleteGroup, func(ws *workspace, _ *group, _ *Entry) ([]Entry, *refusal) {
		ws.groups = slices.DeleteFunc(ws.groups, func(each group) bool { return each.id == groupID })
		for i := range ws.budgets {
			ws.budgets[i].groups = without(ws.budgets[i].groups, groupID)
		}
		return nil, nil
	})
}
