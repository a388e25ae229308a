package chart

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v4/pkg/action"
)

var update = flag.Bool("update", false, "write testdata/golden anew")

// cases are the names of the files in testdata/values.
func cases(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/values/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no values to render: %v", err)
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(filepath.Base(file), ".yaml")
	}
	return names
}

func TestLint(t *testing.T) {
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			lint := action.NewLint()
			lint.Strict, lint.Namespace, lint.KubeVersion = true, namespace, oldest
			result := lint.Run([]string{chartPath}, valuesOf(t, name))
			for _, err := range result.Errors {
				t.Error(err)
			}
			if result.TotalChartsLinted != 1 {
				t.Errorf("%d charts were looked at", result.TotalChartsLinted)
			}
		})
	}
}

// TestGolden shows in a review what a change of the templates means. The definitions and the dashboard are left out: they are
// long, and the same as in config, which other tests compare.
func TestGolden(t *testing.T) {
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			rendered, err := template(t, with(valuesOf(t, name), set("crds.enabled", false), set("metrics.dashboard.enabled", false)))
			if err != nil {
				t.Fatal(err)
			}
			got := "# NOTES\n# " + strings.ReplaceAll(strings.TrimSpace(rendered.Info.Notes), "\n", "\n# ") + "\n" + rendered.Manifest
			for _, hook := range rendered.Hooks {
				got += "---\n# Source: " + hook.Path + "\n" + hook.Manifest + "\n"
			}
			file := filepath.Join("testdata", "golden", name+".yaml")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if difference := cmp.Diff(string(want), got); difference != "" {
				t.Errorf("another rendering than %s; if it is right, run this test with -update:\n%s", file, difference)
			}
		})
	}
}
