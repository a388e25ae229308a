package sidecar

import (
	"context"
	"sync"
	"time"
)

const (
	// standstillLimit is how long a process may have stood still and still go on as if nothing had been. It is less than the 13
	// seconds after which another manager takes over at the earliest: a lease of 15 seconds that is renewed every two.
	standstillLimit = 10 * time.Second
	// standstillPeriod is how often a process looks whether it stood still.
	standstillPeriod = time.Second
)

// Standstill notices that this process, or the whole machine, stood still for longer than standstillLimit: it was stopped, its
// virtual machine was paused, a laptop slept. What was decided before may be somebody else's to decide by now.
//
// It is safe for use by several goroutines.
type Standstill struct {
	now func() time.Time

	mu      sync.Mutex
	last    time.Time
	times   int
	noticed chan struct{}
}

// WatchStandstill begins to watch, until ctx ends.
func WatchStandstill(ctx context.Context) *Standstill {
	s := newStandstill(time.Now)
	go s.watch(ctx)
	return s
}

func newStandstill(now func() time.Time) *Standstill {
	return &Standstill{now: now, last: now(), noticed: make(chan struct{})}
}

// Noticed is closed once a standstill was noticed.
func (s *Standstill) Noticed() <-chan struct{} { return s.noticed }

func (s *Standstill) watch(ctx context.Context) {
	ticker := time.NewTicker(standstillPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.count()
		case <-ctx.Done():
			return
		}
	}
}

// count returns how many standstills there were. It looks for itself: whoever wakes up first after one must learn of it.
func (s *Standstill) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	// The clock that only runs on stands still with a paused machine, and the one on the wall may be put right afterwards.
	gap := max(now.Sub(s.last), now.Round(0).Sub(s.last.Round(0)))
	s.last = now
	if gap > standstillLimit {
		if s.times == 0 {
			close(s.noticed)
		}
		s.times++
	}
	return s.times
}

// permit returns a function that fails after the next standstill.
func (s *Standstill) permit() func() error {
	began := s.count()
	return func() error {
		if s.count() == began {
			return nil
		}
		return Faultf(Unavailable, ReasonTimeout,
			"this process or its machine stood still in the middle of the work, which may be another manager's by now; it is planned anew")
	}
}

// permitKey is the key of a permit in a context.
type permitKey struct{}

// WithPermit returns a context for a call that may write in Clay only as long as allowed returns nil.
func WithPermit(ctx context.Context, allowed func() error) context.Context {
	return context.WithValue(ctx, permitKey{}, allowed)
}

// MayWrite returns an error where the call that ctx belongs to must not give anything to Clay any more, although nobody has ended
// it yet. A backend asks right before every click that writes.
func MayWrite(ctx context.Context) error {
	if allowed, ok := ctx.Value(permitKey{}).(func() error); ok {
		return allowed()
	}
	return nil
}
