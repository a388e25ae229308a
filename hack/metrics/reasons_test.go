package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// reasonSources are where the reasons of conditions and events are written down, and how their constants begin. An event about a change
// that worked has the verb as its reason.
var reasonSources = []struct{ file, prefix string }{
	{"api/v1alpha1/condition_types.go", "Reason"},
	{"internal/sidecar/fault.go", "Reason"},
	{"internal/sidecar/validate.go", "Reason"},
	{"internal/audit/refusal.go", "Reason"},
	{"internal/seat/desired.go", "Blocked"},
	{"internal/seat/change.go", ""},
	{"internal/access/plan.go", "Blocked"},
	{"internal/access/change.go", ""},
}

// TestEveryReasonHasAnEntry compares the reasons with the headings below those of the alerts.
func TestEveryReasonHasAnEntry(t *testing.T) {
	reasons := map[string]bool{}
	for _, source := range reasonSources {
		found := constants(t, source.file, source.prefix)
		if len(found) == 0 {
			t.Errorf("%s holds no reason", source.file)
		}
		for _, reason := range found {
			reasons[reason] = true
		}
	}
	_, afterAlerts, found := strings.Cut(readFile(t, runbookFile), "\n## Good states and waits\n")
	if !found {
		t.Fatal("the reasons do not begin where they are expected")
	}
	entries := map[string]bool{}
	for _, entry := range regexp.MustCompile(`(?m)^### (.+)$`).FindAllStringSubmatch(afterAlerts, -1) {
		if entries[entry[1]] {
			t.Errorf("%s has two entries for %s", runbookFile, entry[1])
		}
		entries[entry[1]] = true
		if !reasons[entry[1]] {
			t.Errorf("%s has an entry for %s, which is no reason", runbookFile, entry[1])
		}
	}
	for reason := range reasons {
		if !entries[reason] {
			t.Errorf("%s has no entry for %s", runbookFile, reason)
		}
	}
}

// TestEveryAlertHasAnEntry compares the alerts with the headings below "Alerts".
func TestEveryAlertHasAnEntry(t *testing.T) {
	_, section, _ := strings.Cut(readFile(t, runbookFile), "\n## Alerts\n")
	section, _, _ = strings.Cut(section, "\n## ")
	alerts := map[string]bool{}
	for _, each := range rules(t) {
		alerts[each.Alert] = true
	}
	entries := regexp.MustCompile(`(?m)^### (.+)$`).FindAllStringSubmatch(section, -1)
	for _, entry := range entries {
		if !alerts[entry[1]] {
			t.Errorf("%s has an entry for %s, which is no alert", runbookFile, entry[1])
		}
	}
	if len(entries) != len(alerts) {
		t.Errorf("%d entries for %d alerts", len(entries), len(alerts))
	}
}

// TestReasonsAreConstants keeps a reason from being written down at a place where the test above does not look.
func TestReasonsAreConstants(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "controllers", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	literal := regexp.MustCompile(`(status\.(Settled|Waiting|Stalled|Left|Unknown)|\bstalled)\("`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := literal.Find(content); found != nil {
			t.Errorf("%s: %s… begins with a reason that is no constant", file, found)
		}
	}
}

// TestLinksLeadSomewhere follows the links within the document and to its neighbours.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, document := range []string{runbookFile, docsFile, "docs/observability.md"} {
		content := readFile(t, document)
		for _, link := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(content, -1) {
			path, anchor, _ := strings.Cut(link[1], "#")
			if strings.HasPrefix(path, "https://") {
				continue
			}
			target := document
			if path != "" {
				target = filepath.Join(filepath.Dir(document), path)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s: %v", document, err)
				continue
			}
			if anchor != "" && !anchorsOf(readFile(t, target))[anchor] {
				t.Errorf("%s leads to %s, which is not there", document, link[1])
			}
		}
	}
}

// constants returns the values of a file's string constants whose names begin with a prefix.
func constants(t *testing.T, path, prefix string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(file, func(node ast.Node) bool {
		spec, is := node.(*ast.ValueSpec)
		if !is || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, prefix) {
			return true
		}
		if literal, is := spec.Values[0].(*ast.BasicLit); is && literal.Kind == token.STRING {
			value, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	return values
}
