package clayweb

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// offboarding is one of the two ways out of a workspace: the elements that lead there, and the name under which it is counted.
type offboarding struct {
	action  string
	entry   element
	icon    element
	confirm element
}

var (
	removal      = offboarding{"remove-dialog", menuRemove, rowTrash, confirmRemove}
	cancellation = offboarding{"cancel-dialog", menuCancelInvitation, rowTrashInvitation, confirmCancelInvitation}
)

// offboard removes a member or cancels an invitation.
func (v *visit) offboard(ctx context.Context, next *job, list seat.Inventory) error {
	way := removal
	if next.change.Verb == seat.CancelInvitation {
		way = cancellation
	}
	return v.do(ctx, way.action, actLimit, func(ctx context.Context, page playwright.Page) error {
		row, err := v.row(ctx, page, next.member)
		if err != nil {
			return err
		}
		if err := v.checkPresence(page, row.locator, next.member); err != nil {
			return err
		}
		begin, err := v.openWay(ctx, page, row, way)
		if err != nil {
			return err
		}
		heard, err := v.leadOut(ctx, page, next, way, begin, list)
		if err != nil {
			v.noteThere(err)
			v.closeOverlaid(page)
			return err
		}
		next.note(heard)
		return heard.ended()
	})
}

// openWay finds what begins to take somebody out: an entry of the row's menu, or an icon in the row where there is no menu. It returns the
// click on it, and does not make that.
func (v *visit) openWay(ctx context.Context, page playwright.Page, row *memberRow, way offboarding) (func() error, error) {
	// Some tables show a row's buttons only under the pointer.
	if err := row.locator.Hover(); err != nil {
		return nil, err
	}
	menu, found, err := v.has(row.locator, rowMenu)
	if err != nil {
		return nil, err
	}
	if !found {
		icon, err := v.find(row.locator, way.icon)
		if err != nil {
			return nil, err
		}
		return func() error { return row.open(icon) }, nil
	}
	if err := v.opens(ctx, page, func() error { return row.open(menu) }, menuOpen, way.entry); err != nil {
		return nil, err
	}
	scope, found, err := v.has(document(page), menuOpen)
	if err != nil {
		return nil, err
	}
	if !found {
		scope = document(page)
	}
	entry, err := v.find(scope, way.entry)
	if err != nil {
		v.noteThere(err)
		v.closeOverlaid(page)
		return nil, err
	}
	return func() error { return row.press(func() error { return entry.Click() }) }, nil
}

// leadOut clicks what begins, and confirms in the dialog that follows. Clay documents a dialog for members; where an invitation has
// none, the first click was the act. From the first click on the change counts as submitted unless a dialog asks.
func (v *visit) leadOut(
	ctx context.Context, page playwright.Page, next *job, way offboarding, begin func() error, list seat.Inventory,
) (answer, error) {
	if open, err := v.shows(page, confirmDialog); err != nil || open {
		if err != nil {
			return answer{}, err
		}
		return answer{}, pageChanged("a dialog is open before anything was asked for")
	}
	before := v.session.WritesBegun()
	v.session.TakeHints()
	v.session.TakeDialogs()
	if err := sidecar.MayWrite(ctx); err != nil {
		return answer{}, err
	}
	next.state = submitted
	if err := begin(); errors.Is(err, errStopped) {
		next.state = waiting
		return answer{}, err
	} else if err != nil {
		// Not an error: the click may have worked, and only a read tells.
		v.log.Warn("the click that begins did not come back well", "action", way.action, "error", browser.Wrap(way.action, err))
		return answer{}, nil
	}
	asks, err := v.awaitQuestion(ctx, page, before)
	if err != nil {
		return answer{}, err
	}
	if !asks && len(v.session.TakeDialogs()) > 0 {
		next.state = waiting // a dialog of the browser's own was answered by no
		return answer{}, pageChanged("the page asks in a dialog of the browser's, which is not known")
	}
	if !asks {
		v.act(way.action)
		_, _ = v.session.AwaitWrites(ctx, before, v.waits.step, v.waits.write)
		heard := v.awaitAnswer(ctx, page, nil, true)
		v.judge(&heard, before)
		return heard, nil
	}
	if v.session.WritesBegun() == before {
		next.state = waiting // the dialog asks first: nothing was given to Clay
	}
	dialog, said, err := v.dialogOf(page, next.member, list)
	if err != nil {
		return answer{}, err
	}
	confirm, err := v.find(dialog, way.confirm)
	if err != nil {
		return answer{}, err
	}
	if err := v.ready(page); err != nil {
		return answer{}, err
	}
	next.state = submitted
	heard := v.submit(ctx, page, way.action, func() error { return pressIn(dialog, confirm, said) }, dialog)
	return heard, nil
}

// awaitQuestion waits until a dialog asks, or until the page writes without asking, and says whether it asks.
func (v *visit) awaitQuestion(ctx context.Context, page playwright.Page, before int) (bool, error) {
	deadline := v.backend.now().Add(v.waits.step)
	for v.backend.now().Before(deadline) {
		if err := v.awaitAny(ctx, document(page), settleSlice, confirmDialog); err != nil {
			return false, err
		}
		if asks, err := v.shows(page, confirmDialog); err != nil || asks {
			return asks, err
		}
		if v.session.WritesBegun() > before {
			return false, nil
		}
	}
	return false, nil
}

// dialogOf returns the one open dialog and what it says, if it names the member: by the address, or by a name that nobody else in the
// list has.
func (v *visit) dialogOf(page playwright.Page, member seat.Member, list seat.Inventory) (dialog playwright.Locator, said string, err error) {
	if dialog, err = v.find(document(page), confirmDialog); err != nil {
		return nil, "", err
	}
	shown, said, err := textsOf(dialog)
	if err != nil {
		return nil, "", err
	}
	if namesAddress(shown, member.Email) || (uniqueName(member, list) && namesPerson(shown, member.Name)) {
		return dialog, said, nil
	}
	return nil, "", pageChanged("the dialog that asks for confirmation names neither the address nor the name of the member, and was not confirmed")
}

// namesAddress says whether a text holds exactly this address, and not as a part of a longer one.
func namesAddress(text string, email seat.Email) bool {
	pattern := fmt.Sprintf(`(?i)(?:^|[\s<>()\[\]"',;:“”‘’])%s(?:$|[\s<>()\[\]"',;:“”‘’?!]|\.(?:$|\s)|\?)`, regexp.QuoteMeta(string(email)))
	return regexp.MustCompile(pattern).MatchString(text)
}

// namesPerson says whether a text holds a name as whole words.
func namesPerson(text, name string) bool {
	name = strings.Join(strings.Fields(name), " ")
	if name == "" {
		return false
	}
	pattern := fmt.Sprintf(`(?i)(?:^|[^\p{L}\p{N}])%s(?:$|[^\p{L}\p{N}])`, regexp.QuoteMeta(name))
	return regexp.MustCompile(pattern).MatchString(strings.Join(strings.Fields(text), " "))
}

// uniqueName says whether the member's name is nobody else's in the list, nor a part of it.
func uniqueName(member seat.Member, list seat.Inventory) bool {
	for _, other := range list.Members {
		if other.Email != member.Email && namesPerson(other.Name, member.Name) {
			return false
		}
	}
	return member.Name != ""
}

// roleNotOffered is the fault of a role that the workspace's plan does not have.
func roleNotOffered(role seat.Role) *sidecar.Fault {
	return sidecar.Faultf(sidecar.Refused, sidecar.ReasonRoleNotOffered,
		"Clay does not offer the role %s in this workspace; choose another, or ask Clay for it", role)
}
