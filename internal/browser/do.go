package browser

import (
	"context"
	"errors"
	"time"

	"github.com/playwright-community/playwright-go"
)

// pingBound is how long a trivial script may take: it takes a millisecond in a healthy page, and two seconds in none that is
// of any use.
const pingBound = 2 * time.Second

// do runs fn under the ladder, as a span of the trace that ctx belongs to.
func (s *Session) do(ctx context.Context, name string, fn func(context.Context) error) error {
	ctx, span := tracer.Start(ctx, name)
	defer span.End()
	err := s.doOnce(ctx, name, fn)
	describe(span, err)
	return err
}

// doOnce runs fn under the ladder and settles what its outcome means for the session and the browser.
func (s *Session) doOnce(ctx context.Context, name string, fn func(context.Context) error) error {
	ctx, cancel := withDefaultDeadline(ctx)
	defer cancel()
	if err := s.running.acquire(ctx); err != nil {
		return &Error{Op: name, Kind: KindTimeout, err: errors.Join(errNotBegun, err)}
	}
	defer s.running.release()
	if ctx.Err() != nil {
		return &Error{Op: name, Kind: KindTimeout, err: errors.Join(errNotBegun, context.Cause(ctx))}
	}
	if err := s.begin(name); err != nil {
		return err
	}
	ctx, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	s.setCut(cut)
	defer s.setCut(nil)
	end := climb(ctx, fn, s.rungs())
	if !end.byItself() {
		return s.settleClimb(ctx, name, end)
	}
	if end.err != nil && errors.Is(context.Cause(ctx), errCrashed) {
		return &Error{Op: name, Kind: KindPageLost, err: errors.Join(errCrashed, end.err)}
	}
	return s.settle(name, end.err)
}

// errCrashed ends the operation in whose page the renderer crashed: a script that it waits for is never answered.
var errCrashed = errors.New("the page crashed")

func withDefaultDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, DefaultDeadline)
}

// rungs is the ladder of one session.
func (s *Session) rungs() []rung {
	return append([]rung{
		{StepClosePage, closePageBound, s.closePage},
		{StepCloseContext, closeContextBound, func() { _ = s.context.Close() }},
	}, s.engine.rungs()...)
}

// settleClimb draws the consequences of a call that did not come back by itself.
func (s *Session) settleClimb(ctx context.Context, name string, end outcome) error {
	s.browser.climbed(name, end.step)
	kind := KindSessionLost
	switch {
	case !end.back:
		s.lose()
		s.engine.die()
		kind = KindWedged
	case end.step == StepClosePage && errors.Is(context.Cause(ctx), errCrashed):
		kind = KindPageLost
	case end.step == StepClosePage:
		s.pageLost.Store(true)
		s.engine.strikes.add(name)
		kind = KindTimeout
	case end.step == StepCloseContext:
		s.lose()
		s.engine.strikes.add(name)
	default:
		s.lose()
		s.engine.die()
	}
	if end.back && end.err == nil {
		return nil
	}
	fault := &Error{Op: name, Kind: kind, Step: end.step, err: errors.Join(context.Cause(ctx), end.err)}
	s.browser.wedge.note(fault)
	return fault
}

// settle draws the consequences of a call that came back by itself.
func (s *Session) settle(name string, err error) error {
	if err == nil {
		s.engine.strikes.clear()
		return nil
	}
	if errors.Is(err, errPanic) {
		s.pageLost.Store(true)
		return &Error{Op: name, Kind: KindPanic, Detail: err.Error(), err: err}
	}
	err = Wrap(name, err)
	switch KindOf(err) {
	case KindSessionLost:
		s.lose()
		s.engine.checkPulse()
	case KindPageLost, KindUnreachable:
		// After a network fault the page shows Chromium's own, and goes on to it at its own time.
		s.pageLost.Store(true)
	case KindTimeout, KindNotFound, KindNotActionable, KindNotAPage:
		return s.settleDoubtful(name, err)
	default:
		// The browser is sound; what was asked of it was not there, or not the browser's business.
	}
	return err
}

// settleDoubtful tells a page that does not show something from a page that does not answer: to a frozen browser every locator
// is missing, and a crash aborts a navigation; neither must pass for a changed page.
func (s *Session) settleDoubtful(name string, err error) error {
	page := s.knownPage()
	if page == nil {
		return err
	}
	if navigating(err) {
		// The page may still show what it showed before, and does not run scripts while it waits.
		s.pageLost.Store(true)
		page = s.engine.pulse
	}
	ctx, cancel := context.WithTimeout(context.Background(), pingBound)
	defer cancel()
	ping := climb(ctx, func(context.Context) error { return evaluateOne(page) }, s.rungs())
	if !ping.byItself() {
		ping.err = errors.Join(errNoPulse, err)
		return s.settleClimb(ctx, name, ping)
	}
	switch KindOf(ping.err) {
	case KindSessionLost:
		s.lose()
		s.engine.checkPulse()
		return &Error{Op: name, Kind: KindSessionLost, err: errors.Join(ping.err, err)}
	case KindPageLost:
		s.pageLost.Store(true)
		return &Error{Op: name, Kind: KindPageLost, err: errors.Join(ping.err, err)}
	default:
		return err
	}
}

// navigating says whether a timeout was one of a navigation.
func navigating(err error) bool {
	var fault *Error
	return errors.As(err, &fault) && fault.navigating
}

// errNoPulse is the cause of a fault that began as a timeout.
var errNoPulse = errors.New("the page does not run scripts")

// evaluateOne runs the smallest script: it proves that driver, Chromium and renderer answer.
func evaluateOne(page playwright.Page) error {
	_, err := page.Evaluate("1")
	return err
}

// currentPage returns the page, and makes a new one where the old one crashed, was closed by the ladder, or closed itself.
func (s *Session) currentPage(context.Context) (playwright.Page, error) {
	page := s.knownPage()
	if page != nil && !s.pageLost.Load() {
		return page, nil
	}
	if s.crashed() >= maxCrashes {
		s.lose()
		return nil, &Error{Op: "open page", Kind: KindSessionLost, err: errNotBegun}
	}
	if page != nil {
		s.closePage()
		s.writes.forget()
	}
	page, err := s.context.NewPage()
	if err != nil {
		return nil, Wrap("open page", err)
	}
	s.pageLost.Store(false)
	page.OnCrash(func(playwright.Page) {
		defer ignorePanic()
		s.pageLost.Store(true)
		s.noteCrash()
	})
	s.mu.Lock()
	s.page = page
	s.mu.Unlock()
	page.OnClose(func(closed playwright.Page) {
		defer ignorePanic()
		if closed == s.knownPage() {
			s.pageLost.Store(true)
		}
	})
	return page, nil
}

func (s *Session) knownPage() playwright.Page {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.page
}

func (s *Session) closePage() {
	if page := s.knownPage(); page != nil {
		_ = page.Close()
	}
}

func (s *Session) lose() { s.setRetire(ReasonLost) }

// setRetire overrides an earlier reason: lost is lost.
func (s *Session) setRetire(reason Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retire = reason
}

// noteCrash counts a crash and ends the operation that runs.
func (s *Session) noteCrash() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crashes++
	if s.cut != nil {
		s.cut(errCrashed)
	}
}

func (s *Session) setCut(cut context.CancelCauseFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = cut
}

func (s *Session) crashed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.crashes
}
