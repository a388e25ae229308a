package clayweb

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/seatwright/clay-operator/internal/seat"
)

//go:embed locators.yaml
var locatorsYAML []byte

// bookVersion is the version of the format of locators.yaml that this code reads.
const bookVersion = 1

// book is locators.yaml, checked and ready for use.
type book struct {
	ladders  map[element]ladder
	overlays []overlay
	// roles maps a label in lower case to the role it names.
	roles map[string]seat.Role
	// labels are the labels of a role in the order of locators.yaml.
	labels   map[seat.Role][]string
	pending  map[string]bool
	refusals []refusalPattern
	// neighbours are labels of what is none of the elements, in lower case.
	neighbours map[string]bool
}

// overlay is something that lies over the page and may be dismissed.
type overlay struct {
	name    string
	shows   rung
	dismiss ladder
}

// refusalPattern recognises what a refusal is about.
type refusalPattern struct {
	about   refusal
	pattern *regexp.Regexp
}

// bookFile is the form of locators.yaml, and of what overrides parts of it.
type bookFile struct {
	Version  int                `yaml:"version"`
	Elements map[element][]rung `yaml:"elements"`
	// Replace names the elements whose built-in rungs an override leaves out.
	Replace  []element              `yaml:"replace"`
	Overlays []overlayEntry         `yaml:"overlays"`
	Roles    map[seat.Role][]string `yaml:"roles"`
	Pending  []string               `yaml:"pending"`
	Refusals map[refusal][]string   `yaml:"refusals"`
	// Neighbours are labels of what stands beside the elements and is none of them.
	Neighbours []string `yaml:"neighbours"`
}

type overlayEntry struct {
	Name    string `yaml:"name"`
	Shows   rung   `yaml:"shows"`
	Dismiss []rung `yaml:"dismiss"`
}

// readBook decodes and checks a complete book. It names every mistake at once, because who edits it wants to see them all.
func readBook(data []byte) (*book, error) {
	file, mistakes := decodeBook(data)
	b, more := newBook(file)
	mistakes = append(mistakes, more...)
	if len(file.Replace) > 0 {
		mistakes = append(mistakes, errors.New("replace: there is nothing to replace; it is for overrides"))
	}
	mistakes = append(mistakes, b.gaps()...)
	if len(mistakes) > 0 {
		return nil, fmt.Errorf("locators: %w", errors.Join(mistakes...))
	}
	return b, nil
}

// newBook checks what a file holds, and makes a book of it that may have gaps.
func newBook(file bookFile) (*book, []error) {
	b := &book{
		ladders: map[element]ladder{}, roles: map[string]seat.Role{}, labels: file.Roles, pending: map[string]bool{}, neighbours: map[string]bool{},
	}
	for _, label := range file.Neighbours {
		b.neighbours[fold(label)] = true
	}
	mistakes := b.addElements(file.Elements)
	mistakes = append(mistakes, b.addOverlays(file.Overlays)...)
	mistakes = append(mistakes, b.addRoles(file.Roles)...)
	mistakes = append(mistakes, b.addPending(file.Pending)...)
	mistakes = append(mistakes, b.addRefusals(file.Refusals)...)
	b.nameRoles()
	return b, mistakes
}

// nameRoles gives the rungs that look for the label of a role the labels of the book.
func (b *book) nameRoles() {
	var labels []string
	for _, role := range seat.Roles() {
		labels = append(labels, b.labels[role]...)
	}
	for name, steps := range b.ladders {
		steps = slices.Clone(steps)
		for i := range steps {
			steps[i] = steps[i].namedAfter(labels)
		}
		b.ladders[name] = steps
	}
}

// gaps says what a book lacks that has to stand alone.
func (b *book) gaps() (mistakes []error) {
	for _, name := range elements() {
		if len(b.ladders[name]) == 0 {
			mistakes = append(mistakes, fmt.Errorf("element %s has no ladder", name))
		}
	}
	for _, role := range seat.Roles() {
		if len(b.labels[role]) == 0 {
			mistakes = append(mistakes, fmt.Errorf("role %s has no label", role))
		}
	}
	if len(b.pending) == 0 {
		mistakes = append(mistakes, errors.New("pending: at least one mark is needed"))
	}
	for _, about := range refusalOrder {
		known := func(entry refusalPattern) bool { return entry.about == about }
		if !slices.ContainsFunc(b.refusals, known) {
			mistakes = append(mistakes, fmt.Errorf("refusal %s has no pattern", about))
		}
	}
	return mistakes
}

// maxRungs bounds a ladder: each rung is a question to the page, and nobody can oversee more.
const maxRungs = 20

func (b *book) addElements(ladders map[element][]rung) (mistakes []error) {
	for _, name := range slices.Sorted(maps.Keys(ladders)) {
		rungs := ladders[name]
		mustBeSafe, known := guarded[name]
		if !known {
			mistakes = append(mistakes, unknown("element", string(name), texts(elements())))
			continue
		}
		if len(rungs) == 0 || len(rungs) > maxRungs {
			mistakes = append(mistakes, fmt.Errorf("element %s: it has %d rungs, and needs 1 to %d", name, len(rungs), maxRungs))
		}
		steps, errs := newLadder(rungs)
		for _, err := range errs {
			mistakes = append(mistakes, fmt.Errorf("element %s: %w", name, err))
		}
		for i, step := range rungs {
			if mustBeSafe && !step.Safe {
				mistakes = append(mistakes, fmt.Errorf("element %s: rung %d may lead to a write and is not marked safe", name, i+1))
			}
			if (name == teamRow || name == listRow) && step.CSS == "" {
				mistakes = append(mistakes, fmt.Errorf("element %s: rung %d must be css, because the rows are read by a script", name, i+1))
			}
		}
		b.ladders[name] = steps
	}
	return mistakes
}

func (b *book) addOverlays(entries []overlayEntry) (mistakes []error) {
	for _, entry := range entries {
		shows, errs := newLadder([]rung{entry.Shows})
		dismiss, more := newLadder(entry.Dismiss)
		for _, err := range append(errs, more...) {
			mistakes = append(mistakes, fmt.Errorf("overlay %q: %w", entry.Name, err))
		}
		if entry.Name == "" || len(dismiss) == 0 {
			mistakes = append(mistakes, fmt.Errorf("overlay %q: a name and a way to dismiss it are needed", entry.Name))
			continue
		}
		// It is clicked without anybody having asked for it, so that it must be known by its name.
		for i, step := range entry.Dismiss {
			if step.Role == "" || len(step.Names) == 0 {
				mistakes = append(mistakes, fmt.Errorf("overlay %q: dismiss: rung %d needs a role and names", entry.Name, i+1))
			}
		}
		b.overlays = append(b.overlays, overlay{name: entry.Name, shows: shows[0], dismiss: dismiss})
	}
	return mistakes
}

func (b *book) addRoles(roles map[seat.Role][]string) (mistakes []error) {
	for _, role := range slices.Sorted(maps.Keys(roles)) {
		if !slices.Contains(seat.Roles(), role) {
			mistakes = append(mistakes, unknown("role", string(role), texts(seat.Roles())))
			continue
		}
		for _, label := range roles[role] {
			if fold(label) == "" {
				mistakes = append(mistakes, fmt.Errorf("role %s: a label is empty", role))
			}
			if other, taken := b.roles[fold(label)]; taken {
				mistakes = append(mistakes, fmt.Errorf("label %q is of %s and of %s", label, other, role))
			}
			b.roles[fold(label)] = role
		}
	}
	return mistakes
}

func (b *book) addPending(marks []string) (mistakes []error) {
	for _, mark := range marks {
		if fold(mark) == "" {
			mistakes = append(mistakes, errors.New("pending: a mark is empty"))
		}
		b.pending[fold(mark)] = true
	}
	return mistakes
}

func (b *book) addRefusals(refusals map[refusal][]string) (mistakes []error) {
	for _, about := range slices.Sorted(maps.Keys(refusals)) {
		if !about.known() {
			mistakes = append(mistakes, unknown("refusal", string(about), texts(refusalOrder)))
		}
	}
	// The order is fixed: a sentence about the last admin may also hold a word of a weaker pattern.
	for _, about := range refusalOrder {
		for _, text := range refusals[about] {
			pattern, err := regexp.Compile("(?i)" + text)
			if err != nil {
				mistakes = append(mistakes, fmt.Errorf("refusal %s: %w", about, err))
				continue
			}
			if pattern.MatchString("") {
				mistakes = append(mistakes, fmt.Errorf("refusal %s: %q matches every text", about, text))
			}
			b.refusals = append(b.refusals, refusalPattern{about, pattern})
		}
	}
	return mistakes
}

// role returns the role that a label names, or "" for a label that this version does not know.
func (b *book) role(label string) seat.Role { return b.roles[fold(label)] }

// writtenAddress is an address in a text. It may hold any word.
var writtenAddress = regexp.MustCompile(`\S+@\S+`)

// refusal says what a text is about, whatever the addresses in it, or refusedOther. Some refusals are thought of only where they can be met.
func (b *book) refusal(text string, met ...refusal) refusal {
	text = writtenAddress.ReplaceAllString(text, "")
	for _, entry := range b.refusals {
		if slices.Contains(accessRefusals, entry.about) && !slices.Contains(met, entry.about) {
			continue
		}
		if entry.pattern.MatchString(text) {
			return entry.about
		}
	}
	return refusedOther
}

// blames are the words of an answer that may name whom a refusal is about. Each is judged alone: one may name those who were invited beside
// another that names those who were not. What the dialog itself says counts even where it is none of the known refusals.
func (b *book) blames(heard answer, met ...refusal) []string {
	said := heard.own
	if len(said) == 0 {
		said = heard.notices
	}
	known := slices.DeleteFunc(slices.Clone(said), func(text string) bool { return b.refusal(text, met...) == refusedOther })
	if len(known) == 0 {
		return heard.own
	}
	return known
}

// fold is the form in which labels are compared: single spaces, lower case.
func fold(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }
