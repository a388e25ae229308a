package clayweb

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/sidecar"
)

// byHand is the remedy for what only a person can do.
const byHand = "sign in by hand with clay-operator login"

// obstacle is why a log-in cannot go on as the page is, or nil.
func (l *logIn) obstacle(seen view) error {
	if err := l.checkTraffic(seen); err != nil {
		return err
	}
	if l.last == nil {
		return nil
	}
	same := l.repeats(seen)
	if !same && seen.part.typed() && l.done[l.stepIn(seen)] {
		return l.refusal(seen) // what was given once is asked for once more, after something else
	}
	if !l.last.part.typed() || seen.origin != l.last.origin && !same {
		return nil // a page of somebody else says nothing of what was typed before, unless it asks for the same secret
	}
	text := seen.alert != "" && seen.alert != l.last.alert
	known := l.visit.book.loginRefusal(seen.alert) != refusedOther
	switch {
	case text && (same || (known && seen.part == partNothing)):
		return l.refusal(seen)
	case same:
		return l.askedAgain(seen)
	default:
		return nil
	}
}

// askedAgain finds a page that came anew and asks for the same once more, without a word that is known.
func (l *logIn) askedAgain(seen view) error {
	if seen.part == partUsername || l.visit.session.Counters().PageLoads == l.loads {
		return nil
	}
	field, found, err := l.find(seen, seen.site.parts[seen.part])
	if err != nil || !found {
		return err
	}
	value, err := field.InputValue(playwright.LocatorInputValueOptions{Timeout: new(float64(loginSlice.Milliseconds()))})
	if err != nil || value != "" {
		return nil //nolint:nilerr // the page is on its way: the next look tells
	}
	return l.refusal(seen)
}

// checkTraffic looks at what the pages asked for in vain. What came of the requests that carried what was typed is kept, because it explains
// what the page says.
func (l *logIn) checkTraffic(seen view) error {
	for _, hint := range l.visit.session.TakeHints() {
		if hint.Method != http.MethodGet {
			l.refused = append(l.refused, hint)
		}
		if sameSite(hint.Host, l.visit.workspace.AppURL) {
			if fault := hintFault(hint); fault != nil {
				return fault
			}
			continue
		}
		document := seen.page != nil && seen.site != &claySite && hint.Host == addressOf(seen.page).Host && hint.Path == seen.path()
		if document && failedStatus(hint.Status) {
			return providerFailed(seen, fmt.Sprintf("answered with status %d", hint.Status))
		}
	}
	if seen.page != nil && addressOf(seen.page).Scheme == "chrome-error" {
		return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayUnreachable,
			"the log-in led to a site that cannot be reached; check the network between the browser and the identity provider")
	}
	return nil
}

// refusal says why what was typed was not accepted. The alert's text decides where it is known. Where it is not, what is asked for again
// was wrong, or else what was typed last. A page complains as well where its request got no answer: that is no refusal.
func (l *logIn) refusal(seen view) error {
	about, typed := l.visit.book.loginRefusal(seen.alert), l.last.part
	told := about != refusedOther
	if seen.part.typed() {
		typed = seen.part
	}
	if about == refusedOther {
		about = map[part]refusal{
			partUsername: refusedUnknownAccount, partPassword: refusedWrongPassword, partCode: refusedCode,
		}[typed]
	}
	if seen.site != &claySite {
		if err := l.failed(seen); err != nil && !told {
			return err
		}
		return providerRefusal(about, seen.host())
	}
	if err := l.failed(seen); err != nil {
		return err
	}
	return clayRefusal(about)
}

// clayRefusal is what Clay's no means.
func clayRefusal(about refusal) error {
	switch about {
	case refusedLocked:
		return sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonAccountLocked,
			"Clay has locked the account; unlock it, and check the credentials before the operator tries again")
	case refusedCode:
		return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonCodeNeeded,
			"Clay does not accept the one-time code that came by e-mail; %s if this happens again", byHand)
	case refusedUnknownAccount:
		return sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonUnknownAccount, "Clay does not know the account; check the address in the credentials")
	default:
		return sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonWrongPassword, "Clay does not accept the address with this password; check the credentials")
	}
}

// providerRefusal is what an identity provider's no means.
func providerRefusal(about refusal, host string) error {
	refused := func(what string) error {
		return sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonIdentityProviderRefused, "the identity provider at %s does not accept %s", host, what)
	}
	switch about {
	case refusedLocked:
		return sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonAccountLocked,
			"the identity provider at %s has locked the account; unlock it there, and check the credentials before the operator tries again", host)
	case refusedCode:
		return refused("the one-time code; check otpSecret in the Secret, and the clock of the node")
	case refusedUnknownAccount:
		return refused("the user name; check identityProviderUsername in the Secret")
	default:
		return refused("the user name with this password; check identityProviderUsername and identityProviderPassword in the Secret")
	}
}

// loginRefusal says what an alert of a log-in is about, or refusedOther.
func (b *book) loginRefusal(text string) refusal {
	for _, about := range loginRefusals {
		for _, entry := range b.refusals {
			if entry.about == about && entry.pattern.MatchString(text) {
				return about
			}
		}
	}
	return refusedOther
}

// takes says whether a host is where a page gives what was typed.
func (l *logIn) takes(seen view, host string) bool {
	if seen.site == &claySite {
		return sameSite(host, l.visit.workspace.AppURL)
	}
	return host == addressOf(seen.page).Host
}

// failed is the fault of what was typed and reached nobody: the traffic since then tells of a request without an answer, of an error or of
// a pause, and of no answer that says no. It is tried again, as a person would.
func (l *logIn) failed(seen view) error {
	var fault error
	for _, hint := range l.refused {
		switch {
		case !l.takes(seen, hint.Host):
		case hint.Failure == "" && !failedStatus(hint.Status):
			return nil // somebody looked at it and said no
		case seen.site != &claySite && hint.Failure == "":
			fault = providerFailed(seen, fmt.Sprintf("answered with status %d", hint.Status))
		case seen.site != &claySite:
			fault = providerFailed(seen, fmt.Sprintf("gave no answer (%s)", hint.Failure))
		case hint.Failure == "":
			fault = statusFault(hint.Status, hint.RetryAfter)
		default:
			fault = sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayUnreachable,
				"Clay gave no answer to the %s (%s); it is tried again", l.last.part, hint.Failure)
		}
	}
	return fault
}

// failedStatus says whether a status tells of the server's own trouble, and not of what it was sent.
func failedStatus(status int) bool {
	return status >= http.StatusInternalServerError || status == http.StatusTooManyRequests
}

// providerFailed is the fault of an identity provider that is in trouble.
func providerFailed(seen view, what string) error {
	return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayUnreachable, "the identity provider at %s %s; it is tried again", seen.host(), what)
}

// waitsInVain is the fault of a page that does not go on because what it asked for failed or, at Clay, has no answer. Pages of identity
// providers ask all the time whether somebody took up a telephone: what they wait for says nothing.
func (l *logIn) waitsInVain(seen view) error {
	if seen.site == nil {
		return nil
	}
	for _, open := range l.visit.session.Unanswered() {
		if seen.site == &claySite && l.takes(seen, open.Host) {
			return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonTimeout,
				"the log-in did not go on, because a request of Clay's page has no answer; it is tried again")
		}
	}
	if l.last == nil {
		return nil
	}
	return l.failed(seen)
}

// unsupportedLogin is a way to sign in that only a person can take.
func unsupportedLogin(format string, arguments ...any) error {
	return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonUnsupportedLogin, "%s; %s", fmt.Sprintf(format, arguments...), byHand)
}

// stuck is the fault of a page that did not go on.
func (l *logIn) stuck(seen view) error {
	if err := l.waitsInVain(seen); err != nil {
		return err
	}
	switch {
	case seen.site == &claySite && l.last == nil:
		return pageChanged("the log-in page shows neither a field for an address nor one for a password")
	case seen.site == &claySite && seen.path() != l.start:
		return unsupportedLogin("what Clay shows after the %s is not known", l.last.part)
	case seen.site == &claySite:
		return pageChanged("the log-in page did not go on after the %s", l.last.part)
	case l.last != nil && (l.last.part == partOtherWay || l.last.part == partCodeWay):
		return approvalNeeded(seen.host())
	case seen.site == nil:
		return unsupportedLogin("the log-in led to a page that shows nothing")
	default:
		return unsupportedLogin("the log-in led to %s, which shows a page that is not known; nothing more was typed there", seen.host())
	}
}

// approvalNeeded is the fault of a provider that wants something that is not on the page.
func approvalNeeded(host string) error {
	return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonApprovalNeeded,
		"the identity provider at %s waits for a telephone, a key or a message; %s, or let the account prove itself by an authenticator app and put "+
			"its secret into the Secret as otpSecret", host, byHand)
}

// checkNeeded is the fault of a page that asks whether a person is there.
func (v *visit) checkNeeded(page playwright.Page) error {
	where := "Clay"
	if !v.onApp(page) {
		where = strings.TrimSuffix("the identity provider at "+addressOf(page).Hostname(), " at ")
	}
	return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonSecurityCheck,
		"%s shows a security check, which only a person may pass; %s", where, byHand)
}

// refuseSecurityCheck is the fault of a security check on the page, or nil.
func (v *visit) refuseSecurityCheck(page playwright.Page) error {
	shown, err := v.securityCheck(page)
	if err != nil || !shown {
		return err
	}
	return v.checkNeeded(page)
}

// securityCheck says whether a page shows a security check: by what it says, or in a frame of one of the known makers.
func (v *visit) securityCheck(page playwright.Page) (bool, error) {
	if v.place.around.checked() {
		return true, nil
	}
	return v.shows(page, loginSecurityCheck)
}
