package claysim

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheShapesAreThoseThatWereSeen(t *testing.T) {
	server := startSample(t)
	b := signedInBrowser(t, server)
	theo, _ := server.Workspace(SampleWorkspace).Member("theo@example.com")
	user := map[string]any{
		"id": float64(theo.UserID), "username": "theo@example.com", "email": "theo@example.com",
		"name": "Theo Almeida", "fullName": "Theo Almeida", "profilePicture": nil,
	}

	permission := b.get("/v3/workspaces/4821/permissions").list(t, "userPermissions")[2]
	want := map[string]any{"roleId": float64(2), "email": "theo@example.com", "pending": false, "user": user}
	if diff := cmp.Diff(want, permission); diff != "" {
		t.Errorf("permission (-want +got):\n%s", diff)
	}

	withRole := maps.Clone(user)
	withRole["role"] = map[string]any{"id": float64(2), "name": "Editor"}
	if diff := cmp.Diff(withRole, b.get("/v3/workspaces/4821/users").list(t, "users")[2]); diff != "" {
		t.Errorf("user (-want +got):\n%s", diff)
	}

	version := b.get("/v3").body
	wantVersion := map[string]any{"status": "ok", "auth": map[string]any{}, "version": VariantCurrent().Version}
	if diff := cmp.Diff(wantVersion, version); diff != "" {
		t.Errorf("version (-want +got):\n%s", diff)
	}

	workspace := slices.Sorted(maps.Keys(b.get("/v3/workspaces/4821").body))
	wantKeys := []string{
		"abilities", "billingPlanType", "createdByUserId", "creditBudgets", "credits", "currentPeriodEnd",
		"featureFlags", "id", "memberCount", "name", "pendingCount",
	}
	if diff := cmp.Diff(wantKeys, workspace); diff != "" {
		t.Errorf("fields of a workspace (-want +got):\n%s", diff)
	}
	if token, ok := b.get("/v3/me").body["apiToken"].(string); !ok || token == "" {
		t.Error("me holds no apiToken")
	}
}

func TestRefusedReads(t *testing.T) {
	server := startSample(t)
	stranger, editor, admin := newBrowser(t, server), newBrowser(t, server), signedInBrowser(t, server)
	editor.signIn("theo@example.com")
	tests := []struct {
		name    string
		browser *browser
		path    string
		status  int
		body    map[string]any
	}{
		{"no session", stranger, "/v3/me", 401, map[string]any{"type": "Unauthorized", "message": "You must be logged in"}},
		{"no such path", admin, "/v3/nothing", 404, map[string]any{"type": "NoMatchingURL", "message": "Invalid URL"}},
		{"foreign workspace", admin, "/v3/workspaces/5310", 403, map[string]any{"type": "Forbidden", "message": sentenceNoAccess}},
		{"no such workspace", admin, "/v3/workspaces/1", 403, map[string]any{"type": "Forbidden", "message": sentenceNoAccess}},
		{"no number", admin, "/v3/workspaces/all", 403, map[string]any{"type": "Forbidden", "message": sentenceNoAccess}},
		{"permissions for an editor", editor, "/v3/workspaces/4821/permissions", 403, map[string]any{"type": "Forbidden", "message": sentenceNotAdmin}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.browser.get(test.path)
			if got.status != test.status {
				t.Errorf("status %d, want %d", got.status, test.status)
			}
			if diff := cmp.Diff(test.body, got.body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnlyThePagesMayCallWithTheirCookie(t *testing.T) {
	server := startSample(t)
	for origin, want := range map[string]string{server.AppURL(): server.AppURL(), "http://elsewhere.example": ""} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, server.APIURL()+"/v3/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Origin", origin)
		response, err := newBrowser(t, server).client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if got := response.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("origin %s: allowed %q, want %q", origin, got, want)
		}
	}
	if calls := server.Counters().API; len(calls) > 0 {
		t.Errorf("preflight requests were counted: %v", calls)
	}
}

func TestSignIn(t *testing.T) {
	clock := newFakeClock()
	seed := Sample()
	seed.Accounts = append(seed.Accounts, Account{Email: "code@example.com", SignIn: SignInCode}, Account{Email: "sso@example.com", SignIn: SignInSSO})
	server := startServer(t, Options{Seed: seed, Now: clock.Now})
	b := newBrowser(t, server)

	for email, want := range map[string]string{
		SampleEmail: "password", "unknown@example.com": "password", "code@example.com": "code", "sso@example.com": "sso",
	} {
		if got := b.call(http.MethodPost, "/v3/auth/start", credentials{Email: email}).body["method"]; got != want {
			t.Errorf("method of %s: %v, want %s", email, got, want)
		}
	}
	wrong := b.call(http.MethodPost, "/v3/auth/password", credentials{Email: SampleEmail, Password: "wrong"})
	unknown := b.call(http.MethodPost, "/v3/auth/password", credentials{Email: "unknown@example.com", Password: "wrong"})
	if wrong.status != http.StatusUnauthorized || wrong.text != unknown.text {
		t.Errorf("a wrong password (%d) and an unknown address (%d) must look the same", wrong.status, unknown.status)
	}

	mails := server.Outbox()
	code := mails[len(mails)-1].Code
	if got := b.call(http.MethodPost, "/v3/auth/code", credentials{Email: "code@example.com", Code: code}); got.status != http.StatusOK {
		t.Errorf("sign in by code: %d", got.status)
	}
	if got := b.call(http.MethodPost, "/v3/auth/code", credentials{Email: "code@example.com", Code: code}); got.status != http.StatusUnauthorized {
		t.Errorf("a code that was used: %d", got.status)
	}

	b.signIn(SampleEmail)
	clock.advance(defaultSessionLife)
	if got := b.get("/v3/me"); got.status != http.StatusUnauthorized {
		t.Errorf("after the life of the session: %d", got.status)
	}
	b.signIn(SampleEmail)
	b.call(http.MethodPost, "/v3/auth/logout", nil)
	if got := b.get("/v3/me"); got.status != http.StatusUnauthorized {
		t.Errorf("after the log-out: %d", got.status)
	}
	b.signIn(SampleEmail)
	server.EndSessions()
	if got := b.get("/v3/me"); got.status != http.StatusUnauthorized {
		t.Errorf("after the end of all sessions: %d", got.status)
	}
}

func TestAnAccountWithoutWorkspaceGetsAStrayOneAndIsTrapped(t *testing.T) {
	server := startSample(t)
	b := newBrowser(t, server)
	got := b.call(http.MethodPost, "/v3/auth/password", credentials{Email: "stray@example.com", Password: SamplePassword})
	if got.body["landing"] != landingOnboarding {
		t.Errorf("landing %v, want %s", got.body["landing"], landingOnboarding)
	}
	journal := server.Journal()
	if len(journal) != 1 || journal[0].Verb != VerbCreateWorkspace {
		t.Fatalf("journal %+v, want one stray workspace", journal)
	}
	if trapped := b.get("/v3/my-workspaces").body["onboarding"]; trapped != true {
		t.Errorf("onboarding %v before a workspace was opened", trapped)
	}
	b.get("/v3/workspaces/900001")
	if trapped := b.get("/v3/my-workspaces").body["onboarding"]; trapped != false {
		t.Errorf("onboarding %v after a workspace was opened", trapped)
	}
	again := b.call(http.MethodPost, "/v3/auth/password", credentials{Email: "stray@example.com", Password: SamplePassword})
	if again.body["landing"] != "" || len(server.Journal()) != 1 {
		t.Error("the second log-in made another workspace")
	}
}
