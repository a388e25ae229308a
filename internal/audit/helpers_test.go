package audit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// errStore is what a faulty store says.
var errStore = errors.New("the store is on fire")

// faulty is a store that fails when it is told to. The zero fault never strikes.
type faulty struct {
	objects

	mu    sync.Mutex
	calls int
	// strike decides about each call, by its number from 1, whether it fails, and whether it does its work all the same.
	strike func(call int, operation, key string) (fail, work bool)
}

func memory() *faulty {
	return &faulty{objects: newShelf()}
}

// shelf is a store in memory, without anything that costs time.
type shelf struct {
	mu    sync.Mutex
	items map[string][]byte
}

func newShelf() objects { return &shelf{items: map[string][]byte{}} }

func (s *shelf) create(ctx context.Context, key string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.items[key]; there {
		return errExists
	}
	s.items[key] = data
	return ctx.Err()
}

func (s *shelf) replace(ctx context.Context, key string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[key] = data
	return ctx.Err()
}

func (s *shelf) read(ctx context.Context, key string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, there := s.items[key]
	return data, there, ctx.Err()
}

func (s *shelf) list(ctx context.Context, prefix string, limit int) ([]object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var listed []object
	for _, key := range slices.Sorted(maps.Keys(s.items)) {
		if strings.HasPrefix(key, prefix) && (limit == 0 || len(listed) < limit) {
			listed = append(listed, object{key: key, size: int64(len(s.items[key]))})
		}
	}
	return listed, ctx.Err()
}

func (s *shelf) remove(ctx context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, key)
	return ctx.Err()
}

func (*shelf) close() error { return nil }

func (f *faulty) call(operation, key string, work func() error) error {
	f.mu.Lock()
	f.calls++
	strike, call := f.strike, f.calls
	f.mu.Unlock()
	if strike == nil {
		return work()
	}
	fail, works := strike(call, operation, key)
	if !fail {
		return work()
	}
	if works {
		// What it says is lost.
		_ = work()
	}
	return fmt.Errorf("%s %s: %w", operation, key, errStore)
}

func (f *faulty) set(strike func(call int, operation, key string) (fail, work bool)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls, f.strike = 0, strike
}

func (f *faulty) create(ctx context.Context, key string, data []byte) error {
	return f.call("create", key, func() error { return f.objects.create(ctx, key, data) })
}

func (f *faulty) replace(ctx context.Context, key string, data []byte) error {
	return f.call("replace", key, func() error { return f.objects.replace(ctx, key, data) })
}

func (f *faulty) read(ctx context.Context, key string) (data []byte, found bool, err error) {
	err = f.call("read", key, func() error {
		data, found, err = f.objects.read(ctx, key)
		return err
	})
	return data, found, err
}

func (f *faulty) list(ctx context.Context, prefix string, limit int) (listed []object, err error) {
	err = f.call("list", prefix, func() error {
		listed, err = f.objects.list(ctx, prefix, limit)
		return err
	})
	return listed, err
}

func (f *faulty) remove(ctx context.Context, key string) error {
	return f.call("remove", key, func() error { return f.objects.remove(ctx, key) })
}

// always fails every call of some operations; none named means all.
func always(operations ...string) func(int, string, string) (bool, bool) {
	return func(_ int, operation, _ string) (bool, bool) {
		return len(operations) == 0 || slices.Contains(operations, operation), false
	}
}

// clock is a time that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// counter counts events.
type counter struct {
	mu     sync.Mutex
	events map[Event]int
}

func (c *counter) count(event Event, times int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if times == 0 {
		return
	}
	if c.events == nil {
		c.events = map[Event]int{}
	}
	c.events[event] += times
}

func (c *counter) all() map[Event]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.events)
}

// rig is a trail with everything that a test turns.
type rig struct {
	*Trail

	store  *faulty
	clock  *clock
	counts *counter
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return rigOn(memory(), &clock{now: noon})
}

func rigOn(store *faulty, clock *clock) *rig {
	counts := &counter{}
	return &rig{store: store, clock: clock, counts: counts, Trail: newTrail(store, Options{
		Operator: Operator{Version: "v1.2.3", Host: "clay-operator-0"}, Count: counts.count, now: clock.read,
	})}
}

// again is the trail as another process sees it that starts now.
func (r *rig) again() *rig { return rigOn(r.store, r.clock) }

func (r *rig) append(t *testing.T, records ...Record) {
	t.Helper()
	if err := r.Append(t.Context(), records...); err != nil {
		t.Fatal(err)
	}
}

// invitation is an intent to invite somebody.
func invitation(person string, at time.Time) Record {
	return Intend(Record{
		Time: at, Verb: VerbInvite, Person: person, Role: "Editor",
		Workspace: Workspace{Namespace: "team", Name: "sales", ID: "4711"},
		AskedBy: Requester{
			Kind: "ClayUser", Namespace: "team", Name: "casey", UID: "0b5e", Generation: 3, FieldManager: "argocd-controller",
		},
	})
}

// live makes a trail of some days: each day an invitation with its outcome, the intent and the outcome in objects of their own.
func (r *rig) live(t *testing.T, days int) {
	t.Helper()
	for day := range days {
		intent := invitation(fmt.Sprintf("person%d@example.com", day), r.clock.read())
		r.append(t, intent)
		r.clock.forward(time.Minute)
		outcome := intent.Became(ResultApplied, r.clock.read())
		outcome.Proof = fmt.Sprintf("read-%d", day)
		r.append(t, outcome)
		r.clock.forward(24*time.Hour - time.Minute)
	}
}

func (r *rig) verify(t *testing.T, expected ...Place) Report {
	t.Helper()
	report, err := (&Reader{objects: r.store}).Verify(t.Context(), expected...)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// requireWhole fails the test where the trail is broken, or has not so many records.
func (r *rig) requireWhole(t *testing.T, records int) Report {
	t.Helper()
	report := r.verify(t)
	if report.Break != nil || report.Records != records {
		t.Fatalf("%d records, want %d; break: %v", report.Records, records, report.Break)
	}
	return report
}

// changes exports everything.
func (r *rig) changes(t *testing.T, selection Selection) []Change {
	t.Helper()
	changes, _, err := (&Reader{objects: r.store}).Changes(t.Context(), selection)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// outcomes maps persons, or verbs of what is about nobody, to outcomes.
func outcomes(changes []Change) map[string]string {
	result := map[string]string{}
	for _, change := range changes {
		name := change.Person
		if name == "" {
			name = string(change.Verb)
		}
		result[name] = change.Outcome + change.Reason
	}
	return result
}
