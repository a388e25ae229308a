package adopt

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// holder is a group or a budget: a name, and those who are in it.
type holder struct {
	name string
	in   []seat.Email
	// flaw is why it cannot be owned; empty where it can.
	flaw string
}

// takeGroups makes the operator own the groups of the workspace, with exactly the members that they have.
func (b *builder) takeGroups() {
	list := b.found.Access.Groups
	if !b.usable(access.SectionGroups, list.Offer, list.Complete) {
		return
	}
	var holders []holder
	for _, group := range list.Groups {
		each := holder{name: group.Name, in: group.Members}
		if !group.Complete {
			each.flaw = "not all of its members could be read"
		}
		holders = append(holders, each)
	}
	owned := slices.Clone(b.found.Mirrored)
	for _, group := range b.workspace.Spec.Groups {
		owned = append(owned, group.Name)
	}
	section := ownable{
		word: "group", maxName: access.MaxGroupName, owned: owned,
		of:   func(user *clayv1alpha1.ClayUser) *[]string { return &user.Spec.Groups },
		ofIt: func(person *person) *[]string { return &person.groups },
	}
	for _, name := range b.own(section, holders) {
		group := clayv1alpha1.WorkspaceGroup{Name: name}
		if text := describedAs(list.Groups, name); text != "" && utf8.RuneCountInString(text) <= maxDescription {
			group.Description = &text
		}
		b.workspace.Spec.Groups = append(b.workspace.Spec.Groups, group)
	}
	b.enter(section, holders, b.ownedGroups())
}

func describedAs(groups []access.Group, name string) string {
	for _, group := range groups {
		if group.Name == name {
			return group.Description
		}
	}
	return ""
}

// ownedGroups are the names of the groups that the operator owns.
func (b *builder) ownedGroups() []string {
	names := slices.Clone(b.found.Mirrored)
	for _, group := range b.workspace.Spec.Groups {
		names = append(names, group.Name)
	}
	return names
}

// takeBudgets makes the operator own the budgets of the workspace, as they are.
func (b *builder) takeBudgets() {
	list := b.found.Access.Budgets
	if !b.usable(access.SectionBudgets, list.Offer, list.Complete) {
		return
	}
	groups := b.ownedGroups()
	var holders []holder
	for _, budget := range list.Budgets {
		each := holder{name: budget.Name, in: budget.Users}
		foreign := slices.DeleteFunc(slices.Clone(budget.Groups), func(name string) bool { return slices.Contains(groups, name) })
		switch {
		case !budget.Complete:
			each.flaw = "not all who have access could be read"
		case budget.CreditLimit < 0 || budget.CreditLimit > maxCredits:
			each.flaw = "its limit is beyond what a manifest can say"
		case len(foreign) > 0:
			each.flaw = fmt.Sprintf("the group %q has access to it, which is left out itself", foreign[0])
		case len(budget.Groups) > maxBudgetGroups:
			each.flaw = fmt.Sprintf("more than %d groups have access to it", maxBudgetGroups)
		}
		holders = append(holders, each)
	}
	var owned []string
	for _, budget := range b.workspace.Spec.Budgets {
		owned = append(owned, budget.Name)
	}
	section := ownable{
		word: "budget", maxName: maxBudgetName, owned: owned,
		of:   func(user *clayv1alpha1.ClayUser) *[]string { return &user.Spec.Budgets },
		ofIt: func(person *person) *[]string { return &person.budgets },
	}
	for _, name := range b.own(section, holders) {
		place := slices.IndexFunc(list.Budgets, func(budget access.Budget) bool { return budget.Name == name })
		budget := list.Budgets[place]
		b.workspace.Spec.Budgets = append(b.workspace.Spec.Budgets, clayv1alpha1.WorkspaceBudget{
			Name: name, CreditLimit: budget.CreditLimit, Everyone: budget.Everyone, Groups: sorted(budget.Groups),
		})
	}
	var names []string
	for _, budget := range b.workspace.Spec.Budgets {
		names = append(names, budget.Name)
	}
	b.enter(section, holders, names)
}

// usable says whether a section was read so that something can be made of it.
func (b *builder) usable(section access.Section, offer access.Offer, complete bool) bool {
	switch {
	case offer == access.NotOffered:
		b.notef("%s: the plan of the workspace does not offer them.", section)
	case offer == access.Offered && !complete:
		b.notef("%s are left out: not all of them could be read.", section)
	case offer == access.Offered:
		return true
	}
	return false
}

// ownable says how the names of a section are kept.
type ownable struct {
	word    string
	maxName int
	// owned are those that the operator owns already.
	owned []string
	// of and ofIt are where a ClayUser that exists, and a person who gets one, have theirs.
	of   func(*clayv1alpha1.ClayUser) *[]string
	ofIt func(*person) *[]string
}

// own picks the names that the operator owns from now on: those of which the manifests can say all.
func (b *builder) own(section ownable, holders []holder) []string {
	var names []string
	times := map[string]int{}
	for _, each := range holders {
		times[each.name]++
	}
	for _, each := range holders {
		if slices.Contains(section.owned, each.name) {
			continue
		}
		flaw := each.flaw
		switch {
		case times[each.name] > 1:
			flaw = "there are two of that name"
		case !isPlain(each.name, section.maxName):
			flaw = "a manifest cannot hold its name"
		case flaw == "" && b.rules() && b.knowsOneOf(section, each.in):
			flaw = "somebody in it has a ClayUser already, whose access follows from rules"
		}
		if flaw != "" {
			b.notef("The %s %q is left out: %s. It stays as it is in Clay.", section.word, each.name, flaw)
			continue
		}
		names = append(names, each.name)
	}
	slices.Sort(names)
	names = b.fit(section, holders, names)
	if room := max(0, maxOwned-len(section.owned)); len(names) > room {
		b.notef("%d of the %ss are left out: a ClayWorkspace owns %d at most. They stay as they are in Clay.", len(names)-room, section.word, maxOwned)
		names = names[:room]
	}
	return names
}

// isPlain says whether the resource definition takes a name.
func isPlain(name string, most int) bool {
	control := strings.ContainsFunc(name, func(r rune) bool { return r < ' ' })
	return name != "" && strings.TrimSpace(name) == name && !control && utf8.ValidString(name) && utf8.RuneCountInString(name) <= most
}

// knowsOneOf says whether one of the people has a ClayUser that names nothing of the section itself.
func (b *builder) knowsOneOf(section ownable, people []seat.Email) bool {
	return slices.ContainsFunc(people, func(email seat.Email) bool {
		user := b.users[email]
		return user != nil && *section.of(user) == nil
	})
}

// fit leaves out names until nobody is in more than a manifest can name: whoever is in one that is not named would be taken out of it.
func (b *builder) fit(section ownable, holders []holder, names []string) []string {
	for {
		counts := map[seat.Email]int{}
		var over string
		for _, name := range names {
			for _, email := range membersOf(holders, name) {
				if counts[email]++; counts[email] > maxGranted {
					over = name
				}
			}
		}
		if over == "" {
			return names
		}
		b.notef("The %s %q is left out: somebody is in more than the %d that a ClayUser can name. It stays as it is in Clay.", section.word, over, maxGranted)
		names = slices.DeleteFunc(names, func(name string) bool { return name == over })
	}
}

func membersOf(holders []holder, name string) []seat.Email {
	for _, each := range holders {
		if each.name == name {
			return each.in
		}
	}
	return nil
}

// enter gives everybody the names of what they are in. A ClayUser that exists gets only what the operator did not own before.
func (b *builder) enter(section ownable, holders []holder, owned []string) {
	for _, each := range holders {
		if !slices.Contains(owned, each.name) {
			continue
		}
		for _, email := range each.in {
			if person := b.people[email]; person != nil {
				add(section.ofIt(person), each.name)
			}
			if user := b.users[email]; user != nil && !slices.Contains(section.owned, each.name) {
				add(section.of(user), each.name)
			}
		}
	}
}

// add puts a name into a list, once.
func add(names *[]string, name string) {
	if !slices.Contains(*names, name) {
		*names = append(*names, name)
	}
}

func sorted(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

// takeLimits takes over the default, and every limit that differs from it.
func (b *builder) takeLimits() {
	list := b.found.Access.Limits
	if !b.usable(access.SectionLimits, list.Offer, list.Complete) {
		return
	}
	if named := b.workspace.Spec.MCP != nil && b.workspace.Spec.MCP.DefaultCreditLimit != nil; !named && isCredits(list.Default) {
		b.workspace.Spec.MCP = &clayv1alpha1.MCP{DefaultCreditLimit: copyOf(list.Default)}
	}
	unlimited := 0
	for _, line := range list.People {
		person := b.people[line.Email]
		if person == nil {
			continue
		}
		switch asDefault := line.Limit != nil && list.Default != nil && *line.Limit == *list.Default; {
		case line.Limit == nil && b.grantsLimit():
			unlimited++
		case !isCredits(line.Limit) || asDefault && !b.grantsLimit():
		default:
			person.limit = copyOf(line.Limit)
		}
	}
	if unlimited > 0 {
		b.notef("%d people have no limit in Clay, which no manifest can say. The access rules may give them one: look at the plan before you apply.", unlimited)
	}
}

// grantsLimit says whether a rule gives limits, so that whoever names none may get another.
func (b *builder) grantsLimit() bool {
	return slices.ContainsFunc(b.workspace.Spec.AccessRules, func(rule clayv1alpha1.AccessRule) bool { return rule.Grant.MCPCreditLimit != nil })
}

func isCredits(limit *int64) bool { return limit != nil && *limit >= 0 && *limit <= maxCredits }

func copyOf(limit *int64) *int64 { return new(*limit) }
