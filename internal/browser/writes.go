package browser

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/playwright-community/playwright-go"
)

// writes follows the requests of the page that may change something, so that a caller can let them end before it navigates away,
// which would cancel them.
type writes struct {
	mu      sync.Mutex
	open    map[playwright.Request]struct{}
	begun   int
	changed chan struct{}
}

func newWrites() *writes {
	return &writes{open: map[playwright.Request]struct{}{}, changed: make(chan struct{}, 1)}
}

// WritesBegun is how many requests that may change something (any method but GET, HEAD and OPTIONS) the page has made so far. Take it
// before an action, for AwaitWrites. It may be called while a Do runs.
func (s *Session) WritesBegun() int {
	s.writes.mu.Lock()
	defer s.writes.mu.Unlock()
	return s.writes.begun
}

// AwaitWrites waits until the page has made a request that may change something since before, and none is open any more. It gives up
// waiting for a first one after the time start, and for the end of the last one after most. It says whether one began, and
// whether all have ended, successfully or not. It may be called while a Do runs.
func (s *Session) AwaitWrites(ctx context.Context, before int, start, most time.Duration) (began, ended bool) {
	bound := time.NewTimer(most)
	defer bound.Stop()
	first := time.NewTimer(start)
	defer first.Stop()
	for {
		began, ended = s.writes.since(before)
		if began && ended {
			return began, ended
		}
		select {
		case <-s.writes.changed:
		case <-first.C:
			if began, ended = s.writes.since(before); !began {
				return began, ended
			}
		case <-bound.C:
			return s.writes.since(before)
		case <-ctx.Done():
			return s.writes.since(before)
		}
	}
}

func (w *writes) since(before int) (began, ended bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.begun > before, len(w.open) == 0
}

// onRequest is the handler of the context's request event.
func (w *writes) onRequest(request playwright.Request) {
	defer ignorePanic()
	switch request.Method() {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return
	}
	if !strings.HasPrefix(request.URL(), "http") {
		return
	}
	w.mu.Lock()
	w.open[request] = struct{}{}
	w.begun++
	w.mu.Unlock()
	w.wake()
}

// onEnd is the handler of the context's requestfinished and requestfailed events.
func (w *writes) onEnd(request playwright.Request) {
	defer ignorePanic()
	w.mu.Lock()
	delete(w.open, request)
	w.mu.Unlock()
	w.wake()
}

// forget drops the requests of a page that is gone: nobody tells how they end.
func (w *writes) forget() {
	w.mu.Lock()
	clear(w.open)
	w.mu.Unlock()
	w.wake()
}

func (w *writes) wake() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}
