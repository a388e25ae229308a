package clayweb

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// sight is what a page turned out to be.
type sight string

// The pages that are told apart after a navigation.
const (
	sightTeam          sight = "team"
	sightLogin         sight = "login"
	sightSecurityCheck sight = "security check"
	sightOnboarding    sight = "onboarding"
	sightDenied        sight = "access denied"
	sightApp           sight = "app"
	sightUnknown       sight = "unknown"
)

// sights are recognised by any of their elements, in this order.
var sights = []struct {
	sight    sight
	elements []element
}{
	{sightLogin, []element{loginEmail, loginPassword, loginExpired}},
	{sightSecurityCheck, []element{loginSecurityCheck}},
	{sightOnboarding, []element{appOnboarding}},
	{sightDenied, []element{appDenied}},
	{sightApp, []element{appProfileMenu, appSettings}},
}

// lookSlice is how often a wait for a page looks whether the page's traffic says that it waits in vain.
const lookSlice = time.Second

// load opens an address as a new document. The status is looked at because a navigation to an error page is no error to the
// browser.
func (v *visit) load(ctx context.Context, page playwright.Page, address string) error {
	options := playwright.PageGotoOptions{WaitUntil: playwright.WaitUntilStateDomcontentloaded, Timeout: browser.Timeout(ctx, v.waits.page)}
	response, err := page.Goto(address, options)
	if browser.KindOf(err) == browser.KindNavigationRaced {
		response, err = page.Goto(address, options)
	}
	if err != nil || response == nil {
		return err
	}
	status := response.Status()
	v.noDocument = status == http.StatusNotFound
	if status < http.StatusBadRequest {
		return nil
	}
	after, err := response.HeaderValue("retry-after")
	if err != nil {
		return err
	}
	if fault := statusFault(status, retryAfter(after, v.backend.now())); fault != nil {
		return fault
	}
	return nil
}

// look waits until the page is one that is known, and says which.
func (v *visit) look(ctx context.Context, page playwright.Page, wanted sight) (sight, error) {
	known := v.landmarks(page, wanted)
	deadline := v.backend.now().Add(v.waits.page)
	for v.backend.now().Before(deadline) {
		if err := ctx.Err(); err != nil {
			return sightUnknown, context.Cause(ctx)
		}
		err := known.First().WaitFor(playwright.LocatorWaitForOptions{Timeout: browser.Timeout(ctx, lookSlice)})
		if err == nil {
			return v.name(page, wanted)
		}
		if !notYet(err) && browser.KindOf(err) != browser.KindNavigationRaced {
			return sightUnknown, err
		}
		if v.place.around.checked() {
			return sightSecurityCheck, nil
		}
		if err := v.hintFault(); err != nil {
			return sightUnknown, err
		}
		if err := v.dataFault(); err != nil {
			return sightUnknown, err
		}
	}
	seen, err := v.name(page, wanted)
	if err == nil && seen != wanted && (seen == sightUnknown || seen == sightApp) {
		err = v.waitsInVain(wanted)
	}
	if err == nil && seen == sightUnknown && !v.onApp(page) {
		// Clay led to where it lets accounts of this kind sign in. From its own page the way there is known.
		return sightLogin, nil
	}
	return seen, err
}

// landmarks are all the elements by which some page is known. The frame of the app shows before the Team page in it, so that it is
// an answer only where it is wanted.
func (v *visit) landmarks(page playwright.Page, wanted sight) playwright.Locator {
	var known playwright.Locator
	if wanted == sightTeam {
		known = v.teamRows(page)
	}
	for _, entry := range sights {
		if entry.sight == sightApp && wanted != sightApp {
			continue
		}
		for _, name := range entry.elements {
			for _, step := range v.book.ladders[name] {
				known = either(known, step.in(document(page)))
			}
		}
	}
	return known
}

// name says what the page shows now.
func (v *visit) name(page playwright.Page, wanted sight) (sight, error) {
	if wanted == sightTeam {
		count, err := v.teamRows(page).Count()
		if err != nil {
			return sightUnknown, err
		}
		if count > 0 {
			return sightTeam, nil
		}
	}
	for _, entry := range sights {
		for _, name := range entry.elements {
			for _, step := range v.book.ladders[name] {
				count, err := step.in(document(page)).Count()
				if err != nil {
					return sightUnknown, err
				}
				if count > 0 {
					return entry.sight, nil
				}
			}
		}
	}
	return sightUnknown, nil
}

// address matches the text of a row that holds an e-mail address.
var address = regexp.MustCompile(`\S@\S`)

// teamRows are the rows of the page that hold an address: the list of members has come.
func (v *visit) teamRows(page playwright.Page) playwright.Locator {
	var rows playwright.Locator
	for _, step := range v.book.ladders[teamRow] {
		rows = either(rows, step.in(document(page)).Filter(playwright.LocatorFilterOptions{HasText: address}))
	}
	return rows
}

// hintFault looks at what the page asked for in vain, and returns the fault that it means. What is of no site of Clay's does not count.
func (v *visit) hintFault() error {
	for _, hint := range v.session.TakeHints() {
		if !sameSite(hint.Host, v.workspace.AppURL) {
			continue
		}
		if fault := hintFault(hint); fault != nil {
			return fault
		}
	}
	return nil
}

// dataFault looks at what the page got for its data, and returns the fault that it means: a workspace that Clay does not know, or something
// that is no data at all, as proxies send it. That of another shape is no fault here: then the rows tell.
func (v *visit) dataFault() error {
	if v.lists == nil {
		return nil
	}
	newest := map[string]browser.Answer{}
	answers, _ := v.lists.Answers()
	for _, answer := range answers {
		if what, ours := v.meaning(answer); ours {
			newest[what] = answer
		}
	}
	switch {
	case newest["workspace"].Status == http.StatusNotFound:
		return v.noAccess()
	case isGarbled(newest["users"]) || isGarbled(newest["permissions"]):
		return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayError,
			"Clay's page asked for its members and got something that is no data; it is tried again")
	}
	return nil
}

// isGarbled says whether a request for data succeeded and brought none.
func isGarbled(answer browser.Answer) bool {
	succeeded := answer.Status >= http.StatusOK && answer.Status < http.StatusMultipleChoices
	return succeeded && answer.Err == nil && !json.Valid(answer.Body)
}

// waitsInVain is the fault of a page that shows nothing that is known because what it asked for has no answer: the list of members, or,
// where not even the app shows, anything.
func (v *visit) waitsInVain(wanted sight) error {
	for _, open := range v.session.Unanswered() {
		if !sameSite(open.Host, v.workspace.AppURL) || !open.IsRead() {
			continue
		}
		if wanted == sightTeam && !trafficPattern.MatchString("https://"+open.Host+open.Path) {
			continue
		}
		return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonTimeout, "Clay's page waits for an answer of Clay's that does not come; it is tried again")
	}
	return nil
}

// hintFault is the fault that a request to Clay in vain means: a pause that Clay asks for, an error of Clay's, or a read that never got
// an answer. Refused writes are not its business.
func hintFault(hint browser.Hint) *sidecar.Fault {
	switch {
	case hint.Method != http.MethodGet:
		return nil
	case hint.Failure != "":
		return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayUnreachable, "Clay's page got no answer (%s); it is tried again", hint.Failure)
	default:
		return statusFault(hint.Status, hint.RetryAfter)
	}
}

// retryAfter reads both forms of the header: seconds, and a date.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := time.ParseDuration(strings.TrimSpace(value) + "s"); err == nil {
		return max(0, seconds)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
