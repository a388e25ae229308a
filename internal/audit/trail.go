package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

const (
	// DefaultRetention is how long records are kept: a year, and a month in which to audit it.
	DefaultRetention = 400 * 24 * time.Hour
	// DefaultEvidenceRetention is how long evidence is kept: long enough to look into a fault, short for pictures of people's names.
	DefaultEvidenceRetention = 30 * 24 * time.Hour

	// storeTimeout bounds one Append, and one SaveEvidence. A store that takes longer is as good as gone, and a pass waits for it.
	storeTimeout = 30 * time.Second
	// intentTimeout bounds what comes between a reading of Clay and the changes that follow from it: an Append with intents, and Unsettled. Those
	// changes must not be begun any more half a minute after the reading, and a pass that finds this out by itself ends without a
	// word. Both together leave time to say that the store does not answer.
	intentTimeout = 10 * time.Second
	// maxBatch is how many records are in one object: the intents of several passes.
	maxBatch = 1000
	// maxPending is how many records wait in memory for a store that does not take them, some ten megabytes. While it does not, nothing is
	// written in Clay, and so there is little to record.
	maxPending = 10_000
	// tick is how often what waits is tried again, whether or not anything happens.
	tick = time.Minute
	// retentionPeriod is how often old records and evidence are looked for.
	retentionPeriod = time.Hour
)

// Event is something that is worth counting.
type Event string

// The events.
const (
	// RecordStored: a record is in the store.
	RecordStored Event = "RecordStored"
	// RecordDelayed: a record could not be stored, and waits in memory.
	RecordDelayed Event = "RecordDelayed"
	// RecordLost: so many records wait that this one was given up.
	RecordLost Event = "RecordLost"
	// IntentRefused: an intent could not be stored, and its change was not made.
	IntentRefused Event = "IntentRefused"
	// EvidenceStored and EvidenceLost: a piece of evidence is in the store, or was given up.
	EvidenceStored Event = "EvidenceStored"
	EvidenceLost   Event = "EvidenceLost"
)

// Options are what a trail may be told. The zero value of each stands for what its comment says.
type Options struct {
	// Operator goes into every record.
	Operator Operator
	// Retention and EvidenceRetention are the ages at which records and evidence are removed, DefaultRetention and DefaultEvidenceRetention
	// if zero.
	Retention, EvidenceRetention time.Duration
	// EvidenceURL stands before the key of an object in a link to it, for those who can read the store over the web; there are no links if empty.
	EvidenceURL string
	// Logger gets every record as a line, and what goes wrong; nothing if nil.
	Logger *slog.Logger
	// Count is called for each event with how often it happened; not at all if nil. It must be safe for use by several goroutines.
	Count func(event Event, times int)

	// now is the clock; time.Now if nil.
	now func() time.Time
}

// Trail writes records and evidence into one store. It is safe for use by several goroutines, and several processes may write into one
// store.
type Trail struct {
	objects objects
	// name is that of the store, for people.
	name    string
	options Options
	log     *slog.Logger
	now     func() time.Time

	// turn holds one token; whoever has it may use what follows.
	turn chan struct{}
	// resumed is set once the end of the chain was looked for by a process that is about to write.
	resumed bool
	head    head
	// headBehind is true where the stored head is older than this one.
	headBehind bool
	// pending are records that wait for the store, oldest first.
	pending []Record
	// refused are the intents that could not be stored as far as this process knows. Should one turn up in the store after all, the trail
	// says that it was not begun.
	refused []Record

	evidence evidenceNames
}

// Open returns the trail in the store that the URL names, and removes nothing there. A directory that is missing is made.
//
// An error says that the store cannot work as it is set up: the URL is wrong, the directory or bucket must not be written, or the store replaces
// objects that it should not. A store that only does not answer, or is full, is no error here: Append says so when it matters.
func Open(ctx context.Context, address string, options Options) (*Trail, error) {
	opened, err := openBucket(ctx, address, true)
	if err != nil {
		return nil, err
	}
	trail := newTrail(opened, options)
	trail.name = opened.name
	if err := trail.check(ctx, opened.name); err != nil {
		return nil, errors.Join(fmt.Errorf("use the audit store: %w", err), opened.close())
	}
	return trail, nil
}

func newTrail(objects objects, options Options) *Trail {
	if options.Retention == 0 {
		options.Retention = DefaultRetention
	}
	if options.EvidenceRetention == 0 {
		options.EvidenceRetention = DefaultEvidenceRetention
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.Count == nil {
		options.Count = func(Event, int) {}
	}
	if options.now == nil {
		options.now = time.Now
	}
	return &Trail{
		objects: objects,
		options: options,
		log:     options.Logger,
		now:     options.now,
		turn:    make(chan struct{}, 1),
		head:    head{Record: start()},
	}
}

// Append stores records in the chain, in their order, and returns when they are there.
//
// An error is a *NotStoredError. It says that at least one intent among the records is not in the store: none of the changes that they
// intend may be begun. Records of other phases never make an error: they wait in memory, and are tried again with the next
// Append and every minute. They are stored even when ctx has ended.
func (t *Trail) Append(ctx context.Context, records ...Record) error {
	if len(records) == 0 {
		return nil
	}
	completed := make([]Record, len(records))
	for i, record := range records {
		completed[i] = t.complete(record)
	}
	timeout := intentTimeout
	if !slices.ContainsFunc(completed, isIntent) {
		ctx, timeout = context.WithoutCancel(ctx), storeTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	// Waiting for others is bounded by what bounds each of them, so that what only waits in memory need not be left behind here.
	t.turn <- struct{}{}
	defer func() { <-t.turn }()
	return t.add(ctx, completed)
}

// complete fills in what only the trail knows.
func (t *Trail) complete(record Record) Record {
	if record.ID == "" {
		record.ID = Intend(record).ID
	}
	if record.Time.IsZero() {
		record.Time = t.now()
	}
	record.Operator = t.options.Operator
	return record.fitted()
}

func isIntent(record Record) bool { return record.Phase == PhaseIntended }

// add stores what waits and then the records, and sorts what is left over into what may wait and what may not.
func (t *Trail) add(ctx context.Context, records []Record) error {
	t.pending = append(t.pending, records...)
	err := t.flush(ctx)
	if err == nil {
		return nil
	}
	refused := slices.DeleteFunc(slices.Clone(t.pending), func(record Record) bool { return !isIntent(record) })
	t.pending = slices.DeleteFunc(t.pending, isIntent)
	delayed := slices.DeleteFunc(slices.Clone(records), func(record Record) bool { return !contains(t.pending, record) })
	if len(refused) > 0 {
		for _, record := range records {
			// The others of its kind were stored and will not be begun either.
			if isIntent(record) && !contains(refused, record) {
				delayed = append(delayed, t.notStarted(record))
				t.pending = append(t.pending, delayed[len(delayed)-1])
			}
		}
	}
	t.options.Count(RecordDelayed, len(delayed))
	for _, record := range delayed {
		t.log.Warn("a record waits for the audit store", record.attribute(), slog.Any("error", err))
	}
	t.bound()
	if len(refused) == 0 {
		return nil
	}
	t.options.Count(IntentRefused, len(refused))
	t.refused = append(t.refused, refused...)
	t.refused = t.refused[max(0, len(t.refused)-maxPending):]
	return notStored(err)
}

// bound gives up the newest of too many records that wait.
func (t *Trail) bound() {
	for _, record := range t.pending[min(len(t.pending), maxPending):] {
		t.options.Count(RecordLost, 1)
		t.log.Error("a record is lost, too many wait for the audit store", record.attribute())
	}
	t.pending = t.pending[:min(len(t.pending), maxPending)]
}

// flush stores what waits.
func (t *Trail) flush(ctx context.Context) error {
	if err := t.begin(ctx); err != nil {
		return err
	}
	for len(t.pending) > 0 {
		if err := t.store(ctx, t.pending[:min(len(t.pending), maxBatch)]); err != nil {
			return err
		}
	}
	if t.headBehind {
		t.saveHead(ctx)
	}
	return nil
}

// begin looks for the end of the chain before the first use: what a standby saw when it started is long past when it leads.
func (t *Trail) begin(ctx context.Context) error {
	if t.resumed {
		return nil
	}
	if err := t.resume(ctx); err != nil {
		return err
	}
	t.resumed = true
	return nil
}

// store makes the next object of the chain from records that wait. Where another writer, or an earlier attempt whose answer was
// lost, was there first, it takes that in instead.
func (t *Trail) store(ctx context.Context, records []Record) error {
	if t.headBehind {
		// Whoever comes next must not miss a head that the writer of the first object has not come to yet.
		t.saveHead(ctx)
	}
	chained, data, err := sealRecords(records, t.head.Record)
	if err != nil {
		return err
	}
	key := batchKey(t.head.Record.Sequence + 1)
	err = t.objects.create(ctx, key, data)
	if errors.Is(err, errExists) {
		adopted, err := t.adoptNext(ctx)
		if err == nil && len(adopted) == 0 {
			err = fmt.Errorf("%s can neither be written nor read", key)
		}
		// The head is of whoever wrote it, or comes with the next object.
		t.headBehind = true
		return err
	}
	if err != nil {
		return err
	}
	t.advance(key, chained)
	t.saveHead(ctx)
	return nil
}

// disown says of an intent that was refused, and is in the store all the same, that it was not begun.
func (t *Trail) disown(intent Record) {
	if contains(t.refused, intent) {
		t.refused = slices.DeleteFunc(t.refused, intent.sameMoment)
		t.pending = append(t.pending, t.notStarted(intent))
	}
}

func (t *Trail) notStarted(intent Record) Record {
	outcome := intent.Became(ResultFailed, t.now())
	outcome.Reason = ReasonNotStarted
	return t.complete(outcome)
}

// Unsettled returns the intents for a ClayWorkspace whose outcome is missing or unknown, oldest first and at most a week old, those of an
// earlier process included. It leaves out those whose outcome only waits for the store. Settle makes of one the record that a reading has
// decided it. The error is a *NotStoredError.
func (t *Trail) Unsettled(ctx context.Context, namespace, name string) ([]Record, error) {
	ctx, cancel := context.WithTimeout(ctx, intentTimeout)
	defer cancel()
	t.turn <- struct{}{}
	defer func() { <-t.turn }()
	if err := t.begin(ctx); err != nil {
		return nil, notStored(err)
	}
	return slices.DeleteFunc(slices.Clone(t.head.Unsettled), func(record Record) bool {
		return record.Workspace.Namespace != namespace || record.Workspace.Name != name || t.decides(record)
	}), nil
}

// decides says whether a record that waits for the store says what became of an intent. To settle that once more would hide what is known, and add
// a record with every reading.
func (t *Trail) decides(intent Record) bool {
	return slices.ContainsFunc(t.pending, func(record Record) bool { return record.ID == intent.ID && !record.open() })
}
