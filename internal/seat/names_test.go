package seat_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seatwright/clay-operator/internal/seat"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason string
		names  []string
		want   []string
	}{
		{"none", nil, nil},
		{"an empty list", []string{}, nil},
		{"one", []string{"West"}, []string{"West"}},
		{"in order", []string{"West", "East", "EU, East"}, []string{"EU, East", "East", "West"}},
		{"each once", []string{"West", "East", "West"}, []string{"East", "West"}},
		{"case and spaces count", []string{"west", "West", "West "}, []string{"West", "West ", "west"}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			before := slices.Clone(test.names)
			got := seat.NewNames(test.names)
			if list := got.List(); !slices.Equal(list, test.want) || (list == nil) != (test.want == nil) {
				t.Errorf("NewNames(%q).List() = %q, want %q", test.names, list, test.want)
			}
			if !slices.Equal(before, test.names) {
				t.Errorf("the given names changed: %q", test.names)
			}
			slices.Reverse(before)
			if again := seat.NewNames(before); again != got {
				t.Errorf("in another order the set is %q, not %q", again, got)
			}
			// A change that holds it can be compared.
			if (seat.Change{Groups: got}) != (seat.Change{Groups: seat.NewNames(test.want)}) {
				t.Error("two changes with the same groups differ")
			}
		})
	}
}

func FuzzNames(f *testing.F) {
	f.Add("West,East,West")
	f.Add(",")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "\n") {
			return
		}
		names := slices.DeleteFunc(strings.Split(text, ","), func(name string) bool { return name == "" })
		got := seat.NewNames(names)
		list := got.List()
		if !slices.IsSorted(list) || seat.NewNames(list) != got {
			t.Fatalf("%q became %q, and that %q", names, list, seat.NewNames(list))
		}
		for _, name := range append(slices.Clone(names), list...) {
			if slices.Contains(names, name) != slices.Contains(list, name) {
				t.Fatalf("%q became %q", names, list)
			}
		}
	})
}
