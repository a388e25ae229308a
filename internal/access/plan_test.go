package access_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

const (
	workspace = "4711"
	jo        = seat.Email("jo@example.com")
	kim       = seat.Email("kim@example.com")
	sam       = seat.Email("sam@example.com")
)

var readAt = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func some(credits int64) *int64 { return new(credits) }

func text(words string) *string { return new(words) }

// person returns a member with a manifest that asks for nothing.
func person(email seat.Email, edits ...func(*access.Person)) access.Person {
	p := access.Person{Owner: "team/" + string(email), Email: email, Active: true}
	for _, edit := range edits {
		edit(&p)
	}
	return p
}

func inGroups(names ...string) func(*access.Person) {
	return func(p *access.Person) { p.Groups = names }
}
func inBudgets(names ...string) func(*access.Person) {
	return func(p *access.Person) { p.Budgets = names }
}
func limit(credits int64) func(*access.Person) { return func(p *access.Person) { p.Limit = &credits } }
func hasOwnLimit(p *access.Person)             { p.HasOwnLimit = true }
func handsOff(p *access.Person)                { p.HandsOff = true }
func absent(p *access.Person)                  { p.Active = false }

func group(name string, members ...seat.Email) access.Group {
	return access.Group{Name: name, Members: members, Complete: true}
}

func budget(name string, credits int64, users ...seat.Email) access.Budget {
	return access.Budget{Name: name, CreditLimit: credits, Users: users, Complete: true}
}

func withGroups(b access.Budget, groups ...string) access.Budget { b.Groups = groups; return b }

func forEveryone(b access.Budget) access.Budget { b.Everyone = true; return b }

// state returns a reading of an Enterprise workspace that has nothing yet.
func state(edits ...func(*access.State)) access.State {
	s := access.State{
		WorkspaceID: workspace, Plan: "Enterprise", ReadAt: readAt,
		Groups:  access.GroupList{Offer: access.Offered, Complete: true},
		Budgets: access.BudgetList{Offer: access.Offered, Complete: true},
		Limits:  access.LimitList{Offer: access.Offered, Complete: true},
	}
	for _, edit := range edits {
		edit(&s)
	}
	return s
}

func groups(groups ...access.Group) func(*access.State) {
	return func(s *access.State) { s.Groups.Groups = groups }
}

func budgets(budgets ...access.Budget) func(*access.State) {
	return func(s *access.State) { s.Budgets.Budgets = budgets }
}

func limits(standard *int64, people ...access.PersonLimit) func(*access.State) {
	return func(s *access.State) { s.Limits.Default, s.Limits.People = standard, people }
}

func shows(email seat.Email, credits *int64) access.PersonLimit {
	return access.PersonLimit{Email: email, Limit: credits}
}

func policy(edits ...func(*access.Policy)) access.Policy {
	p := access.Policy{WorkspaceID: workspace}
	for _, edit := range edits {
		edit(&p)
	}
	return p
}

func waits(reason seat.BlockReason, changes ...access.Change) func(*access.Policy) {
	return func(p *access.Policy) {
		p.Waits = map[access.Key]seat.BlockReason{}
		for _, change := range changes {
			p.Waits[change.Key()] = reason
		}
	}
}

func about(verb access.Verb, name string, email seat.Email) access.Change {
	change := access.Change{Verb: verb, Email: email}
	if email != "" {
		change.Owner = "team/" + string(email)
	}
	switch verb.Section() {
	case access.SectionGroups:
		change.Group = name
	case access.SectionBudgets:
		change.Budget = name
	default:
	}
	return change
}

func blocked(reason seat.BlockReason, changes ...access.Change) []access.Blocked {
	var all []access.Blocked
	for _, change := range changes {
		all = append(all, access.Blocked{Change: change, Reason: reason})
	}
	return all
}

type planTest struct {
	reason   string
	wish     access.Wish
	observed access.State
	policy   access.Policy
	want     access.Result
}

func runPlanTests(t *testing.T, tests []planTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			got, err := access.Plan(test.wish, test.observed, test.policy)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlanRefusesAnotherWorkspace(t *testing.T) {
	t.Parallel()
	wish := access.Wish{DefaultLimit: some(100)}
	for _, id := range []string{"", "4712"} {
		got, err := access.Plan(wish, state(func(s *access.State) { s.WorkspaceID = id }), policy())
		if !errors.Is(err, seat.ErrWrongWorkspace) || !cmp.Equal(got, access.Result{}) {
			t.Errorf("workspace %q: got %+v, %v", id, got, err)
		}
	}
	if _, err := access.Plan(wish, state(func(s *access.State) { s.WorkspaceID = "" }), access.Policy{}); !errors.Is(err, seat.ErrWrongWorkspace) {
		t.Errorf("no workspace at all: %v", err)
	}
	if got, err := access.Plan(access.Wish{}, access.State{}, policy()); err != nil || !cmp.Equal(got, access.Result{}) {
		t.Errorf("asked for nothing: got %+v, %v", got, err)
	}
}

func TestPlanGroups(t *testing.T) {
	t.Parallel()
	sales := access.GroupWish{Name: "Sales"}
	described := access.GroupWish{Name: "Sales", Description: text("Sellers"), Owner: "team/sellers"}
	block := access.GroupWish{Name: "Sales", Description: text(" Sellers\n"), Owner: "team/sellers"}
	describe := access.Change{Verb: access.DescribeGroup, Group: "Sales", Description: "Sellers", Owner: "team/sellers"}
	create := access.Change{Verb: access.CreateGroup, Group: "Sales", Description: "Sellers", Owner: "team/sellers"}
	bare := about(access.CreateGroup, "Sales", "")
	add := func(email seat.Email) access.Change { return about(access.AddToGroup, "Sales", email) }
	remove := func(email seat.Email) access.Change { return about(access.RemoveFromGroup, "Sales", email) }
	wish := func(wish access.GroupWish, people ...access.Person) access.Wish {
		return access.Wish{Groups: []access.GroupWish{wish}, People: people}
	}
	ambiguous := []access.Thing{{Section: access.SectionGroups, Name: "Sales"}}
	joKim := []access.Person{person(kim, inGroups("Sales")), person(jo, inGroups("Sales"))}
	observe := func(p *access.Policy) { p.Observe = true }
	suspend := func(p *access.Policy) { p.Suspended, p.Observe = true, true }
	runPlanTests(t, []planTest{
		{"made, described and filled in one plan", wish(described, joKim...), state(), policy(), access.Result{Changes: []access.Change{create, add(jo), add(kim)}}},
		{"as it should be", wish(sales, joKim...), state(groups(group("Sales", jo, kim))), policy(), access.Result{}},
		{"an address in other letters", wish(sales, joKim...), state(groups(group("Sales", "Jo@Example.com", kim))), policy(), access.Result{}},
		{"described anew", wish(described), state(groups(group("Sales"))), policy(), access.Result{Changes: []access.Change{describe}}},
		{"described in a block of YAML", wish(block), state(groups(group("Sales"))), policy(), access.Result{Changes: []access.Change{describe}}},
		{
			"white space around a description", wish(block),
			state(groups(access.Group{Name: "Sales", Description: "Sellers", Complete: true})), policy(), access.Result{},
		},
		{
			"one out, one in", wish(sales, person(jo), person(kim, inGroups("Sales"))), state(groups(group("Sales", jo))), policy(),
			access.Result{Changes: []access.Change{remove(jo), add(kim)}},
		},
		{
			"strangers stay", wish(sales, person(jo)), state(groups(group("Sales", sam, kim))), policy(),
			access.Result{Strangers: []access.Stranger{{access.SectionGroups, "Sales", kim}, {access.SectionGroups, "Sales", sam}}},
		},
		{"hands off", wish(sales, person(jo, handsOff), person(kim, handsOff, inGroups("Sales"))), state(groups(group("Sales", jo))), policy(), access.Result{}},
		{"no member", wish(sales, person(jo, absent), person(kim, absent, inGroups("Sales"))), state(groups(group("Sales", jo))), policy(), access.Result{}},
		{
			"two manifests of one address", wish(sales, person(jo), person("JO@example.com", inGroups("Sales"))), state(groups(group("Sales", jo))),
			policy(), access.Result{},
		},
		{"a manifest without an address", wish(sales, person("jo", inGroups("Sales"))), state(groups(group("Sales"))), policy(), access.Result{}},
		{"others are left alone", wish(sales), state(groups(group("Sales"), group("Ops", jo), group("ops "))), policy(), access.Result{}},
		{
			"an unread line may be anybody", wish(sales, person(jo), person(kim, inGroups("Sales"))), state(groups(group("Sales", jo, "Kim D."))), policy(),
			access.Result{Changes: []access.Change{remove(jo)}, Blocked: blocked(seat.BlockedAmbiguousMember, add(kim))},
		},
		{
			"another case", wish(sales, joKim[1]), state(groups(group("SALES", jo))), policy(),
			access.Result{Blocked: blocked(access.BlockedAmbiguousName, bare, add(jo)), Ambiguous: ambiguous},
		},
		{
			"another case beside it", wish(sales, joKim[1]), state(groups(group("Sales"), group("sales"))), policy(),
			access.Result{Blocked: blocked(access.BlockedAmbiguousName, add(jo)), Ambiguous: ambiguous},
		},
		{
			"two of the name", wish(sales, joKim[1]), state(groups(group("Sales"), group("Sales"))), policy(),
			access.Result{Blocked: blocked(access.BlockedAmbiguousName, add(jo)), Ambiguous: ambiguous},
		},
		{
			"two wishes that differ in spaces", access.Wish{Groups: []access.GroupWish{{Name: "Sales  A"}, {Name: "Sales A"}}}, state(), policy(),
			access.Result{
				Blocked:   blocked(access.BlockedAmbiguousName, about(access.CreateGroup, "Sales  A", ""), about(access.CreateGroup, "Sales A", "")),
				Ambiguous: []access.Thing{{access.SectionGroups, "Sales  A"}, {access.SectionGroups, "Sales A"}},
			},
		},
		{"wished for twice", access.Wish{Groups: []access.GroupWish{described, sales}}, state(), policy(), access.Result{Changes: []access.Change{{
			Verb: access.CreateGroup, Group: "Sales", Description: "Sellers"}}}},
		{
			"making waits", wish(sales, joKim...), state(), policy(waits(seat.BlockedRefused, bare)),
			access.Result{Blocked: blocked(seat.BlockedRefused, bare, add(jo), add(kim))},
		},
		{
			"one person waits", wish(sales, joKim...), state(), policy(waits(seat.BlockedOutcomeUnknown, add(jo))),
			access.Result{Changes: []access.Change{bare, add(kim)}, Blocked: blocked(seat.BlockedOutcomeUnknown, add(jo))},
		},
		{"observed", wish(sales, joKim[1]), state(), policy(observe), access.Result{Blocked: blocked(seat.BlockedObserve, bare, add(jo))}},
		{"suspended", wish(sales, joKim[1]), state(), policy(suspend), access.Result{Blocked: blocked(seat.BlockedSuspended, bare, add(jo))}},
		{
			"deleted", access.Wish{DeleteGroups: []string{"Ops", "Gone", "Ops"}}, state(groups(group("Ops", jo))), policy(),
			access.Result{Changes: []access.Change{about(access.DeleteGroup, "Ops", "")}},
		},
		{
			"not deleted while owned", access.Wish{Groups: []access.GroupWish{sales}, DeleteGroups: []string{"Sales"}}, state(groups(group("Sales"))),
			policy(), access.Result{},
		},
		{
			"renamed in its case alone", access.Wish{Groups: []access.GroupWish{sales}, DeleteGroups: []string{"sales"}}, state(groups(group("sales"))),
			policy(), access.Result{
				Blocked:   blocked(access.BlockedAmbiguousName, bare, about(access.DeleteGroup, "sales", "")),
				Ambiguous: []access.Thing{{access.SectionGroups, "Sales"}, {access.SectionGroups, "sales"}},
			},
		},
	})
}
