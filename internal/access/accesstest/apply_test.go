package accesstest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/access/accesstest"
	"github.com/seatwright/clay-operator/internal/seat"
)

const (
	jo  = seat.Email("jo@example.com")
	kim = seat.Email("kim@example.com")
)

func some(credits int64) *int64 { return new(credits) }

func sample() access.State {
	return access.State{
		Groups: access.GroupList{Groups: []access.Group{{Name: "East", Members: []seat.Email{"Jo@example.com"}, Complete: true}}},
		Budgets: access.BudgetList{Budgets: []access.Budget{
			{Name: "Sales", CreditLimit: 5, Used: 2, Users: []seat.Email{jo}, Groups: []string{"East", "West"}, Complete: true},
			{Name: "Ops", Everyone: true},
		}},
		Limits: access.LimitList{Default: some(1), People: []access.PersonLimit{{Email: jo, Limit: some(1), Used: 1}, {Email: kim, Limit: some(9)}}},
	}
}

func TestApply(t *testing.T) {
	t.Parallel()
	east := func(s *access.State) *access.Group { return &s.Groups.Groups[0] }
	sales := func(s *access.State) *access.Budget { return &s.Budgets.Budgets[0] }
	for _, test := range []struct {
		reason string
		change access.Change
		edit   func(*access.State)
	}{
		{"make a group", access.Change{Verb: access.CreateGroup, Group: "West", Description: "w"}, func(s *access.State) {
			s.Groups.Groups = append(s.Groups.Groups, access.Group{Name: "West", Description: "w", Complete: true})
		}},
		{"make what is there", access.Change{Verb: access.CreateGroup, Group: "East", Description: "w"}, func(*access.State) {}},
		{"describe", access.Change{Verb: access.DescribeGroup, Group: "East", Description: "w"}, func(s *access.State) { east(s).Description = "w" }},
		{"put in", access.Change{Verb: access.AddToGroup, Group: "East", Email: kim}, func(s *access.State) { east(s).Members = append(east(s).Members, kim) }},
		{"put in twice", access.Change{Verb: access.AddToGroup, Group: "East", Email: jo}, func(*access.State) {}},
		{"put into nothing", access.Change{Verb: access.AddToGroup, Group: "east", Email: kim}, func(*access.State) {}},
		{"take out", access.Change{Verb: access.RemoveFromGroup, Group: "East", Email: jo}, func(s *access.State) { east(s).Members = []seat.Email{} }},
		{"delete a group, which leaves its budgets", access.Change{Verb: access.DeleteGroup, Group: "East"}, func(s *access.State) {
			s.Groups.Groups, sales(s).Groups = []access.Group{}, []string{"West"}
		}},
		{"make a budget", access.Change{Verb: access.CreateBudget, Budget: "New", Credits: 7, Groups: []string{"East"}}, func(s *access.State) {
			s.Budgets.Budgets = append(s.Budgets.Budgets, access.Budget{Name: "New", CreditLimit: 7, Groups: []string{"East"}, Complete: true})
		}},
		{"make a budget that is there", access.Change{Verb: access.CreateBudget, Budget: "Sales", Credits: 7}, func(*access.State) {}},
		{"edit", access.Change{Verb: access.EditBudget, Budget: "Sales", Credits: 7, Groups: []string{"West"}}, func(s *access.State) {
			sales(s).CreditLimit, sales(s).Groups = 7, []string{"West"}
		}},
		{"open to everybody", access.Change{Verb: access.EditBudget, Budget: "Sales", Credits: 5, Everyone: true, Groups: []string{"West"}}, func(s *access.State) {
			sales(s).Everyone, sales(s).Groups, sales(s).Users = true, nil, nil
		}},
		{"edit nothing", access.Change{Verb: access.EditBudget, Budget: "sales", Credits: 7}, func(*access.State) {}},
		{"reset", access.Change{Verb: access.ResetBudget, Budget: "Sales"}, func(s *access.State) { sales(s).Used = 0 }},
		{"grant", access.Change{Verb: access.GrantBudget, Budget: "Sales", Email: kim}, func(s *access.State) { sales(s).Users = append(sales(s).Users, kim) }},
		{"grant what everybody has", access.Change{Verb: access.GrantBudget, Budget: "Ops", Email: kim}, func(*access.State) {}},
		{"revoke", access.Change{Verb: access.RevokeBudget, Budget: "Sales", Email: jo}, func(s *access.State) { sales(s).Users = []seat.Email{} }},
		{"delete a budget", access.Change{Verb: access.DeleteBudget, Budget: "Ops"}, func(s *access.State) { s.Budgets.Budgets = s.Budgets.Budgets[:1] }},
		{"set the default", access.Change{Verb: access.SetDefaultLimit, Credits: 4}, func(s *access.State) {
			s.Limits.Default, s.Limits.People[0].Limit = some(4), some(4)
		}},
		{"set a limit", access.Change{Verb: access.SetLimit, Email: kim, Credits: 4}, func(s *access.State) { s.Limits.People[1].Limit = some(4) }},
		{"set nobody's limit", access.Change{Verb: access.SetLimit, Email: "sam@example.com", Credits: 4}, func(*access.State) {}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			before, want := sample(), sample()
			test.edit(&want)
			if diff := cmp.Diff(want, accesstest.Apply(before, []access.Change{test.change})); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(sample(), before); diff != "" {
				t.Errorf("the given state changed (-before +after):\n%s", diff)
			}
		})
	}
}
