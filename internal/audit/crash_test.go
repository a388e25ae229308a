package audit

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEveryCrashPoint cuts a pass off at each call to the store, before and after its effect, and lets another process go on.
func TestEveryCrashPoint(t *testing.T) {
	calls := 0
	for _, works := range []bool{false, true} {
		for point := 1; ; point++ {
			rig := newRig(t)
			rig.live(t, 2)
			struck := false
			rig.store.set(func(call int, _, _ string) (bool, bool) {
				// From the crash on, nothing is done any more.
				struck = struck || call >= point
				return call >= point, works && call == point
			})
			intent := invitation("crash@example.com", rig.clock.read())
			intended := rig.Append(t.Context(), intent)
			if intended == nil {
				rig.append(t, intent.Became(ResultApplied, rig.clock.read()))
			}
			rig.store.set(nil)
			if !struck {
				break
			}
			calls++
			next := rig.again()
			next.append(t, invitation("next@example.com", rig.clock.read()))
			report := next.verify(t)
			if report.Break != nil {
				t.Errorf("works=%t, call %d: %v", works, point, report.Break)
			}
			got := outcomes(next.changes(t, Selection{}))
			if _, is := got["crash@example.com"]; intended == nil && !is {
				t.Errorf("works=%t, call %d: the intent was taken and is lost", works, point)
			}
			if got["next@example.com"] != OutcomeMissing {
				t.Errorf("works=%t, call %d: the next process left %q", works, point, got["next@example.com"])
			}
		}
	}
	if calls < 6 {
		t.Errorf("only %d crash points: the test misses what it is for", calls)
	}
}

// TestAnAnswerThatIsLost lets the store take an object and say that it did not.
func TestAnAnswerThatIsLost(t *testing.T) {
	rig := newRig(t)
	rig.append(t, invitation("a@example.com", noon))
	lose := func(_ int, operation, _ string) (bool, bool) { return operation == "create", true }

	// An intent: nothing was begun, and the trail says so once it knows.
	rig.store.set(lose)
	if err := rig.Append(t.Context(), invitation("lost@example.com", noon)); err == nil {
		t.Fatal("the answer was not lost")
	}
	rig.store.set(nil)
	rig.append(t, invitation("b@example.com", noon))

	// An outcome: it is there once.
	intent := invitation("c@example.com", noon)
	rig.append(t, intent)
	rig.store.set(lose)
	rig.append(t, intent.Became(ResultApplied, noon))
	rig.store.set(nil)
	rig.append(t, invitation("d@example.com", noon))

	rig.requireWhole(t, 7)
	want := map[string]string{
		"a@example.com": OutcomeMissing, "lost@example.com": "Failed" + ReasonNotStarted, "b@example.com": OutcomeMissing,
		"c@example.com": "Applied", "d@example.com": OutcomeMissing,
	}
	if diff := cmp.Diff(want, outcomes(rig.changes(t, Selection{}))); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

// TestAnAnswerThatIsLostInTheLibrary is a client that tries again by itself and is told of its own object.
func TestAnAnswerThatIsLostInTheLibrary(t *testing.T) {
	rig := newRig(t)
	rig.append(t, invitation("a@example.com", noon))
	rig.objects = &retrying{rig.store}
	rig.append(t, invitation("b@example.com", noon))
	rig.requireWhole(t, 2)
}

type retrying struct{ objects }

func (r *retrying) create(ctx context.Context, key string, data []byte) error {
	if err := r.objects.create(ctx, key, data); err != nil {
		return err
	}
	return r.objects.create(ctx, key, data)
}

func TestAForkIsNotContinued(t *testing.T) {
	rig := newRig(t)
	rig.live(t, 2)
	if err := rig.store.replace(t.Context(), batchKey(5), []byte("something else\n")); err != nil {
		t.Fatal(err)
	}
	err := rig.Append(t.Context(), invitation("a@example.com", noon))
	if refusal, is := errors.AsType[*NotStoredError](err); !is || refusal.Reason != ReasonTrailBroken {
		t.Errorf("got %v, want a refusal because the trail is broken", err)
	}
	if err := rig.again().check(t.Context(), "memory"); err != nil {
		t.Errorf("the manager does not even start: %v", err)
	}
}

func TestAHeadThatIsGoneIsMended(t *testing.T) {
	heads := map[string]func(rig *rig) error{
		"missing":  func(rig *rig) error { return rig.store.remove(context.Background(), headKey) },
		"nonsense": func(rig *rig) error { return rig.store.replace(context.Background(), headKey, []byte("{}")) },
		"false": func(rig *rig) error {
			data, _, err := seal(head{Record: link{Sequence: 2, Hash: strings.Repeat("a", hashLength)}, Object: batchKey(2)})
			if err != nil {
				return err
			}
			return rig.store.replace(context.Background(), headKey, data)
		},
		"of another object": func(rig *rig) error {
			data, _, err := seal(head{Record: link{Sequence: maxBatch + 5, Hash: noHash}, Object: batchKey(5)})
			if err != nil {
				return err
			}
			return rig.store.replace(context.Background(), headKey, data)
		},
	}
	for name, damage := range heads {
		t.Run(name, func(t *testing.T) {
			rig := newRig(t)
			rig.live(t, 2)
			rig.append(t, invitation("open@example.com", rig.clock.read()))
			if err := damage(rig); err != nil {
				t.Fatal(err)
			}
			if rig.verify(t).Break == nil {
				t.Error("nobody notices")
			}
			next := rig.again()
			if unsettled, err := next.Unsettled(t.Context(), "team", "sales"); err != nil || len(unsettled) != 1 {
				t.Errorf("unsettled: %v, %v", unsettled, err)
			}
			next.append(t, invitation("next@example.com", rig.clock.read()))
			if mended := next.requireWhole(t, 7).Mended; len(mended) != 1 || mended[0].Sequence != 6 {
				t.Errorf("mended: %v", mended)
			}
			if _, said := outcomes(next.changes(t, Selection{}))[string(VerbMendHead)]; !said {
				t.Error("the trail does not say that its head was mended")
			}
		})
	}
}

// TestAFirstHeadThatIsLateIsNotMissing lets others write the first records between the looks of a process at the head and at the objects.
func TestAFirstHeadThatIsLateIsNotMissing(t *testing.T) {
	first := newRig(t)
	first.store.set(func(_ int, operation, _ string) (bool, bool) { return operation == "replace", false })
	first.append(t, invitation("first@example.com", noon))

	others := rigOn(&faulty{objects: first.store.objects}, first.clock)
	late := rigOn(&faulty{objects: first.store.objects}, first.clock)
	late.store.set(func(_ int, operation, _ string) (bool, bool) {
		if operation == "list" {
			late.store.set(nil)
			// The second object must not come before a head.
			others.store.set(func(_ int, operation, key string) (bool, bool) { return operation == "replace" && key == headKey, true })
			others.append(t, invitation("second@example.com", noon))
		}
		return false, false
	})
	late.append(t, invitation("late@example.com", noon))
	if mended := late.requireWhole(t, 3).Mended; len(mended) > 0 {
		t.Errorf("a head that nobody took away was mended: %v", mended)
	}
}

// TestAHeadIsMissedWhereOneObjectIsLeft takes away everything but the last object: the chain must not begin anew.
func TestAHeadIsMissedWhereOneObjectIsLeft(t *testing.T) {
	rig := newRig(t)
	rig.live(t, 2)
	for _, key := range []string{headKey, batchKey(1), batchKey(2), batchKey(3)} {
		if err := rig.store.remove(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	next := rig.again()
	next.append(t, invitation("next@example.com", rig.clock.read()))
	if report := next.verify(t); report.Break == nil || report.Last.Sequence != 6 || len(report.Mended) != 1 {
		t.Errorf("it breaks at %v, ends at %d, mended %v", report.Break, report.Last.Sequence, report.Mended)
	}
}

// TestAnInventedIntentIsNotSettled replaces the head by one with the same last record and open intents that nobody recorded.
func TestAnInventedIntentIsNotSettled(t *testing.T) {
	rig := newRig(t)
	rig.live(t, 2)
	genuine := invitation("genuine@example.com", rig.clock.read())
	rig.append(t, genuine)
	stored := rig.head
	changed := stored.Unsettled[0]
	changed.Person = "changed@example.com"
	nowhere := invitation("nowhere@example.com", rig.clock.read())
	elsewhere := nowhere
	elsewhere.Sequence, elsewhere.Hash = 2, noHash
	late := nowhere
	late.Sequence, late.Hash = maxSequence, noHash
	outcome := readLoosely(content(t, rig.store)[batchKey(2)])[0]
	stored.Unsettled = []Record{nowhere, elsewhere, late, changed, outcome}
	(&damage{t: t, store: rig.store}).seal(headKey, stored)

	open, err := rig.again().Unsettled(t.Context(), "team", "sales")
	if err != nil {
		t.Fatal(err)
	}
	var persons []string
	for _, intent := range open {
		persons = append(persons, intent.Person)
	}
	if diff := cmp.Diff([]string{"genuine@example.com"}, persons); diff != "" {
		t.Errorf("open (-want +got):\n%s", diff)
	}
}

// TestIntentsAreLookedForAgain lets the store be away when a process wants to know which intents are open.
func TestIntentsAreLookedForAgain(t *testing.T) {
	for _, operation := range []string{"list", "read"} {
		rig := newRig(t)
		rig.append(t, invitation("a@example.com", noon))
		next := rig.again()
		next.store.set(func(_ int, called, key string) (bool, bool) {
			return called == operation && key != headKey, false
		})
		if _, err := next.Unsettled(t.Context(), "team", "sales"); !errors.Is(err, errStore) {
			t.Errorf("%s: got %v", operation, err)
		}
		next.store.set(nil)
		if open, err := next.Unsettled(t.Context(), "team", "sales"); err != nil || len(open) != 1 {
			t.Errorf("%s: %d are open, want 1; %v", operation, len(open), err)
		}
	}
}

// TestACutEndStaysVisible cuts the end off, after which the operator goes on: the gap must not be closed.
func TestACutEndStaysVisible(t *testing.T) {
	for name, test := range map[string]struct {
		cut      func(d *damage)
		sequence uint64
	}{
		"objects": {func(d *damage) {
			d.drop(batchKey(7))
			d.drop(batchKey(6))
		}, 6},
		"after a line": {func(d *damage) {
			d.put(batchKey(7), bytes.SplitAfter(d.was[batchKey(7)], []byte("\n"))[0])
		}, 8},
		"in a line": {func(d *damage) { d.put(batchKey(7), d.was[batchKey(7)][:100]) }, 7},
		"all lines": {func(d *damage) { d.put(batchKey(7), nil) }, 7},
	} {
		for process, goOn := range map[string]func(cut *rig) *rig{
			"the same process": func(cut *rig) *rig { return cut },
			"another process":  (*rig).again,
		} {
			t.Run(name+", "+process, func(t *testing.T) {
				cut := newRig(t)
				cut.live(t, 3)
				cut.append(t, invitation("a@example.com", noon), invitation("b@example.com", noon))
				test.cut(&damage{t: t, store: cut.store, was: content(t, cut.store)})
				writer := goOn(cut)
				writer.append(t, invitation("next@example.com", noon))
				report := writer.verify(t)
				if found := report.Break; found == nil || found.Sequence != test.sequence || len(report.Mended) > 0 {
					t.Errorf("it breaks at %v, want %d; mended %v", found, test.sequence, report.Mended)
				}
			})
		}
	}
}
