package browser

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Step is a rung of the ladder that frees a call which outlived its deadline.
type Step string

const (
	// StepNone means that the call came back by itself.
	StepNone Step = ""
	// StepClosePage means that closing the page freed the call: the context lives on.
	StepClosePage Step = "close page"
	// StepCloseContext means that closing the context freed the call: the browser lives on.
	StepCloseContext Step = "close context"
	// StepStopDriver means that the driver had to be stopped: all sessions of the browser are gone.
	StepStopDriver Step = "stop driver"
	// StepKill means that the driver and Chromium had to be killed.
	StepKill Step = "kill"
)

const (
	// DefaultDeadline is how long an operation may take whose context has no deadline: longer than any flow of a page that
	// a person would sit through.
	DefaultDeadline = 90 * time.Second
	// maxHeadroom is how much earlier the inner deadline lies than the caller's, at most, so that Playwright's own
	// timeout, which says what was waited for, wins over the ladder, which does not.
	maxHeadroom = 2 * time.Second
	// headroomShare is the part of a short deadline that is kept as headroom (one part in five).
	headroomShare = 5
	// returnGrace is how long a call may take to come back by itself after its deadline: a function that watches its
	// context needs only to be scheduled.
	returnGrace = 500 * time.Millisecond
	// closePageBound and closeContextBound are a hundred times what a close takes in a healthy browser.
	closePageBound    = 2 * time.Second
	closeContextBound = 2 * time.Second
	// stopDriverBound covers a driver that first has to end Chromium.
	stopDriverBound = 3 * time.Second
	// killBound is how long the freed calls may take to come back after the processes are dead; 50 ms are usual.
	killBound = 5 * time.Second
)

// LadderBudget is how long after the end of its context Do returns at the latest.
const LadderBudget = returnGrace + closePageBound + closeContextBound + stopDriverBound + killBound

// rung is one way to free a call that hangs.
type rung struct {
	step  Step
	bound time.Duration
	act   func()
}

// outcome is how a call under the ladder ended.
type outcome struct {
	err  error // the function's own
	step Step  // the last rung that was climbed
	back bool  // whether the function came back at all: where it did not, its goroutine is lost
}

// byItself says whether no rung was needed.
func (o outcome) byItself() bool { return o.back && o.step == StepNone }

// climb runs fn in a goroutine of its own. When ctx ends before fn returns, it climbs the rungs until fn comes back.
func climb(ctx context.Context, fn func(context.Context) error, rungs []rung) outcome {
	inner, cancel := withHeadroom(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- protect(func() error { return fn(inner) }) }()

	select {
	case err := <-done:
		return outcome{err: err, back: true}
	case <-ctx.Done():
	}
	if back, err := within(done, returnGrace); back {
		return outcome{err: err, back: true}
	}
	var last Step
	for _, rung := range rungs {
		last = rung.step
		// The act may hang as well; the next rung frees both.
		go func() { _ = protect(func() error { rung.act(); return nil }) }()
		if back, err := within(done, rung.bound); back {
			return outcome{err: err, step: last, back: true}
		}
	}
	return outcome{step: last}
}

// within waits for done, at most for the bound.
func within(done <-chan error, bound time.Duration) (back bool, err error) {
	timer := time.NewTimer(bound)
	defer timer.Stop()
	select {
	case err := <-done:
		return true, err
	case <-timer.C:
		return false, nil
	}
}

// withHeadroom moves the deadline forward, so that what watches it ends before the ladder begins.
func withHeadroom(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	headroom := min(maxHeadroom, time.Until(deadline)/headroomShare)
	return context.WithDeadline(ctx, deadline.Add(-headroom))
}

// errPanic marks an error that was a panic.
var errPanic = errors.New("panic")

// protect turns a panic of fn into an error. The panic's value is left out but for its type, because it may quote a page.
func protect(fn func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("%w of type %T", errPanic, value)
		}
	}()
	return fn()
}

// Timeout returns what is left of the context's time, at most the given duration, in the form that Playwright's options want:
// milliseconds. It is never zero, which to Playwright means no timeout at all.
func Timeout(ctx context.Context, most time.Duration) *float64 {
	left := most
	if deadline, ok := ctx.Deadline(); ok {
		left = min(left, time.Until(deadline))
	}
	milliseconds := max(1, float64(left.Milliseconds()))
	return &milliseconds
}
