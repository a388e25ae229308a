package browser

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/playwright-community/playwright-go"
)

// awaitBound is how long a test waits for what has to come.
const awaitBound = 30 * time.Second

func jsonAnswer(content string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write([]byte(content))
	}
}

func TestWatch(t *testing.T) {
	address := site(t, map[string]http.HandlerFunc{
		"/":              markup(`<button onclick="fetch('/v3/users?page=2&x=1'); fetch('/v3/me'); fetch('/v3/users', {method: 'POST'})">Load</button>`),
		"GET /v3/users":  jsonAnswer(`{"users":[]}`),
		"POST /v3/users": jsonAnswer(`{"created":1}`),
		"/v3/me":         jsonAnswer(`{"apiToken":"hunter2"}`),
	})
	s := acquire(t, shared, t.Name())
	open(t, s, address)
	watch := s.Watch(regexp.MustCompile(`/v3/users$`))
	defer watch.Close()
	var got Answer
	err := s.Do(t.Context(), "load", func(ctx context.Context, page playwright.Page) error {
		// The answer is awaited inside of the operation, as its users do.
		if err := page.GetByText("Load").Click(); err != nil {
			return err
		}
		var err error
		got, err = watch.Await(ctx, awaitBound)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Answer{URL: address + "/v3/users", Query: url.Values{"page": {"2"}, "x": {"1"}}, Status: 200, Body: []byte(`{"users":[]}`)}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Answer{}, "At")); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if answers, dropped := watch.Answers(); len(answers) != 1 || dropped != 0 {
		t.Errorf("%d answers and %d dropped; only the GET that matches was asked for", len(answers), dropped)
	}
}

func TestWatchStatusesAndBodies(t *testing.T) {
	address := site(t, map[string]http.HandlerFunc{
		"/": markup("<p>"),
		"/limited": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "17")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"/html": markup("hunter2"),
		"/large": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(strings.Repeat(" ", MaxBody+1)))
		},
	})
	cases := map[string]struct {
		path string
		want Answer
	}{
		"rate limit":   {"/limited", Answer{Status: http.StatusTooManyRequests, RetryAfter: 17 * time.Second}},
		"not JSON":     {"/html", Answer{Status: http.StatusOK}},
		"far too much": {"/large", Answer{Status: http.StatusOK, Err: errTooLarge}},
	}
	s := acquire(t, shared, t.Name())
	open(t, s, address)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			watch := s.Watch(regexp.MustCompile(regexp.QuoteMeta(c.path) + "$"))
			defer watch.Close()
			evaluate(t, s, fmt.Sprintf("void fetch('%s').then(r => r.text())", c.path))
			got, err := watch.Await(t.Context(), awaitBound)
			if err != nil {
				t.Fatal(err)
			}
			c.want.URL = address + c.path
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreFields(Answer{}, "At"), cmpopts.EquateEmpty(), cmpopts.EquateErrors()); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHints(t *testing.T) {
	address := site(t, map[string]http.HandlerFunc{
		"/": markup("<p>"),
		"POST /invite": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "5")
			w.WriteHeader(http.StatusConflict)
		},
		"GET /gone":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"GET /signedout": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
		"GET /cut":       func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	})
	s := acquire(t, shared, t.Name())
	open(t, s, address)
	evaluate(t, s, `(async () => {
		await fetch('/invite?token=hunter2', {method: 'POST'});
		await fetch('/gone');
		await fetch('/signedout?token=hunter2');
		await fetch('/cut?token=hunter2').catch(() => {});
	})()`)
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	want := []Hint{
		{Method: "POST", Host: parsed.Host, Path: "/invite", Status: http.StatusConflict, RetryAfter: 5 * time.Second},
		{Method: "GET", Host: parsed.Host, Path: "/signedout", Status: http.StatusUnauthorized},
		{Method: "GET", Host: parsed.Host, Path: "/cut", Failure: "net::ERR_EMPTY_RESPONSE"},
	}
	if diff := cmp.Diff(want, s.TakeHints(), cmpopts.IgnoreFields(Hint{}, "At")); diff != "" {
		t.Errorf("hints (-want +got):\n%s", diff)
	}
	if left := s.TakeHints(); left != nil {
		t.Errorf("taken hints are still there: %v", left)
	}
}

func TestAwaitWithoutAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		watch := newTraffic(time.Now).watch(regexp.MustCompile("x"))
		if _, err := watch.Await(t.Context(), time.Minute); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("err = %v", err)
		}
	})
}

func TestWatchBoundsAnswers(t *testing.T) {
	watch := newTraffic(time.Now).watch(regexp.MustCompile("x"))
	for range maxAnswers + 3 {
		watch.add(Answer{Status: 200})
	}
	if answers, dropped := watch.Answers(); len(answers) != maxAnswers || dropped != 3 {
		t.Errorf("%d answers, %d dropped", len(answers), dropped)
	}
}

func TestHintsAreBounded(t *testing.T) {
	traffic := newTraffic(time.Now)
	for status := range maxHints + 3 {
		traffic.hint(Hint{Status: status})
	}
	if hints := traffic.takeHints(); len(hints) != maxHints || hints[0].Status != 3 {
		t.Errorf("%d hints, the oldest is %d", len(hints), hints[0].Status)
	}
}

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)
	cases := map[string]time.Duration{
		"":                              0,
		"120":                           2 * time.Minute,
		"-1":                            0,
		"soon":                          0,
		"99999999999999999":             maxRetryAfter,
		"Thu, 01 Oct 2026 12:01:00 GMT": time.Minute,
		"Thu, 01 Oct 2026 11:00:00 GMT": 0,
		"Thu, 01 Oct 2099 11:00:00 GMT": maxRetryAfter,
	}
	for value, want := range cases {
		if got := parseRetryAfter(value, now); got != want {
			t.Errorf("parseRetryAfter(%q) = %v, want %v", value, got, want)
		}
	}
}

func TestIsJSON(t *testing.T) {
	cases := map[string]bool{
		"application/json": true, "application/json; charset=utf-8": true, "application/problem+json": true,
		"Application/JSON": true, "text/html": false, "": false, "text/json-ish": false,
	}
	for contentType, want := range cases {
		if got := isJSON(contentType); got != want {
			t.Errorf("isJSON(%q) = %v", contentType, got)
		}
	}
}
