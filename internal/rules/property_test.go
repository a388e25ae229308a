package rules_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/rules"
	"github.com/seatwright/clay-operator/internal/seat"
)

const (
	// randomWorlds is how many lists of rules a test run tries; it takes about a second.
	randomWorlds = 300
	// longest is what one question may take on a busy machine, some hundred times the bound of its cost.
	longest = 2 * time.Second
)

var (
	territories = []string{"EMEA", "AMER", "APAC"}
	names       = []string{"A", "B", "C", "D"}
)

// TestOrderDecidesNothing: with the rules in another order everybody has the same, and for each part of it one of the rules that give it.
func TestOrderDecidesNothing(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(20260302, 5))
	granted := 0
	for range randomWorlds {
		list := randomRules(random)
		person := randomPerson(random)
		first := resolve(t, list, person)
		shuffled := slices.Clone(list)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		second := resolve(t, shuffled, person)
		checkSources(t, list, person, first)
		checkSources(t, shuffled, person, second)
		granted += len(first.Sources)
		withoutBy := func(sources []rules.Source) []rules.Source {
			bare := slices.Clone(sources)
			for i := range bare {
				bare[i].By = ""
			}
			return bare
		}
		if diff := cmp.Diff(withoutBy(first.Sources), withoutBy(second.Sources)); diff != "" {
			t.Fatalf("%+v\n%+v\n%s", list, person, diff)
		}
		first.Sources, second.Sources = nil, nil
		if diff := cmp.Diff(first, second, emptyIsNil); diff != "" {
			t.Fatalf("%+v\n%+v\n%s", list, person, diff)
		}
	}
	if granted < randomWorlds {
		t.Errorf("%d grants in %d worlds: the worlds are too dull to prove anything", granted, randomWorlds)
	}
}

// checkSources compares each source with the first rule that fits and gives the value, by a reading of the conditions of its own.
func checkSources(t *testing.T, list []rules.Rule, person rules.Subject, got rules.Entitlement) {
	t.Helper()
	gives := func(grant rules.Grant, source rules.Source) bool {
		switch source.What {
		case rules.WhatRole:
			return string(grant.Role) == source.Value
		case rules.WhatGroup:
			return slices.Contains(grant.Groups, source.Value)
		case rules.WhatBudget:
			return slices.Contains(grant.Budgets, source.Value)
		default:
			return grant.Limit != nil && fmt.Sprint(*grant.Limit) == source.Value
		}
	}
	for _, source := range got.Sources {
		want := ""
		if gives(person.Own, source) {
			want = rules.BySpec
		}
		for _, rule := range list {
			if want == "" && fitsByHand(rule.Match, person) && gives(rule.Grant, source) {
				want = rule.Name
			}
		}
		if source.By != want {
			t.Fatalf("%+v comes from %q:\n%+v\n%+v", source, want, list, person)
		}
	}
	for _, rule := range list {
		if !fitsByHand(rule.Match, person) {
			continue
		}
		for _, group := range rule.Grant.Groups {
			if person.Own.Groups == nil && !slices.Contains(got.Groups, group) {
				t.Fatalf("%s gives %s, which is missing: %+v", rule.Name, group, got)
			}
		}
		if limit := rule.Grant.Limit; limit != nil && person.Own.Limit == nil && (got.Limit == nil || *got.Limit < *limit) {
			t.Fatalf("%s gives %d credits: %+v", rule.Name, *limit, got)
		}
	}
}

// fitsByHand reads the conditions that randomRules makes.
func fitsByHand(match string, person rules.Subject) bool {
	kind, value, _ := strings.Cut(strings.Trim(match, `"`), `"`)
	if strings.HasPrefix(kind, "attributes") {
		return person.Attributes["territory"] == value
	}
	group, _, _ := strings.Cut(strings.TrimPrefix(match, `"`), `"`)
	return slices.Contains(person.Groups, group)
}

func randomRules(random *rand.Rand) []rules.Rule {
	list := make([]rules.Rule, 1+random.IntN(8))
	for i := range list {
		match := fmt.Sprintf("%q in groups", names[random.IntN(len(names))])
		if random.IntN(2) == 0 {
			match = fmt.Sprintf("attributes.territory == %q", territories[random.IntN(len(territories))])
		}
		list[i] = rules.Rule{Name: fmt.Sprint("rule-", i), Match: match, Grant: randomGrant(random)}
	}
	return list
}

func randomGrant(random *rand.Rand) rules.Grant {
	var grant rules.Grant
	if random.IntN(2) == 0 {
		grant.Role = seat.Roles()[random.IntN(len(seat.Roles()))]
	}
	if random.IntN(2) == 0 {
		grant.Limit = new(int64(random.IntN(3) * 100))
	}
	pick := func() []string {
		var picked []string
		for _, name := range names {
			if random.IntN(3) == 0 {
				picked = append(picked, name)
			}
		}
		return picked
	}
	grant.Groups, grant.Budgets = pick(), pick()
	return grant
}

func randomPerson(random *rand.Rand) rules.Subject {
	person := rules.Subject{Email: "jo@example.com", Attributes: map[string]string{}}
	if random.IntN(4) > 0 {
		person.Attributes["territory"] = territories[random.IntN(len(territories))]
	}
	for _, name := range names {
		if random.IntN(2) == 0 {
			person.Groups = append(person.Groups, name)
		}
	}
	if random.IntN(3) == 0 {
		person.Own = randomGrant(random)
	}
	return person
}

// FuzzRules throws texts at the compiler, and asks whatever compiles.
func FuzzRules(f *testing.F) {
	for _, match := range []string{
		`attributes.territory == "EMEA" && "sales" in groups`, `groups.exists(a, groups.exists(b, a == b))`, `email.matches("^(a+)+$")`,
		`[1,2,3].map(x, [1,2,3].map(y, x * y)).size() > 2`, `attributes[email] == email + email + email`, `((((true))))`, `"\u0000" in groups`,
		`int(attributes.a) / 0 == 1`, `timestamp("2026-01-01T00:00:00Z") < timestamp(attributes.a)`, `has(attributes.a) ? true : false`, `[][0]`,
	} {
		f.Add(match, "a", "EMEA", "sales", "jo@example.com")
	}
	f.Fuzz(func(t *testing.T, match, name, value, group, email string) {
		began := time.Now()
		set, err := rules.Compile([]rules.Rule{{Name: "rule", Match: match, Grant: rules.Grant{Groups: []string{"A"}}}})
		var fault *rules.MatchError
		if err != nil {
			if !errors.As(err, &fault) || fault.Words == "" || strings.ContainsAny(fault.Words, "\r\n") {
				t.Fatalf("%q: %v", match, err)
			}
			return
		}
		person := rules.Subject{
			Email: seat.Email(email), Attributes: map[string]string{name: value, "territory": value}, Groups: []string{group, "sales", value},
		}
		got, err := set.Resolve(person)
		again, errAgain := set.Resolve(person)
		if fmt.Sprint(err) != fmt.Sprint(errAgain) || !cmp.Equal(got, again) {
			t.Fatalf("%q: %v %v, and then %v %v", match, got, err, again, errAgain)
		}
		if took := time.Since(began); took > longest {
			t.Fatalf("%q took %s", match, took)
		}
	})
}

// BenchmarkResolve asks 50 rules about 10,000 people, which is what a pass over a large workspace does.
func BenchmarkResolve(b *testing.B) {
	const people, asked = 10_000, 50
	list := make([]rules.Rule, asked)
	for i := range list {
		list[i] = rules.Rule{
			Name: fmt.Sprint("rule-", i), Match: fmt.Sprintf(`attributes.territory == "T%d" && "sales" in groups`, i%6),
			Grant: rules.Grant{Role: seat.RoleEditor, Groups: []string{fmt.Sprint("Group ", i)}, Limit: new(int64(i))},
		}
	}
	set, err := rules.Compile(list)
	if err != nil {
		b.Fatal(err)
	}
	persons := make([]rules.Subject, people)
	for i := range persons {
		persons[i] = rules.Subject{
			Email: seat.Email(fmt.Sprintf("jo%d@example.com", i)), Attributes: map[string]string{"territory": fmt.Sprint("T", i%7)},
			Groups: []string{"everybody", "sales"},
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, person := range persons {
			if _, err := set.Resolve(person); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/people/asked, "ns/rule")
}
