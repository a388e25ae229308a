package notify

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

const (
	// maxAttempts and the pauses between them outlast a receiver's restart: they add up to four to six minutes.
	maxAttempts = 10
	firstPause  = time.Second
	lastPause   = time.Minute
	// pauseJitter is how much longer a pause may be, as a part of it, so that many senders do not come back at one moment.
	pauseJitter = 0.5
)

// deliver makes attempts until the receiver took the notice, refused it for good, or it has waited for too long.
func (s *Sender) deliver(ctx context.Context, own *lane, current *job) (Outcome, error) {
	timed, cancel := context.WithDeadline(ctx, current.accepted.Add(waitLimit))
	defer cancel()
	pauses := wait.Backoff{Duration: firstPause, Factor: 2, Jitter: pauseJitter, Steps: maxAttempts, Cap: lastPause}
	var last error
	for attempt := 1; ; attempt++ {
		// Attempts count and not notices, because they are what the receiver has to bear.
		if own.limiter.Wait(timed) != nil {
			return current.giveUp(ctx, last)
		}
		refused := current.post(timed, s.client)
		switch {
		case refused == nil:
			return Sent, nil
		case !refused.again:
			return Failed, refused.err
		case timed.Err() != nil:
			// The attempt was cut short, so how it ended says nothing about the receiver.
			return current.giveUp(ctx, last)
		case attempt == maxAttempts:
			return Failed, fmt.Errorf("%w (the last of %d attempts)", refused.err, maxAttempts)
		}
		last = refused.err
		pause := max(pauses.Step(), refused.after)
		if time.Since(current.accepted)+pause > waitLimit {
			return current.giveUp(ctx, last)
		}
		s.onResult(Result{Target: current.target, Notice: current.notice, Outcome: Retried, Err: last})
		if !sleep(timed, pause) {
			return current.giveUp(ctx, last)
		}
	}
}

// giveUp says why there is no time for another attempt, and what the last whole one met with.
func (j *job) giveUp(ctx context.Context, last error) (Outcome, error) {
	outcome, reason := Failed, fmt.Errorf("a notice is tried for no longer than %v", waitLimit)
	if ctx.Err() != nil {
		outcome, reason = Dropped, errStopping
	}
	if last == nil {
		return outcome, j.errorf("was not told: %w", reason)
	}
	return outcome, fmt.Errorf("%w (%w)", last, reason)
}

// sleep returns false when ctx ended before the pause did.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
