package clayweb

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
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
	// own is what the dialog says of it, and notices what the page says, one by one. They are looked at for addresses that were typed, and
	// never passed on.
	own, notices []string
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
	v.markNotices(page)
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
		if heard.own = v.saidBy(dialog, inviteAlert); len(heard.own) > 0 {
			break
		}
	}
	if heard.closed && dialog != nil {
		// What the page says of it may show a moment after the dialog is gone.
		_ = v.awaitAny(ctx, document(page), settleSlice, pageNotice)
	}
	heard.notices = v.newNotices(page)
	return heard
}

// markNotices marks what the page says already: a toast about one act is often still there when the next is made.
func (v *visit) markNotices(page playwright.Page) {
	// A page that went away has none.
	_, _ = v.union(document(page), pageNotice).EvaluateAll("(nodes) => nodes.forEach((node) => { node.saidBefore = node.innerText; })")
}

// newNotices is what the page says and did not say before.
func (v *visit) newNotices(page playwright.Page) []string {
	answer, err := v.union(document(page), pageNotice).EvaluateAll(
		"(nodes) => JSON.stringify(nodes.filter((node) => node.saidBefore !== node.innerText).map((node) => node.innerText.trim()).filter((text) => text))")
	if err != nil {
		return nil // a page that went away says nothing
	}
	var texts []string
	if text, ok := answer.(string); !ok || json.Unmarshal([]byte(text), &texts) != nil {
		return nil
	}
	return texts
}

// judge makes of the page's words and of its requests since before what Clay said. A page sends more than the act, so that a status
// is about the act only where nothing else can be.
func (v *visit) judge(heard *answer, before int) {
	hints := v.session.TakeHints()
	heard.untaken = v.untaken(before, heard.closed)
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
	said := slices.Concat(heard.own, heard.notices)
	heard.about = v.book.refusal(strings.Join(said, " "), v.meets...)
	if heard.about != refusedOther || (!heard.closed && len(said) > 0) {
		heard.refused = true
	}
}

// untaken says whether the page gave nothing to Clay since before, or Clay refused all of it. A request that has no answer yet, or never
// gets one, may have been taken; and so may what left no request behind although its dialog closed.
func (v *visit) untaken(before int, closed bool) bool {
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
	return complete && (refused > 0 || len(writes) == 0 && !closed)
}

// saidBy is what each of the elements that speak says.
func (v *visit) saidBy(scope playwright.Locator, name element) []string {
	texts, err := v.union(scope, name).AllInnerTexts()
	if err != nil {
		return nil // a page that went away says nothing
	}
	return slices.DeleteFunc(texts, func(text string) bool { return strings.TrimSpace(text) == "" })
}

// note keeps for a change what Clay said to it. What may be about something else is not kept: then reads decide.
func (p *progress) note(heard answer) {
	switch {
	case heard.unbegun:
		p.state = waiting
	case heard.stop != nil && !heard.untaken:
	case heard.stop == errExpired:
		p.refusal = notLooked
	case heard.stop != nil && heard.stop.Class == sidecar.RateLimited:
		p.refusal = heard.stop
	case heard.refused && (heard.untaken || heard.about.known()):
		p.refused(heard.about)
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
