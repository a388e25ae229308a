package audit

import (
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sample() Entry {
	return Entry{
		At: noon, Namespace: "team", Workspace: "sales", Reason: "PageChanged",
		Screenshot: []byte("\x89PNG"), Snapshot: "- button", Path: "/workspaces/1", Report: []byte(`{"missing":"team.invite"}`),
	}
}

func (r *rig) save(t *testing.T, entry Entry) string {
	t.Helper()
	key := r.SaveEvidence(t.Context(), entry)
	if key == "" {
		t.Fatal("the evidence was dropped")
	}
	return key
}

// kept lists the evidence.
func (r *rig) kept(t *testing.T) []string {
	t.Helper()
	listed, err := r.store.list(t.Context(), evidencePrefix, 0)
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{}
	for _, each := range listed {
		keys = append(keys, each.key)
	}
	return keys
}

// requireSnapshots fails the test where the snapshots are not those of the entries.
func (r *rig) requireSnapshots(t *testing.T, entries ...string) {
	t.Helper()
	got := []string{}
	for _, key := range r.kept(t) {
		if entry, is := strings.CutSuffix(key, snapshotSuffix); is {
			got = append(got, entry)
		}
	}
	if diff := cmp.Diff(append([]string{}, entries...), got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func TestSaveEvidence(t *testing.T) {
	rig := newRig(t)
	key := rig.save(t, sample())
	const want = "evidence/20260901T120000.000000000Z_team_sales_PageChanged"
	if key != want {
		t.Errorf("key %s, want %s", key, want)
	}
	if diff := cmp.Diff([]string{want + ".json", want + ".png", want + ".txt"}, rig.kept(t)); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	for suffix, want := range map[string]string{
		screenshotSuffix: "\x89PNG", snapshotSuffix: "path: /workspaces/1\n\n- button", reportSuffix: `{"missing":"team.invite"}`,
	} {
		if data, found, err := rig.store.read(t.Context(), key+suffix); err != nil || !found || string(data) != want {
			t.Errorf("%s holds %q, %t, %v", suffix, data, found, err)
		}
	}
}

func TestSaveEvidenceWithoutAPicture(t *testing.T) {
	rig := newRig(t)
	entry := sample()
	entry.Screenshot, entry.Report = nil, nil
	key := rig.save(t, entry)
	if diff := cmp.Diff([]string{key + snapshotSuffix}, rig.kept(t)); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

func TestNamesStayAmongTheEvidence(t *testing.T) {
	rig := newRig(t)
	for _, text := range []string{"../../etc", "a/b", "", "..", "ümlaut\x00", strings.Repeat("x", 300), "a_b"} {
		entry := sample()
		entry.Namespace, entry.Workspace, entry.Reason = text, text, text
		key := rig.save(t, entry)
		if path.Dir(key)+"/" != evidencePrefix || !evidenceKey.MatchString(key+snapshotSuffix) || len(path.Base(key)) > 255-len(".png.0123456789abcdef.tmp") {
			t.Errorf("%q makes the key %s", text, key)
		}
	}
}

func TestOnlyTheNewestEvidenceIsKept(t *testing.T) {
	rig := newRig(t)
	var keys []string
	for minute := range maxEntries + 2 {
		entry := sample()
		entry.At = noon.Add(time.Duration(minute) * time.Minute)
		keys = append(keys, rig.save(t, entry))
	}
	rig.requireSnapshots(t, keys[2:]...)
	if got := len(rig.kept(t)); got != 3*maxEntries {
		t.Errorf("%d objects are left, want %d", got, 3*maxEntries)
	}
}

func TestTheTotalOfEvidenceIsBounded(t *testing.T) {
	rig := newRig(t)
	entry := sample()
	entry.Screenshot = make([]byte, maxBytes/2-10_000)
	first, second, third := rig.save(t, entry), rig.save(t, entry), rig.save(t, entry)
	rig.requireSnapshots(t, second, third)
	entry.Screenshot = make([]byte, maxBytes+1)
	large := rig.save(t, entry)
	rig.requireSnapshots(t, large)
	if first == second {
		t.Error("two entries have one name")
	}
}

func TestEvidenceHasAnAge(t *testing.T) {
	rig := newRig(t)
	old := sample()
	rig.save(t, old)
	rig.clock.forward(DefaultEvidenceRetention + time.Minute)
	entry := sample()
	entry.At = rig.clock.read()
	key := rig.save(t, entry)
	rig.requireSnapshots(t, key)
	rig.clock.forward(DefaultEvidenceRetention + time.Minute)
	rig.removeOld(t.Context())
	rig.requireSnapshots(t)
}

func TestOtherObjectsAreLeftAlone(t *testing.T) {
	rig := newRig(t)
	put(t, rig.store, "evidence/0-notes.txt", []byte("mine"))
	put(t, rig.store, "evidence/page.png.18f0.tmp", []byte("cut off"))
	rig.clock.forward(2 * DefaultEvidenceRetention)
	rig.removeOld(t.Context())
	// A store in memory knows no times, so that the other one counts as very old.
	if diff := cmp.Diff([]string{"evidence/0-notes.txt"}, rig.kept(t)); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

func TestOneMomentManyEntries(t *testing.T) {
	rig := newRig(t)
	const writers = 20
	var group sync.WaitGroup
	for range writers {
		group.Go(func() { rig.SaveEvidence(t.Context(), sample()) })
	}
	group.Wait()
	if got := len(rig.kept(t)); got != 3*writers {
		t.Errorf("%d objects, want %d", got, 3*writers)
	}
}

func TestEvidenceThatCannotBeStoredIsDropped(t *testing.T) {
	for point := 1; point <= 3; point++ {
		for _, works := range []bool{false, true} {
			rig := newRig(t)
			rig.store.set(func(call int, _, _ string) (bool, bool) { return call == point, works })
			if key := rig.SaveEvidence(t.Context(), sample()); key != "" {
				t.Errorf("call %d failed, and the key is %s", point, key)
			}
			if left := rig.kept(t); len(left) > 0 {
				t.Errorf("works=%t, call %d: half an entry is left: %v", works, point, left)
			}
			if diff := cmp.Diff(map[Event]int{EvidenceLost: 1}, rig.counts.all()); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
		}
	}
	rig := newRig(t)
	rig.store.set(always("list"))
	if rig.SaveEvidence(t.Context(), sample()) == "" || rig.counts.all()[EvidenceStored] != 1 {
		t.Error("evidence is dropped because older one cannot be removed")
	}
}
