package controllers

import (
	"context"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	// observeDeadline is enough for a log-in, a slow page and some thousand members to scroll through.
	observeDeadline = 3 * time.Minute
	// maxInvitations is how often somebody is invited before a person has to look: once, and three times anew.
	maxInvitations = 4
)

// pass is one reconcile of a workspace.
type pass struct {
	*ClayWorkspaceReconciler
	key       types.NamespacedName
	workspace *clayv1alpha1.ClayWorkspace
	// found is the status that the pass began with.
	found *clayv1alpha1.ClayWorkspaceStatus
	// before is the status as the API server has it.
	before *clayv1alpha1.ClayWorkspaceStatus
	memory *memory

	access      sidecar.Workspace
	locators    locators
	fingerprint string
	// announcedLogin is the log-in that was counted before it is made; zero where none was.
	announcedLogin metav1.Time
	// counted is true where the last call used up a log-in of the hour.
	counted bool
	// peers are the other workspaces with the same account, as they were when a log-in was announced last.
	peers []*clayv1alpha1.ClayWorkspace
	// held is true where the pass ended because the workspace is to be left alone for now.
	held bool
	// reading is what the plan rests on; nil until there is a believable one.
	reading *reading
	// users are the workspace's ClayUsers, as they were when the plan was made. They belong to the cache and must not be
	// changed.
	users []clayv1alpha1.ClayUser
	// emails are their addresses, in the same order.
	emails []seat.Email
	// groups are the workspace's ClayGroups. They belong to the cache as users do.
	groups []clayv1alpha1.ClayGroup
	// entitlements are what the users should have, in their order. rulesFault says in a sentence what is wrong with an access rule.
	entitlements []entitlement
	rulesFault   string
	// byName finds a ClayUser in users; nil until it is needed.
	byName map[string]int
	// absences are the addresses that the reading lacks and an earlier one showed.
	absences map[seat.Email]*absence
	// planned is true once plan holds a result; plannedAt is the time that it was made for.
	planned   bool
	plannedAt time.Time
	plan      seat.Result
	// work is what is done about groups, budgets and limits.
	work accessWork
	// needed is what only a person can do.
	needed []need
	// advanced is true where the pass changed something in Clay.
	advanced bool
	// next is when the world changes without an event; zero where it does not.
	next time.Time
}

// run goes as far as it can. A *problem tells where it ended, and any other error is the API server's.
func (p *pass) run(ctx context.Context) error {
	steps := []func(context.Context) error{
		p.checkSuspended, p.checkDuplicate, p.prepare, p.takeLocators, p.checkHold, p.sayReading, p.observe, p.makePlan, p.confirmPlan,
		p.tellFirstPlan, p.carryOut, p.carryOutAccess, p.settleRecords, p.endWithAccess,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *pass) checkSuspended(context.Context) error {
	if !p.workspace.Spec.Suspend {
		return nil
	}
	return &problem{
		standing: status.Unknown(clayv1alpha1.ReasonSuspended,
			"spec.suspend is true: Clay is neither read nor changed. Set it to false to go on."),
		patience: watchful,
	}
}

// prepare gathers what the browser needs.
func (p *pass) prepare(ctx context.Context) error {
	if _, err := protectedEmails(p.workspace); err != nil {
		return err
	}
	p.forgetRefusals()
	access, version, err := accessTo(ctx, p.reader, p.workspace, p.allowInsecureAppURL)
	if err != nil {
		return err
	}
	credentials := digestOf(access.Login)
	p.meetCredentials(access.Login, credentials, version)
	if err := p.openSession(ctx); err != nil {
		return err
	}
	access.Session, access.Evidence = p.memory.session, p.evidenceAlways
	p.access = access
	p.fingerprint = fmt.Sprintf("%d/%s/%s/%s", p.workspace.Generation, credentials, p.memory.kept.taken,
		requestOf(p.workspace))
	return nil
}

func (p *pass) checkHold(context.Context) error {
	if !p.memory.hold.stands(p.fingerprint, p.timing.now()) {
		return nil
	}
	p.held = true
	return p.memory.hold.problem
}

// observe reads the members. A list that shrank by more than half counts only if a second read shows the same.
func (p *pass) observe(ctx context.Context) error {
	first, err := p.readOnce(ctx)
	if err != nil {
		return err
	}
	if !seat.Believable(p.memory.members, first.inventory, p.memory.ownRemovals) {
		second, err := p.readOnce(ctx)
		if err != nil {
			return err
		}
		if !second.agrees(first) && !seat.Believable(p.memory.members, second.inventory, p.memory.ownRemovals) {
			return shrunk(p.memory.members, len(second.inventory.Members))
		}
		first = second
	}
	logReading(ctx, first)
	p.believe(first)
	return nil
}

// readOnce returns a complete list of the right workspace, or a problem.
func (p *pass) readOnce(ctx context.Context) (*reading, error) {
	startedAt := p.timing.now()
	observation, err := p.enter(ctx, p.call)
	if err != nil {
		return nil, err
	}
	p.take(ctx, observation)
	if err := checkInventory(observation.Inventory, p.workspace.Spec.WorkspaceID); err != nil {
		return nil, fromPlan(err)
	}
	p.keepSession(ctx, observation.SignedIn)
	return newReading(observation.Inventory, startedAt, p.timing.now()), nil
}

// call reads Clay once.
func (p *pass) call(ctx context.Context) (sidecar.Observation, error) {
	ctx, cancel := context.WithTimeout(ctx, observeDeadline)
	defer cancel()
	observation, err := p.backend.Observe(ctx, p.access)
	p.metrics.count(observation.Usage)
	p.countLogin(ctx, observation, err)
	return observation, err
}

func checkInventory(inventory seat.Inventory, workspaceID string) error {
	if inventory.WorkspaceID != workspaceID {
		return seat.ErrWrongWorkspace
	}
	if !inventory.Complete {
		return seat.ErrIncomplete
	}
	return nil
}

// take keeps what every answer of the browser brings along.
func (p *pass) take(ctx context.Context, observation sidecar.Observation) {
	if observation.Session != nil {
		p.memory.session = observation.Session
		p.access.Session = observation.Session
	}
	p.reportLocators(ctx, observation.Overridden)
	generation, now := p.workspace.Generation, p.timing.now()
	conditions := &p.workspace.Status.Conditions
	status.SetWhile(conditions, true, clayv1alpha1.ConditionSessionReady, generation, clayv1alpha1.ReasonSignedIn,
		"The operator is signed in to the workspace.", now)
	status.SetWhile(conditions, observation.Unsandboxed, clayv1alpha1.ConditionUnsandboxed, generation, clayv1alpha1.ReasonSandboxUnavailable,
		"Chromium runs without its own sandbox: this node does not let it make one, or the browser was told so. docs/sandbox.md says how to turn it on.", now)
}

func (p *pass) believe(next *reading) {
	p.reading = next
	p.memory.believe(next)
	p.memory.settle(p.timing.cooldown)
}

// logReading names a reading, which the audit trail refers to.
func logReading(ctx context.Context, shown *reading) {
	logf.FromContext(ctx).Info("Clay was read", "reading", shown.id, "members", len(shown.inventory.Members), "source", shown.inventory.Source)
}

// list takes in the workspace's ClayUsers as they are now.
func (p *pass) list(ctx context.Context) error {
	users, err := p.usersOf(ctx, p.key)
	if err != nil {
		return err
	}
	for i := range users {
		// Only the cache counts here: what it lacks would be forgotten with the next list.
		p.memory.catchUp(&users[i])
	}
	p.know(users)
	p.groups, err = groupsOf(ctx, p.client, p.key)
	return err
}

// know takes in the workspace's ClayUsers.
func (p *pass) know(users []clayv1alpha1.ClayUser) {
	p.users, p.byName = users, nil
	p.memory.keepOnly(p.users)
	p.emails = make([]seat.Email, len(p.users))
	for i := range p.users {
		email, err := seat.ParseEmail(p.users[i].Spec.Email)
		if err != nil {
			// The plan spares members without a ClayUser while some manifest's address cannot be read.
			email = seat.Email(p.users[i].Spec.Email)
		}
		p.emails[i] = email
	}
}

// makePlan works out what to do, from the reading and from the ClayUsers as they are now: the reading may have taken
// minutes, in which people changed their minds.
func (p *pass) makePlan(ctx context.Context) error {
	p.planned = false
	if err := p.list(ctx); err != nil {
		return err
	}
	return p.planForUsers(ctx)
}

// planForUsers works out what to do for the ClayUsers that were taken in.
func (p *pass) planForUsers(ctx context.Context) error {
	now := p.timing.now()
	if err := p.entitle(ctx); err != nil {
		return err
	}
	p.forgetAttempts()
	p.presumeInvited(now)
	p.findAbsences()
	wishes := make([]seat.Desired, len(p.users))
	for i := range p.users {
		wishes[i] = p.desired(i, now)
	}
	policy, err := p.policy(now)
	if err != nil {
		return err
	}
	plan, err := seat.Plan(wishes, p.reading.inventory, policy)
	if err != nil {
		return fromPlan(err)
	}
	p.plan, p.planned, p.plannedAt = plan, true, now
	p.fillInvitations()
	if p.workspace.DeletionTimestamp.IsZero() {
		// Whatever ends the pass before access is looked at, what is known of it stays in the statuses of those who ask for any.
		p.wishAccess()
	}
	p.wakeForInvitations(wishes, now)
	p.wakeForExpiry(now)
	p.wakeForFinalizers(now)
	logf.FromContext(ctx).V(1).Info("planned", "members", len(p.reading.inventory.Members), "users", len(p.users),
		"changes", len(plan.Changes), "blocked", len(plan.Blocked))
	return nil
}

func (p *pass) policy(now time.Time) (seat.Policy, error) {
	protected, err := protectedEmails(p.workspace)
	if err != nil {
		return seat.Policy{}, err
	}
	spec := p.workspace.Spec
	return seat.Policy{
		Observe:   spec.Mode == clayv1alpha1.ModeObserve,
		Suspended: spec.Suspend,
		// A workspace that goes away changes nothing but for the ClayUsers that go with it.
		RemoveUnmanaged:    spec.UnmanagedMembers == clayv1alpha1.UnmanagedRemove && p.workspace.DeletionTimestamp.IsZero(),
		Protected:          protected,
		Waits:              p.unmanagedWaits(now),
		MaxRemovals:        p.workspace.GetMaxRemovalsPerHour(),
		RecentRemovals:     recentRemovals(p.workspace.Status.Removals, now),
		ApprovedRemovals:   approvedDigest(p.workspace),
		WorkspaceID:        spec.WorkspaceID,
		InvitationLifetime: p.invitationLifetime,
		MaxInvitations:     maxInvitations,
		Now:                now,
	}, nil
}

// handleRequests notes that the plan has been carried out with what people asked for by annotation.
func (p *pass) handleRequests() {
	for i := range p.users {
		if request := requestOf(&p.users[i]); request != "" {
			p.memory.handled[p.users[i].UID] = request
		}
	}
}

// wakeForInvitations has the workspace read again when the next invitation lapses.
func (p *pass) wakeForInvitations(wishes []seat.Desired, now time.Time) {
	for i := range wishes {
		if sentAt := wishes[i].Invitation.SentAt; !sentAt.IsZero() {
			if lapses := sentAt.Add(p.invitationLifetime); lapses.After(now) {
				p.wakeAt(lapses)
			}
		}
	}
}

// wakeForFinalizers has those looked at again who cannot be invited before they have their finalizer, which takes a moment.
// The finalizers themselves wake nobody: most of them are on ClayUsers that have their seat already.
func (p *pass) wakeForFinalizers(now time.Time) {
	for _, blocked := range p.plan.Blocked {
		if blocked.Reason == seat.BlockedUnguarded {
			p.wakeAt(now.Add(p.timing.settle))
			return
		}
	}
}

// wakeAt asks for a pass at a time, if no earlier one is due; zero asks for none.
func (p *pass) wakeAt(at time.Time) {
	if !at.IsZero() && (p.next.IsZero() || at.Before(p.next)) {
		p.next = at
	}
}

// userNamed returns the ClayUser with the name, or nil.
func (p *pass) userNamed(name string) *clayv1alpha1.ClayUser {
	if p.byName == nil {
		p.byName = make(map[string]int, len(p.users))
		for i := range p.users {
			p.byName[p.users[i].Name] = i
		}
	}
	if place, known := p.byName[name]; known {
		return &p.users[place]
	}
	return nil
}

// namesOf returns the sorted names of the ClayUsers that a deleted workspace waits for: those whose seat goes with them.
func namesOf(users []clayv1alpha1.ClayUser) []string {
	var names []string
	for i := range users {
		if isGuarded(&users[i]) && !users[i].RetainsSeat() {
			names = append(names, users[i].Name)
		}
	}
	slices.Sort(names)
	return names
}
