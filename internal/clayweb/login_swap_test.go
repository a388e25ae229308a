package clayweb

import (
	"context"
	"fmt"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// swapping is a page that goes on in the middle of a look: when so many things were asked of it since it was told to.
type swapping struct {
	playwright.Page
	t *testing.T
	// after is how many questions are still answered by the old page.
	after int
}

// Locator is where each question to a page begins.
func (s *swapping) Locator(selector string, options ...playwright.PageLocatorOptions) playwright.Locator {
	due, err := s.Evaluate("() => window.goOn !== undefined")
	if err == nil && due == true {
		if s.after == 0 {
			if _, err := s.Evaluate("() => { const goOn = window.goOn; delete window.goOn; goOn() }"); err != nil {
				s.t.Error(err)
			}
		}
		s.after--
	}
	return s.Page.Locator(selector, options...)
}

// A page goes on at whatever moment of a look: nobody is called, and no way is taken that leads nowhere.
func TestLoginLooksTwice(t *testing.T) {
	t.Parallel()
	// mostQuestions is more than one look asks.
	const mostQuestions = 16
	goOn := `<script>
		const show = (html) => { document.body.innerHTML = html };
		const leave = "location = '` + siteIn + `'";
		const swap = () => show('%s'.replace('LEAVE', leave));
	</script>`
	for name, page := range map[string]string{
		// The list names the telephone as well, beside the code.
		"from the telephone to the list": `<h1>Get a push notification</h1><button onclick="window.goOn = swap">Try another way</button>` +
			fmt.Sprintf(goOn, `<h1>Get a push notification</h1><button onclick="LEAVE">Google Authenticator</button>`),
		// The page after the list offers a way back to it.
		"from the list to the next page": `<h1>Get a push notification</h1><button onclick="window.goOn = swap">Google Authenticator</button>` +
			fmt.Sprintf(goOn, `<h1>Stay signed in?</h1><button onclick="LEAVE">No</button><button onclick="show(list)">Try another way</button>`) +
			`<script>const list = '<h1>Get a push notification</h1><button>Google Authenticator</button>'</script>`,
	} {
		s := newSites(t, map[string]string{"/": bothForm, "/check": page})
		for after := range mostQuestions {
			t.Run(fmt.Sprintf("%s after %d questions", name, after), func(t *testing.T) {
				s.t = t
				if err := s.signInWith(func(page playwright.Page) playwright.Page { return &swapping{Page: page, t: t, after: after} }); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// signInWith signs in on a page of the test's own making.
func (s *sites) signInWith(made func(playwright.Page) playwright.Page) error {
	s.t.Helper()
	return s.enter(func(ctx context.Context, v *visit) error {
		return v.do(ctx, "sign in", callLimit, func(ctx context.Context, page playwright.Page) error { return v.signIn(ctx, made(page)) })
	})
}
