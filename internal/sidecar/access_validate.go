package sidecar

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seatwright/clay-operator/internal/access"
)

// maxDescribed is how many characters the description of a group may have that the operator gives it. Clay's own bound is not known.
const maxDescribed = 500

// validateScope refuses names that no manifest can hold.
func validateScope(scope access.Scope) error {
	for index, section := range scope.Sections {
		if slices.Contains(scope.Sections[:index], section) {
			return fmt.Errorf("the scope names the section %s twice", section)
		}
	}
	for _, name := range scope.Groups {
		if err := validateName("group", name, access.MaxGroupName); err != nil {
			return fmt.Errorf("the scope: %w", err)
		}
	}
	for _, name := range scope.Budgets {
		if err := validateName("budget", name, access.MaxBudgetName); err != nil {
			return fmt.Errorf("the scope: %w", err)
		}
	}
	return nil
}

// validateAccessChanges refuses changes that the domain excludes. As with seats, the same step may appear once.
func validateAccessChanges(changes []access.Change) error {
	seen := make(map[access.Key]bool, len(changes))
	for index, change := range changes {
		if seen[change.Key()] {
			return fmt.Errorf("change %d (%s) repeats an earlier one", index, change.Verb)
		}
		seen[change.Key()] = true
		for _, check := range []func(access.Change) error{validatePlace, validatePerson, validateValues} {
			if err := check(change); err != nil {
				return fmt.Errorf("change %d (%s): %w", index, change.Verb, err)
			}
		}
	}
	return nil
}

// validatePlace checks what is to be changed.
func validatePlace(change access.Change) error {
	switch change.Verb.Section() {
	case access.SectionGroups:
		if change.Budget != "" {
			return fmt.Errorf("a change to a group names a budget")
		}
		return validateName("group", change.Group, access.MaxGroupName)
	case access.SectionBudgets:
		if change.Group != "" {
			return fmt.Errorf("a change to a budget names a group")
		}
		return validateName("budget", change.Budget, access.MaxBudgetName)
	default:
		if change.Group != "" || change.Budget != "" {
			return fmt.Errorf("a change to limits names a group or a budget")
		}
		return nil
	}
}

// validatePerson checks whom the change is about.
func validatePerson(change access.Change) error {
	switch change.Verb {
	case access.AddToGroup, access.RemoveFromGroup, access.GrantBudget, access.RevokeBudget, access.SetLimit:
		if !normalised(change.Email) {
			return fmt.Errorf("it has no normalised e-mail address")
		}
	default:
		if change.Email != "" {
			return fmt.Errorf("it is about nobody alone and has an e-mail address")
		}
	}
	return nil
}

// validateValues checks what is to be set.
func validateValues(change access.Change) error {
	shapes := change.Verb == access.CreateBudget || change.Verb == access.EditBudget
	switch {
	case change.Credits < 0:
		return fmt.Errorf("%d credits are less than none", change.Credits)
	case !isText(change.Description, maxDescribed):
		return fmt.Errorf("the description is longer than %d characters, or not text", maxDescribed)
	case !shapes && (change.Everyone || len(change.Groups) > 0):
		return fmt.Errorf("it says who has access, which it cannot change")
	case change.Everyone && len(change.Groups) > 0:
		return fmt.Errorf("it gives access to everybody and to groups besides")
	case change.Verb != access.EditBudget && len(change.FromGroups) > 0:
		return fmt.Errorf("it says who had access, which only an edit is about")
	}
	if err := validateForeign(change.Groups); err != nil {
		return err
	}
	return validateForeign(change.FromGroups)
}

// validateForeign checks names of groups among which are some that nobody owns, under whatever name Clay has for them.
func validateForeign(groups []string) error {
	for index, name := range groups {
		if !isOneLine(name, maxName) || slices.Contains(groups[:index], name) {
			return fmt.Errorf("the name of group %d is empty, not one line, longer than %d bytes, or there twice", index, maxName)
		}
	}
	return nil
}

// validateName checks a name that would be typed into a page.
func validateName(what, name string, most int) error {
	switch {
	case !isOneLine(name, maxName), strings.TrimSpace(name) != name:
		return fmt.Errorf("the name of a %s is empty, not one line, or begins or ends with a space", what)
	case utf8.RuneCountInString(name) > most:
		return fmt.Errorf("the name of a %s is longer than %d characters", what, most)
	}
	return nil
}

// isOneLine says whether something is a name of at most so many bytes.
func isOneLine(name string, most int) bool {
	return name != "" && len(name) <= most && !strings.ContainsFunc(name, unicode.IsControl)
}

// isText says whether something can be typed into a field of more than one line.
func isText(words string, most int) bool {
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	return utf8.RuneCountInString(words) <= most && !strings.ContainsFunc(words, control)
}
