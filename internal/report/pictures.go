package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seatwright/clay-operator/internal/report/markup"
)

// maxCreditBars is how many budgets and people a chart shows; the table has all of them.
const maxCreditBars = 20

// minute writes a time for people, in UTC.
func minute(at time.Time) string { return at.UTC().Format("2 January 2006, 15:04 UTC") }

// writeSeatsPart writes the charts of the seats, and their tables.
func (r *Report) writeSeatsPart(page *markup.Page) {
	page.Leaf("h2", "Seats")
	r.drawStates(page)
	r.drawRoles(page)
	r.tableSeats(page)
}

// writeCredits writes the charts of the limits, and their table.
func (r *Report) writeCredits(page *markup.Page) {
	if credits := r.credits(); len(credits) > 0 {
		page.Leaf("h2", "Credits")
		drawCredits(page, credits)
		tableCredits(page, credits)
	}
}

// writeWorkPart writes what was done, what it would have cost, and what the seats cost.
func (r *Report) writeWorkPart(page *markup.Page) {
	page.Leaf("h2", "Work and money")
	r.tableMoney(page)
	if r.Trail.Read {
		r.tableByHand(page)
		r.drawWork(page)
		r.tableWork(page)
	}
}

func (r *Report) drawStates(page *markup.Page) {
	f := &r.Total.Figures
	states := []bar{
		one("In use", f.Use.Used, blue),
		one("Without use", f.Use.Unused, orange),
		one("Use unknown", f.Use.Unknown, hatchedOff),
		one("Without a ClayUser", f.Seats.Unmanaged, purple),
		one("Open invitations", f.Seats.Pending, hatched),
	}
	picture := chart{id: "states", title: "Seats by state", description: describe(states)}
	picture.bars(page, states)
	page.Leaf("p", "An open invitation to somebody without a ClayUser is in both of the last two.", at("class", "quiet"))
}

// one is a bar with one part.
func one(label string, size int, fill colour) bar {
	return bar{label: label, value: number(size), parts: []part{{size: int64(size), fill: fill, legend: label}}}
}

// describe says what is drawn.
func describe(bars []bar) string {
	texts := make([]string, len(bars))
	for i, each := range bars {
		texts[i] = each.label + ": " + each.value
	}
	return strings.Join(texts, "; ") + "."
}

func (r *Report) drawRoles(page *markup.Page) {
	legend := []part{{fill: blue, legend: "active"}, {fill: hatched, legend: "invited"}}
	var bars []bar
	for _, role := range r.Total.Figures.Seats.ByRole {
		bars = append(bars, bar{
			label: roleName(role.Role), value: fmt.Sprintf("%s active, %s invited", number(role.Active), number(role.Pending)),
			parts: []part{{int64(role.Active), blue, "active"}, {int64(role.Pending), hatched, "invited"}},
		})
	}
	if len(bars) > 0 {
		picture := chart{id: "roles", title: "Seats by role", description: describe(bars), legend: legend}
		picture.bars(page, bars)
	}
}

func (r *Report) tableSeats(page *markup.Page) {
	header := []string{"Workspace", "Plan", "Clay read", "Active", "Invited", "Admins", "Without ClayUser", "In use", "Without use", "Use unknown"}
	var rows [][]cell
	line := func(name, plan, read string, f *Figures) {
		rows = append(rows, append(words(name, plan, read), numbers(number(f.Seats.Active), number(f.Seats.Pending), number(f.Seats.Admins),
			number(f.Seats.Unmanaged), number(f.Use.Used), number(f.Use.Unused), number(f.Use.Unknown))...))
	}
	for i := range r.Workspaces {
		workspace := &r.Workspaces[i]
		line(workspace.path(), orNone(workspace.Plan), r.age(workspace.LastReadTime), &workspace.Figures)
	}
	if len(r.Workspaces) > 1 {
		line("All", "", "", &r.Total.Figures)
	}
	grid(page, "Seats by workspace", header, rows, len(r.Workspaces) > 1)
	rows = nil
	for i := range r.Workspaces {
		for _, role := range r.Workspaces[i].Figures.Seats.ByRole {
			rows = append(rows, append(words(r.Workspaces[i].path(), roleName(role.Role)), numbers(number(role.Active), number(role.Pending))...))
		}
	}
	if len(rows) > 0 {
		grid(page, "Seats by role", []string{"Workspace", "Role", "Active", "Invited"}, rows, false)
	}
}

func (r *Report) drawWork(page *markup.Page) {
	fills := []colour{blue, green, orange, grey}
	var legend []part
	var columns []bar
	for i := range r.Total.Figures.Work.Buckets {
		bucket := &r.Total.Figures.Work.Buckets[i]
		column := bar{label: bucket.Start.Format("2 Jan")}
		if isMonthly(r.Total.Figures.Work.Buckets) {
			column.label = bucket.Start.Format("Jan 2006")
		}
		legend = nil
		for k, segment := range bucket.segments() {
			column.parts = append(column.parts, part{int64(segment.number), fills[k], segment.name})
			legend = append(legend, part{fill: fills[k], legend: segment.name})
		}
		columns = append(columns, column)
	}
	picture := chart{
		id: "work", title: "Changes " + r.spanWord(), legend: legend,
		description: fmt.Sprintf("%s in all. The table below has the numbers.", count(r.Total.Figures.Work.Changes, "change", "changes")),
	}
	picture.columns(page, columns)
}

func (r *Report) spanWord() string {
	if isMonthly(r.Total.Figures.Work.Buckets) {
		return "by month"
	}
	return "by week, from Monday"
}

func (r *Report) tableWork(page *markup.Page) {
	var rows [][]cell
	var sum Bucket
	line := func(name string, b *Bucket) {
		rows = append(rows, append(words(name), numbers(number(b.Invitations), number(b.Roles), number(b.Removals), number(b.Access),
			number(b.Invitations+b.Roles+b.Removals+b.Access))...))
	}
	for i := range r.Total.Figures.Work.Buckets {
		bucket := &r.Total.Figures.Work.Buckets[i]
		line(bucket.Start.Format(time.DateOnly), bucket)
		sum.Invitations, sum.Roles = sum.Invitations+bucket.Invitations, sum.Roles+bucket.Roles
		sum.Removals, sum.Access = sum.Removals+bucket.Removals, sum.Access+bucket.Access
	}
	line("All", &sum)
	grid(page, "Changes "+r.spanWord(), []string{"Begins", "Invitations", "Roles", "Removals", "Access", "All"}, rows, true)
}

// tableByHand says what the work would have taken by hand.
func (r *Report) tableByHand(page *markup.Page) {
	header := []string{"Workspace", "Changes", "Tasks by hand", "Hours by hand", "Cost by hand"}
	var rows [][]cell
	for i := range r.Workspaces {
		workspace := &r.Workspaces[i]
		work := &workspace.Figures.Work
		rows = append(rows, append(words(workspace.path()), numbers(number(work.Changes), number(work.Tasks), amount(work.HoursByHand, ""),
			amount(workspace.Money.ByHand, workspace.Money.Currency))...))
	}
	if len(r.Workspaces) > 1 {
		work := &r.Total.Figures.Work
		rows = append(rows, append(words("All"), numbers(number(work.Changes), number(work.Tasks), amount(work.HoursByHand, ""), r.sumByHand())...))
	}
	grid(page, "What the operator did in the period, and what it would have taken by hand", header, rows, len(r.Workspaces) > 1)
}

// tableMoney says what the seats cost. Sums of several currencies there are in the figures at the top.
func (r *Report) tableMoney(page *markup.Page) {
	var rows [][]cell
	line := func(name string, m *Money, atLeast bool) {
		strange := amount(m.UnmanagedSeats, m.Currency)
		if atLeast && m.UnmanagedSeats != "" {
			strange = "≥ " + strange
		}
		rows = append(rows, append(words(name), numbers(amount(m.PlanPerMonth, m.Currency), amount(m.PerActiveSeat, m.Currency),
			amount(m.UnusedSeats, m.Currency), strange)...))
	}
	for i := range r.Workspaces {
		line(r.Workspaces[i].path(), &r.Workspaces[i].Money, r.Workspaces[i].Figures.Seats.seatsAreUnlisted())
	}
	sums := len(r.Workspaces) > 1 && len(r.Total.Money) == 1
	if sums {
		line("All", &r.Total.Money[0], r.Total.Figures.Seats.seatsAreUnlisted())
	}
	grid(page, "Money in a month, as shares of the price of the plan",
		[]string{"Workspace", "Plan", "An active seat", "Seats without use", "Seats nobody asked for"}, rows, sums)
}

// named is a credit with the workspace that it is in.
type namedCredit struct {
	Credit

	workspace string
}

// credits lists the limits of all workspaces.
func (r *Report) credits() []namedCredit {
	var credits []namedCredit
	for _, of := range []CreditOf{CreditOfBudget, CreditOfPerson} {
		for i := range r.Workspaces {
			for _, credit := range r.Workspaces[i].Credits {
				if credit.Of == of {
					credits = append(credits, namedCredit{credit, r.Workspaces[i].path()})
				}
			}
		}
	}
	slices.SortStableFunc(credits, func(a, b namedCredit) int {
		return cmp.Or(strings.Compare(string(a.Of), string(b.Of)), compareFullness(b.Credit, a.Credit))
	})
	return credits
}

func drawCredits(page *markup.Page, credits []namedCredit) {
	title := "Credits used of their limits, the fullest first"
	for _, of := range []CreditOf{CreditOfBudget, CreditOfPerson} {
		var bars []bar
		for _, credit := range credits {
			if credit.Of == of && len(bars) < maxCreditBars {
				fill := blue
				if credit.isSpent() {
					fill = orange
				}
				bars = append(bars, bar{
					label: credit.Name, value: credit.brief(), track: percent,
					parts: []part{{size: int64(min(credit.fullness(), percent)), fill: fill, legend: "percent used"}},
				})
			}
		}
		if len(bars) == 0 {
			continue
		}
		picture := chart{
			id: "credits-" + string(of), title: title + ": " + creditWord(of), description: describe(bars),
			legend: []part{{fill: blue, legend: "used"}, {fill: orange, legend: "used up"}, {fill: pale, legend: "left"}},
		}
		picture.bars(page, bars)
	}
}

// brief is what there is room for beside a bar.
func (c Credit) brief() string {
	const room = 22
	if text := c.describe(); len(text) <= room {
		return text
	}
	return c.share()
}

func creditWord(of CreditOf) string {
	if of == CreditOfBudget {
		return "budgets"
	}
	return "people, this month, through MCP"
}

func tableCredits(page *markup.Page, credits []namedCredit) {
	var rows [][]cell
	for _, credit := range credits {
		rows = append(rows, append(words(credit.Name, credit.workspace, string(credit.Of), date(credit.ReadTime)),
			numbers(grouped(credit.Used), grouped(credit.Limit), credit.share())...))
	}
	grid(page, "Credits used of their limits", []string{"Name", "Workspace", "Of", "Read", "Used", "Limit", "Share"}, rows, false)
}
