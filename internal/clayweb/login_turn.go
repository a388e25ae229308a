package clayweb

import (
	"context"
	"strings"
	"sync"

	"github.com/seatwright/clay-operator/internal/seat"
)

// turns are the turns of those who sign in with the same account: a second code by e-mail makes the first one void, and of two wrong
// passwords at a time the second one is a try too many. The zero value is ready.
type turns struct {
	mu sync.Mutex
	// of are the accounts that somebody signed in with. There are a few in a process, and none is forgotten.
	of map[string]chan struct{}
}

// take waits until nobody else signs in with an account, or until ctx ends. The caller calls done when its log-in is over.
func (t *turns) take(ctx context.Context, account seat.Email) (done func(), err error) {
	turn := t.turn(strings.ToLower(string(account)))
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (t *turns) turn(account string) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[string]chan struct{}{}
	}
	if _, known := t.of[account]; !known {
		t.of[account] = make(chan struct{}, 1)
	}
	return t.of[account]
}
