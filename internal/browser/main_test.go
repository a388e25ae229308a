package browser

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
	"go.uber.org/goleak"
)

// shared is the browser of all tests that do not break it.
var shared *Browser

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var err error
	if shared, err = Start(ctx, Options{}); err != nil {
		// These tests are about the real browser: without one there is nothing to test.
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	shared.Close()
	http.DefaultClient.CloseIdleConnections()
	// Nothing that hung may be left once its browser is gone.
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// startOwn starts a browser for a test that breaks it.
func startOwn(t *testing.T, options Options) *Browser {
	t.Helper()
	b, err := Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// acquire leases a session and releases it at the end of the test.
func acquire(t *testing.T, b *Browser, key string) *Session {
	t.Helper()
	s, err := b.Acquire(t.Context(), SessionOptions{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Release)
	return s
}

// site serves pages by path.
func site(t *testing.T, pages map[string]http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	for path, page := range pages {
		mux.HandleFunc(path, page)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		// A handler that hangs on purpose would hold up Close.
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// markup answers with an HTML page.
func markup(content string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		// A browser that has gone away needs no answer.
		_, _ = w.Write([]byte("<!doctype html><html lang=en><title>Test page</title>" + content))
	}
}

// open navigates the session's page.
func open(t *testing.T, s *Session, address string) {
	t.Helper()
	err := s.Do(t.Context(), "open", func(_ context.Context, page playwright.Page) error {
		_, err := page.Goto(address)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// evaluate runs a script in the session's page.
func evaluate(t *testing.T, s *Session, script string) any {
	t.Helper()
	var value any
	err := s.Do(t.Context(), "evaluate", func(_ context.Context, page playwright.Page) error {
		var err error
		value, err = page.Evaluate(script)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// soon bounds a wait for an event that has to come.
func soon(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
