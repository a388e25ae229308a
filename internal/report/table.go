package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"
)

// columnGap is the space between two columns.
const columnGap = 2

// allWorkspaces stands for the sum of all.
const allWorkspaces = "all"

// WriteTable writes the report for people, in a terminal.
func (r *Report) WriteTable(out io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "Report of %s on the changes from %s to %s.\n", stamp(r.Time), stamp(r.Since), stamp(r.Until))
	r.writeSeats(&text)
	r.writeMoney(&text)
	r.writeWork(&text)
	r.writeFindings(&text)
	r.writeNotes(&text)
	_, err := io.WriteString(out, text.String())
	return err
}

// table writes a title, and lines with columns under it.
func table(text *strings.Builder, title string, header []string, rows [][]string) {
	fmt.Fprintf(text, "\n%s\n", title)
	lines := tabwriter.NewWriter(text, 0, 0, columnGap, ' ', 0)
	// Writing to a builder never fails.
	_, _ = fmt.Fprintln(lines, strings.Join(header, "\t"))
	for _, row := range rows {
		for i := range row {
			row[i] = printable(row[i])
		}
		_, _ = fmt.Fprintln(lines, strings.Join(row, "\t"))
	}
	_ = lines.Flush()
}

func (r *Report) writeSeats(text *strings.Builder) {
	header := []string{
		"WORKSPACE", "PLAN", "ACTIVE", "INVITED", "ADMINS", "UNMANAGED", "UNUSED", "USE UNKNOWN", "OVER LIMIT", "BUDGETS NEAR LIMIT",
		"EXPIRING", "CLAY READ",
	}
	var rows [][]string
	line := func(name, plan string, f *Figures, read string) {
		rows = append(rows, []string{
			name, plan, number(f.Seats.Active), number(f.Seats.Pending), number(f.Seats.Admins), number(f.Seats.Unmanaged), number(f.Use.Unused),
			number(f.Use.Unknown), number(f.OverLimit), number(f.BudgetsNear + f.BudgetsAtLimit), number(f.ExpiringAccess), read,
		})
	}
	for i := range r.Workspaces {
		workspace := &r.Workspaces[i]
		line(workspace.path(), orNone(workspace.Plan), &workspace.Figures, r.age(workspace.LastReadTime))
	}
	if len(r.Workspaces) != 1 {
		line(allWorkspaces, "", &r.Total.Figures, "")
	}
	table(text, "Seats, as the operator read Clay last", header, rows)
}

func number(value int) string { return grouped(int64(value)) }

// age says how long ago a time was.
func (r *Report) age(at *time.Time) string {
	if at == nil {
		return "never"
	}
	return duration.HumanDuration(max(0, r.Time.Sub(*at))) + " ago"
}

func (r *Report) writeMoney(text *strings.Builder) {
	header := []string{"WORKSPACE", "PLAN", "A SEAT", "UNUSED SEATS", "UNMANAGED SEATS"}
	var rows [][]string
	line := func(name string, m *Money, atLeast bool) {
		strange := amount(m.UnmanagedSeats, m.Currency)
		if atLeast && m.UnmanagedSeats != "" {
			strange = "at least " + strange
		}
		rows = append(rows, []string{
			name, amount(m.PlanPerMonth, m.Currency), amount(m.PerActiveSeat, m.Currency), amount(m.UnusedSeats, m.Currency), strange,
		})
	}
	for i := range r.Workspaces {
		line(r.Workspaces[i].path(), &r.Workspaces[i].Money, r.Workspaces[i].Figures.Seats.seatsAreUnlisted())
	}
	if len(r.Workspaces) != 1 {
		for i := range r.Total.Money {
			line(allWorkspaces, &r.Total.Money[i], r.Total.Figures.Seats.seatsAreUnlisted())
		}
	}
	table(text, "Money in a month, as shares of the price of the plan", header, rows)
}

func (r *Report) writeWork(text *strings.Builder) {
	if !r.Trail.Read {
		return
	}
	header := []string{"WORKSPACE", "CHANGES", "TASKS BY HAND", "HOURS BY HAND", "COST BY HAND"}
	var rows [][]string
	line := func(name string, work *Work, cost string) {
		rows = append(rows, []string{name, number(work.Changes), number(work.Tasks), amount(work.HoursByHand, ""), cost})
	}
	for i := range r.Workspaces {
		workspace := &r.Workspaces[i]
		line(workspace.path(), &workspace.Figures.Work, amount(workspace.Money.ByHand, workspace.Money.Currency))
	}
	if len(r.Workspaces) != 1 {
		line(allWorkspaces, &r.Total.Figures.Work, r.sumByHand())
	}
	table(text, "Work that the operator did in the period, and what it would have taken by hand", header, rows)
}

// sumByHand is what all work would have cost, in each currency.
func (r *Report) sumByHand() string {
	var sums []string
	for _, sum := range r.Total.Money {
		if sum.ByHand != "" {
			sums = append(sums, amount(sum.ByHand, sum.Currency))
		}
	}
	return orNone(strings.Join(sums, " + "))
}

func (r *Report) writeFindings(text *strings.Builder) {
	var rows [][]string
	for _, kind := range kinds() {
		for i := range r.Workspaces {
			for _, found := range r.Workspaces[i].Findings {
				if found.Kind == kind {
					rows = append(rows, []string{
						wordsOf(kind, r).one, r.Workspaces[i].path(), found.Name, orNone(found.Role), orNone(found.Seat), date(found.at()), orNone(found.detail()),
					})
				}
			}
		}
	}
	if len(rows) == 0 {
		text.WriteString("\nNothing is there that somebody should look at.\n")
		return
	}
	table(text, "Findings", []string{"FINDING", "WORKSPACE", "NAME", "ROLE", "SEAT", "DATE", "DETAIL"}, rows)
}

// at is the time that a finding is about.
func (f *Finding) at() *time.Time {
	if f.Until != nil {
		return f.Until
	}
	return f.Since
}

// notes are all sentences of the report, those about a workspace behind its name.
func (r *Report) notes() []string {
	var notes []string
	for i := range r.Workspaces {
		workspace := &r.Workspaces[i]
		add := func(note string) {
			if note != "" {
				notes = append(notes, workspace.path()+": "+note)
			}
		}
		for _, note := range workspace.Notes {
			add(note)
		}
		add(workspace.Figures.Use.describe())
		add(workspace.Figures.Work.Others.describe())
		for _, missing := range workspace.Money.Missing {
			add(missing.describe())
		}
	}
	return append(notes, r.Notes...)
}

func (r *Report) writeNotes(text *strings.Builder) {
	for i, note := range r.notes() {
		if i == 0 {
			text.WriteString("\n")
		}
		fmt.Fprintf(text, "Note: %s\n", printable(note))
	}
}
