package controllers

import (
	"context"
	"slices"
	"sync"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/seat"
)

// ledger is a trail in memory. It outlives the operators of a test, as a store does.
type ledger struct {
	mutex   sync.Mutex
	records []audit.Record
	// refusal is what every intent is refused with.
	refusal error
}

// Append implements Trail.
func (l *ledger) Append(_ context.Context, records ...audit.Record) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	intends := slices.ContainsFunc(records, func(record audit.Record) bool { return record.Phase == audit.PhaseIntended })
	if intends && l.refusal != nil {
		return l.refusal
	}
	l.records = append(l.records, records...)
	return nil
}

// Unsettled implements Trail.
func (l *ledger) Unsettled(_ context.Context, namespace, name string) ([]audit.Record, error) {
	var open []audit.Record
	for _, change := range l.changes() {
		last := change[len(change)-1]
		unknown := last.Phase == audit.PhaseIntended || last.Phase == audit.PhaseOutcome && last.Result == audit.ResultUnknown
		if unknown && last.Workspace.Namespace == namespace && last.Workspace.Name == name {
			open = append(open, change[0])
		}
	}
	return open, nil
}

// SaveEvidence implements Trail.
func (l *ledger) SaveEvidence(_ context.Context, entry audit.Entry) audit.Evidence {
	kept := audit.Evidence{Key: "evidence/" + entry.Reason, Digests: map[string]string{"txt": entry.Snapshot}}
	if len(entry.Screenshot) > 0 {
		kept.Digests["png"] = string(entry.Screenshot)
	}
	return kept
}

// WhereIs implements Trail.
func (*ledger) WhereIs(evidence audit.Evidence) string {
	return "https://evidence.example.com/" + evidence.Object()
}

// changes returns the records of each change or note, in the order in which they were begun.
func (l *ledger) changes() [][]audit.Record {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var changes [][]audit.Record
	places := map[string]int{}
	for _, record := range l.records {
		place, known := places[record.ID]
		if !known || record.ID == "" {
			place = len(changes)
			places[record.ID] = place
			changes = append(changes, nil)
		}
		changes[place] = append(changes[place], record)
	}
	return changes
}

// of returns the records with a verb.
func (l *ledger) of(verb audit.Verb) []audit.Record {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return slices.DeleteFunc(slices.Clone(l.records), func(record audit.Record) bool { return record.Verb != verb })
}

func (l *ledger) refuse(err error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.refusal = err
}

// begun counts the intents that were not given up, by what they are about.
func (l *ledger) begun() map[seat.Change]int {
	begun := map[seat.Change]int{}
	for _, change := range l.changes() {
		first, last := change[0], change[len(change)-1]
		if first.Phase == audit.PhaseIntended && last.Reason != audit.ReasonNotStarted {
			begun[seat.Change{Verb: seat.Verb(first.Verb), Email: seat.Email(first.Person), Role: seat.Role(first.Role)}]++
		}
	}
	return begun
}

// begunAccess counts the intents about groups, budgets and limits that were not given up.
func (l *ledger) begunAccess() map[access.Key]int {
	begun := map[access.Key]int{}
	for _, change := range l.changes() {
		first, last := change[0], change[len(change)-1]
		if first.Phase == audit.PhaseIntended && last.Reason != audit.ReasonNotStarted && isAccessVerb(first.Verb) {
			begun[keyOf(access.Verb(first.Verb), first.Target, first.Person)]++
		}
	}
	return begun
}

func keyOf(verb access.Verb, target, person string) access.Key {
	key := access.Key{Verb: verb, Email: seat.Email(person)}
	switch verb.Section() {
	case access.SectionGroups:
		key.Group = target
	case access.SectionBudgets:
		key.Budget = target
	default:
	}
	return key
}

// checkLedger makes sure that nothing was asked of Clay without an intent on record.
func (h *harness) checkLedger() {
	begun, begunAccess := h.ledger.begun(), h.ledger.begunAccess()
	h.clay.read(func(c *clay) {
		for _, change := range slices.Concat(c.access.batches...) {
			if begunAccess[change.Key()]--; begunAccess[change.Key()] < 0 {
				h.t.Errorf("%s of %s %s was asked of Clay more often than there are intents on record", change.Verb, change.Email, change.Name())
			}
		}
		for _, change := range slices.Concat(c.batches...) {
			key := seat.Change{Verb: change.Verb, Email: change.Email, Role: change.Role}
			if begun[key]--; begun[key] < 0 {
				h.t.Errorf("%s of %s was asked of Clay more often than there are intents on record", change.Verb, change.Email)
			}
		}
	})
}
