package rules

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/seatwright/clay-operator/internal/seat"
)

// The names of what a condition may refer to.
const (
	varAttributes = "attributes"
	varGroups     = "groups"
	varEmail      = "email"
)

// noSuchKey begins what CEL says where a condition asks a map for a key that is not there. The error has no type of its own.
const noSuchKey = "no such key"

// Resolve works out what somebody should have. The error is a *MatchError of a rule that failed for this person; what the manifest names by
// itself is in the result even then.
func (s *Set) Resolve(person Subject) (Entitlement, error) {
	result := gathering{own: person.Own}
	variables := variablesOf(person)
	var failed error
	for index := range s.rules {
		rule := &s.rules[index]
		if !result.gains(rule.Grant) {
			continue
		}
		fits, err := rule.fits(variables)
		if err != nil {
			failed = err
			break
		}
		if fits {
			result.take(rule.Grant, rule.Name)
		}
	}
	if failed != nil {
		result = gathering{own: person.Own}
	}
	result.takeOwn()
	return result.entitlement(), failed
}

// GrantsRole says whether any of the rules grants a role. Where none does, nobody's role depends on them.
func GrantsRole(list []Rule) bool {
	return slices.ContainsFunc(list, func(rule Rule) bool { return rule.Grant.Role != "" })
}

// variablesOf are the values of the variables, made once for all rules.
func variablesOf(person Subject) map[string]any {
	attributes, groups := person.Attributes, person.Groups
	if attributes == nil {
		attributes = map[string]string{}
	}
	if groups == nil {
		groups = []string{}
	}
	return map[string]any{
		varAttributes: types.NewStringStringMap(types.DefaultTypeAdapter, attributes),
		varGroups:     types.NewStringList(types.DefaultTypeAdapter, groups),
		varEmail:      types.String(strings.ToLower(string(person.Email))),
	}
}

// fits asks the condition. One that asks for an attribute which the person does not have does not fit.
func (r *compiled) fits(variables map[string]any) (bool, error) {
	value, _, err := r.program.Eval(variables)
	if err != nil {
		if strings.HasPrefix(err.Error(), noSuchKey) {
			return false, nil
		}
		return false, &MatchError{Index: r.index, Name: r.Name, Words: oneLine(err.Error())}
	}
	return value.Equal(types.True) == ref.Val(types.True), nil
}

// gathering is what was found to be granted so far.
type gathering struct {
	own    Grant
	role   given[seat.Role]
	limit  given[int64]
	groups map[string]string
	// budgets and groups lead from a name to who gives it.
	budgets map[string]string
}

// given is a value and who gives it; nobody where by is empty.
type given[T any] struct {
	value T
	by    string
}

// gains says whether a grant could add anything to what the manifest names by itself.
func (g *gathering) gains(grant Grant) bool {
	return g.own.Role == "" && grant.Role != "" ||
		g.own.Groups == nil && len(grant.Groups) > 0 ||
		g.own.Budgets == nil && len(grant.Budgets) > 0 ||
		g.own.Limit == nil && grant.Limit != nil
}

// take adds what a rule grants. What an earlier rule gave already stays that rule's.
func (g *gathering) take(grant Grant, by string) {
	if grant.Role != "" && (g.role.by == "" || rank(grant.Role) > rank(g.role.value)) {
		g.role = given[seat.Role]{grant.Role, by}
	}
	if grant.Limit != nil && (g.limit.by == "" || *grant.Limit > g.limit.value) {
		g.limit = given[int64]{*grant.Limit, by}
	}
	g.groups = add(g.groups, grant.Groups, by)
	g.budgets = add(g.budgets, grant.Budgets, by)
}

// takeOwn puts what the manifest names by itself in the place of what rules grant, field by field.
func (g *gathering) takeOwn() {
	if g.own.Role != "" {
		g.role = given[seat.Role]{g.own.Role, BySpec}
	}
	if g.own.Limit != nil {
		g.limit = given[int64]{*g.own.Limit, BySpec}
	}
	if g.own.Groups != nil {
		g.groups = add(nil, g.own.Groups, BySpec)
	}
	if g.own.Budgets != nil {
		g.budgets = add(nil, g.own.Budgets, BySpec)
	}
}

func add(to map[string]string, names []string, by string) map[string]string {
	for _, name := range names {
		if _, there := to[name]; there {
			continue
		}
		if to == nil {
			to = make(map[string]string, len(names))
		}
		to[name] = by
	}
	return to
}

func (g *gathering) entitlement() Entitlement {
	result := Entitlement{Role: g.role.value, Groups: namesOf(g.groups), Budgets: namesOf(g.budgets)}
	if g.role.by != "" {
		result.Sources = append(result.Sources, Source{What: WhatRole, Value: string(g.role.value), By: g.role.by})
	}
	for _, name := range result.Groups {
		result.Sources = append(result.Sources, Source{What: WhatGroup, Value: name, By: g.groups[name]})
	}
	for _, name := range result.Budgets {
		result.Sources = append(result.Sources, Source{What: WhatBudget, Value: name, By: g.budgets[name]})
	}
	if g.limit.by != "" {
		result.Limit = new(g.limit.value)
		result.Sources = append(result.Sources, Source{What: WhatLimit, Value: strconv.FormatInt(g.limit.value, 10), By: g.limit.by})
	}
	return result
}

func namesOf(given map[string]string) []string {
	names := make([]string, 0, len(given))
	for name := range given {
		names = append(names, name)
	}
	slices.SortFunc(names, cmp.Compare)
	return names
}

// rank orders roles by what they allow; one that is not known is the least.
func rank(role seat.Role) int {
	order := []seat.Role{seat.RoleSalesRep, seat.RoleViewer, seat.RoleEditor, seat.RoleAdmin}
	return slices.Index(order, role)
}
