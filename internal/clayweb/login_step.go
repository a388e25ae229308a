package clayweb

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/onetime"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// take gives a page what it asks for, or says why it cannot be given.
func (l *logIn) take(ctx context.Context, seen view) error {
	if err := l.mayAct(seen); err != nil {
		return err
	}
	switch seen.part {
	case partUsername:
		return l.giveUsername(ctx, seen)
	case partPassword:
		return l.givePassword(ctx, seen)
	case partCode:
		return l.giveCode(ctx, seen)
	case partAccount:
		return l.chooseAccount(seen)
	case partStay:
		return l.answerStay(seen)
	case partPasswordWay, partCodeWay, partOtherWay, partConfirm:
		return l.press(seen, seen.site.parts[seen.part])
	case partApproval:
		return approvalNeeded(seen.host())
	case partCheck:
		return l.visit.checkNeeded(seen.page)
	case partUnsafe:
		return unsupportedLogin("the identity provider at %s does not let browsers sign in that a program drives", seen.host())
	default: // partDenied
		return sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonIdentityProviderRefused,
			"the identity provider at %s does not let this account into Clay; assign Clay to the account there", seen.host())
	}
}

// mayAct makes sure that a page of another host is one on which something may be typed. That Clay's own page led there is known: a log-in
// begins at Clay's page, in a context that nobody else drives.
func (l *logIn) mayAct(seen view) error {
	if seen.site == &claySite {
		return nil
	}
	address := addressOf(seen.page)
	switch {
	case !isProtected(address):
		return unsupportedLogin("the log-in led to %s over a connection that is not encrypted; nothing was typed there", address.Hostname())
	case isLookAlike(address.Hostname()):
		return unsupportedLogin("the log-in led to %s, which bears the name of an identity provider and is none of its hosts; nothing was typed there",
			address.Hostname())
	}
	return nil
}

// isProtected says whether what is typed on a page crosses no network in plain text.
func isProtected(address *url.URL) bool {
	if address.Scheme == "https" {
		return true
	}
	host := address.Hostname()
	ip, err := netip.ParseAddr(host)
	return address.Scheme == "http" && (host == "localhost" || strings.HasSuffix(host, ".localhost") || (err == nil && ip.IsLoopback()))
}

// giveUsername types the address, at Clay, or what the identity provider calls the account.
func (l *logIn) giveUsername(ctx context.Context, seen view) error {
	field, found, err := l.find(seen, seen.site.parts[partUsername])
	if err != nil || !found {
		return err
	}
	if err := l.typeInto(seen, field, l.username(seen)); err != nil {
		return err
	}
	if seen.site == &claySite {
		// Clay sends a code when the address is given, and only what arrives after that counts.
		if err := l.mail.open(ctx, l.visit.workspace.Login); err != nil {
			return err
		}
		// Whatever becomes of the answer, the code may be on its way.
		l.visit.signedIn = l.visit.signedIn || onlyByMail(l.visit.workspace.Login)
	}
	return l.send(seen, field)
}

func (l *logIn) username(seen view) string {
	account := l.visit.workspace.Login
	if seen.site != &claySite && account.IdentityProvider.Username != "" {
		return account.IdentityProvider.Username
	}
	return string(account.Email)
}

// givePassword types the password of the one whose page it is, and the user name where that stands on the same page.
func (l *logIn) givePassword(ctx context.Context, seen view) error {
	secret := l.visit.workspace.Login.Password
	if seen.site != &claySite {
		secret = l.visit.workspace.Login.IdentityProvider.Password
	}
	if secret == "" {
		return noPassword(seen)
	}
	field, found, err := l.find(seen, seen.site.parts[partPassword])
	if err != nil || !found {
		return err
	}
	kind, err := field.GetAttribute("type")
	if err != nil {
		return err
	}
	if kind != "password" {
		return pageChanged("the field for the password does not hide what is typed, so that nothing was typed into it")
	}
	name, together, err := l.find(seen, seen.site.parts[partUsername])
	if err != nil {
		return err
	}
	if together {
		if err := l.typeInto(seen, name, l.username(seen)); err != nil {
			return err
		}
		l.done[step{part: partUsername, origin: seen.origin}] = true
		if seen.site == &claySite {
			if err := l.mail.open(ctx, l.visit.workspace.Login); err != nil {
				return err
			}
		}
	}
	if err := l.typeInto(seen, field, string(secret)); err != nil {
		return err
	}
	return l.send(seen, field)
}

// noPassword is the fault of a page that asks for a password that there is none for.
func noPassword(seen view) error {
	if seen.site == &claySite {
		return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonLoginNeeded,
			"Clay asks for a password, and there is none; put it into the Secret as password, or %s", byHand)
	}
	return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonLoginNeeded,
		"Clay sends the account to the identity provider at %s, whose password there is none for; put it into the Secret as identityProviderPassword, or %s",
		seen.host(), byHand)
}

// giveCode types the code that came by e-mail, at Clay, or that of the authenticator app.
func (l *logIn) giveCode(ctx context.Context, seen view) error {
	if seen.site == &claySite {
		l.visit.signedIn = true // Clay has sent it already
	}
	code, err := l.code(ctx, seen)
	if err != nil {
		return err
	}
	// It is not worth much any more, and nobody's business.
	l.visit.typed = append(l.visit.typed, code)
	field, found, err := l.find(seen, seen.site.parts[partCode])
	if err != nil {
		return err
	}
	if !found {
		boxes, _, err := l.codeBoxes(seen)
		if err != nil {
			return err
		}
		for i, digit := range code {
			field = boxes.Nth(i)
			if err := l.typeInto(seen, field, string(digit)); err != nil {
				return err
			}
		}
	} else if err := l.typeInto(seen, field, code); err != nil {
		return err
	}
	err = l.send(seen, field)
	switch browser.KindOf(err) {
	case browser.KindNotFound, browser.KindNotActionable, browser.KindTimeout, browser.KindNavigationRaced:
		// Some pages send a code by themselves as soon as it is whole. The next look tells.
		return nil
	default:
		return err
	}
}

func (l *logIn) code(ctx context.Context, seen view) (string, error) {
	if seen.site == &claySite {
		return l.mail.code(ctx, l.visit.workspace.Login, l.visit.waits.mail)
	}
	text := l.visit.workspace.Login.IdentityProvider.OTPSecret
	if text == "" {
		return "", sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonCodeNeeded,
			"the identity provider at %s asks for a one-time code; put the secret of an authenticator app into the Secret as otpSecret, or %s", seen.host(), byHand)
	}
	secret, err := onetime.Parse(string(text))
	if err != nil {
		return "", sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonIdentityProviderRefused, "no one-time code can be made: otpSecret in the Secret %v", err)
	}
	code, err := l.visit.backend.codes.Code(ctx, secret, l.visit.place.around.skew(addressOf(seen.page).Host))
	if errors.Is(err, onetime.ErrClock) {
		return "", sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonBrowserUnavailable, "no one-time code can be made: %v", err)
	}
	return code, err
}

// chooseAccount chooses the account in a list of those that the provider remembers, or says that it is another one.
func (l *logIn) chooseAccount(seen view) error {
	whole := whole(l.username(seen))
	own := l.visit.union(document(seen.page), seen.site.parts[partAccount]...).
		Filter(playwright.LocatorFilterOptions{Has: seen.page.GetByText(whole)})
	if count, err := own.Count(); err != nil {
		return err
	} else if count == 1 {
		return browser.Wrap("choose the account", own.Click(l.bounded(seen.part)))
	}
	return l.press(seen, seen.site.parts[partNewAccount])
}

// answerStay says no to staying signed in: the session that is kept is Clay's. Where there is no such answer, the only other one is given.
func (l *logIn) answerStay(seen view) error {
	no, found, err := l.find(seen, seen.site.parts[partStayNo])
	if err != nil {
		return err
	}
	if found {
		return browser.Wrap("answer", no.Click(l.bounded(seen.part)))
	}
	return l.press(seen, seen.site.next)
}

// press clicks the one element that any of the names finds.
func (l *logIn) press(seen view, names []element) error {
	button, found, err := l.find(seen, names)
	if err != nil {
		return err
	}
	if !found {
		return unsupportedLogin("the page at %s has not the one button that leads on", seen.host())
	}
	return browser.Wrap("click "+string(seen.part), button.Click(l.bounded(seen.part)))
}

// send sends what was typed: by the button, or by the key where none is known.
func (l *logIn) send(seen view, field playwright.Locator) error {
	button, found, err := l.find(seen, seen.site.next)
	if err != nil {
		return err
	}
	if found {
		return browser.Wrap("click the button after the "+string(seen.part), button.Click(l.bounded(seen.part)))
	}
	return browser.Wrap("press Enter after the "+string(seen.part), field.Press("Enter", playwright.LocatorPressOptions{Timeout: l.actionWait(seen.part)}))
}

// actionLimit is how long a click or a text may take where the element is there. A page that goes on by itself takes it away, and without
// a bound Playwright waits for it to come back.
const actionLimit = 10 * time.Second

// actionWait is the same, as Playwright's options want it. After a code it is less, because many pages send that by themselves.
func (l *logIn) actionWait(asked part) *float64 {
	most := actionLimit
	if asked == partCode {
		most = l.visit.waits.step
	}
	return new(float64(most.Milliseconds()))
}

func (l *logIn) bounded(asked part) playwright.LocatorClickOptions {
	return playwright.LocatorClickOptions{Timeout: l.actionWait(asked)}
}

// originScript tells where an element really is. A page cannot make it up.
const originScript = `(field) => field.ownerDocument.defaultView.location.origin`

// typeInto types a text into a field of the page that was looked at. The field is held on to, so that a page that took its place in
// between gets nothing.
func (l *logIn) typeInto(seen view, field playwright.Locator, text string) error {
	held, err := field.ElementHandle() //nolint:staticcheck // a locator would find its like on the page that took the place
	if err != nil {
		return browser.Wrap("find the field for the "+string(seen.part), err)
	}
	defer func() { _ = held.Dispose() }()
	origin, err := held.Evaluate(originScript)
	if err != nil {
		return browser.Wrap("look where the page is", err)
	}
	if origin != seen.origin {
		return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonTimeout,
			"the log-in went on to another site by itself, and nothing was typed there; it is tried again")
	}
	if seen.part == partPassword || seen.part == partCode {
		l.visit.signedIn = true // some pages send it by themselves
	}
	err = held.Fill(text, playwright.ElementHandleFillOptions{Timeout: l.actionWait(seen.part)}) //nolint:staticcheck // as above
	return browser.Wrap("type the "+string(seen.part), err)
}
