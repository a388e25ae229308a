package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// content returns all objects of a store.
func content(tb testing.TB, store objects) map[string][]byte {
	tb.Helper()
	listed, err := store.list(tb.Context(), trailPrefix, 0)
	if err != nil {
		tb.Fatal(err)
	}
	all := map[string][]byte{}
	for _, each := range listed {
		data, found, err := store.read(tb.Context(), each.key)
		if err != nil || !found {
			tb.Fatalf("read %s: %t, %v", each.key, found, err)
		}
		all[each.key] = data
	}
	return all
}

func put(tb testing.TB, store objects, key string, data []byte) {
	tb.Helper()
	if err := store.replace(tb.Context(), key, data); err != nil {
		tb.Fatal(err)
	}
}

func drop(tb testing.TB, store objects, key string) {
	tb.Helper()
	if err := store.remove(tb.Context(), key); err != nil {
		tb.Fatal(err)
	}
}

// damage is a trail that somebody tampers with.
type damage struct {
	t     *testing.T
	store objects
	was   map[string][]byte
}

func (d *damage) put(key string, data []byte) {
	d.t.Helper()
	put(d.t, d.store, key, data)
}

func (d *damage) drop(key string) {
	d.t.Helper()
	drop(d.t, d.store, key)
}

// seal puts a sealed value.
func (d *damage) seal(key string, value any) {
	d.t.Helper()
	data, _, err := seal(value)
	if err != nil {
		d.t.Fatal(err)
	}
	d.put(key, data)
}

// placeOf returns where an object ends.
func (d *damage) placeOf(key string) link {
	d.t.Helper()
	data, _, err := d.store.read(d.t.Context(), key)
	if err != nil {
		d.t.Fatal(err)
	}
	records := readLoosely(data)
	return records[len(records)-1].place()
}

// records returns the object that continues the chain with a record.
func (d *damage) records(record Record, after link) []byte {
	d.t.Helper()
	_, data, err := sealRecords([]Record{record}, after)
	if err != nil {
		d.t.Fatal(err)
	}
	return data
}

func TestTampering(t *testing.T) {
	const middle, last = "trail/0000000000000003.jsonl", "trail/0000000000000006.jsonl"
	// resealed returns a line with a text replaced and a hash that fits.
	resealed := func(data []byte, old, text string) []byte {
		line := bytes.ReplaceAll(bytes.TrimSuffix(data, []byte("\n")), []byte(old), []byte(text))
		body := append(bytes.Clone(line[:len(line)-sealSize]), '}')
		sum := sha256.Sum256(body)
		return append(append(body[:len(body)-1], hashBegin+hex.EncodeToString(sum[:])+hashEnd...), '\n')
	}
	cases := map[string]struct {
		tamper   func(d *damage)
		sequence uint64
		object   string
		what     string
	}{
		"a record is changed": {func(d *damage) {
			d.put(middle, bytes.ReplaceAll(d.was[middle], []byte("person1@"), []byte("person9@")))
		}, 3, middle, "hash is not that of its content"},
		"a record is changed, with a hash that fits": {func(d *damage) {
			d.put(middle, resealed(d.was[middle], "person1@", "person9@"))
		}, 4, "trail/0000000000000004.jsonl", "no continuation"},
		"the last record is changed, with a hash that fits": {func(d *damage) {
			d.put(last, resealed(d.was[last], `"Applied"`, `"Failed"`))
		}, 6, headKey, "another record of this number"},
		"a record is put in": {func(d *damage) {
			d.put(middle, append(bytes.Clone(d.was[middle]), resealed(d.was[middle], `"sequence":3`, `"sequence":4`)...))
		}, 4, middle, "no continuation"},
		"a record is taken out": {func(d *damage) {
			d.put(middle, nil)
		}, 3, middle, "or is empty"},
		"an object is removed": {func(d *damage) {
			d.drop(middle)
		}, 3, middle, "the records 3 to 3 are missing"},
		"the first object is removed": {func(d *damage) {
			d.drop(batchKey(1))
		}, 1, batchKey(1), "the records 1 to 1 are missing"},
		"two objects change places": {func(d *damage) {
			d.put(middle, d.was["trail/0000000000000004.jsonl"])
			d.put("trail/0000000000000004.jsonl", d.was[middle])
		}, 3, middle, "calls itself 4"},
		"the end is cut off": {func(d *damage) {
			d.drop(last)
		}, 6, last, "the head knows records up to 6"},
		"the end is cut off in the middle": {func(d *damage) {
			d.put(last, d.was[last][:100])
		}, 6, last, "ends in the middle"},
		"an object is there twice": {func(d *damage) {
			d.put(batchKey(7), d.was[last])
		}, 7, batchKey(7), "calls itself 6"},
		"a second chain begins inside an object": {func(d *damage) {
			d.put(middle, append(bytes.Clone(d.was[middle]), d.was["trail/0000000000000004.jsonl"]...))
		}, 4, "trail/0000000000000004.jsonl", "forks"},
		"the head is replaced": {func(d *damage) {
			d.seal(headKey, head{Record: link{Sequence: 6, Hash: strings.Repeat("a", hashLength)}, Object: last})
		}, 6, headKey, "another record of this number"},
		"the head is changed": {func(d *damage) {
			d.put(headKey, bytes.Replace(d.was[headKey], []byte(`"sequence":6`), []byte(`"sequence":5`), 1))
		}, 0, headKey, "hash is not that of its content"},
		"the head is removed": {func(d *damage) {
			d.drop(headKey)
		}, 0, headKey, "the head is missing"},
		"the beginning is removed and an anchor put there": {func(d *damage) {
			var first Record
			if _, err := unseal(bytes.TrimSuffix(d.was[batchKey(1)], []byte("\n")), &first); err != nil {
				d.t.Fatal(err)
			}
			d.seal(anchorKey, anchor{
				Retention: Retention{First: 2, Previous: first.Hash}, Record: link{Sequence: 6, Hash: first.Hash}, Object: last,
			})
			d.drop(batchKey(1))
		}, 2, anchorKey, "no record in the trail says"},
		"nonsense as an anchor": {func(d *damage) {
			d.put(anchorKey, []byte("{}"))
		}, 0, anchorKey, "does not end with its hash"},
		"an outcome without an intent is added": {func(d *damage) {
			intent := invitation("victim@example.com", noon.Add(71*time.Hour))
			d.put(batchKey(7), d.records(intent.Became(ResultApplied, noon.Add(72*time.Hour)), d.placeOf(last)))
		}, 7, batchKey(7), "there is no intent"},
		"something settled without an intent is added": {func(d *damage) {
			intent := invitation("victim@example.com", noon.Add(71*time.Hour))
			d.put(batchKey(7), d.records(intent.Settle(ResultApplied, "read-1", noon.Add(72*time.Hour)), d.placeOf(last)))
		}, 7, batchKey(7), "there is no intent"},
		"everything is gone but the head": {func(d *damage) {
			for key := range d.was {
				if key != headKey {
					d.drop(key)
				}
			}
		}, 1, batchKey(1), "the head knows records up to 6"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			rig := newRig(t)
			rig.live(t, 3)
			rig.requireWhole(t, 6)
			test.tamper(&damage{t: t, store: rig.store, was: content(t, rig.store)})
			found := rig.verify(t).Break
			if found == nil {
				t.Fatal("nobody notices")
			}
			if found.Sequence != test.sequence || found.Object != test.object || !strings.Contains(found.What, test.what) {
				t.Errorf("it breaks at %d in %s: %s\nwant %d in %s: %s",
					found.Sequence, found.Object, found.What, test.sequence, test.object, test.what)
			}
			if !strings.Contains(found.Error(), found.Object) {
				t.Errorf("the error does not name the object: %v", found)
			}
		})
	}
}

// TestEveryByteCounts changes each byte of each object in turn, and cuts each object off at each place.
func TestEveryByteCounts(t *testing.T) {
	rig := newRig(t)
	rig.options.Operator = Operator{}
	rig.append(t, Record{Phase: PhaseNoted, Verb: VerbLogIn, ID: "a"})
	rig.clock.forward(DefaultRetention + 1)
	rig.append(t, Record{Phase: PhaseNoted, Verb: VerbLogIn, ID: "b"})
	rig.removeOld(t.Context())
	rig.requireWhole(t, 2)
	was := content(t, rig.store)
	if len(was) != 4 {
		t.Fatalf("%d objects, want two of records, the head and the anchor", len(was))
	}
	for key, data := range was {
		for i := range data {
			for _, changed := range [][]byte{replaced(data, i, data[i]^(1<<(i%8))), data[:i]} {
				put(t, rig.store, key, changed)
				if report := rig.verify(t); report.Break == nil {
					t.Fatalf("%s is whole as %q", key, changed)
				}
			}
		}
		put(t, rig.store, key, data)
	}
	rig.requireWhole(t, 2)
}

func replaced(data []byte, at int, by byte) []byte {
	result := bytes.Clone(data)
	result[at] = by
	return result
}

func TestExpectedPlaces(t *testing.T) {
	rig := newRig(t)
	rig.live(t, 1)
	noted := rig.requireWhole(t, 2).Last
	rig.live(t, 2)
	if found := rig.verify(t, noted).Break; found != nil {
		t.Errorf("a noted head is not found again: %v", found)
	}

	// Somebody makes a trail that is whole in itself.
	forged := newRig(t)
	forged.live(t, 3)
	if forged.verify(t).Break != nil {
		t.Error("a new trail is no whole trail")
	}
	if found := forged.verify(t, noted).Break; found == nil || found.Sequence != 2 || !strings.Contains(found.What, "made anew") {
		t.Errorf("a new trail in place of the old one: %v", found)
	}
	short := newRig(t)
	short.live(t, 1)
	if found := short.verify(t, Place{Sequence: 9, Hash: noted.Hash}).Break; found == nil || !strings.Contains(found.What, "record 9 is expected") {
		t.Errorf("a trail that is too short: %v", found)
	}
}

func TestAnEmptyTrailIsWhole(t *testing.T) {
	if report := newRig(t).requireWhole(t, 0); report.Last.Hash != noHash {
		t.Errorf("%+v", report)
	}
}

func TestVerifySaysWhatItFound(t *testing.T) {
	rig := newRig(t)
	rig.live(t, 2)
	second := rig.again()
	second.options.Operator = Operator{Host: "laptop"}
	second.append(t, Record{Phase: PhaseNoted, Verb: VerbLogIn, Time: noon})
	put(t, rig.store, "trail/notes.txt", []byte("mine"))
	put(t, rig.store, "trail/0000000000000009.jsonl.18f0.tmp", []byte("cut off"))
	report := rig.verify(t)
	want := Report{
		Records: 5, Objects: 5, FirstSequence: 1, FirstTime: noon, LastTime: noon,
		Last:    Place(second.head.Record),
		Writers: []Operator{{Version: "v1.2.3", Host: "clay-operator-0"}, {Host: "laptop"}},
		Strange: []string{"trail/notes.txt"},
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

// TestAShellCanCheckIt does what docs/audit.md says a shell can do.
func TestAShellCanCheckIt(t *testing.T) {
	rig := newRig(t)
	rig.append(t, invitation("<casey>&@example.com", noon))
	line := strings.TrimSuffix(string(content(t, rig.store)[batchKey(1)]), "\n")
	parts := regexp.MustCompile(`^(.*),"hash":"([0-9a-f]*)"}$`).FindStringSubmatch(line)
	if sum := sha256.Sum256([]byte(parts[1] + "}")); hex.EncodeToString(sum[:]) != parts[2] {
		t.Error("the hash is not that of the line without it")
	}
}

func TestVerifyWhileTheOperatorWorks(t *testing.T) {
	rig := newRig(t)
	rig.live(t, 2)
	busy := false
	// With each look of the reader the operator does something, and retention too.
	rig.store.set(func(_ int, operation, _ string) (bool, bool) {
		if busy || operation == "create" || operation == "replace" {
			return false, false
		}
		busy = true
		defer func() { busy = false }()
		if err := rig.Append(context.Background(), invitation("busy@example.com", rig.clock.read())); err != nil {
			t.Error(err)
		}
		return false, false
	})
	if report := rig.verify(t); report.Break != nil {
		t.Error(report.Break)
	}
}

func TestVerifyWhileRetentionWorks(t *testing.T) {
	rig := newRig(t)
	rig.live(t, 4)
	rig.clock.forward(DefaultRetention)
	removed := false
	rig.store.set(func(_ int, operation, key string) (bool, bool) {
		if operation == "read" && key == batchKey(1) && !removed {
			removed = true
			if err := rig.again().removeOldRecords(context.Background()); err != nil {
				t.Error(err)
			}
		}
		return false, false
	})
	if report := rig.verify(t); report.Break != nil || !removed {
		t.Errorf("removed %t; %v", removed, report.Break)
	}
}

func TestAStoreThatCannotBeReadIsAnError(t *testing.T) {
	for point := 1; point <= 5; point++ {
		rig := newRig(t)
		rig.live(t, 1)
		rig.store.set(func(call int, _, _ string) (bool, bool) { return call == point, false })
		if _, err := (&Reader{objects: rig.store}).Verify(t.Context()); err == nil {
			t.Errorf("call %d failed and verify did not say so", point)
		}
	}
}

// FuzzVerify gives the verifier objects of any content: it must come to an end, and take nothing for whole that the trail did not write.
func FuzzVerify(f *testing.F) {
	seed := rigOn(&faulty{objects: newShelf()}, &clock{now: noon})
	// The fuzzer's processes must agree about the seeds, so that these have no random ids; and short ones are cut down sooner.
	first := Record{Phase: PhaseNoted, Verb: VerbLogIn, ID: "first"}
	if err := seed.Append(f.Context(), first, Record{Phase: PhaseIntended, Verb: VerbInvite, ID: "second"}); err != nil {
		f.Fatal(err)
	}
	was := content(f, seed.store)
	f.Add(was[batchKey(1)], was[headKey], []byte(nil), uint64(1))
	f.Add(was[batchKey(1)], []byte(`{"hash":""}`), []byte("{}"), uint64(2))
	f.Add([]byte("\n\n"), was[headKey], was[headKey], uint64(0))
	f.Fuzz(func(t *testing.T, batch, head, anchor []byte, place uint64) {
		store := newShelf()
		put(t, store, batchKey(place), batch)
		put(t, store, headKey, head)
		if len(anchor) > 0 {
			put(t, store, anchorKey, anchor)
		}
		reader := &Reader{objects: store}
		changes, report, err := reader.Changes(t.Context(), Selection{})
		if err != nil {
			t.Fatal(err)
		}
		if report.Records < len(changes) {
			t.Errorf("%d changes of %d records", len(changes), report.Records)
		}
		// No fuzzer finds another SHA-256 that fits.
		if report.Break == nil && report.Records > 0 && !bytes.Equal(batch, was[batchKey(1)]) {
			t.Errorf("taken for whole: %q %q %q", batch, head, anchor)
		}
		// The writer meets the same objects.
		trail := newTrail(store, Options{now: func() time.Time { return noon }})
		if err := trail.Append(t.Context(), Record{Phase: PhaseNoted, Verb: VerbLogIn, ID: "third"}); err != nil {
			t.Error(err)
		}
		trail.removeOld(t.Context())
	})
}
