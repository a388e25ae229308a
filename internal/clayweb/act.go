package clayweb

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	// actLimit bounds the work on one change or one dialog: some steps and Clay's answer.
	actLimit = 90 * time.Second
	// settleSlice is how often a wait for a dialog to close looks for an alert instead.
	settleSlice = 250 * time.Millisecond
)

// answer is what Clay seems to have said to an act. It is a hint: the proof is a read.
type answer struct {
	// closed is true where the dialog that the act belongs to is gone from the page, which is where it was.
	closed bool
	// refused is true where Clay said no; about says what it was about.
	refused bool
	about   refusal
	// untaken is true where Clay certainly took nothing of the act. Elsewhere it may have taken all or a part, whatever was refused.
	untaken bool
	// text is what the page says. It is looked at for addresses that were typed, and never passed on.
	text string
	// own is what the dialog itself says of it. A notice beside it may name those who were invited.
	own string
	// unbegun is true where the page got no click, because the work may not go on or the click would have been about somebody else.
	unbegun bool
	// stop is a fault that ends the work: a pause that Clay asks for, or a session that is over.
	stop *sidecar.Fault
}

// submit clicks what gives a change to Clay, exactly once, and waits for what the page makes of it. The dialog is nil where there is none.
// An error of the click is no error of submit: the click may have worked, and only a read tells.
func (v *visit) submit(ctx context.Context, page playwright.Page, name string, click func() error, dialog playwright.Locator) answer {
	v.session.TakeHints()
	v.session.TakeDialogs()
	before, place := v.session.WritesBegun(), pathOf(page)
	if err := sidecar.MayWrite(ctx); err != nil {
		return answer{unbegun: true, stop: faultOf(err)}
	}
	v.act(name)
	if err := click(); errors.Is(err, errStopped) {
		v.closeOverlaid(page)
		return answer{unbegun: true}
	} else if err != nil {
		v.log.Warn("the click that submits did not come back well", "action", name, "error", browser.Wrap(name, err))
		return answer{}
	}
	started := v.session.WritesBegun
	_, _ = v.session.AwaitWrites(ctx, before, v.waits.step, v.waits.write)
	heard := v.awaitAnswer(ctx, page, dialog, started() > before)
	if dialog != nil && pathOf(page) != place {
		heard.closed = false // the page left with its dialog, as it does when a session ends
	}
	v.judge(&heard, before)
	return heard
}

// awaitAnswer waits until the dialog closes or something on the page says no.
func (v *visit) awaitAnswer(ctx context.Context, page playwright.Page, dialog playwright.Locator, written bool) answer {
	heard := answer{closed: dialog == nil}
	most := v.waits.write
	if !written {
		most = v.waits.step
	}
	deadline := v.backend.now().Add(most)
	for !heard.closed && v.backend.now().Before(deadline) && ctx.Err() == nil {
		hidden := playwright.LocatorWaitForOptions{State: playwright.WaitForSelectorStateHidden, Timeout: browser.Timeout(ctx, settleSlice)}
		if err := dialog.WaitFor(hidden); err == nil {
			heard.closed = true
			break
		}
		if heard.own = v.noticeText(dialog, inviteAlert); heard.own != "" {
			break
		}
	}
	heard.text = heard.own
	if notice := v.noticeText(document(page), pageNotice); notice != "" {
		heard.text = strings.TrimSpace(heard.text + " " + notice)
	}
	return heard
}

// judge makes of the page's words and of its requests since before what Clay said. A page sends more than the act, so that a status
// is about the act only where nothing else can be.
func (v *visit) judge(heard *answer, before int) {
	hints := v.session.TakeHints()
	heard.untaken = v.untaken(before)
	lost := false
	for _, hint := range hints {
		if !sameSite(hint.Host, v.workspace.AppURL) || hint.Method == http.MethodGet {
			continue
		}
		switch {
		case hint.Failure != "":
			lost = true
		case hint.Status == http.StatusUnauthorized && heard.untaken:
			heard.stop = errExpired
		case statusFault(hint.Status, hint.RetryAfter) != nil:
			heard.stop = statusFault(hint.Status, hint.RetryAfter)
		case hint.Status >= http.StatusBadRequest:
			heard.refused = heard.untaken
		}
	}
	if lost {
		return // whatever the page says, it does not know either what became of the write
	}
	heard.about = v.book.refusal(heard.text)
	if heard.about != refusedOther || (!heard.closed && heard.text != "") {
		heard.refused = true
	}
}

// untaken says whether the page gave nothing to Clay since before, or Clay refused all of it. A request that has no answer yet, or never
// gets one, may have been taken.
func (v *visit) untaken(before int) bool {
	writes, complete := v.session.WritesSince(before)
	refused := 0
	for _, write := range writes {
		if !sameSite(write.Host, v.workspace.AppURL) {
			continue
		}
		if write.Status < http.StatusBadRequest || write.Status >= http.StatusInternalServerError {
			return false
		}
		refused++
	}
	return complete && (refused > 0 || len(writes) == 0)
}

// noticeText is what an element that speaks says, or "".
func (v *visit) noticeText(scope playwright.Locator, name element) string {
	texts, err := v.union(scope, name).AllInnerTexts()
	if err != nil {
		return "" // a page that went away says nothing
	}
	return strings.TrimSpace(strings.Join(texts, " "))
}

// note keeps for a change what Clay said to it. What may be about something else is not kept: then reads decide.
func (j *job) note(heard answer) {
	switch {
	case heard.unbegun:
		j.state = waiting
	case heard.stop != nil && !heard.untaken:
	case heard.stop == errExpired:
		j.refusal = notLooked
	case heard.stop != nil && heard.stop.Class == sidecar.RateLimited:
		j.refusal = heard.stop
	case heard.refused && (heard.untaken || heard.about.known()):
		j.refused(heard.about)
	}
}

// ended returns the fault that ends the work, as an error.
func (a answer) ended() error {
	switch {
	case a.stop != nil:
		return a.stop
	case a.unbegun:
		return errStopped
	}
	return nil
}
