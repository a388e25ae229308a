package browser

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/playwright-community/playwright-go"
)

// engine is one driver process with one Chromium. It lives once: when either dies, both are ended and the Browser makes a new one.
type engine struct {
	playwright *playwright.Playwright
	chromium   playwright.Browser
	pulse      playwright.Page // an empty page that proves that scripts run
	pulseTurn  semaphore
	driver     *process
	browser    *process
	version    string
	sandboxed  bool
	startedAt  time.Time
	artifacts  string // temporary directory of the driver
	strikes    strikes

	mu       sync.Mutex
	leases   int
	changed  chan struct{} // closed and replaced whenever leases changes
	contexts int
	ended    bool
}

// do runs fn under the engine's part of the ladder.
func (e *engine) do(ctx context.Context, name string, fn func(context.Context) error) error {
	ctx, cancel := withDefaultDeadline(ctx)
	defer cancel()
	end := climb(ctx, fn, e.rungs())
	switch {
	case !end.back:
		e.die()
		return &Error{Op: name, Kind: KindWedged, Step: end.step, err: context.Cause(ctx)}
	case end.step != StepNone:
		e.die()
		return &Error{Op: name, Kind: KindSessionLost, Step: end.step, err: errors.Join(context.Cause(ctx), end.err)}
	case errors.Is(end.err, errPanic):
		return &Error{Op: name, Kind: KindPanic, Detail: end.err.Error(), err: end.err}
	}
	return Wrap(name, end.err)
}

// rungs is the part of the ladder that ends the engine.
func (e *engine) rungs() []rung {
	return []rung{
		{StepStopDriver, stopDriverBound, func() { _ = e.playwright.Stop() }},
		{StepKill, killBound, e.die},
	}
}

// ping runs a script in the empty page.
func (e *engine) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingBound)
	defer cancel()
	if err := e.pulseTurn.acquire(ctx); err != nil {
		return &Error{Op: "ping", Kind: KindTimeout, err: err}
	}
	done := make(chan error, 1)
	go func() {
		defer e.pulseTurn.release()
		done <- protect(func() error { return evaluateOne(e.pulse) })
	}()
	select {
	case err := <-done:
		return Wrap("ping", err)
	case <-ctx.Done():
		return &Error{Op: "ping", Kind: KindTimeout, err: context.Cause(ctx)}
	}
}

// checkPulse ends the engine if it does not answer. It is called after a fault that may be the session's alone.
func (e *engine) checkPulse() {
	if e.dead() || e.ping(context.Background()) != nil {
		e.die()
	}
}

// useless asks an engine that nobody uses whether it still answers, and ends it if not. One that is in use only gets a strike: its
// users find out by themselves, and it may just be busy.
func (e *engine) useless(ctx context.Context) bool {
	if e.ping(ctx) == nil || ctx.Err() != nil {
		return false
	}
	e.mu.Lock()
	used := e.leases > 0
	e.mu.Unlock()
	if used {
		e.strikes.add("ping")
		return e.dead()
	}
	e.die()
	return true
}

// dead says whether the engine is of no more use. A driver that died is noticed here: Playwright gives no event for it.
func (e *engine) dead() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ended || !e.driver.alive()
}

// die ends both processes at once. Every call that hangs in them comes back.
func (e *engine) die() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		return
	}
	e.ended = true
	e.driver.kill()
	e.browser.kill()
	e.browser.removeProfile()
	_ = os.RemoveAll(e.artifacts)
	e.notify()
}

// shutDown ends both processes gracefully, as far as they let it.
func (e *engine) shutDown() {
	stopped := make(chan error, 1)
	go func() {
		stopped <- protect(func() error {
			return errors.Join(e.chromium.Close(), e.playwright.Stop())
		})
	}()
	_, _ = within(stopped, closeContextBound+stopDriverBound)
	e.die()
}

// join counts a lease.
func (e *engine) join() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.leases++
}

// leave ends a lease.
func (e *engine) leave() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.leases--
	e.notify()
}

// notify wakes who waits for a change. The caller holds the lock.
func (e *engine) notify() {
	close(e.changed)
	e.changed = make(chan struct{})
}

// drained waits until nobody has a lease, or the engine is dead.
func (e *engine) drained(ctx context.Context) error {
	for {
		e.mu.Lock()
		done, changed := e.leases == 0 || e.ended, e.changed
		e.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (e *engine) addContext() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.contexts++
}

func (e *engine) contextCount() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.contexts
}

// memory returns what the driver, and Chromium with all its children, use, in bytes.
func (e *engine) memory() (driver, chromium uint64) {
	return e.driver.memory(), e.browser.memory()
}

// strikes counts operations in a row that did not come back in time. One operation may be to blame itself; two different
// ones blame the browser.
type strikes struct {
	mu    sync.Mutex
	names map[string]struct{}
}

// maxStrikes is how many different operations in a row have to fail.
const maxStrikes = 2

func (s *strikes) add(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.names == nil {
		s.names = map[string]struct{}{}
	}
	s.names[name] = struct{}{}
}

func (s *strikes) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = nil
}

func (s *strikes) out() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.names) >= maxStrikes
}
