package clayweb

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// performBudgets makes what is waiting, budget by budget.
func (w *accessWork) performBudgets(ctx context.Context, jobs []*accessJob) error {
	for _, name := range namesOf(jobs) {
		if creations := waitingFor(jobs, name, access.CreateBudget); len(creations) > 0 {
			if err := w.createBudget(ctx, name, creations, waitingFor(jobs, name, access.GrantBudget)); err != nil {
				return err
			}
			continue // what is left follows once it is seen
		}
		if _, count := budgetNamed(w.reading.state.Budgets, name); count != 1 {
			continue
		}
		if err := w.changeBudget(ctx, name, jobs); err != nil {
			return err
		}
	}
	return nil
}

// changeBudget makes all the changes of one budget: in one dialog, but for the reset, which Clay makes at once, and for more people than go into
// one.
func (w *accessWork) changeBudget(ctx context.Context, name string, jobs []*accessJob) error {
	for _, next := range waitingFor(jobs, name, access.ResetBudget) {
		if err := w.resetBudget(ctx, name, next); err != nil {
			return err
		}
	}
	edits := waitingFor(jobs, name, access.EditBudget)
	parts := inParts(waitingFor(jobs, name, access.RevokeBudget, access.GrantBudget))
	if len(parts) == 0 && len(edits) > 0 {
		parts = [][]*accessJob{nil}
	}
	for _, part := range parts {
		if err := w.editBudget(ctx, name, edits, part); err != nil {
			return err
		}
		edits = nil
	}
	for _, next := range waitingFor(jobs, name, access.DeleteBudget) {
		if err := w.deleteBudget(ctx, name, next); err != nil {
			return err
		}
	}
	return nil
}

// createBudget makes a budget with the first who are granted it.
func (w *accessWork) createBudget(ctx context.Context, name string, creations, grants []*accessJob) error {
	v := w.visit
	wish := creations[0].change
	grants = grants[:min(len(grants), maxAddresses)]
	if wish.Everyone {
		grants = nil
	}
	return w.attempt(ctx, "budget-dialog", creations, func(ctx context.Context, page playwright.Page) error {
		open := func() error { return v.click(page, budgetsCreate) }
		return v.inDialog(ctx, page, open, func(dialog playwright.Locator) error {
			if err := v.fillName(dialog, budgetsName, name); err != nil {
				return err
			}
			form := budgetForm{credits: wish.Credits, everyone: wish.Everyone, picks: groupPicks(wish.Groups)}
			granted, err := w.fillBudget(ctx, page, dialog, form, grants)
			if err != nil {
				return err
			}
			return w.giveDialog(ctx, page, "budget-dialog", append(slices.Clone(creations), granted...), dialog, budgetsSubmit)
		})
	})
}

func groupPicks(names []string) []pick {
	var picks []pick
	for _, name := range names {
		picks = append(picks, pick{group: name})
	}
	return picks
}

// editBudget changes a budget in its dialog. Who has access and is not among the changes keeps it.
func (w *accessWork) editBudget(ctx context.Context, name string, edits, people []*accessJob) error {
	v := w.visit
	all := slices.Concat(edits, people)
	return w.attempt(ctx, "edit-budget-dialog", all, func(ctx context.Context, page playwright.Page) error {
		return v.inBudget(ctx, page, name, func(dialog playwright.Locator) error {
			form, err := v.readBudgetForm(dialog)
			if err != nil {
				return err
			}
			for _, next := range edits {
				next.follow(form.everyone, groupsOf(form.picks))
			}
			grants, given := form.change(edits, people)
			granted, err := w.fillBudget(ctx, page, dialog, form, grants)
			if err != nil {
				return err
			}
			given = slices.Concat(edits, given, granted)
			if len(given) == 0 {
				return v.leaveDialog(ctx, page, dialog)
			}
			return w.giveDialog(ctx, page, "edit-budget-dialog", given, dialog, budgetsSave)
		})
	})
}

// change makes of what the dialog holds what it should hold but for who is granted access. It returns those grants, and the changes that are
// made otherwise.
func (f *budgetForm) change(edits, people []*accessJob) (grants, others []*accessJob) {
	for _, next := range edits {
		f.credits, f.everyone = next.change.Credits, next.change.Everyone
		f.picks = slices.DeleteFunc(f.picks, func(p pick) bool { return p.email == "" })
		f.picks = append(f.picks, groupPicks(next.change.Groups)...)
	}
	for _, next := range people {
		if next.state != waiting {
			continue // an earlier attempt settled it
		}
		person := pick{email: next.change.Email}
		f.picks = slices.DeleteFunc(f.picks, func(p pick) bool { return p == person })
		if next.change.Verb == access.GrantBudget {
			grants = append(grants, next)
		} else {
			others = append(others, next)
		}
	}
	return grants, others
}

// fillBudget gives the dialog for a budget its limit and its access, and makes sure that it holds exactly that. It returns the grants that are in
// it: whom the search does not offer is settled.
func (w *accessWork) fillBudget(
	ctx context.Context, page playwright.Page, dialog playwright.Locator, form budgetForm, grants []*accessJob,
) ([]*accessJob, error) {
	v := w.visit
	if err := v.fillNumber(dialog, budgetsLimit, form.credits); err != nil {
		return nil, err
	}
	choice := budgetsSpecific
	if form.everyone {
		choice = budgetsEveryone
	}
	radio, err := v.find(dialog, choice)
	if err != nil {
		return nil, err
	}
	if err := radio.Check(); err != nil {
		return nil, err
	}
	if form.everyone {
		return grants, nil
	}
	shown, err := v.chips(dialog)
	if err != nil {
		return nil, err
	}
	for _, each := range shown {
		granted := func(j *accessJob) bool { return each.is(pick{email: j.change.Email}) }
		if slices.ContainsFunc(form.picks, each.is) || slices.ContainsFunc(grants, granted) {
			continue
		}
		if err := v.unchoose(ctx, page, dialog, each.pick()); err != nil {
			return nil, err
		}
	}
	in, err := v.searchIn(dialog)
	if err != nil {
		return nil, err
	}
	for _, each := range form.picks {
		if err := v.choose(ctx, page, in, each); err != nil {
			return nil, err
		}
	}
	return w.chooseBeside(ctx, page, dialog, form.picks, grants)
}

// chooseBeside chooses the people of some changes beside what is in a dialog already.
func (w *accessWork) chooseBeside(
	ctx context.Context, page playwright.Page, dialog playwright.Locator, picks []pick, jobs []*accessJob,
) ([]*accessJob, error) {
	v := w.visit
	var chosen []*accessJob
	if len(jobs) == 0 && len(picks) == 0 {
		return nil, nil
	}
	picks = slices.Clone(picks)
	in, err := v.searchIn(dialog)
	if err != nil {
		return nil, err
	}
	for _, next := range jobs {
		person := pick{email: next.change.Email}
		err := v.choose(ctx, page, in, person)
		if own, ok := errors.AsType[*changeError](err); ok {
			w.settle(next, sidecar.Failed, own.fault)
			continue
		}
		if err != nil {
			return nil, err
		}
		chosen, picks = append(chosen, next), append(picks, person)
	}
	if err := v.closeSearch(page, in); err != nil {
		return nil, err
	}
	shown, err := v.chips(dialog)
	if err != nil {
		return nil, err
	}
	if !holdsPicks(shown, picks) {
		return nil, pageChanged("a dialog does not hold exactly the members and groups who were chosen")
	}
	return chosen, nil
}

// fillNumber types a number of credits, and makes sure that the field holds exactly that.
func (v *visit) fillNumber(scope playwright.Locator, field element, credits int64) error {
	located, err := v.find(scope, field)
	if err != nil {
		return err
	}
	if err := located.Fill(strconv.FormatInt(credits, 10)); err != nil {
		return err
	}
	text, err := located.InputValue()
	if err != nil {
		return err
	}
	if held, ok := number(text); !ok || held != credits {
		return pageChanged("a field for a limit does not hold the number that was typed")
	}
	return nil
}

// resetBudget sets to zero what was used of a budget.
func (w *accessWork) resetBudget(ctx context.Context, name string, next *accessJob) error {
	v := w.visit
	jobs := []*accessJob{next}
	return w.attempt(ctx, "reset-budget", jobs, func(ctx context.Context, page playwright.Page) error {
		return v.inBudget(ctx, page, name, func(dialog playwright.Locator) error {
			return w.giveDialog(ctx, page, "reset-budget", jobs, dialog, budgetsReset)
		})
	})
}

// deleteBudget deletes a budget, in the dialog that names it.
func (w *accessWork) deleteBudget(ctx context.Context, name string, next *accessJob) error {
	v := w.visit
	jobs := []*accessJob{next}
	others := budgetNames(w.reading.state.Budgets)
	return w.attempt(ctx, "delete-budget-dialog", jobs, func(ctx context.Context, page playwright.Page) error {
		if err := v.awaitRows(ctx, page); err != nil {
			return err
		}
		return w.confirmDeletion(ctx, page, deletion{
			action: "delete-budget-dialog", open: func() error { return v.chooseInMenu(ctx, page, name, budgetsDelete) },
			confirm: confirmDeleteBudget, name: name, others: others,
		}, next)
	})
}
