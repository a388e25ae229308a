package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// anchor is where the chain begins, and the record that says so too.
type anchor struct {
	Retention

	// Record is the place of the record of VerbRemoveOldRecords, and Object the key of the object that it is in.
	Record link   `json:"record"`
	Object string `json:"object"`

	// attested is true where this process knows that the chain says the same. Any other anchor may be anybody's.
	attested bool
}

// readAnchor returns the anchor, or that of a chain that begins at its beginning.
func readAnchor(ctx context.Context, objects objects) (anchor, error) {
	data, found, err := objects.read(ctx, anchorKey)
	if err != nil {
		return anchor{}, fmt.Errorf("read the anchor: %w", err)
	}
	if !found {
		return anchor{Retention: Retention{First: 1, Previous: noHash}}, nil
	}
	var stored anchor
	if _, err := unseal(data, &stored); err != nil {
		return anchor{}, &brokenError{key: anchorKey, err: err}
	}
	if stored.First == 0 || stored.First > maxSequence {
		return anchor{}, &brokenError{key: anchorKey, err: errors.New("it names no record")}
	}
	return stored, nil
}

// before returns the place before the first record that retention left.
func (a anchor) before() link { return link{Sequence: a.First - 1, Hash: a.Previous} }

// removeOldRecords removes the objects from the beginning of the chain all of whose records are older than retention. The last object always
// stays.
//
// First a record says what will go, then the anchor is moved, and then the objects go. A process that dies in between
// leaves objects before the anchor, which are no part of the chain any more and go the next time.
func (t *Trail) removeOldRecords(ctx context.Context) error {
	from, err := readAnchor(ctx, t.objects)
	if err != nil {
		return err
	}
	for {
		keys, err := t.firstBatches(ctx)
		if err != nil {
			return err
		}
		kept := slices.IndexFunc(keys, func(key string) bool { first, _ := firstOf(key); return first >= from.First })
		if kept < 0 {
			kept = len(keys)
		}
		if err := t.removeAll(ctx, keys[:kept], &from); err != nil {
			return err
		}
		to, err := t.oldUntil(ctx, keys[kept:], from.before())
		if err != nil {
			return err
		}
		if to == from.before() && kept == 0 {
			return nil
		}
		if to == from.before() {
			continue
		}
		if from, err = t.moveAnchor(ctx, Retention{First: to.Sequence + 1, Previous: to.Hash}); err != nil {
			return err
		}
	}
}

// retentionBatch is how many objects are removed at a time; a cloud lists as many at once.
const retentionBatch = 1000

// firstBatches returns the keys of the first objects that hold records.
func (t *Trail) firstBatches(ctx context.Context) ([]string, error) {
	listed, err := t.objects.list(ctx, trailPrefix, retentionBatch)
	if err != nil {
		return nil, fmt.Errorf("list the records: %w", err)
	}
	return batchesOf(listed), nil
}

// oldUntil returns the place before the first object that is not too old.
func (t *Trail) oldUntil(ctx context.Context, keys []string, from link) (link, error) {
	cutoff := t.now().Add(-t.options.Retention)
	for _, key := range keys[:max(0, len(keys)-1)] {
		data, found, err := t.objects.read(ctx, key)
		if err != nil || !found {
			return from, err
		}
		records, err := readBatch(data, from)
		if err != nil {
			// Removing a broken piece would destroy the sign that something was changed.
			return from, &brokenError{key: key, err: err}
		}
		if slices.ContainsFunc(records, func(record Record) bool { return record.Time.After(cutoff) }) {
			return from, nil
		}
		from = records[len(records)-1].place()
	}
	return from, nil
}

// moveAnchor says in the chain, and then in the anchor, where the chain begins.
func (t *Trail) moveAnchor(ctx context.Context, to Retention) (anchor, error) {
	record, object, err := t.note(ctx, Record{Phase: PhaseNoted, Verb: VerbRemoveOldRecords, Retention: &to})
	if err != nil {
		return anchor{}, fmt.Errorf("record what will be removed: %w", err)
	}
	moved := anchor{Retention: to, Record: record.place(), Object: object, attested: true}
	data, _, err := seal(moved)
	if err == nil {
		err = t.objects.replace(ctx, anchorKey, data)
	}
	if err != nil {
		return anchor{}, fmt.Errorf("move the anchor: %w", err)
	}
	return moved, nil
}

// note stores a record of the trail's own, and returns it as it is in the chain, and the key of its object.
func (t *Trail) note(ctx context.Context, record Record) (Record, string, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	t.turn <- struct{}{}
	defer func() { <-t.turn }()
	record = t.complete(record)
	t.pending = append(t.pending, record)
	if err := t.flush(ctx); err != nil {
		t.pending = slices.DeleteFunc(t.pending, record.sameMoment)
		return Record{}, "", err
	}
	data, _, err := t.objects.read(ctx, t.head.Object)
	if err != nil {
		return Record{}, "", err
	}
	for _, stored := range readLoosely(data) {
		if stored.sameMoment(record) {
			return stored, t.head.Object, nil
		}
	}
	return Record{}, "", fmt.Errorf("the record is not in %s", t.head.Object)
}

// attest returns an error unless the chain says the same as an anchor that leaves out objects which are still there. A forged anchor must not make
// the trail destroy itself, and neither must one with a forged record at the end: what goes is old besides.
//
// It walks along the whole chain. That happens only after a process that died before it had removed what its anchor left out.
func (t *Trail) attest(ctx context.Context, from anchor) error {
	listed, err := t.objects.list(ctx, trailPrefix, 0)
	if err != nil {
		return fmt.Errorf("list the records: %w", err)
	}
	cutoff := t.now().Add(-t.options.Retention)
	var at link
	reached := false
	for i, key := range batchesOf(listed) {
		data, _, err := t.objects.read(ctx, key)
		if err != nil {
			return fmt.Errorf("read the records behind the anchor: %w", err)
		}
		if first := readLoosely(data); i == 0 && len(first) > 0 {
			// What came before the first object may have been removed already.
			at = link{Sequence: first[0].Sequence - 1, Hash: first[0].Previous}
		}
		records, err := readBatch(data, at)
		if err != nil {
			return &brokenError{key: key, err: err}
		}
		for _, record := range records {
			at = record.place()
			if record.Sequence < from.First && record.Time.After(cutoff) {
				return &brokenError{key: anchorKey, err: errNotOld}
			}
			reached = reached || at == from.before()
			if reached && key == from.Object && from.attestedBy(record) {
				return nil
			}
		}
	}
	return &brokenError{key: anchorKey, err: errNotAttested}
}

// removeAll removes objects that an anchor leaves out.
func (t *Trail) removeAll(ctx context.Context, keys []string, from *anchor) error {
	if len(keys) == 0 {
		return nil
	}
	if !from.attested {
		if err := t.attest(ctx, *from); err != nil {
			return err
		}
		from.attested = true
	}
	for _, key := range keys {
		if err := t.objects.remove(ctx, key); err != nil {
			return fmt.Errorf("remove %s: %w", key, err)
		}
	}
	return nil
}

// errNotOld is what is wrong with an anchor that somebody else made, or that was made before retention was lengthened. What it leaves out
// goes when it is old.
var errNotOld = errors.New("it leaves out records that are not older than retention")

// errNotAttested is what is wrong with an anchor that somebody else made.
var errNotAttested = errors.New("no record in the trail says that retention removed what the anchor leaves out")

// attestedBy says whether a record says the same as the anchor.
func (a anchor) attestedBy(record Record) bool {
	return record.place() == a.Record && record.Verb == VerbRemoveOldRecords &&
		record.Retention != nil && *record.Retention == a.Retention
}
