package browser

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// playwrightError builds an error as playwright-go does.
func playwrightError(kind error, message string) error {
	cause := &playwright.Error{Name: "Error", Message: message}
	if kind == nil {
		return fmt.Errorf("%w: %w", playwright.ErrPlaywright, cause)
	}
	return fmt.Errorf("%w: %w: %w", playwright.ErrPlaywright, kind, cause)
}

func TestKindOf(t *testing.T) {
	timedOut := func(text string) error { return playwrightError(playwright.ErrTimeout, text) }
	plain := func(text string) error { return playwrightError(nil, text) }
	cases := map[string]struct {
		err  error
		want Kind
	}{
		"nothing":                  {nil, ""},
		"somebody else's":          {errors.New("seat limit reached"), KindOther},
		"a deadline of the caller": {context.DeadlineExceeded, KindOther},
		"browser killed": {playwrightError(playwright.ErrTargetClosed,
			"Target page, context or browser has been closed"), KindSessionLost},
		"target closed without a text": {playwright.ErrTargetClosed, KindSessionLost},
		"driver killed, in flight":     {errors.New("Connection closed"), KindSessionLost},
		"driver killed, later": {fmt.Errorf("%w: %w", playwright.ErrTargetClosed,
			errors.New("could not read protocol padding: EOF")), KindSessionLost},
		"driver stopped":    {errors.New("could not send message: transport closed"), KindSessionLost},
		"transport":         {errors.New("transport closed"), KindSessionLost},
		"handle collected":  {plain("The object has been collected to prevent unbounded heap growth."), KindSessionLost},
		"page crashed":      {plain("Page crashed"), KindPageLost},
		"target crashed":    {plain("page.evaluate: Target crashed "), KindPageLost},
		"context destroyed": {plain("Execution context was destroyed, most likely because of a navigation"), KindNavigationRaced},
		"context not found": {plain("Protocol error (Runtime.callFunctionOn): Cannot find context with specified id"), KindNavigationRaced},
		"navigations crossed": {plain(`Navigation to "http://x/" is interrupted by another navigation to "chrome-error://chromewebdata/"`),
			KindNavigationRaced},
		"element drawn anew": {plain("Element is not attached to the DOM"), KindNavigationRaced},
		"body gone":          {plain("Protocol error (Network.getResponseBody): No resource with given identifier found"), KindNavigationRaced},
		"navigation timeout": {timedOut("Timeout 1500ms exceeded.\nCall log:\n  - navigating to \"http://x/\", waiting until \"load\"\n"),
			KindTimeout},
		"no such element": {timedOut("Timeout 5000ms exceeded.\nCall log:\n  - waiting for getByRole('button', { name: 'Send invite' })\n"),
			KindNotFound},
		"element covered": {timedOut("Timeout 5000ms exceeded.\nCall log:\n  - waiting for locator('#send')\n" +
			"    - locator resolved to <button id=\"send\">Send</button>\n  - attempting click action\n    - <div> intercepts pointer events\n"),
			KindNotActionable},
		"a page that quotes a fault": {timedOut("Timeout 5000ms exceeded.\nCall log:\n  - waiting for locator('#send')\n" +
			"    - locator resolved to <p>net::ERR_FAILED Page crashed</p>\n"), KindNotActionable},
		"two elements": {plain("strict mode violation: getByRole('button') resolved to 2 elements:\n    1) <button>Ada</button>"),
			KindNotUnique},
		"no name":            {plain("net::ERR_NAME_NOT_RESOLVED at https://app.example.com/"), KindUnreachable},
		"refused":            {plain("net::ERR_CONNECTION_REFUSED at http://127.0.0.1:1/"), KindUnreachable},
		"empty":              {plain("net::ERR_EMPTY_RESPONSE at http://x/"), KindUnreachable},
		"bad certificate":    {plain("net::ERR_SSL_PROTOCOL_ERROR at https://x/"), KindUnreachable},
		"offline":            {plain("net::ERR_INTERNET_DISCONNECTED at https://x/"), KindUnreachable},
		"no content":         {plain("net::ERR_ABORTED; maybe frame was detached?"), KindNotAPage},
		"download":           {plain("Download is starting"), KindNotAPage},
		"wrong driver":       {errors.New("please install the driver (v1.60.0) first: driver exists but version not 1.60.0 in : /x"), KindNotInstalled},
		"no driver":          {errors.New("please install the driver (v1.60.0) first"), KindNotInstalled},
		"no sandbox":         {playwrightError(playwright.ErrTargetClosed, "Browser logs:\n[err] No usable sandbox! If you are running"), KindSandbox},
		"no sandbox as root": {plain("[err] Running as root without --no-sandbox is not supported."), KindSandbox},
		"wrapped by Wrap":    {fmt.Errorf("read members: %w", Wrap("click", plain("Page crashed"))), KindPageLost},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := KindOf(c.err); got != c.want {
				t.Errorf("KindOf = %q, want %q", got, c.want)
			}
		})
	}
}

func TestEveryKindHasASentence(t *testing.T) {
	for _, marker := range markers {
		if sentences[marker.kind] == "" {
			t.Errorf("kind %q has no sentence", marker.kind)
		}
	}
}

func TestWrapShowsNoPageText(t *testing.T) {
	cases := map[string]struct {
		err  error
		want string
	}{
		"missing element": {
			playwrightError(playwright.ErrTimeout, "Timeout 5000ms exceeded.\nCall log:\n  - waiting for getByRole('button', { name: 'Send' })\n"),
			"invite: no element matched in time (getByRole('button', { name: 'Send' }))",
		},
		"filled value": {
			playwrightError(playwright.ErrTimeout, "Timeout exceeded.\nCall log:\n  - waiting for locator('#p')\n"+
				"    - locator resolved to <input value=\"hunter2\">\n    - fill(\"hunter2\")\n"),
			"invite: the element could not be used in time (locator('#p'))",
		},
		"several elements": {
			playwrightError(nil, "strict mode violation: locator('p') resolved to 2 elements:\n 1) <p>hunter2</p> aka getByText('hunter2')"),
			"invite: more than one element matched (locator('p'))",
		},
		"network": {
			playwrightError(nil, "net::ERR_NAME_NOT_RESOLVED at https://app.example.com/?token=hunter2"),
			"invite: the site cannot be reached (net::ERR_NAME_NOT_RESOLVED)",
		},
		"unknown": {
			playwrightError(nil, "Error: hunter2 at eval"),
			"invite: the browser reported a fault that is not known",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := Wrap("invite", c.err)
			if got.Error() != c.want {
				t.Errorf("text %q, want %q", got, c.want)
			}
			if !errors.Is(got, c.err) {
				t.Error("the cause is not reached by errors.Is")
			}
		})
	}
}

func TestWrapLeavesOthersAlone(t *testing.T) {
	own := errors.New("seat limit reached")
	if got := Wrap("invite", own); got != own {
		t.Errorf("Wrap changed the caller's error to %v", got)
	}
	if got := Wrap("invite", nil); got != nil {
		t.Errorf("Wrap(nil) = %v", got)
	}
	outer := fmt.Errorf("page 2: %w", Wrap("click", playwrightError(nil, "Page crashed")))
	if got := Wrap("invite", outer); got != outer {
		t.Errorf("Wrap changed a safe error to %v", got)
	}
}

func TestLongLocatorIsCut(t *testing.T) {
	err := Wrap("x", playwrightError(playwright.ErrTimeout, "Timeout\n - waiting for getByText('"+strings.Repeat("ä", 500)+"')"))
	var safe *Error
	if !errors.As(err, &safe) || len(safe.Locator) > maxLocatorLength+len("…") || strings.ContainsRune(safe.Locator, '�') {
		t.Errorf("locator of %d bytes: %q", len(safe.Locator), safe.Locator)
	}
}
