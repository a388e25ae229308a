package seat

import (
	"slices"
	"strings"
)

// Names is a set of names as one value, so that changes can be compared: sorted, each once, one to a line. The empty one is the empty set.
type Names string

// NewNames makes the set of some names. A name is one line: what follows a line break in it would be another.
func NewNames(names []string) Names {
	sorted := slices.Compact(slices.Sorted(slices.Values(names)))
	return Names(strings.Join(sorted, "\n"))
}

// List returns the names in order; nil for none.
func (n Names) List() []string {
	if n == "" {
		return nil
	}
	return strings.Split(string(n), "\n")
}
