package clayweb

import (
	"context"
	"errors"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// replacement is an invitation that has to be cancelled before another one to the same address can be sent.
type replacement struct{ withdraw, invite *job }

// replacements are the waiting ones.
func (w *work) replacements() []replacement {
	withdrawals := map[seat.Email]*job{}
	var pairs []replacement
	for _, next := range w.jobs { // what takes away comes first
		switch {
		case next.state != waiting:
		case next.change.Verb == seat.CancelInvitation:
			withdrawals[next.change.Email] = next
		case next.change.Verb == seat.Invite && withdrawals[next.change.Email] != nil:
			pairs = append(pairs, replacement{withdrawals[next.change.Email], next})
		}
	}
	return pairs
}

// rehearse makes sure that the invitations which replace others could be sent, before the first of those is cancelled: it opens the dialog,
// gives it each role that is needed, looks for all else, and leaves it without an address in it. Whoever needs a role that Clay does not
// offer keeps the invitation that there is. A dialog that is not as it is known is an error, and nobody's invitation is touched.
func (w *work) rehearse(ctx context.Context) error {
	faults := map[seat.Role]*changeError{}
	for _, pair := range w.replacements() {
		role := pair.invite.change.Role
		own, rehearsed := faults[role]
		if !rehearsed {
			err := w.visit.rehearseInvite(ctx, role)
			if own, _ = errors.AsType[*changeError](err); err != nil && own == nil {
				return err
			}
			faults[role] = own
		}
		if own == nil {
			continue
		}
		for _, next := range []*job{pair.invite, pair.withdraw} {
			told := *own.fault
			w.settle(next, sidecar.Failed, &told)
			own.fault.Evidence = nil // it is about all of them, and kept once
		}
	}
	return nil
}

// rehearseInvite does all that leads to an invitation with a role but for typing an address and sending it.
func (v *visit) rehearseInvite(ctx context.Context, role seat.Role) error {
	return v.do(ctx, "rehearse invite-dialog", actLimit, func(ctx context.Context, page playwright.Page) error {
		prepare := func(dialog playwright.Locator) error {
			for _, name := range []element{inviteAddress, inviteSubmit} {
				if _, err := v.find(dialog, name); err != nil {
					return err
				}
			}
			_, err := v.chooseRole(ctx, page, dialog, role)
			return err
		}
		dialog, err := v.openPrepared(ctx, page, prepare)
		if errors.Is(err, errDialogGone) {
			dialog, err = v.openPrepared(ctx, page, prepare)
		}
		if err != nil {
			return err
		}
		v.closeInvite(page, dialog)
		// What is done next must not meet it on its way out.
		hidden := playwright.LocatorWaitForOptions{State: playwright.WaitForSelectorStateHidden, Timeout: browser.Timeout(ctx, v.waits.step)}
		if err := dialog.WaitFor(hidden); notYet(err) {
			return pageChanged("the dialog that invites does not close without sending")
		} else if err != nil {
			return err
		}
		return nil
	})
}
