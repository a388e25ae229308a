package clayweb

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// maxAddresses is how many addresses go into one dialog. Clay names no limit; fifty is what a person could still check by eye, and
// what a refusal can be narrowed down from in a few more dialogs.
const maxAddresses = 50

// batch is what goes into one dialog: addresses that get the same role, groups and budgets.
type batch []*job

// invite sends the waiting invitations, role by role, in as few dialogs as possible.
func (w *work) invite(ctx context.Context, jobs []*job) error {
	for _, next := range batches(jobs) {
		if err := w.sendBatch(ctx, next); err != nil {
			return err
		}
	}
	return nil
}

// batches groups the waiting invitations by role, groups and budgets, in their order, into dialogs. An address stands in one of them only. Addresses that stood
// together in a dialog that Clay refused without a name are halved until the one to blame stands alone.
func batches(jobs []*job) []batch {
	var all []batch
	taken := map[seat.Email]bool{}
	type key struct {
		role            seat.Role
		groups, budgets seat.Names
		group           int
	}
	open := map[key]int{}
	for _, next := range jobs {
		if next.state != waiting || taken[next.change.Email] {
			continue
		}
		taken[next.change.Email] = true
		place := key{next.change.Role, next.change.Groups, next.change.Budgets, next.group}
		at, ok := open[place]
		if !ok || len(all[at]) == maxAddresses {
			all = append(all, nil)
			at = len(all) - 1
			open[place] = at
		}
		all[at] = append(all[at], next)
	}
	return all
}

// sendBatch sends one batch: in one dialog, or one by one where the dialog takes a single address.
func (w *work) sendBatch(ctx context.Context, next batch) error {
	for len(next) > 0 {
		sent, heard, err := w.visit.inviteDialog(ctx, next)
		if own, ok := errors.AsType[*changeError](err); ok {
			next = w.setAside(next, own)
			continue
		}
		if err != nil {
			return err
		}
		w.hear(sent, heard)
		if err := heard.ended(); err != nil {
			return err
		}
		next = next[len(sent):]
	}
	return nil
}

// setAside settles what a fault keeps out of a dialog, and returns the rest of the batch, which still is to be sent: everybody but the
// change that the fault is about, or nobody where it is about all of them.
func (w *work) setAside(next batch, own *changeError) batch {
	if own.job != nil {
		w.settle(own.job, sidecar.Failed, own.fault)
		return slices.DeleteFunc(next, func(j *job) bool { return j == own.job })
	}
	fault := *own.fault
	for _, j := range next {
		if j.state == waiting {
			told := fault
			w.settle(j, sidecar.Failed, &told)
			fault.Evidence = nil // it is about all of them, and kept once
		}
	}
	return nil
}

// hear notes what Clay said to a dialog, whether or not that closed. The addresses that a refusal names are refused. What becomes of the
// others depends on whether Clay may have taken them: if so, reads decide, because a list that lags would lead to a second invitation. If
// not, they wait for the next dialog; where nobody was named, one address alone is the one refused, and several are halved.
func (w *work) hear(sent batch, heard answer) {
	if heard.stop != nil {
		for _, next := range sent {
			next.note(heard)
		}
		return
	}
	if !heard.refused {
		return
	}
	blames := w.visit.book.blames(heard)
	named := slices.DeleteFunc(slices.Clone(sent), func(j *job) bool {
		return !slices.ContainsFunc(blames, func(text string) bool { return namesAddress(text, j.change.Email) })
	})
	if len(named) == 0 && len(sent) == 1 && heard.untaken {
		named = sent
		if heard.about == refusedOther {
			heard.about = refusedAddress // alone in its dialog, it is what was refused
		}
	}
	defer func() { w.groups += 2 }() // every half is a group of its own
	for i, next := range sent {
		switch {
		case slices.Contains(named, next):
			next.refused(heard.about)
			if !heard.untaken {
				next.refusal.Class = sidecar.OutcomeUnknown // Clay said so, and may have sent it
			}
		case !heard.untaken: // it may be sent
		case heard.about == refusedSeatLimit && len(named) == 0:
			next.refused(heard.about) // it is about all of them
		default:
			next.refusal = notLooked
			if len(named) == 0 {
				next.group = w.groups + 1 + i*2/len(sent)
			}
		}
	}
}

// inviteDialog opens the dialog, fills it in, checks it and submits it once. It returns the part of the batch that went into it: all, or
// the first where the dialog takes one address.
func (v *visit) inviteDialog(ctx context.Context, next batch) (sent batch, heard answer, err error) {
	err = v.do(ctx, "invite-dialog", actLimit, func(ctx context.Context, page playwright.Page) error {
		fill := func(dialog playwright.Locator) (err error) {
			sent, err = v.fillInvite(ctx, page, dialog, next)
			return err
		}
		dialog, err := v.openFilled(ctx, page, fill)
		if err != nil {
			return err
		}
		send, err := v.find(dialog, inviteSubmit)
		if err != nil {
			return err
		}
		if err := v.ready(page); err != nil {
			return err
		}
		ready, err := send.IsEnabled()
		if err != nil {
			return err
		}
		if !ready {
			// Clay's page itself does not take what was typed: nothing was submitted, and the read that follows says so.
			own := v.saidBy(dialog, inviteAlert)
			heard = answer{refused: true, untaken: true, own: own, about: v.book.refusal(strings.Join(own, " "))}
		}
		for _, j := range sent {
			j.state = submitted
		}
		if ready {
			heard = v.submit(ctx, page, "invite-dialog", func() error { return send.Click() }, dialog)
		}
		if !heard.closed {
			v.closeInvite(page, dialog)
		}
		return nil
	})
	return sent, heard, err
}

// errDialogGone says that the dialog closed by itself before anything was given to Clay.
var errDialogGone = errors.New("the dialog that invites closed by itself")

// openFilled opens the dialog and fills it in: without groups and budgets where it does not take them, once more, slowly, where it was typed
// wrong, and in a new document where it holds what was typed before.
func (v *visit) openFilled(ctx context.Context, page playwright.Page, fill func(playwright.Locator) error) (playwright.Locator, error) {
	dialog, err := v.openPrepared(ctx, page, fill)
	if errors.Is(err, errAccessUnfilled) {
		dialog, err = v.openPrepared(ctx, page, fill)
	}
	if errors.Is(err, errTypedWrong) || errors.Is(err, errDialogGone) {
		dialog, err = v.openPrepared(ctx, page, fill)
	}
	if errors.Is(err, errHoldsSomebody) {
		if err := v.openTeam(ctx, page); err != nil {
			return nil, err
		}
		dialog, err = v.openPrepared(ctx, page, fill)
	}
	if errors.Is(err, errHoldsSomebody) {
		return nil, pageChanged("%v", errHoldsSomebody)
	}
	return dialog, err
}

// openPrepared opens the dialog and prepares it. A dialog that cannot be prepared is left.
func (v *visit) openPrepared(ctx context.Context, page playwright.Page, prepare func(playwright.Locator) error) (playwright.Locator, error) {
	moment, oneAddress := v.moment(page), v.oneAddress
	dialog, err := v.openInvite(ctx, page)
	if err != nil {
		return nil, err
	}
	if err := prepare(dialog); err != nil {
		if shown, lookErr := v.shows(page, inviteDialog); lookErr == nil && !shown && v.isUnmoved(page, moment) {
			v.oneAddress = oneAddress // a dialog that is gone makes no chip either
			return nil, errors.Join(errDialogGone, err)
		}
		v.noteThere(err)
		v.closeInvite(page, dialog)
		return nil, err
	}
	return dialog, nil
}

// openInvite opens the dialog, which must be the only one.
func (v *visit) openInvite(ctx context.Context, page playwright.Page) (playwright.Locator, error) {
	if err := v.ready(page); err != nil {
		return nil, err
	}
	if open, err := v.shows(page, inviteDialog); err != nil || open {
		if err != nil {
			return nil, err
		}
		return nil, pageChanged("a dialog with a field is open before one was asked for")
	}
	if err := v.opens(ctx, page, func() error { return v.click(page, teamInvite) }, inviteDialog); err != nil {
		return nil, err
	}
	return v.find(document(page), inviteDialog)
}

// closeInvite leaves the dialog without sending.
func (v *visit) closeInvite(page playwright.Page, dialog playwright.Locator) {
	if button, err := v.find(dialog, inviteClose); err == nil {
		if button.Click() == nil {
			return
		}
	}
	v.closeOverlaid(page)
}
