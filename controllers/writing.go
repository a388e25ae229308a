package controllers

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	// maxChanges bounds a pass: five full invitation dialogs, after which other workspaces have their turn and the world
	// is looked at again.
	maxChanges = 250
	// applyDeadline ends a writing that goes on for longer than maxChanges should take on a slow page.
	applyDeadline = 10 * time.Minute
	// intentLifetime is how long after a reading the changes that follow from it may be begun; to plan them takes a moment. A
	// manager that stood still for longer may have a successor, which invites nobody for longer than this: the lease and
	// invitationCooldown come first.
	intentLifetime = 30 * time.Second
)

// reasonApplied is the reason of pictures that were taken after a writing and not because of a fault.
const reasonApplied = string(sidecar.Applied)

// errOutdated ends a pass whose view of the workspace has been overtaken before anything was written.
var errOutdated = fmt.Errorf("the ClayWorkspace changed during the pass")

// carryOut makes the planned changes in Clay and takes in what became of them.
func (p *pass) carryOut(ctx context.Context) error {
	changes := bounded(p.plan.Changes)
	if len(changes) == 0 {
		p.handleRequests()
		return nil
	}
	access := p.access
	access.NotAfter = p.reading.endedAt.Add(intentLifetime)
	if p.timing.now().After(access.NotAfter) {
		return errOutdated
	}
	intents, err := p.intend(ctx, changes)
	if err != nil {
		return err
	}
	// The store may have taken its time.
	if p.timing.now().After(access.NotAfter) {
		err = trailSlow()
	} else {
		err = p.announce(ctx, changes)
	}
	if err != nil {
		p.giveUp(ctx, intents)
		return err
	}
	access.NoLogin = p.access.NoLogin
	outcomes := make([]*sidecar.Outcome, len(changes))
	startedAt := p.timing.now()
	applyContext, cancel := context.WithTimeout(ctx, applyDeadline)
	defer cancel()
	observation, err := p.backend.Apply(applyContext, access, changes, func(outcome sidecar.Outcome) {
		if outcome.Index >= 0 && outcome.Index < len(outcomes) {
			outcomes[outcome.Index] = &outcome
		}
	})
	p.metrics.count(observation.Usage)
	proof := p.proofOf(ctx, observation.Inventory, startedAt)
	// Before the outcomes, whose records name it.
	picture := p.keepEvidence(ctx, reasonApplied, observation.Evidence)
	p.learn(ctx, changes, intents, outcomes, proof, picture)
	p.handleRequests()
	p.countLogin(ctx, observation, err)
	if err != nil {
		return p.failedCall(ctx, observation, err)
	}
	p.take(ctx, observation)
	p.keepSession(ctx, observation.SignedIn)
	return p.prove(ctx, proof)
}

// bounded returns the changes of one pass. Removals are all taken, because an approved set of them must not be split, and
// neither is the pair that replaces an invitation.
func bounded(changes []seat.Change) []seat.Change {
	if len(changes) <= maxChanges {
		return changes
	}
	removals := 0
	for _, change := range changes {
		if change.IsRemoval() {
			removals++
		}
	}
	limit := max(maxChanges, removals)
	resent := map[seat.Email]bool{}
	count := 0
	var chosen []seat.Change
	for _, change := range changes {
		second := change.Resend && change.Verb == seat.Invite
		if second && !resent[change.Email] || !second && !change.IsRemoval() && count >= limit {
			continue
		}
		if change.Resend {
			resent[change.Email] = true
		}
		chosen = append(chosen, change)
		count++
	}
	return chosen
}

// announce puts down in the status what is about to be done; without the API server's consent nothing is written in Clay.
func (p *pass) announce(ctx context.Context, changes []seat.Change) error {
	now := p.timing.now()
	operation := &clayv1alpha1.WorkspaceOperation{Writer: p.writer, StartedAt: metav1.NewTime(now.Truncate(time.Second))}
	if open := p.workspace.Status.Operation; open != nil {
		// What it did is not in every status yet, and must not be forgotten because more follows.
		operation.Invitations, operation.Access = open.Invitations, open.Access
	}
	for _, change := range changes {
		switch {
		case change.IsRemoval():
			operation.Removals++
		case change.Verb == seat.SetRole:
			operation.Roles++
		case change.Verb == seat.Invite:
			operation.Invitations++
		}
	}
	p.workspace.Status.Operation = operation
	p.workspace.Status.Removals = addRemovals(p.workspace.Status.Removals, operation.Removals, now)
	p.sayWriting(len(changes), "seats")
	// The session may end in the middle of the writing.
	p.announcing.Lock()
	defer p.announcing.Unlock()
	if err := p.meetLogin(ctx); err != nil {
		return err
	}
	return p.claim(ctx, "announce the changes")
}

// learn takes in what became of each change. One without a report may or may not have been made. The picture shows the page after the
// changes; a fault may have one of its own.
func (p *pass) learn(
	ctx context.Context, changes []seat.Change, intents []audit.Record, outcomes []*sidecar.Outcome, proof *reading, picture audit.Evidence,
) {
	now := p.timing.now()
	records := make([]audit.Record, len(changes))
	var failedRemovals int32
	for i, change := range changes {
		outcome := sidecar.Outcome{Index: i, Result: sidecar.Unknown}
		if outcomes[i] != nil {
			outcome = *outcomes[i]
		}
		p.metrics.changes.WithLabelValues(string(change.Verb), string(outcome.Result)).Inc()
		logf.FromContext(ctx).Info("changed", "verb", change.Verb, "user", change.Owner, "outcome", outcome.Result)
		if outcome.Result == sidecar.Failed && change.IsRemoval() {
			failedRemovals++
		}
		if outcome.Result != sidecar.Failed {
			p.advanced = p.advanced || outcome.Result != sidecar.Unknown
			p.workspace.Status.LastWriteTime = &metav1.Time{Time: now.Truncate(time.Second)}
			if change.Verb == seat.Remove || change.Verb == seat.CancelInvitation {
				p.memory.ownRemovals++
			}
		}
		if change.Verb == seat.Invite && mayBeOut(outcome) {
			p.memory.doubts[change.Email] = now
		}
		p.attribute(change, outcome, now)
		records[i] = p.outcomeRecord(intents[i], outcome, proof).Showing(p.pictureOf(ctx, outcome, picture))
	}
	p.note(ctx, records...)
	s := &p.workspace.Status
	s.Removals = returnRemovals(s.Removals, failedRemovals, s.Operation.StartedAt.Time)
}

// pictureOf returns the picture that shows an outcome: that of its fault, or else that of the page after all changes.
func (p *pass) pictureOf(ctx context.Context, outcome sidecar.Outcome, after audit.Evidence) audit.Evidence {
	if outcome.Fault == nil {
		return after
	}
	if own := p.keepEvidence(ctx, outcome.Fault.Reason, outcome.Fault.Evidence); own.Key != "" {
		return own
	}
	return after
}

// mayBeOut says whether an invitation is not known to have been sent, nor not to have been: also where Clay said no, but not to all of what
// it was given.
func mayBeOut(outcome sidecar.Outcome) bool {
	refusedInPart := outcome.Result == sidecar.Failed && outcome.Fault != nil && outcome.Fault.Class == sidecar.OutcomeUnknown
	return outcome.Result == sidecar.Unknown || refusedInPart
}

// attribute remembers an operation for the ClayUser that asked for it.
func (p *pass) attribute(change seat.Change, outcome sidecar.Outcome, now time.Time) {
	user := p.userNamed(change.Owner)
	if change.Owner == "" {
		p.rememberRefusal(change, outcome, now)
	}
	if user == nil {
		p.events.changed(p.workspace, change, outcome)
		return
	}
	operation := newOperation(change, outcome, user.Generation, now)
	p.memory.operations[user.UID] = append(p.memory.operations[user.UID], operation)
	p.events.changed(user, change, outcome)
}

// proofOf returns the reading that Apply made after the changes; nil where it was not whole.
func (p *pass) proofOf(ctx context.Context, inventory seat.Inventory, startedAt time.Time) *reading {
	if !inventory.Complete || inventory.WorkspaceID != p.workspace.Spec.WorkspaceID {
		return nil
	}
	proof := newReading(inventory, startedAt, p.timing.now())
	logReading(ctx, proof)
	return proof
}

// prove takes the list that was read after the changes, if it can be believed, and plans again from it: what is left
// over and what each ClayUser's seat is now follow from what Clay shows and from nothing else.
func (p *pass) prove(ctx context.Context, proof *reading) error {
	if proof == nil || !seat.Believable(p.memory.members, proof.inventory, p.memory.ownRemovals) {
		return nil
	}
	p.believe(proof)
	return p.makePlan(ctx)
}
