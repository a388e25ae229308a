package clayweb

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/playwright-community/playwright-go"
)

// ladder is an ordered list of ways to find one element.
type ladder []rung

// rung is one way to find an element: by exactly one of role, label, placeholder, text and CSS.
type rung struct {
	// Role is an ARIA role; Names or Matching narrow it to an accessible name.
	Role string `yaml:"role,omitempty"`
	// Names are accessible names, compared whole and without case.
	Names []string `yaml:"names,omitempty"`
	// Roles is for an accessible name that is a label of a role in Clay, overrides included.
	Roles bool `yaml:"roles,omitempty"`
	// Matching is a regular expression for the accessible name, or for the text where By is "text".
	Matching string `yaml:"matching,omitempty"`
	// By is "text" where Matching stands alone.
	By string `yaml:"by,omitempty"`
	// Label, Placeholder and Text are compared whole and without case.
	Label       []string `yaml:"label,omitempty"`
	Placeholder []string `yaml:"placeholder,omitempty"`
	Text        []string `yaml:"text,omitempty"`
	// CSS is a selector: structure, where no name is known.
	CSS string `yaml:"css,omitempty"`
	// Safe says that a click on what this rung finds may lead to a write.
	Safe bool `yaml:"safe,omitempty"`

	name *regexp.Regexp
	// added is true for a rung of an override.
	added bool
}

// newLadder checks the rungs and compiles their names.
func newLadder(rungs []rung) (ladder, []error) {
	var mistakes []error
	steps := make(ladder, len(rungs))
	for i, step := range rungs {
		compiled, err := step.compile()
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("rung %d: %w", i+1, err))
		}
		steps[i] = compiled
	}
	return steps, mistakes
}

var (
	errWays    = errors.New("exactly one of role, label, placeholder, text, css or by: text is needed")
	errNames   = errors.New("names, roles and matching go with a role, and not together; matching alone needs by: text")
	errEmpty   = errors.New("a name, label, placeholder or text is empty, or holds a line break")
	errDialect = errors.New("the expression uses what browsers understand otherwise (\\A, \\z, \\Q, \\p, [[:, (?P, or flags); write it without")
)

// notInBrowsers is what an expression must not hold, because Go and the browser do not read it alike.
var notInBrowsers = regexp.MustCompile(`\\[AzQEpPC]|\[\[:|\(\?P|\(\?[imsU-]|[[:cntrl:]]`)

// compile checks the rung and returns it with the expression that a name or a text has to match, where it has one.
func (r rung) compile() (rung, error) {
	if err := r.checkWays(); err != nil {
		return r, err
	}
	if r.Matching != "" {
		if notInBrowsers.MatchString(r.Matching) {
			return r, errDialect
		}
		var err error
		r.name, err = regexp.Compile("(?i)" + quoteSlashes(r.Matching))
		return r, err
	}
	for _, texts := range [][]string{r.Names, r.Label, r.Placeholder, r.Text} {
		if slices.ContainsFunc(texts, func(text string) bool { return fold(text) == "" || strings.ContainsAny(text, "\r\n") }) {
			return r, errEmpty
		}
		if len(texts) > 0 {
			r.name = whole(texts...)
		}
	}
	return r, nil
}

// checkWays makes sure that the rung is one way to find something, and says it completely.
func (r rung) checkWays() error {
	ways := 0
	for _, used := range []bool{r.Role != "", len(r.Label) > 0, len(r.Placeholder) > 0, len(r.Text) > 0, r.CSS != "", r.By != ""} {
		if used {
			ways++
		}
	}
	if ways != 1 || (r.By != "" && r.By != "text") {
		return errWays
	}
	named := len(r.Names) > 0 || r.Matching != ""
	if r.Roles && (r.Role == "" || named) {
		return errNames
	}
	if (named && r.Role == "" && r.By == "") || (len(r.Names) > 0 && r.Matching != "") || (r.By != "" && r.Matching == "") {
		return errNames
	}
	return nil
}

// namedAfter returns the rung with the labels of all roles as its names, if that is what it is to be found by.
func (r rung) namedAfter(labels []string) rung {
	if r.Roles && len(labels) > 0 {
		r.Names, r.name = labels, whole(labels...)
	}
	return r
}

// quoteSlashes quotes the slashes of an expression that are not quoted yet, because Playwright writes expressions between slashes.
func quoteSlashes(expression string) string {
	return strings.ReplaceAll(strings.ReplaceAll(expression, `\/`, "/"), "/", `\/`)
}

// whole matches a text that is one of the given ones, ignoring case and the space around it.
func whole(texts ...string) *regexp.Regexp {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = quoteSlashes(regexp.QuoteMeta(text))
	}
	return regexp.MustCompile(`(?i)^\s*(?:` + strings.Join(quoted, "|") + `)\s*$`)
}

// in returns the visible elements that the rung finds within a scope.
func (r rung) in(scope playwright.Locator) playwright.Locator {
	visible := playwright.LocatorFilterOptions{Visible: new(true)}
	switch {
	case r.Role != "" && r.name != nil:
		return scope.GetByRole(playwright.AriaRole(r.Role), playwright.LocatorGetByRoleOptions{Name: r.name}).Filter(visible)
	case r.Role != "":
		return scope.GetByRole(playwright.AriaRole(r.Role)).Filter(visible)
	case len(r.Label) > 0:
		return scope.GetByLabel(r.name).Filter(visible)
	case len(r.Placeholder) > 0:
		return scope.GetByPlaceholder(r.name).Filter(visible)
	case r.CSS != "":
		return scope.Locator(r.CSS).Filter(visible)
	default:
		return scope.GetByText(r.name).Filter(visible)
	}
}

// String describes the rung for a report. It holds nothing of the page.
func (r rung) String() string {
	switch {
	case len(r.Names) > 0:
		return fmt.Sprintf("role %s named %s", r.Role, strings.Join(r.Names, " or "))
	case r.Role != "" && r.Matching != "":
		return fmt.Sprintf("role %s matching %s", r.Role, r.Matching)
	case r.Role != "":
		return "role " + r.Role
	case len(r.Label) > 0:
		return "label " + strings.Join(r.Label, " or ")
	case len(r.Placeholder) > 0:
		return "placeholder " + strings.Join(r.Placeholder, " or ")
	case r.CSS != "":
		return "structure " + r.CSS
	case r.By != "":
		return "text matching " + r.Matching
	default:
		return "text " + strings.Join(r.Text, " or ")
	}
}
