package clayweb

import (
	"context"
	"strings"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/seat"
)

// setRole changes the role of a member in its row. Clay applies it at once.
func (v *visit) setRole(ctx context.Context, next *job) error {
	return v.do(ctx, "role-menu", actLimit, func(ctx context.Context, page playwright.Page) error {
		row, err := v.row(ctx, page, next.member)
		if err != nil {
			return err
		}
		if err := v.checkPresence(page, row.locator, next.member); err != nil {
			return err
		}
		control, err := v.find(row.locator, rowRole)
		if err != nil {
			return err
		}
		now, err := v.shownRole(control)
		if err != nil {
			return err
		}
		if fault := movedMeanwhile(next.change, now); fault != nil && now != next.change.Role {
			return &changeError{fault: fault}
		}
		choose, err := v.openRoles(ctx, page, control, func() error { return row.open(control) }, next.change.Role)
		if err != nil {
			return err
		}
		next.state = submitted
		heard := v.submit(ctx, page, "role-menu", func() error { return row.press(choose) }, nil)
		// A control that shows the role is a hint that nothing speaks against it; a notice without one may be good news.
		if shown, err := v.shownRole(control); err == nil && shown == next.change.Role && !heard.refused {
			return heard.ended()
		}
		next.note(heard)
		return heard.ended()
	})
}

// openRoles opens a control for roles, by a click unless it is a native one, and returns what chooses the role. Where the role is not
// offered it closes the control and says so. Nothing is chosen yet.
func (v *visit) openRoles(
	ctx context.Context, page playwright.Page, control playwright.Locator, click func() error, role seat.Role,
) (func() error, error) {
	native, err := control.Evaluate("(node) => node.tagName === 'SELECT'", nil)
	if err != nil {
		return nil, err
	}
	if native == true {
		return v.nativeRole(page, control, role)
	}
	if err := v.opens(ctx, page, click, listOption); err != nil {
		return nil, err
	}
	labels := v.book.labels[role]
	for _, step := range v.book.ladders[listOption] {
		all := step.in(document(page))
		count, err := all.Count()
		if err != nil {
			return nil, err
		}
		if count == 0 {
			continue
		}
		// An option may say more than the role, in a line of its own below it.
		option := all.Filter(playwright.LocatorFilterOptions{Has: page.GetByText(whole(labels...))}).
			Or(all.Filter(playwright.LocatorFilterOptions{HasText: whole(labels...)}))
		if count, err = option.Count(); err != nil {
			return nil, err
		}
		switch count {
		case 1:
			return func() error { return option.Click() }, nil
		case 0:
			offered, err := all.AllInnerTexts()
			if err != nil {
				return nil, err
			}
			v.closeOverlaid(page)
			return nil, v.notOffered(page, role, offered)
		}
		v.closeOverlaid(page)
		return nil, pageChanged("more than one option stands for the role %s", role)
	}
	steps := v.book.ladders[listOption]
	missing := &notFoundError{element: listOption, ladder: steps, counts: make([]int, len(steps)), scope: document(page)}
	v.noteThere(missing)
	v.closeOverlaid(page)
	return nil, missing
}

// nativeRole finds the one option of a native control that stands for the role.
func (v *visit) nativeRole(page playwright.Page, control playwright.Locator, role seat.Role) (func() error, error) {
	offered, err := control.Locator("option:not([disabled])").AllTextContents()
	if err != nil {
		return nil, err
	}
	var chosen []string
	for _, text := range offered {
		if v.book.role(text) == role {
			chosen = append(chosen, strings.TrimSpace(text))
		}
	}
	switch len(chosen) {
	case 1:
		return func() error {
			_, err := control.SelectOption(playwright.SelectOptionValues{Labels: &chosen})
			return err
		}, nil
	case 0:
		return nil, v.notOffered(page, role, offered)
	}
	return nil, pageChanged("more than one option stands for the role %s", role)
}

// shownRole is the role that a control shows.
func (v *visit) shownRole(control playwright.Locator) (seat.Role, error) {
	text, err := control.Evaluate(
		"(node) => node.tagName === 'SELECT' ? (node.selectedOptions[0] || {}).textContent : (node.textContent || node.value)", nil)
	if err != nil {
		return "", err
	}
	label, _ := text.(string)
	return v.book.role(label), nil
}
