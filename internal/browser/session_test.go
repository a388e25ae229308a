package browser

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/playwright-community/playwright-go"
)

func TestSessionsAreIsolated(t *testing.T) {
	address := site(t, map[string]http.HandlerFunc{"/": markup("<p>")})
	one, two := acquire(t, shared, t.Name()+"1"), acquire(t, shared, t.Name()+"2")
	open(t, one, address)
	open(t, two, address)
	evaluate(t, one, "localStorage.setItem('who', 'one'); document.cookie = 'who=one'")
	if got := evaluate(t, two, "localStorage.getItem('who') + document.cookie"); got != "null" {
		t.Errorf("the second session sees %q of the first", got)
	}
}

func TestStorageStateRoundTrip(t *testing.T) {
	address := site(t, map[string]http.HandlerFunc{
		"/": func(w http.ResponseWriter, r *http.Request) {
			if _, err := r.Cookie("session"); err != nil {
				http.SetCookie(w, &http.Cookie{Name: "session", Value: "s3cret", HttpOnly: true, MaxAge: 3600})
			}
			markup("<p>")(w, r)
		},
		"/cookie": func(w http.ResponseWriter, r *http.Request) {
			cookie, err := r.Cookie("session")
			if err != nil {
				http.Error(w, err.Error(), http.StatusUnauthorized)
				return
			}
			markup(cookie.Value)(w, r)
		},
	})
	first := acquire(t, shared, t.Name()+"1")
	open(t, first, address)
	evaluate(t, first, "localStorage.setItem('kept', 'yes')")
	state, err := first.StorageState(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := shared.Acquire(t.Context(), SessionOptions{Key: t.Name() + "2", StorageState: state})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.Release)
	open(t, second, address+"/cookie")
	if got := evaluate(t, second, "document.body.textContent + localStorage.getItem('kept')"); got != "s3cretyes" {
		t.Errorf("the second session has %q", got)
	}
}

func TestBadStorageStateIsRefusedWithoutQuotingIt(t *testing.T) {
	_, err := shared.Acquire(t.Context(), SessionOptions{Key: t.Name(), StorageState: []byte(`{"cookies":"hunter2"`)})
	if !errors.Is(err, errStorageState) || err.Error() != errStorageState.Error() {
		t.Errorf("err = %v", err)
	}
	// The key is free again.
	acquire(t, shared, t.Name())
}

func TestOneLeaseAtATime(t *testing.T) {
	s := acquire(t, shared, t.Name())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := shared.Acquire(ctx, SessionOptions{Key: t.Name()}); !errors.Is(err, context.Canceled) {
		t.Errorf("a second lease of the same key: %v", err)
	}
	s.Release()
	s.Release()
	acquire(t, shared, t.Name())
	if _, err := shared.Acquire(ctx, SessionOptions{Key: t.Name()}); err == nil {
		t.Error("the second Release of one lease released another")
	}
}

func TestDoAfterRelease(t *testing.T) {
	s := acquire(t, shared, t.Name())
	s.Release()
	err := s.Do(t.Context(), "read", func(context.Context, playwright.Page) error {
		t.Error("the function ran")
		return nil
	})
	if !errors.Is(err, errReleased) {
		t.Errorf("err = %v", err)
	}
}

func TestDoKeepsTheFunctionsError(t *testing.T) {
	s := acquire(t, shared, t.Name())
	own := errors.New("last admin")
	if err := s.Do(t.Context(), "remove", func(context.Context, playwright.Page) error { return own }); err != own {
		t.Errorf("err = %v", err)
	}
}

func TestDoFaults(t *testing.T) {
	address := site(t, map[string]http.HandlerFunc{
		"/": markup(`<button>Twin</button><button>Twin</button><div style="position:relative"><a href="#" id="under">Under</a>` +
			`<div style="position:absolute;inset:0;background:red"></div></div>`),
		"/nothing": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"/hangs":   func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	})
	short := playwright.Float(500)
	cases := map[string]struct {
		fn   func(context.Context, playwright.Page) error
		want Kind
	}{
		"not found": {func(_ context.Context, page playwright.Page) error {
			return page.GetByText("Nowhere").Click(playwright.LocatorClickOptions{Timeout: short})
		}, KindNotFound},
		"covered": {func(_ context.Context, page playwright.Page) error {
			return page.Locator("#under").Click(playwright.LocatorClickOptions{Timeout: short})
		}, KindNotActionable},
		"not unique": {func(_ context.Context, page playwright.Page) error {
			return page.GetByText("Twin").Click()
		}, KindNotUnique},
		"refused": {func(_ context.Context, page playwright.Page) error {
			// Nothing listens on the discard service's neighbour; Chromium blocks some ports by itself.
			_, err := page.Goto("http://127.0.0.1:10/")
			return err
		}, KindUnreachable},
		"no name": {func(_ context.Context, page playwright.Page) error {
			_, err := page.Goto("http://no-such-host.invalid/")
			return err
		}, KindUnreachable},
		"no content": {func(_ context.Context, page playwright.Page) error {
			_, err := page.Goto(address + "/nothing")
			return err
		}, KindNotAPage},
		"navigation timeout": {func(_ context.Context, page playwright.Page) error {
			_, err := page.Goto(address+"/hangs", playwright.PageGotoOptions{Timeout: short})
			return err
		}, KindTimeout},
		"panic": {func(context.Context, playwright.Page) error { panic("hunter2") }, KindPanic},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := acquire(t, shared, t.Name())
			s.Retire(ReasonSelfTest)
			open(t, s, address)
			err := s.Do(t.Context(), "act", c.fn)
			var fault *Error
			if !errors.As(err, &fault) || fault.Kind != c.want || fault.Step != StepNone {
				t.Fatalf("err = %#v (%v), want kind %s", fault, err, c.want)
			}
			if s.Lost() {
				t.Error("the session was lost")
			}
			// The session is still good.
			open(t, s, address)
		})
	}
}

func TestNativeDialogsAreDismissed(t *testing.T) {
	address := site(t, map[string]http.HandlerFunc{
		"/": markup(`<button onclick="document.title = confirm('Remove ada@example.com?')">Remove</button>`),
	})
	s := acquire(t, shared, t.Name())
	open(t, s, address)
	err := s.Do(t.Context(), "remove", func(_ context.Context, page playwright.Page) error {
		return page.GetByText("Remove").Click()
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := evaluate(t, s, "document.title"); got != "false" {
		t.Errorf("confirm() returned %v", got)
	}
	want := []Dialog{{Type: "confirm", Message: "Remove ada@example.com?"}}
	if diff := cmp.Diff(want, s.TakeDialogs(), cmpopts.IgnoreFields(Dialog{}, "At")); diff != "" {
		t.Errorf("dialogs (-want +got):\n%s", diff)
	}
	if left := s.TakeDialogs(); left != nil {
		t.Errorf("taken dialogs are still there: %v", left)
	}
}

func TestLeavingAPageIsNotHeldUp(t *testing.T) {
	address := site(t, map[string]http.HandlerFunc{
		"/":     markup(`<input><script>onbeforeunload = e => { e.preventDefault(); return 'stay' }</script>`),
		"/next": markup("next"),
	})
	s := acquire(t, shared, t.Name())
	open(t, s, address)
	err := s.Do(t.Context(), "type", func(_ context.Context, page playwright.Page) error {
		return page.Locator("input").PressSequentially("x")
	})
	if err != nil {
		t.Fatal(err)
	}
	open(t, s, address+"/next")
	if got := evaluate(t, s, "location.pathname"); got != "/next" {
		t.Errorf("the page is %v", got)
	}
}

func TestCounters(t *testing.T) {
	address := site(t, map[string]http.HandlerFunc{
		"/":      markup(`<iframe src="/frame"></iframe>`),
		"/frame": markup("frame"),
		"/moved": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) },
	})
	s := acquire(t, shared, t.Name())
	open(t, s, address)
	open(t, s, address+"/moved")
	evaluate(t, s, "history.pushState({}, '', '/other'); location.hash = 'x'")
	s.Acted()
	want := Counters{Operations: 3, Actions: 1, PageLoads: 2}
	if diff := cmp.Diff(want, s.Counters()); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
}

func TestDownloadsAreRefused(t *testing.T) {
	address := site(t, map[string]http.HandlerFunc{
		"/": markup("<p>"),
		"/file": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Disposition", "attachment; filename=members.csv")
			_, _ = w.Write([]byte("a,b"))
		},
	})
	s := acquire(t, shared, t.Name())
	open(t, s, address)
	err := s.Do(t.Context(), "download", func(_ context.Context, page playwright.Page) error {
		download, err := page.ExpectDownload(func() error {
			_, err := page.Evaluate("location.href = '/file'")
			return err
		})
		if err != nil {
			return err
		}
		return download.Failure()
	})
	if err == nil {
		t.Error("a file was downloaded")
	}
}

func TestPing(t *testing.T) {
	if err := shared.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if !shared.Healthy() {
		t.Error("a browser that answers is not healthy")
	}
	status := shared.Status()
	if status.DriverPID == 0 || status.ChromiumPID == 0 || status.DriverPID == status.ChromiumPID ||
		status.DriverMemory < 1<<20 || status.ChromiumMemory < 1<<20 || status.Version == "" || time.Since(status.StartedAt) < 0 {
		t.Errorf("status = %+v", status)
	}
}
