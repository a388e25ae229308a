package claysim

import (
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	// testTOTPSecret is the secret of RFC 6238's test vectors.
	testTOTPSecret = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
	ssoEmail       = "sso@example.com"
)

func TestTOTPHoldsToTheStandard(t *testing.T) {
	key, err := totpKey(testTOTPSecret)
	if err != nil {
		t.Fatal(err)
	}
	// The last six digits of RFC 6238, appendix B.
	for seconds, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := totpCode(key, totpCounter(time.Unix(seconds, 0))); got != want {
			t.Errorf("at %d: %s, want %s", seconds, got, want)
		}
	}
}

func TestACodeWorksOnceAndAroundItsTime(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	key, err := totpKey(testTOTPSecret)
	if err != nil {
		t.Fatal(err)
	}
	owner := &account{Account: Account{TOTPSecret: testTOTPSecret}}
	counter := totpCounter(now)
	steps := []struct {
		name    string
		counter int64
		want    bool
	}{
		{"two periods old", counter - 2, false},
		{"two periods early", counter + 2, false},
		{"of the period before", counter - 1, true},
		{"the same again", counter - 1, false},
		{"of the period after", counter + 1, true},
		{"older than the one that was used", counter, false},
	}
	for _, step := range steps {
		if got := owner.useTOTPLocked(totpCode(key, step.counter), now); got != step.want {
			t.Errorf("a code %s: %v, want %v", step.name, got, step.want)
		}
	}
}

// ssoServer is the sample world with an account of the provider that is an admin of it.
func ssoServer(t *testing.T, clock *fakeClock, owner Account) *Server {
	t.Helper()
	owner.Email, owner.SignIn = ssoEmail, SignInSSO
	if owner.Password == "" {
		owner.Password = SamplePassword
	}
	seed := Sample()
	seed.Accounts = append(seed.Accounts, owner)
	seed.Workspaces[0].Members = append(seed.Workspaces[0].Members, Seat{Email: ssoEmail, Role: RoleAdmin})
	return startServer(t, Options{Seed: seed, Now: clock.Now})
}

// enterSSO goes from Clay's log-in form to the identity provider's first page.
func (b *browser) enterSSO(next string) {
	b.t.Helper()
	start := b.call(http.MethodPost, "/v3/auth/start", credentials{Email: ssoEmail, Next: next})
	entry, ok := start.body["url"].(string)
	if !ok {
		b.t.Fatalf("start of the log-in: %d %s", start.status, start.text)
	}
	if page := b.page(entry); page.status != http.StatusOK {
		b.t.Fatalf("entry of the identity provider: %d", page.status)
	}
}

func (b *browser) page(address string) answer {
	b.t.Helper()
	got, err := b.do(http.MethodGet, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

// answerSSO sends what a page of the identity provider sends, and gives the page that follows.
func (b *browser) answerSSO(provider IdentityProvider, sent signInAnswer) (signInStep, problem) {
	b.t.Helper()
	got, err := b.do(http.MethodPost, b.server.IdentityProviderURL(provider)+answerPath, sent)
	if err != nil {
		b.t.Fatal(err)
	}
	step, _ := got.body["step"].(string)
	wrong, _ := got.body["problem"].(string)
	return signInStep(step), problem(wrong)
}

// attribute is what stands between quotes after the words.
func attribute(text, words string) string {
	_, rest, _ := strings.Cut(text, words+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(value)
}

// returnSSO loads the page whose form posts itself, posts it, and says where that led.
func (b *browser) returnSSO(provider IdentityProvider) *url.URL {
	b.t.Helper()
	page := b.page(b.server.IdentityProviderURL(provider) + "/")
	form := url.Values{
		"SAMLResponse": {attribute(page.text, `name="SAMLResponse" value`)}, "RelayState": {attribute(page.text, `name="RelayState" value`)},
	}
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, attribute(page.text, "action"), strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatalf("post the form: %v", err)
	}
	if err := response.Body.Close(); err != nil {
		b.t.Fatal(err)
	}
	return response.Request.URL
}

// firstAnswer is what the first page of a provider sends.
func firstAnswer(provider IdentityProvider, username, password string) []signInAnswer {
	if providers[provider].together {
		return []signInAnswer{{Step: stepIdentify, Username: username, Password: password}}
	}
	return []signInAnswer{{Step: stepIdentify, Username: username}, {Step: stepPassword, Password: password}}
}

func (b *browser) proveSSO(provider IdentityProvider, username, password string) (signInStep, problem) {
	b.t.Helper()
	var step signInStep
	var wrong problem
	for _, sent := range firstAnswer(provider, username, password) {
		step, wrong = b.answerSSO(provider, sent)
	}
	return step, wrong
}

func TestEachProviderLeadsBackToClay(t *testing.T) {
	for _, provider := range IdentityProviders() {
		t.Run(string(provider), func(t *testing.T) {
			clock := newFakeClock()
			server := ssoServer(t, clock, Account{Provider: provider, Username: "jo.operator", TOTPSecret: testTOTPSecret})
			b := newBrowser(t, server)
			b.enterSSO("/workspaces/4821/home")
			step, wrong := b.proveSSO(provider, "JO.operator", SamplePassword)
			if step != stepCode || wrong != "" {
				t.Fatalf("after the password: %s, %q", step, wrong)
			}
			if step, wrong = b.answerSSO(provider, signInAnswer{Step: stepCode, Code: "000000"}); step != stepCode || wrong != problemWrongCode {
				t.Errorf("after a wrong code: %s, %q", step, wrong)
			}
			step, wrong = b.answerSSO(provider, signInAnswer{Step: stepCode, Code: codeAt(t, clock.Now())})
			if providers[provider].asksToStay {
				if step != stepStay {
					t.Errorf("after the code: %s", step)
				}
				step, wrong = b.answerSSO(provider, signInAnswer{Step: stepStay})
			}
			if step != stepDone || wrong != "" {
				t.Fatalf("at the end: %s, %q", step, wrong)
			}
			landed := b.returnSSO(provider).String()
			if landed != server.AppURL()+"/workspaces/4821/home" {
				t.Errorf("landed at %s", landed)
			}
			if me := b.get("/v3/me"); me.body["email"] != ssoEmail {
				t.Errorf("signed in as %v (%d)", me.body["email"], me.status)
			}
		})
	}
}

func codeAt(t *testing.T, at time.Time) string {
	t.Helper()
	key, err := totpKey(testTOTPSecret)
	if err != nil {
		t.Fatal(err)
	}
	return totpCode(key, totpCounter(at))
}

func TestUnknownUsersAndWrongPasswords(t *testing.T) {
	for _, provider := range IdentityProviders() {
		server := ssoServer(t, newFakeClock(), Account{Provider: provider})
		b := newBrowser(t, server)
		b.enterSSO("/")
		step, wrong := b.proveSSO(provider, "nobody@example.com", SamplePassword)
		wantStep, want := stepPassword, problemWrongPassword
		switch {
		case providers[provider].namesUnknown:
			wantStep, want = stepIdentify, problemUnknownUser
		case providers[provider].together:
			wantStep = stepIdentify
		}
		if step != wantStep || wrong != want {
			t.Errorf("%s, unknown user: %s, %q; want %s, %q", provider, step, wrong, wantStep, want)
		}
		b.answerSSO(provider, signInAnswer{Step: step, Back: true})
		if step, wrong = b.proveSSO(provider, ssoEmail, "wrong"); step == stepDone || wrong != problemWrongPassword {
			t.Errorf("%s, wrong password: %s, %q", provider, step, wrong)
		}
	}
}

func TestFiveWrongPasswordsLockTheAccount(t *testing.T) {
	server := ssoServer(t, newFakeClock(), Account{Provider: ProviderOkta})
	b := newBrowser(t, server)
	b.enterSSO("/")
	b.answerSSO(ProviderOkta, signInAnswer{Step: stepIdentify, Username: ssoEmail})
	var problems []problem
	for range wrongPasswords {
		_, wrong := b.answerSSO(ProviderOkta, signInAnswer{Step: stepPassword, Password: "wrong"})
		problems = append(problems, wrong)
	}
	_, right := b.answerSSO(ProviderOkta, signInAnswer{Step: stepPassword, Password: SamplePassword})
	want := append(slices.Repeat([]problem{problemWrongPassword}, wrongPasswords-1), problemLocked, problemLocked)
	if diff := cmp.Diff(want, append(problems, right)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if err := server.Unlock(ssoEmail); err != nil {
		t.Fatal(err)
	}
	if step, wrong := b.answerSSO(ProviderOkta, signInAnswer{Step: stepPassword, Password: SamplePassword}); step != stepDone || wrong != "" {
		t.Errorf("after unlocking: %s, %q", step, wrong)
	}
	if err := server.Unlock("nobody@example.com"); err == nil {
		t.Error("unlocked an account that does not exist")
	}
}

func TestOnlyAPersonPassesThePhone(t *testing.T) {
	tests := []struct {
		provider IdentityProvider
		secret   string
		first    signInStep
	}{
		{ProviderOkta, "", stepPush},
		{ProviderOkta, testTOTPSecret, stepFactors}, // Okta lets people choose
		{ProviderGoogle, testTOTPSecret, stepPush},  // the others begin with the phone
		{ProviderGeneric, "", stepPush},
	}
	for _, test := range tests {
		t.Run(string(test.provider)+" "+string(test.first), func(t *testing.T) {
			server := ssoServer(t, newFakeClock(), Account{Provider: test.provider, Push: true, TOTPSecret: test.secret})
			b := newBrowser(t, server)
			b.enterSSO("/")
			step, _ := b.proveSSO(test.provider, ssoEmail, SamplePassword)
			if step != test.first {
				t.Fatalf("after the password: %s, want %s", step, test.first)
			}
			if test.secret != "" {
				if step, _ = b.answerSSO(test.provider, signInAnswer{Step: step, Factor: factorOther}); step != stepFactors {
					t.Errorf("another way leads to %s", step)
				}
				if step, _ = b.answerSSO(test.provider, signInAnswer{Step: step, Factor: factorTOTP}); step != stepCode {
					t.Errorf("the code's page is %s", step)
				}
				if err := server.ApprovePush(ssoEmail); err == nil {
					t.Error("approved what nobody asked for")
				}
				step, _ = b.answerSSO(test.provider, signInAnswer{Step: step, Factor: factorPush})
			}
			if again, _ := b.answerSSO(test.provider, signInAnswer{Step: step, Code: "123456"}); again != stepPush {
				t.Errorf("a program passed the phone: %s", again)
			}
			if people := server.world.people(); people[len(people)-1].Number < firstPushNumber {
				t.Errorf("the person does not see the number: %+v", people[len(people)-1])
			}
			if err := server.ApprovePush(strings.ToUpper(ssoEmail)); err != nil {
				t.Fatal(err)
			}
			b.returnSSO(test.provider)
			if me := b.get("/v3/me"); me.status != http.StatusOK {
				t.Errorf("after the approval: %d", me.status)
			}
		})
	}
}

func TestAProviderRemembersTheBrowser(t *testing.T) {
	clock := newFakeClock()
	server := ssoServer(t, clock, Account{Provider: ProviderOneLogin})
	b := newBrowser(t, server)
	b.enterSSO("/")
	b.proveSSO(ProviderOneLogin, ssoEmail, SamplePassword)
	b.returnSSO(ProviderOneLogin)
	entries := []struct {
		name  string
		act   func()
		asked bool
	}{
		{"a day's work", func() {}, false},
		{"the end of all sessions", server.EndSessions, true},
		{"a new log-in", func() { b.proveSSO(ProviderOneLogin, ssoEmail, SamplePassword); b.returnSSO(ProviderOneLogin) }, false},
		{"half a day", func() { clock.advance(providerSessionLife) }, true},
	}
	for _, entry := range entries {
		entry.act()
		start := b.call(http.MethodPost, "/v3/auth/start", credentials{Email: ssoEmail})
		page := b.page(start.body["url"].(string))
		if asked := !strings.Contains(page.text, "SAMLResponse"); asked != entry.asked {
			t.Errorf("after %s: asked %v, want %v", entry.name, asked, entry.asked)
		}
	}
}

func TestAnAssertionWorksOnce(t *testing.T) {
	server := ssoServer(t, newFakeClock(), Account{Provider: ProviderOkta})
	b := newBrowser(t, server)
	b.enterSSO("//elsewhere.example")
	b.proveSSO(ProviderOkta, ssoEmail, SamplePassword)
	if landed := b.returnSSO(ProviderOkta); landed.String() != server.AppURL()+"/" {
		t.Errorf("a foreign address led to %s", landed)
	}
	if page := b.page(server.IdentityProviderURL(ProviderOkta) + "/"); page.status != http.StatusBadRequest {
		t.Errorf("the page after the end: %d", page.status)
	}
	if _, _, found := server.world.signInByAssertion("invented"); found {
		t.Error("an invented assertion signed in")
	}
}

func TestGoogleRefusesTheBrowser(t *testing.T) {
	server := ssoServer(t, newFakeClock(), Account{Provider: ProviderGoogle})
	server.Inject(Fault{Kind: FaultInsecureBrowser, Times: 1})
	b := newBrowser(t, server)
	b.enterSSO("/")
	if step, _ := b.answerSSO(ProviderGoogle, signInAnswer{Step: stepIdentify, Username: ssoEmail}); step != stepRefused {
		t.Errorf("the page is %s", step)
	}
	b.answerSSO(ProviderGoogle, signInAnswer{Step: stepRefused, Back: true})
	if step, _ := b.proveSSO(ProviderGoogle, ssoEmail, SamplePassword); step != stepDone {
		t.Errorf("after the fault: %s", step)
	}
}

func TestLogInsAreKept(t *testing.T) {
	clock := newFakeClock()
	server := ssoServer(t, clock, Account{Provider: ProviderOkta, TOTPSecret: testTOTPSecret})
	if kept := server.LogIns(); len(kept) != 0 {
		t.Fatalf("before anybody did anything: %v", kept)
	}
	b := newBrowser(t, server)
	b.enterSSO("/")
	b.proveSSO(ProviderOkta, ssoEmail, "wrong")
	b.answerSSO(ProviderOkta, signInAnswer{Step: stepPassword, Password: SamplePassword})
	b.answerSSO(ProviderOkta, signInAnswer{Step: stepCode, Code: codeAt(t, clock.Now())})
	b.returnSSO(ProviderOkta)
	b.call(http.MethodPost, "/v3/auth/password", credentials{Email: SampleEmail, Password: "wrong"})
	b.signIn(SampleEmail)
	okta := LogIn{At: clock.Now(), Email: ssoEmail, Method: SignInSSO, Provider: ProviderOkta}
	password := LogIn{At: clock.Now(), Email: SampleEmail, Method: SignInPassword}
	step := func(of LogIn, what LogInStep, refused problem) LogIn {
		of.Step, of.Refused = what, string(refused)
		return of
	}
	want := []LogIn{
		step(okta, LogInEmail, ""), step(okta, LogInPassword, problemWrongPassword), step(okta, LogInPassword, ""),
		step(okta, LogInCode, ""), step(okta, LogInSession, ""),
		step(password, LogInPassword, problemWrongPassword), step(password, LogInPassword, ""), step(password, LogInSession, ""),
	}
	if diff := cmp.Diff(want, server.LogIns()); diff != "" {
		t.Errorf("log-ins (-want +got):\n%s", diff)
	}
}

func TestAProvidersPagesAreItsOwn(t *testing.T) {
	origins := map[string]bool{}
	for _, provider := range IdentityProviders() {
		server := ssoServer(t, newFakeClock(), Account{Provider: provider})
		b := newBrowser(t, server)
		b.enterSSO("/")
		origins[providers[provider].host] = true
		page := b.page(server.IdentityProviderURL(provider) + providers[provider].paths[stepIdentify])
		if !strings.Contains(page.text, "/assets/idp/"+string(provider)+".js") {
			t.Errorf("%s loads another one's script", provider)
		}
		if script := b.page(server.IdentityProviderURL(provider) + "/assets/idp/" + string(provider) + ".js"); script.status != http.StatusOK {
			t.Errorf("%s has no script: %d", provider, script.status)
		}
	}
	if len(origins) != len(IdentityProviders()) {
		t.Errorf("%d origins", len(origins))
	}
}

func TestASeedWithAnUnknownProviderOrSecretIsRefused(t *testing.T) {
	for _, wrong := range []Account{
		{Email: ssoEmail, Provider: "nobody"},
		{Email: ssoEmail, TOTPSecret: "1890"},
	} {
		server, err := Start(Options{Seed: Seed{Accounts: []Account{wrong}}})
		if err == nil {
			_ = server.Close()
			t.Errorf("%+v was accepted", wrong)
		} else if !strings.Contains(err.Error(), ssoEmail) {
			t.Errorf("the error does not name the account: %v", err)
		}
	}
}
