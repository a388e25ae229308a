package browser

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/playwright-community/playwright-go"
)

// maxWrites is how many writes a session remembers: far more than a page makes in the time of one action.
const maxWrites = 256

// Write is a request of the page that may change something.
type Write struct {
	// Host is where it went.
	Host string
	// Status is the HTTP status, or 0 while there is no answer, which may be for ever.
	Status int
}

// writes follows the requests of the page that may change something, so that a caller can let them end before it navigates away,
// which would cancel them.
type writes struct {
	mu      sync.Mutex
	open    map[playwright.Request]*Write
	begun   int
	recent  []*Write // the last of those begun, at most maxWrites
	changed chan struct{}
}

func newWrites() *writes {
	return &writes{open: map[playwright.Request]*Write{}, changed: make(chan struct{}, 1)}
}

// WritesBegun is how many requests that may change something (any method but GET, HEAD and OPTIONS) the page has made so far. Take it
// before an action, for AwaitWrites. It may be called while a Do runs.
func (s *Session) WritesBegun() int {
	s.writes.mu.Lock()
	defer s.writes.mu.Unlock()
	return s.writes.begun
}

// WritesSince returns the writes that the page has begun since before (see WritesBegun), and what became of them until now. It is not
// complete where there were too many to remember them all. It may be called while a Do runs.
func (s *Session) WritesSince(before int) (since []Write, complete bool) {
	s.writes.mu.Lock()
	defer s.writes.mu.Unlock()
	begun, recent := s.writes.begun-before, s.writes.recent
	for _, write := range recent[max(0, len(recent)-begun):] {
		since = append(since, *write)
	}
	return since, len(since) == begun
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
	address, err := url.Parse(request.URL())
	if err != nil || !strings.HasPrefix(address.Scheme, "http") {
		return
	}
	write := &Write{Host: address.Host}
	w.mu.Lock()
	w.open[request] = write
	w.begun++
	if len(w.recent) == maxWrites {
		w.recent = w.recent[1:]
	}
	w.recent = append(w.recent, write)
	w.mu.Unlock()
	w.wake()
}

// onResponse is the handler of the context's response event.
func (w *writes) onResponse(response playwright.Response) {
	defer ignorePanic()
	w.mu.Lock()
	defer w.mu.Unlock()
	if write, open := w.open[response.Request()]; open {
		write.Status = response.Status()
	}
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
