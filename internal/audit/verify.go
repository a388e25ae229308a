package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Place is a record's number and hash, as somebody noted them elsewhere.
type Place struct {
	Sequence uint64
	Hash     string
}

// Report is what a walk along a trail has found.
type Report struct {
	// Records are there in so many Objects. The first and the last of them have these numbers and times.
	Records, Objects    int
	FirstSequence       uint64
	FirstTime, LastTime time.Time
	Last                Place
	// Behind is how many records the head does not know yet: those of a crash, or of a moment ago.
	Behind uint64
	// Removed is how many records retention has removed from the beginning.
	Removed uint64
	// Writers made the records.
	Writers []Operator
	// Mended are the records of VerbMendHead. Before each of them records may have been cut off the end, which nothing else shows.
	Mended []Record
	// Strange are the keys of objects among the records that are none of the trail's.
	Strange []string
	// Evidence is how many objects of evidence are as the records say, and EvidenceGone how many that they tell of are not there any more.
	Evidence, EvidenceGone int
	// Altered are objects of evidence that are not what was stored with a record.
	Altered []Break
	// Break is the first thing that is wrong with the records, or nil.
	Break *Break
}

// Wrong is the first thing that is wrong with the records or with the evidence, or nil.
func (r Report) Wrong() *Break {
	if r.Break == nil && len(r.Altered) > 0 {
		return &r.Altered[0]
	}
	return r.Break
}

// Reader reads a store, and changes nothing in it.
type Reader struct {
	objects objects
}

// OpenReader returns the store that the URL names. A directory that is missing is an error.
func OpenReader(ctx context.Context, address string) (*Reader, error) {
	opened, err := openBucket(ctx, address, false)
	if err != nil {
		return nil, err
	}
	return &Reader{objects: opened}, nil
}

// Close lets go of the store.
func (r *Reader) Close() error { return r.objects.close() }

// Verify walks along the whole trail and says whether it is what was written, and the evidence what the records say. Each of the expected places
// must be in the trail. An error says that the store cannot be read; what is wrong with what is in it is in the report.
func (r *Reader) Verify(ctx context.Context, expected ...Place) (Report, error) {
	var named *exhibits
	report, err := r.walk(ctx, func() func(Record, bool) {
		named = &exhibits{known: map[exhibit]bool{}}
		return named.take
	}, expected)
	if err == nil {
		err = named.check(ctx, r.objects, &report)
	}
	if err != nil {
		return Report{}, err
	}
	return report, nil
}

// attempts is how often a walk is begun because retention removed what the one before was about to read.
const attempts = 3

// walk makes a visitor for each attempt and shows it every record that can be read, and whether the trail is whole up to there.
func (r *Reader) walk(ctx context.Context, visitor func() func(record Record, whole bool), expected []Place) (Report, error) {
	for attempt := 1; ; attempt++ {
		found, err := readOutline(ctx, r.objects)
		if err != nil {
			return Report{}, err
		}
		report, err := r.attempt(ctx, found, visitor(), expected)
		if err != nil || report.Break == nil || attempt == attempts {
			return report, err
		}
		if now, err := readAnchor(ctx, r.objects); err != nil || now.First <= found.anchor.First {
			return report, nil //nolint:nilerr // The outline says the same of an anchor that cannot be read.
		}
	}
}

func (r *Reader) attempt(ctx context.Context, found outline, visit func(Record, bool), expected []Place) (Report, error) {
	report := Report{Removed: found.anchor.First - 1, Strange: found.strange}
	writers := map[Operator]bool{}
	walk := walker{objects: r.objects, placed: map[link]bool{}, intended: map[string]bool{}, visit: func(record Record, whole bool) {
		if report.Records == 0 {
			report.FirstSequence, report.FirstTime = record.Sequence, record.Time
		}
		report.Records++
		report.LastTime = record.Time
		writers[record.Operator] = true
		if record.Verb == VerbMendHead {
			report.Mended = append(report.Mended, record)
		}
		visit(record, whole)
	}}
	for _, place := range expected {
		walk.placed[link(place)] = false
	}
	if found.hasHead && found.headErr == nil {
		walk.placed[found.head.Record] = false
	}
	if err := walk.walk(ctx, found); err != nil {
		return Report{}, err
	}
	walk.checkEnds(found, expected)
	report.Objects, report.Last, report.Break = walk.number, Place(walk.at), walk.broken
	if walk.broken == nil && found.hasHead {
		report.Behind = walk.at.Sequence - found.head.Record.Sequence
	}
	for writer := range writers {
		report.Writers = append(report.Writers, writer)
	}
	slices.SortFunc(report.Writers, func(a, b Operator) int {
		return strings.Compare(a.Host+" "+a.Version, b.Host+" "+b.Version)
	})
	return report, nil
}

// checkEnds says what is wrong with the ends of a chain whose records are right.
func (w *walker) checkEnds(found outline, expected []Place) {
	empty := w.at.Sequence == 0
	if found.anchor.First > 1 && !w.attested {
		w.breakAt(found.anchor.First, anchorKey, errNotAttested.Error())
	}
	switch last := found.head.Record; {
	case !found.hasHead && !empty:
		w.breakAt(0, headKey, "the head is missing, so that nobody knows whether records were cut off the end; "+
			"the operator makes it anew with the next record, and says so in the trail")
	case !found.hasHead:
	case found.headErr != nil:
		w.breakAt(0, headKey, found.headErr.Error())
	case last.Sequence > w.at.Sequence:
		w.breakAt(w.at.Sequence+1, batchKey(w.at.Sequence+1),
			fmt.Sprintf("the end was cut off: the head knows records up to %d", last.Sequence))
	case !w.placed[last]:
		w.breakAt(last.Sequence, headKey, "the head names another record of this number than the trail has")
	}
	if w.orphan != nil {
		w.breakAt(w.orphan.Sequence, w.orphan.Object, w.orphan.What)
	}
	for _, place := range expected {
		switch {
		case w.placed[link(place)]:
		case place.Sequence < found.anchor.First:
			w.breakAt(place.Sequence, batchKey(place.Sequence), "retention has removed the expected record: expect a newer one")
		case place.Sequence > w.at.Sequence:
			w.breakAt(w.at.Sequence+1, batchKey(w.at.Sequence+1),
				fmt.Sprintf("the end was cut off: record %d is expected", place.Sequence))
		default:
			w.breakAt(place.Sequence, batchKey(place.Sequence), "the trail has another record of this number than the expected one: it was made anew")
		}
	}
}
