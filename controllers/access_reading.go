package controllers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/seat"
)

// accessReading is what is known of groups, budgets and limits. It does not change once it is made.
type accessReading struct {
	// id names it in the audit trail and in the log.
	id    string
	state access.State
	// startedAt is when the reading of a section began: what happened in Clay before is in it.
	startedAt map[access.Section]time.Time
}

func newAccessReading(state access.State, startedAt, endedAt time.Time) *accessReading {
	made := &accessReading{state: state, startedAt: map[access.Section]time.Time{}}
	for _, section := range access.Sections() {
		if state.Offer(section) != "" {
			made.startedAt[section] = startedAt
		}
	}
	made.id = nameAccessReading(state, endedAt)
	return made
}

// stateOrNone returns what was read; nothing where there is no reading.
func (r *accessReading) stateOrNone() access.State {
	if r == nil {
		return access.State{}
	}
	return r.state
}

// began returns when the reading of a section began; zero where there is none.
func (r *accessReading) began(section access.Section) time.Time {
	if r == nil {
		return time.Time{}
	}
	return r.startedAt[section]
}

// with returns the reading with the sections of a later one in the place of its own. That one may have looked into what was changed alone: who
// is in the other groups, and has access to the other budgets, is as it was.
func (r *accessReading) with(later *accessReading, changes []access.Change) *accessReading {
	touched := map[access.Thing]bool{}
	for _, change := range changes {
		touched[access.Thing{Section: change.Verb.Section(), Name: change.Name()}] = true
	}
	next := &accessReading{id: later.id, state: r.state, startedAt: map[access.Section]time.Time{}}
	for _, section := range access.Sections() {
		next.startedAt[section] = r.startedAt[section]
		if later.state.Offer(section) == "" {
			continue
		}
		next.startedAt[section] = later.startedAt[section]
		switch section {
		case access.SectionGroups:
			next.state.Groups = withGroups(r.state.Groups, later.state.Groups, touched)
		case access.SectionBudgets:
			next.state.Budgets = withBudgets(r.state.Budgets, later.state.Budgets, touched)
		default:
			next.state.Limits = later.state.Limits
		}
	}
	return next
}

func withGroups(before, later access.GroupList, touched map[access.Thing]bool) access.GroupList {
	later.Groups = slices.Clone(later.Groups)
	for i := range later.Groups {
		group := &later.Groups[i]
		if group.Complete || touched[access.Thing{Section: access.SectionGroups, Name: group.Name}] {
			continue
		}
		known := slices.IndexFunc(before.Groups, func(other access.Group) bool { return other.Name == group.Name && other.Complete })
		if known >= 0 {
			group.Members, group.Complete = before.Groups[known].Members, true
		}
	}
	return later
}

func withBudgets(before, later access.BudgetList, touched map[access.Thing]bool) access.BudgetList {
	later.Budgets = slices.Clone(later.Budgets)
	for i := range later.Budgets {
		budget := &later.Budgets[i]
		if budget.Complete || touched[access.Thing{Section: access.SectionBudgets, Name: budget.Name}] {
			continue
		}
		known := slices.IndexFunc(before.Budgets, func(other access.Budget) bool { return other.Name == budget.Name && other.Complete })
		if known >= 0 {
			old := &before.Budgets[known]
			budget.Everyone, budget.Users, budget.Groups, budget.Complete = old.Everyone, old.Users, old.Groups, true
		}
	}
	return later
}

// covers says whether a reading shows every section that some changes are in.
func covers(state access.State, changes []access.Change) bool {
	return !slices.ContainsFunc(changes, func(change access.Change) bool { return state.Offer(change.Verb.Section()) != access.Offered })
}

// nameAccessReading makes the id of a reading, as nameReading does.
func nameAccessReading(state access.State, endedAt time.Time) string {
	if !state.ReadAt.IsZero() {
		endedAt = state.ReadAt
	}
	state.ReadAt = time.Time{}
	// What is in it can all be written, and nobody reads it.
	text, _ := json.Marshal(state) //nolint:errchkjson,musttag // As above.
	sum := sha256.Sum256(text)
	return endedAt.UTC().Format(readingTime) + "-" + hex.EncodeToString(sum[:readingDigest])
}

// isAccessVerb says whether a record is about groups, budgets and limits.
func isAccessVerb(verb audit.Verb) bool { return slices.Contains(access.Verbs(), access.Verb(verb)) }

// accessDone says whether a reading shows what a record intended, and whether it can tell.
func accessDone(intent audit.Record, state access.State) (done, known bool) {
	change := access.Change{Verb: access.Verb(intent.Verb), Email: seat.Email(intent.Person), From: intent.FromCredits}
	if intent.Credits != nil {
		change.Credits = *intent.Credits
	}
	switch change.Verb.Section() {
	case access.SectionGroups:
		change.Group = intent.Target
		if at := onlyGroup(state.Groups, intent.Target); at != nil && digestText(strings.TrimSpace(at.Description)) == intent.Digest {
			change.Description = at.Description
		} else if at != nil && change.Verb == access.DescribeGroup {
			return false, state.Groups.Offer == access.Offered
		}
	case access.SectionBudgets:
		change.Budget = intent.Target
		if at := onlyBudget(state.Budgets, intent.Target); at != nil && digestAudience(at.Everyone, at.Groups) == intent.Digest {
			change.Everyone, change.Groups = at.Everyone, at.Groups
		} else if at != nil && (change.Verb == access.CreateBudget || change.Verb == access.EditBudget) {
			return false, state.Budgets.Offer == access.Offered && at.Complete
		}
	default:
	}
	return access.Met(change, state)
}

// onlyGroup returns the group of a name, where there is one alone.
func onlyGroup(list access.GroupList, name string) *access.Group {
	var found *access.Group
	for i := range list.Groups {
		if list.Groups[i].Name != name {
			continue
		}
		if found != nil {
			return nil
		}
		found = &list.Groups[i]
	}
	return found
}

// onlyBudget returns the budget of a name, where there is one alone.
func onlyBudget(list access.BudgetList, name string) *access.Budget {
	var found *access.Budget
	for i := range list.Budgets {
		if list.Budgets[i].Name != name {
			continue
		}
		if found != nil {
			return nil
		}
		found = &list.Budgets[i]
	}
	return found
}

// digestText stands in the trail for a text that would be too long to repeat.
func digestText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// digestAudience stands in the trail for who has access to a budget beside the people who are granted it one by one.
func digestAudience(everyone bool, groups []string) string {
	if everyone {
		return digestText("everyone")
	}
	return digestText("groups\n" + strings.Join(slices.Sorted(slices.Values(groups)), "\n"))
}
