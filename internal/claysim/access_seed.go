package claysim

import "fmt"

// seedAccessLocked makes the groups, budgets and limits of a seed.
func (w *world) seedAccessLocked(ws *workspace) error {
	for _, seed := range ws.Groups {
		members, err := ws.memberIDs(seed.Members)
		if err != nil {
			return fmt.Errorf("group %q: %w", seed.Name, err)
		}
		w.lastGroup++
		ws.groups = append(ws.groups, group{id: w.lastGroup, name: seed.Name, description: seed.Description, members: members})
	}
	for _, seed := range ws.Budgets {
		added, err := ws.seedBudget(seed)
		if err != nil {
			return fmt.Errorf("budget %q: %w", seed.Name, err)
		}
		w.lastBudget++
		added.id = w.lastBudget
		ws.budgets = append(ws.budgets, added)
	}
	ws.defaultLimit = copied(ws.DefaultLimit)
	for _, seat := range ws.Members {
		ws.change(ws.memberByEmail(seat.Email).UserID, func(s *spending) {
			*s = spending{
				limit: copied(seat.Limit), used: seat.Used, month: monthOf(w.now()), platforms: seat.Platforms, salesforceID: seat.SalesforceID,
			}
		})
	}
	return nil
}

func (ws *workspace) seedBudget(seed BudgetSeed) (budget, error) {
	if seed.Everyone && len(seed.Users)+len(seed.Groups) > 0 {
		return budget{}, fmt.Errorf("it is open to everyone: leave out users and groups")
	}
	users, err := ws.memberIDs(seed.Users)
	if err != nil {
		return budget{}, err
	}
	groups, err := ws.groupIDs(seed.Groups)
	if err != nil {
		return budget{}, err
	}
	return budget{
		name: seed.Name, limit: seed.CreditLimit, used: seed.Used, everyone: seed.Everyone, users: users, groups: groups, workbooks: seed.Workbooks,
	}, nil
}

func (ws *workspace) memberIDs(emails []string) ([]int, error) {
	var ids []int
	for _, email := range emails {
		member := ws.memberByEmail(email)
		if member == nil {
			return nil, fmt.Errorf("%s is not among the members", email)
		}
		ids = append(ids, member.UserID)
	}
	return ids, nil
}

// groupIDs are the ids of groups by their names, the first one's where several have it.
func (a access) groupIDs(names []string) ([]int, error) {
	var ids []int
	for _, name := range names {
		named, known := found(a.groups, func(each group) bool { return each.name == name })
		if !known {
			return nil, fmt.Errorf("there is no group %q", name)
		}
		ids = append(ids, named.id)
	}
	return ids, nil
}

func (a access) budgetIDs(names []string) ([]int, error) {
	var ids []int
	for _, name := range names {
		named, known := found(a.budgets, func(each budget) bool { return each.name == name })
		if !known {
			return nil, fmt.Errorf("there is no budget %q", name)
		}
		ids = append(ids, named.id)
	}
	return ids, nil
}
