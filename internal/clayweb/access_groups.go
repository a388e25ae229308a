package clayweb

import (
	"context"
	"net/url"
	"path"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/browser"
)

// readGroups reads the groups, and the members of those that are named.
func (r *accessReading) readGroups(ctx context.Context, names []string) (access.GroupList, error) {
	var list access.GroupList
	counts := map[string]int64{}
	offer, err := r.inSection(ctx, access.SectionGroups, func(ctx context.Context, page playwright.Page) error {
		rows, err := r.visit.readTable(ctx, page, []element{groupsNameColumn}, groupsDescriptionColumn, groupsCountColumn)
		if err != nil {
			return err
		}
		list.Complete = rows.whole
		for _, row := range rows.rows {
			group := access.Group{Name: rows.name(row, groupsNameColumn), Description: rows.text(row, groupsDescriptionColumn), ID: idIn(row)}
			if group.Name == "" {
				list.Complete = false // a row that is not understood
				continue
			}
			list.Groups = append(list.Groups, group)
			if count, ok := number(rows.text(row, groupsCountColumn)); ok {
				counts[group.Name] = count
			}
		}
		return nil
	})
	list.Offer = offer
	if err != nil {
		return access.GroupList{}, err
	}
	for _, at := range namedOnce(names, groupNames(list)) {
		group := &list.Groups[at]
		if err := r.readGroup(ctx, group); err != nil {
			return access.GroupList{}, err
		}
		if count, known := counts[group.Name]; known && count != int64(len(group.Members)) {
			group.Complete = false
		}
	}
	return list, nil
}

// groupNames are the names of all groups.
func groupNames(list access.GroupList) []string {
	var names []string
	for _, each := range list.Groups {
		names = append(names, each.Name)
	}
	return names
}

// idIn is the number that the address of a row's own page ends with, or empty.
func idIn(row pageRow) string {
	for _, cell := range row.Cells {
		if address, err := url.Parse(cell.Link); err == nil && cell.Link != "" {
			return path.Base(address.Path)
		}
	}
	return ""
}

// readGroup reads one group on its own page, and looks there for what a change needs.
func (r *accessReading) readGroup(ctx context.Context, group *access.Group) error {
	v := r.visit
	return v.do(ctx, "read group", readLimit, func(ctx context.Context, page playwright.Page) error {
		if err := v.openGroup(ctx, page, group.Name); err != nil {
			return err
		}
		rows, err := v.readTable(ctx, page, nil, groupsNameColumn, groupsEmailColumn)
		if err != nil {
			return err
		}
		group.Members, group.Complete = nil, rows.whole
		for _, row := range rows.rows {
			email, ok := rows.person(v.book, row, groupsEmailColumn)
			if !ok {
				group.Complete = false // a row that does not say who it is
				continue
			}
			r.knows(rows.name(row, groupsNameColumn))
			group.Members = append(group.Members, email)
		}
		if field, found, err := v.has(document(page), groupDescription); err != nil {
			return err
		} else if found {
			if group.Description, err = field.InputValue(); err != nil {
				return err
			}
		}
		if err := r.needsInRow(page, access.SectionGroups, groupRemove); err != nil {
			return err
		}
		return r.needs(access.SectionGroups, document(page), groupAdd, groupDescription, groupSave)
	})
}

// needs looks for what changes in a section need, and notes what is not there. A reading goes on without it.
func (r *accessReading) needs(section access.Section, scope playwright.Locator, names ...element) error {
	for _, name := range names {
		_, err := r.visit.find(scope, name)
		r.visit.noteThere(err)
		var missing []*notFoundError
		if err := gather(&missing, err); err != nil {
			return err
		}
		r.lacking[section] = append(r.lacking[section], missing...)
	}
	return nil
}

// needsInRow does so in the first rows of a list of people. One that lacks it may be that of somebody special.
func (r *accessReading) needsInRow(page playwright.Page, section access.Section, name element) error {
	v := r.visit
	selector, err := v.rowSelector(page, listRow)
	if err != nil {
		return err
	}
	rows := page.Locator(selector).
		Filter(playwright.LocatorFilterOptions{HasNot: page.Locator(selector)}).
		Filter(playwright.LocatorFilterOptions{HasText: address})
	count, err := rows.Count()
	if err != nil {
		return err
	}
	var missing error
	for i := range min(count, maxSamples) {
		if _, missing = v.find(rows.Nth(i), name); missing == nil {
			return nil
		}
	}
	v.noteThere(missing)
	var lacking []*notFoundError
	err = gather(&lacking, missing)
	r.lacking[section] = append(r.lacking[section], lacking...)
	return err
}

// openGroup leads from the list of groups, or from the page of another group, to the page of a group.
func (v *visit) openGroup(ctx context.Context, page playwright.Page, name string) error {
	if err := v.openGroupList(ctx, page); err != nil {
		return err
	}
	row, err := v.namedRow(ctx, page, groupsNameColumn, name)
	if err != nil {
		return err
	}
	link := row.locator.GetByRole("link", playwright.LocatorGetByRoleOptions{Name: whole(name)})
	if count, err := link.Count(); err != nil {
		return err
	} else if count != 1 {
		link = row.locator // the row itself leads there
	}
	if err := v.opens(ctx, page, func() error { return row.open(link) }, groupAdd, groupDescription); err != nil {
		return err
	}
	if err := v.awaitShown(ctx, page, groupAdd, groupDescription); err != nil {
		return err
	}
	if err := v.awaitRows(ctx, page); err != nil {
		return err
	}
	return v.checkGroup(page, name)
}

// openGroupList leads to the list of groups from wherever in it the page is.
func (v *visit) openGroupList(ctx context.Context, page playwright.Page) error {
	if listed, err := v.showsAny(page, sectionPages[access.SectionGroups].known...); err != nil || listed {
		return err
	}
	tab, found, err := v.has(document(page), groupsTab)
	if err != nil {
		return err
	}
	if found {
		err = tab.Click()
	} else {
		_, err = page.GoBack(playwright.PageGoBackOptions{Timeout: browser.Timeout(ctx, v.waits.page)})
	}
	if err != nil {
		return err
	}
	return v.awaitShown(ctx, page, sectionPages[access.SectionGroups].known...)
}

// checkGroup makes sure that the page is the one of the group, in the workspace that was asked for.
func (v *visit) checkGroup(page playwright.Page, name string) error {
	heading, err := v.find(document(page), groupHeading)
	if err != nil {
		return err
	}
	shown, err := heading.InnerText()
	if err != nil {
		return err
	}
	if cleanName(shown) != cleanName(name) {
		return pageChanged("the page of a group does not have the group's name as its heading")
	}
	return v.ready(page)
}

// groupNamed is the group that has a name, and how many do.
func groupNamed(list access.GroupList, name string) (group access.Group, count int) {
	for _, each := range list.Groups {
		if each.Name == name {
			group = each
			count++
		}
	}
	return group, count
}
