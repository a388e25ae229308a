package claysim

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// forty days lead into the next month from everywhere, and from the start of the clock of tests.
const forty = 40 * 24 * time.Hour

func TestLimits(t *testing.T) {
	server := startAccess(t, nil)
	b := signedInBrowser(t, server)
	limits := func() map[string]any {
		shown := map[string]any{}
		for _, user := range b.get(accessBase+"/mcp").list(t, "users") {
			email, _ := user["email"].(string)
			shown[email] = user["creditLimit"]
		}
		return shown
	}
	if diff := cmp.Diff(map[string]any{
		"mara@example.com": 500.0, SampleEmail: 500.0, "theo@example.com": 2000.0, "ines@example.com": 500.0, "jonas@example.com": 0.0,
		"priya@example.com": 500.0, "luc@example.com": 500.0, "hana@example.com": 500.0,
	}, limits()); diff != "" {
		t.Errorf("limits at the start, of members alone (-want +got):\n%s", diff)
	}
	b.mustDo(http.MethodPatch, accessBase+"/mcp/users/"+idText(t, server, "mara@example.com"), limitForm{new(int64(7))})
	b.mustDo(http.MethodPatch, accessBase+"/mcp", limitForm{})
	got := limits()
	if got["mara@example.com"] != 7.0 || got["ines@example.com"] != nil || got["jonas@example.com"] != 0.0 {
		t.Errorf("limits without a default %v", got)
	}
	b.mustDo(http.MethodPatch, accessBase+"/mcp", limitForm{new(int64(0))})
	if ines, _ := server.Workspace(SampleWorkspace).Spender("INES@example.com"); ines.Limit == nil || *ines.Limit != 0 || ines.Own != nil {
		t.Errorf("a default of 0 gives %+v", ines)
	}
	want := byOperator(
		Entry{Verb: VerbSetLimit, Target: "mara@example.com", Limit: new(int64(7))},
		Entry{Verb: VerbSetDefaultLimit},
		Entry{Verb: VerbSetDefaultLimit, Limit: new(int64(0))},
	)
	if diff := cmp.Diff(want, server.Journal(), withoutTime); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
}

func TestLimitsThatAreRefused(t *testing.T) {
	server := startAccess(t, nil)
	b := signedInBrowser(t, server)
	theo := accessBase + "/mcp/users/" + idText(t, server, "theo@example.com")
	tests := map[string]struct {
		path  string
		limit *int64
		want  string
	}{
		"take an own limit away": {theo, nil, sentenceNoLimit},
		"a negative limit":       {theo, new(int64(-1)), sentenceCredits},
		"a negative default":     {accessBase + "/mcp", new(int64(-1)), sentenceCredits},
		"somebody unknown":       {accessBase + "/mcp/users/1", new(int64(1)), sentenceNoMember},
	}
	for name, test := range tests {
		if got := b.call(http.MethodPatch, test.path, limitForm{test.limit}); got.body["message"] != test.want {
			t.Errorf("%s: %d %v", name, got.status, got.body["message"])
		}
	}
	ws := server.Workspace(SampleWorkspace)
	if theo, _ := ws.Spender("theo@example.com"); *theo.Own != sampleLimit || *ws.DefaultLimit != sampleDefault {
		t.Errorf("a refused write changed %+v or the default", theo)
	}
}

func TestSpendingStartsAgainEachMonth(t *testing.T) {
	clock := newFakeClock()
	clock.now = time.Date(2026, time.September, 30, 23, 59, 0, 0, time.UTC)
	server := startAccess(t, func(o *Options) { o.Now = clock.Now })
	b := signedInBrowser(t, server)
	spend := func(email string, credits int64) bool {
		return server.SpendCredits(SampleWorkspace, email, credits) == nil
	}
	told := func() any {
		for _, user := range b.get(accessBase+"/usage/mcp").list(t, "users") {
			if user["email"] == "hana@example.com" {
				return user["creditsUsed"]
			}
		}
		return "nothing"
	}
	steps := []struct {
		name string
		done bool
		want bool
		used any
	}{
		{"the first", spend("hana@example.com", 499), true, told()},
		{"above the limit in one go", spend("hana@example.com", 10), true, told()},
		{"at the limit", spend("hana@example.com", 1), false, told()},
	}
	for i, want := range []any{499.0, 509.0, 509.0} {
		if step := steps[i]; step.done != step.want || step.used != want {
			t.Errorf("%s: done %v, used %v, want %v", step.name, step.done, step.used, want)
		}
	}
	clock.advance(time.Minute)
	if got := told(); got != 0.0 {
		t.Errorf("used %v on the first of the month at 00:00 UTC", got)
	}
	if !spend("hana@example.com", 2) || told() != 2.0 {
		t.Errorf("used %v in the new month", told())
	}
	if spend("jonas@example.com", 1) {
		t.Error("a limit of 0 let somebody spend")
	}
	if spend("noor@example.com", 1) {
		t.Error("somebody who is only invited spent")
	}
}
