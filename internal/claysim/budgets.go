package claysim

import (
	"fmt"
	"slices"
	"strings"
)

// The sentences of refused writes to budgets. They are invented.
const (
	sentenceBudgetPlan    = "Budgets are not available on your plan"
	sentenceNoBudget      = "This budget no longer exists"
	sentenceBudgetUnnamed = "Enter a name"
	sentenceCredits       = "Enter a number of credits"
)

// budgetForm is what the dialogs of a budget send. It takes the place of all that was there before.
type budgetForm struct {
	Name        string `json:"name"`
	CreditLimit *int64 `json:"creditLimit"`
	AllMembers  bool   `json:"allMembers"`
	UserIDs     []int  `json:"userIds"`
	GroupIDs    []int  `json:"groupIds"`
}

// createBudget makes a budget. That several may have one name, and that one may be open to nobody, is assumed.
func (w *world) createBudget(actor *account, workspaceID int, form budgetForm) *refusal {
	return w.writeAll(actor, workspaceID, VerbCreateBudget, func(ws *workspace, entry *Entry) ([]Entry, *refusal) {
		entry.Budget = strings.TrimSpace(form.Name)
		var added budget
		parts, refused := ws.fill(&added, form, entry)
		if refused != nil {
			return nil, refused
		}
		w.lastBudget++
		added.id = w.lastBudget
		ws.budgets = append(ws.budgets, added)
		return parts, nil
	})
}

// budgetWrite is a change of a budget that is there.
func (w *world) budgetWrite(actor *account, workspaceID, budgetID int, verb Verb, change func(*workspace, *budget, *Entry) ([]Entry, *refusal)) *refusal {
	return w.writeAll(actor, workspaceID, verb, func(ws *workspace, entry *Entry) ([]Entry, *refusal) {
		if !ws.Plan.offersGroups() {
			return nil, forbidden(sentenceBudgetPlan)
		}
		named := ws.budgetByID(budgetID)
		if named == nil {
			return nil, notFound(sentenceNoBudget)
		}
		entry.Budget = named.name
		return change(ws, named, entry)
	})
}

func (w *world) editBudget(actor *account, workspaceID, budgetID int, form budgetForm) *refusal {
	return w.budgetWrite(actor, workspaceID, budgetID, VerbEditBudget, func(ws *workspace, named *budget, entry *Entry) ([]Entry, *refusal) {
		changed := *named
		parts, refused := ws.fill(&changed, form, entry)
		if refused == nil {
			*named = changed
		}
		return parts, refused
	})
}

// fill makes a budget what a form says, and tells who got and lost access by that.
func (ws *workspace) fill(into *budget, form budgetForm, entry *Entry) ([]Entry, *refusal) {
	name := strings.TrimSpace(form.Name)
	switch {
	case !ws.Plan.offersGroups():
		return nil, forbidden(sentenceBudgetPlan)
	case name == "":
		return nil, badRequest(sentenceBudgetUnnamed)
	case form.CreditLimit == nil || *form.CreditLimit < 0:
		return nil, badRequest(sentenceCredits)
	}
	if form.AllMembers {
		form.UserIDs, form.GroupIDs = nil, nil
	}
	before := *into
	into.name, into.limit, into.everyone, into.users, into.groups = name, *form.CreditLimit, form.AllMembers, nil, nil
	entry.Limit, entry.Everyone = copied(form.CreditLimit), form.AllMembers
	for _, id := range form.UserIDs {
		if ws.memberByID(id) == nil {
			return nil, notFound(sentenceNoMember)
		}
		if !slices.Contains(into.users, id) {
			into.users = append(into.users, id)
		}
	}
	for _, id := range form.GroupIDs {
		if ws.groupByID(id) == nil {
			return nil, notFound(sentenceNoGroup)
		}
		if !slices.Contains(into.groups, id) {
			into.groups = append(into.groups, id)
		}
	}
	return slices.Concat(ws.moves(VerbRevokeBudget, before, *into, name), ws.moves(VerbGrantBudget, *into, before, name)), nil
}

// moves are entries for the people and groups that only one of two budgets is granted to.
func (ws *workspace) moves(verb Verb, to, notTo budget, name string) []Entry {
	var entries []Entry
	for _, id := range to.users {
		if member := ws.memberByID(id); member != nil && !slices.Contains(notTo.users, id) {
			entries = append(entries, Entry{Verb: verb, Budget: name, Target: member.Email})
		}
	}
	for _, id := range to.groups {
		if named := ws.groupByID(id); named != nil && !slices.Contains(notTo.groups, id) {
			entries = append(entries, Entry{Verb: verb, Budget: name, Group: named.name})
		}
	}
	return entries
}

func (w *world) resetBudget(actor *account, workspaceID, budgetID int) *refusal {
	return w.budgetWrite(actor, workspaceID, budgetID, VerbResetBudget, func(_ *workspace, named *budget, _ *Entry) ([]Entry, *refusal) {
		named.used = 0
		return nil, nil
	})
}

func (w *world) deleteBudget(actor *account, workspaceID, budgetID int) *refusal {
	return w.budgetWrite(actor, workspaceID, budgetID, VerbDeleteBudget, func(ws *workspace, named *budget, _ *Entry) ([]Entry, *refusal) {
		if named.workbooks > 0 {
			return nil, conflict(sentenceInUse(named.workbooks))
		}
		ws.budgets = slices.DeleteFunc(ws.budgets, func(each budget) bool { return each.id == budgetID })
		return nil, nil
	})
}

func sentenceInUse(workbooks int) string {
	if workbooks == 1 {
		return "This budget is used by 1 workbook"
	}
	return fmt.Sprintf("This budget is used by %d workbooks", workbooks)
}
