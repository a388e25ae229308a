package claysim

import (
	"slices"
	"strings"
)

// Group is a named set of members.
type Group struct {
	ID          int    `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	// Members are their e-mail addresses, in the order in which they came in.
	Members []string `json:"members"`
}

// Budget is a named pool of Data Credits: a cap on what those with access may spend.
type Budget struct {
	ID          int    `json:"id"`
	Name        string `json:"name"`
	CreditLimit int64  `json:"creditLimit"`
	// Used never starts again by itself.
	Used int64 `json:"used"`
	// Everyone is true where all members have access. Users, e-mail addresses, and Groups, names, are empty then.
	Everyone bool     `json:"everyone"`
	Users    []string `json:"users"`
	Groups   []string `json:"groups"`
	// Workbooks is how many use it.
	Workbooks int `json:"workbooks"`
}

// Spender is what a member may spend through MCP in a month, and has spent.
type Spender struct {
	Email string `json:"email"`
	// Own is the person's own limit, nil where the default counts. Limit is the one that counts, nil for no limit.
	Own   *int64 `json:"own,omitempty"`
	Limit *int64 `json:"limit,omitempty"`
	// Used since the first of the month, 00:00 UTC.
	Used int64 `json:"used"`
	// Platforms are the tools that the person uses MCP in.
	Platforms    []string `json:"platforms,omitempty"`
	SalesforceID string   `json:"salesforceId,omitempty"`
}

// Group finds a group by its name, the first one where several have it.
func (w WorkspaceState) Group(name string) (Group, bool) {
	return found(w.Groups, func(group Group) bool { return group.Name == name })
}

// Budget finds a budget by its name, the first one where several have it.
func (w WorkspaceState) Budget(name string) (Budget, bool) {
	return found(w.Budgets, func(budget Budget) bool { return budget.Name == name })
}

// Spender finds a member by e-mail address, in any case.
func (w WorkspaceState) Spender(email string) (Spender, bool) {
	return found(w.Spenders, func(spender Spender) bool { return strings.EqualFold(spender.Email, email) })
}

func found[T any](all []T, meant func(T) bool) (T, bool) {
	if at := slices.IndexFunc(all, meant); at >= 0 {
		return all[at], true
	}
	var none T
	return none, false
}

// accessLocked fills in the groups, budgets and limits of a workspace.
func (w *world) accessLocked(state *WorkspaceState, ws *workspace) {
	for _, group := range ws.groups {
		state.Groups = append(state.Groups, Group{
			ID: group.id, Name: group.name, Description: group.description, Members: w.emailsLocked(group.members),
		})
	}
	for _, budget := range ws.budgets {
		state.Budgets = append(state.Budgets, Budget{
			ID: budget.id, Name: budget.name, CreditLimit: budget.limit, Used: budget.used, Everyone: budget.everyone,
			Users: w.emailsLocked(budget.users), Groups: ws.groupNames(budget.groups), Workbooks: budget.workbooks,
		})
	}
	state.DefaultLimit = copied(ws.defaultLimit)
	for _, member := range ws.members {
		known := ws.spending[member.UserID]
		state.Spenders = append(state.Spenders, Spender{
			Email: member.Email, Own: copied(known.limit), Limit: copied(ws.limitOf(member.UserID)),
			Used: ws.usedIn(member.UserID, monthOf(w.now())), Platforms: slices.Clone(known.platforms), SalesforceID: known.salesforceID,
		})
	}
}

func (w *world) emailsLocked(userIDs []int) []string {
	var emails []string
	for _, id := range userIDs {
		emails = append(emails, w.emailLocked(id))
	}
	return emails
}

// copied is the same number at another address, so that nobody changes the world through it.
func copied(number *int64) *int64 {
	if number == nil {
		return nil
	}
	return new(*number)
}
