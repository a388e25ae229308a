package claysim

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// landing signs in and tells where the browser is led.
func (b *browser) landing(email string) string {
	b.t.Helper()
	got := b.call(http.MethodPost, "/v3/auth/password", credentials{Email: email, Password: SamplePassword})
	landing, ok := got.body["landing"].(string)
	if !ok {
		b.t.Fatalf("sign in as %s: %d", email, got.status)
	}
	return landing
}

func TestASecurityCheckStaysUntilAPersonPassesIt(t *testing.T) {
	ways := map[string]func(*Server, *browser){
		"on the page": func(_ *Server, b *browser) { b.call(http.MethodPost, "/v3/auth/security-check", nil) },
		"from outside": func(server *Server, _ *browser) {
			server.ClearSecurityChecks("nobody@example.com", SampleEmail)
		},
		"from outside, everybody's": func(server *Server, _ *browser) { server.ClearSecurityChecks() },
	}
	for name, pass := range ways {
		for _, times := range []int{0, 1} {
			server := startSample(t)
			server.Inject(Fault{Kind: FaultSecurityCheck, Email: SampleEmail, Times: times})
			if got := newBrowser(t, server).landing("mara@example.com"); got == landingSecurity {
				t.Errorf("%s, %d times: another account was checked", name, times)
			}
			first, second := newBrowser(t, server), newBrowser(t, server)
			for _, b := range []*browser{first, second} {
				if got := b.landing(SampleEmail); got != landingSecurity {
					t.Errorf("%s, %d times: landed at %q", name, times, got)
				}
			}
			pass(server, second)
			if got := first.get("/v3/me"); got.status != http.StatusOK {
				t.Errorf("%s, %d times: the session that waited: %d", name, times, got.status)
			}
			if got := newBrowser(t, server).landing(SampleEmail); got != "" {
				t.Errorf("%s, %d times: the next log-in landed at %q", name, times, got)
			}
		}
	}
}

func TestClearingSecurityChecksIsRecorded(t *testing.T) {
	clock := newFakeClock()
	server := startServer(t, Options{Seed: Sample(), Now: clock.Now})
	server.ClearSecurityChecks()
	server.Inject(Fault{Kind: FaultSecurityCheck, Times: 1})
	newBrowser(t, server).landing(SampleEmail)
	server.ClearSecurityChecks(SampleEmail)
	want := []Entry{{At: clock.Now(), Verb: VerbPassSecurityCheck, Target: SampleEmail}}
	if diff := cmp.Diff(want, server.Journal()); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
}

func TestASecurityCheckInTheMiddleOfASession(t *testing.T) {
	server := startSample(t)
	server.Inject(Fault{Kind: FaultSecurityCheck, Route: "GET /v3/workspaces/*/users"})
	b := newBrowser(t, server)
	if got := b.landing(SampleEmail); got != "" {
		t.Errorf("landed at %q", got)
	}
	const list = "/v3/workspaces/4821/users"
	b.get("/v3/me").mustBe(t, "before the check", http.StatusOK)
	b.get(list).mustBe(t, "the call that it comes up at", http.StatusForbidden)
	if got := b.get("/v3/me"); got.status != http.StatusForbidden || got.body["type"] != typeSecurityCheck {
		t.Errorf("after the check came up: status %d, %v", got.status, got.body)
	}
	server.ClearSecurityChecks(SampleEmail)
	if got := b.get(list); got.status != http.StatusOK {
		t.Errorf("after a person passed it: status %d", got.status)
	}
}
