package clayweb

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// loginPath is where Clay's documentation says that one signs in.
const loginPath = "/login"

// signIn signs in, starting from whatever page is shown. It is done once per call at most: a second time in one call would mean
// that the first did not hold, and wrong passwords lock accounts.
func (v *visit) signIn(ctx context.Context, page playwright.Page) error {
	if v.signedIn {
		return errSignedOut
	}
	v.signedIn = true
	if err := v.openLogin(ctx, page); err != nil {
		return err
	}
	before, err := v.alertText(page)
	if err != nil {
		return err
	}
	step, err := v.giveEmail(ctx, page, before)
	if err != nil {
		return err
	}
	// Further ways to sign in begin here: what the page shows after the address decides.
	switch step {
	case loginPassword:
		return v.givePassword(ctx, page)
	case loginCode:
		return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonCodeNeeded,
			"Clay asks for a one-time code sent by mail; give the operator an account that signs in with a password")
	default:
		return pageChanged("the log-in page shows neither a field for a password nor one for a code")
	}
}

// openLogin makes sure that the page is the log-in page of the app itself.
func (v *visit) openLogin(ctx context.Context, page playwright.Page) error {
	_, shown, err := v.has(document(page), loginEmail)
	if err != nil {
		return err
	}
	if !shown || !v.onApp(page) {
		if err := v.load(ctx, page, v.workspace.AppURL+loginPath); err != nil {
			return err
		}
	}
	if err := v.awaitAny(ctx, document(page), v.waits.page, loginEmail, loginSecurityCheck); err != nil {
		return err
	}
	return v.refuseSecurityCheck(page)
}

// giveEmail types the address and waits for what the page asks for next.
func (v *visit) giveEmail(ctx context.Context, page playwright.Page, before string) (element, error) {
	field, err := v.find(document(page), loginEmail)
	if err != nil {
		return "", err
	}
	if err := field.Fill(string(v.workspace.Login.Email)); err != nil {
		return "", err
	}
	if _, together, err := v.has(document(page), loginPassword); err != nil || together {
		return loginPassword, err
	}
	start := pathOf(page)
	if err := v.click(page, loginContinue); err != nil {
		return "", err
	}
	next, err := v.awaitLogin(ctx, page, start, before, loginPassword, loginCode)
	if errors.Is(err, errLeftLogin) {
		return "", unsupportedLogin()
	}
	if err != nil {
		return "", err
	}
	if next == "" {
		return "", v.loginRefusal(page, refusedUnknownAccount)
	}
	return next, nil
}

// givePassword types the password, into a password field of the app's own page and nowhere else, and waits until the log-in page
// is gone.
func (v *visit) givePassword(ctx context.Context, page playwright.Page) error {
	field, err := v.find(document(page), loginPassword)
	if err != nil {
		return err
	}
	kind, err := field.GetAttribute("type")
	if err != nil {
		return err
	}
	if kind != "password" || !v.onApp(page) {
		return pageChanged("the password field is not one of Clay's log-in page, and nothing was typed into it")
	}
	if err := field.Fill(string(v.workspace.Login.Password)); err != nil {
		return err
	}
	before, err := v.alertText(page)
	if err != nil {
		return err
	}
	start := pathOf(page)
	if err := v.click(page, loginContinue); err != nil {
		return err
	}
	next, err := v.awaitLogin(ctx, page, start, before, loginCode)
	switch {
	case errors.Is(err, errLeftLogin):
		return nil // what it led to is looked at next: the workspace's own address decides
	case err != nil:
		return err
	case next == loginCode:
		return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonCodeNeeded, "Clay asks for a one-time code after the password; a person has to sign in")
	}
	return v.loginRefusal(page, refusedWrongPassword)
}

// errLeftLogin says that the log-in page is gone: the page shows no field for a password any more, at another address.
var errLeftLogin = errors.New("the log-in page was left")

// awaitLogin waits until one of the elements shows, and says which. It returns "" where the page shows a new alert instead, and
// errLeftLogin where the log-in page is gone.
func (v *visit) awaitLogin(ctx context.Context, page playwright.Page, start, before string, wanted ...element) (element, error) {
	awaited := append([]element{loginSecurityCheck, appProfileMenu, appOnboarding, appDenied}, wanted...)
	if before == "" {
		awaited = append(awaited, loginAlert)
	}
	var lastAsked time.Time
	deadline := v.backend.now().Add(v.waits.page)
	for v.backend.now().Before(deadline) {
		if err := v.awaitAny(ctx, document(page), lookSlice, awaited...); err != nil {
			return "", err
		}
		if err := v.refuseForPerson(page); err != nil {
			return "", err
		}
		if name, err := v.firstShown(page, wanted); err != nil || name != "" {
			return name, err
		}
		if err := v.checkStillLogin(page, start, &lastAsked); err != nil {
			return "", err
		}
		if now, err := v.alertText(page); err != nil || (now != "" && now != before) {
			return "", err
		}
		if err := v.hintFault(); err != nil {
			return "", err
		}
	}
	return "", pageChanged("the log-in page did not go on after %s", loginContinue)
}

// refuseForPerson is the fault of a log-in that only a person can go on with: at another site, or behind a security check.
func (v *visit) refuseForPerson(page playwright.Page) error {
	if !v.onApp(page) {
		return unsupportedLogin()
	}
	return v.refuseSecurityCheck(page)
}

// checkStillLogin returns errLeftLogin where the log-in page is gone for good. A page that may be one between two steps counts as gone
// when it stayed for the time of a step; lastAsked, zero at first, keeps between the looks when it was not there yet.
func (v *visit) checkStillLogin(page playwright.Page, start string, lastAsked *time.Time) error {
	left, certain, err := v.leftLogin(page, start)
	if err != nil {
		return err
	}
	if lastAsked.IsZero() || !left {
		*lastAsked = v.backend.now()
	}
	if left && (certain || v.backend.now().Sub(*lastAsked) >= v.waits.step) {
		return errLeftLogin
	}
	return nil
}

// leftLogin says whether the page is another one than where the wait began, and none that asks for a password. It is certain
// where the page is one of the app's; it may else be a page between two steps.
func (v *visit) leftLogin(page playwright.Page, start string) (left, certain bool, err error) {
	if pathOf(page) == start {
		return false, false, nil
	}
	if asks, err := v.shows(page, loginPassword); err != nil || asks {
		return false, false, err
	}
	known, err := v.firstShown(page, []element{appProfileMenu, appOnboarding, appDenied})
	return true, known != "", err
}

// unsupportedLogin is a way to sign in that only a person can take.
func unsupportedLogin() error {
	return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonUnsupportedLogin,
		"Clay sends this account to an identity provider; give the operator an account that signs in with a password")
}

// loginRefusal says why the log-in did not work. The alert's text decides where it is known, the step where it is not.
func (v *visit) loginRefusal(page playwright.Page, step refusal) error {
	if err := v.hintLoginFault(); err != nil {
		return err
	}
	text, err := v.alertText(page)
	if err != nil {
		return err
	}
	about := v.book.refusal(text)
	if about != refusedUnknownAccount && about != refusedWrongPassword {
		about = step
	}
	if about == refusedUnknownAccount {
		return sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonUnknownAccount, "Clay does not know the account; check the address in the credentials")
	}
	return sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonWrongPassword, "Clay does not accept the address with this password; check the credentials")
}

// hintLoginFault is the fault of a log-in that Clay did not look at all: too many of them, or an error of its own.
func (v *visit) hintLoginFault() error {
	for _, hint := range v.session.TakeHints() {
		if sameSite(hint.Host, v.workspace.AppURL) {
			if fault := statusFault(hint.Status, hint.RetryAfter); fault != nil {
				return fault
			}
		}
	}
	return nil
}

func (v *visit) refuseSecurityCheck(page playwright.Page) error {
	shown, err := v.shows(page, loginSecurityCheck)
	if err != nil || !shown {
		return err
	}
	return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonSecurityCheck,
		"Clay shows a security check, which only a person may pass; sign in once by hand with this account")
}

// shows says whether any rung of an element finds something.
func (v *visit) shows(page playwright.Page, name element) (bool, error) {
	count, err := v.union(document(page), name).Count()
	return count > 0, err
}

// firstShown returns the first of the elements that the page shows, or "".
func (v *visit) firstShown(page playwright.Page, names []element) (element, error) {
	for _, name := range names {
		if shown, err := v.shows(page, name); err != nil {
			return "", err
		} else if shown {
			return name, nil
		}
	}
	return "", nil
}

// alertText is what the log-in page says is wrong, or "". It is compared and never passed on.
func (v *visit) alertText(page playwright.Page) (string, error) {
	for _, step := range v.book.ladders[loginAlert] {
		texts, err := step.in(document(page)).AllTextContents()
		if err != nil {
			return "", err
		}
		if text := strings.TrimSpace(strings.Join(texts, " ")); text != "" {
			return text, nil
		}
	}
	return "", nil
}

// click finds an element of the page and clicks it.
func (v *visit) click(page playwright.Page, name element) error {
	located, err := v.find(document(page), name)
	if err != nil {
		return err
	}
	return browser.Wrap("click "+string(name), located.Click())
}
