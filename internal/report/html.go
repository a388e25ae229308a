package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/seatwright/clay-operator/internal/report/markup"
)

// policy lets the page load nothing and run nothing, whatever is in it.
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

// WriteHTML writes the report as one page that needs no script and nothing else, to look at and to print.
func (r *Report) WriteHTML(out io.Writer) error {
	page := &markup.Page{}
	page.Begin()
	page.Element("html", of(at("lang", "en")), func() {
		page.Element("head", nil, func() {
			page.Void("meta", at("charset", "utf-8"))
			page.Void("meta", at("http-equiv", "Content-Security-Policy"), at("content", policy))
			page.Void("meta", at("name", "viewport"), at("content", "width=device-width, initial-scale=1"))
			page.Void("meta", at("name", "referrer"), at("content", "no-referrer"))
			page.Leaf("title", r.title())
			// Without one, browsers ask the place where the page lies for an icon.
			page.Void("link", at("rel", "icon"), at("href", "data:,"))
			page.Styles(style)
		})
		page.Element("body", nil, func() {
			definitions(page)
			r.writeHead(page)
			page.Element("main", nil, func() {
				r.writeSeatsPart(page)
				r.writeKinds(page)
				r.writeCredits(page)
				r.writeWorkPart(page)
				r.writeGroups(page)
				r.writeUnknown(page)
				r.writeFormulae(page)
			})
		})
	})
	_, err := io.WriteString(out, page.String())
	return err
}

func (r *Report) title() string {
	if len(r.Workspaces) == 1 {
		return "Clay seats of " + r.Workspaces[0].path()
	}
	return "Clay seats of " + count(len(r.Workspaces), "workspace", "workspaces")
}

func (r *Report) writeHead(page *markup.Page) {
	page.Element("header", nil, func() {
		page.Leaf("h1", r.title())
		page.Leaf("p", fmt.Sprintf("Made on %s. Seats are as the operator read Clay last; changes are those from %s to %s.",
			minute(r.Time), minute(r.Since), minute(r.Until)), at("class", "quiet"))
		page.Element("dl", of(at("class", "figures")), func() {
			f := &r.Total.Figures
			card := func(class, name, value, note string) {
				page.Element("div", of(at("class", class)), func() {
					page.Leaf("dt", name)
					page.Leaf("dd", value)
					if note != "" {
						page.Leaf("dd", note, at("class", "note"))
					}
				})
			}
			card("", "Active seats", number(f.Seats.Active), count(f.Seats.Admins, "admin", "admins"))
			card("", "Open invitations", number(f.Seats.Pending), "")
			card("", "Without a ClayUser", number(f.Seats.Unmanaged), "nobody asked for them")
			card("", fmt.Sprintf("Without use for %d days", r.UnusedDays), number(f.Use.Unused), unknownOf(f.Use.Unknown))
			card("", "Expiring access", number(f.ExpiringAccess), "")
			card("", "At their credit limit", number(f.OverLimit), "people; and "+count(f.BudgetsAtLimit+f.BudgetsNear, "budget", "budgets")+" near it")
			if r.Trail.Read {
				card("", "Changes in the period", number(f.Work.Changes), count(f.Work.Tasks, "task", "tasks")+" by hand")
				card("", "Hours by hand", amount(f.Work.HoursByHand, ""), "")
			}
			for i := range r.Total.Money {
				writeAmounts(&r.Total.Money[i], f.Seats.seatsAreUnlisted(), card)
			}
		})
	})
}

// strangeAmount is the name of the amount that may be too small.
const strangeAmount = "In seats nobody asked for a month"

func writeAmounts(m *Money, atLeast bool, card func(class, name, value, note string)) {
	for _, each := range []struct{ name, value string }{
		{"Plans a month", m.PlanPerMonth},
		{"An active seat a month", m.PerActiveSeat},
		{"In seats without use a month", m.UnusedSeats},
		{strangeAmount, m.UnmanagedSeats},
		{"The changes by hand", m.ByHand},
	} {
		if each.value == "" {
			continue
		}
		value := amount(each.value, m.Currency)
		if atLeast && each.name == strangeAmount {
			value = "≥ " + value
		}
		card("amount", each.name, value, "")
	}
}

func unknownOf(seats int) string {
	if seats == 0 {
		return ""
	}
	return "of " + count(seats, "seat", "seats") + " it is unknown"
}

// cell is a cell of a table; a number stands at the right.
type cell struct {
	text    string
	numeric bool
}

func words(texts ...string) []cell {
	cells := make([]cell, len(texts))
	for i, text := range texts {
		cells[i] = cell{text: text}
	}
	return cells
}

func numbers(texts ...string) []cell {
	cells := words(texts...)
	for i := range cells {
		cells[i].numeric = true
	}
	return cells
}

// shortTable is how many rows stay on one page of paper.
const shortTable = 15

// grid writes a table. Where sums is true, its last row is the sum of the others.
func grid(page *markup.Page, caption string, header []string, rows [][]cell, sums bool) {
	var attributes []markup.Attribute
	if len(rows) <= shortTable {
		attributes = of(at("class", "short"))
	}
	page.Element("div", of(at("class", "scroll")), func() {
		page.Element("table", attributes, func() {
			if caption != "" {
				page.Leaf("caption", caption)
			}
			writeHeader(page, header, rows)
			page.Element("tbody", nil, func() {
				for i, row := range rows {
					writeRow(page, row, sums && i == len(rows)-1)
				}
			})
		})
	})
}

// writeHeader writes the names of the columns, each above where its cells stand.
func writeHeader(page *markup.Page, header []string, rows [][]cell) {
	page.Element("thead", nil, func() {
		page.Element("tr", nil, func() {
			for i, name := range header {
				attributes := of(at("scope", "col"))
				if len(rows) > 0 && rows[0][i].numeric {
					attributes = of(at("scope", "col"), at("class", "number"))
				}
				page.Leaf("th", name, attributes...)
			}
		})
	})
}

func writeRow(page *markup.Page, row []cell, sum bool) {
	var attributes []markup.Attribute
	if sum {
		attributes = of(at("class", "sum"))
	}
	page.Element("tr", attributes, func() {
		for _, each := range row {
			if each.numeric {
				page.Leaf("td", each.text, at("class", "number"))
			} else {
				page.Leaf("td", each.text)
			}
		}
	})
}

func (r *Report) writeKinds(page *markup.Page) {
	found := false
	page.Leaf("h2", "What somebody should look at")
	for _, kind := range kinds() {
		rows := r.rowsOf(kind)
		if len(rows) == 0 {
			continue
		}
		found = true
		named := wordsOf(kind, r)
		page.Leaf("h3", fmt.Sprintf("%s (%s)", named.title, number(len(rows))))
		page.Leaf("p", named.explanation, at("class", "quiet"))
		grid(page, "", headerOf(kind), rows, false)
	}
	if !found {
		page.Leaf("p", "Nothing was found.")
	}
}

func headerOf(kind Kind) []string {
	header := []string{"Name", "Workspace"}
	switch kind {
	case UnmanagedMember, Admin:
		return append(header, "Role", "Seat", "Since", "Days")
	case OpenInvitation:
		return append(header, "Role", "Invited", "Invitations", "Days")
	case UnusedSeat:
		return append(header, "Role", "Without use since", "Days")
	case ExpiringAccess:
		return append(header, "Role", "Expires", "Days left")
	case MissingInGroup:
		return append(header, "Group")
	default:
		return append(header, "Used", "Limit", "Share")
	}
}

func (r *Report) rowsOf(kind Kind) [][]cell {
	var rows [][]cell
	for i := range r.Workspaces {
		for _, found := range r.Workspaces[i].Findings {
			if found.Kind == kind {
				rows = append(rows, append(words(found.Name, r.Workspaces[i].path()), found.cells()...))
			}
		}
	}
	return rows
}

func (f *Finding) cells() []cell {
	days := numbers(orNone(optional(f.Days)))
	switch f.Kind {
	case UnmanagedMember, Admin:
		return append(words(orNone(f.Role), orNone(f.Seat), date(f.Since)), days...)
	case OpenInvitation:
		return append(append(words(orNone(f.Role), date(f.Since)), numbers(orNone(positive(f.Sent)))...), days...)
	case UnusedSeat:
		return append(words(orNone(f.Role), date(f.Since)), days...)
	case ExpiringAccess:
		return append(words(orNone(f.Role), date(f.Until)), days...)
	case MissingInGroup:
		return words(f.Group)
	default:
		credit := Credit{Used: *f.Used, Limit: *f.Limit}
		return numbers(grouped(credit.Used), grouped(credit.Limit), credit.share())
	}
}

// share says which part of the limit is used.
func (c Credit) share() string {
	if c.Limit == 0 {
		return none
	}
	return grouped(int64(c.fullness())) + " %"
}

func (r *Report) writeGroups(page *markup.Page) {
	var rows [][]cell
	for i := range r.Workspaces {
		for _, group := range r.Workspaces[i].Groups {
			rows = append(rows, append(words(group.Name, r.Workspaces[i].path()),
				numbers(number(group.Members), number(group.Active), orNone(optional(group.Mirrored)))...))
		}
	}
	if len(rows) > 0 {
		page.Leaf("h2", "ClayGroups")
		grid(page, "", []string{"Group", "Workspace", "Members", "With a seat", "Members in Clay"}, rows, false)
	}
}

func (r *Report) writeUnknown(page *markup.Page) {
	notes := r.notes()
	if len(notes) == 0 {
		return
	}
	page.Leaf("h2", "To be known")
	page.Element("ul", of(at("class", "notes")), func() {
		for _, note := range notes {
			page.Leaf("li", note)
		}
	})
}

// writeFormulae says on the page what the figures are, for a reader who has nothing but a print.
func (r *Report) writeFormulae(page *markup.Page) {
	page.Leaf("h2", "How it is worked out")
	page.Element("dl", of(at("class", "formulae quiet")), func() {
		for _, each := range []struct{ name, formula string }{
			{"An active seat a month", "spec.cost.planPerMonth ÷ active seats."},
			{
				"Seats without use, or nobody asked for",
				"An active seat a month × their number. It is a share of what the plan costs, and not what their removal saves: that depends on the contract.",
			},
			{"Tasks by hand", fmt.Sprintf("The changes that the trail shows to be applied (%s), where those about one person that were begun "+
				"within an hour of the first are one task.", verbNames())},
			{"Hours by hand", "Tasks × spec.cost.minutesPerChange ÷ 60."},
			{"Cost by hand", "Hours × spec.cost.hourlyRate."},
		} {
			page.Leaf("dt", each.name)
			page.Leaf("dd", each.formula)
		}
	})
	page.Leaf("p", "Amounts are exact and rounded once, half up, where they are shown.", at("class", "quiet"))
}

func verbNames() string {
	var names []string
	for _, verb := range Counted() {
		names = append(names, string(verb))
	}
	return strings.Join(names, ", ")
}
