package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPages(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "man1")
	if err := write(directory); err != nil {
		t.Fatal(err)
	}
	for page, wants := range map[string][]string{
		"clay-operator.1":        {"clay-operator-manager(1)", "clay-operator-status(1)"},
		"clay-operator-plan.1":   {"--workspace", ".SH EXAMPLE"},
		"kubectl-clay.1":         {"kubectl-clay-who(1)", "kubectl-clay-approve(1)"},
		"kubectl-clay-who.1":     {"ADDRESS|NAME", "--all-namespaces"},
		"kubectl-clay-approve.1": {"--set"},
	} {
		text, err := os.ReadFile(filepath.Join(directory, page))
		if err != nil {
			t.Error(err)
			continue
		}
		// The pages write a dash as an escape.
		plain := strings.ReplaceAll(string(text), `\-`, "-")
		plain = strings.ReplaceAll(plain, `\fP`, "")
		plain = strings.ReplaceAll(plain, `\fB`, "")
		for _, want := range wants {
			if !strings.Contains(plain, want) {
				t.Errorf("%s has no %q:\n%s", page, want, plain)
			}
		}
	}
}
