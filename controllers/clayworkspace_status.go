package controllers

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// namesShown is how many names a message holds before it only counts.
const namesShown = 5

// report works out the status of the workspace.
func (p *pass) report(trouble *problem) {
	now := p.timing.now()
	s := &p.workspace.Status
	s.ObservedGeneration = p.workspace.Generation
	if !p.held {
		s.LastHandledReconcileAt = requestOf(p.workspace)
	}
	if p.reading != nil {
		p.reportReading(s)
	}
	if p.planned {
		p.reportPlan(s, now)
	}
	p.wakeAt(p.memory.clearsUp(p.timing.cooldown))
	p.closeOperation(now)
	s.Removals = keepRecent(s.Removals, now)
	s.Logins = keepRecentLogins(s.Logins, now)
	p.reportSession()
	if trouble != nil && trouble.signedOut {
		status.Set(&s.Conditions, clayv1alpha1.ConditionSessionReady, metav1.ConditionFalse, p.workspace.Generation,
			trouble.standing.Reason, trouble.standing.Message, now)
	}
	p.reportNeeds(trouble)
	p.standing(trouble).Apply(&s.Conditions, p.workspace.Generation, now)
}

// closeOperation ends the operation in the status once a process that starts can do without it: reads have shown what
// became of it, and no ClayUser's status tells of an older invitation than the one that is out, or of a seat that was taken away.
func (p *pass) closeOperation(now time.Time) {
	s := &p.workspace.Status
	switch {
	case s.Operation == nil || p.reading == nil || p.memory.isInDoubt():
		return
	case p.isResetInDoubt():
		// A process that starts must know of it, or it would reset the budget again.
	case p.isResendUnrecorded():
		p.wakeAt(now.Add(p.timing.cooldown))
	case p.isRemovalUnrecorded():
		// A moment, as a rule; where the status cannot be written, ever more seldom.
		p.wakeAt(now.Add(min(max(p.timing.settle, now.Sub(s.Operation.StartedAt.Time)), p.timing.cooldown)))
	default:
		s.Operation = nil
	}
}

func (p *pass) reportReading(s *clayv1alpha1.ClayWorkspaceStatus) {
	inventory := p.reading.inventory
	s.LastReadTime = &metav1.Time{Time: p.reading.endedAt.Truncate(time.Second)}
	s.InventorySource = string(inventory.Source)
	s.Account = fit(string(inventory.Account), maxEmail)
	s.Plan = fit(inventory.Plan, maxShort)
	if inventory.ClayVersion != "" {
		s.ClayVersion = fit(inventory.ClayVersion, maxClayVersion)
	}
}

func (p *pass) reportPlan(s *clayv1alpha1.ClayWorkspaceStatus, now time.Time) {
	s.Seats = p.countSeats()
	p.reportRules(s)
	s.UnmanagedMembers = listUnmanaged(p.plan.Unmanaged, s.UnmanagedMembers, p.reading.endedAt)
	s.PendingChanges = countChanges(p.plan)
	countAccess(s.PendingChanges, p.work.plan)
	p.reportAccess(s, now)
	// A set that was approved and not carried out yet keeps its name, or the approval would be lost.
	digest := cmp.Or(p.plan.HeldDigest, p.plan.ApprovedDigest)
	if p.observes() {
		digest = ""
	}
	s.HeldRemovals = nameHeld(s.HeldRemovals, digest, now)
	held := p.holds()
	if held {
		p.wakeAt(windowMoves(s.Removals))
	}
	status.SetWhile(&s.Conditions, held, clayv1alpha1.ConditionRemovalsHeld, p.workspace.Generation,
		clayv1alpha1.ReasonRemovalsHeld, p.heldMessage(), now)
}

func (p *pass) countSeats() *clayv1alpha1.SeatCounts {
	counts := &clayv1alpha1.SeatCounts{}
	for i := range p.reading.inventory.Members {
		member := &p.reading.inventory.Members[i]
		switch member.Presence {
		case seat.Active:
			counts.Active++
			if member.Role == seat.RoleAdmin {
				counts.Admins++
			}
		case seat.Pending:
			counts.Pending++
		default:
			// A line that says neither is in the list and is no seat.
		}
	}
	named := map[seat.Email]bool{}
	for _, email := range p.emails {
		if !p.reading.lacks(email) {
			named[email] = true
		}
	}
	counts.Managed = int32(len(named))              //nolint:gosec // A workspace has not two thousand million members.
	counts.Unmanaged = int32(len(p.plan.Unmanaged)) //nolint:gosec // As above.
	return counts
}

func countChanges(plan seat.Result) *clayv1alpha1.ChangeCounts {
	counts := &clayv1alpha1.ChangeCounts{}
	for _, blocked := range plan.Blocked {
		countChange(counts, blocked.Change)
	}
	counts.Blocked = counts.Removals + counts.Roles + counts.Invitations
	for _, change := range plan.Changes {
		countChange(counts, change)
	}
	return counts
}

// countChange counts the pair that replaces an invitation once, as an invitation.
func countChange(counts *clayv1alpha1.ChangeCounts, change seat.Change) {
	switch {
	case change.IsRemoval():
		counts.Removals++
	case change.Verb == seat.SetRole:
		counts.Roles++
	case change.Verb == seat.Invite:
		counts.Invitations++
	}
}

// countAccess adds the changes to groups, budgets and limits.
func countAccess(counts *clayv1alpha1.ChangeCounts, plan access.Result) {
	counts.Access = int32(len(plan.Changes) + len(plan.Blocked)) //nolint:gosec // A workspace has not two thousand million differences.
	counts.Blocked += int32(len(plan.Blocked))                   //nolint:gosec // As above.
}

// standing says how the workspace is doing.
func (p *pass) standing(trouble *problem) status.Standing {
	standing := p.findings()
	if trouble != nil {
		standing = trouble.standing
	}
	if p.workspace.DeletionTimestamp.IsZero() {
		return standing
	}
	return p.deleting(standing, trouble)
}

// findings is the standing after a pass without trouble.
func (p *pass) findings() status.Standing {
	switch {
	case p.reading == nil || !p.planned:
		return status.Standing{}
	case p.rulesFault != "":
		return status.Stalled(clayv1alpha1.ReasonRulesInvalid, p.rulesMessage())
	case p.holds():
		return status.Waiting(clayv1alpha1.ReasonRemovalsHeld, p.heldMessage())
	case len(p.plan.Changes) > 0:
		return status.Waiting(clayv1alpha1.ReasonProgressing,
			fmt.Sprintf("%s left; the next pass makes them.", count(len(p.plan.Changes), "change is", "changes are")))
	case p.memory.isInDoubt():
		return status.Waiting(clayv1alpha1.ReasonProgressing,
			"It is not known what became of the last changes. Clay is read until that is clear; nobody is invited twice.")
	}
	if p.work.asked {
		if found := p.accessStanding().standing; found.Ready != metav1.ConditionTrue {
			return found
		}
	}
	message := fmt.Sprintf("%s and %s read.", count(int(p.workspace.Status.Seats.Active), "seat", "seats"),
		count(int(p.workspace.Status.Seats.Pending), "open invitation", "open invitations"))
	if blocked := int(p.workspace.Status.PendingChanges.Blocked); blocked > 0 {
		message += " " + count(blocked, "change is", "changes are") + " wanted and not made"
		if p.observes() {
			message += ", because spec.mode is Observe"
		}
		message += "; the ClayUsers that are not Ready say why." + p.refusedUnmanaged()
	}
	return status.Settled(clayv1alpha1.ReasonSucceeded, message)
}

// observes says whether the workspace is only looked at: then no removal is held, because none would be made.
func (p *pass) observes() bool { return p.workspace.Spec.Mode == clayv1alpha1.ModeObserve }

// holds says whether removals are held back.
func (p *pass) holds() bool { return p.plan.HeldDigest != "" && !p.observes() }

// heldMessage says how many removals wait, and how to let exactly these pass.
func (p *pass) heldMessage() string {
	return fmt.Sprintf("%s They are made as the hour passes; or approve exactly these: %s", p.heldCount(), approveCommand(p.workspace))
}

// heldCount says how many removals wait.
func (p *pass) heldCount() string {
	message := fmt.Sprintf("%s held back: spec.removals.maxPerHour is %d.",
		count(p.countHeld(), "removal is", "removals are"), p.workspace.GetMaxRemovalsPerHour())
	if isApprovalSpent(p.workspace) {
		message += " The approval that stands there now was for another set, or for an earlier time."
	}
	return message
}

// deleting says what a deleted workspace waits for.
func (p *pass) deleting(standing status.Standing, trouble *problem) status.Standing {
	names := namesOf(p.users)
	message := fmt.Sprintf("The ClayWorkspace is being deleted and waits for %s: %s. "+
		"Delete them to have their seats removed, or set their deletionPolicy to Retain to keep the seats.",
		count(len(names), "ClayUser", "ClayUsers"), enumerate(names))
	if trouble == nil || trouble.standing.Ready == metav1.ConditionUnknown {
		if p.holds() {
			message += " " + p.heldMessage()
		}
		return status.Waiting(clayv1alpha1.ReasonDeleting, message)
	}
	if trouble.standing.Reason == clayv1alpha1.ReasonSecretNotFound {
		message += " In a namespace that is itself being deleted nothing can be created any more; there Retain is the way out."
	}
	standing.Message += " " + message
	return standing
}

// count puts a number before the right form of a word.
func count(number int, one, many string) string {
	if number == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", number, many)
}

// enumerate lists the first few names.
func enumerate(names []string) string {
	if len(names) <= namesShown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:namesShown], ", "), len(names)-namesShown)
}

// publish tells the ClayUsers what the pass found out.
func (p *pass) publish(trouble *problem) {
	next := &snapshot{uid: p.workspace.UID}
	if last := p.snapshots.get(p.key); last != nil && last.uid == p.workspace.UID {
		*next = *last
	}
	next.trouble, next.invitationLifetime = trouble, p.invitationLifetime
	next.operations = p.openOperations()
	next.needed = ""
	if needed := meta.FindStatusCondition(p.workspace.Status.Conditions, clayv1alpha1.ConditionHumanNeeded); needed != nil {
		next.needed = needed.Reason
	}
	if p.planned {
		next.reading, next.verdicts = p.reading, p.verdicts()
		next.interrupted = !p.memory.interrupted.IsZero() || !p.memory.presumed.IsZero()
		next.counts = *p.workspace.Status.Seats
		next.mirrored = p.countMirrored(next.mirrored)
	}
	next.figures = p.figures(next.figures)
	if !p.held {
		next.sessionReady = p.reading != nil || trouble != nil && !trouble.signedOut && next.sessionReady
	}
	next.sessionSaved = time.Time{}
	if kept := p.workspace.Status.Session; kept != nil && kept.SavedTime != nil {
		next.sessionSaved = kept.SavedTime.Time
	}
	p.snapshots.publish(p.key, next, p.users, p.timing.now())
}

func (p *pass) openOperations() map[string][]clayv1alpha1.Operation {
	if len(p.memory.operations) == 0 {
		return nil
	}
	operations := map[string][]clayv1alpha1.Operation{}
	for i := range p.users {
		if open := p.memory.operations[p.users[i].UID]; len(open) > 0 {
			operations[p.users[i].Name] = open
		}
	}
	return operations
}

// verdicts puts together what was found out about each ClayUser.
func (p *pass) verdicts() map[string]verdict {
	verdicts := make(map[string]verdict, len(p.users))
	for i := range p.users {
		user, email := &p.users[i], p.emails[i]
		member := p.reading.find(email)
		_, doubtful := p.doubt(email, user.Status.LastOperation)
		found := verdict{
			uid: user.UID, generation: user.Generation, deleting: !user.DeletionTimestamp.IsZero(),
			request:  p.memory.handled[user.UID],
			presence: member.Presence, role: member.Role, member: member.ID,
			wanted: p.entitlements[i].roleIn(member), ruled: p.entitlements[i].ruled, expired: user.IsExpired(p.plannedAt),
			winner:   p.plan.Duplicates[user.Name],
			doubtful: doubtful && member.Presence == seat.Absent,
		}
		if last, _, unconfirmed := p.unconfirmed(email); unconfirmed {
			found.unconfirmed = true
			found.presence, found.role, found.member = last.Presence, last.Role, last.ID
		}
		if found.deleting && found.presence == seat.Absent {
			p.proveDeleted(user, found)
		}
		verdicts[user.Name] = found
	}
	for _, blocked := range p.plan.Blocked {
		reason := blocked.Reason
		if reason == seat.BlockedRemovalsHeld && p.observes() {
			reason = seat.BlockedObserve
		}
		difference(verdicts, blocked.Change, reason)
		if blocked.Reason == seat.BlockedRefused {
			p.giveReason(verdicts, blocked.Change.Owner)
		}
	}
	for _, change := range p.plan.Changes {
		difference(verdicts, change, "")
	}
	p.addAccessVerdicts(verdicts)
	return verdicts
}

// difference notes the first change that is still wanted for a ClayUser.
func difference(verdicts map[string]verdict, change seat.Change, reason seat.BlockReason) {
	found, known := verdicts[change.Owner]
	if !known || found.verb != "" {
		return
	}
	found.verb, found.block = change.Verb, reason
	verdicts[change.Owner] = found
}

// giveReason notes what Clay said when it refused a ClayUser's last change.
func (p *pass) giveReason(verdicts map[string]verdict, name string) {
	user := p.userNamed(name)
	if user == nil {
		return
	}
	found := verdicts[name]
	found.refusal = lastRefusal(p.remembered(user).History)
	verdicts[name] = found
}

// proveDeleted has the workspace read once more where the reading is too early to show that a deleted ClayUser has no
// seat: the API server's clock may be ahead.
func (p *pass) proveDeleted(user *clayv1alpha1.ClayUser, found verdict) {
	if found.winner == "" && !p.reading.startedAt.After(user.DeletionTimestamp.Time) {
		p.wakeAt(user.DeletionTimestamp.Add(time.Second))
	}
}
