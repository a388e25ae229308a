package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"text/template"
	"time"

	"github.com/seatwright/clay-operator/hack/internal/machine"
)

//go:embed benchmarks.md.tmpl
var reportText string

// report is what the template of docs/benchmarks.md shows.
type report struct {
	Date    string
	Minutes int
	Machine machine.Machine
	Size    sizes
	Seats   []table
	Reads   []table
	Scale   []table
}

// writeReport writes the results of all parts.
func writeReport(ctx context.Context, path string, b *bench, results map[string][]table) error {
	described, err := machine.Describe(ctx)
	if err != nil {
		return err
	}
	parsed, err := template.New("report").Parse(reportText)
	if err != nil {
		return fmt.Errorf("read the template of the report: %w", err)
	}
	var text bytes.Buffer
	if err := parsed.Execute(&text, report{
		Date: time.Now().UTC().Format(time.DateOnly), Minutes: int(time.Since(b.progress.started).Minutes()),
		Machine: described, Size: b.size, Seats: results["seats"], Reads: results["reads"], Scale: results["scale"],
	}); err != nil {
		return fmt.Errorf("make the report: %w", err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil { //nolint:gosec // A document for everybody.
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
