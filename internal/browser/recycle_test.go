package browser

import (
	"sync"
	"testing"
	"time"
)

func TestContextDue(t *testing.T) {
	cases := map[string]struct {
		operations int
		age        time.Duration
		want       Reason
	}{
		"new":             {0, 0, ""},
		"almost":          {49, 30*time.Minute - 1, ""},
		"many operations": {50, 0, ReasonOperations},
		"old":             {1, 30 * time.Minute, ReasonContextAge},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := (Limits{}).withDefaults().contextDue(c.operations, c.age); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestBrowserDue(t *testing.T) {
	cases := map[string]struct {
		contexts int
		age      time.Duration
		memory   uint64
		limits   Limits
		want     Reason
	}{
		"new":           {},
		"almost":        {contexts: 499, age: 6*time.Hour - 1, memory: 1 << 40},
		"many contexts": {contexts: 500, want: ReasonContexts},
		"old":           {age: 6 * time.Hour, want: ReasonBrowserAge},
		"fat":           {memory: 100, limits: Limits{Memory: 100}, want: ReasonMemory},
		"own limits":    {contexts: 3, limits: Limits{BrowserContexts: 3}, want: ReasonContexts},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := c.limits.withDefaults().browserDue(c.contexts, c.age, c.memory); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestStrikes(t *testing.T) {
	cases := map[string]struct {
		names []string // an empty name is a success
		want  bool
	}{
		"none":                       {nil, false},
		"one":                        {[]string{"read"}, false},
		"the same twice":             {[]string{"read", "read"}, false},
		"two different":              {[]string{"read", "invite"}, true},
		"two with a success between": {[]string{"read", "", "invite"}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var s strikes
			for _, name := range c.names {
				if name == "" {
					s.clear()
				} else {
					s.add(name)
				}
			}
			if got := s.out(); got != c.want {
				t.Errorf("out = %v, want %v", got, c.want)
			}
		})
	}
}

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// TestRecycling walks through the life of contexts and browsers in one real browser and its successors.
func TestRecycling(t *testing.T) {
	clock := newClock()
	b := startOwn(t, Options{Now: clock.Now, Limits: Limits{ContextOperations: 3, BrowserContexts: 5}})
	lease := func(key string) *Session {
		t.Helper()
		s, err := b.Acquire(t.Context(), SessionOptions{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	expect := func(reason string, s *Session, fresh bool, starts uint64) {
		t.Helper()
		if s.Fresh() != fresh || b.Stats().Starts != starts {
			t.Errorf("%s: fresh %v, want %v; %d starts, want %d", reason, s.Fresh(), fresh, b.Stats().Starts, starts)
		}
	}

	s := lease("a")
	expect("the first lease makes a context", s, true, 1)
	evaluate(t, s, "1")
	s.Release()
	s = lease("a")
	expect("the context stays warm", s, false, 1)
	evaluate(t, s, "1")
	evaluate(t, s, "1")
	s.Release()
	s = lease("a")
	expect("three operations wear it out", s, true, 1)
	s.Release()
	clock.advance(DefaultLimits.ContextAge)
	s = lease("a")
	expect("half an hour wears it out", s, true, 1)
	s.Retire(ReasonAmbiguousWrite)
	s.Release()
	s = lease("a")
	expect("the owner may ask for a new one", s, true, 1)
	s.Release()
	s = lease("b")
	expect("another key has another context", s, true, 1)

	// That was the fifth context. The browser is replaced when b is back, and not before.
	type result struct {
		s   *Session
		err error
	}
	acquired := make(chan result, 1)
	go func() {
		s, err := b.Acquire(t.Context(), SessionOptions{Key: "a"})
		acquired <- result{s, err}
	}()
	evaluate(t, s, "1")
	if s.Lost() {
		t.Error("the drain took a session that was in use")
	}
	s.Release()
	got := <-acquired
	if got.err != nil {
		t.Fatal(got.err)
	}
	expect("five contexts wear out the browser", got.s, true, 2)
	got.s.Release()

	clock.advance(DefaultLimits.BrowserAge)
	s = lease("a")
	expect("six hours wear out the browser", s, true, 3)
	s.engine.strikes.add("read")
	s.engine.strikes.add("invite")
	s.Release()
	s = lease("a")
	expect("two strikes put the browser out", s, true, 4)
	s.Release()

	recycles := b.Stats().Recycles
	for _, reason := range []Reason{ReasonOperations, ReasonContextAge, ReasonAmbiguousWrite, ReasonContexts, ReasonBrowserAge, ReasonStrikes} {
		if recycles[reason] == 0 {
			t.Errorf("no recycle was counted for %s: %v", reason, recycles)
		}
	}
}
