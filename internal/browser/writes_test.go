package browser

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/playwright-community/playwright-go"
)

func TestAwaitWrites(t *testing.T) {
	release := make(chan struct{})
	address := site(t, map[string]http.HandlerFunc{
		"/":           markup("<p>"),
		"GET /read":   jsonAnswer("{}"),
		"POST /quick": jsonAnswer("{}"),
		"PATCH /slow": func(http.ResponseWriter, *http.Request) { <-release },
		"DELETE /cut": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	})
	t.Cleanup(func() { close(release) })
	cases := map[string]struct {
		script       string
		start, most  time.Duration
		began, ended bool
	}{
		"a read is no write":      {"void fetch('/read')", 50 * time.Millisecond, awaitBound, false, true},
		"a quick write":           {"void fetch('/quick', {method: 'POST'})", awaitBound, awaitBound, true, true},
		"a write that was cut":    {"void fetch('/cut', {method: 'DELETE'}).catch(() => {})", awaitBound, awaitBound, true, true},
		"a write that stays open": {"void fetch('/slow', {method: 'PATCH'})", awaitBound, 200 * time.Millisecond, true, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := acquire(t, shared, t.Name())
			open(t, s, address)
			before := s.WritesBegun()
			evaluate(t, s, c.script)
			began, ended := s.AwaitWrites(t.Context(), before, c.start, c.most)
			if began != c.began || ended != c.ended {
				t.Errorf("began %v, ended %v; want %v, %v", began, ended, c.began, c.ended)
			}
		})
	}
}

func TestWritesOfALostPageAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Session{writes: newWrites()}
		s.writes.begun = 1
		s.writes.open[playwright.Request(nil)] = struct{}{}
		if began, ended := s.AwaitWrites(t.Context(), 0, time.Minute, time.Minute); !began || ended {
			t.Errorf("began %v, ended %v", began, ended)
		}
		s.writes.forget()
		if began, ended := s.AwaitWrites(t.Context(), 0, time.Minute, time.Minute); !began || !ended {
			t.Errorf("after the page was lost: began %v, ended %v", began, ended)
		}
	})
}
