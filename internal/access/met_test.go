package access_test

import (
	"testing"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

func TestMet(t *testing.T) {
	t.Parallel()
	described := group("Sales", jo)
	described.Description = "Sellers"
	partly := group("Sales", jo)
	partly.Complete = false
	spent := withGroups(budget("Sales", 500, jo), "West", "East")
	spent.Used = 20
	cut := spent
	cut.Complete = false
	open := forEveryone(budget("Sales", 500))
	describe := func(words string) access.Change {
		return access.Change{Verb: access.DescribeGroup, Group: "Sales", Description: words}
	}
	shape := func(verb access.Verb, credits int64, everyone bool, groups ...string) access.Change {
		return access.Change{Verb: verb, Budget: "Sales", Credits: credits, Everyone: everyone, Groups: groups}
	}
	reset := func(from *int64) access.Change {
		return access.Change{Verb: access.ResetBudget, Budget: "Sales", From: from}
	}
	sets := func(verb access.Verb, email seat.Email, credits int64) access.Change {
		return access.Change{Verb: verb, Email: email, Credits: credits}
	}
	incomplete := func(s *access.State) { s.Groups.Complete, s.Budgets.Complete, s.Limits.Complete = false, false, false }
	offer := func(offer access.Offer) func(*access.State) {
		return func(s *access.State) { s.Groups.Offer, s.Budgets.Offer, s.Limits.Offer = offer, offer, offer }
	}
	const yes, no, unknown = "met", "not met", "unknown"
	for _, test := range []struct {
		reason string
		change access.Change
		state  access.State
		want   string
	}{
		{"made", about(access.CreateGroup, "Sales", ""), state(groups(described)), yes},
		{"made, in a list that was cut", about(access.CreateGroup, "Sales", ""), state(groups(described), incomplete), yes},
		{"not made", about(access.CreateGroup, "Sales", ""), state(groups(group("sales"))), no},
		{"perhaps made", about(access.CreateGroup, "Sales", ""), state(incomplete), unknown},
		{"made twice", about(access.CreateGroup, "Sales", ""), state(groups(group("Sales"), group("Sales"))), unknown},
		{"a section that was not read", about(access.CreateGroup, "Sales", ""), state(groups(described), offer("")), unknown},
		{"a section that is not there", about(access.CreateGroup, "Sales", ""), state(offer(access.NotOffered)), unknown},
		{"a verb that nobody knows", access.Change{Verb: "Explode"}, state(), unknown},
		{"described", describe("Sellers"), state(groups(described)), yes},
		{"described otherwise", describe("Buyers"), state(groups(described)), no},
		{"described and gone", describe("Sellers"), state(), no},
		{"put in", about(access.AddToGroup, "Sales", jo), state(groups(described)), yes},
		{"put in, in other letters", about(access.AddToGroup, "Sales", jo), state(groups(group("Sales", "Jo@Example.com"))), yes},
		{"put in, of a group that was cut", about(access.AddToGroup, "Sales", jo), state(groups(partly)), yes},
		{"not put in", about(access.AddToGroup, "Sales", kim), state(groups(described)), no},
		{"perhaps put in", about(access.AddToGroup, "Sales", kim), state(groups(partly)), unknown},
		{"perhaps put in, under a name", about(access.AddToGroup, "Sales", kim), state(groups(group("Sales", "Kim D."))), unknown},
		{"put into what is gone", about(access.AddToGroup, "Sales", kim), state(), no},
		{"taken out", about(access.RemoveFromGroup, "Sales", kim), state(groups(described)), yes},
		{"taken out, beside a line without an address", about(access.RemoveFromGroup, "Sales", kim), state(groups(group("Sales", "Jo D."))), yes},
		{"not taken out", about(access.RemoveFromGroup, "Sales", jo), state(groups(described)), no},
		{"perhaps taken out", about(access.RemoveFromGroup, "Sales", kim), state(groups(partly)), unknown},
		{"gone with the group", about(access.RemoveFromGroup, "Sales", kim), state(), yes},
		{"perhaps gone with the group", about(access.RemoveFromGroup, "Sales", kim), state(incomplete), unknown},
		{"deleted", about(access.DeleteGroup, "Sales", ""), state(groups(group("sales"))), yes},
		{"not deleted", about(access.DeleteGroup, "Sales", ""), state(groups(described)), no},
		{"perhaps deleted", about(access.DeleteGroup, "Sales", ""), state(incomplete), unknown},

		{"made as asked", shape(access.CreateBudget, 500, false, "East", "West"), state(budgets(spent)), yes},
		{"made with another limit", shape(access.CreateBudget, 400, false, "East", "West"), state(budgets(spent)), no},
		{"made for fewer", shape(access.CreateBudget, 500, false, "East", "West", "South"), state(budgets(spent)), no},
		{"perhaps made for all of them", shape(access.CreateBudget, 500, false, "East", "West"), state(budgets(cut)), unknown},
		{"edited", shape(access.EditBudget, 500, false, "West", "East"), state(budgets(spent)), yes},
		{"not edited, of a budget that was cut", shape(access.EditBudget, 600, false, "West"), state(budgets(cut)), no},
		{"opened", shape(access.EditBudget, 500, true), state(budgets(open)), yes},
		{"not opened", shape(access.EditBudget, 500, true), state(budgets(spent)), no},
		{"not closed", shape(access.EditBudget, 500, false), state(budgets(open)), no},
		{"edited and gone", shape(access.EditBudget, 500, false), state(), no},
		{"reset", reset(some(30)), state(budgets(spent)), yes},
		{"reset, and nothing spent since", reset(some(30)), state(budgets(budget("Sales", 500))), yes},
		{"not reset", reset(some(20)), state(budgets(spent)), no},
		{"reset from nobody knows what", reset(nil), state(budgets(spent)), no},
		{"granted", about(access.GrantBudget, "Sales", jo), state(budgets(spent)), yes},
		{"granted to all", about(access.GrantBudget, "Sales", kim), state(budgets(open)), yes},
		{"not granted", about(access.GrantBudget, "Sales", kim), state(budgets(spent)), no},
		{"perhaps granted", about(access.GrantBudget, "Sales", kim), state(budgets(cut)), unknown},
		{"taken away", about(access.RevokeBudget, "Sales", kim), state(budgets(spent)), yes},
		{"not taken away", about(access.RevokeBudget, "Sales", jo), state(budgets(spent)), no},
		{"taken away with the budget", about(access.RevokeBudget, "Sales", jo), state(), yes},
		{"budget deleted", about(access.DeleteBudget, "Sales", ""), state(), yes},
		{"budget not deleted", about(access.DeleteBudget, "Sales", ""), state(budgets(spent)), no},

		{"default set", sets(access.SetDefaultLimit, "", 5), state(limits(some(5))), yes},
		{"default not set", sets(access.SetDefaultLimit, "", 5), state(limits(nil)), no},
		{"default perhaps set", sets(access.SetDefaultLimit, "", 5), state(limits(some(5)), incomplete), unknown},
		{"limit set", sets(access.SetLimit, jo, 5), state(limits(nil, shows("JO@example.com", some(5))), incomplete), yes},
		{"limit not set", sets(access.SetLimit, jo, 5), state(limits(some(5), shows(jo, nil))), no},
		{"not listed", sets(access.SetLimit, jo, 5), state(limits(some(5), shows(kim, some(5)))), no},
		{"perhaps listed", sets(access.SetLimit, jo, 5), state(incomplete), unknown},
		{"perhaps listed, under a name", sets(access.SetLimit, jo, 5), state(limits(nil, shows("Jo D.", some(5)))), unknown},
		{"listed twice", sets(access.SetLimit, jo, 5), state(limits(nil, shows(jo, some(5)), shows(jo, some(5)))), unknown},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			met, known := access.Met(test.change, test.state)
			got := map[[2]bool]string{{true, true}: yes, {false, true}: no, {false, false}: unknown}[[2]bool{met, known}]
			if got != test.want {
				t.Errorf("met %t, known %t; want %s", met, known, test.want)
			}
		})
	}
}

// TestKeysAndNames: a change keeps its key when its values change, and no other change has it.
func TestKeysAndNames(t *testing.T) {
	t.Parallel()
	seen := map[access.Key]access.Change{}
	for _, verb := range access.Verbs() {
		for _, email := range []seat.Email{"", jo} {
			for _, name := range []string{"East", "West"} {
				change := about(verb, name, email)
				if verb.Section() == access.SectionLimits && name == "West" {
					continue
				}
				if other, taken := seen[change.Key()]; taken {
					t.Errorf("%+v and %+v have one key", change, other)
				}
				seen[change.Key()] = change
				valued := change
				valued.Credits, valued.From, valued.Description, valued.Everyone = 7, some(3), "words", true
				valued.Groups, valued.Owner = []string{"East"}, "somebody"
				if valued.Key() != change.Key() {
					t.Errorf("%+v has another key than %+v", valued, change)
				}
				want := name
				if verb.Section() == access.SectionLimits {
					want = ""
				}
				if change.Name() != want {
					t.Errorf("%+v is about %q", change, change.Name())
				}
			}
		}
	}
}
