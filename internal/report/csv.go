package report

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/seatwright/clay-operator/internal/audit"
)

// The kinds of lines in CSV besides those of findings.
const (
	lineFigure     = "Figure"
	lineRole       = "Role"
	lineUnknownUse = "UnknownUse"
	lineCredit     = "Credit"
	lineGroup      = "Group"
	lineChanges    = "Changes"
	lineWeek       = "ChangesByWeek"
	lineMonth      = "ChangesByMonth"
	lineNote       = "Note"
)

// csvLine is one line, whose fields are the columns.
type csvLine struct {
	kind, workspace, name, value, unit, role, seat string
	since, until                                   *time.Time
	days                                           *int
	used, limit                                    *int64
	sent                                           int
	user, group, detail                            string
}

// csvHeader names the columns.
func csvHeader() []string {
	return []string{
		"kind", "workspace", "name", "value", "unit", "role", "seat", "since", "until", "days", "used", "limit", "invitations",
		"clayuser", "group", "detail",
	}
}

func (l *csvLine) cells() []string {
	return []string{
		l.kind, l.workspace, l.name, l.value, l.unit, l.role, l.seat, exact(l.since), exact(l.until), optional(l.days), optional(l.used), optional(l.limit),
		positive(l.sent), l.user, l.group, l.detail,
	}
}

// WriteCSV writes one table: a line for each figure and each finding of each workspace, told apart by the column kind. Sums over workspaces
// are left to the spreadsheet, which would count them twice.
//
// No cell begins with a character that makes a spreadsheet calculate, but for the minus of a number in the column of days.
func (r *Report) WriteCSV(out io.Writer) error {
	writer := csv.NewWriter(out)
	if err := writer.Write(csvHeader()); err != nil {
		return err
	}
	days := slices.Index(csvHeader(), "days")
	for _, line := range r.csvLines() {
		cells := line.cells()
		for i := range cells {
			if i != days {
				cells[i] = audit.Harmless(cells[i])
			}
		}
		if err := writer.Write(cells); err != nil {
			return err
		}
	}
	writer.Flush()
	return writer.Error()
}

func (r *Report) csvLines() []csvLine {
	var lines []csvLine
	for i := range r.Workspaces {
		workspace := &r.Workspaces[i]
		first := len(lines)
		lines = append(lines, workspace.figureLines(r)...)
		for _, found := range workspace.Findings {
			lines = append(lines, csvLine{
				kind: string(found.Kind), name: found.Name, role: found.Role, seat: found.Seat, since: found.Since, until: found.Until, days: found.Days,
				used: found.Used, limit: found.Limit, sent: found.Sent, user: found.User, group: found.Group, detail: found.detail(),
			})
		}
		for _, note := range workspace.Notes {
			lines = append(lines, csvLine{kind: lineNote, detail: note})
		}
		for _, missing := range workspace.Money.Missing {
			lines = append(lines, csvLine{kind: lineNote, detail: missing.describe()})
		}
		for place := first; place < len(lines); place++ {
			lines[place].workspace = workspace.path()
		}
	}
	for _, note := range r.Notes {
		lines = append(lines, csvLine{kind: lineNote, detail: note})
	}
	return lines
}

// figureLines are the figures of a workspace. What is not known has no line.
func (w *Workspace) figureLines(report *Report) []csvLine {
	f, m := &w.Figures, &w.Money
	lines := []csvLine{{kind: lineFigure, name: "plan", value: w.Plan}, {kind: lineFigure, name: "clay read", since: w.LastReadTime}}
	for _, each := range []struct {
		name   string
		number int
	}{
		{"active seats", f.Seats.Active},
		{"open invitations", f.Seats.Pending},
		{"admins", f.Seats.Admins},
		{"with a ClayUser", f.Seats.Managed},
		{"without a ClayUser", f.Seats.Unmanaged},
		{"seats used", f.Use.Used},
		{"seats without use", f.Use.Unused},
		{"seats of unknown use", f.Use.Unknown},
		{"people at or over their credit limit", f.OverLimit},
		{"budgets at their limit", f.BudgetsAtLimit},
		{"budgets near their limit", f.BudgetsNear},
		{"seats that expire", f.ExpiringAccess},
	} {
		lines = append(lines, csvLine{kind: lineFigure, name: each.name, value: strconv.Itoa(each.number)})
	}
	for _, each := range []struct{ name, value, unit string }{
		{"plan a month", m.PlanPerMonth, m.Currency},
		{"an active seat a month", m.PerActiveSeat, m.Currency},
		{"seats without use a month", m.UnusedSeats, m.Currency},
		{"seats without a ClayUser a month", m.UnmanagedSeats, m.Currency},
		{"cost by hand", m.ByHand, m.Currency},
		{"hours by hand", f.Work.HoursByHand, "hours"},
	} {
		if each.value != "" {
			lines = append(lines, csvLine{kind: lineFigure, name: each.name, value: each.value, unit: each.unit})
		}
	}
	lines = append(lines, w.detailLines()...)
	if report.Trail.Read {
		lines = append(lines, f.Work.lines()...)
	}
	return lines
}

func (w *Workspace) detailLines() []csvLine {
	var lines []csvLine
	for _, role := range w.Figures.Seats.ByRole {
		lines = append(lines,
			csvLine{kind: lineRole, name: "active", role: roleName(role.Role), value: strconv.Itoa(role.Active)},
			csvLine{kind: lineRole, name: "pending", role: roleName(role.Role), value: strconv.Itoa(role.Pending)})
	}
	for _, reason := range w.Figures.Use.Reasons {
		lines = append(lines, csvLine{kind: lineUnknownUse, name: reason.Reason, value: strconv.Itoa(reason.Seats)})
	}
	for _, credit := range w.Credits {
		lines = append(lines, csvLine{
			kind: lineCredit, name: credit.Name, unit: string(credit.Of), used: &credit.Used, limit: &credit.Limit, since: credit.ReadTime,
		})
	}
	for _, group := range w.Groups {
		lines = append(lines, csvLine{kind: lineGroup, name: "members", group: group.Name, value: strconv.Itoa(group.Members)},
			csvLine{kind: lineGroup, name: "active", group: group.Name, value: strconv.Itoa(group.Active)})
		if group.Mirrored != nil {
			lines = append(lines, csvLine{kind: lineGroup, name: "in Clay", group: group.Name, value: strconv.Itoa(*group.Mirrored)})
		}
	}
	return lines
}

func (w *Work) lines() []csvLine {
	lines := []csvLine{
		{kind: lineFigure, name: "changes", value: strconv.Itoa(w.Changes)}, {kind: lineFigure, name: "tasks by hand", value: strconv.Itoa(w.Tasks)},
	}
	for _, verb := range w.ByVerb {
		lines = append(lines, csvLine{kind: lineChanges, name: verb.Verb, value: strconv.Itoa(verb.Count)})
	}
	kind := lineWeek
	if isMonthly(w.Buckets) {
		kind = lineMonth
	}
	for i := range w.Buckets {
		bucket := &w.Buckets[i]
		for _, segment := range bucket.segments() {
			lines = append(lines, csvLine{kind: kind, name: segment.name, value: strconv.Itoa(segment.number), since: &bucket.Start})
		}
	}
	if others := w.Others.describe(); others != "" {
		lines = append(lines, csvLine{kind: lineNote, detail: others})
	}
	return lines
}

// segment is one part of a bar.
type segment struct {
	name   string
	number int
}

// segments are the parts of a week or month, in the order in which they are told.
func (b *Bucket) segments() []segment {
	return []segment{{"invitations", b.Invitations}, {"roles", b.Roles}, {"removals", b.Removals}, {"access", b.Access}}
}

func exact(at *time.Time) string {
	if at == nil {
		return ""
	}
	return stamp(*at)
}

func optional[T int | int64](value *T) string {
	if value == nil {
		return ""
	}
	return strconv.FormatInt(int64(*value), 10)
}

func positive(value int) string {
	if value == 0 {
		return ""
	}
	return strconv.Itoa(value)
}
