package access_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

func TestPlanLimits(t *testing.T) {
	t.Parallel()
	set := func(email seat.Email, credits int64, from *int64) access.Change {
		change := about(access.SetLimit, "", email)
		change.Credits, change.From = credits, from
		return change
	}
	standard := func(credits int64, from *int64) access.Change {
		return access.Change{Verb: access.SetDefaultLimit, Credits: credits, From: from}
	}
	wish := func(standard *int64, people ...access.Person) access.Wish {
		return access.Wish{DefaultLimit: standard, People: people}
	}
	runPlanTests(t, []planTest{
		{"the first default", wish(some(0)), state(), policy(), access.Result{Changes: []access.Change{standard(0, nil)}}},
		{"another default", wish(some(100)), state(limits(some(0))), policy(), access.Result{Changes: []access.Change{standard(100, some(0))}}},
		{"the default as it should be", wish(some(0)), state(limits(some(0))), policy(), access.Result{}},
		{"the default not managed", wish(nil, person(jo, limit(5))), state(limits(some(9), shows(jo, some(5)))), policy(), access.Result{}},
		{
			"a first limit, a raised one, and one as it should be", wish(nil, person(jo, limit(5)), person(kim, limit(0)), person(sam, limit(7))),
			state(limits(nil, shows(sam, some(7)), shows("Kim@example.com", some(3)), shows(jo, nil))), policy(),
			access.Result{Changes: []access.Change{set(jo, 5, nil), set(kim, 0, some(3))}},
		},
		{"not managed", wish(some(5), person(jo)), state(limits(some(5), shows(jo, some(9)))), policy(), access.Result{}},
		{
			"an own limit goes back to the default", wish(some(5), person(jo, hasOwnLimit)), state(limits(some(5), shows(jo, some(9)))), policy(),
			access.Result{Changes: []access.Change{set(jo, 5, some(9))}},
		},
		{"an own limit without a default stays", wish(nil, person(jo, hasOwnLimit), person(kim, limit(3))), state(limits(some(5), shows(jo, some(9)),
			shows(kim, some(3)))), policy(), access.Result{}},
		{
			"hands off, and no member", wish(nil, person(jo, handsOff, limit(1)), person(kim, absent, limit(1))),
			state(limits(nil, shows(jo, nil), shows(kim, nil))), policy(), access.Result{},
		},
		{
			"who shows the old default follows the new one", wish(some(10), person(jo, limit(10)), person(kim, limit(5)), person(sam, limit(10), hasOwnLimit)),
			state(limits(some(5), shows(jo, some(5)), shows(kim, some(5)), shows(sam, some(5)))), policy(),
			access.Result{Changes: []access.Change{standard(10, some(5)), set(kim, 5, some(5)), set(sam, 10, some(5))}},
		},
		{
			"nobody follows a default that waits", wish(some(10), person(jo, limit(10)), person(kim, limit(5))),
			state(limits(some(5), shows(jo, some(5)), shows(kim, some(5)))), policy(waits(seat.BlockedRefused, standard(10, nil))),
			access.Result{Changes: []access.Change{set(jo, 10, some(5))}, Blocked: blocked(seat.BlockedRefused, standard(10, some(5)))},
		},
		{
			"not listed", wish(some(5), person(jo, limit(5)), person(kim, limit(6))), state(limits(some(5))), policy(),
			access.Result{Blocked: blocked(access.BlockedNotListed, set(kim, 6, nil))},
		},
		{
			"an unread line may be anybody", wish(nil, person(jo, limit(5))), state(limits(nil, shows("Jo D.", nil))), policy(),
			access.Result{Blocked: blocked(seat.BlockedAmbiguousMember, set(jo, 5, nil))},
		},
		{
			"listed twice", wish(nil, person(jo, limit(5))), state(limits(nil, shows(jo, some(5)), shows("JO@example.com", nil))), policy(),
			access.Result{Blocked: blocked(seat.BlockedAmbiguousMember, set(jo, 5, nil))},
		},
		{
			"one waits", wish(nil, person(jo, limit(5))), state(limits(nil, shows(jo, nil))), policy(waits(seat.BlockedNotConverging, set(jo, 1, nil))),
			access.Result{Blocked: blocked(seat.BlockedNotConverging, set(jo, 5, nil))},
		},
	})
}

func TestPlanOfWhatIsMissing(t *testing.T) {
	t.Parallel()
	wish := access.Wish{
		Groups: []access.GroupWish{{Name: "East"}}, Budgets: []access.BudgetWish{{Name: "Sales", CreditLimit: 500}},
		People: []access.Person{person(jo, inGroups("East"), inBudgets("Sales"), limit(5))},
	}
	add, create := about(access.AddToGroup, "East", jo), access.Change{Verb: access.CreateBudget, Budget: "Sales", Credits: 500}
	setLimit := access.Change{Verb: access.SetLimit, Email: jo, Owner: "team/jo@example.com", Credits: 5}
	rest := []access.Change{create, about(access.GrantBudget, "Sales", jo), setLimit}
	listed := limits(nil, shows(jo, nil))
	launch := func(s *access.State) {
		s.Groups, s.Budgets = access.GroupList{Offer: access.NotOffered}, access.BudgetList{Offer: access.NotOffered}
	}
	free := func(s *access.State) { s.Limits = access.LimitList{Offer: access.NotOffered} }
	unread := func(s *access.State) { s.Groups = access.GroupList{} }
	cut := func(s *access.State) { s.Groups.Complete = false }
	partly := func(s *access.State) { s.Groups.Groups[0].Complete = false }
	runPlanTests(t, []planTest{
		{"a plan with limits alone", wish, state(listed, launch), policy(), access.Result{
			Changes: []access.Change{setLimit}, NotOffered: []access.Section{access.SectionGroups, access.SectionBudgets}}},
		{"a plan with nothing", wish, state(launch, free), policy(), access.Result{NotOffered: access.Sections()}},
		{"nothing asked for of what is missing", access.Wish{People: wish.People[:0]}, state(launch, free), policy(), access.Result{}},
		{"a section that was not read", wish, state(listed, unread), policy(), access.Result{
			Changes: rest, Unread: []access.Thing{{Section: access.SectionGroups}}}},
		{"a section that was not read to its end", wish, state(listed, groups(group("East", sam)), cut), policy(), access.Result{
			Changes: rest, Unread: []access.Thing{{Section: access.SectionGroups}}}},
		{"a group that was not read to its end", wish, state(listed, groups(group("East", sam)), partly), policy(), access.Result{
			Changes: rest, Unread: []access.Thing{{Section: access.SectionGroups, Name: "East"}}}},
		{"a group that was", wish, state(listed, groups(group("East", sam))), policy(), access.Result{
			Changes:   []access.Change{create, add, about(access.GrantBudget, "Sales", jo), setLimit},
			Strangers: []access.Stranger{{access.SectionGroups, "East", sam}}}},
	})
}

func TestScopeOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason string
		wish   access.Wish
		want   access.Scope
	}{
		{"nothing", access.Wish{People: []access.Person{person(jo, inGroups("East"), inBudgets("Sales"), hasOwnLimit)}}, access.Scope{}},
		{
			"groups", access.Wish{Groups: []access.GroupWish{{Name: "West"}, {Name: "East"}, {Name: "West", Owner: "x"}}, DeleteGroups: []string{"Gone"}},
			access.Scope{Sections: []access.Section{access.SectionGroups}, Groups: []string{"East", "West"}},
		},
		{"groups to delete", access.Wish{DeleteGroups: []string{"Gone"}}, access.Scope{Sections: []access.Section{access.SectionGroups}}},
		{
			"budgets", access.Wish{Budgets: []access.BudgetWish{{Name: "Sales", Groups: []string{"East"}}}},
			access.Scope{Sections: []access.Section{access.SectionBudgets}, Budgets: []string{"Sales"}},
		},
		{"budgets to delete", access.Wish{DeleteBudgets: []string{"Gone"}}, access.Scope{Sections: []access.Section{access.SectionBudgets}}},
		{"a default", access.Wish{DefaultLimit: some(0)}, access.Scope{Sections: []access.Section{access.SectionLimits}}},
		{"a limit", access.Wish{People: []access.Person{person(jo, limit(0))}}, access.Scope{Sections: []access.Section{access.SectionLimits}}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, access.ScopeOf(test.wish)); diff != "" {
				t.Errorf("scope (-want +got):\n%s", diff)
			}
		})
	}
}
