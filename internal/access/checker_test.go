package access_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// checker judges a plan by what the documentation promises, one promise at a time and by exhaustive search. It shares no code with the
// implementation, and knows addresses only as text that is equal without regard to case.
type checker struct {
	scene

	result access.Result
	found  []string
}

func violations(s scene, result access.Result) []string {
	c := &checker{scene: s, result: result}
	for _, change := range result.Changes {
		c.isReadAndOwned(change)
		c.isAskedFor(change)
		if reason, waits := s.policy.Waits[change.Key()]; waits {
			c.reportf("%+v is made although it waits: %s", change, reason)
		}
	}
	c.order()
	c.nobodyIsForgotten()
	c.limitsAreNotForgotten()
	return c.found
}

func (c *checker) reportf(format string, arguments ...any) {
	c.found = append(c.found, fmt.Sprintf(format, arguments...))
}

func same(a, b seat.Email) bool {
	return strings.EqualFold(strings.TrimSpace(string(a)), strings.TrimSpace(string(b)))
}

func has(emails []seat.Email, email seat.Email) bool {
	return slices.ContainsFunc(emails, func(other seat.Email) bool { return same(other, email) })
}

func legible(email seat.Email) bool {
	_, err := seat.ParseEmail(string(email))
	return err == nil
}

func look(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// acting is the manifest of somebody whose access follows it.
func (s scene) acting(email seat.Email) (access.Person, bool) {
	var found []access.Person
	for _, person := range s.wish.People {
		if same(person.Email, email) {
			found = append(found, person)
		}
	}
	if len(found) != 1 || !legible(email) || !found[0].Active || found[0].HandsOff {
		return access.Person{}, false
	}
	return found[0], true
}

func (s scene) ownsGroup(name string) bool {
	return slices.ContainsFunc(s.wish.Groups, func(group access.GroupWish) bool { return group.Name == name })
}

func (s scene) ownsBudget(name string) bool {
	return slices.ContainsFunc(s.wish.Budgets, func(budget access.BudgetWish) bool { return budget.Name == name })
}

// groupLines are the lines of Clay's list, and the names in the manifests, that a name may be taken for.
func (s scene) groupLines(name string) (lines []access.Group, wishes []string) {
	for _, group := range s.observed.Groups.Groups {
		if look(group.Name, name) {
			lines = append(lines, group)
		}
	}
	for _, wish := range s.wish.Groups {
		wishes = append(wishes, wish.Name)
	}
	return lines, others(name, append(wishes, s.wish.DeleteGroups...))
}

func (s scene) budgetLines(name string) (lines []access.Budget, wishes []string) {
	owners := 0
	for _, budget := range s.observed.Budgets.Budgets {
		if look(budget.Name, name) {
			lines = append(lines, budget)
		}
	}
	for _, wish := range s.wish.Budgets {
		wishes = append(wishes, wish.Name)
		if wish.Name == name {
			owners++
		}
	}
	wishes = others(name, append(wishes, s.wish.DeleteBudgets...))
	if owners > 1 {
		wishes = append(wishes, name)
	}
	return lines, wishes
}

// others are the names that look like a name and are not it.
func others(name string, all []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(other string) bool { return other == name || !look(other, name) })
}

func (c *checker) isReadAndOwned(change access.Change) {
	section := change.Verb.Section()
	complete := map[access.Section]bool{
		access.SectionGroups: c.observed.Groups.Complete, access.SectionBudgets: c.observed.Budgets.Complete, access.SectionLimits: c.observed.Limits.Complete,
	}
	if c.observed.Offer(section) != access.Offered || !complete[section] {
		c.reportf("%+v: the section is %q and read to its end: %t", change, c.observed.Offer(section), complete[section])
	}
	if c.policy.Observe || c.policy.Suspended {
		c.reportf("%+v is made in a mode that makes nothing", change)
	}
	switch section {
	case access.SectionGroups:
		lines, wishes := c.groupLines(change.Group)
		var read []bool
		for _, line := range lines {
			read = append(read, line.Name == change.Group && (line.Complete || change.Verb == access.DeleteGroup))
		}
		owned := c.ownsGroup(change.Group) != (change.Verb == access.DeleteGroup)
		c.isClear(change, read, wishes, owned && (change.Verb != access.DeleteGroup || slices.Contains(c.wish.DeleteGroups, change.Group)))
	case access.SectionBudgets:
		lines, wishes := c.budgetLines(change.Budget)
		var read []bool
		for _, line := range lines {
			read = append(read, line.Name == change.Budget && (line.Complete || change.Verb == access.DeleteBudget))
		}
		owned := c.ownsBudget(change.Budget) != (change.Verb == access.DeleteBudget)
		c.isClear(change, read, wishes, owned && (change.Verb != access.DeleteBudget || slices.Contains(c.wish.DeleteBudgets, change.Budget)))
	default:
	}
}

// isClear checks that there is at most one line for a name, which was read, and nothing like it.
func (c *checker) isClear(change access.Change, read []bool, wishes []string, owned bool) {
	if len(read) > 1 || slices.Contains(read, false) || len(wishes) > 0 || !owned {
		c.reportf("%+v: lines %v, others of the name %v, owned %t", change, read, wishes, owned)
	}
	creates := change.Verb == access.CreateGroup || change.Verb == access.CreateBudget
	follows := change.Verb == access.AddToGroup || change.Verb == access.GrantBudget
	if !follows && creates != (len(read) == 0) {
		c.reportf("%+v: %d lines of that name", change, len(read))
	}
	if follows && len(read) == 0 && !slices.ContainsFunc(c.result.Changes, func(other access.Change) bool {
		return (other.Verb == access.CreateGroup || other.Verb == access.CreateBudget) && other.Group == change.Group && other.Budget == change.Budget
	}) {
		c.reportf("%+v: nobody makes it", change)
	}
}

func (c *checker) isAskedFor(change access.Change) {
	if change.Email == "" {
		return
	}
	person, acts := c.acting(change.Email)
	if !acts || person.Owner != change.Owner {
		c.reportf("%+v: nobody asked", change)
	}
	var present, wanted bool
	switch change.Verb {
	case access.AddToGroup, access.RemoveFromGroup:
		lines, _ := c.groupLines(change.Group)
		present = len(lines) == 1 && has(lines[0].Members, change.Email)
		wanted = slices.Contains(person.Groups, change.Group)
	case access.GrantBudget, access.RevokeBudget:
		lines, _ := c.budgetLines(change.Budget)
		present = len(lines) == 1 && has(lines[0].Users, change.Email)
		wanted = slices.Contains(person.Budgets, change.Budget)
	default:
		return
	}
	gives := change.Verb == access.AddToGroup || change.Verb == access.GrantBudget
	if wanted != gives || present == gives {
		c.reportf("%+v: wanted %t, there %t", change, wanted, present)
	}
}

func (c *checker) order() {
	rank := func(change access.Change) string {
		return fmt.Sprintf("%02d|%s%s|%s", slices.Index(access.Verbs(), change.Verb), change.Group, change.Budget, change.Email)
	}
	seen := map[access.Key]bool{}
	last := ""
	for _, change := range c.result.Changes {
		if rank(change) <= last {
			c.reportf("%+v comes too late", change)
		}
		last = rank(change)
		seen[change.Key()] = true
	}
	for _, stays := range c.result.Blocked {
		if seen[stays.Change.Key()] || stays.Reason == "" {
			c.reportf("%+v: twice in the plan, or blocked without a reason", stays)
		}
		seen[stays.Change.Key()] = true
	}
}

// nobodyIsForgotten looks for people who are not where they should be, and of whom the plan says nothing.
func (c *checker) nobodyIsForgotten() {
	for _, person := range c.wish.People {
		if _, acts := c.acting(person.Email); !acts {
			continue
		}
		for _, group := range c.wish.Groups {
			lines, wishes := c.groupLines(group.Name)
			read := c.observed.Groups.Offer == access.Offered && c.observed.Groups.Complete
			if !read || len(lines) > 1 || len(wishes) > 0 || len(lines) == 1 && (!lines[0].Complete || lines[0].Name != group.Name) {
				continue
			}
			is, wanted := len(lines) == 1 && has(lines[0].Members, person.Email), slices.Contains(person.Groups, group.Name)
			if is != wanted && !c.mentions(group.Name, person.Email) {
				c.reportf("%s in group %s: wanted %t, there %t, and nothing is said", person.Email, group.Name, wanted, is)
			}
		}
		for _, budget := range c.wish.Budgets {
			lines, wishes := c.budgetLines(budget.Name)
			read := c.observed.Budgets.Offer == access.Offered && c.observed.Budgets.Complete
			if !read || budget.Everyone || len(lines) > 1 || len(wishes) > 0 || len(lines) == 1 && (!lines[0].Complete || lines[0].Name != budget.Name) {
				continue
			}
			is, wanted := len(lines) == 1 && has(lines[0].Users, person.Email), slices.Contains(person.Budgets, budget.Name)
			if is != wanted && !c.mentions(budget.Name, person.Email) {
				c.reportf("%s with budget %s: wanted %t, there %t, and nothing is said", person.Email, budget.Name, wanted, is)
			}
		}
	}
}

func (c *checker) limitsAreNotForgotten() {
	if c.observed.Limits.Offer != access.Offered || !c.observed.Limits.Complete {
		return
	}
	if limit := c.wish.DefaultLimit; limit != nil && !reflect.DeepEqual(limit, c.observed.Limits.Default) {
		if !c.says(func(change access.Change) bool {
			return change.Verb == access.SetDefaultLimit && change.Credits == *limit
		}) {
			c.reportf("the default should be %d, and nothing is said", *limit)
		}
	}
	for _, line := range c.observed.Limits.People {
		person, acts := c.acting(line.Email)
		if !acts || person.Limit == nil || reflect.DeepEqual(person.Limit, line.Limit) || reflect.DeepEqual(line.Limit, c.observed.Limits.Default) {
			continue
		}
		if !c.mentions("", line.Email) {
			c.reportf("%s should have a limit of %d, and nothing is said", line.Email, *person.Limit)
		}
	}
}

func (c *checker) mentions(name string, email seat.Email) bool {
	return c.says(func(change access.Change) bool {
		return change.Group+change.Budget == name && same(change.Email, email)
	})
}

func (c *checker) says(is func(access.Change) bool) bool {
	return slices.ContainsFunc(c.result.Changes, is) ||
		slices.ContainsFunc(c.result.Blocked, func(stays access.Blocked) bool { return is(stays.Change) })
}

// damage is what a plan that was carried out did to what nobody owns.
func damage(s scene, after access.State) []string {
	var found []string
	bystanders := func(emails []seat.Email) []seat.Email {
		return slices.DeleteFunc(slices.Clone(emails), func(email seat.Email) bool { _, acts := s.acting(email); return acts })
	}
	foreign := func(groups []string) []string {
		return slices.DeleteFunc(slices.Clone(groups), func(name string) bool { return s.ownsGroup(name) || slices.Contains(s.wish.DeleteGroups, name) })
	}
	for _, group := range s.observed.Groups.Groups {
		left := groupAfter(after, group)
		switch owned := s.ownsGroup(group.Name); {
		case left == nil && !slices.Contains(s.wish.DeleteGroups, group.Name):
			found = append(found, fmt.Sprintf("group %+v is gone", group))
		case left != nil && !owned && !reflect.DeepEqual(*left, group):
			found = append(found, fmt.Sprintf("group %+v became %+v", group, *left))
		case left != nil && !slices.Equal(bystanders(group.Members), bystanders(left.Members)):
			found = append(found, fmt.Sprintf("group %+v has others: %+v", group, *left))
		}
	}
	for _, budget := range s.observed.Budgets.Budgets {
		left := budgetAfter(after, budget)
		switch owned := s.ownsBudget(budget.Name); {
		case left == nil && !slices.Contains(s.wish.DeleteBudgets, budget.Name):
			found = append(found, fmt.Sprintf("budget %+v is gone", budget))
		case left != nil && !owned && !reflect.DeepEqual(foreign(left.Groups), foreign(budget.Groups)):
			found = append(found, fmt.Sprintf("budget %+v became %+v", budget, *left))
		case left != nil && owned && !left.Everyone && !slices.Equal(bystanders(budget.Users), bystanders(left.Users)):
			found = append(found, fmt.Sprintf("budget %+v has others: %+v", budget, *left))
		case left != nil && owned && !left.Everyone && !sameSet(foreign(budget.Groups), foreign(left.Groups)):
			found = append(found, fmt.Sprintf("budget %+v has other groups: %+v", budget, *left))
		}
	}
	for at, line := range s.observed.Limits.People {
		_, acts := s.acting(line.Email)
		left := after.Limits.People[at]
		follows := reflect.DeepEqual(line.Limit, s.observed.Limits.Default) && reflect.DeepEqual(left.Limit, after.Limits.Default)
		if !acts && !follows && !reflect.DeepEqual(line, left) {
			found = append(found, fmt.Sprintf("limit %+v became %+v", line, left))
		}
	}
	return found
}

func groupAfter(after access.State, group access.Group) *access.Group {
	for i := range after.Groups.Groups {
		if after.Groups.Groups[i].ID == group.ID {
			return &after.Groups.Groups[i]
		}
	}
	return nil
}

func budgetAfter(after access.State, budget access.Budget) *access.Budget {
	for i := range after.Budgets.Budgets {
		if after.Budgets.Budgets[i].ID == budget.ID {
			return &after.Budgets.Budgets[i]
		}
	}
	return nil
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}
