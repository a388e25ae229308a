package clayweb

import (
	"context"
	"slices"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
)

// moment is what is compared in order to know whether something that was done had an effect.
type moment struct {
	writes int
	path   string
}

// moment is what the page is like before something is done.
func (v *visit) moment(page playwright.Page) moment {
	v.session.TakeDialogs()
	return moment{v.session.WritesBegun(), pathOf(page)}
}

// isUnmoved says whether nothing came of what was done since a moment: the page wrote nothing, asked nothing and stayed where it was. A
// page tells others than Clay's data what people do; that is no effect. Where it is not known who keeps the data, every write is one.
func (v *visit) isUnmoved(page playwright.Page, since moment) bool {
	writes, complete := v.session.WritesSince(since.writes)
	wrote := slices.ContainsFunc(writes, func(write browser.Write) bool {
		return write.Host == v.dataHost || (v.dataHost == "" && sameSite(write.Host, v.workspace.AppURL))
	})
	return complete && !wrote && len(v.session.TakeDialogs()) == 0 && pathOf(page) == since.path
}

// opens clicks what opens a dialog, a menu or a list, and waits until that shows; when the time ends first, that is no error, as the find
// that follows says better what is missing. A click that the page swallowed, as it does while it is drawn anew, is made once more where
// it provably had no effect. It is never the click that changes something: that one is made once, whatever becomes of it.
func (v *visit) opens(ctx context.Context, page playwright.Page, click func() error, wanted ...element) error {
	before := v.moment(page)
	if err := click(); err != nil {
		return err
	}
	if err := v.awaitAny(ctx, document(page), v.waits.step, wanted...); err != nil {
		return err
	}
	// Whatever else it opened, that is an effect too.
	open, err := v.union(document(page), append(wanted, confirmDialog, menuOpen, listOption)...).Count()
	if err != nil || open > 0 || !v.isUnmoved(page, before) {
		return err
	}
	v.log.Info("a click had no effect, and is made once more", "opens", wanted)
	if err := click(); err != nil {
		return err
	}
	return v.awaitAny(ctx, document(page), v.waits.step, wanted...)
}
