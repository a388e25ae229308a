package clayweb

import (
	"slices"

	"github.com/seatwright/clay-operator/internal/access"
)

// follow makes an edit of a budget one of what is there now. It names all groups that are to have access, as they were when it was asked for;
// whoever gave one more access since then, or took it from one, is not overruled by that: only what the edit itself adds or takes away is done.
func (j *accessJob) follow(everyone bool, held []string) {
	if j.change.Verb != access.EditBudget || j.change.Everyone {
		return
	}
	if everyone {
		j.change.Groups = j.wished // nobody had it by a group
		return
	}
	seen := j.change.FromGroups
	j.change.Groups = nil
	for _, name := range held {
		if slices.Contains(j.wished, name) || !slices.Contains(seen, name) {
			j.change.Groups = append(j.change.Groups, name)
		}
	}
	for _, name := range j.wished {
		if !slices.Contains(held, name) && !slices.Contains(seen, name) {
			j.change.Groups = append(j.change.Groups, name)
		}
	}
}

// followBudgets makes the edits of budgets that are not settled ones of what the reading shows. One that was made comes out as met by that, whatever
// a person did beside it.
func (w *accessWork) followBudgets(jobs []*accessJob) {
	for _, next := range jobs {
		budget, count := budgetNamed(w.reading.state.Budgets, next.change.Budget)
		if next.state != settled && count == 1 && budget.Complete {
			next.follow(budget.Everyone, budget.Groups)
		}
	}
}

// groupsOf are the groups among the picks of a dialog.
func groupsOf(picks []pick) []string {
	var names []string
	for _, each := range picks {
		if each.email == "" {
			names = append(names, each.group)
		}
	}
	return names
}
