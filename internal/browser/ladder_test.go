package browser

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// ladderOf makes a ladder of which only the given rung frees the call. It sends every rung that is taken.
func ladderOf(taken chan<- Step, freeing Step, free func()) []rung {
	var rungs []rung
	for _, r := range []struct {
		step  Step
		bound time.Duration
	}{{StepClosePage, closePageBound}, {StepCloseContext, closeContextBound}, {StepStopDriver, stopDriverBound}, {StepKill, killBound}} {
		rungs = append(rungs, rung{r.step, r.bound, func() {
			taken <- r.step
			if r.step == freeing {
				free()
			}
		}})
	}
	return rungs
}

func TestClimb(t *testing.T) {
	all := []Step{StepClosePage, StepCloseContext, StepStopDriver, StepKill}
	cases := map[string]struct {
		freeing Step
		want    []Step
	}{
		"page close is enough":    {StepClosePage, all[:1]},
		"context close is enough": {StepCloseContext, all[:2]},
		"driver stop is enough":   {StepStopDriver, all[:3]},
		"only the kill helps":     {StepKill, all},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				stuck, freed := make(chan struct{}), errors.New("freed")
				taken := make(chan Step, len(all))
				end := climb(ctx, func(context.Context) error { <-stuck; return freed },
					ladderOf(taken, c.freeing, func() { close(stuck) }))
				if want := (outcome{freed, c.freeing, true}); end != want {
					t.Errorf("climb = %+v, want %+v", end, want)
				}
				var got []Step
				for range c.want {
					got = append(got, <-taken)
				}
				synctest.Wait()
				if !slices.Equal(got, c.want) || len(taken) != 0 {
					t.Errorf("climbed %v, want %v", got, c.want)
				}
			})
		})
	}
}

func TestClimbGivesUpWithinBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		stuck := make(chan struct{})
		defer close(stuck)
		begin := time.Now()
		end := climb(ctx, func(context.Context) error { <-stuck; return nil },
			ladderOf(make(chan Step, 4), StepNone, nil))
		if want := (outcome{step: StepKill}); end != want {
			t.Errorf("climb = %+v, want %+v", end, want)
		}
		// The bubble's clock is exact.
		if took := time.Since(begin); took != time.Minute+LadderBudget {
			t.Errorf("gave up after %v, promised is %v after the deadline", took, LadderBudget)
		}
	})
}

func TestClimbSurvivesHangingAndPanickingRungs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		stuck := make(chan struct{})
		rungs := []rung{
			{StepClosePage, closePageBound, func() { <-stuck }},
			{StepCloseContext, closeContextBound, func() { panic("closed twice") }},
			{StepKill, killBound, func() { close(stuck) }},
		}
		end := climb(ctx, func(context.Context) error { <-stuck; return nil }, rungs)
		if want := (outcome{step: StepKill, back: true}); end != want {
			t.Errorf("climb = %+v, want %+v", end, want)
		}
	})
}

func TestClimbLetsTheFunctionEndFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		own := errors.New("own timeout")
		end := climb(ctx, func(ctx context.Context) error { <-ctx.Done(); return own }, nil)
		if want := (outcome{err: own, back: true}); end != want || ctx.Err() != nil {
			t.Errorf("climb = %+v, want %+v; outer context: %v", end, want, ctx.Err())
		}
	})
}

func TestClimbTurnsPanicsIntoErrors(t *testing.T) {
	end := climb(t.Context(), func(context.Context) error { panic("hunter2 is on the page") }, nil)
	if !errors.Is(end.err, errPanic) || !end.byItself() {
		t.Fatalf("climb = %+v", end)
	}
	if want := "panic of type string"; end.err.Error() != want {
		t.Errorf("text %q, want %q", end.err, want)
	}
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		if got := *Timeout(ctx, 10*time.Second); got != 4000 {
			t.Errorf("with 4 s left: %v ms", got)
		}
		if got := *Timeout(ctx, time.Second); got != 1000 {
			t.Errorf("with a cap of 1 s: %v ms", got)
		}
		<-ctx.Done()
		if got := *Timeout(ctx, time.Second); got <= 0 {
			t.Errorf("past the deadline: %v ms, which Playwright takes for no timeout", got)
		}
		if got := *Timeout(t.Context(), time.Second); got != 1000 {
			t.Errorf("without a deadline: %v ms", got)
		}
	})
}
