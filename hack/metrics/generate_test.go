package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

const root = "../.."

func TestGeneratedFilesAreFresh(t *testing.T) {
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range files {
		if diff := cmp.Diff(string(want), readFile(t, path)); diff != "" {
			t.Errorf("%s is not what make generate makes (-want +got):\n%s", path, diff)
		}
	}
}

func TestTheResourceHoldsTheRules(t *testing.T) {
	var plain, wrapped struct {
		Groups []any
		Spec   struct{ Groups []any }
	}
	parseYAML(t, rulesFile, &plain)
	parseYAML(t, ruleFile, &wrapped)
	if diff := cmp.Diff(plain.Groups, wrapped.Spec.Groups); diff != "" || len(plain.Groups) == 0 {
		t.Errorf("(-plain +resource):\n%s", diff)
	}
}

// TestMetricsAreDocumented holds every metric to a name, a help and labels that people can make sense of.
func TestMetricsAreDocumented(t *testing.T) {
	_, glossary, _ := strings.Cut(readFile(t, docsFile), tableEnd)
	for _, each := range families(t) {
		if !strings.HasPrefix(each.name, "clay_") || !strings.HasSuffix(each.help, ".") || each.help == "." {
			t.Errorf("%s: %q", each.name, each.help)
		}
		if (each.kind == "counter") != strings.HasSuffix(each.name, "_total") {
			t.Errorf("%s is a %s", each.name, each.kind)
		}
		for _, label := range each.labels {
			if !strings.Contains(glossary, "`"+label+"`") {
				t.Errorf("%s does not say what the label %s of %s is", docsFile, label, each.name)
			}
		}
	}
}

func families(t *testing.T) []family {
	t.Helper()
	all, err := describeAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func parseYAML(t *testing.T, path string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(readFile(t, path)), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
