package clayweb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
)

// prepare makes the page ready for the workspace's book: it sends away the overlays of that book and of no other, and the browser has
// understood every rung that was added.
func (v *visit) prepare(ctx context.Context, known *overridden) error {
	if v.place.prepared == known.book {
		return nil
	}
	err := v.do(ctx, "prepare page", v.waits.page, func(_ context.Context, page playwright.Page) error {
		if v.session.Fresh() {
			v.place.around.follow(page) // from before its first page
		}
		if !known.tried.Load() {
			if err := tryRungs(page, known.book); err != nil {
				return err
			}
			known.tried.Store(true)
		}
		return v.handleOverlays(page)
	})
	if err == nil {
		v.place.prepared = known.book
	}
	return err
}

// tryRungs asks the browser for what the rungs of an override find, whatever that is: it alone knows which selectors and expressions it
// understands.
func tryRungs(page playwright.Page, b *book) error {
	var mistakes []error
	try := func(what string, steps ladder) error {
		for i, step := range steps {
			if !step.added {
				return nil // the built-in rungs follow
			}
			_, err := step.in(document(page)).Count()
			if err == nil && step.CSS != "" && isRows(what) {
				_, err = page.Evaluate("(selector) => document.querySelectorAll(selector).length", step.CSS)
			}
			if browser.KindOf(err) == browser.KindOther {
				mistakes = append(mistakes, fmt.Errorf("%s: rung %d: the browser does not understand it: %s", what, i+1, step))
			} else if err != nil {
				return err
			}
		}
		return nil
	}
	for _, name := range elements() {
		if err := try("element "+string(name), b.ladders[name]); err != nil {
			return err
		}
	}
	for _, entry := range b.overlays {
		if err := try(fmt.Sprintf("overlay %q", entry.name), append(ladder{entry.shows}, entry.dismiss...)); err != nil {
			return err
		}
	}
	if len(mistakes) > 0 {
		return locatorsInvalid(errors.Join(mistakes...))
	}
	return nil
}

// isRows says whether something is an element whose rungs a script reads rows by.
func isRows(what string) bool {
	return what == "element "+string(teamRow) || what == "element "+string(listRow)
}

// handleOverlays has Playwright send away what lies over the page before an action would be caught by it.
func (v *visit) handleOverlays(page playwright.Page) error {
	if before := v.place.prepared; before != nil {
		for _, entry := range before.overlays {
			if err := page.RemoveLocatorHandler(entry.shows.in(document(page))); err != nil {
				return err
			}
		}
	}
	for _, entry := range v.book.overlays {
		shows := entry.shows.in(document(page))
		dismiss := func(shown playwright.Locator) { v.backend.dismiss(shown, entry) }
		if err := page.AddLocatorHandler(shows, dismiss); err != nil {
			return err
		}
	}
	return nil
}

// clearOverlays sends away what already lies over the page, so that it cannot be taken for a dialog that somebody asked for.
func (v *visit) clearOverlays(page playwright.Page) error {
	for _, entry := range v.book.overlays {
		shown := entry.shows.in(document(page))
		if count, err := shown.Count(); err != nil || count == 0 {
			if err != nil {
				return err
			}
			continue
		}
		v.backend.dismiss(shown, entry)
		gone := playwright.LocatorWaitForOptions{
			State: playwright.WaitForSelectorStateHidden, Timeout: new(float64(dismissWait.Milliseconds())),
		}
		if err := shown.First().WaitFor(gone); err != nil {
			return pageChanged("the %s could not be sent away", entry.name)
		}
	}
	return nil
}

// dismissWait is how long the button of an overlay may take to react. The action that it stands in the way of waits meanwhile.
const dismissWait = 2 * time.Second

// dismiss clicks an overlay away. It runs on a goroutine of Playwright's, so that it must not panic, and whatever goes wrong
// shows as an action that the overlay caught.
func (b *Backend) dismiss(shown playwright.Locator, entry overlay) {
	defer func() { _ = recover() }()
	for _, step := range entry.dismiss {
		button := step.in(shown).First()
		options := playwright.LocatorClickOptions{Timeout: new(float64(dismissWait.Milliseconds()))}
		if err := button.Click(options); err == nil {
			b.log.Info("overlay dismissed", "overlay", entry.name)
			return
		}
	}
	b.log.Warn("overlay could not be dismissed", "overlay", entry.name)
}
