package controllers

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// bursts notice when the ClayUsers of a workspace change one after the other, as with `kubectl apply` of a directory: one pass for all
// of them opens a dialog for fifty people where fifty passes would open one each.
type bursts struct {
	mutex sync.Mutex
	of    map[types.NamespacedName]burst
}

// burst is when the first change of several came, and the last one until now.
type burst struct{ first, last time.Time }

// note takes in a change.
func (b *bursts) note(key types.NamespacedName, now time.Time) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.of == nil {
		b.of = map[types.NamespacedName]burst{}
	}
	current, known := b.of[key]
	if !known {
		current.first = now
	}
	current.last = now
	b.of[key] = current
}

// wait returns how long a pass has to wait for the end of a burst: until nothing has changed for a while, and not for ever. Where it is
// not to wait, the burst is over.
func (b *bursts) wait(key types.NamespacedName, now time.Time, timing timing) time.Duration {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	current, known := b.of[key]
	if !known {
		return 0
	}
	wait := min(current.last.Add(timing.settle).Sub(now), current.first.Add(timing.burst).Sub(now))
	// A clock that goes back must not hold anybody up.
	if wait <= 0 || wait > timing.settle {
		delete(b.of, key)
		return 0
	}
	return wait
}

func (b *bursts) forget(key types.NamespacedName) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	delete(b.of, key)
}
