package access_test

import (
	"testing"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

func TestPlanBudgets(t *testing.T) {
	t.Parallel()
	sales := access.BudgetWish{Name: "Sales", CreditLimit: 500}
	shared := access.BudgetWish{Name: "Sales", CreditLimit: 500, Groups: []string{"West", "East"}}
	everyone := access.BudgetWish{Name: "Sales", CreditLimit: 500, Everyone: true, Groups: []string{"East"}}
	resets := access.BudgetWish{Name: "Sales", CreditLimit: 500, Reset: true}
	create := access.Change{Verb: access.CreateBudget, Budget: "Sales", Credits: 500}
	edit := access.Change{Verb: access.EditBudget, Budget: "Sales", Credits: 500, From: some(500)}
	raise := edit
	raise.From = some(300)
	grant := func(email seat.Email) access.Change { return about(access.GrantBudget, "Sales", email) }
	revoke := func(email seat.Email) access.Change { return about(access.RevokeBudget, "Sales", email) }
	open := func(change access.Change) access.Change { change.Everyone = true; return change }
	to := func(change access.Change, groups ...string) access.Change { change.Groups = groups; return change }
	held := func(change access.Change, groups ...string) access.Change { change.FromGroups = groups; return change }
	used := func(b access.Budget, credits int64) access.Budget { b.Used = credits; return b }
	partly := func(b access.Budget) access.Budget { b.Complete = false; return b }
	wish := func(wish access.BudgetWish, people ...access.Person) access.Wish {
		return access.Wish{Budgets: []access.BudgetWish{wish}, People: people}
	}
	owning := func(wish access.Wish, groups ...string) access.Wish {
		for _, name := range groups {
			wish.Groups = append(wish.Groups, access.GroupWish{Name: name})
		}
		return wish
	}
	ambiguous := []access.Thing{{Section: access.SectionBudgets, Name: "Sales"}}
	joKim := []access.Person{person(kim, inBudgets("Sales")), person(jo)}
	makeWest := about(access.CreateGroup, "West", "")
	unreadGroups := func(s *access.State) { s.Groups.Complete = false }
	runPlanTests(t, []planTest{
		{"made and granted", wish(sales, joKim...), state(), policy(), access.Result{Changes: []access.Change{create, grant(kim)}}},
		{"made for everybody", wish(everyone, joKim...), state(), policy(), access.Result{
			Changes: []access.Change{open(create)},
			Unknown: []access.UnknownName{{Budget: "Sales", Section: access.SectionGroups, Name: "East"}},
		}},
		{"as it should be", wish(sales, joKim...), state(budgets(budget("Sales", 500, kim))), policy(), access.Result{}},
		{
			"limit and users", wish(sales, joKim...), state(budgets(budget("Sales", 300, jo))), policy(),
			access.Result{Changes: []access.Change{revoke(jo), raise, grant(kim)}},
		},
		{"users alone", wish(sales, joKim...), state(budgets(budget("Sales", 500, jo))), policy(), access.Result{Changes: []access.Change{revoke(jo), grant(kim)}}},
		{
			"opened to everybody", owning(wish(everyone, joKim...), "East"), state(groups(group("East")), budgets(withGroups(budget("Sales", 500, jo, sam), "East"))),
			policy(), access.Result{
				Changes:   []access.Change{open(edit)},
				Strangers: []access.Stranger{{access.SectionBudgets, "Sales", sam}},
			},
		},
		{
			"open to everybody", owning(wish(everyone, joKim...), "East"), state(groups(group("East")), budgets(forEveryone(budget("Sales", 500)))),
			policy(), access.Result{},
		},
		{
			"closed again", wish(sales, joKim...), state(budgets(forEveryone(budget("Sales", 500)))), policy(),
			access.Result{Changes: []access.Change{edit, grant(kim)}},
		},
		{
			"closing waits", wish(sales, joKim...), state(budgets(forEveryone(budget("Sales", 500)))), policy(waits(seat.BlockedRefused, edit)),
			access.Result{Blocked: blocked(seat.BlockedRefused, edit, grant(kim))},
		},
		{
			"the limit waits, the users do not", wish(sales, joKim...), state(budgets(budget("Sales", 300))), policy(waits(seat.BlockedRefused, raise)),
			access.Result{Changes: []access.Change{grant(kim)}, Blocked: blocked(seat.BlockedRefused, raise)},
		},
		{
			"making waits", wish(sales, joKim...), state(), policy(waits(seat.BlockedRefused, create)),
			access.Result{Blocked: blocked(seat.BlockedRefused, create, grant(kim))},
		},
		{
			"groups that are there and that will be", owning(wish(shared), "West", "East"), state(groups(group("East"))), policy(),
			access.Result{Changes: []access.Change{makeWest, to(create, "East", "West")}},
		},
		{
			"a group that cannot be made", owning(wish(shared), "West", "East"), state(groups(group("East"))), policy(waits(seat.BlockedRefused, makeWest)),
			access.Result{Changes: []access.Change{to(create, "East")}, Blocked: blocked(seat.BlockedRefused, makeWest)},
		},
		{
			"groups that nobody owns keep it, owned ones do not", owning(wish(sales), "East"),
			state(groups(group("East"), group("Ops")), budgets(withGroups(budget("Sales", 500), "Ops", "East"))),
			policy(), access.Result{Changes: []access.Change{held(to(edit, "Ops"), "East", "Ops")}},
		},
		{
			"a group that goes", func() access.Wish { w := wish(sales); w.DeleteGroups = []string{"East"}; return w }(),
			state(groups(group("East")), budgets(withGroups(budget("Sales", 500), "East"))), policy(),
			access.Result{Changes: []access.Change{held(edit, "East"), about(access.DeleteGroup, "East", "")}},
		},
		{
			"a group in doubt keeps what it has", owning(wish(sales), "East"),
			state(groups(group("East"), group("east")), budgets(withGroups(budget("Sales", 500), "East"))), policy(),
			access.Result{Ambiguous: []access.Thing{{access.SectionGroups, "East"}}},
		},
		{
			"groups that were not read keep what they have", owning(wish(shared), "East", "West", "South"),
			state(unreadGroups, budgets(withGroups(budget("Sales", 500), "East", "South"))), policy(),
			access.Result{Unread: []access.Thing{{Section: access.SectionGroups}}},
		},
		{"reset", wish(resets), state(budgets(used(budget("Sales", 500), 20))), policy(), access.Result{Changes: []access.Change{
			{Verb: access.ResetBudget, Budget: "Sales", From: some(20)}}}},
		{"nothing to reset", wish(resets), state(budgets(budget("Sales", 500))), policy(), access.Result{}},
		{"not read to its end", wish(resets, joKim...), state(budgets(partly(used(budget("Sales", 300, jo), 20)))), policy(), access.Result{Unread: ambiguous}},
		{
			"an unread line may be anybody", wish(sales, joKim...), state(budgets(budget("Sales", 500, jo, "Kim D."))), policy(),
			access.Result{Changes: []access.Change{revoke(jo)}, Blocked: blocked(seat.BlockedAmbiguousMember, grant(kim))},
		},
		{
			"another case", wish(sales, joKim...), state(budgets(budget("sales", 500, kim))), policy(),
			access.Result{Blocked: blocked(access.BlockedAmbiguousName, create, grant(kim)), Ambiguous: ambiguous},
		},
		{
			"two of the name", wish(resets, joKim...), state(budgets(used(budget("Sales", 300, jo), 7), budget("Sales", 500))), policy(),
			access.Result{
				Blocked: blocked(access.BlockedAmbiguousName, revoke(jo), raise,
					access.Change{Verb: access.ResetBudget, Budget: "Sales", From: some(7)}, grant(kim)),
				Ambiguous: ambiguous,
			},
		},
		{
			"two wishes of one name", access.Wish{Budgets: []access.BudgetWish{{Name: "Sales", CreditLimit: 900}, sales}}, state(), policy(),
			access.Result{Blocked: blocked(access.BlockedAmbiguousName, create), Ambiguous: ambiguous},
		},
		{
			"deleted", access.Wish{DeleteBudgets: []string{"Sales", "Gone"}}, state(budgets(budget("Sales", 1), budget("Ops", 1))), policy(),
			access.Result{Changes: []access.Change{about(access.DeleteBudget, "Sales", "")}},
		},
		{
			"unknown names", access.Wish{
				Groups: []access.GroupWish{{Name: "East"}}, Budgets: []access.BudgetWish{{Name: "Sales", CreditLimit: 500, Groups: []string{"North", "East"}}},
				People: []access.Person{person(jo, inGroups("east", "East"), inBudgets("Ops"), absent)},
			}, state(groups(group("East")), budgets(withGroups(budget("Sales", 500), "East"))), policy(), access.Result{Unknown: []access.UnknownName{
				{Budget: "Sales", Section: access.SectionGroups, Name: "North"},
				{Owner: "team/jo@example.com", Section: access.SectionGroups, Name: "east"},
				{Owner: "team/jo@example.com", Section: access.SectionBudgets, Name: "Ops"},
			}},
		},
	})
}
