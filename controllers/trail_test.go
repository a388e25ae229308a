package controllers

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// testManager is the field manager of this test's own client: by default the name of the program.
const testManager = "controllers.test"

// TestEveryChangeIsOnRecord has a person join, move and leave.
func TestEveryChangeIsOnRecord(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("mover@example.com", seat.RoleEditor), active("leaver@example.com", seat.RoleViewer))
	h := newHarness(t, world)
	joiner, mover, leaver := h.user("joiner"), h.user("mover"), h.user("leaver")
	mover.Spec.Role, leaver.Spec.Active = clayv1alpha1.RoleAdmin, new(false)
	for _, user := range []*clayv1alpha1.ClayUser{joiner, mover, leaver} {
		if err := h.client.Create(t.Context(), user, client.FieldOwner("argocd-controller")); err != nil {
			t.Fatal(err)
		}
	}
	workspace := h.workspace()
	h.create(workspace)
	awaitStanding(h, joiner, isWaiting(clayv1alpha1.ReasonInvitationPending))
	awaitStanding(h, mover, isSettled(clayv1alpha1.ReasonActive))
	awaitStanding(h, leaver, isSettled(clayv1alpha1.ReasonAbsent))

	by := func(user *clayv1alpha1.ClayUser) audit.Requester {
		return audit.Requester{
			Kind: "ClayUser", Namespace: h.namespace, Name: user.Name, UID: string(user.UID), Generation: 1, FieldManager: "argocd-controller",
		}
	}
	in := audit.Workspace{Namespace: h.namespace, Name: workspaceName, ID: workspaceID}
	want := []audit.Record{
		{Phase: audit.PhaseNoted, Verb: audit.VerbLogIn, Workspace: in, Person: operatorAccount, Result: audit.ResultApplied},
		{Phase: audit.PhaseOutcome, Verb: audit.VerbRemove, Workspace: in, Person: leaver.Spec.Email, AskedBy: by(leaver), Result: audit.ResultApplied},
		{Phase: audit.PhaseOutcome, Verb: audit.VerbSetRole, Workspace: in, Person: mover.Spec.Email, FromRole: "Editor", Role: "Admin", AskedBy: by(mover),
			Result: audit.ResultApplied},
		{Phase: audit.PhaseOutcome, Verb: audit.VerbInvite, Workspace: in, Person: joiner.Spec.Email, Role: "Editor", AskedBy: by(joiner),
			Result: audit.ResultApplied},
	}
	var got []audit.Record
	for _, change := range h.ledger.changes() {
		first, last := change[0], change[len(change)-1]
		if first.Phase == audit.PhaseIntended && (len(change) != 2 || last.Proof == "") {
			t.Errorf("%s of %s: %d records, proof %q; want an intent and an outcome with the reading that proves it",
				first.Verb, first.Person, len(change), last.Proof)
		}
		got = append(got, last)
	}
	unsure := cmpopts.IgnoreFields(audit.Record{}, "ID", "Time", "Proof", "DurationMilliseconds")
	if diff := cmp.Diff(want, got, unsure); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// TestEveryOutcomeHasThePictureOfItsPass has one change go through and another fail, before a page of its own.
func TestEveryOutcomeHasThePictureOfItsPass(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("mover@example.com", seat.RoleEditor))
	world.onApply = func(_ context.Context, _, _ int, change seat.Change) fate {
		if change.Verb != seat.SetRole {
			return made
		}
		fault := sidecar.Faultf(sidecar.Refused, sidecar.ReasonSeatLimit, "Clay says no.")
		fault.Evidence = &sidecar.Evidence{Snapshot: "- dialog"}
		return fate{fault: fault}
	}
	h := newIdleHarness(t, world)
	h.evidenceAlways = true
	joiner, mover := h.user("joiner"), h.user("mover")
	mover.Spec.Role = clayv1alpha1.RoleAdmin
	h.create(h.workspace(), joiner, mover)
	h.start()
	awaitStanding(h, joiner, isWaiting(clayv1alpha1.ReasonInvitationPending))
	awaitStanding(h, mover, isStalled(sidecar.ReasonSeatLimit))
	for verb, want := range map[audit.Verb]audit.Evidence{
		audit.VerbInvite:  {Key: "evidence/" + reasonApplied, Digests: map[string]string{"txt": pictureAfter}},
		audit.VerbSetRole: {Key: "evidence/" + sidecar.ReasonSeatLimit, Digests: map[string]string{"txt": "- dialog"}},
	} {
		records := h.ledger.of(verb)
		last := records[len(records)-1]
		got := audit.Evidence{Key: last.Evidence, Digests: last.EvidenceDigests}
		if diff := cmp.Diff(want, got); diff != "" || last.Phase != audit.PhaseOutcome {
			t.Errorf("%s: %s has evidence (-want +got):\n%s", verb, last.Phase, diff)
		}
	}
}

// TestThePictureOfATroubleIsOnRecord has a pass end before it comes to any change.
func TestThePictureOfATroubleIsOnRecord(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	world.onObserve = func(int, *seat.Inventory) error {
		fault := sidecar.Faultf(sidecar.Drift, sidecar.ReasonPageChanged, "The page has changed.")
		fault.Evidence = &sidecar.Evidence{Snapshot: "- heading"}
		return fault
	}
	h := newHarness(t, world)
	workspace := h.workspace()
	h.create(workspace)
	workspace = awaitStanding(h, workspace, isStalled(sidecar.ReasonPageChanged))
	records := h.ledger.of(audit.VerbKeepEvidence)
	if len(records) != 1 || records[0].Evidence != workspace.Status.Evidence || records[0].EvidenceDigests["txt"] != "- heading" ||
		records[0].Reason != sidecar.ReasonPageChanged {
		t.Errorf("on record: %+v; the status names %q", records, workspace.Status.Evidence)
	}
}

// TestNothingIsDoneWithoutARecord has the audit store take nothing for a while.
func TestNothingIsDoneWithoutARecord(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("leaver@example.com", seat.RoleViewer))
	h := newIdleHarness(t, world)
	h.ledger.refuse(&audit.NotStoredError{Reason: audit.ReasonStoreFull, Message: "The audit store is full."})
	h.start()
	workspace, joiner, leaver := h.workspace(), h.user("joiner"), h.user("leaver")
	leaver.Spec.Active = new(false)
	h.create(workspace, joiner, leaver)
	workspace = awaitStanding(h, workspace, isStalled(audit.ReasonStoreFull))
	needed := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionHumanNeeded)
	if written := world.writings(); len(written) != 0 || needed == nil || needed.Reason != audit.ReasonStoreFull {
		t.Errorf("written: %v; a person is needed for %v", written, needed)
	}
	h.ledger.refuse(nil)
	h.poke()
	awaitStanding(h, leaver, isSettled(clayv1alpha1.ReasonAbsent))
	awaitStanding(h, joiner, isWaiting(clayv1alpha1.ReasonInvitationPending))
}

// TestRecordsAreSettledByAnotherProcess ends the operator before it knows what became of an invitation.
func TestRecordsAreSettledByAnotherProcess(t *testing.T) {
	t.Parallel()
	for _, sent := range []bool{true, false} {
		world, tried := newClay(t), make(chan struct{})
		world.onApply = func(ctx context.Context, call, _ int, _ seat.Change) fate {
			if call > 1 {
				return made
			}
			close(tried)
			<-ctx.Done()
			return fate{effect: sent, silent: true, end: sidecar.AsFault(ctx.Err())}
		}
		h := newHarness(t, world)
		workspace, jo := h.workspace(), h.user("jo")
		h.create(workspace, jo)
		<-tried
		h.restart()
		for range 3 {
			h.clock.advance(invitationCooldown)
			h.poke()
		}
		awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
		first := h.ledger.changes()[1]
		want := audit.ResultApplied
		if !sent {
			want = audit.ResultFailed
		}
		if last := first[len(first)-1]; last.Phase != audit.PhaseSettled || last.Result != want || last.Proof == "" {
			t.Errorf("sent %t: the first invitation is %+v, want it settled as %s", sent, last, want)
		}
	}
}

// TestWhatIsUndoneIsOnRecordAsDone ends the operator once an invitation went out, and has it be withdrawn before the operator is there again:
// the one reading that shows the invitation is the one by which it is withdrawn.
func TestWhatIsUndoneIsOnRecordAsDone(t *testing.T) {
	t.Parallel()
	world, tried := newClay(t), make(chan struct{})
	world.onApply = func(ctx context.Context, call, _ int, _ seat.Change) fate {
		if call > 1 {
			return made
		}
		close(tried)
		<-ctx.Done()
		return fate{effect: true, silent: true, end: sidecar.AsFault(ctx.Err())}
	}
	h := newHarness(t, world)
	jo := h.user("jo")
	h.create(h.workspace(), jo)
	<-tried
	h.stop()
	update(h, jo, func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) })
	h.start()
	for range 3 {
		h.clock.advance(invitationCooldown)
		h.poke()
	}
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonAbsent))
	var ends []string
	for _, record := range h.ledger.of(audit.VerbInvite) {
		if record.Phase != audit.PhaseIntended {
			ends = append(ends, string(record.Phase)+" "+string(record.Result))
		}
	}
	if diff := cmp.Diff([]string{"Outcome Unknown", "Settled Applied"}, ends); diff != "" {
		t.Errorf("what became of the invitation (-want +got):\n%s", diff)
	}
}

// TestARepeatedChangeIsOnRecordOnce has a removal be made without anybody knowing, and be begun once more before a list shows it.
func TestARepeatedChangeIsOnRecordOnce(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("leaver@example.com", seat.RoleViewer))
	world.onApply = func(_ context.Context, call, _ int, _ seat.Change) fate {
		if call == 1 {
			return fate{silent: true, end: sidecar.Faultf(sidecar.OutcomeUnknown, sidecar.ReasonNotProved, "The browser is gone.")}
		}
		return made
	}
	h := newHarness(t, world)
	leaver := h.user("leaver")
	leaver.Spec.Active = new(false)
	h.create(h.workspace(), leaver)
	awaitStanding(h, leaver, isSettled(clayv1alpha1.ReasonAbsent))
	h.clock.advance(time.Minute)
	h.poke()
	var ends []string
	for _, record := range h.ledger.of(audit.VerbRemove) {
		if record.Phase != audit.PhaseIntended {
			ends = append(ends, string(record.Phase)+" "+string(record.Result)+" "+record.Reason)
		}
	}
	want := []string{"Outcome Unknown ", "Settled Unknown Superseded", "Outcome Applied "}
	if diff := cmp.Diff(want, ends); diff != "" {
		t.Errorf("what became of the removal (-want +got):\n%s", diff)
	}
}

// TestWhatAReadingTellsOfAnIntent tries readings that came too early, and those of other things.
func TestWhatAReadingTellsOfAnIntent(t *testing.T) {
	t.Parallel()
	at := func(seconds int) time.Time { return testTime.Add(time.Duration(seconds) * time.Second) }
	read := func(seconds int, members ...seat.Member) *reading {
		return newReading(seat.Inventory{Members: members}, at(seconds), at(seconds))
	}
	jo := active("jo@example.com", seat.RoleViewer)
	for _, test := range []struct {
		name             string
		intent           audit.Record
		previous, latest *reading
		want             audit.Result
	}{
		{"a reading of before", audit.Record{Verb: audit.VerbRemove}, nil, read(0), ""},
		{"a removal that shows", audit.Record{Verb: audit.VerbRemove}, nil, read(1), audit.ResultApplied},
		{"a removal that does not show yet", audit.Record{Verb: audit.VerbRemove}, nil, read(1, jo), ""},
		{"a removal that does not show", audit.Record{Verb: audit.VerbRemove}, read(2, jo), read(40, jo), audit.ResultFailed},
		{"an invitation that shows", audit.Record{Verb: audit.VerbInvite}, nil, read(1, jo), audit.ResultApplied},
		{"a role that shows", audit.Record{Verb: audit.VerbSetRole, Role: "Viewer"}, nil, read(1, jo), audit.ResultApplied},
		{"another role", audit.Record{Verb: audit.VerbSetRole, Role: "Admin"}, read(2, jo), read(40, jo), audit.ResultFailed},
		{"an invitation that was to take another's place", audit.Record{Verb: audit.VerbInvite, Resend: true}, nil, read(40, jo), ""},
	} {
		test.intent.Person, test.intent.Time = string(jo.Email), at(0)
		p := &pass{
			ClayWorkspaceReconciler: &ClayWorkspaceReconciler{timing: timing{}.withDefaults()},
			memory:                  &memory{previous: test.previous}, reading: test.latest,
		}
		if got, _ := p.shown(test.intent); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestChangesThatWereNotBegunSaySo has somebody change the workspace between the intent and the first click.
func TestChangesThatWereNotBegunSaySo(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	h := newIdleHarness(t, world)
	busy := &busyLedger{ledger: h.ledger}
	h.trail = busy
	workspace, jo := h.workspace(), h.user("jo")
	busy.meanwhile = func() {
		update(h, workspace.DeepCopy(), func(w *clayv1alpha1.ClayWorkspace) {
			metav1.SetMetaDataAnnotation(&w.ObjectMeta, "example.com/note", "new")
		})
	}
	h.create(workspace, jo)
	h.start()
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
	intents := h.ledger.of(audit.VerbInvite)
	if len(intents) != 4 || intents[1].Reason != audit.ReasonNotStarted || intents[3].Result != audit.ResultApplied {
		t.Errorf("records: %+v, want an intent that was given up and one that was carried out", intents)
	}
}

// busyLedger has something happen at the first intent.
type busyLedger struct {
	*ledger
	meanwhile func()
}

func (l *busyLedger) Append(ctx context.Context, records ...audit.Record) error {
	if meanwhile := l.meanwhile; records[0].Phase == audit.PhaseIntended && meanwhile != nil {
		l.meanwhile = nil
		meanwhile()
	}
	return l.ledger.Append(ctx, records...)
}

func TestApprovalsAndFailedLoginsAreOnRecord(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 2, 0)
	c.dismiss(c.users...)
	held := c.awaitHeld(2).Status.HeldRemovals
	c.approve(held)
	for _, user := range c.users {
		awaitStanding(c.harness, user, isSettled(clayv1alpha1.ReasonAbsent))
	}
	approvals := c.ledger.of(audit.VerbApproveRemovals)
	if len(approvals) != 1 || approvals[0].Digest != digestOfHeld(held) || approvals[0].AskedBy.FieldManager != testManager {
		t.Errorf("approvals: %+v, want one of %s by %s", approvals, held, testManager)
	}

	c.clay.script(func(c *clay) {
		c.onObserve = func(int, *seat.Inventory) error {
			return sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonWrongPassword, "Clay does not accept the password.")
		}
	})
	c.poke()
	logins := c.ledger.of(audit.VerbLogIn)
	if last := logins[len(logins)-1]; last.Result != audit.ResultFailed || last.Reason != sidecar.ReasonWrongPassword {
		t.Errorf("the last log-in on record is %+v", last)
	}
}

func TestFieldManagerIsTheLastOne(t *testing.T) {
	t.Parallel()
	at := func(minute int) *metav1.Time {
		return &metav1.Time{Time: testTime.Add(time.Duration(minute) * time.Minute)}
	}
	entry := func(manager, subresource, fields string, at *metav1.Time) metav1.ManagedFieldsEntry {
		return metav1.ManagedFieldsEntry{Manager: manager, Subresource: subresource, FieldsV1: metav1.NewFieldsV1(fields), Time: at}
	}
	entries := []metav1.ManagedFieldsEntry{
		entry("kubectl", "", `{"f:spec":{"f:role":{}}}`, at(1)),
		entry("argocd", "", `{"f:spec":{"f:email":{}},"f:metadata":{"f:annotations":{"f:a/b":{}}}}`, at(3)),
		entry("clay-operator", "", `{"f:metadata":{"f:finalizers":{}}}`, at(4)),
		entry("clay-operator", "status", `{"f:status":{},"f:spec":{}}`, at(5)),
		entry("broken", "", `[`, at(6)),
	}
	for _, test := range []struct {
		name string
		path []string
		want string
	}{
		{"the spec", specPath, "argocd"},
		{"an annotation", annotationPath("a/b"), "argocd"},
		{"an annotation that nobody set", annotationPath("c"), ""},
	} {
		if got := managerOf(entries, test.path); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestTroubleWithTheTrail(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]string{
		audit.ReasonStoreUnavailable: "Reconciling", audit.ReasonStoreFull: "Stalled", audit.ReasonStoreForbidden: "Stalled",
		audit.ReasonTrailBroken: "Stalled",
	} {
		trouble := problemOf(trailUnavailable(&audit.NotStoredError{Reason: reason, Message: "It is so."}))
		if trouble == nil || trouble.standing.Progress != want || trouble.standing.Reason != reason || trouble.patience != backingOff {
			t.Errorf("%s: %+v, want %s", reason, trouble, want)
		}
	}
	if err := errors.New("something else"); !errors.Is(trailUnavailable(err), err) {
		t.Error("an error of another kind is lost")
	}
}
