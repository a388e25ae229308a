package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// exhibit is an object of evidence as a record tells of it.
type exhibit struct{ key, digest string }

// exhibits are those that a trail tells of. The outcomes of one pass share a picture, which is looked at once.
type exhibits struct {
	all []tellingRecord
	// known are those in the list.
	known map[exhibit]bool
}

// tellingRecord is an exhibit and the number of the first record that tells of it.
type tellingRecord struct {
	exhibit

	sequence uint64
}

// take notes what a record tells of. What comes after a break may be anybody's and vouches for nothing.
func (e *exhibits) take(record Record, whole bool) {
	if !whole {
		return
	}
	for _, part := range slices.Sorted(maps.Keys(record.EvidenceDigests)) {
		one := exhibit{partKey(record.Evidence, part), record.EvidenceDigests[part]}
		if !e.known[one] {
			e.known[one] = true
			e.all = append(e.all, tellingRecord{one, record.Sequence})
		}
	}
}

// check compares the objects with what the records say. Retention takes evidence away long before the records and leaves no note, so that what is
// gone is counted and no fault.
func (e *exhibits) check(ctx context.Context, objects objects, report *Report) error {
	for _, each := range e.all {
		data, there, err := objects.read(ctx, each.key)
		switch {
		case err != nil:
			return fmt.Errorf("read the evidence: %w", err)
		case !there:
			report.EvidenceGone++
		case hashOf(data) != each.digest:
			report.Altered = append(report.Altered, Break{
				Object: each.key, Sequence: each.sequence, What: "it is not what was stored with this record: its SHA-256 is another one",
			})
		default:
			report.Evidence++
		}
	}
	return nil
}
