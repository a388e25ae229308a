package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/seatwright/clay-operator/internal/clayweb"
	"github.com/seatwright/clay-operator/internal/seat"
)

const (
	// probeDirectoryMode and probeFileMode keep what a probe saw to its user, until that user passes it on.
	probeDirectoryMode = 0o700
	probeFileMode      = 0o600
	// issues is where somebody tells the project what was found.
	issues = "https://github.com/seatwright/clay-operator/issues/new"
	// columnGap is the space between two columns of a table.
	columnGap = 2
)

// directory makes the directory for the report. One that holds something is not touched.
func (o *probeOptions) directory() (string, error) {
	directory := cmp.Or(o.output, probeDirectory+time.Now().UTC().Format("20060102T150405Z"))
	if err := os.MkdirAll(directory, probeDirectoryMode); err != nil {
		return "", fmt.Errorf("--output: %w", err)
	}
	entries, err := os.ReadDir(directory)
	if err != nil {
		return "", fmt.Errorf("--output: %w", err)
	}
	if len(entries) > 0 {
		return "", usagef("--output=%s: the directory is not empty; name another", directory)
	}
	return directory, nil
}

// saveProbe writes all that a probe found.
func saveProbe(directory string, probe clayweb.Probe) error {
	encoded, err := encodeProbe(probe)
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"report.json": encoded, "report.txt": []byte(describeProbe(probe)),
		"drift.json": probe.Drift, "override.yaml": []byte(probe.Override),
	}
	for number, picture := range probe.Pictures {
		name := fmt.Sprintf("%02d-%s", number+1, picture.Name)
		files[name+".png"] = picture.Evidence.Screenshot
		files[name+".txt"] = []byte("path: " + picture.Evidence.Path + "\n\n" + picture.Evidence.Snapshot)
	}
	for name, content := range files {
		if len(content) > 0 {
			err = errors.Join(err, os.WriteFile(filepath.Join(directory, name), content, probeFileMode))
		}
	}
	return err
}

// encodeProbe writes a probe for programs.
func encodeProbe(probe clayweb.Probe) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(probe)
	return text.Bytes(), err
}

// describeProbe writes a probe for people.
func describeProbe(probe clayweb.Probe) string {
	var text strings.Builder
	fmt.Fprintf(&text, "Probe of workspace %s at %s, %s, by clay-operator %s\n\n", probe.Workspace, probe.App, probe.At.Format(time.RFC3339), version())
	if probe.Fault != "" {
		fmt.Fprintf(&text, "The walk ended early: %s\n\n", probe.Fault)
	}
	fmt.Fprintf(&text, "Clay's build:  %s\n", cmp.Or(probe.ClayVersion, "not told by the page"))
	fmt.Fprintf(&text, "Plan:          %s\n", cmp.Or(probe.Plan, "not told by the page"))
	fmt.Fprintf(&text, "Members:       %s\n", describeReading(probe))
	if len(probe.Overridden) > 0 {
		fmt.Fprintf(&text, "Overridden:    %s\n", strings.Join(probe.Overridden, ", "))
	}
	text.WriteString("\n")
	writeTable(&text, probe.Elements)
	writeList(&text, "Warnings", probe.Warnings)
	writeList(&text, "What was done", probe.Did)
	writeList(&text, "Requests of the page that were held back meanwhile", probe.HeldBack)
	text.WriteString("\nNo role was chosen, nothing was typed but what the log-in needs, and nothing was clicked that sends, removes, cancels or confirms.\n")
	return text.String()
}

// describeReading says what is known of the list of members, without naming anybody.
func describeReading(probe clayweb.Probe) string {
	how := map[seat.Source]string{
		seat.SourceTraffic: "read from the data that the page loads",
		seat.SourcePage:    "read from the rows of the page",
	}[probe.Source]
	if how == "" {
		return "not read"
	}
	whole := "to the end"
	if !probe.Complete {
		whole = "not to the end"
	}
	return fmt.Sprintf("%d, and %d open invitations; %s, %s", probe.Members, probe.Invitations, how, whole)
}

// writeTable writes how each element was found.
func writeTable(text *strings.Builder, elements []clayweb.ProbedElement) {
	table := tabwriter.NewWriter(text, 0, 0, columnGap, ' ', 0)
	// Writing to a builder never fails.
	_, _ = fmt.Fprintln(table, "PAGE\tELEMENT\tRESULT")
	page := ""
	counts := map[clayweb.ProbeResult]int{}
	for _, each := range elements {
		shown := each.Page
		if shown == page {
			shown = ""
		}
		page = each.Page
		counts[each.Result]++
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", shown, each.Element, describeResult(each))
	}
	_ = table.Flush()
	fmt.Fprintf(text, "\n%d found, %d not found, %d not looked for\n",
		counts[clayweb.ProbeFound], counts[clayweb.ProbeNotFound], counts[clayweb.ProbeNotSeen])
}

// describeResult says how an element was found, or by what it was not.
func describeResult(each clayweb.ProbedElement) string {
	switch each.Result {
	case clayweb.ProbeFound:
		text := fmt.Sprintf("rung %d: %s", each.Rung, each.By)
		if each.Note != "" {
			text += " (" + each.Note + ")"
		}
		return text
	case clayweb.ProbeNotFound:
		tried := make([]string, len(each.Tried))
		for i, rung := range each.Tried {
			tried[i] = fmt.Sprintf("%s: %d", rung.Rung, rung.Found)
		}
		return "NOT FOUND (" + each.Purpose + "): " + strings.Join(tried, "; ")
	default:
		return "- " + each.Note
	}
}

// writeList writes a list under a heading, if there is anything in it.
func writeList(text *strings.Builder, heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(text, "\n%s:\n", heading)
	for _, line := range lines {
		fmt.Fprintf(text, "- %s\n", line)
	}
}

// afterwards says what to do with what was found.
func afterwards(directory string) string {
	return fmt.Sprintf(`
The report, pictures and texts of the pages are in %s.
To tell the project what is true: open an issue at %s
and attach report.json, report.txt and, if it is there, drift.json. Leave the pictures and texts of the pages out unless you have looked at
each: names and addresses of members are covered, but whoever looks knows best what must not be shown.
`, directory, issues)
}
