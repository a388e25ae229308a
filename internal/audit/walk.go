package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Break is the first place where a trail is not what was written.
type Break struct {
	// Object is the key of the object that is wrong, or would be there.
	Object string
	// Sequence is the number of the first record that cannot be relied on; zero where it is not about a record.
	Sequence uint64
	// What is what is wrong, as a clause.
	What string
}

// Error implements error.
func (b *Break) Error() string {
	if b.Sequence == 0 {
		return fmt.Sprintf("the trail breaks in %s: %s", b.Object, b.What)
	}
	return fmt.Sprintf("the trail breaks at record %d in %s: %s", b.Sequence, b.Object, b.What)
}

// walker goes through a trail from its beginning to its end.
type walker struct {
	objects objects
	// visit gets every record that can be read, in the order of the objects, and whether the trail is whole up to there.
	visit func(record Record, whole bool)

	at     link
	number int // of objects
	broken *Break
	// placed are the places that the ends of the chain name, and whether they were seen.
	placed map[link]bool
	// attested is true once a record said the same as the anchor.
	attested bool

	// intended are the ids of the changes whose intents were seen.
	intended map[string]bool
	// keptSince is the latest time in the first object. Retention has removed nothing that is later.
	keptSince time.Time
	// orphan is the first record of what became of a change that was never intended.
	orphan *Break
}

// outline is what a store says of its trail besides the records.
type outline struct {
	anchor anchor
	// anchorErr says that the anchor cannot be used.
	anchorErr error
	head      head
	// hasHead is false where there is none, and headErr says that it cannot be used.
	hasHead bool
	headErr error
	keys    []string
	// strange are the keys of objects that nobody here writes.
	strange []string
}

// readOutline reads the ends before it lists what is between them, so that what is written or removed meanwhile is no contradiction.
func readOutline(ctx context.Context, objects objects) (outline, error) {
	var found outline
	var broken *brokenError
	var err error
	if found.anchor, err = readAnchor(ctx, objects); errors.As(err, &broken) {
		found.anchor, found.anchorErr = anchor{Retention: Retention{First: 1, Previous: noHash}}, broken.err
	} else if err != nil {
		return outline{}, err
	}
	data, hasHead, err := objects.read(ctx, headKey)
	if err != nil {
		return outline{}, fmt.Errorf("read the head: %w", err)
	}
	if found.hasHead = hasHead; hasHead {
		_, found.headErr = unseal(data, &found.head)
	}
	listed, err := objects.list(ctx, trailPrefix, 0)
	if err != nil {
		return outline{}, fmt.Errorf("list the records: %w", err)
	}
	for _, each := range listed {
		if _, isBatch := firstOf(each.key); isBatch {
			found.keys = append(found.keys, each.key)
		} else if !slices.Contains([]string{headKey, anchorKey, probeKey}, each.key) && !leftover.MatchString(each.key) {
			found.strange = append(found.strange, each.key)
		}
	}
	return found, nil
}

// walk reads all records that retention has left. It remembers the first break and goes on after it, where anything can be read.
func (w *walker) walk(ctx context.Context, found outline) error {
	w.at = found.anchor.before()
	if found.anchorErr != nil {
		w.breakAt(0, anchorKey, found.anchorErr.Error())
	}
	for _, key := range found.keys {
		first, _ := firstOf(key)
		if first < found.anchor.First {
			// Retention has given it up and is about to remove it.
			continue
		}
		w.checkPlace(key, first)
		data, there, err := w.objects.read(ctx, key)
		if err != nil {
			return fmt.Errorf("read the records: %w", err)
		}
		if !there {
			w.breakAt(first, key, "the object was removed while it was to be read")
			continue
		}
		w.number++
		w.take(key, data, found.anchor)
	}
	return ctx.Err()
}

// checkPlace says what is wrong with an object's place after the one before.
func (w *walker) checkPlace(key string, first uint64) {
	next := w.at.Sequence + 1
	switch {
	case first > next:
		w.breakAt(next, batchKey(next), fmt.Sprintf("the records %d to %d are missing", next, first-1))
	case first < next:
		w.breakAt(first, key, "there are two objects with this record: the trail forks")
	}
}

// take goes through the records of an object.
func (w *walker) take(key string, data []byte, from anchor) {
	var records []Record
	if w.broken == nil {
		var err error
		if records, err = readBatch(data, w.at); err != nil {
			w.breakAt(w.at.Sequence+uint64(len(records))+1, key, err.Error())
		}
	}
	whole := len(records)
	if w.broken != nil {
		records = readLoosely(data)
	}
	for _, record := range records {
		if w.number == 1 && record.Time.After(w.keptSince) {
			w.keptSince = record.Time
		}
	}
	for i, record := range records {
		w.at = record.place()
		if _, named := w.placed[w.at]; named {
			w.placed[w.at] = true
		}
		w.attested = w.attested || from.attestedBy(record)
		known := w.hasIntent(record, from)
		if !known && w.orphan == nil {
			w.orphan = &Break{Sequence: record.Sequence, Object: key, What: "it says what became of a change for which there is no intent"}
		}
		w.visit(record, known && i < whole)
	}
}

// clockUnit is that of the times in records, which their differences may be off by.
const clockUnit = time.Millisecond

// hasIntent says whether the intent came before a record that needs one, or went with what retention has removed.
func (w *walker) hasIntent(record Record, from anchor) bool {
	switch record.Phase {
	case PhaseIntended:
		w.intended[record.ID] = true
		return true
	case PhaseOutcome, PhaseSettled:
		begun := record.Time.Add(-time.Duration(record.DurationMilliseconds)*time.Millisecond - clockUnit)
		return w.intended[record.ID] || from.First > 1 && !begun.After(w.keptSince)
	default:
		return true
	}
}

func (w *walker) breakAt(sequence uint64, key, what string) {
	if w.broken == nil {
		w.broken = &Break{Sequence: sequence, Object: key, What: what}
	}
}
