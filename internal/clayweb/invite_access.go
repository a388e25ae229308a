package clayweb

import (
	"context"
	"errors"
	"slices"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/seat"
)

// errAccessUnfilled says that the dialog that invites could not be given groups or budgets as it is known. Nothing was submitted.
var errAccessUnfilled = errors.New("the dialog that invites does not take groups or budgets as it is known")

// fillAccess gives the dialog that invites the groups and budgets of an invitation, as far as it offers them. They are a convenience and never a
// reason not to invite: where something goes wrong with them, the dialog is left and filled in anew without them.
func (v *visit) fillAccess(ctx context.Context, page playwright.Page, dialog playwright.Locator, change seat.Change) error {
	if change.Groups == "" && change.Budgets == "" || v.leavesAccess {
		return nil
	}
	for _, list := range []struct {
		field element
		names seat.Names
	}{{inviteGroups, change.Groups}, {inviteBudgets, change.Budgets}} {
		err := v.fillNames(ctx, page, dialog, list.field, list.names.List())
		if err == nil {
			continue
		}
		if kind := browser.KindOf(err); kind == browser.KindPageLost || ctx.Err() != nil {
			return err
		}
		v.log.Warn("people are invited without groups and budgets", "because", faultOf(err).Message)
		v.leavesAccess = true
		return errors.Join(errAccessUnfilled, err)
	}
	return nil
}

// fillNames chooses names in one of the dialog's lists, and takes out what the dialog put there by itself. A list that is not there is passed over.
// The first name that is not offered ends the choosing, in all dialogs of the call: each takes its time to be missed, and an invitation does not
// wait for them.
func (v *visit) fillNames(ctx context.Context, page playwright.Page, dialog playwright.Locator, field element, names []string) error {
	located, found, err := v.has(dialog, field)
	if err != nil || !found {
		return err
	}
	search := search{field: located, scope: located.Locator("xpath=..")}
	shown, err := v.chips(search.scope)
	if err != nil {
		return err
	}
	for _, each := range shown {
		if !slices.Contains(names, each.group()) {
			if err := v.unchoose(ctx, page, search.scope, each.pick()); err != nil {
				return err
			}
		}
	}
	for _, name := range names {
		if v.leavesAccess {
			break
		}
		err := v.choose(ctx, page, search, pick{group: name})
		if _, unoffered := errors.AsType[*changeError](err); unoffered {
			v.log.Info("the dialog that invites does not offer a group or budget; it and what follows are given later")
			v.leavesAccess = true
			break
		}
		if err != nil {
			return err
		}
	}
	return v.closeSearch(page, search)
}
