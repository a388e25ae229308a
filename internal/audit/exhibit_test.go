package audit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pictured makes a trail of two passes with a picture each; the first is on record with two outcomes.
func pictured(t *testing.T) (*rig, []Evidence) {
	t.Helper()
	rig := newRig(t)
	var kept []Evidence
	for _, people := range [][]string{{"casey@example.com", "jo@example.com"}, {"avery@example.com"}} {
		picture := rig.SaveEvidence(t.Context(), sample())
		kept = append(kept, picture)
		var intents, outcomes []Record
		for _, person := range people {
			intent := invitation(person, noon)
			intents, outcomes = append(intents, intent), append(outcomes, intent.Became(ResultApplied, noon).Showing(picture))
		}
		rig.append(t, intents...)
		rig.append(t, outcomes...)
	}
	return rig, kept
}

func TestEvidenceIsVerified(t *testing.T) {
	rig, kept := pictured(t)
	report := rig.requireWhole(t, 6)
	if report.Evidence != 6 || report.EvidenceGone != 0 || report.Wrong() != nil {
		t.Errorf("%d as stored, %d gone, %v", report.Evidence, report.EvidenceGone, report.Wrong())
	}
	drop(t, rig.store, kept[0].Key+".json")
	report = rig.requireWhole(t, 6)
	if report.Evidence != 5 || report.EvidenceGone != 1 || report.Wrong() != nil {
		t.Errorf("one was removed: %d as stored, %d gone, %v", report.Evidence, report.EvidenceGone, report.Wrong())
	}
}

func TestReplacedEvidenceIsNamed(t *testing.T) {
	for _, part := range []string{".png", ".json", ".txt"} {
		rig, kept := pictured(t)
		put(t, rig.store, kept[0].Key+part, []byte("forged"))
		report := rig.requireWhole(t, 6)
		wrong := report.Wrong()
		if wrong == nil || wrong.Object != kept[0].Key+part || wrong.Sequence != 3 || len(report.Altered) != 1 || report.Evidence != 5 {
			t.Errorf("%s was replaced: %v, %d as stored", part, report.Altered, report.Evidence)
		}
	}
}

// TestDigestsAreInTheChain puts a picture into the place of another and its digest into the record.
func TestDigestsAreInTheChain(t *testing.T) {
	rig, kept := pictured(t)
	put(t, rig.store, kept[1].Key+".png", []byte("forged"))
	last := batchKey(6)
	records := readLoosely(content(t, rig.store)[last])
	records[0].EvidenceDigests["png"] = hashOf([]byte("forged"))
	_, data, err := sealRecords(records, link{Sequence: 5, Hash: records[0].Previous})
	if err != nil {
		t.Fatal(err)
	}
	put(t, rig.store, last, data)
	if report := rig.verify(t); report.Break == nil || report.Break.Object != headKey {
		t.Errorf("a forged digest: %v", report.Break)
	}
}

// TestAnOutcomeKeepsItsEvidence has a reading settle what a picture belongs to.
func TestAnOutcomeKeepsItsEvidence(t *testing.T) {
	rig := newRig(t)
	intent := invitation("casey@example.com", noon)
	picture := Evidence{Key: "evidence/1", Digests: map[string]string{"txt": "ab", "png": "cd"}}
	settled := intent.Became(ResultUnknown, noon).Showing(picture).Settle(ResultApplied, "read-1", noon)
	if settled.Evidence != "" || len(settled.EvidenceDigests) > 0 {
		t.Errorf("the settling claims the picture for itself: %+v", settled)
	}
	rig.append(t, intent, intent.Became(ResultUnknown, noon).Showing(picture), settled)
	got := rig.changes(t, Selection{})[0]
	if diff := cmp.Diff(picture, Evidence{Key: got.Evidence, Digests: got.EvidenceDigests}); diff != "" {
		t.Errorf("the change's evidence (-want +got):\n%s", diff)
	}
}

func TestEvidenceThatCannotBeReadIsAnError(t *testing.T) {
	rig, kept := pictured(t)
	rig.store.set(func(_ int, operation, key string) (bool, bool) {
		return operation == "read" && key == kept[0].Key+".png", false
	})
	if report, err := (&Reader{objects: rig.store}).Verify(t.Context()); err == nil {
		t.Errorf("a picture could not be read, and the report is %+v", report)
	}
}
