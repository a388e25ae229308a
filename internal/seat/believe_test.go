package seat_test

import (
	"testing"

	"github.com/seatwright/clay-operator/internal/seat"
)

func TestBelievable(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason                   string
		previous, next, removals int
		want                     bool
	}{
		{"first read", 0, 0, 0, true},
		{"first read of many", 0, 50, 0, true},
		{"unchanged", 10, 10, 0, true},
		{"grown", 10, 30, 0, true},
		{"half is left", 10, 5, 0, true},
		{"less than half is left", 10, 4, 0, false},
		{"half of an odd number", 9, 5, 0, true},
		{"less than half of an odd number", 9, 4, 0, false},
		{"everybody is gone", 10, 0, 0, false},
		{"the only one is gone", 1, 0, 0, false},
		{"we removed most", 10, 2, 8, true},
		{"we removed most, and more than half of the rest is gone", 20, 3, 12, false},
		{"we removed everybody", 3, 0, 3, true},
		{"more removals than members", 3, 0, 5, true},
		{"a negative count counts as none", 10, 5, -5, true},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			next := seat.Inventory{Members: make([]seat.Member, test.next)}
			if got := seat.Believable(test.previous, next, test.removals); got != test.want {
				t.Errorf("Believable(%d, %d members, %d) = %t", test.previous, test.next, test.removals, got)
			}
		})
	}
}
