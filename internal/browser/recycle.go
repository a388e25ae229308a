package browser

import "time"

// Reason says why a session or a browser was replaced.
type Reason string

const (
	// ReasonOperations means that the context served its number of operations.
	ReasonOperations Reason = "Operations"
	// ReasonContextAge means that the context is old.
	ReasonContextAge Reason = "ContextAge"
	// ReasonAmbiguousWrite means that the caller does not know what the page did, and wants a clean one.
	ReasonAmbiguousWrite Reason = "AmbiguousWrite"
	// ReasonSignedOut means that the caller wants a context without what the site stored in this one.
	ReasonSignedOut Reason = "SignedOut"
	// ReasonLost means that the context or its browser died, or had to be ended.
	ReasonLost Reason = "Lost"
	// ReasonSelfTest means that the context served the self-test.
	ReasonSelfTest Reason = "SelfTest"
	// ReasonBrowserAge means that driver and Chromium are old.
	ReasonBrowserAge Reason = "BrowserAge"
	// ReasonContexts means that the browser made its number of contexts.
	ReasonContexts Reason = "Contexts"
	// ReasonMemory means that driver and Chromium together use more memory than they may.
	ReasonMemory Reason = "Memory"
	// ReasonStrikes means that two different operations in a row did not come back in time.
	ReasonStrikes Reason = "Strikes"
)

// Limits say when something is replaced although it still works: contexts and browsers gather memory and state.
type Limits struct {
	// ContextOperations is how many operations (calls of Session.Do) a context serves.
	ContextOperations int
	// ContextAge is how long a context lives.
	ContextAge time.Duration
	// BrowserAge is how long a driver and its Chromium live.
	BrowserAge time.Duration
	// BrowserContexts is how many contexts a browser makes in its life.
	BrowserContexts int
	// Memory is how many bytes driver and Chromium may use together; 0 means no limit. Set it to about 70 % of the
	// container's limit, so that the recycling comes before the kernel.
	Memory uint64
}

const (
	// A context gives its memory back only when it is closed, and a page that lives for days drifts away from what a person
	// sees. A new one costs about 150 ms and a load of the page: nothing, this seldom.
	defaultContextOperations = 50
	defaultContextAge        = 30 * time.Minute
	// The driver's memory grows by about a quarter within 300 contexts, and fourfold in days.
	defaultBrowserAge      = 6 * time.Hour
	defaultBrowserContexts = 500
)

// DefaultLimits are used for fields that are zero.
var DefaultLimits = Limits{
	ContextOperations: defaultContextOperations,
	ContextAge:        defaultContextAge,
	BrowserAge:        defaultBrowserAge,
	BrowserContexts:   defaultBrowserContexts,
}

func (l Limits) withDefaults() Limits {
	if l.ContextOperations == 0 {
		l.ContextOperations = DefaultLimits.ContextOperations
	}
	if l.ContextAge == 0 {
		l.ContextAge = DefaultLimits.ContextAge
	}
	if l.BrowserAge == 0 {
		l.BrowserAge = DefaultLimits.BrowserAge
	}
	if l.BrowserContexts == 0 {
		l.BrowserContexts = DefaultLimits.BrowserContexts
	}
	return l
}

// contextDue returns why a context of this age and use should be replaced, or nothing.
func (l Limits) contextDue(operations int, age time.Duration) Reason {
	switch {
	case operations >= l.ContextOperations:
		return ReasonOperations
	case age >= l.ContextAge:
		return ReasonContextAge
	}
	return ""
}

// browserDue returns why a browser of this age and use should be replaced, or nothing.
func (l Limits) browserDue(contexts int, age time.Duration, memory uint64) Reason {
	switch {
	case contexts >= l.BrowserContexts:
		return ReasonContexts
	case age >= l.BrowserAge:
		return ReasonBrowserAge
	case l.Memory > 0 && memory >= l.Memory:
		return ReasonMemory
	}
	return ""
}

// engineDue returns why the engine should be replaced, or nothing.
func (b *Browser) engineDue(e *engine) Reason {
	if e.strikes.out() {
		return ReasonStrikes
	}
	var memory uint64
	if b.limits.Memory > 0 {
		driver, chromium := e.memory()
		memory = driver + chromium
	}
	return b.limits.browserDue(e.contextCount(), b.now().Sub(e.startedAt), memory)
}

// recycled counts a replacement.
func (b *Browser) recycled(reason Reason) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stats.Recycles[reason]++
	if reason != ReasonSelfTest { // that is how every start ends
		b.log.Info("browser recycles", "reason", reason)
	}
}
