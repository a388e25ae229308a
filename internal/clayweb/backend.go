package clayweb

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/onetime"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// Backend works in Clay with a real browser. It implements sidecar.Backend and is safe for calls that overlap, as long as those
// for one workspace do not.
type Backend struct {
	browser *browser.Browser
	// book is the built-in one.
	book *overridden
	log  *slog.Logger
	// codes makes the codes of authenticator apps, for all workspaces: none is used twice.
	codes *onetime.Generator
	// turns lets one log-in at a time be made with an account, whatever workspaces it works in.
	turns turns
	// senders are the domains that Clay's e-mails come from; nil for those that are known. Tests replace them.
	senders []string
	waits   waits
	now     func() time.Time
	pause   func(context.Context, time.Duration) error

	mu     sync.Mutex
	places map[string]*place
	// books are those of workspaces that override the built-in one, by the hash of their text.
	books map[[sha256.Size]byte]*overridden
}

var _ sidecar.Backend = (*Backend)(nil)

// waits are how long something may take to show. Tests shorten them.
type waits struct {
	// page is for what a page loads before it can show anything: it crosses the internet several times.
	page time.Duration
	// step is for what a click shows at once: a menu, a dialog, a list.
	step time.Duration
	// write is for Clay's answer to a write, as the page shows it.
	write time.Duration
	// traffic is for answers after the page shows what they held: only their copying is left.
	traffic time.Duration
	// mail is for an e-mail with a one-time code.
	mail time.Duration
	// proofs are the pauses before the reads that look for a change again, because a list may lag behind a write.
	proofs []time.Duration
}

const (
	// pageWait is what Playwright itself gives a navigation: a page that needs longer is down for a person too.
	pageWait = 30 * time.Second
	// stepWait is long for what needs no server, and short enough that actLimit holds several steps.
	stepWait = 5 * time.Second
	// writeWait is generous for one request, as an answer that is missed costs a proof. It is waited for twice at most, for the request
	// and for what the page makes of it, and actLimit has to hold both.
	writeWait = 20 * time.Second
	// trafficWait is long for a copy within this machine.
	trafficWait = 2 * time.Second
	// mailWait is long for an e-mail, most of which arrive within seconds, and leaves loginLimit enough for the pages.
	mailWait = time.Minute
)

func defaultWaits() waits {
	return waits{
		page:    pageWait,
		step:    stepWait,
		write:   writeWait,
		traffic: trafficWait,
		mail:    mailWait,
		proofs:  []time.Duration{time.Second, 2 * time.Second, 5 * time.Second},
	}
}

// place is what is remembered of a workspace between calls. It is lost with the process, and nothing depends on it but speed.
type place struct {
	// around is what the workspace's session has beside its page.
	around *surroundings
	// line is that of the session; see memory.
	line string
	// teamURL is the address that the Team page had, or empty.
	teamURL string
	// roleNames are the names of the numbers that Clay's traffic has for roles.
	roleNames map[string]string
	// clayVersion is the build of Clay's web app that the page told last, or empty.
	clayVersion string
	// checkedVersion is the build whose page was found to be as it is known.
	checkedVersion string
	// prepared is the book whose overlays the warm page sends away.
	prepared *book
}

// New makes a Backend upon a browser, which the caller starts and closes. A nil logger discards. The error is a mistake in the
// locators that are part of the program.
func New(chromium *browser.Browser, logger *slog.Logger) (*Backend, error) {
	b, err := readBook(locatorsYAML)
	if err != nil {
		return nil, fmt.Errorf("read the built-in locators: %w", err)
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Backend{
		browser: chromium, book: &overridden{book: b}, log: logger, codes: onetime.NewGenerator(onetime.Clock{}),
		waits: defaultWaits(), now: time.Now, pause: pause,
		places: map[string]*place{}, books: map[[sha256.Size]byte]*overridden{},
	}, nil
}

// Observe implements sidecar.Backend.
func (b *Backend) Observe(ctx context.Context, workspace sidecar.Workspace) (sidecar.Observation, error) {
	v, err := b.enter(ctx, workspace)
	if err != nil {
		return sidecar.Observation{}, faultOf(err)
	}
	defer v.leave()
	inventory, err := v.read(ctx)
	if err != nil {
		return v.observation(ctx, seat.Inventory{}), v.fault(ctx, err)
	}
	return v.observation(ctx, inventory), nil
}

// Apply implements sidecar.Backend.
func (b *Backend) Apply(
	ctx context.Context, workspace sidecar.Workspace, changes []seat.Change, report func(sidecar.Outcome),
) (sidecar.Observation, error) {
	v, err := b.enter(ctx, workspace)
	if err != nil {
		return sidecar.Observation{}, faultOf(err)
	}
	defer v.leave()
	work := newWork(v, changes, report)
	err = work.run(ctx)
	observation := v.observation(ctx, work.last)
	if err != nil {
		return observation, v.fault(ctx, err)
	}
	if workspace.Evidence {
		observation.Evidence = v.evidence(ctx)
	}
	return observation, nil
}

// pause waits, and ends with the context.
func pause(ctx context.Context, duration time.Duration) error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
