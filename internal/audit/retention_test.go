package audit

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRetentionRemovesTheBeginning(t *testing.T) {
	rig := newRig(t)
	rig.options.Retention = 10*24*time.Hour + time.Hour
	rig.live(t, 30)
	noted := rig.requireWhole(t, 60).Last
	rig.removeOld(t.Context())
	// Ten days of two records, and the record that the others are gone.
	report := rig.requireWhole(t, 21)
	if report.Removed != 40 || report.FirstSequence != 41 {
		t.Errorf("%d removed, the first is %d; want 40 and 41", report.Removed, report.FirstSequence)
	}
	if found := rig.verify(t, noted).Break; found != nil {
		t.Errorf("a noted head is not found: %v", found)
	}
	if found := rig.verify(t, Place{Sequence: 4, Hash: noted.Hash}).Break; found == nil || !strings.Contains(found.What, "retention") {
		t.Errorf("a head that retention removed: %v", found)
	}

	// Nothing is old now, and nothing is written.
	rig.removeOld(t.Context())
	rig.requireWhole(t, 21)

	// Another process goes on, and removes more.
	next := rig.again()
	next.options.Retention = rig.options.Retention
	next.live(t, 5)
	next.removeOld(t.Context())
	if report := next.requireWhole(t, 22); report.Removed != 50 {
		t.Errorf("%d removed, want 50", report.Removed)
	}
}

func TestRetentionLeavesTheLastObject(t *testing.T) {
	rig := newRig(t)
	rig.live(t, 2)
	rig.clock.forward(10 * DefaultRetention)
	for range 3 {
		rig.removeOld(t.Context())
		if report := rig.verify(t); report.Break != nil || report.Records == 0 {
			t.Errorf("%d records; %v", report.Records, report.Break)
		}
	}
}

func TestRetentionOfMoreThanAPage(t *testing.T) {
	rig := newRig(t)
	rig.live(t, retentionBatch)
	rig.clock.forward(DefaultRetention)
	rig.append(t, invitation("new@example.com", rig.clock.read()))
	rig.removeOld(t.Context())
	report := rig.verify(t)
	if report.Break != nil || report.Removed != 2*retentionBatch {
		t.Errorf("%d removed, want %d; %v", report.Removed, 2*retentionBatch, report.Break)
	}
}

// TestRetentionIsCutOff lets the process die at each call to the store, before and after its effect.
func TestRetentionIsCutOff(t *testing.T) {
	calls := 0
	for _, works := range []bool{false, true} {
		for point := 1; ; point++ {
			rig := newRig(t)
			rig.live(t, 6)
			rig.clock.forward(DefaultRetention - 3*24*time.Hour - time.Hour)
			struck := false
			rig.store.set(func(call int, _, _ string) (bool, bool) {
				struck = struck || call >= point
				return call >= point, works && call == point
			})
			rig.removeOld(t.Context())
			rig.store.set(nil)
			if !struck {
				break
			}
			calls++
			if report := rig.verify(t); report.Break != nil {
				t.Errorf("works=%t, call %d: %v", works, point, report.Break)
			}
			next := rig.again()
			next.removeOld(t.Context())
			report := next.verify(t)
			if report.Break != nil || report.Removed != 6 {
				t.Errorf("works=%t, call %d: the next process removed %d, want 6; %v", works, point, report.Removed, report.Break)
			}
			for sequence := uint64(1); sequence <= 6; sequence++ {
				if _, left := content(t, rig.store)[batchKey(sequence)]; left {
					t.Errorf("works=%t, call %d: %s is left over", works, point, batchKey(sequence))
				}
			}
		}
	}
	if calls < 20 {
		t.Errorf("only %d points: the test misses what it is for", calls)
	}
}

func TestRetentionDoesNotDestroySignsOfTampering(t *testing.T) {
	for name, tamper := range map[string]func(d *damage){
		"a changed record": func(d *damage) { d.put(batchKey(2), []byte("nonsense\n")) },
		"a forged anchor": func(d *damage) {
			d.seal(anchorKey, anchor{Retention: Retention{First: 7, Previous: noHash}, Record: link{Sequence: 8}, Object: batchKey(8)})
		},
		"a forged anchor and record": func(d *damage) {
			// All of it fits but the place: the record is in no object of the chain.
			forged := Retention{First: 7, Previous: d.placeOf(batchKey(6)).Hash}
			record := d.records(Record{Phase: PhaseNoted, Verb: VerbRemoveOldRecords, Retention: &forged}, link{Sequence: 8, Hash: noHash})
			d.put("evidence/anything.txt", record)
			d.seal(anchorKey, anchor{Retention: forged, Record: readLoosely(record)[0].place(), Object: "evidence/anything.txt"})
		},
		"a forged anchor with another hash": func(d *damage) {
			forged := Retention{First: 7, Previous: noHash}
			record := d.records(Record{Phase: PhaseNoted, Verb: VerbRemoveOldRecords, Retention: &forged}, d.placeOf(batchKey(8)))
			d.put(batchKey(9), record)
			d.seal(anchorKey, anchor{Retention: forged, Record: readLoosely(record)[0].place(), Object: batchKey(9)})
		},
		"a broken anchor": func(d *damage) { d.put(anchorKey, []byte("nonsense")) },
	} {
		t.Run(name, func(t *testing.T) {
			rig := newRig(t)
			rig.live(t, 4)
			tamper(&damage{t: t, store: rig.store})
			before := content(t, rig.store)
			rig.clock.forward(2 * DefaultRetention)
			if err := rig.removeOldRecords(t.Context()); err == nil {
				t.Error("it does not say so")
			}
			if diff := cmp.Diff(before, content(t, rig.store)); diff != "" {
				t.Errorf("it changed the trail (-before +after):\n%s", diff)
			}
		})
	}
}

// TestRetentionRemovesNothingYoung lets somebody add a record to the chain which says that retention removed what it keeps.
func TestRetentionRemovesNothingYoung(t *testing.T) {
	rig := newRig(t)
	rig.live(t, 4)
	tamper := &damage{t: t, store: rig.store}
	forged := Retention{First: 7, Previous: tamper.placeOf(batchKey(6)).Hash}
	record := tamper.records(Record{Phase: PhaseNoted, Verb: VerbRemoveOldRecords, Retention: &forged}, tamper.placeOf(batchKey(8)))
	tamper.put(batchKey(9), record)
	tamper.seal(anchorKey, anchor{Retention: forged, Record: readLoosely(record)[0].place(), Object: batchKey(9)})
	before := content(t, rig.store)
	if err := rig.again().removeOldRecords(t.Context()); !errors.Is(err, errNotOld) {
		t.Errorf("got %v, want %v", err, errNotOld)
	}
	if diff := cmp.Diff(before, content(t, rig.store)); diff != "" {
		t.Errorf("it changed the trail (-before +after):\n%s", diff)
	}
}

func TestAnExportBeginsAtTheAnchor(t *testing.T) {
	rig := newRig(t)
	rig.live(t, 3)
	// The outcome of the second day stays, and its intent goes.
	rig.clock.now = noon.Add(24*time.Hour + DefaultRetention + time.Second)
	rig.removeOld(t.Context())
	got := outcomes(rig.changes(t, Selection{}))
	want := map[string]string{"person1@example.com": "Applied", "person2@example.com": "Applied", string(VerbRemoveOldRecords): ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if report := rig.requireWhole(t, 4); report.Removed != 3 {
		t.Errorf("%d removed, want 3", report.Removed)
	}
	for _, change := range rig.changes(t, Selection{}) {
		if !change.Verified {
			t.Errorf("%s is not verified", change.Person)
		}
	}

	// Retention explains no intent that is missing since.
	now := rig.clock.read()
	rig.append(t, invitation("victim@example.com", now.Add(-time.Hour)).Settle(ResultApplied, "read-1", now))
	if found := rig.verify(t).Break; found == nil || found.Sequence != 8 {
		t.Errorf("an intent that nobody recorded: %v", found)
	}
	for _, change := range rig.changes(t, Selection{}) {
		if victim := change.Person == "victim@example.com"; change.Person != "" && change.Verified == victim {
			t.Errorf("%s is verified: %t", change.Person, change.Verified)
		}
	}
}
