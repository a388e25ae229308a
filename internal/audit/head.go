package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

const (
	// maxUnsettled bounds the head: four passes that are cut off at once.
	maxUnsettled = 1000
	// unsettledAge is how long somebody may come and settle an unknown. After that it stays unknown.
	unsettledAge = 7 * 24 * time.Hour
	// mendDepth is how many objects are read for unsettled intents where the head is lost: days of ordinary life.
	mendDepth = 100
)

// head names the last record, so that a cut end is noticed, and carries the intents whose end nobody knows, so that whoever comes after a
// crash can settle them.
type head struct {
	// Record is the last one, and Object the key of the object that it ends.
	Record    link     `json:"record"`
	Object    string   `json:"object"`
	Unsettled []Record `json:"unsettled,omitempty"`
}

// readHead returns the stored head; false says that there is none that can be trusted.
func (t *Trail) readHead(ctx context.Context) (head, bool, error) {
	data, found, err := t.objects.read(ctx, headKey)
	if err != nil {
		return head{}, false, fmt.Errorf("read the head of the trail: %w", err)
	}
	stored, sound := openHead(data)
	if !found || !sound {
		return head{}, false, nil
	}
	last, found, err := t.lastOf(ctx, stored.Object)
	if err != nil {
		return head{}, false, fmt.Errorf("read what the head of the trail names: %w", err)
	}
	// Where the object is gone, or ends before the record that the head knew, the end was cut off. Going on after the head keeps the gap
	// visible.
	return stored, !found || last.Sequence < stored.Record.Sequence || last == stored.Record, nil
}

// openHead returns what is written in a head, or false where it was not written here.
func openHead(data []byte) (head, bool) {
	var stored head
	if _, err := unseal(data, &stored); err != nil {
		return head{}, false
	}
	first, isBatch := firstOf(stored.Object)
	return stored, isBatch && first <= stored.Record.Sequence && stored.Record.Sequence < first+maxBatch && stored.Record.Sequence <= maxSequence
}

// lastOf returns the place that an object ends at, without looking at what comes before. One that cannot be read ends before its first record.
func (t *Trail) lastOf(ctx context.Context, key string) (link, bool, error) {
	data, found, err := t.objects.read(ctx, key)
	if err != nil || !found {
		return link{}, false, err
	}
	records := readLoosely(data)
	if len(records) == 0 || !strings.HasSuffix(string(data), "\n") {
		return link{}, true, nil
	}
	last := records[len(records)-1]
	return last.place(), true, nil
}

// saveHead stores the head. Without it the trail is whole all the same, so that a failure only leaves it for later.
func (t *Trail) saveHead(ctx context.Context) {
	data, _, err := seal(t.head)
	if err == nil {
		err = t.objects.replace(ctx, headKey, data)
	}
	t.headBehind = err != nil
	if err != nil {
		t.log.Warn("the head of the trail stays behind until the next record", slog.Any("error", err))
	}
}

// resume finds the real end of the chain: the head, and what was written after it by a process that died, or by another one.
func (t *Trail) resume(ctx context.Context) error {
	stored, trusted, err := t.readHead(ctx)
	if err != nil {
		return err
	}
	if !trusted && t.head.Record.Sequence == 0 {
		if stored, trusted, err = t.missHead(ctx); err != nil {
			return err
		}
	}
	if trusted && stored.Record.Sequence >= t.head.Record.Sequence {
		if stored.Unsettled, err = t.inChain(ctx, stored.Unsettled); err != nil {
			return err
		}
		t.head = stored
	}
	for {
		adopted, err := t.adoptNext(ctx)
		if err != nil || len(adopted) == 0 {
			return err
		}
	}
}

// inChain returns those intents of a head that are in the chain, as they are there. Somebody else put the others into the head; to settle one would
// make a genuine record of it.
func (t *Trail) inChain(ctx context.Context, intents []Record) ([]Record, error) {
	if len(intents) == 0 {
		return nil, nil
	}
	listed, err := t.objects.list(ctx, trailPrefix, 0)
	if err != nil {
		return nil, fmt.Errorf("list the records: %w", err)
	}
	keys := batchesOf(listed)
	batches := map[string][]Record{}
	var there []Record
	for _, intent := range intents {
		after, exact := slices.BinarySearch(keys, batchKey(intent.Sequence))
		if !exact {
			after--
		}
		if after < 0 {
			continue
		}
		key := keys[after]
		if _, read := batches[key]; !read {
			data, _, err := t.objects.read(ctx, key)
			if err != nil {
				return nil, fmt.Errorf("read the intents that are open: %w", err)
			}
			batches[key] = readLoosely(data)
		}
		for _, record := range batches[key] {
			if record.place() == intent.place() && isIntent(record) {
				there = append(there, record)
			}
		}
	}
	if dropped := len(intents) - len(there); dropped > 0 {
		t.log.Warn("the head of the trail calls intents open that are not in the trail; they are left out", "number", dropped)
	}
	return there, nil
}

// adoptNext goes on to the end of the next object, where there is one, and returns the records in it.
func (t *Trail) adoptNext(ctx context.Context) ([]Record, error) {
	key := batchKey(t.head.Record.Sequence + 1)
	data, found, err := t.objects.read(ctx, key)
	if err != nil || !found {
		return nil, err
	}
	records, err := readBatch(data, t.head.Record)
	if err != nil {
		return nil, &brokenError{key: key, err: err}
	}
	t.advance(key, records)
	t.log.Info("records that were in the store already are taken in", "object", key, "number", len(records),
		"sequence", t.head.Record.Sequence, "hash", t.head.Record.Hash)
	return records, nil
}

// advance takes in records that are in the store.
func (t *Trail) advance(key string, records []Record) {
	last := records[len(records)-1]
	t.head.Record, t.head.Object = last.place(), key
	for _, record := range records {
		t.head.Unsettled = slices.DeleteFunc(t.head.Unsettled, func(open Record) bool {
			return open.ID == record.ID && !record.open()
		})
		if record.Phase == PhaseIntended {
			t.head.Unsettled = append(t.head.Unsettled, record)
			t.disown(record)
		}
		if contains(t.pending, record) {
			t.pending = slices.DeleteFunc(t.pending, record.sameMoment)
			t.options.Count(RecordStored, 1)
			t.log.Info("recorded", record.attribute())
		}
	}
	oldest := t.now().Add(-unsettledAge)
	t.head.Unsettled = slices.DeleteFunc(t.head.Unsettled, func(open Record) bool { return open.Time.Before(oldest) })
	t.head.Unsettled = t.head.Unsettled[max(0, len(t.head.Unsettled)-maxUnsettled):]
}

// missHead decides what it means that there was no head to trust. The first one comes after the first object, and before the second; so where
// there is a later object, it is there by now, or somebody took it away.
func (t *Trail) missHead(ctx context.Context) (head, bool, error) {
	listed, err := t.objects.list(ctx, trailPrefix, 0)
	if err != nil {
		return head{}, false, fmt.Errorf("list the records: %w", err)
	}
	keys := batchesOf(listed)
	if len(keys) == 0 || keys[len(keys)-1] == batchKey(start().Sequence+1) {
		return head{}, false, nil
	}
	stored, trusted, err := t.readHead(ctx)
	if err != nil || trusted {
		return stored, trusted, err
	}
	return head{}, false, t.mendHead(ctx, keys)
}

// mendHead makes a head from the objects. What else was taken away with it cannot be known any more, so that the trail says that it was mended.
func (t *Trail) mendHead(ctx context.Context, keys []string) error {
	for _, key := range keys[max(0, len(keys)-mendDepth):] {
		data, found, err := t.objects.read(ctx, key)
		if err != nil {
			return fmt.Errorf("read the records: %w", err)
		}
		if records := readLoosely(data); found && len(records) > 0 {
			t.advance(key, records)
		}
	}
	if t.head.Object != keys[len(keys)-1] {
		return &brokenError{key: keys[len(keys)-1], err: errors.New("the last object cannot be read")}
	}
	t.log.Warn("the head of the trail was missing, unreadable or false, and was made anew", "sequence", t.head.Record.Sequence, "hash", t.head.Record.Hash)
	t.pending = append([]Record{t.complete(Record{Phase: PhaseNoted, Verb: VerbMendHead})}, t.pending...)
	return nil
}

// batchesOf returns the keys of the objects that hold records, in their order.
func batchesOf(listed []object) []string {
	var keys []string
	for _, each := range listed {
		if _, isBatch := firstOf(each.key); isBatch {
			keys = append(keys, each.key)
		}
	}
	return keys
}

// brokenError says that the store holds something that is no continuation of the chain. Writing on would make a second chain.
type brokenError struct {
	key string
	err error
}

func (e *brokenError) Error() string { return fmt.Sprintf("the trail breaks in %s: %v", e.key, e.err) }
func (e *brokenError) Unwrap() error { return e.err }
