package onetime

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// margin is how much of a period must be left for a code of it: to type it, to send it, and for the other side to look.
const margin = 5 * time.Second

// ErrClock says that the clock of this machine cannot be right.
var ErrClock = errors.New("the clock of this machine is wrong")

// Clock is where a Generator takes the time from. What is nil is the machine's own.
type Clock struct {
	Now func() time.Time
	// Wait returns after so long, or with the context's error before that.
	Wait func(context.Context, time.Duration) error
}

// Generator makes codes and never gives the one of a secret and a period twice, in the life of a process. It is safe for use by
// several goroutines.
type Generator struct {
	clock Clock

	mu sync.Mutex
	// last is the counter of the last code of each secret.
	last map[[sha256.Size]byte]int64
}

// NewGenerator returns a Generator that has given no code yet.
func NewGenerator(clock Clock) *Generator {
	if clock.Now == nil {
		clock.Now = time.Now
	}
	if clock.Wait == nil {
		clock.Wait = wait
	}
	return &Generator{clock: clock, last: map[[sha256.Size]byte]int64{}}
}

// Code returns a code that was not given before and is good for at least five seconds. Where the code of this period was given already, or the
// period is nearly over, it waits for the next one. Skew is how far the clock of who checks the code is ahead of this machine's; see
// Skew. The error is ErrNoSecret for a zero Secret, ErrClock, or the context's.
func (g *Generator) Code(ctx context.Context, secret Secret, skew time.Duration) (string, error) {
	if secret.parts == nil {
		return "", ErrNoSecret
	}
	for {
		code, next, err := g.take(secret.parts(), skew)
		if err != nil || code != "" {
			return code, err
		}
		if err := g.clock.Wait(ctx, next); err != nil {
			return "", fmt.Errorf("wait for the next one-time code: %w", err)
		}
	}
}

// take returns the code of the current period and marks it as given, or how long it is until there may be one.
func (g *Generator) take(secret *parts, skew time.Duration) (code string, next time.Duration, err error) {
	now := g.clock.Now().Add(skew)
	if now.Unix() < 0 {
		return "", 0, fmt.Errorf("%w: it shows a time before 1970; set it", ErrClock)
	}
	seconds := int64(secret.period / time.Second)
	counter := now.Unix() / seconds
	end := time.Unix((counter+1)*seconds, 0)
	g.mu.Lock()
	defer g.mu.Unlock()
	last, given := g.last[secret.fingerprint()]
	switch {
	case given && last > counter+1:
		// To wait until the clock is there again could take any time, and a code of a time that was never so opens nothing.
		return "", 0, fmt.Errorf("%w: it went back since the last one-time code; set it, and start this process anew", ErrClock)
	case given && last >= counter:
		return "", end.Add(time.Duration(last-counter) * secret.period).Sub(now), nil
	case end.Sub(now) < margin:
		return "", end.Sub(now), nil
	}
	code, err = secret.code(counter)
	if err == nil {
		g.last[secret.fingerprint()] = counter
	}
	return code, 0, err
}

// Skew is how far the clock of a web server is ahead of this machine's, from the Date header of an answer that was received at that time.
// It is exact to about a second. The error says that the header holds no date.
func Skew(date string, received time.Time) (time.Duration, error) {
	sent, err := http.ParseTime(date)
	if err != nil {
		return 0, errors.New("the Date header of the answer holds no date")
	}
	return sent.Sub(received), nil
}

func wait(ctx context.Context, duration time.Duration) error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
