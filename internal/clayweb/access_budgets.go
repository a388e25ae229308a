package clayweb

import (
	"context"
	"regexp"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/access"
)

// readBudgets reads the budgets, and who has access to those that are named.
func (r *accessReading) readBudgets(ctx context.Context, names []string) (access.BudgetList, error) {
	var list access.BudgetList
	accesses := map[string]string{}
	offer, err := r.inSection(ctx, access.SectionBudgets, func(ctx context.Context, page playwright.Page) error {
		rows, err := r.visit.readTable(ctx, page, []element{budgetsNameColumn, budgetsUsedColumn}, budgetsAccessColumn)
		if err != nil {
			return err
		}
		list.Complete = rows.whole
		for _, row := range rows.rows {
			used, limit, ok := usedOf(rows.text(row, budgetsUsedColumn))
			name, open := rows.name(row, budgetsNameColumn), rows.text(row, budgetsAccessColumn)
			if name == "" || !ok || limit == nil {
				list.Complete = false // a row that is not understood
				continue
			}
			accesses[name] = open
			list.Budgets = append(list.Budgets, access.Budget{
				Name: name, ID: idIn(row), CreditLimit: *limit, Used: used, Everyone: forEveryone.MatchString(open),
			})
		}
		return nil
	})
	list.Offer = offer
	if err != nil {
		return access.BudgetList{}, err
	}
	for _, at := range namedOnce(names, budgetNames(list)) {
		budget := &list.Budgets[at]
		if err := r.readBudget(ctx, budget, accesses[budget.Name]); err != nil {
			return access.BudgetList{}, err
		}
	}
	return list, nil
}

// forEveryone matches what the list of budgets says of one that all members have access to.
var forEveryone = regexp.MustCompile(`(?i)^(all|every)`)

// readBudget reads who has access to a budget in the dialog that edits it, and leaves that.
func (r *accessReading) readBudget(ctx context.Context, budget *access.Budget, shown string) error {
	v := r.visit
	return v.do(ctx, "read budget", readLimit, func(ctx context.Context, page playwright.Page) error {
		return v.inBudget(ctx, page, budget.Name, func(dialog playwright.Locator) error {
			form, err := v.readBudgetForm(dialog)
			if err != nil {
				return err
			}
			budget.CreditLimit, budget.Everyone = form.credits, form.everyone
			budget.Users, budget.Groups, budget.Complete = nil, nil, true
			for _, each := range form.picks {
				if each.email != "" {
					budget.Users = append(budget.Users, each.email)
				} else {
					budget.Groups = append(budget.Groups, each.group)
				}
			}
			budget.Complete = form.everyone || countsAgree(shown, len(budget.Users), len(budget.Groups))
			if err := r.needs(access.SectionBudgets, dialog, budgetsSave, budgetsReset, budgetsEveryone, budgetsSpecific, budgetsLimit); err != nil {
				return err
			}
			return v.leaveDialog(ctx, page, dialog)
		})
	})
}

var (
	peopleCount = regexp.MustCompile(`(?i)(\d[\d,.]*)\s+(?:people|persons?|members?|users?)\b`)
	groupCount  = regexp.MustCompile(`(?i)(\d[\d,.]*)\s+groups?\b`)
)

// countsAgree says whether what the list says of a budget's access speaks against so many people and groups.
func countsAgree(shown string, people, groups int) bool {
	for pattern, count := range map[*regexp.Regexp]int{peopleCount: people, groupCount: groups} {
		if match := pattern.FindStringSubmatch(shown); match != nil {
			if told, ok := number(match[1]); ok && told != int64(count) {
				return false
			}
		}
	}
	return true
}

// inBudget opens the dialog that edits a budget and does something in it. The dialog has to hold the budget's name.
func (v *visit) inBudget(ctx context.Context, page playwright.Page, name string, do func(dialog playwright.Locator) error) error {
	if err := v.awaitRows(ctx, page); err != nil {
		return err
	}
	open := func() error { return v.chooseInMenu(ctx, page, name, budgetsEdit) }
	return v.inDialog(ctx, page, open, func(dialog playwright.Locator) error {
		field, err := v.find(dialog, budgetsName)
		if err != nil {
			return err
		}
		held, err := field.InputValue()
		if err != nil {
			return err
		}
		if cleanName(held) != cleanName(name) {
			return pageChanged("the dialog for a budget does not hold the budget's name")
		}
		return do(dialog)
	})
}

// chooseInMenu chooses an entry of the menu in the row of a budget.
func (v *visit) chooseInMenu(ctx context.Context, page playwright.Page, name string, wanted element) error {
	row, err := v.namedRow(ctx, page, budgetsNameColumn, name)
	if err != nil {
		return err
	}
	// Some tables show a row's buttons only under the pointer.
	if err := row.locator.Hover(); err != nil {
		return err
	}
	button, err := v.find(row.locator, budgetsMenu)
	if err != nil {
		v.noteThere(err)
		return err
	}
	if err := v.opens(ctx, page, func() error { return row.open(button) }, menuOpen, wanted); err != nil {
		return err
	}
	scope, found, err := v.has(document(page), menuOpen)
	if err != nil {
		return err
	}
	if !found {
		scope = document(page)
	}
	entry, err := v.find(scope, wanted)
	if err != nil {
		v.noteThere(err)
		v.closeOverlaid(page)
		return err
	}
	return row.press(func() error { return entry.Click() })
}

// budgetForm is what the dialog for a budget holds.
type budgetForm struct {
	credits  int64
	everyone bool
	// picks are the members and groups with access, where not everybody has it.
	picks []pick
}

// readBudgetForm reads the dialog for a budget.
func (v *visit) readBudgetForm(dialog playwright.Locator) (budgetForm, error) {
	var form budgetForm
	field, err := v.find(dialog, budgetsLimit)
	if err != nil {
		return form, err
	}
	text, err := field.InputValue()
	if err != nil {
		return form, err
	}
	var ok bool
	if form.credits, ok = number(text); !ok {
		return form, pageChanged("the dialog for a budget holds no number as the limit")
	}
	everyone, err := v.find(dialog, budgetsEveryone)
	if err != nil {
		return form, err
	}
	if form.everyone, err = everyone.IsChecked(); err != nil || form.everyone {
		return form, err
	}
	chips, err := v.chips(dialog)
	if err != nil {
		return form, err
	}
	for _, each := range chips {
		form.picks = append(form.picks, each.pick())
	}
	return form, nil
}

// budgetNamed is the budget that has a name, and how many do.
func budgetNamed(list access.BudgetList, name string) (budget access.Budget, count int) {
	for _, each := range list.Budgets {
		if each.Name == name {
			budget = each
			count++
		}
	}
	return budget, count
}

// budgetNames are the names of all budgets.
func budgetNames(list access.BudgetList) []string {
	var names []string
	for _, each := range list.Budgets {
		names = append(names, each.Name)
	}
	return names
}
