package controllers

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// clayAccess is what a Clay workspace in memory has beside its members, with faults where a test wants them.
type clayAccess struct {
	state access.State
	// observed and applied count the calls that have returned.
	observed, applied int
	// scopes are those that ObserveAccess was given, and batches the changes of each ApplyAccess.
	scopes  []access.Scope
	batches [][]access.Change
	// faults say which sections cannot be read.
	faults map[access.Section]*sidecar.Fault
	// onObserve may bend an answer or fail. It is called without the lock, with the number of the call from 1.
	onObserve func(call int, state *access.State) error
	// onApply decides what becomes of a change; nil makes them all.
	onApply func(ctx context.Context, call, index int, change access.Change) fate
	// proofless is true where ApplyAccess returns no reading.
	proofless bool
}

// offersAll makes a workspace of the plan that has everything.
func (c *clay) offersAll() *clay {
	c.inventory.Plan = "Enterprise"
	c.access.state = access.State{
		Plan:    "Enterprise",
		Groups:  access.GroupList{Offer: access.Offered, Complete: true},
		Budgets: access.BudgetList{Offer: access.Offered, Complete: true},
		Limits:  access.LimitList{Offer: access.Offered, Complete: true},
	}
	return c
}

// offers makes a workspace of a plan that has some sections.
func (c *clay) offers(plan string, sections ...access.Section) *clay {
	c.offersAll()
	c.inventory.Plan, c.access.state.Plan = plan, plan
	offer := func(section access.Section) access.Offer {
		if slices.Contains(sections, section) {
			return access.Offered
		}
		return access.NotOffered
	}
	state := &c.access.state
	state.Groups.Offer, state.Budgets.Offer, state.Limits.Offer =
		offer(access.SectionGroups), offer(access.SectionBudgets), offer(access.SectionLimits)
	return c
}

// ObserveAccess implements sidecar.Backend.
func (c *clay) ObserveAccess(_ context.Context, workspace sidecar.Workspace, scope access.Scope) (sidecar.AccessObservation, error) {
	c.mutex.Lock()
	call := c.access.observed + 1
	hook := c.access.onObserve
	state := c.readAccess(scope.Sections, scope.Groups, scope.Budgets)
	faults := map[access.Section]*sidecar.Fault{}
	for section, fault := range c.access.faults {
		if slices.Contains(scope.Sections, section) {
			faults[section] = fault
			blank(&state, section)
		}
	}
	c.access.scopes = append(c.access.scopes, scope)
	c.mutex.Unlock()
	defer c.count(&c.access.observed)
	if hook != nil {
		if err := hook(call, &state); err != nil {
			return sidecar.AccessObservation{}, err
		}
	}
	signedIn, err := c.signIn(workspace)
	if err != nil {
		return sidecar.AccessObservation{Observation: sidecar.Observation{SignedIn: signedIn}}, err
	}
	observation := sidecar.Observation{
		Usage: sidecar.Usage{PageLoads: len(scope.Sections)}, Overridden: overriddenBy(workspace), SignedIn: signedIn,
	}
	if signedIn {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		observation.Session = sidecar.Session(testSession + "access")
		c.alive[testSession+"access"] = true
	}
	return sidecar.AccessObservation{Observation: observation, State: state, Faults: faults}, nil
}

// blank takes a section out of a reading.
func blank(state *access.State, section access.Section) {
	switch section {
	case access.SectionGroups:
		state.Groups = access.GroupList{}
	case access.SectionBudgets:
		state.Budgets = access.BudgetList{}
	default:
		state.Limits = access.LimitList{}
	}
}

// readAccess returns some sections, with the members of some groups and those who have access to some budgets. The lock is held.
func (c *clay) readAccess(sections []access.Section, groups, budgets []string) access.State {
	state := cloneAccess(c.access.state)
	state.WorkspaceID, state.ReadAt = c.inventory.WorkspaceID, time.Now()
	for i := range state.Groups.Groups {
		group := &state.Groups.Groups[i]
		if group.Complete = slices.Contains(groups, group.Name); !group.Complete {
			group.Members = nil
		}
	}
	for i := range state.Budgets.Budgets {
		budget := &state.Budgets.Budgets[i]
		if budget.Complete = slices.Contains(budgets, budget.Name); !budget.Complete {
			budget.Users, budget.Groups = nil, nil
		}
	}
	state.Limits.People = c.shownLimits()
	for _, section := range access.Sections() {
		if !slices.Contains(sections, section) || state.Offer(section) != access.Offered {
			offer := state.Offer(section)
			blank(&state, section)
			if slices.Contains(sections, section) {
				setOffer(&state, section, offer)
			}
		}
	}
	return state
}

func setOffer(state *access.State, section access.Section, offer access.Offer) {
	switch section {
	case access.SectionGroups:
		state.Groups.Offer = offer
	case access.SectionBudgets:
		state.Budgets.Offer = offer
	default:
		state.Limits.Offer = offer
	}
}

// shownLimits lists every active member with the limit that counts for them. Those of their own are in the model.
func (c *clay) shownLimits() []access.PersonLimit {
	own := map[seat.Email]access.PersonLimit{}
	for _, person := range c.access.state.Limits.People {
		own[person.Email] = person
	}
	var shown []access.PersonLimit
	for _, member := range c.inventory.Members {
		if member.Presence != seat.Active {
			continue
		}
		person := own[member.Email]
		person.Email = member.Email
		if person.Limit == nil {
			person.Limit = c.access.state.Limits.Default
		}
		shown = append(shown, person)
	}
	return shown
}

func cloneAccess(state access.State) access.State {
	state.Groups.Groups = slices.Clone(state.Groups.Groups)
	for i := range state.Groups.Groups {
		state.Groups.Groups[i].Members = slices.Clone(state.Groups.Groups[i].Members)
	}
	state.Budgets.Budgets = slices.Clone(state.Budgets.Budgets)
	for i := range state.Budgets.Budgets {
		budget := &state.Budgets.Budgets[i]
		budget.Users, budget.Groups = slices.Clone(budget.Users), slices.Clone(budget.Groups)
	}
	state.Limits.People = slices.Clone(state.Limits.People)
	return state
}

// ApplyAccess implements sidecar.Backend.
func (c *clay) ApplyAccess(
	ctx context.Context, workspace sidecar.Workspace, changes []access.Change, report func(sidecar.Outcome),
) (sidecar.AccessObservation, error) {
	c.mutex.Lock()
	call := c.access.applied + 1
	hook := c.access.onApply
	c.access.batches = append(c.access.batches, slices.Clone(changes))
	c.mutex.Unlock()
	defer c.count(&c.access.applied)
	if !workspace.NotAfter.IsZero() && time.Now().After(workspace.NotAfter.Add(time.Hour)) {
		c.t.Error("access was to be changed long after it could be")
	}
	var sections []access.Section
	var groups, budgets []string
	for index, change := range changes {
		next := made
		if hook != nil {
			next = hook(ctx, call, index, change)
		}
		outcome := c.makeAccess(index, change, next)
		if !next.silent {
			report(outcome)
		}
		if next.end != nil {
			return sidecar.AccessObservation{}, next.end
		}
		sections, groups, budgets = append(sections, change.Verb.Section()), append(groups, change.Group), append(budgets, change.Budget)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	observation := sidecar.AccessObservation{Observation: sidecar.Observation{Overridden: overriddenBy(workspace)}}
	if !c.access.proofless {
		// Whoever else is in other groups of the section nobody has looked at.
		observation.State = c.readAccess(sections, groups, budgets)
	}
	if workspace.Evidence {
		observation.Evidence = &sidecar.Evidence{Snapshot: pictureAfter}
	}
	return observation, nil
}

// makeAccess gives a change its effect and its outcome.
func (c *clay) makeAccess(index int, change access.Change, next fate) sidecar.Outcome {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	outcome := sidecar.Outcome{Index: index, Result: sidecar.Applied, Fault: next.fault}
	if next.effect && !changeAccess(&c.access.state, change) {
		outcome.Result = sidecar.AlreadyThere
	}
	switch {
	case next.fault != nil && next.fault.Class == sidecar.OutcomeUnknown && !next.refused:
		outcome.Result = sidecar.Unknown
	case next.fault != nil:
		outcome.Result = sidecar.Failed
	}
	c.tell()
	return outcome
}

// changeAccess makes one change; false says that there was nothing to do.
func changeAccess(state *access.State, change access.Change) bool {
	switch change.Verb.Section() {
	case access.SectionGroups:
		return changeGroup(state, change)
	case access.SectionBudgets:
		return changeBudget(state, change)
	default:
		return changeLimit(state, change)
	}
}

func changeGroup(state *access.State, change access.Change) bool {
	groups := &state.Groups.Groups
	place := slices.IndexFunc(*groups, func(group access.Group) bool { return group.Name == change.Group })
	switch {
	case change.Verb == access.CreateGroup && place < 0:
		*groups = append(*groups, access.Group{Name: change.Group, Description: change.Description})
		return true
	case change.Verb == access.CreateGroup || place < 0:
		return false
	}
	group := &(*groups)[place]
	in := slices.Contains(group.Members, change.Email)
	switch {
	case change.Verb == access.DescribeGroup:
		group.Description = change.Description
	case change.Verb == access.DeleteGroup:
		*groups = slices.Delete(*groups, place, place+1)
	case change.Verb == access.AddToGroup && !in:
		group.Members = append(group.Members, change.Email)
	case change.Verb == access.RemoveFromGroup && in:
		group.Members = without(group.Members, change.Email)
	default:
		return false
	}
	return true
}

func changeBudget(state *access.State, change access.Change) bool {
	budgets := &state.Budgets.Budgets
	place := slices.IndexFunc(*budgets, func(budget access.Budget) bool { return budget.Name == change.Budget })
	switch {
	case change.Verb == access.CreateBudget:
		// Nothing is known of Clay that keeps it from making two with one name.
		*budgets = append(*budgets, access.Budget{
			Name: change.Budget, CreditLimit: change.Credits, Everyone: change.Everyone, Groups: slices.Clone(change.Groups),
		})
		return true
	case place < 0:
		return false
	}
	budget := &(*budgets)[place]
	has := slices.Contains(budget.Users, change.Email)
	switch {
	case change.Verb == access.EditBudget:
		budget.CreditLimit, budget.Everyone, budget.Groups = change.Credits, change.Everyone, slices.Clone(change.Groups)
		if budget.Everyone {
			budget.Users, budget.Groups = nil, nil
		}
	case change.Verb == access.ResetBudget:
		budget.Used = 0
	case change.Verb == access.DeleteBudget:
		*budgets = slices.Delete(*budgets, place, place+1)
	case change.Verb == access.GrantBudget && !has:
		budget.Users = append(budget.Users, change.Email)
	case change.Verb == access.RevokeBudget && has:
		budget.Users = without(budget.Users, change.Email)
	default:
		return false
	}
	return true
}

func changeLimit(state *access.State, change access.Change) bool {
	limits := &state.Limits
	if change.Verb == access.SetDefaultLimit {
		limits.Default = new(change.Credits)
		return true
	}
	for i := range limits.People {
		if limits.People[i].Email == change.Email {
			limits.People[i].Limit = new(change.Credits)
			return true
		}
	}
	limits.People = append(limits.People, access.PersonLimit{Email: change.Email, Limit: new(change.Credits)})
	return true
}

func without(emails []seat.Email, email seat.Email) []seat.Email {
	return slices.DeleteFunc(emails, func(other seat.Email) bool { return other == email })
}

// leaveAccess takes somebody whose seat goes out of all groups and budgets, as Clay does. The lock is held.
func (c *clay) leaveAccess(email seat.Email) {
	state := &c.access.state
	for i := range state.Groups.Groups {
		state.Groups.Groups[i].Members = without(state.Groups.Groups[i].Members, email)
	}
	for i := range state.Budgets.Budgets {
		state.Budgets.Budgets[i].Users = without(state.Budgets.Budgets[i].Users, email)
	}
}

// accessNow returns what the workspace has, with its lists in order.
func (c *clay) accessNow() access.State {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	state := cloneAccess(c.access.state)
	for i := range state.Groups.Groups {
		slices.Sort(state.Groups.Groups[i].Members)
	}
	for i := range state.Budgets.Budgets {
		slices.Sort(state.Budgets.Budgets[i].Users)
		slices.Sort(state.Budgets.Budgets[i].Groups)
	}
	slices.SortFunc(state.Limits.People, func(a, b access.PersonLimit) int { return cmp.Compare(a.Email, b.Email) })
	slices.SortFunc(state.Groups.Groups, func(a, b access.Group) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(state.Budgets.Budgets, func(a, b access.Budget) int { return cmp.Compare(a.Name, b.Name) })
	return state
}

// accessWritings returns the changes of each ApplyAccess so far.
func (c *clay) accessWritings() [][]access.Change {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return slices.Clone(c.access.batches)
}

// editAccess changes groups, budgets and limits by hand, as a person in Clay would.
func (c *clay) editAccess(change func(state *access.State)) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	change(&c.access.state)
	c.tell()
}
