package audit

import (
	"context"
	"time"
)

// OutcomeMissing is the outcome of a change whose process ended before it could say what became of it.
const OutcomeMissing = "Unknown: no outcome recorded"

// Change is everything that the trail says of one change, or of one thing that was noted, for an auditor.
type Change struct {
	// Time is when it was intended, or when it happened.
	Time time.Time `json:"time"`
	// Workspace is the ClayWorkspace, as namespace/name; WorkspaceID is Clay's id of it.
	Workspace   string `json:"workspace"`
	WorkspaceID string `json:"workspaceID"`
	Person      string `json:"person"`
	Verb        Verb   `json:"verb"`
	RoleBefore  string `json:"roleBefore"`
	RoleAfter   string `json:"roleAfter"`
	// AskedBy is the resource, as Kind namespace/name.
	AskedBy      string `json:"askedBy"`
	UID          string `json:"uid"`
	Generation   int64  `json:"generation"`
	FieldManager string `json:"fieldManager"`
	Digest       string `json:"digest"`
	// Outcome is a Result, OutcomeMissing, or empty for what was noted and has none. Class and Reason are those of the fault.
	Outcome string `json:"outcome"`
	Class   string `json:"class"`
	Reason  string `json:"reason"`
	// OutcomeTime is when the outcome was known.
	OutcomeTime *time.Time `json:"outcomeTime"`
	// Settled is true where a later reading decided it.
	Settled bool `json:"settled"`
	// Proof is the id of the reading that shows the outcome.
	Proof                string `json:"proof"`
	DurationMilliseconds int64  `json:"durationMilliseconds"`
	// Evidence is the key of a picture, and EvidenceDigests the SHA-256 of its parts: png, json, txt.
	Evidence        string            `json:"evidence"`
	EvidenceDigests map[string]string `json:"evidenceDigests"`
	OperatorVersion string            `json:"operatorVersion"`
	OperatorHost    string            `json:"operatorHost"`
	// Sequence and Hash are those of the first record of the change, and ID is shared by all of them.
	Sequence uint64 `json:"sequence"`
	Hash     string `json:"hash"`
	ID       string `json:"id"`
	// Verified is false where the trail is broken before the last record of the change, so that anybody may have written it, where it is
	// broken at all and the outcome is not known, so that somebody may have taken it out, and where an outcome has no intent.
	Verified bool `json:"verified"`
	// Target is the group or budget, and the credits are the limit before and after; null where there is none.
	Target        string `json:"target"`
	CreditsBefore *int64 `json:"creditsBefore"`
	CreditsAfter  *int64 `json:"creditsAfter"`
}

// Selection says which changes to export. The zero value selects all.
type Selection struct {
	// From and Until bound Change.Time: From is in, Until is out.
	From, Until time.Time
	// Person is an e-mail address in lower case.
	Person string
	// Workspace is the name of a ClayWorkspace, and Namespace its namespace; each means any if empty.
	Namespace, Workspace string
}

func (s Selection) takes(record Record) bool {
	return (s.From.IsZero() || !record.Time.Before(s.From)) &&
		(s.Until.IsZero() || record.Time.Before(s.Until)) &&
		(s.Person == "" || record.Person == s.Person) &&
		(s.Namespace == "" || record.Workspace.Namespace == s.Namespace) &&
		(s.Workspace == "" || record.Workspace.Name == s.Workspace)
}

// Changes returns the selected changes in the order in which they were begun, and what the walk along the whole trail found. Where that is a break,
// the changes after it are not verified.
func (r *Reader) Changes(ctx context.Context, selection Selection) ([]Change, Report, error) {
	var joined *joiner
	report, err := r.walk(ctx, func() func(Record, bool) {
		joined = &joiner{selection: selection, byID: map[string]*Change{}, passed: map[string]bool{}}
		return joined.take
	}, nil)
	if err != nil {
		return nil, Report{}, err
	}
	changes := make([]Change, len(joined.changes))
	for i, change := range joined.changes {
		changes[i] = *change
		// Where something is missing from the trail, it may be what is missing here.
		changes[i].Verified = change.Verified && (report.Break == nil || change.decided())
	}
	return changes, report, nil
}

// joiner makes one change of all records with one id.
type joiner struct {
	selection Selection
	changes   []*Change
	byID      map[string]*Change
	// passed are the ids of the changes that are not selected, so that an outcome of one makes no change of its own.
	passed map[string]bool
}

func (j *joiner) take(record Record, whole bool) {
	change, known := j.byID[record.ID]
	switch {
	case j.passed[record.ID]:
		return
	case !known && !j.selection.takes(record):
		if isIntent(record) {
			j.passed[record.ID] = true
		}
		return
	case !known:
		change = newChange(record)
		j.byID[record.ID] = change
		j.changes = append(j.changes, change)
	}
	change.Verified = change.Verified && whole
	change.end(record)
}

func newChange(record Record) *Change {
	change := &Change{
		Time:         record.Time,
		Workspace:    pathOf(record.Workspace.Namespace, record.Workspace.Name),
		WorkspaceID:  record.Workspace.ID,
		Person:       record.Person,
		Verb:         record.Verb,
		RoleBefore:   record.FromRole,
		RoleAfter:    record.Role,
		UID:          record.AskedBy.UID,
		Generation:   record.AskedBy.Generation,
		FieldManager: record.AskedBy.FieldManager,
		Digest:       record.Digest,
		Reason:       record.Reason,
		Sequence:     record.Sequence,
		Hash:         record.Hash,
		ID:           record.ID,
		Verified:     true,
		Target:       record.Target, CreditsBefore: record.FromCredits, CreditsAfter: record.Credits,
	}
	change.show(record)
	change.OperatorVersion, change.OperatorHost = record.Operator.Version, record.Operator.Host
	if name := pathOf(record.AskedBy.Namespace, record.AskedBy.Name); name != "" {
		change.AskedBy = record.AskedBy.Kind + " " + name
	}
	if record.Phase == PhaseIntended {
		change.Outcome = OutcomeMissing
	}
	return change
}

// end takes in what a later record of the change says. An unknown that comes late, such as that of a process that was given up, does not undo what
// was known.
func (c *Change) end(record Record) {
	if record.Result == "" || c.decided() && record.Result == ResultUnknown {
		return
	}
	at := record.Time
	c.Outcome, c.OutcomeTime, c.Settled = string(record.Result), &at, record.Phase == PhaseSettled
	c.Class, c.Reason, c.Proof, c.DurationMilliseconds = record.Class, record.Reason, record.Proof, record.DurationMilliseconds
	c.show(record)
}

// show takes in the evidence of a record, if it has any.
func (c *Change) show(record Record) {
	if record.Evidence != "" {
		c.Evidence, c.EvidenceDigests = record.Evidence, record.EvidenceDigests
	}
}

// decided says whether the outcome is there and known.
func (c *Change) decided() bool {
	return c.Outcome != "" && c.Outcome != OutcomeMissing && c.Outcome != string(ResultUnknown)
}

func pathOf(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}
