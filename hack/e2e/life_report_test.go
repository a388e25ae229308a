package e2e

import (
	_ "embed"
	"fmt"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"github.com/seatwright/clay-operator/hack/internal/machine"
)

//go:embed life.md.tmpl
var lifeText string

// lifeReport is what the template of docs/life.md shows.
type lifeReport struct {
	Date, Chart       string
	Seed              uint64
	Minutes           float64
	Machine           machine.Machine
	Crew, Growth      string
	Hours             []hour
	Asked             map[string]int
	Mishaps           int
	Helped, Halves    int
	Writes, Emails    int
	Logins, MostLogin int
	Loads             int
	Levels            []level
}

// People is what people asked for in an hour, in the order of the table.
func (h hour) People() string {
	var parts []string
	for _, what := range []string{"join", "accept", "move", "corrected", "leave", "away", "back", "by hand"} {
		if count := h.asked[what]; count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count, what))
		}
	}
	return strings.Join(parts, ", ")
}

// Row is the hour's line of the table.
func (h hour) Row() string {
	return fmt.Sprintf("| %d | %s | %s | %d | %d | %d | %d | %d | %.0f | %.0f | %.0f | %.0f | %.0f |", h.number, h.People(), strings.Join(h.mishaps, "; "),
		h.helped, h.writes, h.emails, h.logins, h.loads, h.memory.manager, h.memory.sidecar, h.memory.node, h.memory.chromium, h.took.Seconds())
}

// Row is the process's line of the table.
func (l level) Row() string {
	return fmt.Sprintf("| %s | %.0f | %.0f | %.2f |", l.name, l.first, l.last, l.growth())
}

// report gathers what the page shows.
func (d *day) report(chart string) lifeReport {
	d.t.Helper()
	described, err := machine.Describe(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	made := lifeReport{
		Date: time.Now().UTC().Format(time.DateOnly), Chart: chart, Seed: d.seed, Machine: described, Hours: d.played, Asked: map[string]int{},
		Crew: fmt.Sprint(crew), Growth: fmt.Sprint(mostGrowth), MostLogin: mostLogins,
		Levels: d.levels(), Halves: halves * len(d.played),
	}
	for _, played := range d.played {
		for what, count := range played.asked {
			made.Asked[what] += count
		}
		made.Minutes += played.took.Minutes()
		made.Mishaps += len(played.mishaps)
		made.Helped += played.helped
		made.Writes += played.writes
		made.Emails += played.emails
		made.Logins += played.logins
		made.Loads += played.loads
	}
	return made
}

// write writes the page, and the chart beside it.
func (d *day) write(path string) {
	d.t.Helper()
	chart := strings.TrimSuffix(path, filepath.Ext(path)) + ".svg"
	parsed, err := template.New("life").Parse(lifeText)
	if err != nil {
		d.t.Fatal(err)
	}
	var text strings.Builder
	if err := parsed.Execute(&text, d.report(filepath.Base(chart))); err != nil {
		d.t.Fatal(err)
	}
	writePage(d.t, path, text.String())
	writePage(d.t, chart, drawMemory(d.played))
}
