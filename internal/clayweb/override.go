package clayweb

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// overridden is the book of a workspace that overrides parts of the built-in one.
type overridden struct {
	*book
	// parts names what is overridden: elements, and roles, pending, overlays and refusals where there are any. Sorted.
	parts []string
	// tried is true once a browser has understood every rung.
	tried atomic.Bool
}

// readOverride reads a document in the form of locators.yaml that needs to hold only what differs. What it says comes before what the
// built-in book says:
//
//   - The rungs of an element are tried before the built-in ones, which stay as they are, unless the element is listed under replace:
//     for a built-in rung that finds what is not meant.
//   - A label means the role that the override says, whatever it meant before. Patterns of refusals are tried first.
//   - Marks of an invitation and neighbours are added, and so are overlays; one with the name of a built-in overlay takes its place.
//
// It names every mistake at once, and the checks are those of the built-in book.
func readOverride(data []byte, builtIn *book) (*overridden, error) {
	if len(data) > sidecar.MaxLocators {
		return nil, fmt.Errorf("the document has %d bytes, and may have %d", len(data), sidecar.MaxLocators)
	}
	file, mistakes := decodeBook(data)
	own, more := newBook(file)
	mistakes = append(mistakes, more...)
	for _, name := range file.Replace {
		if _, known := guarded[name]; !known {
			mistakes = append(mistakes, unknown("replace: element", string(name), texts(elements())))
		} else if len(file.Elements[name]) == 0 {
			mistakes = append(mistakes, fmt.Errorf("replace: element %s has no rungs of its own under elements", name))
		}
	}
	if len(mistakes) == 0 {
		own.markAdded()
		merged := builtIn.under(own, file.Replace)
		if mistakes = merged.gaps(); len(mistakes) == 0 {
			return &overridden{book: merged, parts: partsOf(own)}, nil
		}
	}
	return nil, errors.Join(mistakes...)
}

// under returns a book that says what another one says, and where that is silent, what this one says.
func (b *book) under(own *book, replace []element) *book {
	merged := &book{
		ladders:  maps.Clone(b.ladders),
		roles:    maps.Clone(b.roles),
		labels:   map[seat.Role][]string{},
		pending:  maps.Clone(b.pending),
		refusals: slices.Concat(own.refusals, b.refusals),
		overlays: slices.Clone(own.overlays),

		neighbours: maps.Clone(b.neighbours),
	}
	maps.Copy(merged.neighbours, own.neighbours)
	for name, steps := range own.ladders {
		merged.ladders[name] = steps
		if !slices.Contains(replace, name) {
			merged.ladders[name] = slices.Concat(steps, b.ladders[name])
		}
	}
	for _, entry := range b.overlays {
		if !slices.ContainsFunc(own.overlays, func(other overlay) bool { return other.name == entry.name }) {
			merged.overlays = append(merged.overlays, entry)
		}
	}
	maps.Copy(merged.roles, own.roles)
	for _, role := range seat.Roles() {
		for _, label := range slices.Concat(own.labels[role], b.labels[role]) {
			if merged.roles[fold(label)] == role {
				merged.labels[role] = append(merged.labels[role], label)
			}
		}
	}
	maps.Copy(merged.pending, own.pending)
	merged.nameRoles()
	return merged
}

// markAdded marks every rung of a book as one of an override.
func (b *book) markAdded() {
	mark := func(steps ladder) {
		for i := range steps {
			steps[i].added = true
		}
	}
	for _, steps := range b.ladders {
		mark(steps)
	}
	for i := range b.overlays {
		b.overlays[i].shows.added = true
		mark(b.overlays[i].dismiss)
	}
}

// partsOf names what an override holds.
func partsOf(own *book) []string {
	var parts []string
	for name := range own.ladders {
		parts = append(parts, string(name))
	}
	for name, there := range map[string]bool{
		"overlays": len(own.overlays) > 0, "roles": len(own.roles) > 0, "pending": len(own.pending) > 0, "refusals": len(own.refusals) > 0,
	} {
		if there {
			parts = append(parts, name)
		}
	}
	slices.Sort(parts)
	return parts
}

// maxBooks is how many overrides are kept: far more than one process has workspaces with different ones.
const maxBooks = 64

// bookOf returns the book of a workspace. One that was read before is not read again.
func (b *Backend) bookOf(workspace sidecar.Workspace) (*overridden, error) {
	if strings.TrimSpace(workspace.Locators) == "" {
		return b.book, nil
	}
	sum := sha256.Sum256([]byte(workspace.Locators))
	b.mu.Lock()
	defer b.mu.Unlock()
	if known, ok := b.books[sum]; ok {
		return known, nil
	}
	made, err := readOverride([]byte(workspace.Locators), b.book.book)
	if err != nil {
		return nil, locatorsInvalid(err)
	}
	if len(b.books) >= maxBooks {
		clear(b.books)
	}
	b.books[sum] = made
	return made, nil
}

const (
	// maxMistakes and maxMistake bound what a fault tells of an override, in lines and in bytes of one: it becomes a condition that a
	// person reads.
	maxMistakes = 20
	maxMistake  = 300
)

// locatorsInvalid is the fault of an override that cannot be used. What it quotes is the override's own text, and nothing of a page.
func locatorsInvalid(err error) *sidecar.Fault {
	lines := strings.Split(err.Error(), "\n")
	left := len(lines) - maxMistakes
	lines = lines[:min(len(lines), maxMistakes)]
	for i, line := range lines {
		if len(line) > maxMistake {
			lines[i] = strings.ToValidUTF8(line[:maxMistake], "") + "…"
		}
	}
	text := strings.Join(lines, "; ")
	if left > 0 {
		text += fmt.Sprintf("; and %d more", left)
	}
	return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonLocatorsInvalid,
		"the overrides of locators cannot be used, and nothing is done until they are mended: %s", text)
}
