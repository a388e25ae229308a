package access_test

import (
	"fmt"
	"testing"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// BenchmarkPlan plans for a large workspace in which everybody moves from one of its hundred groups to the next.
func BenchmarkPlan(b *testing.B) {
	const people, things = 5_000, 100
	s := state()
	var wish access.Wish
	name := func(n int) string { return fmt.Sprintf("Group %02d", n%things) }
	members := map[string][]seat.Email{}
	for n := range people {
		email := seat.Email(fmt.Sprintf("somebody%d@example.com", n))
		members[name(n)] = append(members[name(n)], email)
		wish.People = append(wish.People, person(email, inGroups(name(n+1)), inBudgets(name(n+1)), limit(50)))
		s.Limits.People = append(s.Limits.People, shows(email, nil))
	}
	for n := range things {
		wish.Groups = append(wish.Groups, access.GroupWish{Name: name(n)})
		wish.Budgets = append(wish.Budgets, access.BudgetWish{Name: name(n), CreditLimit: 5})
		s.Groups.Groups = append(s.Groups.Groups, group(name(n), members[name(n)]...))
		s.Budgets.Budgets = append(s.Budgets.Budgets, budget(name(n), 5, members[name(n)]...))
	}
	for b.Loop() {
		result, err := access.Plan(wish, s, policy())
		if err != nil || len(result.Changes) != 5*people || len(result.Blocked) > 0 {
			b.Fatalf("%d changes, %d blocked, %v", len(result.Changes), len(result.Blocked), err)
		}
	}
}
