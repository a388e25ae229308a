package access

import (
	"slices"
	"strings"
)

// fold returns what names that a person may take for one another have in common: they differ in case and spaces alone.
func fold(name string) string {
	return strings.ToLower(strings.ToUpper(strings.Join(strings.Fields(name), " ")))
}

// index finds the lines of one of Clay's lists by name.
type index[T any] struct {
	exact map[string][]*T
	// alike counts the lines by what is left of their names after folding.
	alike map[string]int
	// asked counts the names in the manifests in the same way; names that are the same count once.
	asked map[string]int
}

// newIndex indexes lines. Of those that share a name the first by order comes first, wherever Clay shows it.
func newIndex[T any](lines []T, name func(T) string, order func(a, b *T) int, asked []string) index[T] {
	i := index[T]{exact: map[string][]*T{}, alike: map[string]int{}, asked: map[string]int{}}
	for at := range lines {
		key := name(lines[at])
		i.exact[key] = append(i.exact[key], &lines[at])
		i.alike[fold(key)]++
	}
	for _, same := range i.exact {
		slices.SortStableFunc(same, order)
	}
	for _, key := range asked {
		i.asked[fold(key)]++
	}
	return i
}

// find returns the lines with exactly a name, and whether nothing else could be meant by it.
func (i index[T]) find(name string) (lines []*T, certain bool) {
	lines = i.exact[name]
	return lines, len(lines) <= 1 && i.alike[fold(name)] == len(lines) && i.asked[fold(name)] <= 1
}
