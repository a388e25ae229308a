package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/playwright-community/playwright-go"
)

const (
	// actionTimeout and navigationTimeout are the page's default timeouts, where the operation has that much time left: an
	// action either works at once or not, a navigation crosses the internet.
	actionTimeout     = 10 * time.Second
	navigationTimeout = 30 * time.Second
	// maxCrashes is how many crashed pages a context survives; the next one needs a new context, since it may be what the
	// context stored that crashes the page.
	maxCrashes = 2
)

// Session is a lease on one isolated browsing context with one page, which stays loaded between leases. It has one owner at a time:
// its methods but Do must not be called while a Do runs, unless they say so, and none after Release.
type Session struct {
	browser   *Browser
	engine    *engine
	place     *slot
	context   playwright.BrowserContext
	createdAt time.Time
	traffic   *traffic
	writes    *writes
	events    *events

	unanswered *unanswered

	running  semaphore // one Do at a time
	pageLost atomic.Bool

	mu         sync.Mutex
	page       playwright.Page
	crashes    int
	fresh      bool
	released   bool
	operations int
	retire     Reason
	cut        context.CancelCauseFunc // ends the operation that runs
}

// Counters are what a session has cost, since its context was made.
type Counters struct {
	// Operations is the number of Do calls.
	Operations int
	// Actions is the number of clicks, keystrokes and the like, as the caller counted them by Acted.
	Actions int
	// PageLoads is the number of documents that the main frames navigated to.
	PageLoads int
}

// Fresh says whether the context was made for this lease: nothing is loaded yet. A warm page is where the last lease left it.
func (s *Session) Fresh() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fresh
}

// Do runs one operation on the page: one read, one change, one log-in. The function gets a context that ends a little before ctx, so
// that its own waits end first (see Timeout), and the page; it must not keep the page. The page's default timeouts are set to what is
// left of the time. A ctx without a deadline has DefaultDeadline.
//
// The page is where the last operation left it, or new and empty: after a crash, a network fault, a navigation that timed out, and an
// operation that had to be ended. Look where it is before acting.
//
// Do returns at the latest LadderBudget after ctx ends, whatever hangs: it closes the page, then the context, then stops the driver,
// then kills it and Chromium, until the function comes back. The error is the function's own if it is no Playwright error, or
// wraps an *Error; and an *Error otherwise. A panic of the function is an *Error of KindPanic. After KindWedged the process has
// to exit.
func (s *Session) Do(ctx context.Context, name string, fn func(ctx context.Context, page playwright.Page) error) error {
	return s.do(ctx, name, func(ctx context.Context) error {
		page, err := s.currentPage(ctx)
		if err != nil {
			return err
		}
		page.SetDefaultTimeout(*Timeout(ctx, actionTimeout))
		page.SetDefaultNavigationTimeout(*Timeout(ctx, navigationTimeout))
		return fn(ctx, page)
	})
}

// StorageState returns the cookies and the local storage of the context as JSON, for SessionOptions. It is as good as a
// password: keep it in a Secret and nowhere else.
func (s *Session) StorageState(ctx context.Context) ([]byte, error) {
	var state *playwright.StorageState
	err := s.do(ctx, "read storage state", func(context.Context) error {
		var err error
		state, err = s.context.StorageState()
		return err
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(state)
}

// Watch collects the answers to the page's own GET requests whose address (scheme, host and path, without the query) matches. Make
// it before the action, Await after it, and Close it. It may be called while a Do runs.
func (s *Session) Watch(pattern *regexp.Regexp) *Watch { return s.traffic.watch(pattern) }

// TakeHints returns the requests that failed or were refused since the last call: changes with a status of 400 and more, reads with
// 401, 403, 429 and 500 and more, and requests without an answer. It may be called while a Do runs.
func (s *Session) TakeHints() []Hint { return s.traffic.takeHints() }

// TakeDialogs returns the native dialogs since the last call. They were all dismissed (but for the question whether to leave a page,
// which was answered by yes), so that a click that opened one did nothing. It may be called while a Do runs.
func (s *Session) TakeDialogs() []Dialog { return s.events.takeDialogs() }

// Acted counts an action for Counters. It may be called while a Do runs.
func (s *Session) Acted() { s.events.actions.Add(1) }

// Counters returns what the session has cost. It may be called while a Do runs.
func (s *Session) Counters() Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Counters{
		Operations: s.operations,
		Actions:    int(s.events.actions.Load()),
		PageLoads:  int(s.events.pageLoads.Load()),
	}
}

// Retire has the context closed on Release instead of kept warm. Call it with ReasonAmbiguousWrite after any write whose
// outcome is not known. It may be called while a Do runs.
func (s *Session) Retire(reason Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.retire == "" {
		s.retire = reason
	}
}

// Lost says whether the context is gone, so that every further Do would fail. It may be called while a Do runs.
func (s *Session) Lost() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.retire == ReasonLost || s.engine.dead()
}

// Release gives the session back. Its context is kept warm, or closed where it is worn out, retired or lost. A second call
// does nothing.
func (s *Session) Release() {
	s.mu.Lock()
	if s.released {
		s.mu.Unlock()
		return
	}
	s.released = true
	s.mu.Unlock()
	if reason := s.due(); reason != "" {
		s.discard(reason)
	}
	s.engine.leave()
	s.place.lease.release()
}

// due returns why the context should not be kept, or nothing.
func (s *Session) due() Reason {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.engine.dead() {
		return ReasonLost
	}
	if s.retire != "" {
		return s.retire
	}
	return s.browser.limits.contextDue(s.operations, s.browser.now().Sub(s.createdAt))
}

// reusable says whether a warm session may be leased again. One that grew too old while it was idle is closed.
func (s *Session) reusable() bool {
	reason := s.due()
	if reason == "" {
		return true
	}
	s.discard(reason)
	return false
}

// discard closes the context and forgets it.
func (s *Session) discard(reason Reason) {
	s.browser.recycled(reason)
	s.place.session = nil
	if s.engine.dead() {
		return
	}
	closed := make(chan error, 1)
	go func() { closed <- protect(func() error { return s.context.Close() }) }()
	if back, err := within(closed, closeContextBound); !back || err != nil {
		s.engine.strikes.add("close context")
	}
}

func (s *Session) leaseAgain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh, s.released = false, false
}

// errReleased is what Do answers after Release.
var errReleased = errors.New("the session was released")

// begin checks that an operation may run, and counts it.
func (s *Session) begin(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.released {
		return fmt.Errorf("%s: %w", name, errReleased)
	}
	if s.retire == ReasonLost || s.engine.dead() {
		return &Error{Op: name, Kind: KindSessionLost, err: errNotBegun}
	}
	s.operations++
	return nil
}

// errNotBegun is the cause of a SessionLost error of an operation that did not begin, so that nothing happened.
var errNotBegun = errors.New("the session was lost before the operation began")

// NotBegun says whether the operation failed before its function ran, so that it certainly did nothing.
func NotBegun(err error) bool { return errors.Is(err, errNotBegun) }
