package chart

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// inConfig reads a manifest of config.
func inConfig(t *testing.T, path string) map[string]any {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "config", path))
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := yaml.Unmarshal(content, &object); err != nil {
		t.Fatal(err)
	}
	return object
}

func TestTheDefinitions(t *testing.T) {
	rendered := render(t, nil)
	for _, resource := range []string{"claygroups", "clayusers", "clayworkspaces"} {
		want := inConfig(t, "crd/bases/clay.seatwright.dev_"+resource+".yaml")["spec"]
		got := rendered.one(t, "CustomResourceDefinition", resource+".clay.seatwright.dev").Object["spec"]
		if difference := cmp.Diff(want, plain(t, got)); difference != "" {
			t.Errorf("the chart (+) has another definition of %s than config/crd (-):\n%s", resource, difference)
		}
	}
	if names := render(t, set("crds.enabled", false)).ofKind("CustomResourceDefinition"); len(names) > 0 {
		t.Errorf("%v are there though they are turned off", names)
	}
}

// plain gives numbers the type that they have when they are read from a file.
func plain(t *testing.T, value any) any {
	t.Helper()
	content, err := yaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var result any
	if err := yaml.Unmarshal(content, &result); err != nil {
		t.Fatal(err)
	}
	return result
}

func TestTheAlertsAndTheDashboard(t *testing.T) {
	rendered := render(t, valuesOf(t, "production"))
	want := inConfig(t, "prometheus/rules.yaml")
	if got := plain(t, rendered.one(t, "PrometheusRule", release).Object["spec"]); !cmp.Equal(any(want), got) {
		t.Errorf("the alerts are others than those of config/prometheus:\n%s", cmp.Diff(any(want), got))
	}
	dashboard, err := os.ReadFile(filepath.Join(root, "config/prometheus/dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	data := rendered.one(t, "ConfigMap", release+"-dashboard").Object["data"].(map[string]any)
	var a, b any
	if err := yaml.Unmarshal(dashboard, &a); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(data["clay-operator.json"].(string)), &b); err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(a, b) {
		t.Error("the dashboard is another than that of config/prometheus")
	}
}

func TestTheRulesOfTheRole(t *testing.T) {
	want := inConfig(t, "rbac/role.yaml")["rules"]
	if got := plain(t, render(t, nil).one(t, "ClusterRole", release).Object["rules"]); !cmp.Equal(want, got) {
		t.Error("the chart's ClusterRole has other rules than the generated one")
	}
	if got := plain(t, render(t, valuesOf(t, "namespaced")).one(t, "Role", release).Object["rules"]); !cmp.Equal(want, got) {
		t.Error("the chart's Role has other rules than the generated one")
	}
}
