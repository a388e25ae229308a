package claysim

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// FaultKind is something that goes wrong.
type FaultKind string

// The faults. Each comment names the fields of Fault that it reads besides
// Route and Times.
const (
	// FaultLatency answers after Delay (real time), or when it is cleared.
	FaultLatency FaultKind = "latency"
	// FaultStatus answers with Status, and RetryAfter if that is set.
	FaultStatus FaultKind = "status"
	// FaultLostRequest closes the connection before anything is done.
	FaultLostRequest FaultKind = "lost-request"
	// FaultLostResponse does everything and closes the connection instead of answering.
	FaultLostResponse FaultKind = "lost-response"
	// FaultSessionExpired ends the session of the request. It applies to calls of the API only.
	FaultSessionExpired FaultKind = "session-expired"
	// FaultPartialList lets users and permissions hold only the first Keep
	// people. The counts on the page stay true unless Silent.
	FaultPartialList FaultKind = "partial-list"
	// FaultRenamedLabel shows Text for Label from the next document load on.
	FaultRenamedLabel FaultKind = "renamed-label"
	// FaultRenamedFields renames the JSON fields of users and permissions.
	FaultRenamedFields FaultKind = "renamed-fields"
	// FaultMovedPaths answers users and permissions at other paths.
	FaultMovedPaths FaultKind = "moved-paths"
	// FaultDuplicates sends another e-mail to somebody who is invited or a
	// member already, instead of refusing.
	FaultDuplicates FaultKind = "duplicates"
	// FaultListLag lets reads tell the old list after a write: the next Reads
	// reads of each route, or for Delay on the server's clock.
	FaultListLag FaultKind = "list-lag"
	// FaultSecurityCheck puts a CAPTCHA-like page after the log-in of the account
	// Email, of every account if that is empty. It comes again at each log-in of an
	// account that met it, until a person passes it on the page or at the control
	// surface (see Server.ClearSecurityChecks); then this fault leaves the account
	// alone. Times counts accounts.
	FaultSecurityCheck FaultKind = "security-check"
	// FaultOverlay covers the page after a document load: Text is "tour" or "cookies".
	FaultOverlay FaultKind = "overlay"
	// FaultInsecureBrowser lets Google's pages refuse the browser after the user name.
	FaultInsecureBrowser FaultKind = "insecure-browser"
	// FaultOnboarding leads from the log-in into an onboarding flow with no exit.
	FaultOnboarding FaultKind = "onboarding"
)

// Fault is one thing that goes wrong until it is cleared.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Route limits FaultLatency, FaultStatus, FaultLostRequest, FaultLostResponse,
	// FaultSessionExpired and FaultPartialList to matching requests: an optional
	// method and a path, in which * stands for one segment and a last ** for one
	// or more, for example "POST /v3/workspaces/*/invitations" or "/workspaces/**".
	// Empty matches every request but the assets'.
	Route string `json:"route,omitempty"`
	// Times is how often it happens; 0 is always, and so it is for
	// FaultRenamedFields and FaultMovedPaths whatever the number.
	Times int `json:"times,omitempty"`
	// Delay of FaultLatency and FaultListLag.
	Delay time.Duration `json:"delay,omitempty"`
	// Status of FaultStatus.
	Status int `json:"status,omitempty"`
	// RetryAfter of FaultStatus, in whole seconds.
	RetryAfter time.Duration `json:"retryAfter,omitempty"`
	// Keep is how many people FaultPartialList leaves.
	Keep int `json:"keep,omitempty"`
	// Silent lets FaultPartialList shorten the counts as well.
	Silent bool `json:"silent,omitempty"`
	// Reads of FaultListLag.
	Reads int `json:"reads,omitempty"`
	// Email is the account of FaultSecurityCheck.
	Email string `json:"email,omitempty"`
	// Label and Text of FaultRenamedLabel; Text of FaultOverlay.
	Label Label  `json:"label,omitempty"`
	Text  string `json:"text,omitempty"`
}

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
