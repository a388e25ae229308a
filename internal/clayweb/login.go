package clayweb

import (
	"context"
	"net/url"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	// loginPath is where Clay's documentation says that one signs in.
	loginPath = "/login"
	// loginLimit bounds a log-in with all its pages, and with the e-mail that brings a code. It leaves some of readLimit for the reading.
	loginLimit = 2 * time.Minute
	// maxLoginSteps is twice the pages of the longest way that is known: address, user name, password, telephone, list of other ways,
	// code, and whether to stay signed in.
	maxLoginSteps = 14
	// loginSlice is how often a log-in looks at the page again when nothing new shows: it goes through several sites, and what comes next
	// may be on any of them.
	loginSlice = 300 * time.Millisecond
)

// signIn signs in, starting from whatever page is shown. It is done once per call at most: a second time in one call would mean
// that the first did not hold, and wrong passwords lock accounts.
func (v *visit) signIn(ctx context.Context, page playwright.Page) error {
	if v.began {
		return errSignedOut
	}
	if err := v.mayLogIn(); err != nil {
		return err
	}
	done, err := v.backend.turns.take(ctx, v.workspace.Login.Email)
	if err != nil {
		return err
	}
	defer done()
	v.began = true
	l := &logIn{visit: v, page: page, done: map[step]bool{}, sites: map[string]*site{}, mail: mail{senders: v.backend.senders}}
	defer l.end()
	ctx, cancel := context.WithTimeout(ctx, loginLimit)
	defer cancel()
	err = l.run(ctx)
	if err == nil {
		v.signedIn = true
	} else if faultOf(err).Reason != sidecar.ReasonSecurityCheck {
		// What was typed half-way, here or at an identity provider, is not to meet the next log-in. A security check is of the session
		// that it came in, and may be gone the next time.
		v.session.Retire(browser.ReasonSignedOut)
		v.failed = true
	}
	return err
}

// mayLogIn says why there may be no log-in.
func (v *visit) mayLogIn() error {
	switch {
	case !v.workspace.Login.CanLogin():
		return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonLoginNeeded,
			"Clay asks for a log-in, and there is nothing to sign in with; sign in with clay-operator login, or put a password into the Secret")
	case v.workspace.NoLogin:
		return sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonLoginBudget,
			"Clay asks for a log-in, and there may be none now; it is tried again later")
	}
	return nil
}

// logIn is one log-in: a loop over what the pages show, in which each step is taken once. What a page asks for decides what is done,
// and not what is known of the account.
type logIn struct {
	visit *visit
	page  playwright.Page
	// done are the steps that were taken.
	done map[step]bool
	// last is the view in which the last step was taken, and loads how many documents there had been.
	last  *view
	loads int
	// start is the path of Clay's log-in page.
	start string
	// sites are the identity providers that were recognised, by origin.
	sites map[string]*site
	// refused are the requests since the last step that were to change something at Clay or at the page's own host, and did not.
	refused []browser.Hint
	mail    mail
}

// step is something that is done once: a secret is typed once, whatever the page, and everything else once per origin.
type step struct {
	part   part
	origin string
}

// stepIn is the step that a view asks for.
func (l *logIn) stepIn(seen view) step {
	if seen.part == partPassword || seen.part == partCode {
		// Clay and the identity provider have their own ones.
		return step{part: seen.part, origin: seen.site.whose()}
	}
	return step{part: seen.part, origin: seen.origin}
}

// run goes from page to page until the app shows.
func (l *logIn) run(ctx context.Context) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	for range maxLoginSteps {
		seen, err := l.await(ctx)
		if err != nil || seen.part == partSignedIn {
			return err
		}
		l.visit.log.Info("log-in goes on", "site", seen.site.name, "host", seen.host(), "asked", seen.part)
		l.done[l.stepIn(seen)] = true
		l.last, l.loads, l.refused = &seen, l.visit.session.Counters().PageLoads, nil
		if err := l.take(ctx, seen); err != nil {
			return abroad(seen, err)
		}
	}
	return unsupportedLogin("the log-in did not come to an end after %d pages", maxLoginSteps)
}

// abroad makes a person's matter of a page of an identity provider that is not as known: what is true of Clay's pages does not hang on it,
// and every further try is a failed log-in in somebody's books.
func abroad(seen view, err error) error {
	if fault := faultOf(err); seen.site != &claySite && fault.Class == sidecar.Drift {
		return unsupportedLogin("the identity provider at %s shows a page that is not as known (%v)", seen.host(), err)
	}
	return err
}

// end leaves nothing of the log-in behind but the session.
func (l *logIn) end() {
	l.mail.close()
	l.visit.place.around.closeWindows()
}

// begin makes sure that the page is the log-in page of the app itself: all that comes after it is of Clay's own making.
func (l *logIn) begin(ctx context.Context) error {
	v := l.visit
	v.place.around.closeWindows()
	_, shown, err := v.has(document(l.page), loginEmail)
	if err != nil {
		return err
	}
	if !shown || !v.onApp(l.page) {
		if err := v.load(ctx, l.page, v.workspace.AppURL+loginPath); err != nil {
			return err
		}
	}
	l.start = pathOf(l.page)
	return v.awaitAny(ctx, document(l.page), v.waits.page, loginEmail, loginPassword, loginSecurityCheck, appProfileMenu)
}

// await waits until a page asks for something, or shows that the log-in is over.
func (l *logIn) await(ctx context.Context) (view, error) {
	var shown string
	var since time.Time
	var before view
	for {
		if ctx.Err() != nil {
			return view{}, context.Cause(ctx)
		}
		seen, err := l.recognise()
		if err != nil {
			return view{}, err
		}
		if now := l.visit.backend.now(); since.IsZero() || seen.address != shown {
			shown, since = seen.address, now
		}
		waited := l.visit.backend.now().Sub(since)
		if err := l.obstacle(seen); err != nil {
			return view{}, err
		}
		// A look asks for one thing after the other, and a page that goes on meanwhile may seem to lack what both the old one and the new one
		// show. Nobody is called for that, and nothing given up: what a page is taken for because it lacks something, the next look sees too.
		certain := !seen.part.restsOnAbsence() || seen.alike(before)
		before = seen
		switch {
		case seen.part != partNothing && certain && !l.repeats(seen):
			return seen, nil
		case l.left(seen) && waited >= l.visit.waits.step:
			seen.part = partSignedIn
			return seen, nil
		case waited >= l.visit.waits.page:
			return view{}, l.stuck(seen)
		}
		if err := l.awaitNews(ctx, seen); err != nil {
			return view{}, err
		}
	}
}

// repeats says whether the page still shows what the last step was about.
func (l *logIn) repeats(seen view) bool {
	return l.last != nil && l.stepIn(seen) == l.stepIn(*l.last)
}

// left says whether the page is one of the app's and none of a log-in that is known. It may be one between two steps, or one of the app
// whose frame is not known; what becomes of it in the time of a step tells.
func (l *logIn) left(seen view) bool {
	return seen.site == &claySite && seen.part == partNothing && seen.path() != l.start
}

// awaitNews waits a little for something that the page does not show yet.
func (l *logIn) awaitNews(ctx context.Context, seen view) error {
	v := l.visit
	names := []element{appProfileMenu, appOnboarding, appDenied, loginSecurityCheck}
	if seen.site != nil {
		names = seen.site.elements()
	}
	var news playwright.Locator
	for _, name := range names {
		wanted := v.union(document(seen.page), name)
		if count, err := wanted.Count(); err != nil || count > 0 {
			continue // an error shows again in the next look
		}
		news = either(news, wanted)
	}
	if news == nil {
		return v.backend.pause(ctx, loginSlice)
	}
	err := news.First().WaitFor(playwright.LocatorWaitForOptions{Timeout: browser.Timeout(ctx, loginSlice)})
	if err == nil || notYet(err) || passing(seen.page, l.page, err) {
		return nil
	}
	return err
}

// passing says whether an error comes from a page that went on, or from a window that closed.
func passing(shown, own playwright.Page, err error) bool {
	return browser.KindOf(err) == browser.KindNavigationRaced || (shown != own && shown.IsClosed())
}

// addressOf reads the address of a page.
func addressOf(page playwright.Page) *url.URL {
	address, err := url.Parse(page.URL())
	if err != nil {
		return &url.URL{}
	}
	return address
}
