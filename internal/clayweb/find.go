package clayweb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
)

// notFoundError says that no rung of an element's ladder found exactly one visible element. Its text holds nothing of the page.
type notFoundError struct {
	element element
	ladder  ladder
	counts  []int
	// scope is where it was looked for.
	scope playwright.Locator
	// there is what was there instead, once somebody looked, and candidates are what of it may be meant.
	there      []thing
	candidates []candidate
}

// Error implements error.
func (e *notFoundError) Error() string {
	tried := make([]string, len(e.ladder))
	for i, step := range e.ladder {
		tried[i] = fmt.Sprintf("%s: %d", step, e.counts[i])
	}
	return fmt.Sprintf("no single %s on the page (%s)", e.element, strings.Join(tried, "; "))
}

// find climbs the ladder of an element within a scope. It does not wait. A rung that finds several elements is passed over like one that
// finds none: the one that was meant is not known.
func (v *visit) find(scope playwright.Locator, name element) (playwright.Locator, error) {
	steps := v.book.ladders[name]
	counts := make([]int, len(steps))
	for i, step := range steps {
		located := step.in(scope)
		count, err := located.Count()
		if err != nil {
			return nil, err
		}
		if count == 1 {
			v.rungs[name] = i + 1
			return located, nil
		}
		counts[i] = count
	}
	return nil, &notFoundError{element: name, ladder: steps, counts: counts, scope: scope}
}

// has says whether exactly one element is found now.
func (v *visit) has(scope playwright.Locator, name element) (playwright.Locator, bool, error) {
	located, err := v.find(scope, name)
	if _, ok := errors.AsType[*notFoundError](err); ok {
		return nil, false, nil
	}
	return located, err == nil, err
}

// awaitOne waits until the element is there, and finds it.
func (v *visit) awaitOne(ctx context.Context, scope playwright.Locator, most time.Duration, name element) (playwright.Locator, error) {
	if err := v.awaitAny(ctx, scope, most, name); err != nil {
		return nil, err
	}
	return v.find(scope, name)
}

// awaitAny waits until any rung of any of the elements finds something visible. When the time ends first, that is no error:
// the find that follows says better what is missing.
func (v *visit) awaitAny(ctx context.Context, scope playwright.Locator, most time.Duration, names ...element) error {
	err := v.union(scope, names...).First().WaitFor(playwright.LocatorWaitForOptions{Timeout: browser.Timeout(ctx, most)})
	if notYet(err) {
		return context.Cause(ctx)
	}
	return err
}

// shows says whether any rung of an element finds something.
func (v *visit) shows(page playwright.Page, name element) (bool, error) {
	count, err := v.union(document(page), name).Count()
	return count > 0, err
}

// union finds whatever any rung of any of the elements finds: one question to the page instead of one for each rung.
func (v *visit) union(scope playwright.Locator, names ...element) playwright.Locator {
	var wanted playwright.Locator
	for _, name := range names {
		for _, step := range v.book.ladders[name] {
			wanted = either(wanted, step.in(scope))
		}
	}
	return wanted
}

// notYet says that a wait ended before what it waited for was there, or while it was there and hidden.
func notYet(err error) bool {
	switch browser.KindOf(err) {
	case browser.KindNotFound, browser.KindTimeout, browser.KindNotActionable:
		return true
	default:
		return false // no wait will mend it
	}
}

// either finds what one of two locators finds. The first is nil where a union begins.
func either(union, further playwright.Locator) playwright.Locator {
	if union == nil {
		return further
	}
	return union.Or(further)
}

// document is the scope of a whole page.
func document(page playwright.Page) playwright.Locator { return page.Locator("body") }

// click finds an element of the page and clicks it.
func (v *visit) click(page playwright.Page, name element) error {
	located, err := v.find(document(page), name)
	if err != nil {
		return err
	}
	return browser.Wrap("click "+string(name), located.Click())
}
