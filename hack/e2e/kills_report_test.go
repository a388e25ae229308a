package e2e

import (
	_ "embed"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/seatwright/clay-operator/hack/internal/machine"
	"github.com/seatwright/clay-operator/internal/claysim"
)

//go:embed kills.md.tmpl
var killsText string

// killsReport is what the template of docs/kills.md shows.
type killsReport struct {
	Date    string
	Seed    uint64
	Minutes float64
	Machine machine.Machine
	Victims []string
	Tolls   map[string]*toll
	All     toll
	// Emails and Withdrawn are invitations; Writes is everything that the operator did in Clay.
	People, Emails, Withdrawn, Writes, Logins int
	// Asked is for how many people somebody had to ask for another try.
	Asked int
}

// report gathers what the page shows.
func (k *killer) report(seed uint64, took time.Duration) killsReport {
	k.t.Helper()
	described, err := machine.Describe(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	state := k.simulator.State()
	made := killsReport{
		Date: time.Now().UTC().Format(time.DateOnly), Seed: seed, Minutes: took.Minutes(), Machine: described,
		Victims: victimNames, Tolls: k.tolls, All: k.all(), Logins: k.logins(), Asked: k.asked,
	}
	for _, count := range invitations(state) {
		made.People, made.Emails = made.People+1, made.Emails+count
	}
	for _, entry := range state.Journal {
		if entry.Actor != operatorEmail || entry.Refused != "" {
			continue
		}
		made.Writes++
		if entry.Verb == claysim.VerbCancelInvitation {
			made.Withdrawn++
		}
	}
	return made
}

// write writes the page.
func (r killsReport) write(t *testing.T, path string) {
	t.Helper()
	parsed, err := template.New("kills").Parse(killsText)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := parsed.Execute(&text, r); err != nil {
		t.Fatal(err)
	}
	writePage(t, path, text.String())
}
