package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/seatwright/clay-operator/hack/internal/embedded"
)

// prometheusConfig has the manager scraped often, as documented with honor_labels.
const prometheusConfig = `
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [%s]
scrape_configs:
  - job_name: clay-operator
    honor_labels: true
    static_configs: [{targets: ["%s"]}]
`

// panel is a part of the dashboard, with what Prometheus says to it.
type panel struct {
	Title   string         `json:"title"`
	Type    string         `json:"type"`
	GridPos map[string]int `json:"gridPos"`
	Targets []struct {
		Expr         string          `json:"expr"`
		LegendFormat string          `json:"legendFormat"`
		Answer       json.RawMessage `json:"answer"`
	} `json:"targets"`
}

// askDashboard asks Prometheus every question of the dashboard, until each has an answer with something in it.
func askDashboard(t *testing.T, prometheus string) {
	t.Helper()
	root, err := embedded.Root()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(root, "config", "prometheus", "dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []panel `json:"panels"`
	}
	if err := json.Unmarshal(content, &dashboard); err != nil {
		t.Fatal(err)
	}
	for i := range dashboard.Panels {
		for j := range dashboard.Panels[i].Targets {
			target := &dashboard.Panels[i].Targets[j]
			expression := strings.NewReplacer("$namespace", ".*", "$workspace", ".*").Replace(target.Expr)
			if target.Answer = awaitAnswer(t, prometheus, expression); target.Answer == nil {
				t.Errorf("the panel %q shows nothing: %s", dashboard.Panels[i].Title, expression)
			}
		}
	}
	told, err := json.MarshalIndent(dashboard, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(root, *dashboardFile), told, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// startPrometheus has the Prometheus that hack/tools/prometheus pins scrape a manager, until the test ends, and returns its address.
func startPrometheus(t *testing.T, manager string) string {
	t.Helper()
	root, err := embedded.Root()
	if err != nil {
		t.Fatal(err)
	}
	find := exec.CommandContext(t.Context(), "go", "tool", "-modfile=hack/tools/prometheus/go.mod", "-n", "prometheus")
	find.Dir, find.Env, find.Stderr = root, append(os.Environ(), "GOFLAGS=-tags=remove_all_sd"), os.Stderr
	program, err := find.Output()
	if err != nil {
		t.Fatalf("compile Prometheus: %v", err)
	}
	directory, address := t.TempDir(), freeAddress(t)
	file := filepath.Join(directory, "prometheus.yml")
	rules := filepath.Join(root, "config", "prometheus", "rules.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, prometheusConfig, rules, manager), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), strings.TrimSpace(string(program)), "--config.file="+file,
		"--storage.tsdb.path="+filepath.Join(directory, "data"), "--web.listen-address="+address)
	log := &lockedBuffer{}
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Wait() // the end of the test killed it
		if t.Failed() {
			t.Logf("the log of Prometheus:\n%s", log)
		}
	})
	return "http://" + address
}

// awaitAnswer asks Prometheus until there is a number in the answer, and returns that; nil where there is none within a minute.
func awaitAnswer(t *testing.T, prometheus, expression string) (answer json.RawMessage) {
	t.Helper()
	answered := func(ctx context.Context) (bool, error) {
		told, numbers := ask(ctx, prometheus, expression)
		if numbers > 0 {
			answer = told
		}
		return numbers > 0, nil
	}
	// The caller says what it means that there is none.
	_ = wait.PollUntilContextTimeout(t.Context(), pollInterval, time.Minute, true, answered)
	return answer
}

// ask returns the answer of Prometheus, over the last minute, and how many series in it end with a number.
func ask(ctx context.Context, prometheus, expression string) (json.RawMessage, int) {
	now := time.Now()
	query := url.Values{
		"query": {expression}, "step": {"1"},
		"start": {now.Add(-time.Minute).Format(time.RFC3339)}, "end": {now.Format(time.RFC3339)},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, prometheus+"/api/v1/query_range?"+query.Encode(), http.NoBody)
	if err != nil {
		return nil, 0
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, 0
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string `json:"metric"`
				Values [][2]any          `json:"values"`
			} `json:"result"`
		} `json:"data"`
	}
	if json.NewDecoder(response.Body).Decode(&answer) != nil {
		return nil, 0
	}
	numbers := 0
	for _, series := range answer.Data.Result {
		if len(series.Values) > 0 && series.Values[len(series.Values)-1][1] != "NaN" {
			numbers++
		}
	}
	told, err := json.Marshal(answer.Data.Result)
	if err != nil {
		return nil, 0
	}
	return told, numbers
}
