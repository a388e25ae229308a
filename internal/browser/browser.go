package browser

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// SandboxMode says what to do about Chromium's own sandbox.
type SandboxMode string

const (
	// SandboxAuto uses the sandbox where the system allows it, and else runs without it and says so (Status.Sandboxed).
	SandboxAuto SandboxMode = "auto"
	// SandboxRequired refuses to start without the sandbox.
	SandboxRequired SandboxMode = "required"
	// SandboxOff does not try.
	SandboxOff SandboxMode = "off"
)

// Options are what Start needs. The zero value is good for a machine on which `make setup` ran.
type Options struct {
	// DriverDir is the directory that holds package/cli.js of playwright-core; see Locate for the default.
	DriverDir string
	// Node is the path of Node.js; see Locate for the default.
	Node string
	// Chromium is the path of the browser; see Locate for the default.
	Chromium string
	// Headed shows the browser's window, for a person at a screen. It needs a full Chromium; the headless shell has no window.
	Headed bool
	// Sandbox is SandboxAuto if empty.
	Sandbox SandboxMode
	// Limits say when contexts and browsers are replaced; zero fields have the defaults of DefaultLimits.
	Limits Limits
	// Logger gets starts, recycles and ladder steps; nil discards them. It never gets page text.
	Logger *slog.Logger
	// Now is the clock of the recycling rules; nil is time.Now.
	Now func() time.Time
}

// Browser owns one driver and one Chromium at a time, and the sessions in it. When either dies, or has served its time, the next
// Acquire starts a new pair. It is safe for use by several goroutines.
type Browser struct {
	install   Install
	sandbox   SandboxMode
	limits    Limits
	now       func() time.Time
	log       *slog.Logger
	gate      semaphore // held while an engine is chosen, drained or started
	mu        sync.Mutex
	engine    *engine
	slots     map[string]*slot
	sandboxed bool
	closed    bool
	stats     Stats
	wedge     wedge
}

// slot is the place of one key: at most one session at a time, which stays warm between two leases.
type slot struct {
	lease   semaphore
	session *Session
}

// Start finds the parts, starts the driver and Chromium, and returns when both are up, which takes one or two seconds and is given
// up after a minute. Close the Browser when done.
func Start(ctx context.Context, options Options) (*Browser, error) {
	install, err := Locate(options)
	if err != nil {
		return nil, err
	}
	b := &Browser{
		install: install,
		sandbox: options.Sandbox,
		limits:  options.Limits.withDefaults(),
		now:     options.Now,
		log:     options.Logger,
		gate:    newSemaphore(),
		slots:   map[string]*slot{},
		stats:   Stats{Recycles: map[Reason]uint64{}, Steps: map[Step]uint64{}},
		wedge:   wedge{noted: make(chan struct{})},
	}
	if b.sandbox == "" {
		b.sandbox = SandboxAuto
	}
	if b.now == nil {
		b.now = time.Now
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	engine, err := b.enter(ctx)
	if err != nil {
		return nil, err
	}
	engine.leave()
	return b, nil
}

// SessionOptions say which session to acquire.
type SessionOptions struct {
	// Key names the session, usually after the workspace. Sessions with different keys share no cookie and no storage.
	Key string
	// StorageState is what Session.StorageState returned earlier, or nil. It is used only where a new context is made
	// (Session.Fresh), because a warm one knows better.
	StorageState []byte
}

// Acquire leases the session of a key: the warm one, if there is one that is still good, or else a new one. It waits, as long as
// ctx allows, for another lease of the same key, and while a worn-out browser drains; if it has to start a browser, it sees that
// through. Every acquired session has to be released.
func (b *Browser) Acquire(ctx context.Context, options SessionOptions) (*Session, error) {
	place := b.slot(options.Key)
	if err := place.lease.acquire(ctx); err != nil {
		return nil, fmt.Errorf("wait for the session that is in use: %w", err)
	}
	engine, err := b.enter(ctx)
	if err != nil {
		place.lease.release()
		return nil, err
	}
	if s := place.session; s != nil && s.engine == engine && s.reusable() {
		s.leaseAgain()
		return s, nil
	}
	place.session = nil
	s, err := b.newSession(ctx, engine, place, options)
	if err != nil {
		b.wedge.note(err)
		engine.leave()
		place.lease.release()
		return nil, err
	}
	place.session = s
	return s, nil
}

func (b *Browser) slot(key string) *slot {
	b.mu.Lock()
	defer b.mu.Unlock()
	place, ok := b.slots[key]
	if !ok {
		place = &slot{lease: newSemaphore()}
		b.slots[key] = place
	}
	return place
}

// errClosed is what a Browser answers after Close.
var errClosed = errors.New("the browser was closed")

// enter returns the engine to use, counted as leased. A worn-out engine is drained first: as long as the gate is held nobody
// else enters, and the wait ends when the last lease is released.
func (b *Browser) enter(ctx context.Context) (*engine, error) {
	if err := b.gate.acquire(ctx); err != nil {
		return nil, fmt.Errorf("wait for the browser: %w", err)
	}
	defer b.gate.release()
	current := b.current()
	if current != nil && !current.useless(ctx) {
		reason := b.engineDue(current)
		if reason == "" {
			current.join()
			return current, nil
		}
		if err := current.drained(ctx); err != nil {
			return nil, fmt.Errorf("wait for the browser to be recycled: %w", err)
		}
		b.recycled(reason)
		current.shutDown()
	}
	next, err := b.startEngine(ctx)
	if err != nil {
		return nil, err
	}
	next.join()
	return next, nil
}

// current returns the engine if it is alive.
func (b *Browser) current() *engine {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.engine == nil || b.engine.dead() {
		return nil
	}
	return b.engine
}

// startEngine replaces the engine. The caller holds the gate.
func (b *Browser) startEngine(ctx context.Context) (*engine, error) {
	b.mu.Lock()
	closed := b.closed
	b.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	next, err := launch(ctx, b.install, b.sandbox, b.now)
	if err != nil {
		b.wedge.note(err)
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.engine = next
	b.sandboxed = next.sandboxed
	b.stats.Starts++
	b.log.Info("browser started", "version", next.version, "sandboxed", next.sandboxed)
	return next, nil
}

// Close ends Chromium and the driver, gracefully where they let it happen in time and by force where not. Operations that are under
// way fail. It is safe to call it twice.
func (b *Browser) Close() {
	b.mu.Lock()
	b.closed = true
	engine := b.engine
	b.engine = nil
	b.mu.Unlock()
	if engine != nil {
		engine.shutDown()
	}
}

// semaphore is a mutex whose wait ends with a context.
type semaphore chan struct{}

func newSemaphore() semaphore { return make(semaphore, 1) }

func (s semaphore) acquire(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s semaphore) release() { <-s }
