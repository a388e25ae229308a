package browser

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
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

func TestWritesSince(t *testing.T) {
	address := site(t, map[string]http.HandlerFunc{
		"/":            markup("<p>"),
		"POST /well":   jsonAnswer("{}"),
		"POST /no":     func(out http.ResponseWriter, _ *http.Request) { out.WriteHeader(http.StatusForbidden) },
		"DELETE /lost": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	})
	s := acquire(t, shared, t.Name())
	open(t, s, address)
	await := func(writes int) {
		t.Helper()
		if began, ended := s.AwaitWrites(t.Context(), writes-1, awaitBound, awaitBound); !began || !ended {
			t.Fatalf("began %v, ended %v", began, ended)
		}
	}
	evaluate(t, s, "void fetch('/well', {method: 'POST'})")
	await(1)
	if since, complete := s.WritesSince(1); len(since) > 0 || !complete {
		t.Errorf("since the last: %v, complete %v", since, complete)
	}
	evaluate(t, s, "fetch('/no', {method: 'POST'}).then(() => fetch('/well', {method: 'POST'}))"+
		".then(() => fetch('/lost', {method: 'DELETE'})).catch(() => {})")
	await(4)
	host := strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/")
	want := []Write{{host, http.StatusForbidden}, {host, http.StatusOK}, {Host: host}}
	since, complete := s.WritesSince(1)
	if diff := cmp.Diff(want, since); diff != "" || !complete {
		t.Errorf("complete %v, writes (-want +got):\n%s", complete, diff)
	}
}

func TestOldWritesAreForgotten(t *testing.T) {
	s := &Session{writes: newWrites()}
	s.writes.begun, s.writes.recent = maxWrites+1, make([]*Write, maxWrites)
	for i := range s.writes.recent {
		s.writes.recent[i] = &Write{}
	}
	if since, complete := s.WritesSince(0); len(since) != maxWrites || complete {
		t.Errorf("%d writes, complete %v", len(since), complete)
	}
	if since, complete := s.WritesSince(1); len(since) != maxWrites || !complete {
		t.Errorf("%d writes, complete %v", len(since), complete)
	}
}

func TestWritesOfALostPageAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Session{writes: newWrites()}
		s.writes.begun = 1
		s.writes.open[playwright.Request(nil)] = &Write{}
		if began, ended := s.AwaitWrites(t.Context(), 0, time.Minute, time.Minute); !began || ended {
			t.Errorf("began %v, ended %v", began, ended)
		}
		s.writes.forget()
		if began, ended := s.AwaitWrites(t.Context(), 0, time.Minute, time.Minute); !began || !ended {
			t.Errorf("after the page was lost: began %v, ended %v", began, ended)
		}
	})
}
