package report

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// render returns a report in every format that is written here.
func render(t *testing.T, report *Report) map[string]string {
	t.Helper()
	texts := map[string]string{}
	var out strings.Builder
	for name, write := range map[string]func() error{
		"table": func() error { return report.WriteTable(&out) },
		"csv":   func() error { return report.WriteCSV(&out) },
		"html":  func() error { return report.WriteHTML(&out) },
	} {
		out.Reset()
		if err := write(); err != nil {
			t.Fatal(err)
		}
		texts[name] = out.String()
	}
	return texts
}

// hostileNames are what somebody could call themselves, or a budget.
func hostileNames() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'/><svg onload=alert(1)>`, `</style></title><b>`, `&lt;b&gt;`,
		`=HYPERLINK("https://evil.example.com","x")`, "+1+1", "-2+3", "@SUM(1)", "\t=1", "＝1", "a\x1b[31m\nb\x00c", "\xff\xfe", "\u202egnp.exe",
		strings.Repeat("w", 400),
	}
}

func hostileWorld() Input {
	input := world()
	sales := &input.Workspaces[0]
	for i, name := range hostileNames() {
		sales.Status.UnmanagedMembers = append(sales.Status.UnmanagedMembers, clayv1alpha1.UnmanagedMember{
			Email: name, Role: clayv1alpha1.Role(name), Seat: clayv1alpha1.SeatActive, Since: kube(since),
		})
		sales.Status.Access.Budgets = append(sales.Status.Access.Budgets, clayv1alpha1.OwnedBudget{Name: name, CreditLimit: 10, Used: int64(i + 8)})
		input.Groups = append(input.Groups, *input.Groups[0].DeepCopy())
		input.Groups[i+1].Spec.DisplayName = name
	}
	sales.Status.Plan, sales.Spec.Cost.Currency = hostileNames()[0], hostileNames()[5]
	return input
}

func TestTable(t *testing.T) {
	text := render(t, Build(world()))["table"]
	for _, want := range []string{
		"changes from 2026-03-01T00:00:00Z to 2026-03-31T12:00:00Z",
		"clay/sales  Enterprise  7       3        2       3          1       2            1           2                   1         5m ago",
		"clay/sales  720.00 USD  102.86 USD  102.86 USD    205.71 USD",
		"clay/labs   0.10 USD    0.03 USD    -             at least 0.00 USD",
		"clay/sales  8        6              2.50           148.75 USD",
		"unused seat        clay/sales  casey@example.com  Editor",
		"Note: clay/sales: Whether 2 seats are used is unknown (Clay shows no use of this person: 1;",
		"Note: clay/labs: spec.cost.hourlyRate is not set",
		"Note: clay/sales: Changes that are not counted: 1 found done already, 1 failed, 1 without a known outcome, 1 from a part",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	hostile := render(t, Build(hostileWorld()))["table"]
	if strings.ContainsFunc(hostile, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' }) {
		t.Errorf("what no terminal should get:\n%q", hostile)
	}
}

func TestCSV(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(render(t, Build(world()))["csv"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(csvHeader(), rows[0]); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	has := func(kind, workspace, name, value string) bool {
		return slices.ContainsFunc(rows, func(row []string) bool {
			return row[0] == kind && row[1] == workspace && row[2] == name && (row[3] == value || strings.Join(row[5:], "|") == value)
		})
	}
	for _, want := range [][4]string{
		{"Figure", salesPath, "active seats", "7"},
		{"Figure", salesPath, "seats without a ClayUser a month", "205.71"},
		{"Figure", salesPath, "hours by hand", "2.50"},
		{"Figure", labsPath, "changes", "1"},
		{"Changes", salesPath, "Invite", "2"},
		{"ChangesByWeek", salesPath, "removals", "2"},
		{"UnknownUse", salesPath, useNotShown, "1"},
		{"UnmanagedMember", salesPath, "xena@example.com", "Admin|Active|2026-02-01T12:00:00Z||58||||||for 58 days"},
	} {
		if !has(want[0], want[1], want[2], want[3]) {
			t.Errorf("no line %q", want)
		}
	}
	for _, row := range rows {
		if row[1] == "" && row[0] != "Note" && row[0] != "kind" {
			t.Errorf("a line of no workspace would be counted twice: %q", row)
		}
	}
	if has("Figure", labsPath, "seats without use a month", "") || has("Figure", labsPath, "cost by hand", "") {
		t.Error("there are lines for what is not known")
	}
}

// TestNoCellIsAFormula looks at the cells as a spreadsheet does.
func TestNoCellIsAFormula(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(render(t, Build(hostileWorld()))["csv"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	guarded := 0
	for _, row := range rows {
		for _, cell := range row {
			if strings.IndexAny(cell, "=+-@\t\r\n＝＋－＠") == 0 {
				if _, err := strconv.Atoi(cell); err != nil {
					t.Errorf("the cell %q in %q", cell, row)
				}
			}
			if strings.HasPrefix(cell, "'=HYPERLINK") {
				guarded++
			}
		}
	}
	if guarded < 3 {
		t.Errorf("%d cells are guarded", guarded)
	}
}

func TestJSONHasWhatTheReportHas(t *testing.T) {
	report := Build(world())
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	var got Report
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(report, &got); diff != "" {
		t.Errorf("after a round trip (-want +got):\n%s", diff)
	}
}

// document parses a page and returns its elements.
func document(t *testing.T, text string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var elements []*html.Node
	for node := range root.Descendants() {
		if node.Type == html.ElementNode {
			elements = append(elements, node)
		}
	}
	return elements
}

func attribute(node *html.Node, name string) string {
	for _, each := range node.Attr {
		if each.Key == name {
			return each.Val
		}
	}
	return ""
}

func textOf(node *html.Node) string {
	var text strings.Builder
	for each := range node.Descendants() {
		if each.Type == html.TextNode {
			text.WriteString(each.Data)
		}
	}
	return strings.TrimSpace(text.String())
}

func named(elements []*html.Node, name string) []*html.Node {
	return slices.DeleteFunc(slices.Clone(elements), func(node *html.Node) bool { return node.Data != name })
}

func TestPageStandsByItself(t *testing.T) {
	for name, input := range map[string]Input{"a world": world(), "a hostile one": hostileWorld(), "nothing": {Now: noon, Since: since, Until: noon}} {
		t.Run(name, func(t *testing.T) {
			elements := document(t, render(t, Build(input))["html"])
			for _, node := range elements {
				if slices.Contains([]string{"script", "img", "iframe", "object", "embed", "form", "b", "base", "a"}, node.Data) {
					t.Errorf("there is an element %s", node.Data)
				}
				for _, each := range node.Attr {
					if strings.HasPrefix(each.Key, "on") || each.Key == "src" || each.Key == "href" && each.Val != "data:," {
						t.Errorf("there is an attribute %s=%q", each.Key, each.Val)
					}
				}
			}
			if policies := named(elements, "meta"); !strings.Contains(attribute(policies[1], "content"), "default-src 'none'") {
				t.Error("there is no policy")
			}
		})
	}
}

// TestChartsAreForEverybody checks that each chart has a title and a description that it refers to, and ids are used once.
func TestChartsAreForEverybody(t *testing.T) {
	elements := document(t, render(t, Build(world()))["html"])
	ids := map[string]string{}
	for _, node := range elements {
		if id := attribute(node, "id"); id != "" {
			if _, twice := ids[id]; twice {
				t.Errorf("two elements have the id %s", id)
			}
			ids[id] = textOf(node)
		}
	}
	charts := 0
	for _, node := range named(elements, "svg") {
		if attribute(node, "aria-hidden") == "true" {
			continue
		}
		charts++
		for id := range strings.FieldsSeq(attribute(node, "aria-labelledby")) {
			if ids[id] == "" {
				t.Errorf("a chart refers to %s, which says nothing", id)
			}
		}
		if attribute(node, "role") != "img" || len(strings.Fields(attribute(node, "aria-labelledby"))) != 2 {
			t.Errorf("a chart has the attributes %v", node.Attr)
		}
	}
	if charts != 5 {
		t.Errorf("%d charts, want those of states, roles, work, budgets and people", charts)
	}
	if want := "In use: 2; Without use: 1; Use unknown: 3; Without a ClayUser: 5; Open invitations: 3."; !strings.HasPrefix(ids["states-desc"], want) {
		t.Errorf("the description %q, want %q", ids["states-desc"], want)
	}
	for _, heading := range named(elements, "th") {
		if attribute(heading, "scope") != "col" {
			t.Errorf("the heading %q says not what it is for", textOf(heading))
		}
	}
}

// TestBarsAreToScale measures the bars of the seats by state.
func TestBarsAreToScale(t *testing.T) {
	elements := document(t, render(t, Build(world()))["html"])
	width := map[string]float64{}
	for _, node := range named(elements, "rect") {
		if chart := attribute(node.Parent, "id"); chart == "states" {
			size, err := strconv.ParseFloat(attribute(node, "width"), 64)
			if err != nil {
				t.Fatal(err)
			}
			width[textOf(node)] = size
		}
	}
	// 820 − 200 − 170 = 450 for the 5 of the longest bar: 90 for one.
	want := map[string]float64{"In use: 2": 180, "Without use: 1": 90, "Use unknown: 3": 270, "Without a ClayUser: 5": 450, "Open invitations: 3": 270}
	if diff := cmp.Diff(want, width); diff != "" {
		t.Errorf("widths (-want +got):\n%s", diff)
	}
}

// TestTheTablesHaveTheFigures looks for the figures of the hand calculation in the rows of the page.
func TestTheTablesHaveTheFigures(t *testing.T) {
	elements := document(t, render(t, Build(world()))["html"])
	var rows []string
	for _, node := range named(elements, "tr") {
		var cells []string
		for cell := range node.ChildNodes() {
			if cell.Type == html.ElementNode {
				cells = append(cells, textOf(cell))
			}
		}
		rows = append(rows, strings.Join(cells, "|"))
	}
	for _, want := range []string{
		"clay/sales|Enterprise|5m ago|7|3|2|3|2|1|2",
		"All|||10|3|3|5|2|1|3",
		"2026-03-09|1|0|2|2|5",
		"All|3|1|2|3|9",
		"clay/sales|8|6|2.50|148.75 USD",
		"All|9|7|2.50|148.75 USD",
		"clay/labs|0.10 USD|0.03 USD|-|≥ 0.00 USD",
		"All|720.10 USD|72.01 USD|102.86 USD|≥ 205.71 USD",
		"fay@example.com|clay/sales|Editor|2026-03-03|2|28",
		"casey@example.com|clay/sales|Editor|2026-02-10|49",
		"ivy@example.com|clay/labs|Editor|2026-03-30|-1",
		"Research|clay/sales|Budget|2026-03-31|750|1,000|75 %",
		"EMEA|clay/sales|3|2|2",
	} {
		if !slices.Contains(rows, want) {
			t.Errorf("no row %q in\n%s", want, strings.Join(rows, "\n"))
		}
	}
}

func TestLabelsFit(t *testing.T) {
	for text, want := range map[string]string{
		"jo@example.com":                    "jo@example.com",
		"jo.with-a-long-name@example.com":   "jo.with-a-long-name",
		strings.Repeat("ü", labelRunes):     strings.Repeat("ü", labelRunes),
		strings.Repeat("ü", labelRunes+1):   strings.Repeat("ü", labelRunes-1) + "…",
		strings.Repeat("x", 64) + "@a.test": strings.Repeat("x", labelRunes-1) + "…",
		"@" + strings.Repeat("x", 64):       "@" + strings.Repeat("x", labelRunes-2) + "…",
	} {
		if got := shorten(text); got != want {
			t.Errorf("of %q became %q, want %q", text, got, want)
		}
	}
}
