package clayweb

import (
	"context"
	"errors"
	"slices"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// performGroups makes what is waiting, group by group: one that is not there is created with its first members, and the others are visited once
// for all their changes.
func (w *accessWork) performGroups(ctx context.Context, jobs []*accessJob) error {
	for _, name := range namesOf(jobs) {
		if creations := waitingFor(jobs, name, access.CreateGroup); len(creations) > 0 {
			if err := w.createGroup(ctx, name, creations, waitingFor(jobs, name, access.AddToGroup)); err != nil {
				return err
			}
			continue // its members and its description follow once it is seen
		}
		if _, count := groupNamed(w.reading.state.Groups, name); count != 1 {
			continue
		}
		if err := w.visitGroup(ctx, name, jobs); err != nil {
			return err
		}
	}
	return nil
}

// visitGroup makes all the changes of one group on its own page.
func (w *accessWork) visitGroup(ctx context.Context, name string, jobs []*accessJob) error {
	all := waitingFor(jobs, name, access.Verbs()...)
	err := w.attempt(ctx, "open group", all, func(ctx context.Context, page playwright.Page) error { return w.visit.openGroup(ctx, page, name) })
	if err != nil {
		return err
	}
	// Before anything else, because the page draws its fields anew after every write.
	for _, next := range waitingFor(jobs, name, access.DescribeGroup) {
		if err := w.describeGroup(ctx, name, next); err != nil {
			return err
		}
	}
	for _, next := range waitingFor(jobs, name, access.RemoveFromGroup) {
		if err := w.removeFromGroup(ctx, name, next); err != nil {
			return err
		}
	}
	adds := waitingFor(jobs, name, access.AddToGroup)
	for _, part := range inParts(adds) {
		if err := w.addToGroup(ctx, name, part); err != nil {
			return err
		}
	}
	for _, next := range waitingFor(jobs, name, access.DeleteGroup) {
		if err := w.deleteGroup(ctx, name, next); err != nil {
			return err
		}
	}
	return nil
}

// createGroup makes a group with its first members.
func (w *accessWork) createGroup(ctx context.Context, name string, creations, adds []*accessJob) error {
	v := w.visit
	adds = adds[:min(len(adds), maxAddresses)]
	return w.attempt(ctx, "group-dialog", creations, func(ctx context.Context, page playwright.Page) error {
		if err := v.openGroupList(ctx, page); err != nil {
			return err
		}
		open := func() error { return v.click(page, groupsCreate) }
		return v.inDialog(ctx, page, open, func(dialog playwright.Locator) error {
			if err := v.fillName(dialog, groupsName, name); err != nil {
				return err
			}
			chosen, err := w.choosePeople(ctx, page, dialog, adds)
			if err != nil {
				return err
			}
			return w.giveDialog(ctx, page, "group-dialog", append(slices.Clone(creations), chosen...), dialog, groupsSubmit)
		})
	})
}

// fillName types a name or a description, and makes sure that the field holds exactly that.
func (v *visit) fillName(dialog playwright.Locator, field element, name string) error {
	located, err := v.find(dialog, field)
	if err != nil {
		return err
	}
	if err := located.Fill(name); err != nil {
		return err
	}
	held, err := located.InputValue()
	if err != nil {
		return err
	}
	if held != name {
		return &changeError{fault: sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonNameRefused,
			"Clay's page does not take the text as it is; choose another")}
	}
	return nil
}

// choosePeople chooses the people of some changes in a dialog, and returns the changes whose people were chosen: whom the search does not offer
// is settled. The dialog then holds exactly them.
func (w *accessWork) choosePeople(ctx context.Context, page playwright.Page, dialog playwright.Locator, jobs []*accessJob) ([]*accessJob, error) {
	return w.chooseBeside(ctx, page, dialog, nil, jobs)
}

// addToGroup puts people into the group whose page is open, in one dialog.
func (w *accessWork) addToGroup(ctx context.Context, name string, jobs []*accessJob) error {
	v := w.visit
	return w.attempt(ctx, "add-members-dialog", jobs, func(ctx context.Context, page playwright.Page) error {
		if err := v.checkGroup(page, name); err != nil {
			return err
		}
		open := func() error { return v.click(page, groupAdd) }
		return v.inDialog(ctx, page, open, func(dialog playwright.Locator) error {
			chosen, err := w.choosePeople(ctx, page, dialog, jobs)
			if err != nil {
				return err
			}
			if len(chosen) == 0 {
				return v.leaveDialog(ctx, page, dialog)
			}
			if err := v.checkGroup(page, name); err != nil {
				return err
			}
			return w.giveDialog(ctx, page, "add-members-dialog", chosen, dialog, groupSubmitMembers)
		})
	})
}

// removeFromGroup takes a person out of the group whose page is open. Clay does not ask.
func (w *accessWork) removeFromGroup(ctx context.Context, name string, next *accessJob) error {
	v := w.visit
	jobs := []*accessJob{next}
	return w.attempt(ctx, "remove-from-group", jobs, func(ctx context.Context, page playwright.Page) error {
		if err := v.awaitRows(ctx, page); err != nil {
			return err
		}
		if err := v.checkGroup(page, name); err != nil {
			return err
		}
		row, err := v.personRow(ctx, page, groupsEmailColumn, next.change.Email)
		if err != nil {
			return err
		}
		if err := row.locator.Hover(); err != nil {
			return err
		}
		remove, err := v.find(row.locator, groupRemove)
		if err != nil {
			v.noteThere(err)
			return err
		}
		return w.give(ctx, page, "remove-from-group", jobs, func() error { return row.open(remove) }, nil)
	})
}

// describeGroup changes the description of the group whose page is open.
func (w *accessWork) describeGroup(ctx context.Context, name string, next *accessJob) error {
	v := w.visit
	jobs := []*accessJob{next}
	return w.attempt(ctx, "describe-group", jobs, func(ctx context.Context, page playwright.Page) error {
		if err := v.checkGroup(page, name); err != nil {
			return err
		}
		if err := v.fillName(document(page), groupDescription, next.change.Description); err != nil {
			return err
		}
		save, err := v.find(document(page), groupSave)
		if err != nil {
			v.noteThere(err)
			return err
		}
		if ready, err := save.IsEnabled(); err != nil {
			return err
		} else if !ready {
			return &changeError{fault: refusedOther.fault()}
		}
		click := func() error {
			field, err := v.find(document(page), groupDescription)
			if err != nil {
				return errors.Join(errStopped, err)
			}
			// The page may have drawn the field anew since.
			held, err := field.InputValue()
			if ready, _ := save.IsEnabled(); err != nil || held != next.change.Description || !ready {
				return errStopped
			}
			return save.Click()
		}
		return w.give(ctx, page, "describe-group", jobs, click, nil)
	})
}

// deleteGroup deletes the group whose page is open, in the dialog that names it.
func (w *accessWork) deleteGroup(ctx context.Context, name string, next *accessJob) error {
	v := w.visit
	jobs := []*accessJob{next}
	others := groupNames(w.reading.state.Groups)
	return w.attempt(ctx, "delete-group-dialog", jobs, func(ctx context.Context, page playwright.Page) error {
		if err := v.checkGroup(page, name); err != nil {
			return err
		}
		return w.confirmDeletion(ctx, page, deletion{
			action: "delete-group-dialog", open: func() error { return v.click(page, groupDelete) }, confirm: confirmDeleteGroup,
			name: name, others: others,
		}, next)
	})
}

// deletion is the way to delete something: what opens the dialog that asks, what confirms, what has to be named, and what else could be.
type deletion struct {
	action  string
	open    func() error
	confirm element
	name    string
	others  []string
}

// confirmDeletion opens the dialog that asks whether to delete, makes sure that it names exactly the thing, and confirms.
func (w *accessWork) confirmDeletion(ctx context.Context, page playwright.Page, way deletion, next *accessJob) error {
	v := w.visit
	if err := v.ready(page); err != nil {
		return err
	}
	if open, err := v.shows(page, confirmDialog); err != nil {
		return err
	} else if open {
		return pageChanged("a dialog is open before anything was asked for")
	}
	if err := sidecar.MayWrite(ctx); err != nil {
		return err
	}
	before := v.session.WritesBegun()
	if err := v.opens(ctx, page, way.open, confirmDialog); err != nil {
		return err
	}
	if asks, err := v.shows(page, confirmDialog); err != nil {
		return err
	} else if !asks && v.session.WritesBegun() > before {
		next.state = submitted // Clay did not ask: only a reading tells what became of it
		return nil
	}
	dialog, err := v.find(document(page), confirmDialog)
	if err != nil {
		return err
	}
	shown, said, err := textsOf(dialog)
	if err == nil && !namesThing(shown, way.name, way.others) {
		err = pageChanged("the dialog that asks for confirmation does not name exactly what is to be deleted, and was not confirmed")
	}
	var confirm playwright.Locator
	if err == nil {
		confirm, err = v.find(dialog, way.confirm)
	}
	if err != nil {
		v.noteThere(err)
		v.closeOverlaid(page)
		return err
	}
	return w.give(ctx, page, way.action, []*accessJob{next}, func() error { return pressIn(dialog, confirm, said) }, dialog)
}
