package clayweb

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// table is a list of the settings, read to its end.
type table struct {
	rows []pageRow
	// columns say at which place in a row a column is.
	columns map[element]int
	// whole is true only where every row was seen.
	whole bool
}

// texts are what a column of a row shows, one by one.
func (t *table) texts(row pageRow, column element) []string {
	at, known := t.columns[column]
	if !known || at >= len(row.Cells) {
		return nil
	}
	return row.Cells[at].Texts
}

// text is all that a column of a row shows.
func (t *table) text(row pageRow, column element) string {
	return strings.Join(t.texts(row, column), " ")
}

// name is what a row is called: the first text of a column.
func (t *table) name(row pageRow, column element) string {
	if texts := t.texts(row, column); len(texts) > 0 {
		return texts[0]
	}
	return ""
}

// person is the address of the person that a row is about: what the column for addresses holds, where there is one, and else the one address
// that the row shows.
func (t *table) person(b *book, row pageRow, column element) (seat.Email, bool) {
	if texts := t.texts(row, column); len(texts) > 0 && isMail(texts[len(texts)-1]) {
		return asEmail(texts[len(texts)-1]), true
	}
	member, ok := b.readRow(row)
	return member.Email, ok
}

// readTable reads a list of the settings from its top to its end. It has to have the first columns; the others are read where they are.
func (v *visit) readTable(ctx context.Context, page playwright.Page, must []element, may ...element) (table, error) {
	if err := v.awaitRows(ctx, page); err != nil {
		return table{}, err
	}
	list := table{columns: map[element]int{}}
	for i, column := range slices.Concat(must, may) {
		at, err := v.column(page, column)
		if err := unlessMissing(err, i >= len(must)); err != nil {
			return table{}, err
		}
		if err == nil {
			list.columns[column] = at
		}
	}
	last, err := v.readAll(ctx, page, &list)
	if err != nil {
		return table{}, err
	}
	total, known := last.total()
	// An empty list has to say that it is.
	list.whole = last.AtEnd && !last.Busy && (known && total == len(list.rows) || !known && len(list.rows) > 0)
	return list, v.hintFault()
}

// readAll gathers the rows of a list from its top to its end, and returns the last that the document held.
func (v *visit) readAll(ctx context.Context, page playwright.Page, list *table) (pageWindow, error) {
	window, err := v.readWindow(page, listRow, "top")
	seen := map[string]bool{}
	for round, calm := 0, 0; err == nil && calm < calmRounds && round < maxRounds; round++ {
		if err := ctx.Err(); err != nil {
			return window, context.Cause(ctx)
		}
		news := list.add(seen, window.Rows)
		if window.isShown() {
			return window, nil
		}
		calm++
		if news || window.Busy || !window.AtEnd {
			calm = 0
		}
		if window.AtEnd {
			if err := awaitChange(page, calmWait); err != nil {
				return window, err
			}
		}
		window, err = v.readWindow(page, listRow, "down")
	}
	list.add(seen, window.Rows)
	return window, err
}

// isShown says whether the document holds all the rows that the list says it has.
func (w pageWindow) isShown() bool {
	total, known := w.total()
	if !w.AtEnd || w.Busy {
		return false
	}
	rows := 0
	for _, row := range w.Rows {
		if !row.Header {
			rows++
		}
	}
	return known && total == rows
}

// add takes the rows of a window and says whether any was new. A row that says its place is that place; of others that are alike in one
// window there are as many as it shows.
func (t *table) add(seen map[string]bool, rows []pageRow) (news bool) {
	alike := map[string]int{}
	for _, row := range rows {
		if row.Header {
			continue
		}
		key := strings.Join(row.Texts, "\n")
		if row.Index > 0 {
			key = fmt.Sprintf("%d %s", row.Index, key)
		}
		alike[key]++
		key = fmt.Sprintf("%s\n%d", key, alike[key])
		if !seen[key] {
			seen[key], news = true, true
			t.rows = append(t.rows, row)
		}
	}
	return news
}

// awaitRows waits until a list has come.
func (v *visit) awaitRows(ctx context.Context, page playwright.Page) error {
	deadline := v.backend.now().Add(v.waits.page)
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		window, err := v.readWindow(page, listRow, "")
		if err := unlessMissing(err, true); err != nil {
			return err
		}
		// A page that could not load its list shows an empty one.
		if err := v.hintFault(); err != nil {
			return err
		}
		if err == nil && !window.Busy && len(window.Rows) > 0 {
			return nil
		}
		if !v.backend.now().Before(deadline) {
			if late := v.waitsInVain(sightApp); late != nil {
				return late
			}
			if err == nil {
				err = pageChanged("a list of the settings does not come to rest")
			}
			return err
		}
		if err := awaitChange(page, lookSlice); err != nil {
			return err
		}
	}
}

// unlessMissing returns nil for an error that says that an element was not found, where it may be missing, and any other error.
func unlessMissing(err error, may bool) error {
	if len(missingIn(err)) > 0 && may {
		return nil
	}
	return err
}

// column is the place of a column in the rows of a list.
func (v *visit) column(page playwright.Page, name element) (int, error) {
	heading, err := v.find(document(page), name)
	if err != nil {
		return 0, err
	}
	at, err := heading.Evaluate("(node) => [...node.parentElement.children].indexOf(node)", nil)
	if err != nil {
		return 0, err
	}
	place, ok := at.(int)
	if !ok {
		return 0, pageChanged("the place of a column is not known")
	}
	return place, nil
}

// namedRow is the row of the one thing of a list that has exactly this name: the first text of the column.
func (v *visit) namedRow(ctx context.Context, page playwright.Page, column element, name string) (*memberRow, error) {
	at, err := v.column(page, column)
	if err != nil {
		return nil, err
	}
	const skipped = "ancestor::*[@aria-hidden='true']"
	own := fmt.Sprintf("normalize-space((./*[%d]//text()[normalize-space()][not(%s)])[1])=%s", at+1, skipped, quotePath(name))
	return v.rowIn(ctx, page, listRow, func(selector string) *memberRow { return rowWhere(page, selector, own) })
}

// personRow is the row of the one person of a list who has exactly this address: the last text of the column, which may have the name above it,
// or, where there is no such column, the one address that the row shows.
func (v *visit) personRow(ctx context.Context, page playwright.Page, column element, email seat.Email) (*memberRow, error) {
	at, err := v.column(page, column)
	if len(missingIn(err)) > 0 {
		return v.rowIn(ctx, page, listRow, func(selector string) *memberRow { return rowOf(page, selector, seat.Member{Email: email}) })
	} else if err != nil {
		return nil, err
	}
	const lower = "translate(normalize-space((./*[%d]//text()[normalize-space()])[last()]), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"
	own := fmt.Sprintf(lower, at+1) + "=" + quotePath(string(email))
	return v.rowIn(ctx, page, listRow, func(selector string) *memberRow { return rowWhere(page, selector, own) })
}

// rowWhere is the innermost row for which an XPath condition holds.
func rowWhere(page playwright.Page, selector, own string) *memberRow {
	return &memberRow{
		locator: page.Locator(selector).
			Filter(playwright.LocatorFilterOptions{Visible: new(true)}).
			Filter(playwright.LocatorFilterOptions{HasNot: page.Locator(selector)}).
			And(page.Locator("xpath=//*[" + own + "]")),
		guard: guard{own: own, other: "false()", rows: selector},
	}
}

// cleanName is a name as a page shows it, with single spaces.
func cleanName(name string) string { return strings.Join(strings.Fields(name), " ") }

// namesThing says whether a text names a thing, and none of the others whose names hold that name.
func namesThing(text, name string, others []string) bool {
	text, name = cleanName(text), cleanName(name)
	if !holdsWord(text, name) {
		return false
	}
	for _, other := range others {
		if other = cleanName(other); other != name && strings.Contains(other, name) && holdsWord(text, other) {
			return false
		}
	}
	return true
}

// holdsWord says whether a text holds another that is not a part of a longer word there.
func holdsWord(text, word string) bool {
	if word == "" {
		return false
	}
	return regexp.MustCompile(`(?:^|[^\p{L}\p{N}])` + regexp.QuoteMeta(word) + `(?:$|[^\p{L}\p{N}])`).MatchString(text)
}

// grouped matches a whole number with or without separators between its thousands, and digits behind the point, which are left out.
var grouped = regexp.MustCompile(`^(\d{1,3}(?:[,.’' \x{00a0}\x{202f}]\d{3})+|\d+)(?:[.,]\d{1,2})?$`)

// number reads a number of credits.
func number(text string) (int64, bool) {
	match := grouped.FindStringSubmatch(strings.TrimSpace(text))
	if match == nil {
		return 0, false
	}
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, match[1])
	read, err := strconv.ParseInt(digits, 10, 64)
	return read, err == nil
}

// noLimit matches what stands in the place of a limit where there is none.
var noLimit = regexp.MustCompile(`(?i)^(no limit|unlimited|none|∞|–|—|-)$`)

// usedOf reads "used / limit". The limit is nil where there is none.
func usedOf(text string) (used int64, limit *int64, ok bool) {
	left, right, found := strings.Cut(text, "/")
	if !found {
		return 0, nil, false
	}
	used, ok = number(left)
	if !ok {
		return 0, nil, false
	}
	if noLimit.MatchString(strings.TrimSpace(right)) {
		return used, nil, true
	}
	most, ok := number(right)
	return used, &most, ok
}

// awaitShown waits until a page of the settings shows one of the elements that it is known by.
func (v *visit) awaitShown(ctx context.Context, page playwright.Page, known ...element) error {
	all := v.union(document(page), append(known, loginEmail, loginPassword, loginExpired, loginSecurityCheck, appDenied)...)
	deadline := v.backend.now().Add(v.waits.page)
	for v.backend.now().Before(deadline) {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		err := all.First().WaitFor(playwright.LocatorWaitForOptions{Timeout: browser.Timeout(ctx, lookSlice)})
		if err == nil {
			break
		}
		if !notYet(err) && browser.KindOf(err) != browser.KindNavigationRaced {
			return err
		}
		if v.place.around.checked() {
			return v.refuseSecurityCheck(page)
		}
		if err := v.hintFault(); err != nil {
			return err
		}
	}
	return v.whatIsShown(page, known)
}

// whatIsShown is nil where the page shows one of the elements, and says otherwise what it shows instead.
func (v *visit) whatIsShown(page playwright.Page, known []element) error {
	if count, err := v.union(document(page), known...).Count(); err != nil || count > 0 {
		return err
	}
	if err := v.putRight(page); err != nil {
		return err
	}
	if asked, err := v.shows(page, loginEmail); err != nil {
		return err
	} else if asked {
		return errExpired
	}
	if checked, err := v.shows(page, loginSecurityCheck); err != nil {
		return err
	} else if checked {
		return v.refuseSecurityCheck(page)
	}
	if late := v.waitsInVain(sightApp); late != nil {
		return late
	}
	_, missing := v.find(document(page), known[0])
	if missing == nil {
		missing = sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonTimeout, "the page came too late; it is tried again")
	}
	return missing
}
