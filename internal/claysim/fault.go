package claysim

import (
	"slices"
	"strings"
	"sync"
)

// ActiveFault is a fault that is switched on.
type ActiveFault struct {
	ID int `json:"id"`
	Fault
	// Happened is how often it has happened.
	Happened int `json:"happened"`
	cleared  chan struct{}
}

// faults is the set of faults that are switched on.
type faults struct {
	mu     sync.Mutex
	on     []*ActiveFault
	lastID int
}

func newFaults() *faults { return &faults{} }

func (f *faults) add(fault Fault) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lastID++
	f.on = append(f.on, &ActiveFault{ID: f.lastID, Fault: fault, cleared: make(chan struct{})})
	return f.lastID
}

// clear switches off the faults with the ids; all of them if there are none.
func (f *faults) clear(ids ...int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var kept []*ActiveFault
	for _, active := range f.on {
		if len(ids) > 0 && !slices.Contains(ids, active.ID) {
			kept = append(kept, active)
			continue
		}
		close(active.cleared)
	}
	f.on = kept
}

func (f *faults) list() []ActiveFault {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]ActiveFault, 0, len(f.on))
	for _, active := range f.on {
		all = append(all, *active)
	}
	return all
}

// active reports whether a fault of the kind is on, without using it up.
func (f *faults) active(kind FaultKind) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, active := range f.on {
		if active.Kind == kind && !active.spent() {
			return true
		}
	}
	return false
}

// take uses up one occurrence of the first fault of the kind that the request
// ("METHOD /path") matches.
func (f *faults) take(kind FaultKind, request string) (ActiveFault, bool) {
	return f.takeIf(func(active *ActiveFault) bool { return active.Kind == kind && matches(active.Route, request) })
}

// takeIf uses up one occurrence of the first fault that is meant.
func (f *faults) takeIf(meant func(*ActiveFault) bool) (ActiveFault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, active := range f.on {
		if !active.spent() && meant(active) {
			active.Happened++
			return *active, true
		}
	}
	return ActiveFault{}, false
}

// takeAll uses up one occurrence of every fault of the kind.
func (f *faults) takeAll(kind FaultKind) []ActiveFault {
	f.mu.Lock()
	defer f.mu.Unlock()
	var taken []ActiveFault
	for _, active := range f.on {
		if active.Kind == kind && !active.spent() {
			active.Happened++
			taken = append(taken, *active)
		}
	}
	return taken
}

// happen counts one occurrence of the fault with the id, which a page tells of.
func (f *faults) happen(id int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, active := range f.on {
		if active.ID == id {
			active.Happened++
		}
	}
}

func (a *ActiveFault) spent() bool { return a.Times > 0 && a.Happened >= a.Times }

// matches reports whether the request ("METHOD /path") is one that the pattern means.
func matches(pattern, request string) bool {
	if pattern == "" {
		return true
	}
	method, path, _ := strings.Cut(request, " ")
	if wanted, rest, found := strings.Cut(pattern, " "); found {
		if wanted != method {
			return false
		}
		pattern = rest
	}
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, segment := range want {
		if segment == "**" && i == len(want)-1 {
			return i < len(have)
		}
		if i >= len(have) || (segment != "*" && segment != have[i]) {
			return false
		}
	}
	return len(want) == len(have)
}
