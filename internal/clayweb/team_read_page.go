package clayweb

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/seat"
)

//go:embed rows.js
var rowsScript string

const (
	// calmRounds is how many rounds in a row have to bring nobody new at the end of the list before it is believed to be
	// the end: the first of them may have been the moment before more rows arrived.
	calmRounds = 2
	// maxRounds bounds the reading of a list whose end never comes: a hundred rounds are two thousand members.
	maxRounds = 2000
	// calmWait is how long the document may take to change at the end of the list before a round counts as calm.
	calmWait = 300 * time.Millisecond
)

// pageWindow is what rows.js returns: the part of the list that is in the document.
type pageWindow struct {
	Rows   []pageRow   `json:"rows"`
	Tables []pageTable `json:"tables"`
	AtEnd  bool        `json:"atEnd"`
	Busy   bool        `json:"busy"`
}

// pageRow is one row: its texts in their order, the label that its control shows, and its place in the whole list.
type pageRow struct {
	Texts   []string `json:"texts"`
	Control string   `json:"control"`
	Index   int      `json:"index"`
	Header  bool     `json:"header"`
	// Cells are its columns, without what is there for the eye alone.
	Cells []pageCell `json:"cells"`
}

// pageCell is a column of a row.
type pageCell struct {
	Texts []string `json:"texts"`
	// Link is where a link in it leads to, or empty.
	Link string `json:"link"`
}

// pageTable is the size that a list says it has.
type pageTable struct {
	Count   int `json:"count"`
	Headers int `json:"headers"`
}

// total is how many members the lists say that they have, without their header rows; ok is false where they do not say.
func (w pageWindow) total() (members int, ok bool) {
	for _, table := range w.Tables {
		if table.Count <= 0 { // -1 says that the size is not known
			return 0, false
		}
		members += table.Count - table.Headers
	}
	return members, len(w.Tables) > 0
}

// readWindow reads the rows of a list that are in the document, after a move.
func (v *visit) readWindow(page playwright.Page, rows element, move string) (pageWindow, error) {
	selector, err := v.rowSelector(page, rows)
	if err != nil {
		return pageWindow{}, err
	}
	answer, err := page.Evaluate(rowsScript, map[string]any{"selector": selector, "move": move})
	if err != nil {
		return pageWindow{}, err
	}
	text, _ := answer.(string)
	var window pageWindow
	if err := json.Unmarshal([]byte(text), &window); err != nil {
		return pageWindow{}, fmt.Errorf("read the rows: %w", err)
	}
	return window, nil
}

// rowSelector is the first rung of the ladder for rows that finds a row at all. Those are the ladders where several matches are wanted.
func (v *visit) rowSelector(page playwright.Page, rows element) (string, error) {
	steps := v.book.ladders[rows]
	for i, step := range steps {
		count, err := page.Locator(step.CSS).Count()
		if err != nil {
			return "", err
		}
		if count > 0 {
			v.rungs[rows] = i + 1
			return step.CSS, nil
		}
	}
	return "", &notFoundError{element: rows, ladder: steps, counts: make([]int, len(steps)), scope: document(page)}
}

// readPage reads the members from the rows of the page, from the top of the list to its end.
func (v *visit) readPage(ctx context.Context, page playwright.Page) (listing, error) {
	window, err := v.readWindow(page, teamRow, "top")
	if err != nil {
		return listing{}, err
	}
	gathered := newGathering(v.book)
	for round, calm := 0, 0; calm < calmRounds && round < maxRounds; round++ {
		if err := ctx.Err(); err != nil {
			return listing{}, context.Cause(ctx)
		}
		news := gathered.add(window.Rows)
		if news || window.Busy || !window.AtEnd {
			calm = 0
		} else {
			calm++
		}
		if window.AtEnd {
			if err := awaitChange(page, calmWait); err != nil {
				return listing{}, err
			}
		}
		if window, err = v.readWindow(page, teamRow, "down"); err != nil {
			return listing{}, err
		}
	}
	gathered.add(window.Rows)
	list := gathered.listing(window)
	return list, nil
}

// awaitChange returns when the document changes, or after the given time.
func awaitChange(page playwright.Page, most time.Duration) error {
	_, err := page.Evaluate(`(most) => new Promise((done) => {
		const observer = new MutationObserver(() => { observer.disconnect(); done(); });
		observer.observe(document.body, {childList: true, subtree: true, characterData: true});
		setTimeout(() => { observer.disconnect(); done(); }, most);
	})`, most.Milliseconds())
	return err
}

// gathering collects the rows of a list that shows only a part of itself at a time.
type gathering struct {
	book    *book
	members []seat.Member
	seen    map[string]bool
	// unclear is true once a row held no address, or more than one.
	unclear bool
}

func newGathering(b *book) *gathering { return &gathering{book: b, seen: map[string]bool{}} }

// add takes the rows of a window and says whether anybody new was among them.
func (g *gathering) add(rows []pageRow) (news bool) {
	for _, row := range rows {
		if row.Header {
			continue
		}
		member, ok := g.book.readRow(row)
		if !ok {
			g.unclear = g.unclear || slices.ContainsFunc(row.Texts, isMail)
			continue
		}
		// A row that says its place is that place; two places with one address are two rows.
		key := string(member.Email)
		if row.Index > 0 {
			key = fmt.Sprintf("%d %s", row.Index, member.Email)
		}
		if g.seen[key] {
			continue
		}
		g.seen[key] = true
		g.members = append(g.members, member)
		news = true
	}
	return news
}

// listing says what was gathered, and whether it is everybody: the list came to its end, every row was understood, and the
// number is the one that the page names, where it names one.
func (g *gathering) listing(last pageWindow) listing {
	whole := last.AtEnd && !last.Busy && !g.unclear && len(g.members) > 0
	if total, known := last.total(); known && total != len(g.members) {
		whole = false
	}
	return listing{members: g.members, whole: whole}
}

// readRow understands one row. It needs exactly one address among the texts: a row with two does not say whose it is, and
// somebody may have another person's address as a name.
func (b *book) readRow(row pageRow) (seat.Member, bool) {
	addresses := mailTexts(row.Texts)
	if len(addresses) != 1 {
		return seat.Member{}, false
	}
	member := seat.Member{Email: addresses[0], Presence: seat.Active}
	roles := map[seat.Role]bool{}
	name := nameIndex(row.Texts)
	for i, text := range row.Texts {
		switch {
		case i == name:
			member.Name = text
		case b.pending[fold(text)]:
			member.Presence = seat.Pending
		case b.role(text) != "":
			roles[b.role(text)] = true
		}
	}
	switch {
	case row.Control != "":
		member.Role = b.role(row.Control)
	case len(roles) == 1:
		for role := range roles {
			member.Role = role
		}
	}
	return member, true
}

// initials are what a row shows in place of a picture.
var initials = regexp.MustCompile(`^\p{Lu}{1,3}$`)

// nameIndex is the place of the member's name among the texts of a row, or -1: the last text before the address that is neither initials
// nor a remark in brackets.
func nameIndex(texts []string) int {
	for i := slices.IndexFunc(texts, isMail) - 1; i >= 0; i-- {
		if !initials.MatchString(texts[i]) && !strings.HasPrefix(texts[i], "(") {
			return i
		}
	}
	return -1
}

// mailTexts are the distinct addresses among texts: texts that are an address and nothing else.
func mailTexts(texts []string) []seat.Email {
	var found []seat.Email
	for _, text := range texts {
		if email := asEmail(text); isMail(text) && !strings.ContainsAny(text, " \t\n") && !slices.Contains(found, email) {
			found = append(found, email)
		}
	}
	return found
}

// isMail says whether a text looks like an address, valid or not.
func isMail(text string) bool { return strings.Contains(text, "@") }
