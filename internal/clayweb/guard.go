package clayweb

import (
	_ "embed" // the script
	"errors"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
)

//go:embed guard.js
var guardScript string

// guard says by what an element is known to be about a member, in XPath conditions.
type guard struct {
	own, other string
	// rows is the selector of all rows, where the element is one.
	rows string
}

// errStopped says that something was about somebody else in the moment of the click, and that the page got nothing of the click. It reads as any
// other page that changes while it is looked at.
var errStopped = &browser.Error{
	Op: "click what is about a member", Kind: browser.KindNavigationRaced,
	Detail: "it was about somebody else in the moment of the click, so that nothing was clicked",
}

// press makes a click or a choice that is about a member. Between the look at an element and the click on it a list may put somebody else there,
// and a menu or a list of roles does not say whom it is about. So the page itself looks at the element once more in the moment of the
// click, and gets the click only where the element still is what it was.
//
// The error is errStopped where the page got nothing; after any other one it may have got something.
func (g guard) press(held playwright.JSHandle, click func() error) error {
	watch, err := held.EvaluateHandle(guardScript, map[string]any{"own": g.own, "other": g.other, "rows": g.rows})
	if err != nil {
		return errors.Join(errStopped, err)
	}
	clicked := click()
	ended, err := watch.Evaluate("(watch) => watch.end()", nil)
	if err != nil {
		return clicked // the document is gone, as it may be after a click, and the guard with it
	}
	_ = watch.Dispose()
	if said, _ := ended.(map[string]any); said["stopped"] == true && said["passed"] == false {
		return errStopped
	}
	return clicked
}

// memberRow is the row of a member. The locator finds it anew each time that it is used, wherever the list shows the member by then.
type memberRow struct {
	locator playwright.Locator
	guard   guard
	// held is the row's element; what a click in it opened is its own, whomever the list puts there meanwhile. It is nil before the first click.
	held playwright.JSHandle
}

// open clicks a control in the row, wherever the row is now.
func (r *memberRow) open(control playwright.Locator) error {
	r.held = nil
	return r.press(func() error { return control.Click() })
}

// press makes a click or a choice that is about the member, in the row or in what a click in it opened.
func (r *memberRow) press(click func() error) error {
	if r.held == nil {
		held, err := hold(r.locator)
		if err != nil {
			return errors.Join(errStopped, err)
		}
		r.held = held
	}
	return r.guard.press(r.held, click)
}

// hold returns the element that a locator finds now, for what must not be found anew.
func hold(found playwright.Locator) (playwright.JSHandle, error) {
	return found.EvaluateHandle("(node) => node", nil)
}

// pressIn clicks a button of a dialog, while the dialog says what it said when textsOf read it.
func pressIn(dialog, button playwright.Locator, said string) error {
	held, err := hold(dialog)
	if err != nil {
		return errors.Join(errStopped, err)
	}
	return guard{own: spacedText + "=" + quotePath(said), other: "false()"}.press(held, func() error { return button.Click() })
}

// textsOf returns what an element shows, in lines, and what pressIn compares.
func textsOf(element playwright.Locator) (shown, said string, err error) {
	found, err := element.Evaluate(
		"(node, path) => ({shown: node.innerText, said: document.evaluate(path, node, null, XPathResult.STRING_TYPE).stringValue})", spacedText)
	if err != nil {
		return "", "", err
	}
	texts, _ := found.(map[string]any)
	shown, _ = texts["shown"].(string)
	said, _ = texts["said"].(string)
	return shown, said, nil
}

// spacedText is the text of an element in XPath, with single spaces.
const spacedText = "normalize-space(.)"
