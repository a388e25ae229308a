package clayweb

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/sidecar"
)

// sites is a Clay that sends everybody to an identity provider, and providers that a test makes up page by page.
type sites struct {
	t       *testing.T
	server  *httptest.Server
	backend *Backend
	login   sidecar.Login

	mu    sync.Mutex
	pages map[string]string // by host and path
	typed []string          // hosts on which something was typed
	sent  []string          // what was sent, as host, path and fields
}

const (
	siteClay = "app.clay.localhost"
	// siteProvider is where Clay sends everybody.
	siteProvider = "login.corp.localhost"
	// siteIn is the address that an identity provider leads back to.
	siteIn = "//" + siteClay + "/in"
)

// newSites starts a world in which Clay sends the browser to the first page of siteProvider.
func newSites(t *testing.T, pages map[string]string) *sites {
	t.Helper()
	s := &sites{t: t, backend: newBackend(t, chromium), pages: map[string]string{
		siteClay + "/login": `<form action="/start"><input type="email" name="email" autocomplete="username"><button>Continue</button></form>`,
		siteClay + "/start": "=> //" + siteProvider + "/",
		siteClay + "/in":    `<header><button aria-haspopup="menu">Account</button></header>`,
	}}
	for place, page := range pages {
		if strings.HasPrefix(place, "/") {
			place = siteProvider + place
		}
		s.pages[place] = page
	}
	s.login = sidecar.Login{Email: "operator@example.com", IdentityProvider: sidecar.IdentityProvider{
		Username: providerUsername, Password: providerPassword, OTPSecret: otpSecret,
	}}
	s.backend.waits.page = pageWait
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

// told is the script that tells the server that something was typed.
const told = `<script>addEventListener('input', () => fetch('/typed', {method: 'POST', keepalive: true}))</script>`

// ServeHTTP serves the pages. An address without a scheme in one is one of this server's.
func (s *sites) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	host, port, _ := net.SplitHostPort(in.Host)
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.URL.Path == "/typed" {
		s.typed = append(s.typed, host)
		return
	}
	if err := in.ParseForm(); err == nil && len(in.Form) > 0 {
		s.sent = append(s.sent, host+in.URL.Path+"?"+in.Form.Encode())
	}
	page, known := s.pages[host+in.URL.Path]
	if !known {
		http.NotFound(out, in)
		return
	}
	address := func(text string) string {
		for _, name := range s.hosts() {
			text = strings.ReplaceAll(text, "//"+name, "http://"+name+":"+port)
		}
		return text
	}
	if target, redirect := strings.CutPrefix(page, "=> "); redirect {
		http.Redirect(out, in, address(target), http.StatusFound)
		return
	}
	if status, failed := strings.CutPrefix(page, "! "); failed {
		out.WriteHeader(http.StatusServiceUnavailable)
		page = status
	}
	out.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprint(out, "<!doctype html><body>"+told+address(page))
}

func (s *sites) hosts() []string {
	var hosts []string
	for place := range s.pages {
		host, _, _ := strings.Cut(place, "/")
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// signIn signs in, and returns the fault.
func (s *sites) signIn() error {
	s.t.Helper()
	return s.enter(func(ctx context.Context, v *visit) error { return v.do(ctx, "sign in", callLimit, v.signIn) })
}

// enter works in the workspace, and returns the fault.
func (s *sites) enter(work func(context.Context, *visit) error) error {
	s.t.Helper()
	_, port, err := net.SplitHostPort(s.server.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	workspace := sidecar.Workspace{ID: "4821", AppURL: "http://" + siteClay + ":" + port, Login: s.login}
	ctx, cancel := context.WithTimeout(s.t.Context(), callLimit)
	defer cancel()
	v, err := s.backend.enter(ctx, workspace)
	if err != nil {
		s.t.Fatal(err)
	}
	defer v.leave()
	err = work(ctx, v)
	if err == nil {
		return nil
	}
	fault := v.fault(ctx, err)
	s.t.Log(fault)
	return fault
}

// passwordsAt counts how often the provider's password was sent to a host.
func (s *sites) passwordsAt(host string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := 0
	for _, sent := range s.sent {
		if strings.HasPrefix(sent, host+"/") && strings.Contains(sent, url.QueryEscape(providerPassword)) {
			count++
		}
	}
	return count
}

// wantNothingTyped fails the test if anything was typed anywhere but at Clay.
func (s *sites) wantNothingTyped() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, host := range s.typed {
		if host != siteClay {
			s.t.Errorf("something was typed at %s", host)
		}
	}
}

const (
	userForm     = `<form action="/password"><input name="username" autocomplete="username"><button>Next</button></form>`
	passwordForm = `<form action="/check" method="post"><input type="password" name="password"><button>Sign in</button></form>`
	bothForm     = `<form action="/check" method="post"><input name="username" autocomplete="username"><input type="password" name="password">
		<button>Sign in</button></form>`
	codeForm = `<form action="/code"><label>One-time code <input name="otp" autocomplete="one-time-code"></label><button>Verify</button></form>`
	oktaForm = `<main id="okta-sign-in"><form action="/password"><input name="identifier" autocomplete="username">
		<input type="submit" value="Next"></form></main>`
	frame  = `<iframe src="/frame/recaptcha/api2/%s" width="%d" height="%d" style="border:0"></iframe>`
	toClay = "=> " + siteIn
)

func TestLoginAtPlainForms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		pages map[string]string
	}{
		{"name, then password, then code", map[string]string{"/": userForm, "/password": passwordForm, "/check": codeForm, "/code": toClay}},
		{"name and password together", map[string]string{"/": bothForm, "/check": toClay}},
		{"a field for each digit", map[string]string{
			"/": bothForm, "/code": toClay,
			"/check": `<form action="/code">` + strings.Repeat(`<input maxlength="1" name="digit" inputmode="numeric">`, 6) + `<button>Verify</button></form>`,
		}},
		{"a code that is sent as soon as it is whole", map[string]string{
			"/": bothForm, "/code": toClay,
			"/check": `<form action="/code"><input autocomplete="one-time-code" name="otp" oninput="value.length === 6 && form.submit()">
				<button disabled>Verify</button></form>`,
		}},
		{"a button without a name that is known", map[string]string{
			"/": strings.ReplaceAll(bothForm, "Sign in", "Frobnicate"), "/check": toClay,
		}},
		{"a key is offered on the first page", map[string]string{"/": `<h1>Sign in with a passkey</h1>` + bothForm, "/check": toClay}},
		{"a name first, where a key is offered", map[string]string{
			"/": `<h1>Sign in with a passkey</h1>` + userForm, "/password": passwordForm, "/check": toClay,
		}},
		{"whether to stay signed in", map[string]string{
			"/": bothForm, "/no": toClay,
			"/check": `<h1>Stay signed in?</h1><form action="/yes"><button>Yes</button><button formaction="/no">No</button></form>`,
		}},
		{"a provider that leads to another one", map[string]string{
			"/": userForm, "/password": "=> //sso.other.localhost/", "sso.other.localhost/": bothForm, "sso.other.localhost/check": toClay,
		}},
		{"a window", map[string]string{
			siteClay + "/start": `<h1>Sign in at your company</h1><script>open('//` + siteProvider + `/', 'login', 'width=400,height=500')</script>`,
			"/":                 bothForm,
			"/check":            `<script>opener.location = '` + siteIn + `'; close()</script>`,
		}},
		{"a placeholder and a silent frame of a security check", map[string]string{
			"/":      bothForm + fmt.Sprintf(frame, "bframe", 1, 1) + fmt.Sprintf(frame, "anchor?size=invisible", 256, 60),
			"/check": toClay, "/frame/recaptcha/api2/bframe": "<p>x</p>", "/frame/recaptcha/api2/anchor": "<p>x</p>",
		}},
		{"a security check that is parked beside the page", map[string]string{
			"/":      bothForm + `<div style="position:absolute;top:-9000px">` + fmt.Sprintf(frame, "bframe", 400, 580) + `</div>`,
			"/check": toClay, "/frame/recaptcha/api2/bframe": "<p>x</p>",
		}},
		{"a list of accounts with this one", map[string]string{
			"/": `<div id="tilesHolder"><div data-test-id="x" onclick="location='/wrong'"><small>somebody@example.com</small></div>
				<div data-test-id="y" onclick="location='/account'"><small>` + providerUsername + `</small></div>
				<div id="otherTile" data-test-id="o">Use another account</div></div>`,
			"/account": passwordForm, "/check": toClay,
		}},
		{"a list of accounts without this one", map[string]string{
			"/": `<div id="tilesHolder"><div data-test-id="x" onclick="location='/wrong'"><small>somebody@example.com</small></div>
				<div id="otherTile" data-test-id="o" onclick="location='/account'">Use another account</div></div>`,
			"/account": userForm, "/password": passwordForm, "/check": toClay,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSites(t, test.pages)
			if err := s.signIn(); err != nil {
				if picture := sidecar.AsFault(err).Evidence; picture != nil {
					t.Log(picture.Snapshot)
				}
				t.Fatal(err)
			}
			if sent := s.passwordsAt(siteProvider) + s.passwordsAt("sso.other.localhost"); sent != 1 {
				t.Errorf("the password was sent %d times", sent)
			}
			if sent := s.passwordsAt(siteClay); sent != 0 {
				t.Error("the provider's password went to Clay")
			}
		})
	}
}

func TestLoginStopsBeforeItTypes(t *testing.T) {
	t.Parallel()
	clayOnly := sidecar.Login{Email: "operator@example.com", Password: "Clay-password-0815"}
	tests := []struct {
		name   string
		pages  map[string]string
		login  *sidecar.Login
		class  sidecar.Class
		reason string
	}{
		{"a host that bears a provider's name", map[string]string{
			siteClay + "/start": "=> //acme.okta.com.evil.localhost/", "acme.okta.com.evil.localhost/": oktaForm,
		}, nil, sidecar.HumanNeeded, sidecar.ReasonUnsupportedLogin},
		{"a password to be chosen", map[string]string{
			"/": `<form><input type="password" name="old"><input type="password" name="new"><button>Change</button></form>`,
		}, nil, sidecar.HumanNeeded, sidecar.ReasonUnsupportedLogin},
		{"two names", map[string]string{"/": `<form><input name="username"><input name="email" type="email"><button>Next</button></form>`},
			nil, sidecar.HumanNeeded, sidecar.ReasonUnsupportedLogin},
		{"a field that shows the password", map[string]string{
			"/": `<form><input name="passwd" type="text" id="i0118"><input type="submit" id="idSIButton9" value="Sign in"></form>`,
		}, nil, sidecar.HumanNeeded, sidecar.ReasonUnsupportedLogin},
		{"a page of which nothing is known", map[string]string{"/": `<h1>Welcome to the cafeteria</h1>`}, nil, sidecar.HumanNeeded, sidecar.ReasonUnsupportedLogin},
		{"a look-alike of Clay elsewhere", map[string]string{"/": `<h1>Log in to Clay</h1>` + bothForm}, &clayOnly, sidecar.HumanNeeded, sidecar.ReasonLoginNeeded},
		{"a security check in a frame", map[string]string{
			"/": bothForm + fmt.Sprintf(frame, "anchor", 304, 78), "/frame/recaptcha/api2/anchor": "<p>I am a person</p>",
		}, nil, sidecar.HumanNeeded, sidecar.ReasonSecurityCheck},
		{"a security check in words", map[string]string{"/": `<h1>Verify you are human</h1>` + bothForm}, nil, sidecar.HumanNeeded, sidecar.ReasonSecurityCheck},
		{"a key", map[string]string{"/": `<h1>Insert your security key</h1>`}, nil, sidecar.HumanNeeded, sidecar.ReasonApprovalNeeded},
		{"no permission", map[string]string{"/": `<h1>You do not have access to this application</h1>`},
			nil, sidecar.AuthFailed, sidecar.ReasonIdentityProviderRefused},
		{"a provider that is down", map[string]string{"/": "! <h1>Service unavailable</h1>"}, nil, sidecar.Unavailable, sidecar.ReasonClayUnreachable},
		{"a provider that is not there", map[string]string{siteClay + "/start": "=> http://login.corp.localhost:9/"},
			nil, sidecar.Unavailable, sidecar.ReasonClayUnreachable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSites(t, test.pages)
			if test.login != nil {
				s.login = *test.login
			}
			if test.reason == sidecar.ReasonUnsupportedLogin {
				s.backend.waits.page = 4 * time.Second // nothing comes that one could wait for
			}
			err := s.signIn()
			wantFault(t, err, test.class, test.reason)
			s.wantNothingTyped()
			fault := sidecar.AsFault(err)
			if text := fault.Message; strings.Contains(text, "cafeteria") || strings.Contains(text, "Insert your") {
				t.Errorf("text of the page in the fault: %s", text)
			}
		})
	}
}

// A page that asks again, without a word, did not accept what was typed. It is not typed a second time, since that locks accounts.
func TestLoginDoesNotRepeatItself(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		pages map[string]string
	}{
		{"the same page", map[string]string{"/": bothForm, "/check": bothForm}},
		{"after another page", map[string]string{"/": userForm, "/password": passwordForm, "/check": codeForm, "/code": passwordForm}},
		{"after a way to the code", map[string]string{
			"/": bothForm, "/check": `<h1>Check your phone</h1><a href="/list">Use a verification code</a>`, "/list": passwordForm,
		}},
		{"in words that are not known", map[string]string{"/": bothForm, "/check": `<p role="alert">The moon is made of cheese</p>` + bothForm}},
		{"at another provider", map[string]string{
			"/": bothForm, "/check": "=> //sso.other.localhost/", "sso.other.localhost/": bothForm, "sso.other.localhost/check": toClay,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSites(t, test.pages)
			wantFault(t, s.signIn(), sidecar.AuthFailed, sidecar.ReasonIdentityProviderRefused)
			if sent := s.passwordsAt(siteProvider) + s.passwordsAt("sso.other.localhost"); sent != 1 {
				t.Errorf("the password was sent %d times", sent)
			}
		})
	}
}

// Nothing is typed into a page that took the place of the one that was looked at.
func TestTypingStaysAtItsSite(t *testing.T) {
	t.Parallel()
	s := newSites(t, map[string]string{"/": passwordForm})
	ctx := t.Context()
	_, port, err := net.SplitHostPort(s.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	workspace := sidecar.Workspace{ID: "4821", AppURL: "http://" + siteClay + ":" + port, Login: s.login}
	v, err := s.backend.enter(ctx, workspace)
	if err != nil {
		t.Fatal(err)
	}
	defer v.leave()
	err = v.do(ctx, "type", callLimit, func(_ context.Context, page playwright.Page) error {
		if _, err := page.Goto("http://" + siteProvider + ":" + port + "/"); err != nil {
			return err
		}
		l := &logIn{visit: v, page: page}
		seen := view{page: page, origin: workspace.AppURL, site: &claySite, part: partPassword}
		return l.typeInto(seen, page.Locator("input"), "Clay-password-0815")
	})
	wantFault(t, faultOf(err), sidecar.Unavailable, sidecar.ReasonTimeout)
	s.wantNothingTyped()
}
