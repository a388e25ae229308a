package access

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/seatwright/clay-operator/internal/seat"
)

// Policy holds what speaks against changes.
type Policy struct {
	// WorkspaceID is the id that the reading must carry.
	WorkspaceID string
	// Observe plans and reports, and lets nothing be written.
	Observe bool
	// Suspended lets nothing be written, like Observe, and says so.
	Suspended bool
	// Waits says why a change may not be made now: Clay refused it lately, its last outcome is unknown, or it did not converge.
	Waits map[Key]seat.BlockReason
}

// The reasons of this package, beside those of seat.
const (
	// BlockedAmbiguousName: Clay shows two groups or budgets of the name, or one whose name differs from it in case or spaces alone; or
	// the manifests name two such. Which of them is meant is for a person to say.
	BlockedAmbiguousName seat.BlockReason = "AmbiguousName"
	// BlockedNotListed: Clay's list of limits does not show the person.
	BlockedNotListed seat.BlockReason = "NotListed"
)

// Blocked is a change that is wanted and not made, and why.
type Blocked struct {
	Change Change
	Reason seat.BlockReason
}

// Thing names a group or a budget, by the section that it is in, or with an empty name the whole section.
type Thing struct {
	Section Section
	Name    string
}

// UnknownName is a name that somebody refers to and that is not owned.
type UnknownName struct {
	// Owner names the ClayUser that refers to it; empty where a budget of the workspace does.
	Owner string
	// Budget is the one that refers to a group; empty where a person does.
	Budget string
	// Section is SectionGroups or SectionBudgets.
	Section Section
	Name    string
}

// Stranger is somebody without a manifest in an owned group, or with access of their own to an owned budget. They are left alone.
type Stranger struct {
	Section Section
	Name    string
	Email   seat.Email
}

// Result is a plan.
type Result struct {
	// Changes are to be made now, in the order of Verbs; within a verb by name and then by address.
	Changes []Change
	// Blocked are the differences that stay, by rule or for now, in the same order.
	Blocked []Blocked
	// NotOffered are the sections that are asked for and that the workspace does not have, in the order of Sections.
	NotOffered []Section
	// Unread is what is asked for and was not read to its end. Nothing is planned for it.
	Unread []Thing
	// Ambiguous are the owned names, and those to be deleted, that do not tell one group or budget from all others.
	Ambiguous []Thing
	// Unknown are the names that are not owned, sorted by who refers to them.
	Unknown []UnknownName
	// Strangers are sorted by section, name and address.
	Strangers []Stranger
}

// Plan works out the changes that lead from what Clay shows to what the manifests ask for. It is pure, and its result does not depend on
// the order of its inputs. Nothing is concluded from a section, group or budget that was not read to its end, and what nobody owns is
// never changed.
//
// It returns seat.ErrWrongWorkspace for a reading of another workspace. A wish that asks for nothing needs no reading.
func Plan(wish Wish, observed State, policy Policy) (Result, error) {
	asks := len(ScopeOf(wish).Sections) > 0
	if asks && (policy.WorkspaceID == "" || observed.WorkspaceID != policy.WorkspaceID) {
		return Result{}, fmt.Errorf("%w: read %q, wanted %q", seat.ErrWrongWorkspace, observed.WorkspaceID, policy.WorkspaceID)
	}
	p := newPlanner(wish, observed, policy)
	p.findUnknownNames()
	p.planGroups()
	p.planBudgets()
	p.planLimits()
	p.keepToMode()
	return p.sorted(), nil
}

// planner is the state of one planning.
type planner struct {
	wish   Wish
	state  State
	policy Policy
	people people
	// groups and budgets are the owned names.
	groups, budgets map[string]bool
	// usable are the groups that are there beyond doubt, or will be once the plan is carried out.
	usable map[string]bool
	// settled are the groups of which it is beyond doubt what Clay has by their names.
	settled map[string]bool
	result  Result
}

func newPlanner(wish Wish, state State, policy Policy) *planner {
	p := &planner{
		wish: wish, state: state, policy: policy, people: newPeople(wish.People),
		groups: map[string]bool{}, budgets: map[string]bool{}, usable: map[string]bool{}, settled: map[string]bool{},
	}
	for _, group := range wish.Groups {
		p.groups[group.Name] = true
	}
	for _, budget := range wish.Budgets {
		p.budgets[budget.Name] = true
	}
	return p
}

// canRead says whether there is something to plan in a section, and notes why where there is not.
func (p *planner) canRead(section Section, complete bool) bool {
	if !p.wish.asksFor(section) {
		return false
	}
	switch offer := p.state.Offer(section); {
	case offer == NotOffered:
		p.result.NotOffered = append(p.result.NotOffered, section)
		return false
	case offer != Offered || !complete:
		p.unread(section, "")
		return false
	}
	return true
}

func (p *planner) unread(section Section, name string) {
	p.result.Unread = append(p.result.Unread, Thing{Section: section, Name: name})
}

// propose adds a change, which a reason may speak against already, and returns why it stays; empty where it goes.
func (p *planner) propose(change Change, reason seat.BlockReason) seat.BlockReason {
	reason = cmp.Or(reason, p.policy.Waits[change.Key()])
	if reason == "" {
		p.result.Changes = append(p.result.Changes, change)
	} else {
		p.result.Blocked = append(p.result.Blocked, Blocked{Change: change, Reason: reason})
	}
	return reason
}

// keepToMode comes last, so that Observe shows what the other rules would say.
func (p *planner) keepToMode() {
	var reason seat.BlockReason
	switch {
	case p.policy.Suspended:
		reason = seat.BlockedSuspended
	case p.policy.Observe:
		reason = seat.BlockedObserve
	default:
		return
	}
	for _, change := range p.result.Changes {
		p.result.Blocked = append(p.result.Blocked, Blocked{Change: change, Reason: reason})
	}
	p.result.Changes = nil
}

func (p *planner) findUnknownNames() {
	find := func(owner, budget string, section Section, owned map[string]bool, mentioned []string) {
		for _, name := range names(mentioned, itself) {
			if !owned[name] {
				p.result.Unknown = append(p.result.Unknown, UnknownName{Owner: owner, Budget: budget, Section: section, Name: name})
			}
		}
	}
	for _, person := range p.wish.People {
		find(person.Owner, "", SectionGroups, p.groups, person.Groups)
		find(person.Owner, "", SectionBudgets, p.budgets, person.Budgets)
	}
	for _, budget := range p.wish.Budgets {
		find("", budget.Name, SectionGroups, p.groups, budget.Groups)
	}
}

func (p *planner) sorted() Result {
	slices.SortFunc(p.result.Changes, compareChanges)
	slices.SortFunc(p.result.Blocked, func(a, b Blocked) int {
		return cmp.Or(compareChanges(a.Change, b.Change), cmp.Compare(a.Reason, b.Reason))
	})
	compareThings := func(a, b Thing) int {
		return cmp.Or(compareSections(a.Section, b.Section), cmp.Compare(a.Name, b.Name))
	}
	slices.SortFunc(p.result.Unread, compareThings)
	slices.SortFunc(p.result.Ambiguous, compareThings)
	slices.SortFunc(p.result.Unknown, func(a, b UnknownName) int {
		return cmp.Or(
			cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Budget, b.Budget), compareSections(a.Section, b.Section), cmp.Compare(a.Name, b.Name),
		)
	})
	slices.SortFunc(p.result.Strangers, func(a, b Stranger) int {
		return cmp.Or(compareSections(a.Section, b.Section), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Email, b.Email))
	})
	// Two manifests of one name, or two wishes for one budget, say the same twice; once says it all.
	p.result.Unknown = slices.Compact(p.result.Unknown)
	p.result.Ambiguous = slices.Compact(p.result.Ambiguous)
	return p.result
}

// compareChanges needs to look no further than the key: no two changes of a plan share it.
func compareChanges(a, b Change) int {
	verbs := Verbs()
	return cmp.Or(
		cmp.Compare(slices.Index(verbs, a.Verb), slices.Index(verbs, b.Verb)),
		cmp.Compare(a.Name(), b.Name()),
		cmp.Compare(a.Email, b.Email),
	)
}

func compareSections(a, b Section) int {
	return cmp.Compare(slices.Index(Sections(), a), slices.Index(Sections(), b))
}
