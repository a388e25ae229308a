package clayweb

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

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

// bookFile is the form of locators.yaml.
type bookFile struct {
	Version  int                `yaml:"version"`
	Elements map[element][]rung `yaml:"elements"`
	Overlays []struct {
		Name    string `yaml:"name"`
		Shows   rung   `yaml:"shows"`
		Dismiss []rung `yaml:"dismiss"`
	} `yaml:"overlays"`
	Roles    map[seat.Role][]string `yaml:"roles"`
	Pending  []string               `yaml:"pending"`
	Refusals map[refusal][]string   `yaml:"refusals"`
}

// readBook decodes and checks a book. It names every mistake at once, because who edits it wants to see them all.
func readBook(data []byte) (*book, error) {
	var file bookFile
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("locators: %w", err)
	}
	var mistakes []error
	if file.Version != bookVersion {
		mistakes = append(mistakes, fmt.Errorf("version %d is not %d", file.Version, bookVersion))
	}
	b := &book{ladders: map[element]ladder{}}
	mistakes = append(mistakes, b.addElements(file.Elements)...)
	mistakes = append(mistakes, b.addOverlays(file)...)
	mistakes = append(mistakes, b.addRoles(file.Roles)...)
	mistakes = append(mistakes, b.addRefusals(file.Refusals)...)
	if len(file.Pending) == 0 {
		mistakes = append(mistakes, errors.New("pending: at least one mark is needed"))
	}
	b.pending = map[string]bool{}
	for _, mark := range file.Pending {
		b.pending[fold(mark)] = true
	}
	if len(mistakes) > 0 {
		return nil, fmt.Errorf("locators: %w", errors.Join(mistakes...))
	}
	return b, nil
}

func (b *book) addElements(elements map[element][]rung) (mistakes []error) {
	for name := range guarded {
		if len(elements[name]) == 0 {
			mistakes = append(mistakes, fmt.Errorf("element %s has no ladder", name))
		}
	}
	for name, rungs := range elements {
		mustBeSafe, known := guarded[name]
		if !known {
			mistakes = append(mistakes, fmt.Errorf("element %s is not known", name))
			continue
		}
		steps, errs := newLadder(rungs)
		for _, err := range errs {
			mistakes = append(mistakes, fmt.Errorf("element %s: %w", name, err))
		}
		for i, step := range rungs {
			if mustBeSafe && !step.Safe {
				mistakes = append(mistakes, fmt.Errorf("element %s: rung %d may lead to a write and is not marked safe", name, i+1))
			}
		}
		b.ladders[name] = steps
	}
	return mistakes
}

func (b *book) addOverlays(file bookFile) (mistakes []error) {
	for _, entry := range file.Overlays {
		shows, errs := newLadder([]rung{entry.Shows})
		dismiss, more := newLadder(entry.Dismiss)
		for _, err := range append(errs, more...) {
			mistakes = append(mistakes, fmt.Errorf("overlay %q: %w", entry.Name, err))
		}
		if entry.Name == "" || len(dismiss) == 0 {
			mistakes = append(mistakes, fmt.Errorf("overlay %q: a name and a way to dismiss it are needed", entry.Name))
			continue
		}
		b.overlays = append(b.overlays, overlay{name: entry.Name, shows: shows[0], dismiss: dismiss})
	}
	return mistakes
}

func (b *book) addRoles(roles map[seat.Role][]string) (mistakes []error) {
	b.roles, b.labels = map[string]seat.Role{}, roles
	for _, role := range seat.Roles() {
		if len(roles[role]) == 0 {
			mistakes = append(mistakes, fmt.Errorf("role %s has no label", role))
		}
	}
	for role, labels := range roles {
		for _, label := range labels {
			if other, taken := b.roles[fold(label)]; taken {
				mistakes = append(mistakes, fmt.Errorf("label %q is of %s and of %s", label, other, role))
			}
			b.roles[fold(label)] = role
		}
	}
	if len(roles) != len(seat.Roles()) {
		mistakes = append(mistakes, errors.New("roles: an unknown role has labels"))
	}
	return mistakes
}

func (b *book) addRefusals(refusals map[refusal][]string) (mistakes []error) {
	for about := range refusals {
		if !about.known() {
			mistakes = append(mistakes, fmt.Errorf("refusal %s is not known", about))
		}
	}
	// The order is fixed: a sentence about the last admin may also hold a word of a weaker pattern.
	for _, about := range refusalOrder {
		if len(refusals[about]) == 0 {
			mistakes = append(mistakes, fmt.Errorf("refusal %s has no pattern", about))
		}
		for _, text := range refusals[about] {
			pattern, err := regexp.Compile("(?i)" + text)
			if err != nil {
				mistakes = append(mistakes, fmt.Errorf("refusal %s: %w", about, err))
				continue
			}
			b.refusals = append(b.refusals, refusalPattern{about, pattern})
		}
	}
	return mistakes
}

// role returns the role that a label names, or "" for a label that this version does not know.
func (b *book) role(label string) seat.Role { return b.roles[fold(label)] }

// refusal says what a text is about, or refusedOther.
func (b *book) refusal(text string) refusal {
	for _, entry := range b.refusals {
		if entry.pattern.MatchString(text) {
			return entry.about
		}
	}
	return refusedOther
}

// fold is the form in which labels are compared: single spaces, lower case.
func fold(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }
