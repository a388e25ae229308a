package rules_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/rules"
	"github.com/seatwright/clay-operator/internal/seat"
)

// jo is the person whom most tests are about.
var jo = rules.Subject{
	Email:      "Jo@Example.com",
	Attributes: map[string]string{"territory": "EMEA", "title": "Head of Sales"},
	Groups:     []string{"sales", "leads"},
}

func TestConditions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		match string
		fits  bool
	}{
		{`true`, true},
		{`false`, false},
		{`attributes.territory == "EMEA"`, true},
		{`attributes["territory"] == "EMEA"`, true},
		{`attributes.territory in ["EMEA", "APAC"]`, true},
		{`attributes.territory == "AMER"`, false},
		{`attributes.department == "Sales"`, false},
		{`attributes.department != "Sales"`, false},
		{`!(attributes.department == "Sales")`, false},
		{`!has(attributes.department)`, true},
		{`"department" in attributes`, false},
		{`!has(attributes.department) || attributes.department == "Sales"`, true},
		{`attributes.department == "Sales" || attributes.territory == "EMEA"`, true},
		{`attributes.department == "Sales" && attributes.territory == "AMER"`, false},
		{`"sales" in groups`, true},
		{`"Sales" in groups`, false},
		{`groups.exists(g, g.startsWith("lead"))`, true},
		{`groups.all(g, g != "interns") && size(groups) == 2`, true},
		{`email == "jo@example.com"`, true},
		{`email.endsWith("@example.com")`, true},
		{`email.matches("^[jk]o@")`, true},
		{`attributes.title.contains("Head")`, true},
		{"attributes.territory == \"EMEA\" &&\n  \"sales\" in groups", true},
		{`{"EMEA": "x"}[attributes.territory] == "x"`, true},
		{`{"AMER": "x"}[attributes.territory] == "x"`, false},
	} {
		set, err := rules.Compile([]rules.Rule{{Name: "rule", Match: test.match, Grant: rules.Grant{Groups: []string{"G"}}}})
		if err != nil {
			t.Errorf("%s: %v", test.match, err)
			continue
		}
		got, err := set.Resolve(jo)
		if err != nil || len(got.Groups) == 1 != test.fits {
			t.Errorf("%s: got %v and %v, want %t", test.match, got.Groups, err, test.fits)
		}
	}
}

// TestNobodyInParticular asks about somebody of whom nothing is known but the address.
func TestNobodyInParticular(t *testing.T) {
	t.Parallel()
	list := []rules.Rule{
		{Name: "a", Match: `size(attributes) == 0 && size(groups) == 0`, Grant: rules.Grant{Groups: []string{"A"}}},
		{Name: "b", Match: `"sales" in groups || attributes.territory == "EMEA"`, Grant: rules.Grant{Groups: []string{"B"}}},
	}
	got := resolve(t, list, rules.Subject{Email: "jo@example.com"})
	if diff := cmp.Diff([]string{"A"}, got.Groups); diff != "" {
		t.Error(diff)
	}
}

func TestConditionsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	fine := rules.Rule{Name: "fine", Match: "true", Grant: rules.Grant{Role: seat.RoleViewer}}
	for _, test := range []struct{ match, want string }{
		{`territory == "EMEA"`, "column 1: undeclared reference to 'territory'"},
		{`attributes.territory = "EMEA"`, "column 22: "},
		{`attributes.territory ==`, "column 24: "},
		{"true &&\n  (", "line 2, column 4: "},
		{`attributes.territory`, "it yields string; a condition must yield true or false"},
		{`dyn(true)`, "it yields dyn; a condition must yield true or false"},
		{`attributes.level > 3`, "found no matching overload for '_>_'"},
		{`groups.exists(g, g == 1)`, "found no matching overload for '_==_'"},
		{`email.matches("(")`, "missing closing )"},
		{`attributes.territory.lowerAscii() == "emea"`, "undeclared reference to 'lowerAscii'"},
		{strings.Repeat("(", 101) + "true" + strings.Repeat(")", 101), ""},
		{strings.Repeat("true || ", 200) + "true", ""},
		{"", ""},
	} {
		_, err := rules.Compile([]rules.Rule{fine, {Name: "bad", Match: test.match}})
		var fault *rules.MatchError
		if !errors.As(err, &fault) {
			t.Errorf("%.40s: got %v", test.match, err)
			continue
		}
		if fault.Index != 1 || fault.Name != "bad" || !strings.Contains(fault.Words, test.want) || fault.Words == "" {
			t.Errorf("%.40s: got %+v, want %q", test.match, fault, test.want)
		}
		if strings.Contains(fault.Words, "\n") || utf8.RuneCountInString(fault.Words) > 200 || !strings.Contains(err.Error(), `rule 1, "bad"`) {
			t.Errorf("%.40s: %q is no line for a message", test.match, err)
		}
	}
}

func TestConditionsThatFail(t *testing.T) {
	t.Parallel()
	many := make([]string, 3_000)
	for i := range many {
		many[i] = fmt.Sprint("group-", i)
	}
	for _, test := range []struct {
		match  string
		person rules.Subject
		want   string
	}{
		{`groups[5] == "sales"`, jo, "index out of bounds"},
		{`email.matches(attributes.pattern)`, rules.Subject{Attributes: map[string]string{"pattern": "("}}, "missing closing )"},
		{`int(attributes.level) > 3`, rules.Subject{Attributes: map[string]string{"level": "high"}}, "type conversion error"},
		{`groups.exists(a, groups.exists(b, a == b + "x"))`, rules.Subject{Groups: many}, "cost limit exceeded"},
	} {
		list := []rules.Rule{
			{Name: "fine", Match: "true", Grant: rules.Grant{Role: seat.RoleAdmin, Groups: []string{"A"}}},
			{Name: "bad", Match: test.match, Grant: rules.Grant{Role: seat.RoleViewer}},
		}
		set, err := rules.Compile(list)
		if err != nil {
			t.Fatal(err)
		}
		test.person.Own.Budgets = []string{"Own"}
		got, err := set.Resolve(test.person)
		var fault *rules.MatchError
		if !errors.As(err, &fault) || fault.Name != "bad" || fault.Index != 1 || !strings.Contains(fault.Words, test.want) {
			t.Errorf("%s: got %v, want %q", test.match, err, test.want)
		}
		if got.Role != "" || len(got.Groups) > 0 || !cmp.Equal(got.Budgets, []string{"Own"}) {
			t.Errorf("%s: half of an answer: %+v", test.match, got)
		}
		// Where nothing of what the rule grants could count, nobody asks its condition.
		test.person.Own.Role = seat.RoleEditor
		if got, err := set.Resolve(test.person); err != nil || got.Role != seat.RoleEditor {
			t.Errorf("%s: %+v and %v for somebody whom the rule is not about", test.match, got, err)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	list := []rules.Rule{
		{Name: "everybody", Match: "true", Grant: rules.Grant{Role: seat.RoleViewer, Groups: []string{"All"}, Limit: new(int64(100))}},
		{Name: "emea", Match: `attributes.territory == "EMEA"`, Grant: rules.Grant{Groups: []string{"EMEA", "All"}, Budgets: []string{"Europe"}}},
		{Name: "sales", Match: `"sales" in groups`, Grant: rules.Grant{Role: seat.RoleEditor, Budgets: []string{"Prospecting"}, Limit: new(int64(500))}},
		{Name: "reps", Match: `attributes.title == "Rep"`, Grant: rules.Grant{Role: seat.RoleSalesRep}},
		{Name: "leads", Match: `"leads" in groups`, Grant: rules.Grant{Role: seat.RoleEditor, Budgets: []string{"Prospecting"}, Limit: new(int64(500))}},
		{Name: "poor", Match: `attributes.title == "Intern"`, Grant: rules.Grant{Limit: new(int64(0))}},
	}
	by := func(what rules.What, value, name string) rules.Source {
		return rules.Source{What: what, Value: value, By: name}
	}
	for _, test := range []struct {
		name   string
		person rules.Subject
		want   rules.Entitlement
	}{
		{"by rules alone", jo, rules.Entitlement{
			Role: seat.RoleEditor, Groups: []string{"All", "EMEA"}, Budgets: []string{"Europe", "Prospecting"}, Limit: new(int64(500)),
			Sources: []rules.Source{
				by(rules.WhatRole, "Editor", "sales"), by(rules.WhatGroup, "All", "everybody"), by(rules.WhatGroup, "EMEA", "emea"),
				by(rules.WhatBudget, "Europe", "emea"), by(rules.WhatBudget, "Prospecting", "sales"), by(rules.WhatLimit, "500", "sales"),
			},
		}},
		{"the lowest role does not count", rules.Subject{Attributes: map[string]string{"title": "Rep"}}, rules.Entitlement{
			Role: seat.RoleViewer, Groups: []string{"All"}, Limit: new(int64(100)),
			Sources: []rules.Source{
				by(rules.WhatRole, "Viewer", "everybody"), by(rules.WhatGroup, "All", "everybody"), by(rules.WhatLimit, "100", "everybody"),
			},
		}},
		{"own fields win one by one", rules.Subject{
			Attributes: jo.Attributes, Groups: jo.Groups, Own: rules.Grant{Role: seat.RoleSalesRep, Budgets: []string{"Own", "Own"}},
		}, rules.Entitlement{
			Role: seat.RoleSalesRep, Groups: []string{"All", "EMEA"}, Budgets: []string{"Own"}, Limit: new(int64(500)),
			Sources: []rules.Source{
				by(rules.WhatRole, "SalesRep", rules.BySpec), by(rules.WhatGroup, "All", "everybody"), by(rules.WhatGroup, "EMEA", "emea"),
				by(rules.WhatBudget, "Own", rules.BySpec), by(rules.WhatLimit, "500", "sales"),
			},
		}},
		{"an empty list is none, and nothing is a limit", rules.Subject{
			Attributes: jo.Attributes, Groups: jo.Groups, Own: rules.Grant{Groups: []string{}, Budgets: []string{}, Limit: new(int64(0))},
		}, rules.Entitlement{
			Role: seat.RoleEditor, Limit: new(int64(0)),
			Sources: []rules.Source{by(rules.WhatRole, "Editor", "sales"), by(rules.WhatLimit, "0", rules.BySpec)},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, resolve(t, list, test.person), emptyIsNil); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	t.Run("nothing from nobody", func(t *testing.T) {
		t.Parallel()
		if diff := cmp.Diff(rules.Entitlement{}, resolve(t, nil, jo), emptyIsNil); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// TestOneSetForMany has one set asked by several goroutines; the race detector watches.
func TestOneSetForMany(t *testing.T) {
	t.Parallel()
	set, err := rules.Compile([]rules.Rule{{Name: "rule", Match: `attributes.territory == "EMEA"`, Grant: rules.Grant{Role: seat.RoleViewer}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, territory := range []string{"EMEA", "AMER", "APAC", "EMEA"} {
		t.Run(territory, func(t *testing.T) {
			t.Parallel()
			for range 200 {
				got, err := set.Resolve(rules.Subject{Attributes: map[string]string{"territory": territory}})
				if err != nil || (got.Role != "") != (territory == "EMEA") {
					t.Fatalf("got %+v and %v", got, err)
				}
			}
		})
	}
}

func TestGrantsRole(t *testing.T) {
	t.Parallel()
	list := []rules.Rule{{Name: "a", Grant: rules.Grant{Groups: []string{"A"}}}}
	if rules.GrantsRole(nil) || rules.GrantsRole(list) {
		t.Error("no rule grants a role")
	}
	if !rules.GrantsRole(append(list, rules.Rule{Name: "b", Grant: rules.Grant{Role: seat.RoleViewer}})) {
		t.Error("a rule grants a role")
	}
}

func resolve(t *testing.T, list []rules.Rule, person rules.Subject) rules.Entitlement {
	t.Helper()
	set, err := rules.Compile(list)
	if err != nil {
		t.Fatal(err)
	}
	got, err := set.Resolve(person)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// emptyIsNil has lists compared by what is in them.
var emptyIsNil = cmp.Transformer("emptyIsNil", func(names []string) string { return strings.Join(names, "\n") })
