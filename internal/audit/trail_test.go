package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnIntentAndItsOutcomeAreOneChange(t *testing.T) {
	rig := newRig(t)
	intent := invitation("casey@example.com", noon)
	rig.append(t, intent)
	outcome := intent.Became(ResultFailed, noon.Add(90*time.Second))
	outcome.Class, outcome.Reason, outcome.Evidence = "Refused", "SeatLimit", "evidence/x"
	rig.append(t, outcome)
	rig.requireWhole(t, 2)

	outcomeTime := noon.Add(90 * time.Second)
	changes := rig.changes(t, Selection{})
	want := []Change{{
		Time: noon, Workspace: "team/sales", WorkspaceID: "4711", Person: "casey@example.com", Verb: VerbInvite, RoleAfter: "Editor",
		AskedBy: "ClayUser team/casey", UID: "0b5e", Generation: 3, FieldManager: "argocd-controller",
		Outcome: "Failed", Class: "Refused", Reason: "SeatLimit", OutcomeTime: &outcomeTime, DurationMilliseconds: 90_000,
		Evidence: "evidence/x", OperatorVersion: "v1.2.3", OperatorHost: "clay-operator-0",
		Sequence: 1, Hash: changes[0].Hash, ID: intent.ID, Verified: true,
	}}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestEachAppendIsOneObject(t *testing.T) {
	rig := newRig(t)
	rig.append(t, invitation("a@example.com", noon), invitation("b@example.com", noon))
	rig.append(t, invitation("c@example.com", noon))
	rig.append(t)
	listed, err := rig.store.list(t.Context(), trailPrefix, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"trail/0000000000000001.jsonl", "trail/0000000000000003.jsonl"}
	if diff := cmp.Diff(want, batchesOf(listed)); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

func TestManyRecordsAreSeveralObjects(t *testing.T) {
	rig := newRig(t)
	var records []Record
	for i := range maxBatch + 1 {
		records = append(records, invitation(fmt.Sprintf("p%d@example.com", i), noon))
	}
	rig.append(t, records...)
	if report := rig.requireWhole(t, maxBatch+1); report.Objects != 2 {
		t.Errorf("%d objects, want 2", report.Objects)
	}
}

func TestAnIntentThatIsNotStoredIsAnError(t *testing.T) {
	cases := map[string]struct {
		fault  error
		reason string
	}{
		"full":        {syscall.ENOSPC, ReasonStoreFull},
		"quota":       {syscall.EDQUOT, ReasonStoreFull},
		"forbidden":   {syscall.EACCES, ReasonStoreForbidden},
		"read-only":   {syscall.EROFS, ReasonStoreForbidden},
		"unreachable": {context.DeadlineExceeded, ReasonStoreUnavailable},
		"other":       {errStore, ReasonStoreUnavailable},
		"broken":      {&brokenError{key: "k", err: errFork}, ReasonTrailBroken},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			err := notStored(fmt.Errorf("write: %w", test.fault))
			refusal, is := errors.AsType[*NotStoredError](err)
			if !is || refusal.Reason != test.reason || refusal.Message == "" || !errors.Is(err, test.fault) {
				t.Errorf("got %#v, want the reason %s", err, test.reason)
			}
		})
	}
	rig := newRig(t)
	rig.store.set(always("create"))
	if _, is := errors.AsType[*NotStoredError](rig.Append(t.Context(), invitation("a@example.com", noon))); !is {
		t.Error("an intent that is not stored is no error")
	}
	rig.store.set(nil)
	rig.append(t, invitation("b@example.com", noon))
	rig.requireWhole(t, 1)
	if diff := cmp.Diff(map[Event]int{IntentRefused: 1, RecordStored: 1}, rig.counts.all()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestAnOutcomeWaitsForTheStore(t *testing.T) {
	rig := newRig(t)
	first, second := invitation("a@example.com", noon), invitation("b@example.com", noon)
	rig.append(t, first, second)
	rig.store.set(always())
	rig.append(t, first.Became(ResultApplied, noon.Add(time.Second)))
	// An intent is refused, and the outcomes beside it wait all the same.
	if err := rig.Append(t.Context(), second.Became(ResultUnknown, noon), invitation("c@example.com", noon)); err == nil {
		t.Error("the intent was not refused")
	}
	rig.store.set(nil)
	rig.append(t, invitation("d@example.com", noon))
	rig.requireWhole(t, 5)
	want := map[string]string{"a@example.com": "Applied", "b@example.com": "Unknown", "d@example.com": OutcomeMissing}
	if diff := cmp.Diff(want, outcomes(rig.changes(t, Selection{}))); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[Event]int{RecordStored: 5, RecordDelayed: 2, IntentRefused: 1}, rig.counts.all()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestAnOutcomeIsStoredAfterTheEnd(t *testing.T) {
	rig := newRig(t)
	intent := invitation("a@example.com", noon)
	rig.append(t, intent)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := rig.Append(ended, intent.Became(ResultApplied, noon)); err != nil {
		t.Fatal(err)
	}
	rig.requireWhole(t, 2)
}

func TestTooManyRecordsThatWaitAreGivenUp(t *testing.T) {
	rig := newRig(t)
	rig.store.set(always())
	records := make([]Record, maxPending+3)
	for i := range records {
		records[i] = Record{Phase: PhaseNoted, Verb: VerbLogIn, ID: fmt.Sprint(i)}
	}
	// One at a time would take a store that fails as long as it is asked.
	rig.pending = records[:maxPending]
	rig.append(t, records[maxPending:]...)
	if len(rig.pending) != maxPending || rig.counts.all()[RecordLost] != 3 {
		t.Errorf("%d wait, counts %v", len(rig.pending), rig.counts.all())
	}
	if rig.pending[0].ID != "0" {
		t.Error("the oldest was given up")
	}
}

func TestPartOfTheIntentsIsStored(t *testing.T) {
	rig := newRig(t)
	var records []Record
	for i := range maxBatch + 1 {
		records = append(records, invitation(fmt.Sprintf("p%d@example.com", i), noon))
	}
	rig.store.set(func(_ int, operation, key string) (bool, bool) {
		return operation == "create" && key != batchKey(1), false
	})
	if err := rig.Append(t.Context(), records...); err == nil {
		t.Fatal("half of the intents is enough")
	}
	rig.store.set(nil)
	rig.tryAgain(t.Context())
	rig.requireWhole(t, 2*maxBatch)
	for person, outcome := range outcomes(rig.changes(t, Selection{})) {
		if outcome != "Failed"+ReasonNotStarted {
			t.Errorf("%s: %s", person, outcome)
		}
	}
}

func TestTwoWritersMakeOneChain(t *testing.T) {
	stores := map[string]func(t *testing.T) objects{
		"memory": func(*testing.T) objects { return memory() },
		"files": func(t *testing.T) objects {
			t.Helper()
			opened, err := openBucket(t.Context(), FileURL(t.TempDir()), true)
			if err != nil {
				t.Fatal(err)
			}
			return opened
		},
	}
	const writers, each = 4, 12
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			store := open(t)
			var group sync.WaitGroup
			for writer := range writers {
				trail := newTrail(store, Options{Operator: Operator{Host: fmt.Sprint("writer-", writer)}})
				group.Go(func() {
					for i := range each {
						if err := trail.Append(t.Context(), invitation(fmt.Sprintf("w%d-%d@example.com", writer, i), noon)); err != nil {
							t.Error(err)
						}
					}
				})
			}
			group.Wait()
			report, err := (&Reader{objects: store}).Verify(t.Context())
			if err != nil || report.Break != nil || report.Records != writers*each || len(report.Writers) != writers {
				t.Errorf("%d records of %d writers; %v, %v", report.Records, len(report.Writers), report.Break, err)
			}
		})
	}
}

// TestAStandbyGoesOnAfterTheLeader starts two processes at once, of which the second writes long after the first.
func TestAStandbyGoesOnAfterTheLeader(t *testing.T) {
	leader := newRig(t)
	standby := leader.again()
	for _, each := range []*rig{leader, standby} {
		if err := each.check(t.Context(), "memory"); err != nil {
			t.Fatal(err)
		}
	}
	leader.live(t, 20)
	reads := 0
	standby.store.set(func(_ int, operation, _ string) (bool, bool) {
		if operation == "read" {
			reads++
		}
		return false, false
	})
	standby.append(t, invitation("next@example.com", noon))
	standby.requireWhole(t, 41)
	if reads > 50 {
		t.Errorf("it read %d objects, and did not use the head", reads)
	}
}

// TestASlowStoreLeavesTimeToSaySo lets the store hang, in a time that only passes while everybody waits.
func TestASlowStoreLeavesTimeToSaySo(t *testing.T) {
	for name, test := range map[string]struct {
		call    func(ctx context.Context, rig *rig) error
		want    time.Duration
		refused bool
	}{
		"an intent": {func(ctx context.Context, rig *rig) error { return rig.Append(ctx, invitation("a@example.com", noon)) }, intentTimeout, true},
		"an intent and a note": {func(ctx context.Context, rig *rig) error {
			return rig.Append(ctx, Record{Phase: PhaseNoted, Verb: VerbApproveRemovals}, invitation("a@example.com", noon))
		}, intentTimeout, true},
		"an outcome": {func(ctx context.Context, rig *rig) error {
			return rig.Append(ctx, invitation("a@example.com", noon).Became(ResultApplied, noon))
		}, storeTimeout, false},
		"what is unsettled": {func(ctx context.Context, rig *rig) error {
			_, err := rig.Unsettled(ctx, "team", "sales")
			return err
		}, intentTimeout, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rig := newRig(t)
				rig.objects = hanging{rig.store}
				begun := time.Now()
				err := test.call(t.Context(), rig)
				if took := time.Since(begun); took != test.want {
					t.Errorf("it took %s, want %s", took, test.want)
				}
				refusal, is := errors.AsType[*NotStoredError](err)
				if is != test.refused || is && refusal.Reason != ReasonStoreUnavailable {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// hanging is a store that does not answer.
type hanging struct{ objects }

func (hanging) read(ctx context.Context, _ string) ([]byte, bool, error) {
	<-ctx.Done()
	return nil, false, ctx.Err()
}

func TestAStoreThatReplacesIsRefused(t *testing.T) {
	rig := newRig(t)
	rig.objects = &replacing{rig.store}
	if err := rig.check(t.Context(), "memory"); !errors.Is(err, errReplaces) {
		t.Errorf("got %v, want %v", err, errReplaces)
	}
}

type replacing struct{ objects }

func (r *replacing) create(ctx context.Context, key string, data []byte) error {
	return r.replace(ctx, key, data)
}

func TestAStoreThatIsAwayIsNoReasonNotToStart(t *testing.T) {
	rig := newRig(t)
	rig.store.set(always())
	if err := rig.check(t.Context(), "memory"); err != nil {
		t.Errorf("the manager does not start: %v", err)
	}
}

func TestEveryRecordIsALogLine(t *testing.T) {
	var log bytes.Buffer
	rig := newRig(t)
	rig.log = slog.New(slog.NewTextHandler(&log, nil))
	rig.append(t, invitation("casey@example.com", noon))
	for _, want := range []string{
		"msg=recorded", "record.verb=Invite", "record.phase=Intended", "record.person=casey@example.com", "record.sequence=1",
		"record.fieldManager=argocd-controller", "record.generation=3", "record.hash=" + rig.head.Record.Hash,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in %s", want, log.String())
		}
	}
}

// TestTheLogTellsWhoseRecordsAre shows what only the log shows: that somebody added a record at the end.
func TestTheLogTellsWhoseRecordsAre(t *testing.T) {
	var log bytes.Buffer
	rig := newRig(t)
	rig.live(t, 1)
	added := (&damage{t: t, store: rig.store}).records(invitation("added@example.com", noon), rig.head.Record)
	put(t, rig.store, batchKey(3), added)
	next := rig.again()
	next.log = slog.New(slog.NewTextHandler(&log, nil))
	next.append(t, invitation("own@example.com", noon))
	next.requireWhole(t, 4)
	last := readLoosely(added)[0]
	if want := "taken in\" object=" + batchKey(3) + " number=1 sequence=3 hash=" + last.Hash; !strings.Contains(log.String(), want) {
		t.Errorf("no %q in %s", want, log.String())
	}
	if strings.Contains(log.String(), last.Person) || !strings.Contains(log.String(), "own@example.com") {
		t.Errorf("it calls another record its own: %s", log.String())
	}
}

func TestTextsHaveAnEnd(t *testing.T) {
	rig := newRig(t)
	record := invitation("a@example.com", time.Date(2026, 9, 1, 14, 0, 0, 1234567, time.FixedZone("", 7200)))
	record.AskedBy.FieldManager = strings.Repeat("ü", 4000)
	record.AskedBy.Name = "a\nb\x00\xff,\"hash\":\""
	rig.append(t, record)
	rig.requireWhole(t, 1)
	change := rig.changes(t, Selection{})[0]
	if len(change.FieldManager) > maxText || strings.Trim(change.FieldManager, "ü") != "" {
		t.Errorf("the field manager is %q", change.FieldManager)
	}
	if change.AskedBy != "ClayUser team/a\nb\x00\uFFFD,\"hash\":\"" {
		t.Errorf("the name is %q", change.AskedBy)
	}
	if !change.Time.Equal(noon.Add(time.Millisecond)) || change.Time.Location() != time.UTC {
		t.Errorf("the time is %s", change.Time)
	}
}

// TestStartTriesAgain lets a record wait until the store is back, with nobody who appends another.
func TestStartTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- rig.Start(ctx) }()
		synctest.Wait()
		rig.store.set(always())
		rig.append(t, Record{Phase: PhaseNoted, Verb: VerbLogIn})
		rig.store.set(nil)
		time.Sleep(tick)
		synctest.Wait()
		rig.requireWhole(t, 1)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestCloseStoresWhatWaits(t *testing.T) {
	rig := newRig(t)
	rig.objects = &lasting{rig.store}
	rig.store.set(always())
	rig.append(t, Record{Phase: PhaseNoted, Verb: VerbLogIn})
	rig.store.set(nil)
	if err := rig.Close(); err != nil {
		t.Fatal(err)
	}
	rig.requireWhole(t, 1)

	rig = rig.again()
	rig.objects = &lasting{rig.store}
	rig.store.set(always())
	rig.append(t, Record{Phase: PhaseNoted, Verb: VerbLogIn})
	if err := rig.Close(); err != nil {
		t.Fatal(err)
	}
	if rig.counts.all()[RecordLost] != 1 {
		t.Errorf("counts %v", rig.counts.all())
	}
	rig.store.set(nil)
}

// lasting is not closed with the trail, so that a test can look into it.
type lasting struct{ objects }

func (*lasting) close() error { return nil }

func TestAFailingHeadIsMadeUpFor(t *testing.T) {
	rig := newRig(t)
	rig.store.set(always("replace"))
	rig.append(t, invitation("a@example.com", noon))
	if rig.verify(t).Break == nil {
		t.Error("a missing head is not noticed")
	}
	rig.store.set(nil)
	rig.tryAgain(t.Context())
	rig.requireWhole(t, 1)
	rig.store.set(always("replace"))
	rig.append(t, invitation("b@example.com", noon))
	if report := rig.requireWhole(t, 2); report.Behind != 1 {
		t.Errorf("the head is %d behind, want 1", report.Behind)
	}
}

func TestSequencesSortAsNames(t *testing.T) {
	numbers := []uint64{1, 9, 10, 99_999_999, 100_000_000, maxSequence}
	var keys []string
	for _, number := range numbers {
		keys = append(keys, batchKey(number))
		if back, is := firstOf(batchKey(number)); !is || back != number {
			t.Errorf("%d comes back as %d, %t", number, back, is)
		}
	}
	if !slices.IsSorted(keys) {
		t.Errorf("not in order: %v", keys)
	}
	for _, key := range []string{
		headKey, anchorKey, probeKey, "trail/1.jsonl", "trail/0000000000000000.jsonl", "trail/+000000000000001.jsonl",
		"trail/0000000000000001.jsonl.18f.tmp", "evidence/0000000000000001.jsonl",
	} {
		if _, is := firstOf(key); is {
			t.Errorf("%s is taken for records", key)
		}
	}
}
