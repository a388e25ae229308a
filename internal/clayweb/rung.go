package clayweb

import (
	"errors"
	"fmt"
	"regexp"
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
	errWays  = errors.New("exactly one of role, label, placeholder, text, css or by: text is needed")
	errNames = errors.New("names and matching go with a role, and not together; matching alone needs by: text")
)

// compile checks the rung and returns it with the expression that a name or a text has to match, where it has one.
func (r rung) compile() (rung, error) {
	ways := 0
	for _, used := range []bool{r.Role != "", len(r.Label) > 0, len(r.Placeholder) > 0, len(r.Text) > 0, r.CSS != "", r.By != ""} {
		if used {
			ways++
		}
	}
	if ways != 1 || (r.By != "" && r.By != "text") {
		return r, errWays
	}
	named := len(r.Names) > 0 || r.Matching != ""
	if (named && r.Role == "" && r.By == "") || (len(r.Names) > 0 && r.Matching != "") || (r.By != "" && r.Matching == "") {
		return r, errNames
	}
	if r.Matching != "" {
		var err error
		r.name, err = regexp.Compile("(?i)" + strings.ReplaceAll(r.Matching, "/", `\/`))
		return r, err
	}
	for _, texts := range [][]string{r.Names, r.Label, r.Placeholder, r.Text} {
		if len(texts) > 0 {
			r.name = whole(texts...)
		}
	}
	return r, nil
}

// whole matches a text that is one of the given ones, ignoring case and the space around it. The slash is quoted because
// Playwright writes expressions between slashes.
func whole(texts ...string) *regexp.Regexp {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = strings.ReplaceAll(regexp.QuoteMeta(text), "/", `\/`)
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
