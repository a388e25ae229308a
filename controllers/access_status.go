package controllers

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// accessStatus returns what the status says of access, made if it is not there.
func (p *pass) accessStatus() *clayv1alpha1.WorkspaceAccess {
	if p.workspace.Status.Access == nil {
		p.workspace.Status.Access = &clayv1alpha1.WorkspaceAccess{}
	}
	return p.workspace.Status.Access
}

// ownedGroup returns what the status says of a group, or nil.
func (p *pass) ownedGroup(name string) *clayv1alpha1.OwnedGroup {
	known := p.workspace.Status.Access
	if known == nil {
		return nil
	}
	if place := slices.IndexFunc(known.Groups, func(group clayv1alpha1.OwnedGroup) bool { return group.Name == name }); place >= 0 {
		return &known.Groups[place]
	}
	return nil
}

// ownedBudget returns what the status says of a budget, or nil.
func (p *pass) ownedBudget(name string) *clayv1alpha1.OwnedBudget {
	known := p.workspace.Status.Access
	if known == nil {
		return nil
	}
	if place := slices.IndexFunc(known.Budgets, func(budget clayv1alpha1.OwnedBudget) bool { return budget.Name == name }); place >= 0 {
		return &known.Budgets[place]
	}
	return nil
}

// noteCreated puts down that the operator made a group or a budget. It is in the status with the next announcement, or at the end of the pass.
func (p *pass) noteCreated(change access.Change) {
	known := p.accessStatus()
	switch {
	case change.Verb == access.CreateGroup && p.ownedGroup(change.Group) == nil:
		known.Groups = append(known.Groups, clayv1alpha1.OwnedGroup{Name: change.Group, Created: true})
	case change.Verb == access.CreateGroup:
		p.ownedGroup(change.Group).Created = true
	case p.ownedBudget(change.Budget) == nil:
		known.Budgets = append(known.Budgets, clayv1alpha1.OwnedBudget{
			Name: change.Budget, Created: true, CreditLimit: change.Credits, Reset: p.resetOf(change.Budget),
		})
	default:
		p.ownedBudget(change.Budget).Created = true
	}
	known.Groups = mostOf(known.Groups, func(group clayv1alpha1.OwnedGroup) bool { return group.Created })
	known.Budgets = mostOf(known.Budgets, func(budget clayv1alpha1.OwnedBudget) bool { return budget.Created })
}

// resetOf is the value by which the manifest asks for a budget to be reset.
func (p *pass) resetOf(name string) string {
	for i := range p.workspace.Spec.Budgets {
		if budget := &p.workspace.Spec.Budgets[i]; budget.Name == name {
			return budget.Reset
		}
	}
	return ""
}

// wishBudget is what the manifest asks for about a budget. To reset it takes another value than the one that was acted on last; the first that
// is seen resets nothing.
func (p *pass) wishBudget(spec *clayv1alpha1.WorkspaceBudget) access.BudgetWish {
	wish := access.BudgetWish{Name: spec.Name, CreditLimit: spec.CreditLimit, Everyone: spec.Everyone, Groups: spec.Groups}
	known := p.ownedBudget(spec.Name)
	wish.Reset = spec.Reset != "" && known != nil && known.Reset != "" && known.Reset != spec.Reset
	return wish
}

// noteReset puts down that a budget was reset as the manifest asks for.
func (p *pass) noteReset(name string) {
	if known := p.ownedBudget(name); known != nil {
		known.Reset = p.resetOf(name)
	}
	for i := range p.work.wish.Budgets {
		if p.work.wish.Budgets[i].Name == name {
			p.work.wish.Budgets[i].Reset = false
		}
	}
}

// settleResets decides what became of resets that the status does not tell of, because the process was cut off or the status could not be
// written: what was used only ever grows but for them.
func (p *pass) settleResets() {
	state := p.work.reading.stateOrNone()
	for i := range p.work.wish.Budgets {
		wish := &p.work.wish.Budgets[i]
		shown, known := onlyBudget(state.Budgets, wish.Name), p.ownedBudget(wish.Name)
		if !wish.Reset || shown == nil || known == nil || state.Budgets.Offer != access.Offered {
			continue
		}
		if shown.Used == 0 || shown.Used < known.Used {
			p.noteReset(wish.Name)
		}
	}
}

// reportAccess works out what the status says of access.
func (p *pass) reportAccess(s *clayv1alpha1.ClayWorkspaceStatus, now time.Time) {
	if !p.workspace.DeletionTimestamp.IsZero() {
		return
	}
	if p.work.asked && p.work.reading != nil {
		known, state := p.accessStatus(), p.work.reading.state
		p.reportGroups(known, state.Groups)
		p.reportBudgets(known, state.Budgets)
		if state.Limits.Offer == access.Offered {
			known.DefaultCreditLimit = state.Limits.Default
		}
		known.LastReadTime = &metav1.Time{Time: state.ReadAt.Truncate(time.Second)}
		known.NotOffered = nil
		for _, section := range p.work.plan.NotOffered {
			known.NotOffered = append(known.NotOffered, string(section))
		}
		// What was deleted is nobody's wish any more.
		p.wishAccess()
	}
	if !p.work.asked {
		s.Access = nil
	}
	switch {
	case p.rulesFault != "":
	case !p.work.asked:
		meta.RemoveStatusCondition(&s.Conditions, clayv1alpha1.ConditionAccessReady)
	default:
		p.accessStanding().applyTo(&s.Conditions, p.workspace.Generation, now)
	}
}

// maxOwned is how many groups, and how many budgets, the status of a workspace lists.
const maxOwned = 200

// mostOf returns as many as the status may list, in their order: those that the operator made before the others, of which the next reading tells
// the same again.
func mostOf[T any](owned []T, isCreated func(T) bool) []T {
	spare := len(owned) - maxOwned
	for i := len(owned) - 1; i >= 0 && spare > 0; i-- {
		if !isCreated(owned[i]) {
			owned = slices.Delete(owned, i, i+1)
			spare--
		}
	}
	return owned[:min(len(owned), maxOwned)]
}

// reportGroups lists the owned groups that are there. Of a section that was not read it stays what it was.
func (p *pass) reportGroups(known *clayv1alpha1.WorkspaceAccess, list access.GroupList) {
	if list.Offer == access.NotOffered {
		// What is not there cannot be deleted.
		known.Groups = slices.DeleteFunc(known.Groups, func(group clayv1alpha1.OwnedGroup) bool {
			return slices.Contains(p.work.wish.DeleteGroups, group.Name)
		})
	}
	if list.Offer != access.Offered || !list.Complete {
		return
	}
	var owned []clayv1alpha1.OwnedGroup
	for _, name := range p.namesOfSection(access.SectionGroups) {
		shown, before := onlyGroup(list, name), p.ownedGroup(name)
		if shown == nil {
			continue
		}
		group := clayv1alpha1.OwnedGroup{Name: name, Created: before != nil && before.Created}
		switch {
		case shown.Complete:
			group.Members = int32(len(shown.Members)) //nolint:gosec // A workspace has not two thousand million members.
		case before != nil:
			group.Members = before.Members
		}
		owned = append(owned, group)
	}
	known.Groups = mostOf(owned, func(group clayv1alpha1.OwnedGroup) bool { return group.Created })
}

// reportBudgets lists the owned budgets that are there, as reportGroups does.
func (p *pass) reportBudgets(known *clayv1alpha1.WorkspaceAccess, list access.BudgetList) {
	if list.Offer == access.NotOffered {
		known.Budgets = slices.DeleteFunc(known.Budgets, func(budget clayv1alpha1.OwnedBudget) bool {
			return slices.Contains(p.work.wish.DeleteBudgets, budget.Name)
		})
	}
	if list.Offer != access.Offered || !list.Complete {
		return
	}
	var owned []clayv1alpha1.OwnedBudget
	for _, name := range p.namesOfSection(access.SectionBudgets) {
		shown, before := onlyBudget(list, name), p.ownedBudget(name)
		if shown == nil {
			continue
		}
		budget := clayv1alpha1.OwnedBudget{Name: name, CreditLimit: shown.CreditLimit, Used: shown.Used}
		if before != nil {
			budget.Created, budget.Reset = before.Created, before.Reset
		}
		budget.Reset = cmp.Or(budget.Reset, p.resetOf(name))
		owned = append(owned, budget)
	}
	known.Budgets = mostOf(owned, func(budget clayv1alpha1.OwnedBudget) bool { return budget.Created })
}

// countMirrored counts the members of the groups in Clay that mirror ClayGroups, by the names of these. What was not read stays as it was.
func (p *pass) countMirrored(last map[string]*int32) map[string]*int32 {
	if !p.work.asked {
		return nil
	}
	counts := map[string]*int32{}
	list := p.work.reading.stateOrNone().Groups
	for name, group := range p.mirrors() {
		shown := onlyGroup(list, name)
		switch {
		case shown != nil && shown.Complete:
			counts[group.Name] = new(int32(len(shown.Members))) //nolint:gosec // A workspace has not two thousand million members.
		case list.Offer != access.Offered || shown != nil:
			if count, known := last[group.Name]; known {
				counts[group.Name] = count
			}
		}
	}
	return counts
}

// namesOfSection are the names that the operator owns, and those that it made and is to delete, sorted.
func (p *pass) namesOfSection(section access.Section) []string {
	var names []string
	if section == access.SectionGroups {
		for _, group := range p.work.wish.Groups {
			names = append(names, group.Name)
		}
		names = append(names, p.work.wish.DeleteGroups...)
	} else {
		for _, budget := range p.work.wish.Budgets {
			names = append(names, budget.Name)
		}
		names = append(names, p.work.wish.DeleteBudgets...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// accessFinding is how it stands with access, in the words of the condition AccessReady; standing is how that bears on Ready.
type accessFinding struct {
	standing status.Standing
}

// applyTo writes the condition AccessReady.
func (f accessFinding) applyTo(conditions *[]metav1.Condition, generation int64, now time.Time) {
	status.Set(conditions, clayv1alpha1.ConditionAccessReady, f.standing.Ready, generation, f.standing.Reason, f.standing.Message, now)
}

// accessStanding says how it stands with the workspace's groups, budgets and limits: first what a person has to put right.
func (p *pass) accessStanding() accessFinding {
	for _, find := range []func() status.Standing{
		p.unreadableAccess, p.troubledAccess, p.notOfferedAccess, p.unknownAccess, p.ambiguousAccess, p.blockedAccess, p.pendingAccess,
	} {
		if found := find(); found.Reason != "" {
			return accessFinding{found}
		}
	}
	message := "Groups, budgets and limits are as asked."
	if blocked := len(p.work.plan.Blocked); blocked > 0 {
		message = fmt.Sprintf("%s wanted and not made; the ClayUsers that are not Ready say why.",
			count(blocked, "change to groups, budgets and limits is", "changes to groups, budgets and limits are"))
	}
	return accessFinding{status.Settled(clayv1alpha1.ReasonAccessApplied, message)}
}

// unreadableAccess tells of a section whose page is not as it should be.
func (p *pass) unreadableAccess() status.Standing {
	for _, section := range access.Sections() {
		fault := p.work.faultOf(section)
		if fault == nil {
			continue
		}
		standing := fromFault(fault).standing
		standing.Message = fmt.Sprintf("%s: %s Everything else goes on.", nameSection(section), standing.Message)
		return standing
	}
	if !p.work.planned || len(p.work.plan.Unread) == 0 {
		return status.Standing{}
	}
	return status.Waiting(sidecar.ReasonIncompleteList, fmt.Sprintf(
		"%s could not be read to the end, so nothing is changed there. It is read again. Everything else goes on.", nameThing(p.work.plan.Unread[0])))
}

// troubledAccess tells of what ended the work on access.
func (p *pass) troubledAccess() status.Standing {
	if p.work.trouble == nil {
		return status.Standing{}
	}
	return p.work.trouble.standing
}

// notOfferedAccess tells of what the plan does not have.
func (p *pass) notOfferedAccess() status.Standing {
	if len(p.work.plan.NotOffered) == 0 {
		return status.Standing{}
	}
	return status.Stalled(clayv1alpha1.ReasonNotOfferedByPlan, p.notOfferedMessage(p.work.plan.NotOffered)+
		" Everything else is done. Take them out of the manifests, or choose another plan.")
}

// notOfferedMessage says what the plan does not have.
func (p *pass) notOfferedMessage(sections []access.Section) string {
	names := make([]string, len(sections))
	for i, section := range sections {
		names[i] = nouns[section]
	}
	return fmt.Sprintf("%s no %s, which the manifests ask for.", p.planSubject(), joinOr(names))
}

// planSubject begins a sentence about the workspace's plan.
func (p *pass) planSubject() string {
	if plan := cmp.Or(p.work.reading.stateOrNone().Plan, p.workspace.Status.Plan); plan != "" {
		return fmt.Sprintf("The plan %s of the workspace has", fit(plan, maxShort))
	}
	return "The plan of the workspace has"
}

// unknownAccess tells of names in the workspace's own manifest that nobody owns.
func (p *pass) unknownAccess() status.Standing {
	for _, unknown := range p.unknownGrants() {
		return unknownStanding(unknown.thing, fmt.Sprintf("spec.accessRules[%d].grant", unknown.rule))
	}
	for _, unknown := range p.work.plan.Unknown {
		if unknown.Budget != "" {
			return unknownStanding(access.Thing{Section: unknown.Section, Name: unknown.Name}, fmt.Sprintf("The budget %q in spec.budgets", unknown.Budget))
		}
	}
	return status.Standing{}
}

// unknownStanding is the standing of who refers to a name that nobody owns.
func unknownStanding(thing access.Thing, by string) status.Standing {
	if thing.Section == access.SectionGroups {
		return status.Stalled(clayv1alpha1.ReasonUnknownGroup, fmt.Sprintf("%s names the group %q, which the operator does not own. "+
			"Add it to spec.groups of the ClayWorkspace, mirror a ClayGroup of that name, or take it away. Everything else is done.", by, thing.Name))
	}
	return status.Stalled(clayv1alpha1.ReasonUnknownBudget, fmt.Sprintf("%s names the budget %q, which the operator does not own. "+
		"Add it to spec.budgets of the ClayWorkspace, or take it away. Everything else is done.", by, thing.Name))
}

// ambiguousAccess tells of names that do not tell one group or budget from all others.
func (p *pass) ambiguousAccess() status.Standing {
	if len(p.work.plan.Ambiguous) == 0 {
		return status.Standing{}
	}
	names := make([]string, len(p.work.plan.Ambiguous))
	for i, thing := range p.work.plan.Ambiguous {
		names[i] = nameThing(thing)
	}
	return status.Stalled(string(access.BlockedAmbiguousName), fmt.Sprintf(
		"%s: Clay or the manifests have more than one of that name, or one that differs in case or spaces alone, so none of them is changed. "+
			"Rename or delete the others. Everything else is done.", enumerate(names)))
}

// blockedAccess tells of what stands against changes that are nobody's alone; the others are told where they are asked for.
func (p *pass) blockedAccess() status.Standing {
	for _, blocked := range p.work.plan.Blocked {
		if blocked.Change.Email != "" || blocked.Reason == seat.BlockedObserve {
			continue
		}
		what := describeAccess(blocked.Change)
		switch blocked.Reason {
		case seat.BlockedRefused:
			reason, message := p.refusalOf(blocked.Change)
			return status.Stalled(reason, fmt.Sprintf("To %s was refused. %s %s", what, message, tryAgainHint))
		case seat.BlockedOutcomeUnknown:
			return status.Waiting(string(blocked.Reason), fmt.Sprintf("It is not known whether the attempt to %s worked. Clay is read until that is clear.", what))
		default:
			return status.Stalled(string(blocked.Reason), fmt.Sprintf("%s (To %s.)", blockedMessage(verdict{}, blocked.Reason), what))
		}
	}
	return status.Standing{}
}

// pendingAccess tells of changes that are left.
func (p *pass) pendingAccess() status.Standing {
	if !p.work.planned {
		return status.Waiting(clayv1alpha1.ReasonProgressing, "Groups, budgets and limits are looked at once Clay can be worked with.")
	}
	if left := len(p.work.plan.Changes); left > 0 {
		return status.Waiting(clayv1alpha1.ReasonProgressing, fmt.Sprintf("%s left; the next pass makes them.",
			count(left, "change to groups, budgets and limits is", "changes to groups, budgets and limits are")))
	}
	return status.Standing{}
}
