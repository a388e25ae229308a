package clayweb

import (
	"context"
	"errors"
	"fmt"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// Why elements of the groups, budgets and limits are not seen.
const (
	notOnThisPlan   = "the workspace's plan does not have it"
	nothingToLookAt = "there is none to look at"
	probeOnlyLooks  = "the probe clicks nothing that changes something"
)

// accessPages say on which page an element of the groups, budgets and limits is, in the order of the walk.
var accessPages = []struct {
	section  access.Section
	page     string
	elements []element
}{
	{access.SectionGroups, "Groups", []element{groupsTab, groupsCreate, groupsNameColumn, groupsDescriptionColumn, groupsCountColumn}},
	{access.SectionGroups, "Dialog for a new group", []element{groupsName, searchField, groupsSubmit}},
	{access.SectionGroups, "Page of a group", []element{
		groupHeading, groupDescription, groupSave, groupAdd, groupsEmailColumn, groupRemove, groupDelete,
	}},
	{access.SectionGroups, "Dialog for members of a group", []element{groupSubmitMembers}},
	{access.SectionBudgets, "Budgets", []element{budgetsEntry, budgetsCreate, budgetsNameColumn, budgetsUsedColumn, budgetsAccessColumn}},
	{access.SectionBudgets, "Dialog for a new budget",
		[]element{budgetsName, budgetsLimit, budgetsEveryone, budgetsSpecific, budgetsSubmit}},
	{access.SectionBudgets, "Menu and dialog of a budget", []element{budgetsMenu, budgetsEdit, budgetsDelete, budgetsReset, budgetsSave}},
	{access.SectionLimits, "Limits for MCP", []element{
		limitsEntry, limitsSetDefault, limitsNameColumn, limitsLimitColumn, limitsUsedColumn, limitsEdit,
	}},
	{access.SectionLimits, "Dialog for a limit", []element{limitsField, limitsSave}},
}

// lookAtAccess looks at the pages of groups, budgets and limits. What the plan does not have is no fault.
func (p *prober) lookAtAccess(ctx context.Context) error {
	looks := map[access.Section]func(context.Context) error{
		access.SectionGroups: p.lookAtGroups, access.SectionBudgets: p.lookAtBudgets, access.SectionLimits: p.lookAtLimits,
	}
	for _, section := range access.Sections() {
		err := p.lookAtSection(ctx, section, looks[section])
		if err == nil {
			continue
		}
		if fault := faultOf(err); fault.Class != sidecar.Drift {
			return err
		}
		p.warnf("%s", faultOf(err).Message)
		if err := p.startAnew(ctx); err != nil {
			return err
		}
	}
	return nil
}

// lookAtSection goes to a section and looks at it.
func (p *prober) lookAtSection(ctx context.Context, section access.Section, look func(context.Context) error) error {
	there := false
	err := p.step(ctx, func(ctx context.Context, page playwright.Page) error {
		err := p.openSection(ctx, page, section, p.list.Plan)
		if errors.Is(err, errNotOffered) {
			p.passOver(section, notOnThisPlan)
			return nil
		}
		if err != nil {
			_ = p.lack(err)
			return err
		}
		there = true
		p.note(sectionPages[section].entry, p.rungs[sectionPages[section].entry], "")
		return p.awaitRows(ctx, page)
	})
	if err != nil || !there {
		return err
	}
	p.didf("went to the page of %s, and read it", section)
	p.picture(ctx, string(section))
	return look(ctx)
}

// passOver notes of a section's elements why they are not looked for.
func (p *prober) passOver(section access.Section, why string) {
	for _, page := range accessPages {
		if page.section != section {
			continue
		}
		for _, name := range page.elements {
			p.unseen(name, why)
		}
	}
}

// lookFor looks for elements within a scope.
func (p *prober) lookFor(scope playwright.Locator, names ...element) error {
	for _, name := range names {
		if _, err := p.look(scope, name); err != nil {
			return err
		}
	}
	return nil
}

// lookInto opens a dialog, looks for what is in it, and leaves it.
func (p *prober) lookInto(ctx context.Context, page playwright.Page, what string, open func() error, names ...element) error {
	err := p.inDialog(ctx, page, open, func(dialog playwright.Locator) error {
		p.note(accessDialog, p.rungs[accessDialog], "")
		if err := p.lookFor(dialog, names...); err != nil {
			return err
		}
		return p.leaveDialog(ctx, page, dialog)
	})
	if err == nil {
		p.didf("opened %s, typed nothing, and left it", what)
	}
	return p.lack(err)
}

// firstRow is the first row of a list that is no heading, and whether there is one.
func (p *prober) firstRow(page playwright.Page) (row playwright.Locator, there bool, err error) {
	window, err := p.readWindow(page, listRow, "")
	if err != nil {
		return nil, false, p.lack(err)
	}
	selector, err := p.rowSelector(page, listRow)
	if err != nil {
		return nil, false, err
	}
	p.note(listRow, p.rungs[listRow], fmt.Sprintf("%d rows are in the document, with those of headings", len(window.Rows)))
	rows := page.Locator(selector).
		Filter(playwright.LocatorFilterOptions{Visible: new(true)}).
		Filter(playwright.LocatorFilterOptions{HasNot: page.Locator(selector)})
	for i, row := range window.Rows {
		if !row.Header {
			return rows.Nth(i), true, rows.Nth(i).Hover()
		}
	}
	return nil, false, nil
}

// lookAtGroups looks at the list of groups, at the dialog for a new one, and at the page of the first.
func (p *prober) lookAtGroups(ctx context.Context) error {
	var group string
	err := p.step(ctx, func(ctx context.Context, page playwright.Page) error {
		if err := p.lookFor(document(page), groupsNameColumn, groupsDescriptionColumn, groupsCountColumn); err != nil {
			return err
		}
		create, err := p.look(document(page), groupsCreate)
		if err != nil {
			return err
		}
		if create != nil {
			err := p.lookInto(ctx, page, "the dialog for a new group", func() error { return create.Click() }, groupsName, searchField, groupsSubmit)
			if err != nil {
				return err
			}
		}
		if _, _, err := p.firstRow(page); err != nil {
			return err
		}
		group, err = p.groupToLookAt(ctx, page)
		return err
	})
	if err != nil {
		return err
	}
	if group == "" {
		for _, name := range accessPages[2].elements {
			p.unseen(name, nothingToLookAt)
		}
		p.unseen(groupSubmitMembers, nothingToLookAt)
		return nil
	}
	return p.lookAtGroup(ctx, group)
}

// groupToLookAt is the name of a group, one with members if there is one, or empty.
func (p *prober) groupToLookAt(ctx context.Context, page playwright.Page) (group string, err error) {
	list, err := p.readTable(ctx, page, nil, groupsNameColumn, groupsCountColumn)
	if err != nil {
		return "", err
	}
	var names []string
	for _, row := range list.rows {
		names = append(names, list.name(row, groupsNameColumn))
	}
	for _, at := range namedOnce(names, names) {
		if count, ok := number(list.text(list.rows[at], groupsCountColumn)); group == "" || ok && count > 0 {
			group = names[at]
		}
	}
	return group, nil
}

// lookAtGroup looks at the page of a group and at the dialog for more members.
func (p *prober) lookAtGroup(ctx context.Context, name string) error {
	err := p.step(ctx, func(ctx context.Context, page playwright.Page) error {
		if err := p.openGroup(ctx, page, name); err != nil {
			_ = p.lack(err)
			return err
		}
		p.note(groupHeading, p.rungs[groupHeading], "")
		if err := p.lookFor(document(page), groupDescription, groupSave, groupsEmailColumn, groupDelete); err != nil {
			return err
		}
		add, err := p.look(document(page), groupAdd)
		if err != nil {
			return err
		}
		row, there, err := p.firstRow(page)
		if err != nil {
			return err
		}
		if !there {
			p.unseen(groupRemove, nothingToLookAt)
		} else if _, err := p.look(row, groupRemove); err != nil {
			return err
		}
		if add == nil {
			return nil
		}
		return p.lookInto(ctx, page, "the dialog for members of a group", func() error { return add.Click() }, searchField, groupSubmitMembers)
	})
	if err != nil {
		return err
	}
	p.didf("opened the page of one group")
	p.picture(ctx, "page-of-a-group")
	return nil
}

// lookAtBudgets looks at the list of budgets, at the dialog for a new one, and at the menu and the dialog of the first.
func (p *prober) lookAtBudgets(ctx context.Context) error {
	return p.step(ctx, func(ctx context.Context, page playwright.Page) error {
		if err := p.lookFor(document(page), budgetsNameColumn, budgetsUsedColumn, budgetsAccessColumn); err != nil {
			return err
		}
		create, err := p.look(document(page), budgetsCreate)
		if err != nil {
			return err
		}
		if create != nil {
			err := p.lookInto(ctx, page, "the dialog for a new budget", func() error { return create.Click() },
				budgetsName, budgetsLimit, budgetsEveryone, budgetsSpecific, budgetsSubmit)
			if err != nil {
				return err
			}
		}
		row, there, err := p.firstRow(page)
		if err != nil {
			return err
		}
		if !there {
			for _, name := range []element{budgetsMenu, budgetsEdit, budgetsDelete, budgetsReset, budgetsSave} {
				p.unseen(name, nothingToLookAt)
			}
			return nil
		}
		menu, err := p.look(row, budgetsMenu)
		if err != nil || menu == nil {
			return err
		}
		return p.lookInto(ctx, page, "the dialog of one budget", func() error { return p.openBudgetOf(ctx, page, menu) }, budgetsSave, budgetsReset)
	})
}

// openBudgetOf opens a budget's menu, looks at it, and chooses the entry that edits the budget.
func (p *prober) openBudgetOf(ctx context.Context, page playwright.Page, menu playwright.Locator) error {
	if err := p.opens(ctx, page, func() error { return menu.Click() }, menuOpen, budgetsEdit); err != nil {
		return err
	}
	scope, found, err := p.has(document(page), menuOpen)
	if err != nil {
		return err
	}
	if !found {
		scope = document(page)
	}
	if _, err := p.look(scope, budgetsDelete); err != nil {
		return err
	}
	edit, err := p.find(scope, budgetsEdit)
	if err != nil {
		p.noteThere(err)
		p.closeOverlaid(page)
		return err
	}
	p.note(budgetsEdit, p.rungs[budgetsEdit], "")
	return edit.Click()
}

// lookAtLimits looks at the list of limits, and at the dialogs for the default and for one person.
func (p *prober) lookAtLimits(ctx context.Context) error {
	return p.step(ctx, func(ctx context.Context, page playwright.Page) error {
		if err := p.lookFor(document(page), limitsNameColumn, limitsLimitColumn, limitsUsedColumn); err != nil {
			return err
		}
		set, err := p.look(document(page), limitsSetDefault)
		if err != nil {
			return err
		}
		if set != nil {
			err := p.lookInto(ctx, page, "the dialog for the default limit", func() error { return set.Click() }, limitsField, limitsSave)
			if err != nil {
				return err
			}
		}
		row, there, err := p.firstRow(page)
		if err != nil {
			return err
		}
		if !there {
			p.unseen(limitsEdit, nothingToLookAt)
			return nil
		}
		_, err = p.look(row, limitsEdit)
		return err
	})
}
