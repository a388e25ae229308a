package controllers

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	logf "sigs.k8s.io/controller-runtime/pkg/log"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	// accessDeadline bounds one reading of groups, budgets and limits: some hundred pages of groups and budgets, one after the other.
	accessDeadline = 5 * time.Minute
	// accessRetry is when a section is read again that could not be read to its end for now, and twice that time later after each further try.
	accessRetry = time.Minute
)

// accessWork is what a pass does about groups, budgets and limits.
type accessWork struct {
	// wish is what the manifests ask for; asked is true where that is anything at all.
	wish  access.Wish
	asked bool
	// reading is what the plan rests on; nil where nothing had to be read, or could be.
	reading *accessReading
	// unreadable and unwritable say why a section cannot be read, or changed, now.
	unreadable, unwritable map[access.Section]*sidecar.Fault
	// planned is true once plan holds a result.
	planned bool
	plan    access.Result
	// evidence says where the picture of a page is that was not as expected; empty where there is none.
	evidence string
	// writing is true once the pass has begun to change access.
	writing bool
	// trouble is why the work on access ended early, where that concerns nobody's seat; held is true where it is left alone for now because of
	// what an earlier pass met.
	trouble *problem
	held    bool
}

// carryOutAccess brings groups, budgets and limits to what the manifests ask for, after the seats: only members have any. Where nobody asks
// for anything it does nothing, and costs nothing.
func (p *pass) carryOutAccess(ctx context.Context) error {
	if !p.workspace.DeletionTimestamp.IsZero() {
		return nil
	}
	p.wishAccess()
	if !p.work.asked {
		p.memory.accessHold = hold{}
		return nil
	}
	if p.memory.accessHold.stands(p.fingerprint, p.timing.now()) {
		return p.leaveAccess()
	}
	p.memory.accessHold = hold{}
	err := p.bringAccess(ctx)
	if p.work.planned {
		p.wakeForUnread()
	}
	if trouble := problemOf(err); trouble != nil && isOfAccess(trouble) {
		trouble.standing.Message = "Groups, budgets and limits: " + trouble.standing.Message + " Seats are seen to meanwhile."
		trouble.accessAlone = true
		p.work.trouble = trouble
		return nil
	}
	return err
}

// isOfAccess says whether what ended the work on access lies in Clay's pages of it, as far as one can tell: it says nothing of the account, of a
// log-in or of the audit store, without which nobody's seat can be changed either.
func isOfAccess(trouble *problem) bool {
	switch trouble.class {
	case sidecar.Drift, sidecar.Unavailable, sidecar.OutcomeUnknown, sidecar.Refused, sidecar.InvalidInput:
		return !trouble.signedOut && trouble.least == 0
	default:
		return false
	}
}

// leaveAccess leaves groups, budgets and limits alone for now. What is told of them is what the last reading and the pass that failed tell.
func (p *pass) leaveAccess() error {
	held, next := p.memory.heldAccess, p.next
	p.work.held, p.work.trouble = true, p.memory.accessHold.problem
	p.work.unreadable, p.work.unwritable, p.work.evidence = held.unreadable, held.unwritable, held.evidence
	if p.memory.latestAccess == nil {
		return nil
	}
	p.work.reading = p.memory.latestAccess
	err := p.planAccess()
	p.next = next // nothing about access is due before the hold ends
	return err
}

// endWithAccess ends the pass as its work on access did, after all that does not depend on it. Pages that are slow or have changed there must keep
// nobody's seat waiting: the next pass comes as the seats need it, and leaves access alone until it is its time again.
func (p *pass) endWithAccess(context.Context) error {
	if p.work.trouble != nil {
		return p.work.trouble
	}
	return nil
}

// bringAccess reads, plans and writes.
func (p *pass) bringAccess(ctx context.Context) error {
	known := p.plan.Changes
	scope := access.ScopeOf(p.work.wish)
	if len(scope.Sections) > 0 {
		if err := p.observeAccess(ctx, scope); err != nil || p.work.reading == nil {
			return err
		}
	}
	if err := p.planAccess(); err != nil || len(p.work.plan.Changes) == 0 {
		return err
	}
	// The reading may have taken minutes, in which people changed their minds.
	if err := p.makePlan(ctx); err != nil {
		return err
	}
	if err := p.planAccess(); err != nil {
		return err
	}
	if err := p.confirmLosses(ctx); err != nil {
		return err
	}
	if isLeavingSince(known, p.plan.Changes) {
		return nil
	}
	return p.writeAccess(ctx, scope)
}

// isLeavingSince says whether somebody is to lose the seat or the invitation who was not when the plan was known last: that comes before any
// change to access, which may take minutes. What was tried in vain holds nothing up.
func isLeavingSince(known, planned []seat.Change) bool {
	return slices.ContainsFunc(planned, func(change seat.Change) bool {
		return takesAway(change) && !slices.ContainsFunc(known, func(old seat.Change) bool { return old.Verb == change.Verb && old.Email == change.Email })
	})
}

// confirmLosses plans again from the API server's own lists before anybody loses access, as confirmPlan does: a group that the workspace
// names no more may be mirrored by now, and rules may rest on ClayGroups that the cache lacks.
func (p *pass) confirmLosses(ctx context.Context) error {
	if !slices.ContainsFunc(p.work.plan.Changes, losesAccess) {
		return nil
	}
	if err := p.planPastCache(ctx); err != nil {
		return err
	}
	p.wishAccess()
	return p.planAccess()
}

// losesAccess says whether a change leaves somebody with less than before.
func losesAccess(change access.Change) bool {
	switch change.Verb {
	case access.RemoveFromGroup, access.DeleteGroup, access.RevokeBudget, access.DeleteBudget:
		return true
	default:
		return false
	}
}

// observeAccess reads what the scope names.
func (p *pass) observeAccess(ctx context.Context, scope access.Scope) error {
	p.work.planned = false
	startedAt := p.timing.now()
	var seen sidecar.AccessObservation
	var refused *sidecar.Fault
	_, err := p.enter(ctx, func(ctx context.Context) (sidecar.Observation, error) {
		ctx, cancel := context.WithTimeout(ctx, accessDeadline)
		defer cancel()
		startedAt = p.timing.now()
		var err error
		seen, err = p.backend.ObserveAccess(ctx, p.access, scope)
		p.metrics.count(seen.Usage)
		p.countLogin(ctx, seen.Observation, err)
		if fault := sidecar.AsFault(err); err != nil && fault.Class == sidecar.InvalidInput && p.work.reading == nil {
			// What is asked for is no good, and nothing was done. That concerns access alone: nobody's seat is to wait for it.
			refused = fault
			return seen.Observation, nil
		}
		return seen.Observation, err
	})
	if err != nil {
		return err
	}
	if refused != nil {
		p.work.unreadable = map[access.Section]*sidecar.Fault{}
		for _, section := range scope.Sections {
			p.work.unreadable[section] = refused
		}
		return nil
	}
	if seen.State.WorkspaceID != p.workspace.Spec.WorkspaceID {
		return fromPlan(seat.ErrWrongWorkspace)
	}
	p.renewSession(ctx, seen.Observation)
	if fault := wholeFault(seen.Faults); fault != nil {
		return p.failedCall(ctx, seen.Observation, fault)
	}
	p.work.unreadable = seen.Faults
	p.keepAccessEvidence(ctx, seen.Faults)
	p.believeAccess(ctx, newAccessReading(seen.State, startedAt, p.timing.now()))
	return nil
}

// wholeFault returns a fault of a section that concerns the whole workspace: Clay wants a pause, or does not take the account.
func wholeFault(faults map[access.Section]*sidecar.Fault) *sidecar.Fault {
	for _, section := range access.Sections() {
		fault := faults[section]
		if fault == nil {
			continue
		}
		switch fault.Class {
		case sidecar.RateLimited, sidecar.AuthFailed, sidecar.HumanNeeded:
			return fault
		default:
		}
	}
	return nil
}

// faultOf returns what is wrong with a section, or nil.
func (w *accessWork) faultOf(section access.Section) *sidecar.Fault {
	return cmp.Or(w.unreadable[section], w.unwritable[section])
}

// keepAccessEvidence keeps the pictures of the pages of sections that are not as expected.
func (p *pass) keepAccessEvidence(ctx context.Context, faults map[access.Section]*sidecar.Fault) {
	for _, section := range access.Sections() {
		fault := faults[section]
		if fault == nil {
			continue
		}
		kept := p.keepEvidence(ctx, fault.Reason, fault.Evidence)
		p.noteEvidence(ctx, &problem{standing: status.Stalled(fault.Reason, fault.Message), kept: kept})
		if kept.Key != "" {
			p.work.evidence = p.trail.WhereIs(kept)
		}
	}
}

// renewSession keeps the session that a call brought along.
func (p *pass) renewSession(ctx context.Context, observation sidecar.Observation) {
	if observation.Session == nil {
		return
	}
	p.memory.session, p.access.Session = observation.Session, observation.Session
	p.keepSession(ctx, observation.SignedIn)
}

// believeAccess takes a reading as the truth, and forgets what it clears up.
func (p *pass) believeAccess(ctx context.Context, next *accessReading) {
	p.work.reading = next
	p.memory.previousAccess, p.memory.latestAccess = p.memory.latestAccess, next
	logf.FromContext(ctx).Info("access was read", "reading", next.id, "groups", len(next.state.Groups.Groups),
		"budgets", len(next.state.Budgets.Budgets), "limits", len(next.state.Limits.People))
}

// planAccess works out the changes.
func (p *pass) planAccess() error {
	p.work.planned = false
	p.settleAttempts()
	p.settleResets()
	plan, err := p.drawAccessPlan()
	if err != nil {
		return err
	}
	if p.dropOutdated(plan.Blocked) {
		if plan, err = p.drawAccessPlan(); err != nil {
			return err
		}
	}
	p.work.plan, p.work.planned = plan, true
	return nil
}

// wakeForUnread has the workspace read again soon where a list was short, and ever more seldom. A page that is not as it should be is not mended
// by another look.
func (p *pass) wakeForUnread() {
	short := slices.ContainsFunc(p.work.plan.Unread, func(thing access.Thing) bool {
		fault := p.work.faultOf(thing.Section)
		return fault == nil || fault.Class == sidecar.Unavailable || fault.Class == sidecar.OutcomeUnknown
	})
	if !short {
		p.memory.shortReadings = 0
		return
	}
	p.memory.shortReadings++
	pause := accessRetry
	for range p.memory.shortReadings - 1 {
		if pause *= 2; pause >= p.workspace.GetInterval() {
			return // the next pass comes by itself
		}
	}
	p.wakeAt(p.timing.now().Add(pause))
}

func (p *pass) drawAccessPlan() (access.Result, error) {
	plan, err := access.Plan(p.work.wish, p.work.reading.stateOrNone(), access.Policy{
		WorkspaceID: p.workspace.Spec.WorkspaceID, Observe: p.observes(), Waits: p.accessWaits(),
	})
	if errors.Is(err, seat.ErrWrongWorkspace) {
		return plan, fromPlan(err)
	}
	return plan, err
}

// wishAccess puts together what the manifests ask for, beside seats.
func (p *pass) wishAccess() {
	spec := &p.workspace.Spec
	wish := access.Wish{People: make([]access.Person, 0, len(p.users))}
	if spec.MCP != nil {
		wish.DefaultLimit = spec.MCP.DefaultCreditLimit
	}
	for i := range spec.Groups {
		wish.Groups = append(wish.Groups, access.GroupWish{Name: spec.Groups[i].Name, Description: spec.Groups[i].Description})
	}
	for name, group := range p.mirrors() {
		wish.Groups = append(wish.Groups, access.GroupWish{Name: name, Description: group.Spec.Description, Owner: group.Name})
	}
	for i := range spec.Budgets {
		wish.Budgets = append(wish.Budgets, p.wishBudget(&spec.Budgets[i]))
	}
	wish.DeleteGroups, wish.DeleteBudgets = p.abandoned(wish)
	mirrored := p.mirrored()
	asked := len(wish.Groups)+len(wish.Budgets)+len(wish.DeleteGroups)+len(wish.DeleteBudgets) > 0 || wish.DefaultLimit != nil
	for i := range p.users {
		person, asks := p.wishPerson(i, mirrored)
		asked = asked || asks
		if p.plan.Duplicates[person.Owner] == "" {
			wish.People = append(wish.People, person)
		}
	}
	p.work.wish, p.work.asked = wish, asked || len(p.unknownGrants()) > 0
}

// wishPerson is what the ClayUser with a number asks for, and whether that is anything.
func (p *pass) wishPerson(number int, mirrored map[string][]string) (person access.Person, asks bool) {
	user, email, entitled := &p.users[number], p.emails[number], &p.entitlements[number]
	_, _, unconfirmed := p.unconfirmed(email)
	person = access.Person{
		Owner: user.Name, Email: email, Groups: slices.Concat(entitled.Groups, mirrored[user.Name]), Budgets: entitled.Budgets, Limit: entitled.Limit,
		HasOwnLimit: p.hasOwnLimit(user),
		Active:      p.reading.find(email).Presence == seat.Active && !unconfirmed,
		HandsOff:    user.Spec.Suspend || !user.DeletionTimestamp.IsZero() || !user.WantsSeat(p.plannedAt) || entitled.unclear != "",
	}
	return person, len(person.Groups)+len(person.Budgets) > 0 || person.Limit != nil
}

// mirrors are the ClayGroups that Clay is to know, by their names there.
func (p *pass) mirrors() map[string]*clayv1alpha1.ClayGroup {
	mirrored, _ := mirrorsOf(p.groups)
	return mirrored
}

// mirrored finds by the name of a ClayUser the groups in Clay that mirror a ClayGroup which lists it.
func (p *pass) mirrored() map[string][]string {
	memberships := map[string][]string{}
	for name, group := range p.mirrors() {
		for _, member := range group.Spec.Members {
			memberships[member.Name] = append(memberships[member.Name], name)
		}
	}
	return memberships
}

// hasOwnLimit says whether the operator gave somebody a limit of their own, as far as their status or this process knows.
func (p *pass) hasOwnLimit(user *clayv1alpha1.ClayUser) bool {
	return user.Status.Access != nil && user.Status.Access.OwnLimit || p.memory.ownLimits[user.UID]
}

// abandoned names what the operator made and nobody asks for any more.
func (p *pass) abandoned(wish access.Wish) (groups, budgets []string) {
	known := p.workspace.Status.Access
	if known == nil {
		return nil, nil
	}
	kept := p.crowdedOut()
	for _, group := range known.Groups {
		if group.Created && !kept[group.Name] && !slices.ContainsFunc(wish.Groups, func(owned access.GroupWish) bool { return owned.Name == group.Name }) {
			groups = append(groups, group.Name)
		}
	}
	for _, budget := range known.Budgets {
		if budget.Created && !slices.ContainsFunc(wish.Budgets, func(owned access.BudgetWish) bool { return owned.Name == budget.Name }) {
			budgets = append(budgets, budget.Name)
		}
	}
	return groups, budgets
}

// crowdedOut are the names in Clay of the ClayGroups that ask to be mirrored and are not. A group that one of them had is not wanted away.
func (p *pass) crowdedOut() map[string]bool {
	_, left := mirrorsOf(p.groups)
	names := make(map[string]bool, len(left))
	for i := range p.groups {
		if left[p.groups[i].Name] != "" {
			names[p.groups[i].GetDisplayName()] = true
		}
	}
	return names
}

// ownedThings are the groups and budgets that the operator owns.
func (p *pass) ownedThings() map[access.Thing]bool {
	owned := map[access.Thing]bool{}
	for _, group := range p.workspace.Spec.Groups {
		owned[access.Thing{Section: access.SectionGroups, Name: group.Name}] = true
	}
	for name := range p.mirrors() {
		owned[access.Thing{Section: access.SectionGroups, Name: name}] = true
	}
	for _, budget := range p.workspace.Spec.Budgets {
		owned[access.Thing{Section: access.SectionBudgets, Name: budget.Name}] = true
	}
	return owned
}

// unknownGrants are the names in access rules that nobody owns, by rule.
func (p *pass) unknownGrants() []unknownGrant {
	if len(p.workspace.Spec.AccessRules) == 0 {
		return nil
	}
	var unknown []unknownGrant
	owned := p.ownedThings()
	for i := range p.workspace.Spec.AccessRules {
		rule := &p.workspace.Spec.AccessRules[i]
		for _, name := range rule.Grant.Groups {
			if thing := (access.Thing{Section: access.SectionGroups, Name: name}); !owned[thing] {
				unknown = append(unknown, unknownGrant{rule: i, thing: thing})
			}
		}
		for _, name := range rule.Grant.Budgets {
			if thing := (access.Thing{Section: access.SectionBudgets, Name: name}); !owned[thing] {
				unknown = append(unknown, unknownGrant{rule: i, thing: thing})
			}
		}
	}
	return unknown
}

// unknownGrant is a name in an access rule that nobody owns.
type unknownGrant struct {
	// rule is its place in spec.accessRules.
	rule  int
	thing access.Thing
}

// fillInvitations adds to each invitation what the person should have, where Clay was last seen to have it: its dialog may offer it.
func (p *pass) fillInvitations() {
	known := p.memory.latestAccess.stateOrNone()
	if len(known.Groups.Groups)+len(known.Budgets.Budgets) == 0 || len(p.plan.Changes) == 0 {
		return
	}
	groups, budgets := map[string]bool{}, map[string]bool{}
	owned := p.ownedThings()
	for i := range known.Groups.Groups {
		name := known.Groups.Groups[i].Name
		groups[name] = owned[access.Thing{Section: access.SectionGroups, Name: name}]
	}
	for i := range known.Budgets.Budgets {
		name := known.Budgets.Budgets[i].Name
		budgets[name] = owned[access.Thing{Section: access.SectionBudgets, Name: name}]
	}
	mirrored := p.mirrored()
	for i := range p.plan.Changes {
		change := &p.plan.Changes[i]
		if change.Verb != seat.Invite || p.userNamed(change.Owner) == nil {
			continue
		}
		entitled := &p.entitlements[p.byName[change.Owner]]
		if entitled.unclear == "" {
			change.Groups = namesIn(groups, slices.Concat(entitled.Groups, mirrored[change.Owner]))
			change.Budgets = namesIn(budgets, entitled.Budgets)
		}
	}
}

// namesIn are the names that a set holds.
func namesIn(set map[string]bool, names []string) seat.Names {
	return seat.NewNames(slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !set[name] }))
}
