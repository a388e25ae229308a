package claysim

import (
	"maps"
	"slices"
	"time"
)

// access are the groups, budgets and limits of a workspace. People are in it by the ids of their accounts.
type access struct {
	groups       []group
	budgets      []budget
	defaultLimit *int64
	spending     map[int]spending
}

type group struct {
	id                int
	name, description string
	members           []int
}

type budget struct {
	id          int
	name        string
	limit, used int64
	everyone    bool
	// users and groups are empty where everyone has access.
	users, groups []int
	workbooks     int
}

// spending is what somebody may spend through MCP, and has spent in a month.
type spending struct {
	limit        *int64
	used         int64
	month        month
	platforms    []string
	salesforceID string
}

// month is one in the calendar of UTC, such as 2026-09.
type month string

func monthOf(at time.Time) month { return month(at.UTC().Format("2006-01")) }

// copyAccess shares nothing that a write changes.
func (a access) copyAccess() access {
	a.groups, a.budgets, a.spending = slices.Clone(a.groups), slices.Clone(a.budgets), maps.Clone(a.spending)
	for i := range a.groups {
		a.groups[i].members = slices.Clone(a.groups[i].members)
	}
	for i := range a.budgets {
		a.budgets[i].users, a.budgets[i].groups = slices.Clone(a.budgets[i].users), slices.Clone(a.budgets[i].groups)
	}
	return a
}

func (a access) groupByID(id int) *group {
	at := slices.IndexFunc(a.groups, func(each group) bool { return each.id == id })
	if at < 0 {
		return nil
	}
	return &a.groups[at]
}

func (a access) budgetByID(id int) *budget {
	at := slices.IndexFunc(a.budgets, func(each budget) bool { return each.id == id })
	if at < 0 {
		return nil
	}
	return &a.budgets[at]
}

// groupNames are the names of the groups with the ids.
func (a access) groupNames(ids []int) []string {
	var names []string
	for _, id := range ids {
		if named := a.groupByID(id); named != nil {
			names = append(names, named.name)
		}
	}
	return names
}

func (a access) budgetNames(ids []int) []string {
	var names []string
	for _, id := range ids {
		if named := a.budgetByID(id); named != nil {
			names = append(names, named.name)
		}
	}
	return names
}

// limitOf is what somebody may spend in a month; nil for no limit.
func (a access) limitOf(userID int) *int64 {
	if own := a.spending[userID].limit; own != nil {
		return own
	}
	return a.defaultLimit
}

// usedIn is what somebody has spent in a month; nothing as soon as another one has begun.
func (a access) usedIn(userID int, now month) int64 {
	if spent := a.spending[userID]; spent.month == now {
		return spent.used
	}
	return 0
}

// change edits what is known of somebody's spending.
func (a access) change(userID int, edit func(*spending)) {
	known := a.spending[userID]
	edit(&known)
	a.spending[userID] = known
}

// forget takes a leaver out of everything.
func (a access) forget(userID int) {
	for i := range a.groups {
		a.groups[i].members = without(a.groups[i].members, userID)
	}
	for i := range a.budgets {
		a.budgets[i].users = without(a.budgets[i].users, userID)
	}
	delete(a.spending, userID)
}

// openTo reports whether a budget is open to somebody in these groups without being granted to them.
func (b budget) openTo(groups []int) bool {
	return b.everyone || slices.ContainsFunc(groups, func(id int) bool { return slices.Contains(b.groups, id) })
}

func without(ids []int, id int) []int {
	return slices.DeleteFunc(ids, func(each int) bool { return each == id })
}
