package claysim

import (
	"net/http"
	"strings"
	"testing"
)

func TestAnswersThatAreNoJSON(t *testing.T) {
	tests := []struct {
		kind    FaultKind
		content string
	}{
		{FaultWrongType, "text/html; charset=utf-8"},
		{FaultTruncated, "application/json; charset=utf-8"},
	}
	for _, test := range tests {
		t.Run(string(test.kind), func(t *testing.T) {
			server := startSample(t)
			b := signedInBrowser(t, server)
			server.Inject(Fault{Kind: test.kind, Route: "/v3/workspaces/**", Times: 2})
			for _, got := range []answer{b.get("/v3/workspaces/4821/permissions"), b.invite(2, "new@example.com")} {
				if got.status >= http.StatusBadRequest || got.header.Get("Content-Type") != test.content || got.text == "" || got.body != nil {
					t.Errorf("status %d, type %q, body %.40q", got.status, got.header.Get("Content-Type"), got.text)
				}
			}
			if _, sent := server.Workspace(SampleWorkspace).Invitation("new@example.com"); !sent {
				t.Error("the write was not done")
			}
			if got := b.get("/v3/workspaces/4821/permissions"); len(got.list(t, "userPermissions")) != 11 {
				t.Errorf("after the fault: %d", got.status)
			}
		})
	}
}

func TestA401WithAGoodSession(t *testing.T) {
	server := startSample(t)
	b := signedInBrowser(t, server)
	server.Inject(Fault{Kind: FaultUnauthorized, Route: "GET /v3/workspaces/*/users", Times: 1})
	if got := b.get("/v3/me"); got.status != http.StatusOK {
		t.Errorf("another call: %d", got.status)
	}
	if got := b.get("/v3/workspaces/4821/users"); got.status != http.StatusUnauthorized || got.body["type"] != "Unauthorized" {
		t.Errorf("the call: %d, %v", got.status, got.body)
	}
	if got := b.get("/v3/workspaces/4821/users"); got.status != http.StatusOK {
		t.Errorf("the same call again: %d", got.status)
	}
}

func TestAnotherAdminTakesTheWorkspaceAway(t *testing.T) {
	for kind, want := range map[FaultKind]int{FaultNoAccess: http.StatusForbidden, FaultWorkspaceGone: http.StatusNotFound} {
		t.Run(string(kind), func(t *testing.T) {
			server := startSample(t)
			b := signedInBrowser(t, server)
			id := server.Inject(Fault{Kind: kind, Route: inviteRoute})
			steps := []struct {
				name string
				got  int
				want int
			}{
				{"a read before", b.get("/v3/workspaces/4821/users").status, http.StatusOK},
				{"the write that the fault begins with", b.invite(2, "new@example.com").status, want},
				{"a read after", b.get("/v3/workspaces/4821/users").status, want},
				{"a call that is about no workspace", b.get("/v3/me").status, http.StatusOK},
			}
			for _, step := range steps {
				if step.got != step.want {
					t.Errorf("%s: %d, want %d", step.name, step.got, step.want)
				}
			}
			if _, sent := server.Workspace(SampleWorkspace).Invitation("new@example.com"); sent {
				t.Error("the invitation was sent")
			}
			server.ClearFaults(id)
			if got := b.get("/v3/workspaces/4821/users"); got.status != http.StatusOK {
				t.Errorf("after the fault: %d", got.status)
			}
		})
	}
}

func TestSomebodyIsListedTwice(t *testing.T) {
	for email, want := range map[string]string{"": "mara@example.com", "THEO@example.com": "theo@example.com", "noor@example.com": "noor@example.com"} {
		server := startSample(t)
		b := signedInBrowser(t, server)
		server.Inject(Fault{Kind: FaultListedTwice, Email: email})
		times := map[any]int{}
		for _, permission := range b.get("/v3/workspaces/4821/permissions").list(t, "userPermissions") {
			times[permission["email"]]++
		}
		if times[want] != 2 || len(times) != 10 {
			t.Errorf("%q: listed %v", email, times)
		}
		if count := b.get("/v3/workspaces/4821").body["memberCount"]; count != float64(8) {
			t.Errorf("%q: the count became %v", email, count)
		}
	}
}

func TestTheFaultsOfCallsSpareDocuments(t *testing.T) {
	server := startSample(t)
	for _, kind := range []FaultKind{FaultUnauthorized, FaultNoAccess, FaultWorkspaceGone, FaultWrongType, FaultTruncated} {
		server.Inject(Fault{Kind: kind})
	}
	page := signedOutPage(t, server)
	if page.status != http.StatusOK || !strings.Contains(page.text, "</html>") {
		t.Errorf("document: %d", page.status)
	}
}

func signedOutPage(t *testing.T, server *Server) answer {
	t.Helper()
	return newBrowser(t, server).page(server.AppURL() + "/workspaces/4821/home")
}
