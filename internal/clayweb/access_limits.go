package clayweb

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// readLimits reads the list of people with their limits, and the default in the dialog that sets it.
func (r *accessReading) readLimits(ctx context.Context) (access.LimitList, error) {
	v := r.visit
	var list access.LimitList
	offer, err := r.inSection(ctx, access.SectionLimits, func(ctx context.Context, page playwright.Page) error {
		rows, err := v.readTable(ctx, page, []element{limitsNameColumn, limitsUsedColumn})
		if err != nil {
			return err
		}
		list.Complete = rows.whole
		for _, row := range rows.rows {
			email, ok := rows.person(v.book, row, limitsNameColumn)
			used, limit, read := usedOf(rows.text(row, limitsUsedColumn))
			if !ok || !read {
				list.Complete = false // a row that is not understood
				continue
			}
			r.knows(rows.name(row, limitsNameColumn))
			list.People = append(list.People, access.PersonLimit{Email: email, Limit: limit, Used: used})
		}
		if err := r.needsInRow(page, access.SectionLimits, limitsEdit); err != nil {
			return err
		}
		if err := r.needs(access.SectionLimits, document(page), limitsSetDefault); err != nil {
			return err
		}
		if _, found, err := v.has(document(page), limitsSetDefault); err != nil || !found {
			list.Complete = false // the default is not known
			return err
		}
		list.Default, err = r.readDefault(ctx, page)
		return err
	})
	list.Offer = offer
	if err != nil {
		return access.LimitList{}, err
	}
	return list, nil
}

// readDefault reads the default limit, nil for none, in the dialog that sets it, and leaves that.
func (r *accessReading) readDefault(ctx context.Context, page playwright.Page) (limit *int64, err error) {
	v := r.visit
	err = v.inDefault(ctx, page, func(dialog playwright.Locator) error {
		field, err := v.find(dialog, limitsField)
		if err != nil {
			return err
		}
		text, err := field.InputValue()
		if err != nil {
			return err
		}
		if strings.TrimSpace(text) != "" {
			credits, ok := number(text)
			if !ok {
				return pageChanged("the dialog for the default limit holds no number")
			}
			limit = &credits
		}
		if err := r.needs(access.SectionLimits, dialog, limitsField, limitsSave); err != nil {
			return err
		}
		return v.leaveDialog(ctx, page, dialog)
	})
	return limit, err
}

// inDefault opens the dialog for the default limit and does something in it.
func (v *visit) inDefault(ctx context.Context, page playwright.Page, do func(dialog playwright.Locator) error) error {
	return v.inDialog(ctx, page, func() error { return v.click(page, limitsSetDefault) }, do)
}

// performLimits makes what is waiting: the default first, and then person by person as the list shows them.
func (w *accessWork) performLimits(ctx context.Context, jobs []*accessJob) error {
	places := map[seat.Email]int{}
	for place, line := range w.reading.state.Limits.People {
		places[asEmail(string(line.Email))] = place
	}
	ordered := slices.SortedStableFunc(slices.Values(jobs), func(a, b *accessJob) int {
		return cmp.Compare(places[asEmail(string(a.change.Email))], places[asEmail(string(b.change.Email))])
	})
	for _, verb := range []access.Verb{access.SetDefaultLimit, access.SetLimit} {
		for _, next := range ordered {
			if next.state != waiting || next.change.Verb != verb {
				continue
			}
			set := w.setLimit
			if verb == access.SetDefaultLimit {
				set = w.setDefault
			}
			if err := set(ctx, next); err != nil {
				return err
			}
		}
	}
	return nil
}

// setDefault sets the limit of everybody who has none of their own.
func (w *accessWork) setDefault(ctx context.Context, next *accessJob) error {
	v := w.visit
	jobs := []*accessJob{next}
	return w.attempt(ctx, "default-limit-dialog", jobs, func(ctx context.Context, page playwright.Page) error {
		return v.inDefault(ctx, page, func(dialog playwright.Locator) error {
			if err := v.fillNumber(dialog, limitsField, next.change.Credits); err != nil {
				return err
			}
			return w.giveDialog(ctx, page, "default-limit-dialog", jobs, dialog, limitsSave)
		})
	})
}

// setLimit sets one person's limit: in a dialog, or in a field in the person's row.
func (w *accessWork) setLimit(ctx context.Context, next *accessJob) error {
	v := w.visit
	jobs := []*accessJob{next}
	return w.attempt(ctx, "limit-dialog", jobs, func(ctx context.Context, page playwright.Page) error {
		if err := v.ready(page); err != nil {
			return err
		}
		if open, err := v.shows(page, accessDialog); err != nil {
			return err
		} else if open {
			return pageChanged("a dialog with a field is open before one was asked for")
		}
		row, err := v.personRow(ctx, page, limitsNameColumn, next.change.Email)
		if err != nil {
			return err
		}
		if err := row.locator.Hover(); err != nil {
			return err
		}
		edit, err := v.find(row.locator, limitsEdit)
		if err != nil {
			v.noteThere(err)
			return err
		}
		if err := v.opens(ctx, page, func() error { return row.open(edit) }, accessDialog, limitsField); err != nil {
			return err
		}
		dialog, asks, err := v.has(document(page), accessDialog)
		if err == nil && asks {
			err = w.fillLimit(ctx, page, dialog, next)
		} else if err == nil {
			err = w.fillInRow(ctx, page, row, next)
		}
		if err != nil && next.state == waiting {
			v.noteThere(err)
			v.closeOverlaid(page)
		}
		return err
	})
}

// fillLimit types a person's limit into the dialog that asks for it and saves it there. The dialog must not name anybody else.
func (w *accessWork) fillLimit(ctx context.Context, page playwright.Page, dialog playwright.Locator, next *accessJob) error {
	v := w.visit
	shown, said, err := textsOf(dialog)
	if err != nil {
		return err
	}
	if named := strings.Contains(shown, "@"); named && !namesAddress(shown, next.change.Email) {
		return pageChanged("the dialog for a limit names somebody else, and nothing was saved")
	}
	if err := v.fillNumber(dialog, limitsField, next.change.Credits); err != nil {
		return err
	}
	save, err := v.find(dialog, limitsSave)
	if err != nil {
		return err
	}
	return w.give(ctx, page, "limit-dialog", []*accessJob{next}, func() error { return pressIn(dialog, save, said) }, dialog)
}

// fillInRow types a person's limit into the field in the row and saves it there.
func (w *accessWork) fillInRow(ctx context.Context, page playwright.Page, row *memberRow, next *accessJob) error {
	v := w.visit
	if err := v.fillNumber(row.locator, limitsField, next.change.Credits); err != nil {
		return err
	}
	save, err := v.find(row.locator, limitsSave)
	if err != nil {
		return err
	}
	return w.give(ctx, page, "limit-dialog", []*accessJob{next}, func() error { return row.press(func() error { return save.Click() }) }, nil)
}
