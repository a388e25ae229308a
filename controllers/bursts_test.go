package controllers

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

func TestBurstsArePutOffUntilTheyEnd(t *testing.T) {
	t.Parallel()
	const settle, burst = 500 * time.Millisecond, 2 * time.Second
	key := types.NamespacedName{Namespace: "sales", Name: workspaceName}
	at := func(milliseconds int) time.Time { return testTime.Add(time.Duration(milliseconds) * time.Millisecond) }
	for _, test := range []struct {
		name    string
		changes []int
		look    int
		want    time.Duration
	}{
		{"nothing changed", nil, 0, 0},
		{"a change a moment ago", []int{0}, 100, 400 * time.Millisecond},
		{"a change that has settled", []int{0}, 500, 0},
		{"changes that go on", []int{0, 400, 800}, 900, 400 * time.Millisecond},
		{"changes that go on for long", []int{0, 400, 800, 1200, 1600}, 1700, 300 * time.Millisecond},
		{"changes that go on for too long", []int{0, 400, 800, 1200, 1600, 2000}, 2000, 0},
		{"a clock that goes back", []int{5000}, 0, 0},
	} {
		var b bursts
		for _, change := range test.changes {
			b.note(key, at(change))
		}
		if got := b.wait(key, at(test.look), timing{settle: settle, burst: burst}); got != test.want {
			t.Errorf("%s: wait for %s, want %s", test.name, got, test.want)
		}
		if test.want == 0 && len(b.of) > 0 {
			t.Errorf("%s: the burst is not over", test.name)
		}
	}
}
