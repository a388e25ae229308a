package controllers

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	// maxAccessChanges bounds one writing, so that what is open in the trail at a time stays within what its head holds.
	maxAccessChanges = 500
	// maxAccessWritings bounds a pass: some thousand changes, after which the seats and other workspaces have their turn.
	maxAccessWritings = 8
	// maxTarget is how much of the names of an operation its status holds, in characters.
	maxTarget = 256
)

// writeAccess makes the planned changes, as many as a pass may. After each writing, which may take minutes, it plans again from what Clay shows
// and from the manifests as they are now, and goes no further where somebody's seat is to change: seats come first.
func (p *pass) writeAccess(ctx context.Context, scope access.Scope) error {
	p.work.writing = true
	for range maxAccessWritings {
		changes := p.work.plan.Changes
		if len(changes) == 0 {
			return nil
		}
		changes = changes[:min(len(changes), maxAccessChanges)]
		advanced, err := p.writeAccessOnce(ctx, changes, scope)
		if err != nil {
			return err
		}
		if err := p.makePlan(ctx); err != nil {
			return err
		}
		if err := p.planAccess(); err != nil {
			return err
		}
		if err := p.confirmLosses(ctx); err != nil {
			return err
		}
		if !advanced || len(p.plan.Changes) > 0 {
			return nil
		}
	}
	return nil
}

// writeAccessOnce makes some changes in Clay and takes in what became of them. It says whether any was made.
func (p *pass) writeAccessOnce(ctx context.Context, changes []access.Change, scope access.Scope) (advanced bool, err error) {
	target := p.access
	target.NotAfter = p.plannedAt.Add(intentLifetime)
	intents, err := p.intendAccess(ctx, changes)
	if err != nil {
		return false, err
	}
	// The store may have taken its time.
	if p.timing.now().After(target.NotAfter) {
		err = trailSlow()
	} else {
		err = p.announceAccess(ctx, changes)
	}
	if err != nil {
		p.giveUp(ctx, intents)
		return false, err
	}
	target.NoLogin = p.access.NoLogin
	outcomes := make([]*sidecar.Outcome, len(changes))
	startedAt := p.timing.now()
	applyContext, cancel := context.WithTimeout(ctx, applyDeadline)
	defer cancel()
	observation, err := p.backend.ApplyAccess(applyContext, target, changes, func(outcome sidecar.Outcome) {
		if outcome.Index >= 0 && outcome.Index < len(outcomes) {
			outcomes[outcome.Index] = &outcome
		}
	})
	p.metrics.count(observation.Usage)
	proof := p.accessProofOf(observation.State, startedAt)
	picture := p.keepEvidence(ctx, reasonApplied, observation.Evidence)
	advanced = p.learnAccess(ctx, changes, intents, outcomes, proof, picture)
	p.countLogin(ctx, observation.Observation, err)
	for section, fault := range observation.Faults {
		p.addAccessFault(section, fault)
	}
	if err != nil {
		return advanced, p.failedCall(ctx, observation.Observation, err)
	}
	p.renewSession(ctx, observation.Observation)
	if proof == nil || !covers(proof.state, changes) {
		return advanced, p.observeAccess(ctx, scope)
	}
	p.believeAccess(ctx, p.work.reading.with(proof, changes))
	return advanced, nil
}

// accessProofOf returns the reading that ApplyAccess made after the changes; nil where it made none, or of another workspace.
func (p *pass) accessProofOf(state access.State, startedAt time.Time) *accessReading {
	if state.WorkspaceID != p.workspace.Spec.WorkspaceID {
		return nil
	}
	return newAccessReading(state, startedAt, p.timing.now())
}

// intendAccess puts the intent of each change on record, in the order of the changes. Nothing may be written in Clay without.
func (p *pass) intendAccess(ctx context.Context, changes []access.Change) ([]audit.Record, error) {
	owners := make([]string, 0, len(changes))
	for _, change := range changes {
		if p.askerOf(change) != nil {
			owners = append(owners, change.Owner)
		}
	}
	asked := p.requesters(ctx, owners)
	now := p.timing.now()
	intents := make([]audit.Record, len(changes))
	for i, change := range changes {
		intents[i] = audit.Intend(p.recordOf(change, asked, now))
	}
	open, err := p.openRecords(ctx)
	if err != nil {
		return nil, trailUnavailable(err)
	}
	records := append(p.supersede(open, intents), intents...)
	if err := p.trail.Append(ctx, records...); err != nil {
		return nil, trailUnavailable(err)
	}
	return intents, nil
}

// recordOf puts a change into the words of the trail.
func (p *pass) recordOf(change access.Change, asked map[string]audit.Requester, now time.Time) audit.Record {
	record := audit.Record{
		Time: now, Verb: audit.Verb(change.Verb), Workspace: p.auditedWorkspace(), Person: string(change.Email), Target: change.Name(),
		FromCredits: change.From, AskedBy: asked[""],
	}
	switch change.Verb {
	case access.CreateBudget, access.EditBudget:
		record.Credits, record.Digest = new(change.Credits), digestAudience(change.Everyone, change.Groups)
	case access.SetDefaultLimit, access.SetLimit:
		record.Credits = new(change.Credits)
	case access.DescribeGroup:
		record.Digest = digestText(change.Description)
	default:
	}
	switch {
	case p.askerOf(change) != nil:
		record.AskedBy = asked[change.Owner]
	case change.Email == "" && change.Owner != "":
		record.AskedBy = audit.Requester{Kind: "ClayGroup", Namespace: p.key.Namespace, Name: change.Owner}
	}
	return record
}

// announceAccess puts down in the status what is about to be done; without the API server's consent nothing is written in Clay.
func (p *pass) announceAccess(ctx context.Context, changes []access.Change) error {
	now := p.timing.now()
	operation := &clayv1alpha1.WorkspaceOperation{
		Writer: p.writer, StartedAt: metav1.NewTime(now.Truncate(time.Second)), Access: int32(len(changes)), //nolint:gosec // At most maxAccessChanges.
	}
	if open := p.workspace.Status.Operation; open != nil {
		// What it did to seats is not in the status of everybody yet.
		operation.Invitations, operation.Removals, operation.Roles = open.Invitations, open.Removals, open.Roles
	}
	p.workspace.Status.Operation = operation
	p.sayWriting(len(changes), "groups, budgets and limits")
	for _, change := range changes {
		if budget := p.ownedBudget(change.Budget); budget != nil && change.Verb == access.ResetBudget && change.From != nil {
			// A process that finds this writing cut off tells by it whether the budget was reset.
			budget.Used = *change.From
		}
	}
	// The session may end in the middle of the writing.
	p.announcing.Lock()
	defer p.announcing.Unlock()
	if err := p.meetLogin(ctx); err != nil {
		return err
	}
	return p.claim(ctx, "announce the changes to access")
}

// learnAccess takes in what became of each change, and says whether any was made. One without a report may or may not have been made.
func (p *pass) learnAccess(
	ctx context.Context, changes []access.Change, intents []audit.Record, outcomes []*sidecar.Outcome, proof *accessReading, picture audit.Evidence,
) (advanced bool) {
	now := p.timing.now()
	records := make([]audit.Record, len(changes))
	results := make([]sidecar.Outcome, len(changes))
	for i, change := range changes {
		outcome := sidecar.Outcome{Index: i, Result: sidecar.Unknown}
		if outcomes[i] != nil {
			outcome = *outcomes[i]
		}
		results[i] = outcome
		p.metrics.changes.WithLabelValues(string(change.Verb), string(outcome.Result)).Inc()
		logf.FromContext(ctx).Info("changed", "verb", change.Verb, "user", change.Owner, "target", change.Name(), "outcome", outcome.Result)
		if outcome.Result != sidecar.Failed {
			advanced = advanced || outcome.Result != sidecar.Unknown
			p.workspace.Status.LastWriteTime = &metav1.Time{Time: now.Truncate(time.Second)}
		}
		p.rememberAttempt(change, outcome, now)
		p.noteAccess(change, outcome)
		records[i] = p.accessOutcome(intents[i], outcome, proof).Showing(p.pictureOf(ctx, outcome, picture))
	}
	p.advanced = p.advanced || advanced
	p.attributeAccess(changes, results, now)
	p.note(ctx, records...)
	return advanced
}

// accessOutcome is what became of an intent.
func (p *pass) accessOutcome(intent audit.Record, outcome sidecar.Outcome, proof *accessReading) audit.Record {
	record := intent.Became(audit.Result(outcome.Result), p.timing.now())
	if outcome.Fault != nil {
		record.Class, record.Reason = string(outcome.Fault.Class), outcome.Fault.Reason
	}
	if (outcome.Result == sidecar.Applied || outcome.Result == sidecar.AlreadyThere) && proof != nil {
		if done, known := accessDone(intent, proof.state); done && known {
			record.Proof = proof.id
		}
	}
	return record
}

// noteAccess keeps what must be known of a change later on.
func (p *pass) noteAccess(change access.Change, outcome sidecar.Outcome) {
	applied := outcome.Result == sidecar.Applied
	if fault := outcome.Fault; fault != nil && outcome.Result == sidecar.Failed && fault.Class == sidecar.Drift {
		p.addAccessFault(change.Verb.Section(), fault)
	}
	switch change.Verb {
	case access.CreateGroup, access.CreateBudget:
		if applied {
			p.noteCreated(change)
		}
	case access.ResetBudget:
		if applied || outcome.Result == sidecar.AlreadyThere {
			p.noteReset(change.Budget)
		}
	case access.SetLimit:
		if user := p.askerOf(change); user != nil && outcome.Result != sidecar.Failed && outcome.Result != sidecar.AlreadyThere {
			p.memory.ownLimits[user.UID] = true
		}
	default:
	}
}

// addAccessFault notes that a section cannot be changed now.
func (p *pass) addAccessFault(section access.Section, fault *sidecar.Fault) {
	if p.work.unwritable == nil {
		p.work.unwritable = map[access.Section]*sidecar.Fault{}
	}
	p.work.unwritable[section] = fault
}

// attributeAccess remembers what was done for the ClayUsers that asked for it, and tells of it. What one verb did for a person at once, such as
// to put them into several groups, is one operation.
func (p *pass) attributeAccess(changes []access.Change, outcomes []sidecar.Outcome, now time.Time) {
	type key struct {
		uid    types.UID
		verb   access.Verb
		result sidecar.Result
		reason string
	}
	places := map[key]int{}
	var done []accessOperation
	for i, change := range changes {
		user, outcome := p.askerOf(change), outcomes[i]
		if user == nil {
			p.events.accessChanged(p.workspace, string(change.Verb), nameChange(change), outcome)
			continue
		}
		this := key{uid: user.UID, verb: change.Verb, result: outcome.Result}
		if outcome.Fault != nil {
			this.reason = outcome.Fault.Reason
		}
		if place, known := places[this]; known {
			done[place].targets = append(done[place].targets, targetOf(change))
			continue
		}
		places[this] = len(done)
		done = append(done, accessOperation{user: user, verb: change.Verb, outcome: outcome, targets: []string{targetOf(change)}})
	}
	for _, each := range done {
		operation := each.operation(now)
		p.memory.operations[each.user.UID] = append(p.memory.operations[each.user.UID], operation)
		p.events.accessChanged(each.user, string(each.verb), operation.Target, each.outcome)
	}
}

// accessOperation is what one verb did for one person at once.
type accessOperation struct {
	user    *clayv1alpha1.ClayUser
	verb    access.Verb
	outcome sidecar.Outcome
	targets []string
}

func (o *accessOperation) operation(now time.Time) clayv1alpha1.Operation {
	operation := clayv1alpha1.Operation{
		Verb: string(o.verb), Target: fit(strings.Join(o.targets, ", "), maxTarget), Time: metav1.NewTime(now.Truncate(time.Second)),
		Outcome: string(o.outcome.Result), Generation: o.user.Generation,
	}
	if o.outcome.Fault != nil {
		operation.Reason = fit(o.outcome.Fault.Reason, maxShort)
	}
	return operation
}

// targetOf is what a change that is about a person gives or takes.
func targetOf(change access.Change) string {
	if change.Verb == access.SetLimit {
		return strconv.FormatInt(change.Credits, 10)
	}
	return change.Name()
}

// nameChange is what a change that is about nobody alone is about.
func nameChange(change access.Change) string {
	switch change.Verb {
	case access.SetDefaultLimit:
		return strconv.FormatInt(change.Credits, 10)
	case access.SetLimit:
		return string(change.Email) + ": " + strconv.FormatInt(change.Credits, 10)
	default:
		if change.Email != "" {
			return string(change.Email) + ": " + change.Name()
		}
		return change.Name()
	}
}

// isAccessOperation says whether an operation is about groups, budgets and limits, and not about the seat.
func isAccessOperation(operation clayv1alpha1.Operation) bool {
	return slices.Contains(access.Verbs(), access.Verb(operation.Verb))
}
