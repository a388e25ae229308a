package clayweb

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/claysim"
)

// handWait is how long the simulator's pages may take for a step of a hand.
const handWait = 10 * time.Second

// hand uses the simulator's pages as a person does, without the page objects: what it tests is the simulator. After the first step that
// fails it does nothing more.
type hand struct {
	page   playwright.Page
	server *claysim.Server
	err    error
}

// useHand signs an account in and lets it use the pages.
func useHand(t *testing.T, server *claysim.Server, email string, use func(*hand)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), callLimit)
	defer cancel()
	session, err := chromium.Acquire(ctx, browser.SessionOptions{Key: "by hand " + t.Name()})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Release()
	defer session.Retire(browser.ReasonSelfTest)
	err = session.Do(ctx, t.Name(), func(_ context.Context, page playwright.Page) error {
		page.SetDefaultTimeout(float64(handWait.Milliseconds()))
		h := &hand{page: page, server: server}
		h.signIn(email)
		use(h)
		if h.err != nil {
			snapshot, _ := page.Locator("body").AriaSnapshot()
			return fmt.Errorf("at %s: %w\n%s", page.URL(), h.err, snapshot)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (h *hand) signIn(email string) {
	h.open("/login")
	h.do(func() error {
		_, err := h.page.Evaluate(`([url, email, password]) => fetch(url, {method: 'POST', credentials: 'include', body: JSON.stringify({email, password})})`,
			[]any{h.server.APIURL() + "/v3/auth/password", email, claysim.SamplePassword})
		return err
	})
}

func (h *hand) do(step func() error) {
	if h.err == nil {
		h.err = step()
	}
}

// open loads a document of the application.
func (h *hand) open(path string) {
	h.do(func() error {
		_, err := h.page.Goto(h.server.AppURL() + path)
		return err
	})
}

// by finds what has a role and exactly this name, in the dialog for as long as one is open.
func (h *hand) by(role playwright.AriaRole, name string) playwright.Locator {
	within := h.page.Locator("body:not(:has([role=dialog])), [role=dialog]")
	return within.GetByRole(role, playwright.LocatorGetByRoleOptions{Name: name, Exact: new(true)})
}

func (h *hand) click(role playwright.AriaRole, name string) {
	h.do(func() error { return h.by(role, name).Click() })
}

func (h *hand) fill(role playwright.AriaRole, name, text string) {
	h.do(func() error { return h.by(role, name).Fill(text) })
}

// choose types into a field that searches and takes the option of exactly this name.
func (h *hand) choose(field, typed, option string) {
	h.fill("combobox", field, typed)
	h.do(func() error {
		return h.page.GetByRole("listbox").GetByRole("option", playwright.LocatorGetByRoleOptions{Name: option, Exact: new(true)}).Click()
	})
}

// sees waits for exactly one element of a role and a name.
func (h *hand) sees(role playwright.AriaRole, name string) {
	h.do(func() error { return h.by(role, name).WaitFor() })
}

// gone waits until nothing of a role is there any more.
func (h *hand) gone(role playwright.AriaRole) {
	h.do(func() error {
		return h.page.GetByRole(role).WaitFor(playwright.LocatorWaitForOptions{State: playwright.WaitForSelectorStateDetached})
	})
}

// reads waits for a text somewhere on the page.
func (h *hand) reads(text string) {
	h.do(func() error {
		return h.page.GetByText(text, playwright.PageGetByTextOptions{Exact: new(true)}).First().WaitFor()
	})
}

// isRefused waits for an alert that says why.
func (h *hand) isRefused(text string) {
	h.do(func() error {
		return h.page.GetByRole("alert").Filter(playwright.LocatorFilterOptions{HasText: text}).First().WaitFor()
	})
}

// menu opens the menu of the row that holds a text, and clicks an entry.
func (h *hand) menu(row, entry string) {
	h.do(func() error {
		return h.page.GetByRole("row").Filter(playwright.LocatorFilterOptions{HasText: row}).GetByRole("button").Click()
	})
	h.click("menuitem", entry)
}

// counts fails unless there are so many elements of a role, with a name if that is not empty.
func (h *hand) counts(role playwright.AriaRole, name string, want int) {
	h.do(func() error {
		options := playwright.PageGetByRoleOptions{}
		if name != "" {
			options.Name, options.Exact = name, new(true)
		}
		got, err := h.page.GetByRole(role, options).Count()
		if err == nil && got != want {
			err = fmt.Errorf("%d of role %s, name %q; want %d", got, role, name, want)
		}
		return err
	})
}

// waits lets the world reach a state.
func (h *hand) waits(reached func(claysim.WorkspaceState) bool) {
	h.do(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), handWait)
		defer cancel()
		return h.server.Wait(ctx, func(state claysim.State) bool { return reached(state.Workspace(claysim.SampleWorkspace)) })
	})
}
