package browser

import (
	"context"
	"maps"
	"time"
)

// Stats count since Start, for metrics.
type Stats struct {
	// Starts is how often a driver and Chromium were started.
	Starts uint64
	// Recycles is how often a session or a browser was replaced, by reason.
	Recycles map[Reason]uint64
	// Steps is how often a call had to be freed, by the step of the ladder that did it.
	Steps map[Step]uint64
}

// Status is what is known of the browser that runs now.
type Status struct {
	// Running is false before the first start and after a death, until the next Acquire.
	Running bool
	// Sandboxed says whether Chromium's sandbox is on (or was, in the last one).
	Sandboxed bool
	// Version is Chromium's version.
	Version string
	// StartedAt is when it started.
	StartedAt time.Time
	// DriverPID and ChromiumPID are process ids; 0 if not known.
	DriverPID, ChromiumPID int
	// DriverMemory and ChromiumMemory are bytes of resident memory, of Chromium with all its children; 0 if not known.
	DriverMemory, ChromiumMemory uint64
	// Contexts is how many contexts were made in it.
	Contexts int
}

// Status looks at the processes.
func (b *Browser) Status() Status {
	e := b.current()
	if e == nil {
		return Status{Sandboxed: b.Sandboxed()}
	}
	driver, chromium := e.memory()
	return Status{
		Running:        true,
		Sandboxed:      e.sandboxed,
		Version:        e.version,
		StartedAt:      e.startedAt,
		DriverPID:      e.driver.pid,
		ChromiumPID:    e.browser.pid,
		DriverMemory:   driver,
		ChromiumMemory: chromium,
		Contexts:       e.contextCount(),
	}
}

// Sandboxed says whether Chromium runs in its own sandbox. Where it does not, a page that breaks out of the renderer
// has the rights of this process: show it.
func (b *Browser) Sandboxed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sandboxed
}

// Healthy says whether driver and Chromium run, without asking them. It is false between a death and the next Acquire.
func (b *Browser) Healthy() bool { return b.current() != nil }

// Ping runs a script in an empty page and waits two seconds at most. It answers the question whether the browser works, which
// Healthy does not: a frozen process is alive.
func (b *Browser) Ping(ctx context.Context) error {
	e := b.current()
	if e == nil {
		return &Error{Op: "ping", Kind: KindSessionLost, err: errNotBegun}
	}
	err := e.ping(ctx)
	if err != nil && ctx.Err() == nil {
		e.strikes.add("ping")
	}
	return err
}

// Stats returns a copy of the counters.
func (b *Browser) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Stats{Starts: b.stats.Starts, Recycles: maps.Clone(b.stats.Recycles), Steps: maps.Clone(b.stats.Steps)}
}

// climbed counts a step of the ladder.
func (b *Browser) climbed(name string, step Step) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stats.Steps[step]++
	b.log.Warn("operation had to be ended", "operation", name, "step", string(step))
}
