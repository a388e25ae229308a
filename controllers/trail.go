package controllers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	logf "sigs.k8s.io/controller-runtime/pkg/log"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// Trail keeps a record of everything that the operator does in Clay, and pictures of pages. *audit.Trail implements it.
type Trail interface {
	// Append stores records in their order. With an error, a *audit.NotStoredError, none of the intents among them may be begun.
	Append(ctx context.Context, records ...audit.Record) error
	// Unsettled returns the intents for a ClayWorkspace of which nobody knows what became of them.
	Unsettled(ctx context.Context, namespace, name string) ([]audit.Record, error)
	// SaveEvidence returns what it stored, which has no key where it could not.
	SaveEvidence(ctx context.Context, entry audit.Entry) audit.Evidence
	// WhereIs says for a person where evidence is: a link, or the key and the store.
	WhereIs(evidence audit.Evidence) string
}

// intend puts the intent of each change on record, in the order of the changes, and the approval that lets some of them pass. Nothing may
// be written in Clay without.
func (p *pass) intend(ctx context.Context, changes []seat.Change) ([]audit.Record, error) {
	owners := make([]string, len(changes))
	for i, change := range changes {
		owners[i] = change.Owner
	}
	asked := p.requesters(ctx, owners)
	now := p.timing.now()
	intents := make([]audit.Record, len(changes))
	for i, change := range changes {
		intents[i] = audit.Intend(audit.Record{
			Time: now, Verb: audit.Verb(change.Verb), Workspace: p.auditedWorkspace(), Person: string(change.Email),
			FromRole: string(change.From), Role: string(change.Role), Resend: change.Resend, AskedBy: asked[change.Owner],
		})
	}
	open, err := p.openRecords(ctx)
	if err != nil {
		return nil, trailUnavailable(err)
	}
	records := p.supersede(open, intents)
	if digest := p.plan.ApprovedDigest; digest != "" {
		approval := audit.Record{
			Phase: audit.PhaseNoted, Time: now, Verb: audit.VerbApproveRemovals, Workspace: p.auditedWorkspace(), Digest: digest,
			AskedBy: p.requester(annotationPath(clayv1alpha1.AnnotationApproveRemovals)),
		}
		records = append(records, approval)
	}
	if err := p.trail.Append(ctx, append(records, intents...)...); err != nil {
		return nil, trailUnavailable(err)
	}
	return intents, nil
}

// reasonSuperseded is the reason of an intent that nobody knows the outcome of when the same change is begun once more. Which of the
// two does it cannot be told then.
const reasonSuperseded = "Superseded"

// supersede ends the intents of which nobody knows what became of them: by what the reading tells of them, because no later one may, once
// what is to be begun now undoes it; or else as unknown, where the same change is to be begun once more.
func (p *pass) supersede(open, intents []audit.Record) []audit.Record {
	type key struct {
		verb           audit.Verb
		person, target string
	}
	again := map[key]bool{}
	for i := range intents {
		again[key{intents[i].Verb, intents[i].Person, intents[i].Target}] = true
	}
	var ended []audit.Record
	for _, record := range open {
		if result, proof := p.shown(record); result != "" {
			ended = append(ended, record.Settle(result, proof, p.timing.now()))
			continue
		}
		if !again[key{record.Verb, record.Person, record.Target}] {
			continue
		}
		end := record.Settle(audit.ResultUnknown, "", p.timing.now())
		end.Reason = reasonSuperseded
		ended = append(ended, end)
	}
	return ended
}

// openRecords are the intents for this workspace of Clay of which nobody knows what became of them.
func (p *pass) openRecords(ctx context.Context) ([]audit.Record, error) {
	open, err := p.trail.Unsettled(ctx, p.key.Namespace, p.key.Name)
	return slices.DeleteFunc(open, func(record audit.Record) bool { return record.Workspace.ID != p.workspace.Spec.WorkspaceID }), err
}

// giveUp puts on record that intended changes were not begun.
func (p *pass) giveUp(ctx context.Context, intents []audit.Record) {
	outcomes := make([]audit.Record, len(intents))
	for i, intent := range intents {
		outcomes[i] = intent.Became(audit.ResultFailed, p.timing.now())
		outcomes[i].Reason = audit.ReasonNotStarted
	}
	p.note(ctx, outcomes...)
}

// note puts on record what has happened already. The trail keeps what its store does not take now.
func (p *pass) note(ctx context.Context, records ...audit.Record) {
	if err := p.trail.Append(ctx, records...); err != nil {
		logf.FromContext(ctx).Error(err, "records are not stored")
	}
}

// outcomeRecord is what became of an intent.
func (p *pass) outcomeRecord(intent audit.Record, outcome sidecar.Outcome, proof *reading) audit.Record {
	record := intent.Became(audit.Result(outcome.Result), p.timing.now())
	if outcome.Fault != nil {
		record.Class, record.Reason = string(outcome.Fault.Class), outcome.Fault.Reason
	}
	done := outcome.Result == sidecar.Applied || outcome.Result == sidecar.AlreadyThere
	if done && proof != nil && isDone(intent, proof) {
		record.Proof = proof.id
	}
	return record
}

// noteEvidence puts the picture of what ended a pass on record, which belongs to no change.
func (p *pass) noteEvidence(ctx context.Context, trouble *problem) {
	if trouble.kept.Key == "" {
		return
	}
	record := audit.Record{
		Phase: audit.PhaseNoted, Time: p.timing.now(), Verb: audit.VerbKeepEvidence, Workspace: p.auditedWorkspace(),
		Reason: trouble.standing.Reason,
	}
	p.note(ctx, record.Showing(trouble.kept))
}

// noteLogin puts a log-in on record, one that failed included.
func (p *pass) noteLogin(ctx context.Context, signedIn bool, err error) {
	record := audit.Record{
		Phase: audit.PhaseNoted, Time: p.timing.now(), Verb: audit.VerbLogIn, Workspace: p.auditedWorkspace(),
		Person: string(p.access.Login.Email), Result: audit.ResultApplied,
	}
	if !signedIn {
		fault := sidecar.AsFault(err)
		record.Result, record.Class, record.Reason = audit.ResultFailed, string(fault.Class), fault.Reason
	}
	p.note(ctx, record)
}

// noteLocators puts on record that other overrides are in effect.
func (p *pass) noteLocators(ctx context.Context) {
	sum := sha256.Sum256([]byte(p.locators.text))
	p.note(ctx, audit.Record{
		Phase: audit.PhaseNoted, Time: p.timing.now(), Verb: audit.VerbOverrideLocators, Workspace: p.auditedWorkspace(),
		Digest: hex.EncodeToString(sum[:]), AskedBy: p.locators.source,
	})
}

// settleRecords puts on record what the reading shows of changes of which it was not known what became of them, those of an earlier
// process included. Where nothing can be told yet, a later reading does.
func (p *pass) settleRecords(ctx context.Context) error {
	open, err := p.openRecords(ctx)
	if err != nil {
		// What cannot be read cannot be written either, which is told before anything is written in Clay.
		logf.FromContext(ctx).Error(err, "the audit trail cannot be read")
		return nil
	}
	var settled []audit.Record
	for _, record := range open {
		if result, proof := p.shown(record); result != "" {
			settled = append(settled, record.Settle(result, proof, p.timing.now()))
		}
	}
	if len(settled) > 0 {
		p.note(ctx, settled...)
	}
	return nil
}

// shown says what the reading tells of an intent: that it is done, or, once Clay has had the time to show it and an earlier reading said
// the same, that it is not; nothing where neither is certain. Whether the invitation that is out is the one of before or the one that
// was to take its place, no list tells.
func (p *pass) shown(intent audit.Record) (result audit.Result, proof string) {
	if isAccessVerb(intent.Verb) {
		return p.accessShown(intent)
	}
	latest, previous := p.reading, p.memory.previous
	if intent.Resend || !latest.startedAt.After(intent.Time) {
		return "", ""
	}
	if isDone(intent, latest) {
		return audit.ResultApplied, latest.id
	}
	late := !latest.startedAt.Before(intent.Time.Add(p.timing.cooldown))
	if late && previous != nil && previous.startedAt.After(intent.Time) && !isDone(intent, previous) {
		return audit.ResultFailed, latest.id
	}
	return "", ""
}

// accessShown says the same of a change to groups, budgets and limits.
func (p *pass) accessShown(intent audit.Record) (result audit.Result, proof string) {
	section := access.Verb(intent.Verb).Section()
	latest, previous := p.memory.latestAccess, p.memory.previousAccess
	if !latest.began(section).After(intent.Time) {
		return "", ""
	}
	done, known := accessDone(intent, latest.state)
	switch {
	case known && done:
		return audit.ResultApplied, latest.id
	case !known || latest.began(section).Before(intent.Time.Add(p.timing.cooldown)) || !previous.began(section).After(intent.Time):
		return "", ""
	}
	if before, known := accessDone(intent, previous.state); before || !known {
		return "", ""
	}
	return audit.ResultFailed, latest.id
}

// isDone says whether a reading shows what was intended. That an invitation was withdrawn to be sent anew shows nowhere at the end.
func isDone(intent audit.Record, shown *reading) bool {
	member := shown.find(seat.Email(intent.Person))
	switch seat.Verb(intent.Verb) {
	case seat.Invite:
		return member.Presence != seat.Absent
	case seat.SetRole:
		return member.Presence == seat.Active && string(member.Role) == intent.Role
	default:
		return member.Presence == seat.Absent
	}
}

func (p *pass) auditedWorkspace() audit.Workspace {
	return audit.Workspace{Namespace: p.key.Namespace, Name: p.key.Name, ID: p.workspace.Spec.WorkspaceID}
}

// trailSlow is the problem of an audit store that takes so long that what was to be done is too old by then.
func trailSlow() error {
	return &problem{
		standing: status.Waiting(audit.ReasonStoreUnavailable, "The audit store took so long that the reading of Clay is too old to act on. "+
			"It is tried again; nothing is written in Clay without a record."),
		patience: backingOff,
	}
}

// trailUnavailable is the problem of an audit store that takes no intent.
func trailUnavailable(err error) error {
	var refused *audit.NotStoredError
	if !errors.As(err, &refused) {
		return err
	}
	if refused.Reason == audit.ReasonStoreUnavailable {
		return &problem{standing: status.Waiting(refused.Reason, refused.Message), patience: backingOff}
	}
	return &problem{standing: status.Stalled(refused.Reason, refused.Message), patience: backingOff}
}
