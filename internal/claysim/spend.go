package claysim

import (
	"fmt"
	"slices"
)

// SpendCredits lets a member spend credits through MCP, as agents do that work for people. It fails at the limit: what
// is spent in one go may exceed it.
func (s *Server) SpendCredits(workspaceID int, email string, credits int64) error {
	return s.world.happen(workspaceID, func(ws *workspace) error {
		member := ws.memberByEmail(email)
		if member == nil {
			return fmt.Errorf("%s spends credits: not a member of workspace %d", email, workspaceID)
		}
		now := monthOf(s.world.now())
		used, limit := ws.usedIn(member.UserID, now), ws.limitOf(member.UserID)
		if limit != nil && used >= *limit {
			return fmt.Errorf("%s spends credits: the limit of %d is reached", email, *limit)
		}
		ws.change(member.UserID, func(s *spending) { s.used, s.month = used+credits, now })
		return nil
	})
}

// SpendBudget lets workbooks spend credits of a budget. It fails at the limit: what is spent in one go may exceed it.
func (s *Server) SpendBudget(workspaceID int, name string, credits int64) error {
	return s.world.happenTo(workspaceID, name, func(named *budget) error {
		if named.used >= named.limit {
			return fmt.Errorf("spend of budget %q: the limit of %d is reached", name, named.limit)
		}
		named.used += credits
		return nil
	})
}

// UseBudget lets a number of workbooks use a budget from now on; 0 is none.
func (s *Server) UseBudget(workspaceID int, name string, workbooks int) error {
	return s.world.happenTo(workspaceID, name, func(named *budget) error {
		named.workbooks = workbooks
		return nil
	})
}

// happen changes a workspace as the work of its people does.
func (w *world) happen(workspaceID int, change func(*workspace) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	ws := w.workspaceLocked(workspaceID)
	if ws == nil {
		return fmt.Errorf("there is no workspace %d", workspaceID)
	}
	defer w.notifyLocked()
	return change(ws)
}

// happenTo changes a budget, the first one of the name.
func (w *world) happenTo(workspaceID int, name string, change func(*budget) error) error {
	return w.happen(workspaceID, func(ws *workspace) error {
		at := slices.IndexFunc(ws.budgets, func(each budget) bool { return each.name == name })
		if at < 0 {
			return fmt.Errorf("workspace %d has no budget %q", workspaceID, name)
		}
		return change(&ws.budgets[at])
	})
}
