package adopt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// Found is a reading of a workspace, and what is in the cluster of it already.
type Found struct {
	Inventory seat.Inventory
	// Access is what was read of groups, budgets and limits.
	Access access.State
	// Account is the address that the operator signs in with.
	Account seat.Email
	// Users are the ClayUsers of the workspace that exist, and Mirrored the names in Clay of the ClayGroups that are mirrored there.
	Users    []clayv1alpha1.ClayUser
	Mirrored []string
}

// Result are the resources for a workspace.
type Result struct {
	Workspace *clayv1alpha1.ClayWorkspace
	// Users in the order of their names.
	Users []clayv1alpha1.ClayUser
	// Notes say what was left out and why, in sentences, sorted.
	Notes []string
	// Suggestions are rules that say the same in fewer words. They are not part of Workspace.
	Suggestions []Suggestion
}

// The largest lists that the resource definitions take.
const (
	maxOwned        = 100
	maxGranted      = 50
	maxBudgetGroups = 50
	maxBudgetName   = 100
	maxDescription  = 500
	maxCredits      = 1_000_000_000_000
)

// Resources makes the resources for what was found, in the workspace that is given: one to be made, or one that exists. What a resource that
// exists says stays as it is. Everybody with a seat or an invitation gets a ClayUser, but for the operator's own account and those of whom
// Clay's list does not say clearly what they have.
func Resources(workspace *clayv1alpha1.ClayWorkspace, found Found) Result {
	b := &builder{
		found: found, workspace: workspace.DeepCopy(), users: map[seat.Email]*clayv1alpha1.ClayUser{}, names: map[string]bool{},
		people: map[seat.Email]*person{},
	}
	b.takeUsers()
	b.takeMembers()
	b.takeGroups()
	b.takeBudgets()
	b.takeLimits()
	b.makeUsers()
	// In no order of Clay's.
	slices.Sort(b.notes)
	result := Result{Workspace: b.workspace, Notes: slices.Compact(b.notes)}
	for _, user := range b.users {
		result.Users = append(result.Users, *user)
	}
	slices.SortFunc(result.Users, func(a, b clayv1alpha1.ClayUser) int { return strings.Compare(a.Name, b.Name) })
	if len(workspace.Spec.AccessRules) == 0 {
		result.Suggestions = suggest(result.Users)
	}
	return result
}

// builder puts the resources together.
type builder struct {
	found     Found
	workspace *clayv1alpha1.ClayWorkspace
	// users by address: those that exist, and later those that are made.
	users map[seat.Email]*clayv1alpha1.ClayUser
	names map[string]bool
	// people are those who get a ClayUser.
	people map[seat.Email]*person
	notes  []string
}

// person is somebody who gets a ClayUser.
type person struct {
	member          seat.Member
	groups, budgets []string
	limit           *int64
}

func (b *builder) notef(format string, arguments ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, arguments...))
}

// takeUsers takes over the ClayUsers that exist.
func (b *builder) takeUsers() {
	existing := slices.Clone(b.found.Users)
	// Of two with one address the older has it, as everywhere.
	slices.SortFunc(existing, func(a, b clayv1alpha1.ClayUser) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), strings.Compare(a.Name, b.Name))
	})
	for i := range existing {
		user := &existing[i]
		b.names[user.Name] = true
		email, err := seat.ParseEmail(user.Spec.Email)
		if err != nil || !user.DeletionTimestamp.IsZero() {
			b.notef("The ClayUser %s is left out: it is being deleted, or its address is none.", user.Name)
			continue
		}
		if first := b.users[email]; first != nil {
			b.notef("The ClayUser %s is left out: %s has its address.", user.Name, first.Name)
			continue
		}
		b.users[email] = b.bare(user.Name, user.Spec)
	}
}

// bare makes a ClayUser with nothing but a spec.
func (b *builder) bare(name string, spec clayv1alpha1.ClayUserSpec) *clayv1alpha1.ClayUser {
	user := &clayv1alpha1.ClayUser{Spec: *spec.DeepCopy()}
	user.Name, user.Namespace = name, b.workspace.Namespace
	return user
}

// takeMembers picks those who get a ClayUser.
func (b *builder) takeMembers() {
	lines := map[seat.Email]int{}
	for _, member := range b.found.Inventory.Members {
		lines[member.Email]++
	}
	shown := false
	for _, member := range b.found.Inventory.Members {
		parsed, err := seat.ParseEmail(string(member.Email))
		shown = shown || member.Email == b.found.Account
		switch {
		case member.Email == b.found.Account || b.users[member.Email] != nil:
			// The operator changes nothing about its own account, and nobody counts it as unmanaged.
		case err != nil || parsed != member.Email:
			b.notef("A line of Clay's list is left out: it shows no e-mail address.")
		case lines[member.Email] > 1:
			b.notef("%s is left out: Clay's list shows the address more than once.", member.Email)
		case !slices.Contains(seat.Roles(), member.Role):
			b.notef("%s is left out: Clay shows a role that this version does not know. Give it another one there, or write the ClayUser by hand.", member.Email)
		case member.Presence != seat.Active && member.Presence != seat.Pending:
			b.notef("%s is left out: Clay's list does not say whether there is a seat or an invitation.", member.Email)
		default:
			b.people[member.Email] = &person{member: member}
		}
	}
	if !shown && b.found.Account != "" {
		b.notef("Clay's list does not show %s, the address that the operator signs in with. If the account has another address there, remove the ClayUser "+
			"that was made for that one.", b.found.Account)
	}
}

// rules says whether the workspace has access rules, which give something to whoever names nothing.
func (b *builder) rules() bool { return len(b.workspace.Spec.AccessRules) > 0 }

// makeUsers makes a ClayUser for each person.
func (b *builder) makeUsers() {
	for _, email := range sortedKeys(b.people) {
		person := b.people[email]
		spec := clayv1alpha1.ClayUserSpec{
			WorkspaceRef: clayv1alpha1.WorkspaceReference{Name: b.workspace.Name}, Email: string(email),
			Groups: sorted(person.groups), Budgets: sorted(person.budgets), MCPCreditLimit: person.limit,
		}
		if person.member.Role != seat.DefaultRole || b.rules() {
			spec.Role = clayv1alpha1.Role(person.member.Role)
		}
		if b.rules() {
			// What the rules grant is not what the person has.
			spec.Groups, spec.Budgets = orEmpty(spec.Groups), orEmpty(spec.Budgets)
		}
		b.users[email] = b.bare(b.freeName(email), spec)
	}
}

func orEmpty(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}

// freeName returns a name that no other ClayUser has.
func (b *builder) freeName(email seat.Email) string {
	name := Name(email, DomainOf(b.found.Account))
	if b.names[name] {
		// A domain that is nobody's gives the long form, which says whose it is.
		name = Name(email, "")
	}
	for b.names[name] {
		name += "-2"
	}
	b.names[name] = true
	return name
}

func sortedKeys[K cmp.Ordered, V any](values map[K]V) []K {
	keys := make([]K, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
