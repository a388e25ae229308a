package audit

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Verb is what was done, or asked for. The set is open, but every verb has a name here, so that an auditor finds one word for one
// thing.
type Verb string

// The verbs. The first four are those of seat.Change, and the block after them those of access.Change.
const (
	VerbRemove           Verb = "Remove"
	VerbCancelInvitation Verb = "CancelInvitation"
	VerbSetRole          Verb = "SetRole"
	VerbInvite           Verb = "Invite"

	VerbAddToGroup      Verb = "AddToGroup"
	VerbRemoveFromGroup Verb = "RemoveFromGroup"
	VerbGrantBudget     Verb = "GrantBudget"
	VerbRevokeBudget    Verb = "RevokeBudget"
	VerbSetLimit        Verb = "SetLimit"
	VerbSetDefaultLimit Verb = "SetDefaultLimit"
	VerbCreateGroup     Verb = "CreateGroup"
	// VerbDescribeGroup: Digest is that of the new description.
	VerbDescribeGroup Verb = "DescribeGroup"
	VerbDeleteGroup   Verb = "DeleteGroup"
	// VerbCreateBudget and VerbEditBudget: Digest is that of who has access beside the people who are granted it one by one.
	VerbCreateBudget Verb = "CreateBudget"
	VerbEditBudget   Verb = "EditBudget"
	VerbResetBudget  Verb = "ResetBudget"
	VerbDeleteBudget Verb = "DeleteBudget"

	// VerbApproveRemovals: a person let held removals go ahead. Digest is that of the approved set.
	VerbApproveRemovals Verb = "ApproveRemovals"
	// VerbLogIn: the operator signed in to Clay, or tried to.
	VerbLogIn Verb = "LogIn"
	// VerbOverrideLocators: ladders of locators were replaced. Digest is that of the ones in effect since.
	VerbOverrideLocators Verb = "OverrideLocators"
	// VerbKeepEvidence: a page was pictured because of a fault. Evidence is the picture, and Reason that of the fault.
	VerbKeepEvidence Verb = "KeepEvidence"
	// VerbRemoveOldRecords: retention removed the records before Retention.First.
	VerbRemoveOldRecords Verb = "RemoveOldRecords"
	// VerbMendHead: the head was missing, unreadable or false and was made anew from the last object. Records after that one, if there
	// were any, are lost.
	VerbMendHead Verb = "MendHead"
)

// Phase says which moment of a change a record is about.
type Phase string

// The phases.
const (
	// PhaseIntended is recorded before the first click.
	PhaseIntended Phase = "Intended"
	// PhaseOutcome is recorded after it, with what is known then.
	PhaseOutcome Phase = "Outcome"
	// PhaseSettled is recorded when a later reading decided what was unknown.
	PhaseSettled Phase = "Settled"
	// PhaseNoted is for what happened without an intent of the operator: what a person did or asked for, retention.
	PhaseNoted Phase = "Noted"
)

// Result is what became of a change; the words are those of sidecar.Result.
type Result string

// The results.
const (
	ResultApplied      Result = "Applied"
	ResultAlreadyThere Result = "AlreadyThere"
	ResultFailed       Result = "Failed"
	ResultUnknown      Result = "Unknown"
)

// ReasonNotStarted is the reason of a Failed outcome of a change that was intended and then not begun.
const ReasonNotStarted = "NotStarted"

// Workspace names a workspace twice: as the ClayWorkspace, and as Clay does.
type Workspace struct {
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	// ID is Clay's numeric id.
	ID string `json:"id,omitempty"`
}

// Requester is the resource that asked for a change, and who spoke through it.
type Requester struct {
	// Kind is that of the resource: ClayUser, or ClayWorkspace for a member without one.
	Kind       string `json:"kind,omitempty"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name,omitempty"`
	UID        string `json:"uid,omitempty"`
	Generation int64  `json:"generation,omitempty"`
	// FieldManager is the one that last set the spec, as Kubernetes recorded it. It names a program, and a person only where the program
	// is called after one.
	FieldManager string `json:"fieldManager,omitempty"`
}

// Operator is the process that made the record.
type Operator struct {
	Version string `json:"version,omitempty"`
	// Host is the name of the pod or of the machine.
	Host string `json:"host,omitempty"`
}

// Retention says where the chain begins since old records were removed.
type Retention struct {
	// First is the sequence number of the first record that stays.
	First uint64 `json:"first"`
	// Previous is the hash of the last record that goes.
	Previous string `json:"previous"`
}

// Record is one entry of the trail. Make an intent with Intend, and what follows from it with the intent's own methods. The trail fills in
// Sequence, Operator, Previous and Hash, and Time and ID where they are missing; it cuts texts that are longer than maxText.
type Record struct {
	// Sequence counts the records of the chain, from 1.
	Sequence uint64 `json:"sequence"`
	// ID is shared by all records of one change.
	ID    string    `json:"id"`
	Phase Phase     `json:"phase"`
	Time  time.Time `json:"time"`

	Verb      Verb      `json:"verb"`
	Workspace Workspace `json:"workspace,omitzero"`
	// Person is the e-mail address of whom it is about, or who did it.
	Person string `json:"person,omitempty"`
	// FromRole and Role are the role before and the one asked for, where the verb knows them.
	FromRole string `json:"fromRole,omitempty"`
	Role     string `json:"role,omitempty"`
	// Target is the group or the budget that it is about.
	Target string `json:"target,omitempty"`
	// FromCredits and Credits are the limit before and the one asked for, where the verb knows them; for ResetBudget what was used.
	FromCredits *int64 `json:"fromCredits,omitempty"`
	Credits     *int64 `json:"credits,omitempty"`
	// Resend is true for both halves of an invitation that is withdrawn and sent anew.
	Resend  bool      `json:"resend,omitempty"`
	AskedBy Requester `json:"askedBy,omitzero"`
	// Digest identifies a set of things that would be too long to repeat.
	Digest string `json:"digest,omitempty"`

	// Result, and Class and Reason of the fault, are set from PhaseOutcome on.
	Result Result `json:"result,omitempty"`
	Class  string `json:"class,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Proof is the id of the reading that showed the result.
	Proof string `json:"proof,omitempty"`
	// DurationMilliseconds is the time from the intent to this record.
	DurationMilliseconds int64 `json:"durationMilliseconds,omitempty"`
	// Evidence and EvidenceDigests are the Key and the Digests of what SaveEvidence stored and belongs to this.
	Evidence        string            `json:"evidence,omitempty"`
	EvidenceDigests map[string]string `json:"evidenceDigests,omitempty"`

	Retention *Retention `json:"retention,omitempty"`
	Operator  Operator   `json:"operator,omitzero"`

	// Previous is the hash of the record before, and Hash that of this one, in hexadecimal digits.
	Previous string `json:"previous"`
	Hash     string `json:"hash,omitempty"`
}

// maxText is how long a text of a record may be, in bytes: four times the longest e-mail address or name in Kubernetes.
const maxText = 1024

// Intend returns a record as an intent with an id of its own. Without Time, the trail takes the time of Append.
func Intend(record Record) Record {
	record.Phase = PhaseIntended
	record.ID = rand.Text()
	return record
}

// Became returns the outcome of an intent. Proof, Class, Reason and the evidence are for the caller to add.
func (r Record) Became(result Result, at time.Time) Record {
	return r.follow(PhaseOutcome, result, at)
}

// Showing returns the record with the evidence that belongs to it.
func (r Record) Showing(evidence Evidence) Record {
	r.Evidence, r.EvidenceDigests = evidence.Key, evidence.Digests
	return r
}

// Settle returns the record which says that a reading, named by proof, decided an unknown outcome. A result of Failed says that the
// change is not in Clay.
func (r Record) Settle(result Result, proof string, at time.Time) Record {
	settled := r.follow(PhaseSettled, result, at)
	settled.Proof = proof
	return settled
}

func (r Record) follow(phase Phase, result Result, at time.Time) Record {
	next := r
	next.Phase, next.Result, next.Time = phase, result, at
	next.Class, next.Reason, next.Proof, next.DurationMilliseconds = "", "", "", 0
	next = next.Showing(Evidence{})
	if !r.Time.IsZero() {
		next.DurationMilliseconds = max(0, at.Sub(r.Time).Milliseconds())
	}
	next.Sequence, next.Previous, next.Hash, next.Operator = 0, "", "", Operator{}
	return next
}

// open says whether nobody knows yet what became of the change.
func (r Record) open() bool {
	return r.Phase == PhaseIntended || r.Phase == PhaseOutcome && r.Result == ResultUnknown
}

// sameMoment says whether two records are about the same moment of the same change.
func (r Record) sameMoment(other Record) bool { return r.ID == other.ID && r.Phase == other.Phase }

// contains says whether records hold one for the same moment.
func contains(records []Record, one Record) bool { return slices.ContainsFunc(records, one.sameMoment) }

// fitted returns the record as it is kept: times in UTC and whole milliseconds, and no text without an end.
func (r Record) fitted() Record {
	r.Time = r.Time.UTC().Truncate(time.Millisecond)
	for _, text := range []*string{
		&r.ID, (*string)(&r.Phase), (*string)(&r.Verb), &r.Workspace.Namespace, &r.Workspace.Name, &r.Workspace.ID,
		&r.Person, &r.FromRole, &r.Role, &r.Target, &r.Digest, (*string)(&r.Result), &r.Class, &r.Reason, &r.Proof, &r.Evidence,
		&r.AskedBy.Kind, &r.AskedBy.Namespace, &r.AskedBy.Name, &r.AskedBy.UID, &r.AskedBy.FieldManager,
		&r.Operator.Version, &r.Operator.Host,
	} {
		*text = fit(*text)
	}
	return r
}

// fit cuts a text between two letters, and takes out what is no text at all.
func fit(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= maxText {
		return text
	}
	end := maxText
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
