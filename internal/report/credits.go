package report

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// nearPercent is how full a budget must be to be told of. Clay sends its first alert there, too.
const (
	nearPercent = 75
	percent     = 100
)

// findCredits compares what was used with the limits: of the budgets that the operator owns, and of the people whose use it reads.
func (b *builder) findCredits() {
	figures := &b.result.Figures
	var credits []Credit
	if known := b.workspace.Status.Access; known != nil {
		for _, budget := range known.Budgets {
			credits = append(credits, Credit{
				Of: CreditOfBudget, Name: budget.Name, Used: budget.Used, Limit: budget.CreditLimit, ReadTime: timeOf(known.LastReadTime),
			})
		}
	}
	users := map[string]*clayv1alpha1.ClayUser{}
	for i := range b.users {
		user := &b.users[i]
		if credit, known := b.creditOf(user); known {
			users[credit.Name] = user
			credits = append(credits, credit)
		}
	}
	slices.SortStableFunc(credits, func(x, y Credit) int {
		return cmp.Or(strings.Compare(string(x.Of), string(y.Of)), compareFullness(y, x), strings.Compare(x.Name, y.Name))
	})
	for _, credit := range credits {
		found := Finding{Name: credit.Name, Used: new(credit.Used), Limit: new(credit.Limit)}
		switch {
		case credit.Of == CreditOfPerson && credit.isSpent():
			user := users[credit.Name]
			found.Kind, found.User, found.Role, found.Seat = OverCreditLimit, user.Name, string(user.Status.Role), string(user.Status.Seat)
			figures.OverLimit++
		case credit.Of == CreditOfBudget && credit.isSpent():
			found.Kind = BudgetNearLimit
			figures.BudgetsAtLimit++
		case credit.Of == CreditOfBudget && credit.isNear():
			found.Kind = BudgetNearLimit
			figures.BudgetsNear++
		default:
			continue
		}
		b.find(found)
	}
	b.result.Credits = credits
}

// creditOf returns what a person used of the limit this month, where both are known. What was used in an earlier month counts no more.
func (b *builder) creditOf(user *clayv1alpha1.ClayUser) (Credit, bool) {
	access := user.Status.Access
	if user.Status.Seat != clayv1alpha1.SeatActive || access == nil || access.MCPCreditLimit == nil || access.Usage == nil {
		return Credit{}, false
	}
	readAt := timeOf(&access.Usage.Time)
	if readAt == nil || readAt.Before(monthOf(b.input.Now)) {
		return Credit{}, false
	}
	return Credit{Of: CreditOfPerson, Name: addressOf(user), Used: access.Usage.Used, Limit: *access.MCPCreditLimit, ReadTime: readAt}, true
}

// isSpent says whether nothing is left. A limit of zero is one that nobody reaches by using nothing.
func (c Credit) isSpent() bool { return c.Used >= c.Limit && c.Used > 0 }

// isNear says whether a budget is so full that somebody should know.
func (c Credit) isNear() bool {
	return c.Used > 0 && product(c.Used, percent).Cmp(product(c.Limit, nearPercent)) >= 0
}

// compareFullness compares used/limit without dividing.
func compareFullness(a, b Credit) int {
	if a.Limit == 0 || b.Limit == 0 {
		return cmp.Compare(a.fullness(), b.fullness())
	}
	return product(a.Used, b.Limit).Cmp(product(b.Used, a.Limit))
}

// product multiplies numbers whose product may be larger than either may be.
func product(a, b int64) *big.Int { return new(big.Int).Mul(big.NewInt(a), big.NewInt(b)) }

// fullness returns how much of the limit is used, in percent, rounded down; more than all of a limit of zero is twice as much as there is.
func (c Credit) fullness() int {
	switch {
	case c.Limit > 0:
		share := product(c.Used, percent)
		return int(share.Quo(share, big.NewInt(c.Limit)).Int64())
	case c.Used > 0:
		return 2 * percent
	default:
		return 0
	}
}

// findGroups tells of the ClayGroups of the workspace.
func (b *builder) findGroups() {
	byName := map[string]*clayv1alpha1.ClayUser{}
	for i := range b.input.Users {
		if user := &b.input.Users[i]; user.Namespace == b.workspace.Namespace && user.Spec.WorkspaceRef.Name == b.workspace.Name {
			byName[user.Name] = user
		}
	}
	var missing []Finding
	for i := range b.groups {
		group := &b.groups[i]
		known := Group{Name: group.GetDisplayName(), Members: len(group.Spec.Members)}
		for _, member := range group.Spec.Members {
			user := byName[member.Name]
			switch {
			case user == nil:
				missing = append(missing, Finding{Kind: MissingInGroup, Name: member.Name, Group: known.Name})
			case user.Status.Seat == clayv1alpha1.SeatActive:
				known.Active++
			default:
			}
		}
		if group.Status.Mirrored != nil {
			known.Mirrored = new(int(*group.Status.Mirrored))
		}
		b.result.Groups = append(b.result.Groups, known)
	}
	slices.SortStableFunc(b.result.Groups, func(x, y Group) int { return strings.Compare(x.Name, y.Name) })
	slices.SortStableFunc(missing, func(x, y Finding) int {
		return cmp.Or(strings.Compare(x.Group, y.Group), strings.Compare(x.Name, y.Name))
	})
	b.find(missing...)
	b.result.Figures.MissingInGroups = len(missing)
}
