// Command metrics writes what follows from the metrics and the alerts as they are in the code: the table in docs/metrics.md, and the
// PrometheusRule from the plain rules. make generate runs it from the root of the project.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// What is written, and from what.
const (
	docsFile  = "docs/metrics.md"
	rulesFile = "config/prometheus/rules.yaml"
	ruleFile  = "config/prometheus/prometheus_rule.yaml"
)

// fileMode is that of files in the work tree.
const fileMode = 0o644

func main() {
	files, err := generate(".")
	if err == nil {
		err = write(files)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "metrics:", err)
		os.Exit(1)
	}
}

// generate returns the content of each file that is made, by its path below the root.
func generate(root string) (map[string][]byte, error) {
	docs, err := os.ReadFile(filepath.Join(root, docsFile))
	if err != nil {
		return nil, err
	}
	families, err := describeAll()
	if err != nil {
		return nil, err
	}
	docs, err = replaceTable(docs, tableOf(families))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", docsFile, err)
	}
	rules, err := os.ReadFile(filepath.Join(root, rulesFile))
	if err != nil {
		return nil, err
	}
	resource, err := asResource(rules)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rulesFile, err)
	}
	return map[string][]byte{docsFile: docs, ruleFile: resource}, nil
}

func write(files map[string][]byte) error {
	for path, content := range files {
		if err := os.WriteFile(path, content, fileMode); err != nil {
			return err
		}
	}
	return nil
}

// ruleHeader is what a PrometheusRule has before its groups.
const ruleHeader = `# Generated from rules.yaml by "make generate"; change that file.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: clay-operator
  labels:
    app.kubernetes.io/name: clay-operator
spec:
`

// asResource makes the PrometheusRule: the groups as they are written, comments included, two columns further in.
func asResource(rules []byte) ([]byte, error) {
	start := bytes.Index(rules, []byte("\ngroups:\n"))
	if start < 0 {
		return nil, fmt.Errorf("no line says %q", "groups:")
	}
	resource := []byte(ruleHeader)
	for line := range bytes.Lines(rules[start+1:]) {
		if len(bytes.TrimSpace(line)) > 0 {
			resource = append(resource, "  "...)
		}
		resource = append(resource, line...)
	}
	return resource, nil
}
