package adopt

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

const (
	// fewest is how many people must be alike before a rule about them is shorter than what it replaces.
	fewest = 3
	// mostSuggestions is what somebody reads.
	mostSuggestions = 20
	// attribute is what a suggested rule asks for where nothing that Clay knows tells its people from others.
	attribute = "profile"
	// maxRuleName is how long the name of a rule may be.
	maxRuleName = 63
)

// Suggestion is a rule that says of several people what their ClayUsers say one by one.
type Suggestion struct {
	Rule clayv1alpha1.AccessRule
	// Why says in a sentence what its people have in common, and what to do besides.
	Why string
	// Who are the ClayUsers that it is about, by name.
	Who []string
}

// suggest looks for what people have in common. What it suggests changes nobody's access as long as their ClayUsers name it themselves.
func suggest(users []clayv1alpha1.ClayUser) []Suggestion {
	users = slices.DeleteFunc(slices.Clone(users), func(user clayv1alpha1.ClayUser) bool { return !user.IsActive() || user.Spec.Suspend })
	found := suggestByDomain(users)
	found = append(found, suggestByLikeness(users, found)...)
	names := map[string]bool{}
	for i := range found {
		for names[found[i].Rule.Name] {
			found[i].Rule.Name = found[i].Rule.Name[:min(len(found[i].Rule.Name), maxRuleName-2)] + "-2"
		}
		names[found[i].Rule.Name] = true
	}
	return found[:min(len(found), mostSuggestions)]
}

// suggestByDomain says what all people with addresses of one domain have.
func suggestByDomain(users []clayv1alpha1.ClayUser) []Suggestion {
	byDomain := map[string][]clayv1alpha1.ClayUser{}
	for _, user := range users {
		domain := DomainOf(seat.Email(strings.ToLower(user.Spec.Email)))
		byDomain[domain] = append(byDomain[domain], user)
	}
	var found []Suggestion
	for _, domain := range sortedKeys(byDomain) {
		people := byDomain[domain]
		grant := common(people)
		if len(people) < fewest || isNothing(grant) {
			continue
		}
		found = append(found, Suggestion{
			Rule: clayv1alpha1.AccessRule{
				Name: ruleName("domain-" + domain), Match: "email.endsWith(" + strconv.Quote("@"+domain) + ")", Grant: grant,
			},
			Why: fmt.Sprintf("All %d people of %s have this. With the rule, whoever joins from there gets it too.", len(people), domain),
			Who: namesOf(people),
		})
	}
	return found
}

// common is what all of some people have.
func common(people []clayv1alpha1.ClayUser) clayv1alpha1.AccessGrant {
	first := people[0].Spec
	grant := clayv1alpha1.AccessGrant{
		Role: first.Role, Groups: sorted(first.Groups), Budgets: sorted(first.Budgets), MCPCreditLimit: first.MCPCreditLimit,
	}
	for _, person := range people[1:] {
		spec := person.Spec
		if spec.Role != grant.Role {
			grant.Role = ""
		}
		grant.Groups = shared(grant.Groups, spec.Groups)
		grant.Budgets = shared(grant.Budgets, spec.Budgets)
		if spec.MCPCreditLimit == nil || grant.MCPCreditLimit != nil && *grant.MCPCreditLimit != *spec.MCPCreditLimit {
			grant.MCPCreditLimit = nil
		}
	}
	return grant
}

func shared(a, b []string) []string {
	both := slices.DeleteFunc(slices.Clone(a), func(name string) bool { return !slices.Contains(b, name) })
	return sorted(both)
}

func isNothing(grant clayv1alpha1.AccessGrant) bool {
	return grant.Role == "" && len(grant.Groups) == 0 && len(grant.Budgets) == 0 && grant.MCPCreditLimit == nil
}

// suggestByLikeness finds people who have exactly the same, and whom no rule by domain describes as well.
func suggestByLikeness(users []clayv1alpha1.ClayUser, known []Suggestion) []Suggestion {
	alike := map[string][]clayv1alpha1.ClayUser{}
	for _, user := range users {
		if grant := common([]clayv1alpha1.ClayUser{user}); !isNothing(grant) {
			alike[keyOf(grant)] = append(alike[keyOf(grant)], user)
		}
	}
	keys := sortedKeys(alike)
	// The largest first; of two that are as large, the one that comes first by what it grants.
	slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(len(alike[b]), len(alike[a])) })
	var found []Suggestion
	for _, key := range keys {
		people := alike[key]
		grant, names := common(people), namesOf(people)
		described := slices.ContainsFunc(known, func(other Suggestion) bool {
			return keyOf(other.Rule.Grant) == key && slices.Equal(other.Who, names)
		})
		if len(people) < fewest || described {
			continue
		}
		name := ruleName(strings.ToLower(profile(grant)))
		found = append(found, Suggestion{
			Rule: clayv1alpha1.AccessRule{Name: name, Match: "attributes." + attribute + " == " + strconv.Quote(name), Grant: grant},
			Why: fmt.Sprintf("%d people have exactly this. Give them the attribute %s: %s, or change the condition to one that fits your own attributes, "+
				"and take role, groups, budgets and mcpCreditLimit out of their ClayUsers.", len(people), attribute, name),
			Who: names,
		})
	}
	return found
}

// keyOf tells grants apart.
func keyOf(grant clayv1alpha1.AccessGrant) string {
	limit := ""
	if grant.MCPCreditLimit != nil {
		limit = strconv.FormatInt(*grant.MCPCreditLimit, 10)
	}
	return fmt.Sprintf("%q %q %q %q", grant.Role, grant.Groups, grant.Budgets, limit)
}

// profile calls a grant by the first thing in it.
func profile(grant clayv1alpha1.AccessGrant) string {
	switch {
	case len(grant.Groups) > 0:
		return strings.Join(grant.Groups[:min(2, len(grant.Groups))], "-")
	case len(grant.Budgets) > 0:
		return grant.Budgets[0]
	case grant.Role != "":
		return string(grant.Role)
	default:
		return "limit-" + strconv.FormatInt(*grant.MCPCreditLimit, 10)
	}
}

// ruleName makes the name of a rule of a text.
func ruleName(text string) string {
	name := strings.ReplaceAll(legible(strings.Join(strings.Fields(text), "-")), ".", "-")
	if name = strings.Trim(name[:min(len(name), maxRuleName)], "-"); name == "" || name == "spec" {
		return "rule"
	}
	return name
}

func namesOf(users []clayv1alpha1.ClayUser) []string {
	names := make([]string, len(users))
	for i := range users {
		names[i] = users[i].Name
	}
	slices.Sort(names)
	return names
}
