package access

import (
	"cmp"
	"maps"
	"slices"

	"github.com/seatwright/clay-operator/internal/seat"
)

func (b Budget) name() string { return b.Name }

func (p *planner) planBudgets() {
	if !p.canRead(SectionBudgets, p.state.Budgets.Complete) {
		return
	}
	// Two wishes of one name contradict each other, so each counts.
	asked := make([]string, 0, len(p.wish.Budgets)+len(p.wish.DeleteBudgets))
	for _, wish := range p.wish.Budgets {
		asked = append(asked, wish.Name)
	}
	deletions := names(p.wish.DeleteBudgets, itself)
	deletions = slices.DeleteFunc(deletions, func(name string) bool { return p.budgets[name] })
	shown := newIndex(p.state.Budgets.Budgets, Budget.name, compareBudgets, append(asked, deletions...))
	for _, wish := range p.budgetWishes() {
		lines, certain := shown.find(wish.Name)
		p.planBudget(wish, lines, p.ambiguity(SectionBudgets, wish.Name, certain))
	}
	for _, name := range deletions {
		if lines, certain := shown.find(name); len(lines) > 0 {
			p.propose(Change{Verb: DeleteBudget, Budget: name}, p.ambiguity(SectionBudgets, name, certain))
		}
	}
}

func compareBudgets(a, b *Budget) int {
	return cmp.Or(
		cmp.Compare(a.ID, b.ID), cmp.Compare(a.CreditLimit, b.CreditLimit), cmp.Compare(a.Used, b.Used), compareTruth(a.Everyone, b.Everyone),
		slices.Compare(a.Users, b.Users), slices.Compare(a.Groups, b.Groups),
	)
}

// budgetWishes are the owned budgets by name. Of several with one name, which stay as they are, the first stands for all.
func (p *planner) budgetWishes() []BudgetWish {
	wishes := slices.Clone(p.wish.Budgets)
	slices.SortFunc(wishes, func(a, b BudgetWish) int {
		return cmp.Or(
			cmp.Compare(a.Name, b.Name), cmp.Compare(a.CreditLimit, b.CreditLimit),
			compareTruth(a.Everyone, b.Everyone), slices.Compare(names(a.Groups, itself), names(b.Groups, itself)), compareTruth(a.Reset, b.Reset),
		)
	})
	return slices.CompactFunc(wishes, func(a, b BudgetWish) bool { return a.Name == b.Name })
}

func compareTruth(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

func (p *planner) planBudget(wish BudgetWish, lines []*Budget, reason seat.BlockReason) {
	if len(lines) == 0 {
		create := Change{Verb: CreateBudget, Budget: wish.Name, Credits: wish.CreditLimit, Everyone: wish.Everyone, Groups: p.access(wish, nil)}
		p.planUsers(wish, crowd{}, p.propose(create, reason))
		return
	}
	budget := lines[0]
	if !budget.Complete {
		p.unread(SectionBudgets, wish.Name)
		return
	}
	if wish.Reset && budget.Used > 0 {
		p.propose(Change{Verb: ResetBudget, Budget: wish.Name, From: &budget.Used}, reason)
	}
	grants := reason
	groups := p.access(wish, budget)
	regroups := !wish.Everyone && !slices.Equal(groups, names(budget.Groups, itself))
	if budget.CreditLimit != wish.CreditLimit || budget.Everyone != wish.Everyone || regroups {
		edit := Change{
			Verb: EditBudget, Budget: wish.Name, Credits: wish.CreditLimit, Everyone: wish.Everyone, Groups: groups, From: &budget.CreditLimit,
		}
		if !wish.Everyone {
			edit.FromGroups = names(budget.Groups, itself)
		}
		if stays := p.propose(edit, reason); budget.Everyone {
			// Nobody is granted alone what everybody has.
			grants = stays
		}
	}
	present := newCrowd(budget.Users)
	p.planUsers(wish, present, grants)
	p.strangers(SectionBudgets, wish.Name, present)
}

// access returns the groups that should have access: those that the wish names, as far as they are there or will be, and all that nobody
// owns and that have it already. Of an owned group whose name is in doubt nothing changes.
func (p *planner) access(wish BudgetWish, budget *Budget) []string {
	if wish.Everyone {
		return nil
	}
	wanted, access := set(wish.Groups), map[string]bool{}
	maps.DeleteFunc(wanted, func(name string, _ bool) bool { return !p.groups[name] })
	if budget != nil {
		for _, name := range budget.Groups {
			access[name] = wanted[name] || !p.settled[name]
		}
	}
	for name := range wanted {
		access[name] = access[name] || p.usable[name]
	}
	maps.DeleteFunc(access, func(_ string, has bool) bool { return !has })
	return slices.Sorted(maps.Keys(access))
}

// planUsers plans who has access one by one. Where everybody is to have it, those who had it alone are forgotten with the edit that says so.
func (p *planner) planUsers(wish BudgetWish, present crowd, reason seat.BlockReason) {
	if !wish.Everyone {
		p.planCrowd(Change{Budget: wish.Name}, GrantBudget, RevokeBudget, p.people.budgets[wish.Name], present, reason)
	}
}
