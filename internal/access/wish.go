package access

import (
	"maps"
	"slices"

	"github.com/seatwright/clay-operator/internal/seat"
)

// Wish is what the manifests of one workspace ask for.
type Wish struct {
	// Groups and Budgets are those that the operator owns. No others are changed.
	Groups  []GroupWish
	Budgets []BudgetWish
	// DefaultLimit is for everybody who has no limit of their own; nil where it is not managed.
	DefaultLimit *int64
	// People are all who have a manifest, whether they are members now or not. Of two with one address neither is touched.
	People []Person
	// DeleteGroups and DeleteBudgets name what the operator once made and nobody asks for any more. What is owned is not deleted.
	DeleteGroups, DeleteBudgets []string
}

// GroupWish is a group that the operator owns. Of several with one name, which are one group, the description of the first counts that has
// one, by Owner.
type GroupWish struct {
	Name string
	// Description is nil where the one in Clay is to stay.
	Description *string
	// Owner names the ClayGroup that the group mirrors; empty where the workspace names it.
	Owner string
}

// BudgetWish is a budget that the operator owns.
type BudgetWish struct {
	Name        string
	CreditLimit int64
	// Everyone gives all members of the workspace access; Groups, and what people ask for, do not matter then.
	Everyone bool
	// Groups are those with access, of the owned ones. Groups that are not owned keep the access that they have.
	Groups []string
	// Reset asks for what was used to be set to zero now.
	Reset bool
}

// Person is what one ClayUser asks for.
type Person struct {
	// Owner names the ClayUser, for example by its namespace and name; unique within a plan.
	Owner string
	Email seat.Email
	// Groups and Budgets are the names of all that the person should be in, or have access to, of the owned ones.
	Groups, Budgets []string
	// Limit is the person's own; nil where none is asked for.
	Limit *int64
	// HasOwnLimit says that the operator gave the person a limit of their own before. Clay is not known to have a way to take it back, so
	// that where Limit is nil now it becomes Wish.DefaultLimit, or stays as it is where that is nil too.
	HasOwnLimit bool
	// Active is true for a member. Nobody else is given or denied anything.
	Active bool
	// HandsOff leaves everything that Clay shows for the person as it is: the manifest is suspended, or what it asks for is not clear.
	HandsOff bool
}

// limit is what the person should be able to spend; nil where that is not managed.
func (p Person) limit(wish Wish) *int64 {
	if p.Limit == nil && p.HasOwnLimit {
		return wish.DefaultLimit
	}
	return p.Limit
}

// ScopeOf returns what has to be read for a wish: nothing where nothing is asked for.
func ScopeOf(wish Wish) Scope {
	scope := Scope{Groups: names(wish.Groups, GroupWish.name), Budgets: names(wish.Budgets, BudgetWish.name)}
	for _, section := range Sections() {
		if wish.asksFor(section) {
			scope.Sections = append(scope.Sections, section)
		}
	}
	return scope
}

func (w Wish) asksFor(section Section) bool {
	switch section {
	case SectionGroups:
		return len(w.Groups)+len(w.DeleteGroups) > 0
	case SectionBudgets:
		return len(w.Budgets)+len(w.DeleteBudgets) > 0
	default:
		return w.DefaultLimit != nil || slices.ContainsFunc(w.People, func(p Person) bool { return p.Limit != nil })
	}
}

func (g GroupWish) name() string  { return g.Name }
func (b BudgetWish) name() string { return b.Name }

// names returns the names of some things in order, each once.
func names[T any](things []T, name func(T) string) []string {
	set := make(map[string]bool, len(things))
	for _, thing := range things {
		set[name(thing)] = true
	}
	return slices.Sorted(maps.Keys(set))
}

func itself(name string) string { return name }
