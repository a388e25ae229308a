package clayweb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// row scrolls the list until the row of a member is in the document, and returns it. It looks from where the list stands to its end, and
// then from the top, so that members who follow each other in the list cost one way through it.
func (v *visit) row(ctx context.Context, page playwright.Page, member seat.Member) (*memberRow, error) {
	return v.rowIn(ctx, page, teamRow, func(selector string) *memberRow { return rowOf(page, selector, member) })
}

// rowIn does the same in any list of rows.
func (v *visit) rowIn(ctx context.Context, page playwright.Page, rows element, of func(selector string) *memberRow) (*memberRow, error) {
	selector, err := v.rowSelector(page, rows)
	if err != nil {
		return nil, err
	}
	row := of(selector)
	move, wrapped := "", false
	for range maxRounds {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		window, err := v.readWindow(page, rows, move)
		if err != nil {
			return nil, err
		}
		count, err := row.locator.Count()
		if err != nil {
			return nil, err
		}
		switch {
		case count == 1:
			return row, v.centre(ctx, row.locator)
		case count > 1:
			return nil, ambiguous()
		case !window.AtEnd:
			move = "down"
		case !wrapped:
			move, wrapped = "top", true
		default:
			return nil, &changeError{fault: sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonAmbiguousMember,
				"no row of the page is about this alone; a person has to look at it")}
		}
	}
	return nil, pageChanged("the list has no end")
}

// centre brings a row to the middle of the window, where its menus open clear of what the page lays over its edges. A toast in a corner
// would hold up every click below it for as long as it shows.
func (v *visit) centre(ctx context.Context, row playwright.Locator) error {
	_, err := row.Evaluate("(node) => node.scrollIntoView({block: 'center'})", nil,
		playwright.LocatorEvaluateOptions{Timeout: browser.Timeout(ctx, v.waits.step)})
	return err
}

func ambiguous() error {
	return &changeError{fault: sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonAmbiguousMember,
		"more than one row of the page is about this; a person has to look at it")}
}

// rowOf is the innermost row with a text that equals the member's address, and with no other text that is an address: whoever
// uses another person's address as a name must not be taken for that person. The member's own name, where Clay's traffic told it, may
// look like an address.
//
// It looks at single texts, as the reader of the page does, because a mark may stand beside the address in one element.
func rowOf(page playwright.Page, selector string, member seat.Member) *memberRow {
	own := lowerText + "=" + quotePath(string(member.Email))
	other := "contains(., '@') and not(contains(normalize-space(.), ' ')) and not(" + own + ")"
	if isMail(member.Name) {
		other += " and not(" + lowerText + "=" + quotePath(fold(member.Name)) + ")"
	}
	own, other = holding(own), holding(other)
	return &memberRow{
		locator: page.Locator(selector).
			Filter(playwright.LocatorFilterOptions{Visible: new(true)}).
			Filter(playwright.LocatorFilterOptions{HasNot: page.Locator(selector)}).
			Filter(playwright.LocatorFilterOptions{Has: page.Locator("xpath=" + own)}).
			Filter(playwright.LocatorFilterOptions{HasNot: page.Locator("xpath=" + other)}),
		guard: guard{own: own, other: other, rows: selector},
	}
}

// holding is an XPath of the elements that have a text for which a condition holds.
func holding(condition string) string { return ".//*[text()[" + condition + "]]" }

// lowerText is a text in XPath, with single spaces and in lower case.
const lowerText = "translate(normalize-space(.), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"

// quotePath quotes a text for XPath, which has no escapes.
func quotePath(text string) string {
	return "concat('', '" + strings.ReplaceAll(text, "'", `', "'", '`) + "')"
}

// textsScript lists the visible texts of an element one by one.
const textsScript = `(row) => {
	const texts = [];
	const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const text = walker.currentNode.data.replace(/\s+/g, ' ').trim();
		const parent = walker.currentNode.parentElement;
		if (text && !parent.closest('option, script, style') && parent.checkVisibility()) texts.push(text);
	}
	return JSON.stringify(texts);
}`

// checkPresence makes sure that the row itself says what the list says: an invitation is marked as one, and a member is not.
func (v *visit) checkPresence(page playwright.Page, row playwright.Locator, member seat.Member) error {
	answer, err := row.Evaluate(textsScript, nil)
	if err != nil {
		return err
	}
	var texts []string
	text, _ := answer.(string)
	if err := json.Unmarshal([]byte(text), &texts); err != nil {
		return fmt.Errorf("read the row: %w", err)
	}
	marks := 0
	for _, text := range texts {
		if v.book.pending[fold(text)] {
			marks++
		}
	}
	if v.book.pending[fold(member.Name)] && slices.Contains(texts, member.Name) {
		marks-- // a name is no mark
	}
	if marked := marks > 0; marked != (member.Presence == seat.Pending) {
		return pageChanged("the row of the address does not show whether it is an invitation or a member as the list did")
	}
	return v.ready(page)
}
