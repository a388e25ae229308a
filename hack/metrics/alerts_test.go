package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	rulesTestFile = "config/prometheus/rules_test.yaml"
	dashboardFile = "config/prometheus/dashboard.json"
	runbookFile   = "docs/troubleshooting.md"
	runbookURL    = "https://github.com/seatwright/clay-operator/blob/main/docs/troubleshooting.md#"
)

// rule is an alert.
type rule struct {
	Alert, Expr         string
	Labels, Annotations map[string]string
}

func rules(t *testing.T) []rule {
	t.Helper()
	var content struct{ Groups []struct{ Rules []rule } }
	parseYAML(t, rulesFile, &content)
	var all []rule
	for _, group := range content.Groups {
		all = append(all, group.Rules...)
	}
	if len(all) == 0 {
		t.Fatal("there are no alerts")
	}
	return all
}

func TestAlertsSayWhatToDo(t *testing.T) {
	anchors := anchorsOf(readFile(t, runbookFile))
	for _, each := range rules(t) {
		if !slices.Contains([]string{"info", "warning", "critical"}, each.Labels["severity"]) {
			t.Errorf("%s has the severity %q", each.Alert, each.Labels["severity"])
		}
		if each.Annotations["summary"] == "" || each.Annotations["description"] == "" {
			t.Errorf("%s does not say what is the matter", each.Alert)
		}
		anchor, known := strings.CutPrefix(each.Annotations["runbook_url"], runbookURL)
		if !known || !anchors[anchor] {
			t.Errorf("%s sends people to %q, which is not there", each.Alert, each.Annotations["runbook_url"])
		}
	}
}

// TestAlertsAreTested looks for a test in which each alert fires. That it does there is what promtool says: make alerts.
func TestAlertsAreTested(t *testing.T) {
	tests := readFile(t, rulesTestFile)
	for _, each := range rules(t) {
		if !strings.Contains(tests, fmt.Sprintf(`ALERTS{alertname="%s", alertstate="firing"`, each.Alert)) {
			t.Errorf("%s fires in no test of %s", each.Alert, rulesTestFile)
		}
	}
}

// TestWhatIsAskedForIsThere looks for the metrics of the alerts and of the dashboard among those that a manager has.
func TestWhatIsAskedForIsThere(t *testing.T) {
	known := map[string]bool{
		// These are those of controller-runtime and of the Go runtime.
		"process_resident_memory_bytes": true, "workqueue_depth": true, "controller_runtime_reconcile_errors_total": true,
	}
	for _, each := range families(t) {
		known[each.name] = true
		if each.kind == "histogram" {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				known[each.name+suffix] = true
			}
		}
	}
	for _, each := range rules(t) {
		checkMetrics(t, each.Alert, each.Expr, known)
	}
	for title, expressions := range panels(t) {
		for _, expression := range expressions {
			checkMetrics(t, title, expression, known)
		}
	}
}

// metricName is what looks like the name of a metric, here where all have an underscore and no label does.
var metricName = regexp.MustCompile(`\b[a-z]+_[a-z_]+\b`)

// functions of PromQL that look like metrics.
var functions = map[string]bool{"histogram_quantile": true, "label_values": true}

func checkMetrics(t *testing.T, where, expression string, known map[string]bool) {
	t.Helper()
	names := metricName.FindAllString(expression, -1)
	names = slices.DeleteFunc(names, func(name string) bool { return functions[name] })
	if len(names) == 0 {
		t.Errorf("%s asks for no metric: %s", where, expression)
	}
	for _, name := range names {
		if !known[name] {
			t.Errorf("%s asks for %s, which no manager has", where, name)
		}
	}
}

// panels returns the expressions of the dashboard by the title of their panel, and those of its variables.
func panels(t *testing.T) map[string][]string {
	t.Helper()
	var dashboard struct {
		SchemaVersion int
		Panels        []struct {
			Title, Type, Description string
			ID                       int
			Targets                  []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Name, Type, Definition string }
		}
	}
	if err := json.Unmarshal([]byte(readFile(t, dashboardFile)), &dashboard); err != nil {
		t.Fatal(err)
	}
	all, ids := map[string][]string{}, map[int]bool{}
	for _, panel := range dashboard.Panels {
		if ids[panel.ID] || panel.Title == "" {
			t.Errorf("the panel %q has no title, or the number of another", panel.Title)
		}
		ids[panel.ID] = true
		for _, target := range panel.Targets {
			all[panel.Title] = append(all[panel.Title], target.Expr)
		}
		if panel.Type != "row" && (panel.Description == "" || len(panel.Targets) == 0) {
			t.Errorf("the panel %q does not say what it shows", panel.Title)
		}
	}
	for _, variable := range dashboard.Templating.List {
		if variable.Type == "query" {
			all["$"+variable.Name] = []string{variable.Definition}
		}
	}
	if dashboard.SchemaVersion < 39 || len(all) == 0 {
		t.Errorf("schema %d, panels %v", dashboard.SchemaVersion, slices.Sorted(maps.Keys(all)))
	}
	return all
}

// dashboardColumns is how wide Grafana's grid is.
const dashboardColumns = 24

// TestPanelsHaveTheirPlaces finds panels that Grafana would have to move.
func TestPanelsHaveTheirPlaces(t *testing.T) {
	var dashboard struct {
		Panels []struct {
			Title   string
			GridPos struct{ X, Y, W, H int }
		}
	}
	parseYAML(t, dashboardFile, &dashboard)
	taken := map[[2]int]string{}
	for _, panel := range dashboard.Panels {
		place := panel.GridPos
		if place.W < 1 || place.H < 1 || place.X < 0 || place.X+place.W > dashboardColumns {
			t.Errorf("the panel %q is outside of the dashboard: %+v", panel.Title, place)
		}
		for cell := range place.W * place.H {
			at := [2]int{place.X + cell%place.W, place.Y + cell/place.W}
			if other, found := taken[at]; found {
				t.Fatalf("the panels %q and %q overlap", other, panel.Title)
			}
			taken[at] = panel.Title
		}
	}
}

var heading = regexp.MustCompile(`(?m)^#+ (.+)$`)

// anchorsOf returns the anchors that a document's headings have at the usual places where Markdown is shown.
func anchorsOf(document string) map[string]bool {
	anchors := map[string]bool{}
	for _, found := range heading.FindAllStringSubmatch(document, -1) {
		anchor := strings.ToLower(strings.ReplaceAll(found[1], " ", "-"))
		anchors[regexp.MustCompile(`[^a-z0-9_-]`).ReplaceAllString(anchor, "")] = true
	}
	return anchors
}
