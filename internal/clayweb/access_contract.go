package clayweb

import (
	"context"
	"slices"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/browser"
)

// accessNeeds say which elements the kinds of change need. A reading looks for them where it comes by, and notes which it misses.
var accessNeeds = map[access.Verb][]element{
	access.AddToGroup:      {groupAdd},
	access.RemoveFromGroup: {groupRemove},
	access.DescribeGroup:   {groupDescription, groupSave},
	access.EditBudget:      {budgetsMenu, budgetsEdit, budgetsLimit, budgetsEveryone, budgetsSpecific, budgetsSave},
	access.GrantBudget:     {budgetsMenu, budgetsEdit, budgetsSave},
	access.RevokeBudget:    {budgetsMenu, budgetsEdit, budgetsSave},
	access.ResetBudget:     {budgetsMenu, budgetsEdit, budgetsReset},
	access.SetDefaultLimit: {limitsSetDefault, limitsField, limitsSave},
	access.SetLimit:        {limitsEdit},
}

// creation is a dialog that makes something: what opens it, and what it has to have.
type creation struct {
	opens  element
	fields []element
}

// creations are the dialogs that nothing but a change opens. They are looked at before the first of the changes, and left.
var creations = map[access.Verb]creation{
	access.CreateGroup:  {groupsCreate, []element{groupsName, groupsSubmit}},
	access.CreateBudget: {budgetsCreate, []element{budgetsName, budgetsLimit, budgetsSubmit}},
}

// checkContract looks, before the first write in a section, whether its pages have what all the changes need that are to be made there.
// It changes nothing.
func (w *accessWork) checkContract(ctx context.Context, jobs []*accessJob) error {
	section := jobs[0].change.Verb.Section()
	if w.checked[section] {
		return nil
	}
	var missing []*notFoundError
	for _, each := range w.reading.lacking[section] {
		needed := func(next *accessJob) bool {
			return next.state == waiting && slices.Contains(accessNeeds[next.change.Verb], each.element)
		}
		if slices.ContainsFunc(jobs, needed) && !slices.ContainsFunc(missing, func(m *notFoundError) bool { return m.element == each.element }) {
			missing = append(missing, each)
		}
	}
	if len(missing) > 0 {
		return &contractError{missing}
	}
	for verb, dialog := range creations {
		creates := func(next *accessJob) bool { return next.state == waiting && next.change.Verb == verb }
		if !slices.ContainsFunc(jobs, creates) {
			continue
		}
		if err := w.rehearse(ctx, section, dialog); err != nil {
			return err
		}
	}
	w.checked[section] = true
	return nil
}

// rehearse opens a dialog that makes something, looks for what it has to have, and leaves it.
func (w *accessWork) rehearse(ctx context.Context, section access.Section, wanted creation) error {
	v := w.visit
	return v.do(ctx, "rehearse "+string(section), actLimit, func(ctx context.Context, page playwright.Page) error {
		if err := v.reopenSection(ctx, page, section, w.reading.state.Plan); err != nil {
			return err
		}
		open := func() error { return v.click(page, wanted.opens) }
		if _, err := v.find(document(page), wanted.opens); err != nil {
			v.noteThere(err)
			return err
		}
		return v.inDialog(ctx, page, open, func(dialog playwright.Locator) error {
			for _, name := range wanted.fields {
				if _, err := v.find(dialog, name); err != nil {
					return err
				}
			}
			return v.leaveDialog(ctx, page, dialog)
		})
	})
}

// leaveDialog closes a dialog without giving anything to Clay, and waits until it is gone.
func (v *visit) leaveDialog(ctx context.Context, page playwright.Page, dialog playwright.Locator) error {
	v.closeInvite(page, dialog)
	hidden := playwright.LocatorWaitForOptions{State: playwright.WaitForSelectorStateHidden, Timeout: browser.Timeout(ctx, v.waits.step)}
	if err := dialog.WaitFor(hidden); notYet(err) {
		return pageChanged("a dialog does not close without saving")
	} else if err != nil {
		return err
	}
	return nil
}
