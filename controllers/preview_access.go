package controllers

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// previewAccess works out what a pass would do about groups, budgets and limits.
func (p *pass) previewAccess(ctx context.Context, preview *Preview) error {
	if !p.workspace.DeletionTimestamp.IsZero() {
		return nil
	}
	p.wishAccess()
	if !p.work.asked {
		return nil
	}
	scope := access.ScopeOf(p.work.wish)
	switch {
	case len(scope.Sections) == 0:
	case p.backend != nil:
		if err := p.lookAtAccess(ctx, scope); err != nil {
			return err
		}
	case !p.recallAccess(preview):
		return nil
	}
	if err := p.planAccess(); err != nil {
		return err
	}
	p.noteAccessLeftOut(preview)
	return nil
}

// lookAtAccess reads Clay itself, as a pass does, but without keeping anything. The members were read a moment ago, so that nobody has to sign in.
func (p *pass) lookAtAccess(ctx context.Context, scope access.Scope) error {
	ctx, cancel := context.WithTimeout(ctx, accessDeadline)
	defer cancel()
	target := p.access
	target.NoLogin = true
	startedAt := p.timing.now()
	seen, err := p.backend.ObserveAccess(ctx, target, scope)
	if err != nil {
		return fromFault(err)
	}
	if seen.State.WorkspaceID != p.workspace.Spec.WorkspaceID {
		return fromPlan(seat.ErrWrongWorkspace)
	}
	p.work.unreadable = seen.Faults
	p.work.reading = newAccessReading(seen.State, startedAt, p.timing.now())
	return nil
}

// recallAccess puts together again what Clay has from what the statuses hold of the last reading. It is false where they hold none.
func (p *pass) recallAccess(preview *Preview) bool {
	known := p.workspace.Status.Access
	if known == nil || known.LastReadTime == nil {
		preview.Notes = append(preview.Notes, "The operator has not read groups, budgets and limits yet: nothing is said about them here. --live shows them.")
		return false
	}
	state := access.State{
		WorkspaceID: p.workspace.Spec.WorkspaceID, Plan: p.workspace.Status.Plan,
		Groups:  access.GroupList{Offer: offerIn(known, access.SectionGroups), Complete: true},
		Budgets: access.BudgetList{Offer: offerIn(known, access.SectionBudgets), Complete: true},
		Limits:  access.LimitList{Offer: offerIn(known, access.SectionLimits), Complete: true, Default: known.DefaultCreditLimit},
		ReadAt:  known.LastReadTime.Time,
	}
	for i := range known.Groups {
		state.Groups.Groups = append(state.Groups.Groups, p.recallGroup(&known.Groups[i]))
	}
	for i := range known.Budgets {
		state.Budgets.Budgets = append(state.Budgets.Budgets, p.recallBudget(&known.Budgets[i]))
	}
	for i := range p.users {
		if user := &p.users[i]; user.Status.Seat == clayv1alpha1.SeatActive {
			person := access.PersonLimit{Email: p.emails[i]}
			if user.Status.Access != nil {
				person.Limit = user.Status.Access.MCPCreditLimit
			}
			state.Limits.People = append(state.Limits.People, person)
		}
	}
	p.work.reading = newAccessReading(state, state.ReadAt, state.ReadAt)
	if p.hasUntold() {
		preview.Notes = append(preview.Notes, "The statuses do not tell the descriptions of groups, who but single people has access to a budget, and whether "+
			"a group or budget that is new in the manifests is in Clay already. --live shows it.")
	}
	return true
}

func offerIn(known *clayv1alpha1.WorkspaceAccess, section access.Section) access.Offer {
	if slices.Contains(known.NotOffered, string(section)) {
		return access.NotOffered
	}
	return access.Offered
}

// recallGroup is a group as far as statuses tell of it; what they do not tell is as the manifests have it.
func (p *pass) recallGroup(known *clayv1alpha1.OwnedGroup) access.Group {
	group := access.Group{Name: known.Name, Complete: true}
	for _, wish := range p.work.wish.Groups {
		if wish.Name == known.Name && wish.Description != nil {
			group.Description = *wish.Description
			break
		}
	}
	for i := range p.users {
		if has := p.users[i].Status.Access; has != nil && slices.Contains(has.Groups, known.Name) {
			group.Members = append(group.Members, p.emails[i])
		}
	}
	return group
}

// recallBudget is a budget in the same way.
func (p *pass) recallBudget(known *clayv1alpha1.OwnedBudget) access.Budget {
	budget := access.Budget{Name: known.Name, CreditLimit: known.CreditLimit, Used: known.Used, Complete: true}
	for _, wish := range p.work.wish.Budgets {
		if wish.Name == known.Name {
			budget.Everyone, budget.Groups = wish.Everyone, wish.Groups
		}
	}
	for i := range p.users {
		if has := p.users[i].Status.Access; has != nil && slices.Contains(has.Budgets, known.Name) {
			budget.Users = append(budget.Users, p.emails[i])
		}
	}
	return budget
}

// hasUntold says whether the manifests ask for something that statuses do not tell.
func (p *pass) hasUntold() bool {
	return slices.ContainsFunc(p.work.wish.Groups, func(wish access.GroupWish) bool {
		return wish.Description != nil || p.ownedGroup(wish.Name) == nil
	}) || slices.ContainsFunc(p.work.wish.Budgets, func(wish access.BudgetWish) bool {
		return wish.Everyone || len(wish.Groups) > 0 || p.ownedBudget(wish.Name) == nil
	})
}

// noteAccessLeftOut says what is asked for and not among the changes.
func (p *pass) noteAccessLeftOut(preview *Preview) {
	plan := &p.work.plan
	if len(plan.NotOffered) > 0 {
		preview.Notes = append(preview.Notes, p.notOfferedMessage(plan.NotOffered)+" It is left out.")
	}
	for _, unknown := range p.unknownGrants() {
		preview.Notes = append(preview.Notes, unknownStanding(unknown.thing, fmt.Sprintf("spec.accessRules[%d].grant", unknown.rule)).Message)
	}
	for _, unknown := range plan.Unknown {
		by := fmt.Sprintf("The budget %q in spec.budgets", unknown.Budget)
		if unknown.Budget == "" {
			by = fmt.Sprintf("ClayUser %s, or a rule that fits it,", unknown.Owner)
		}
		preview.Notes = append(preview.Notes, unknownStanding(access.Thing{Section: unknown.Section, Name: unknown.Name}, by).Message)
	}
	for _, section := range access.Sections() {
		if fault := p.work.unreadable[section]; fault != nil {
			preview.Notes = append(preview.Notes,
				fmt.Sprintf("%s cannot be read, and nothing is said about them here: %s", nameSection(section), sentence(fault.Message)))
		}
	}
}

// previewAccessChanges are the changes to access that would be made, and those that would not.
func (p *pass) previewAccessChanges(preview *Preview) (made, held []PreviewChange) {
	if !p.work.planned {
		return nil, nil
	}
	countAccess(&preview.PendingChanges, p.work.plan)
	for _, change := range p.work.plan.Changes {
		next := previewOfAccess(change)
		if preview.Source == PreviewOfStatus {
			next.Reason, next.Message = p.toldHindrance(change)
		}
		if next.Reason == "" {
			made = append(made, next)
			continue
		}
		preview.PendingChanges.Blocked++
		held = append(held, next)
	}
	for _, blocked := range p.work.plan.Blocked {
		next := previewOfAccess(blocked.Change)
		next.Reason, next.Message = string(blocked.Reason), p.accessBlockedMessage(blocked.Change, blocked.Reason)
		held = append(held, next)
	}
	return made, held
}

// toldHindrance is why a change is not made although nothing in the plan stands against it, as the status of who asks for it tells: that Clay
// refused it, that it is undone each time, or that its page cannot be worked with.
func (p *pass) toldHindrance(change access.Change) (reason, message string) {
	conditions, generation := p.workspace.Status.Conditions, p.workspace.Generation
	if user := p.askerOf(change); user != nil {
		conditions, generation = user.Status.Conditions, user.Generation
	}
	told := meta.FindStatusCondition(conditions, clayv1alpha1.ConditionAccessReady)
	if told == nil || told.Status != metav1.ConditionFalse || told.ObservedGeneration != generation {
		return "", ""
	}
	switch told.Reason {
	case clayv1alpha1.ReasonProgressing, clayv1alpha1.ReasonInvitationPending, clayv1alpha1.ReasonNotOfferedByPlan, clayv1alpha1.ReasonUnknownGroup,
		clayv1alpha1.ReasonUnknownBudget, string(seat.BlockedObserve), string(access.BlockedAmbiguousName):
		return "", ""
	default:
		return told.Reason, told.Message
	}
}

func previewOfAccess(change access.Change) PreviewChange {
	next := PreviewChange{
		Verb: string(change.Verb), Email: string(change.Email), Group: change.Group, Budget: change.Budget, FromCredits: change.From,
	}
	if change.Email != "" {
		next.User = change.Owner
	}
	switch change.Verb {
	case access.CreateBudget, access.EditBudget, access.SetDefaultLimit, access.SetLimit:
		next.Credits = new(change.Credits)
	default:
	}
	return next
}
