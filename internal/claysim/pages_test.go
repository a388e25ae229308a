package claysim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// loadConfig loads a document and reads what its script is told.
func loadConfig(t *testing.T, b *browser) pageConfig {
	t.Helper()
	page, err := b.do(http.MethodGet, b.server.AppURL()+"/login", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(page.text, `id="config">`)
	content, _, _ := strings.Cut(rest, "</script>")
	var config pageConfig
	if err := json.Unmarshal([]byte(content), &config); err != nil {
		t.Fatalf("the document's configuration: %v", err)
	}
	return config
}

func TestADocumentLoadShipsTheBuildOfTheDay(t *testing.T) {
	server := startSample(t)
	b := newBrowser(t, server)
	server.SetVariant(VariantClassic())
	server.Inject(Fault{Kind: FaultRenamedLabel, Label: LabelInvite, Text: "Add <people>", Times: 1})
	server.Inject(Fault{Kind: FaultOverlay, Text: "tour", Times: 1})
	config := loadConfig(t, b)
	if config.Labels[LabelInvite] != "Add <people>" || config.Labels[LabelTeam] != "Team members" || config.Overlay != "tour" {
		t.Errorf("labels %v, overlay %q", config.Labels, config.Overlay)
	}
	again := loadConfig(t, b)
	if again.Labels[LabelInvite] != "Invite member" || again.Overlay != "" {
		t.Errorf("labels %v, overlay %q after the faults were spent", again.Labels, again.Overlay)
	}
	if n := server.Counters().Documents["/login"]; n != 2 {
		t.Errorf("%d document loads counted", n)
	}
	server.ResetCounters()
	if diff := cmp.Diff(newCounters(), server.Counters()); diff != "" {
		t.Errorf("counters after the reset (-want +got):\n%s", diff)
	}
}

func TestVariantsAreCompleteAndDistinct(t *testing.T) {
	names := map[string]bool{}
	for _, variant := range Variants() {
		if names[variant.Name] || variant.TeamPath == "" || variant.Version == "" {
			t.Errorf("variant %+v", variant)
		}
		names[variant.Name] = true
		for label := range variant.Labels {
			if _, known := currentLabels[label]; !known {
				t.Errorf("variant %s changes the unknown label %q", variant.Name, label)
			}
		}
	}
}

func TestAssetsAreServedAndNotCounted(t *testing.T) {
	server := startSample(t)
	b := newBrowser(t, server)
	server.Inject(Fault{Kind: FaultStatus, Status: http.StatusServiceUnavailable})
	for _, name := range []string{"app.js", "app.css", "team.js"} {
		got, err := b.do(http.MethodGet, server.AppURL()+assetsPath+name, nil)
		if err != nil || got.status != http.StatusOK {
			t.Errorf("%s: %d, %v", name, got.status, err)
		}
	}
	if documents := server.Counters().Documents; len(documents) > 0 {
		t.Errorf("documents counted: %v", documents)
	}
}

func TestTelemetryCountsDialogs(t *testing.T) {
	server := startSample(t)
	if _, err := newBrowser(t, server).do(http.MethodPost, server.AppURL()+"/telemetry", map[string]string{"dialog": "invite"}); err != nil {
		t.Fatal(err)
	}
	if n := server.Counters().Dialogs["invite"]; n != 1 {
		t.Errorf("%d dialogs counted", n)
	}
}

func TestControlSurface(t *testing.T) {
	server := startSample(t)
	b := newBrowser(t, server)
	// The control surface is for programs and its own page; other origins are refused.
	send := func(method, path string, body any) answer {
		t.Helper()
		got, err := b.do(method, server.ControlURL()+path, body)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	steps := []struct {
		method, path string
		body         any
		status       int
	}{
		{http.MethodGet, "", nil, http.StatusOK},
		{http.MethodGet, "control.js", nil, http.StatusOK},
		{http.MethodGet, "outbox", nil, http.StatusOK},
		{http.MethodGet, "journal", nil, http.StatusOK},
		{http.MethodGet, "counters", nil, http.StatusOK},
		{http.MethodGet, "faults", nil, http.StatusOK},
		{http.MethodPost, "accept", map[string]string{"email": "noor@example.com"}, http.StatusForbidden},
	}
	for _, step := range steps {
		if got := send(step.method, step.path, step.body); got.status != step.status {
			t.Errorf("%s %s from the app's origin: %d, want %d", step.method, step.path, got.status, step.status)
		}
	}
	if state := send(http.MethodGet, "state", nil); state.body["appUrl"] != server.AppURL() {
		t.Errorf("appUrl %v", state.body["appUrl"])
	}
}

func TestControlSurfaceWrites(t *testing.T) {
	server := startSample(t)
	signedInBrowser(t, server)
	send := func(method, path, body string, want int) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, server.ControlURL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != want {
			t.Errorf("%s %s: %d, want %d", method, path, response.StatusCode, want)
		}
	}
	send(http.MethodPost, "accept", `{"email":"noor@example.com"}`, http.StatusNoContent)
	send(http.MethodPost, "accept", `{"email":"noor@example.com"}`, http.StatusConflict)
	if _, found := server.Workspace(SampleWorkspace).Member("noor@example.com"); !found {
		t.Error("the invitation was not accepted")
	}
	send(http.MethodPost, "faults", `{"kind":"latency","route":"/v3/me","delay":1}`, http.StatusCreated)
	send(http.MethodPost, "faults", `{}`, http.StatusBadRequest)
	if on := server.Faults(); len(on) != 1 || on[0].Kind != FaultLatency || on[0].Route != "/v3/me" {
		t.Errorf("faults %+v", on)
	}
	send(http.MethodDelete, "faults/1", "", http.StatusNoContent)
	if on := server.Faults(); len(on) != 0 {
		t.Errorf("faults %+v after clearing", on)
	}
	send(http.MethodPost, "variant", `{"name":"classic"}`, http.StatusNoContent)
	send(http.MethodPost, "variant", `{"name":"none"}`, http.StatusNotFound)
	if name := server.Variant().Name; name != "classic" {
		t.Errorf("variant %s", name)
	}
	send(http.MethodPost, "version", `{"version":"v3"}`, http.StatusNoContent)
	if version := server.Variant().Version; version != "v3" {
		t.Errorf("version %s", version)
	}
	send(http.MethodPost, "counters/reset", "", http.StatusNoContent)
	if calls := server.Counters().API; len(calls) != 0 {
		t.Errorf("counters %v after the reset", calls)
	}
	send(http.MethodPost, "sessions/end", "", http.StatusNoContent)
	server.world.mu.Lock()
	defer server.world.mu.Unlock()
	if n := len(server.world.sessions); n != 0 {
		t.Errorf("%d sessions left", n)
	}
}

func TestANewBuildTellsItsVersion(t *testing.T) {
	server := startServer(t, Options{Version: "v1"})
	b := newBrowser(t, server)
	steps := []struct {
		name string
		act  func()
		want string
	}{
		{"at the start", func() {}, "v1"},
		{"after a new build", func() { server.SetVersion("v2") }, "v2"},
		{"after a new look", func() { server.SetVariant(VariantClassic()) }, VariantClassic().Version},
	}
	for _, step := range steps {
		step.act()
		if got := b.get("/v3").body["version"]; got != step.want {
			t.Errorf("%s: version %v, want %s", step.name, got, step.want)
		}
		if got := loadConfig(t, b).Variant.Version; got != step.want {
			t.Errorf("%s: the document is of version %s, want %s", step.name, got, step.want)
		}
	}
}
