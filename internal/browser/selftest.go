package browser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/playwright-community/playwright-go"
)

const (
	// selfTestBound is how long the self-test may take: fifty times the usual.
	selfTestBound = 60 * time.Second
	// selfTestAddress is never resolved: the page is served from memory.
	selfTestAddress = "http://self-test.localhost/"
	selfTestAnswer  = `{"answer":42}`
	selfTestPage    = `<!doctype html><html lang="en"><title>Self-test</title><h1>Self-test</h1>
<button onclick="fetch('/numbers').then(r => r.text()).then(t => { localStorage.setItem('kept', t); out.textContent = 'done' })">Ask</button>
<p id="out" role="status"></p>`
)

// selfTestKey names the sessions of the self-test.
const selfTestKey = "self-test"

// pngHeader begins every PNG.
var pngHeader = []byte("\x89PNG\r\n\x1a\n")

// SelfTest runs every feature of the browser that the operator uses on a page that it serves itself, and names the first that does
// not work. It needs no network. It takes about a second; run it once after Start, because Chromium is updated
// independently of the driver.
func (b *Browser) SelfTest(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, selfTestBound)
	defer cancel()
	if err := b.Ping(ctx); err != nil {
		return fmt.Errorf("self-test: ping: %w", err)
	}
	state, err := b.selfTestUse(ctx)
	if err != nil {
		return fmt.Errorf("self-test: %w", err)
	}
	if err := b.selfTestRestore(ctx, state); err != nil {
		return fmt.Errorf("self-test: restore storage state: %w", err)
	}
	return nil
}

// selfTestUse loads the page, uses it, and returns its storage state.
func (b *Browser) selfTestUse(ctx context.Context) ([]byte, error) {
	s, err := b.selfTestSession(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer s.Release()
	watch := s.Watch(regexp.MustCompile(`/numbers$`))
	defer watch.Close()
	if err := s.Do(ctx, "self-test", selfTestFlow); err != nil {
		return nil, err
	}
	answer, err := watch.Await(ctx, actionTimeout)
	if err != nil {
		return nil, fmt.Errorf("read the page's traffic: %w", err)
	}
	if answer.Err != nil || string(answer.Body) != selfTestAnswer {
		return nil, fmt.Errorf("read the page's traffic: not the answer that was sent: %w", answer.Err)
	}
	evidence, err := s.Evidence(ctx, NewRedactor(nil, nil))
	if err != nil {
		return nil, fmt.Errorf("take evidence: %w", err)
	}
	if !bytes.HasPrefix(evidence.Screenshot, pngHeader) || !strings.Contains(evidence.AriaSnapshot, `button "Ask"`) {
		return nil, errors.New("take evidence: the picture or the snapshot is not of the page")
	}
	state, err := s.StorageState(ctx)
	if err != nil {
		return nil, fmt.Errorf("read storage state: %w", err)
	}
	return state, nil
}

// selfTestFlow is what the operator does with every page: load, find by role, act, wait for the effect.
func selfTestFlow(ctx context.Context, page playwright.Page) error {
	if err := serveSelfTest(page); err != nil {
		return fmt.Errorf("serve the page: %w", Wrap("route", err))
	}
	if _, err := page.Goto(selfTestAddress); err != nil {
		return fmt.Errorf("load the page: %w", Wrap("goto", err))
	}
	language, err := page.Evaluate("navigator.language + ' ' + Intl.DateTimeFormat().resolvedOptions().timeZone")
	if err != nil {
		return fmt.Errorf("run a script: %w", Wrap("evaluate", err))
	}
	if language != locale+" "+timezone {
		return errors.New("set locale and time zone: the page sees others")
	}
	button := page.GetByRole("button", playwright.PageGetByRoleOptions{Name: "Ask", Exact: new(true)})
	if err := button.Click(); err != nil {
		return fmt.Errorf("click by role: %w", Wrap("click", err))
	}
	err = page.GetByRole("status").Filter(playwright.LocatorFilterOptions{HasText: "done"}).
		WaitFor(playwright.LocatorWaitForOptions{Timeout: Timeout(ctx, actionTimeout)})
	if err != nil {
		return fmt.Errorf("wait for an element: %w", Wrap("wait", err))
	}
	return nil
}

// selfTestRestore checks that a new context has what the old one stored.
func (b *Browser) selfTestRestore(ctx context.Context, state []byte) error {
	s, err := b.selfTestSession(ctx, state)
	if err != nil {
		return err
	}
	defer s.Release()
	return s.Do(ctx, "self-test", func(_ context.Context, page playwright.Page) error {
		if err := serveSelfTest(page); err != nil {
			return err
		}
		if _, err := page.Goto(selfTestAddress); err != nil {
			return err
		}
		kept, err := page.Evaluate("localStorage.getItem('kept')")
		if err != nil {
			return err
		}
		if kept != selfTestAnswer {
			return errors.New("it is not what was stored")
		}
		return nil
	})
}

// selfTestSession acquires a session that is not kept.
func (b *Browser) selfTestSession(ctx context.Context, state []byte) (*Session, error) {
	s, err := b.Acquire(ctx, SessionOptions{Key: selfTestKey, StorageState: state})
	if err != nil {
		return nil, fmt.Errorf("open a context: %w", err)
	}
	s.Retire(ReasonSelfTest)
	return s, nil
}

// serveSelfTest answers the page's requests from memory.
func serveSelfTest(page playwright.Page) error {
	return page.Route(selfTestAddress+"**", func(route playwright.Route) {
		answer := playwright.RouteFulfillOptions{ContentType: new("text/html"), Body: selfTestPage}
		if strings.HasSuffix(route.Request().URL(), "/numbers") {
			answer = playwright.RouteFulfillOptions{ContentType: new("application/json"), Body: selfTestAnswer}
		}
		// A route that cannot be answered shows as a load that fails.
		_ = route.Fulfill(answer)
	})
}
