package claysim

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const inviteRoute = "POST /v3/workspaces/*/invitations"

func TestRoutesMatch(t *testing.T) {
	tests := []struct {
		pattern, request string
		want             bool
	}{
		{"", "GET /v3/me", true},
		{"/v3/me", "GET /v3/me", true},
		{"POST /v3/me", "GET /v3/me", false},
		{"GET /v3/workspaces/*/users", "GET /v3/workspaces/1/users", true},
		{"GET /v3/workspaces/*/users", "GET /v3/workspaces/1", false},
		{"GET /v3/workspaces/*", "GET /v3/workspaces/1/users", false},
		{"/workspaces/**", "GET /workspaces/1/settings/team", true},
		{"/workspaces/**", "GET /login", false},
		{"/v3/**", "GET /v3", false}, // the call that every document makes must not use up a fault of the others
	}
	for _, test := range tests {
		if got := matches(test.pattern, test.request); got != test.want {
			t.Errorf("%q matches %q: %v", test.pattern, test.request, got)
		}
	}
}

func TestALostResponseIsDoneAndALostRequestIsNot(t *testing.T) {
	for kind, done := range map[FaultKind]bool{FaultLostResponse: true, FaultLostRequest: false} {
		t.Run(string(kind), func(t *testing.T) {
			server := startSample(t)
			b := signedInBrowser(t, server)
			server.Inject(Fault{Kind: kind, Route: inviteRoute, Times: 1})
			body := map[string]any{"emails": []string{"new@example.com"}, "roleId": 2}
			if got, err := b.do(http.MethodPost, server.APIURL()+"/v3/workspaces/4821/invitations", body); err == nil {
				t.Errorf("answered with %d", got.status)
			}
			if _, sent := server.Workspace(SampleWorkspace).Invitation("new@example.com"); sent != done {
				t.Errorf("invited: %v", sent)
			}
			b.invite(2, "other@example.com")
			if _, sent := server.Workspace(SampleWorkspace).Invitation("other@example.com"); !sent {
				t.Error("the fault happened more often than asked")
			}
		})
	}
}

func TestStatusFault(t *testing.T) {
	server := startSample(t)
	b := signedInBrowser(t, server)
	server.Inject(Fault{Kind: FaultStatus, Status: http.StatusTooManyRequests, RetryAfter: time.Minute, Route: "/v3/**", Times: 1})
	got := b.get("/v3/me")
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "60" {
		t.Errorf("call: %d, Retry-After %q", got.status, got.header.Get("Retry-After"))
	}
	if got.header.Get("Access-Control-Allow-Origin") == "" {
		t.Error("the pages cannot read the error")
	}
	server.Inject(Fault{Kind: FaultStatus, Status: http.StatusServiceUnavailable, Route: "/workspaces/**"})
	page, err := b.do(http.MethodGet, server.AppURL()+"/workspaces/4821/home", nil)
	if err != nil || page.status != http.StatusServiceUnavailable || !strings.Contains(page.text, "right back") {
		t.Errorf("page: %d, %v", page.status, err)
	}
	if got := b.get("/v3/me"); got.status != http.StatusOK {
		t.Errorf("the first fault happened more often than asked: %d", got.status)
	}
}

func TestLatencyEndsWhenTheFaultIsCleared(t *testing.T) {
	server := startSample(t)
	b := signedInBrowser(t, server)
	id := server.Inject(Fault{Kind: FaultLatency, Delay: time.Hour, Route: "/v3/me"})
	held := make(chan answer, 1)
	go func() {
		got, err := b.do(http.MethodGet, server.APIURL()+"/v3/me", nil)
		if err != nil {
			t.Error(err)
		}
		held <- got
	}()
	if err := server.Wait(t.Context(), func(s State) bool { return s.Counters.API["GET /v3/me"] == 1 }); err != nil {
		t.Fatal(err)
	}
	select {
	case <-held:
		t.Error("answered while the fault was on")
	default:
	}
	server.ClearFaults(id)
	if got := <-held; got.status != http.StatusOK {
		t.Errorf("status %d", got.status)
	}
}

func TestSessionExpiresInTheMiddle(t *testing.T) {
	server := startSample(t)
	b := signedInBrowser(t, server)
	server.Inject(Fault{Kind: FaultSessionExpired, Route: inviteRoute, Times: 1})
	if got := b.get("/v3/me"); got.status != http.StatusOK {
		t.Errorf("another call: %d", got.status)
	}
	if got := b.invite(2, "new@example.com"); got.status != http.StatusUnauthorized {
		t.Errorf("the call that the fault is for: %d", got.status)
	}
	if got := b.get("/v3/me"); got.status != http.StatusUnauthorized {
		t.Errorf("afterwards: %d", got.status)
	}
}

func TestPartialList(t *testing.T) {
	for silent, count := range map[bool]float64{false: 8, true: 3} {
		server := startSample(t)
		b := signedInBrowser(t, server)
		server.Inject(Fault{Kind: FaultPartialList, Keep: 3, Silent: silent})
		if got := b.get("/v3/workspaces/4821/permissions").list(t, "userPermissions"); len(got) != 3 {
			t.Errorf("silent %v: %d permissions", silent, len(got))
		}
		if got := b.get("/v3/workspaces/4821/users").list(t, "users"); len(got) != 3 {
			t.Errorf("silent %v: %d users", silent, len(got))
		}
		if got := b.get("/v3/workspaces/4821").body["memberCount"]; got != count {
			t.Errorf("silent %v: memberCount %v, want %v", silent, got, count)
		}
	}
}

func TestTheShapeOfTheTrafficChanges(t *testing.T) {
	server := startSample(t)
	b := signedInBrowser(t, server)
	moved := server.Inject(Fault{Kind: FaultMovedPaths})
	if got := b.get("/v3/workspaces/4821/permissions"); got.status != http.StatusNotFound {
		t.Errorf("the old path: %d", got.status)
	}
	if got := b.get("/v3/workspaces/4821/access").list(t, "userPermissions"); len(got) != 10 {
		t.Errorf("the new path: %d permissions", len(got))
	}
	server.ClearFaults(moved)
	if got := b.get("/v3/workspaces/4821/access"); got.status != http.StatusNotFound {
		t.Errorf("the new path without the fault: %d", got.status)
	}
	server.Inject(Fault{Kind: FaultRenamedFields})
	first := b.get("/v3/workspaces/4821/permissions").list(t, "workspaceAccess")[0]
	if first["emailAddress"] != "mara@example.com" || first["accessLevel"] != float64(1) {
		t.Errorf("renamed permission %v", first)
	}
}

func TestDuplicatesSendASecondMail(t *testing.T) {
	server := startSample(t)
	b := signedInBrowser(t, server)
	server.Inject(Fault{Kind: FaultDuplicates})
	before := len(server.Outbox())
	if got := b.invite(2, "noor@example.com", "theo@example.com"); got.status != http.StatusCreated {
		t.Fatalf("status %d", got.status)
	}
	if sent := len(server.Outbox()) - before; sent != 2 {
		t.Errorf("%d mails", sent)
	}
	ws := server.Workspace(SampleWorkspace)
	if len(ws.Members) != 8 || len(ws.Invitations) != 2 {
		t.Errorf("%d members, %d invitations", len(ws.Members), len(ws.Invitations))
	}
}

func TestReadsLagBehindAWrite(t *testing.T) {
	clock := newFakeClock()
	server := startServer(t, Options{Seed: Sample(), Now: clock.Now})
	b := signedInBrowser(t, server)
	count := func() int { return len(b.get("/v3/workspaces/4821/permissions").list(t, "userPermissions")) }

	server.Inject(Fault{Kind: FaultListLag, Reads: 2, Times: 2})
	b.invite(2, "a@example.com")
	first := count()
	b.invite(2, "b@example.com")
	if diff := cmp.Diff([]int{10, 10, 11, 12}, []int{first, count(), count(), count()}); diff != "" {
		t.Errorf("people in each read (-want +got):\n%s", diff)
	}

	server.Inject(Fault{Kind: FaultListLag, Delay: time.Minute, Times: 1})
	b.invite(2, "c@example.com")
	stale := count()
	clock.advance(time.Minute)
	if diff := cmp.Diff([]int{12, 13}, []int{stale, count()}); diff != "" {
		t.Errorf("people before and after the delay (-want +got):\n%s", diff)
	}
}

func TestSecurityCheckHoldsTheSession(t *testing.T) {
	server := startSample(t)
	server.Inject(Fault{Kind: FaultSecurityCheck, Times: 1})
	b := newBrowser(t, server)
	got := b.call(http.MethodPost, "/v3/auth/password", credentials{Email: SampleEmail, Password: SamplePassword})
	if got.body["landing"] != landingSecurity {
		t.Errorf("landing %v", got.body["landing"])
	}
	if got := b.get("/v3/me"); got.status != http.StatusForbidden || got.body["type"] != typeSecurityCheck {
		t.Errorf("before the check: %d", got.status)
	}
	b.call(http.MethodPost, "/v3/auth/security-check", nil)
	if got := b.get("/v3/me"); got.status != http.StatusOK {
		t.Errorf("after the check: %d", got.status)
	}
	if journal := server.Journal(); len(journal) != 1 || journal[0].Verb != VerbPassSecurityCheck {
		t.Errorf("journal %+v", journal)
	}
}

func TestOnboardingTrapsAMember(t *testing.T) {
	server := startSample(t)
	server.Inject(Fault{Kind: FaultOnboarding, Times: 1})
	b := newBrowser(t, server)
	got := b.call(http.MethodPost, "/v3/auth/password", credentials{Email: SampleEmail, Password: SamplePassword})
	if got.body["landing"] != landingOnboarding || len(server.Journal()) != 0 {
		t.Errorf("landing %v, journal %v", got.body["landing"], server.Journal())
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	server := startSample(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := server.Wait(ctx, func(State) bool { return false }); err == nil {
		t.Error("waited for what never comes and got no error")
	}
}
