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
	kept := r.SaveEvidence(t.Context(), entry)
	if kept.Key == "" {
		t.Fatal("the evidence was dropped")
	}
	return kept.Key
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
		if entry, is := strings.CutSuffix(key, ".txt"); is {
			got = append(got, entry)
		}
	}
	if diff := cmp.Diff(append([]string{}, entries...), got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func TestSaveEvidence(t *testing.T) {
	rig := newRig(t)
	kept := rig.SaveEvidence(t.Context(), sample())
	const want = "evidence/20260901T120000.000000000Z_team_sales_PageChanged"
	if kept.Key != want || kept.Object() != want+".png" {
		t.Errorf("key %s, first part %s, want %s", kept.Key, kept.Object(), want)
	}
	if diff := cmp.Diff([]string{want + ".json", want + ".png", want + ".txt"}, rig.kept(t)); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	digests := map[string]string{}
	for part, want := range map[string]string{
		"png": "\x89PNG", "txt": "path: /workspaces/1\n\n- button", "json": `{"missing":"team.invite"}`,
	} {
		if data, found, err := rig.store.read(t.Context(), kept.Key+"."+part); err != nil || !found || string(data) != want {
			t.Errorf("%s holds %q, %t, %v", part, data, found, err)
		}
		digests[part] = hashOf([]byte(want))
	}
	if diff := cmp.Diff(digests, kept.Digests); diff != "" {
		t.Errorf("digests (-want +got):\n%s", diff)
	}
}

func TestSaveEvidenceWithoutAPicture(t *testing.T) {
	rig := newRig(t)
	entry := sample()
	entry.Screenshot, entry.Report = nil, nil
	kept := rig.SaveEvidence(t.Context(), entry)
	if diff := cmp.Diff([]string{kept.Key + ".txt"}, rig.kept(t)); diff != "" || len(kept.Digests) != 1 || kept.Object() != kept.Key+".txt" {
		t.Errorf("digests %v; objects (-want +got):\n%s", kept.Digests, diff)
	}
}

func TestWhereEvidenceIs(t *testing.T) {
	directory := t.TempDir()
	for prefix, want := range map[string]string{
		"":                              "evidence/1_sales in file://" + directory,
		"https://evidence.example.com/": "https://evidence.example.com/evidence/1_sales.png",
	} {
		trail, err := Open(t.Context(), FileURL(directory), Options{EvidenceURL: prefix})
		if err != nil {
			t.Fatal(err)
		}
		if got := trail.WhereIs(Evidence{Key: "evidence/1_sales", Digests: map[string]string{"png": "", "txt": ""}}); got != want {
			t.Errorf("with the prefix %q it is %s, want %s", prefix, got, want)
		}
		if err := trail.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNamesStayAmongTheEvidence(t *testing.T) {
	rig := newRig(t)
	for _, text := range []string{"../../etc", "a/b", "", "..", "ümlaut\x00", strings.Repeat("x", 300), "a_b"} {
		entry := sample()
		entry.Namespace, entry.Workspace, entry.Reason = text, text, text
		key := rig.save(t, entry)
		if path.Dir(key)+"/" != evidencePrefix || !evidenceKey.MatchString(key+".txt") || len(path.Base(key)) > 255-len(".png.0123456789abcdef.tmp") {
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
			if kept := rig.SaveEvidence(t.Context(), sample()); kept.Key != "" || len(kept.Digests) > 0 {
				t.Errorf("call %d failed, and there is %v", point, kept)
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
	if rig.SaveEvidence(t.Context(), sample()).Key == "" || rig.counts.all()[EvidenceStored] != 1 {
		t.Error("evidence is dropped because older one cannot be removed")
	}
}
