package clayweb

import (
	"context"
	"log/slog"
	"maps"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// sessionWait bounds the reading of the storage state, which is asked for when everything else is done.
const sessionWait = 10 * time.Second

// visit is one call's stay in one workspace.
type visit struct {
	backend   *Backend
	book      *book
	waits     waits
	workspace sidecar.Workspace
	place     *place
	session   *browser.Session
	log       *slog.Logger

	// signedIn is true once this call began to log in. It does so once at most.
	signedIn bool
	// typed are the one-time codes that it typed, which no evidence may hold.
	typed []string
	// oneAddress is true once the dialog that invites was seen to take one address only.
	oneAddress bool
	// typesSlowly is true once that dialog did not take addresses all in one go.
	typesSlowly bool
	// loadsBefore is what the session had cost when it was leased.
	loadsBefore int
	// actions counts what was written, by name.
	actions map[string]int
	// rungs says on which rung an element was found last.
	rungs map[element]int
}

// enter leases the workspace's browser session: the warm one, or a new one from what the workspace remembers.
func (b *Backend) enter(ctx context.Context, workspace sidecar.Workspace) (*visit, error) {
	if err := checkWorkspace(workspace); err != nil {
		return nil, err
	}
	key := workspace.AppURL + "/" + workspace.ID + " " + string(workspace.Login.Email)
	memory := openMemory(workspace)
	session, err := b.browser.Acquire(ctx, browser.SessionOptions{Key: key, StorageState: memory.Storage})
	if err != nil {
		return nil, err
	}
	v := &visit{
		backend: b, book: b.book, waits: b.waits, workspace: workspace, session: session,
		place: b.place(key), log: b.log.With("workspace", workspace.ID),
		loadsBefore: session.Counters().PageLoads, actions: map[string]int{}, rungs: map[element]int{},
	}
	if v.place.teamURL == "" {
		v.place.teamURL = memory.TeamURL
	}
	if session.Fresh() {
		v.loadsBefore = 0
		v.place.around = newSurroundings(b.now)
		if err := v.do(ctx, "prepare page", v.waits.step, v.prepare); err != nil {
			v.leave()
			return nil, err
		}
	}
	return v, nil
}

func (b *Backend) place(key string) *place {
	b.mu.Lock()
	defer b.mu.Unlock()
	known, ok := b.places[key]
	if !ok {
		known = &place{roleNames: map[string]string{}, around: newSurroundings(b.now)}
		b.places[key] = known
	}
	return known
}

// leave gives the browser session back.
func (v *visit) leave() {
	v.log.Debug("elements found", "rungs", v.rungs)
	v.session.Release()
}

// do runs one operation on the page with a bound of its own.
func (v *visit) do(ctx context.Context, name string, most time.Duration, fn func(context.Context, playwright.Page) error) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	return v.session.Do(ctx, name, fn)
}

// act counts a page action that writes.
func (v *visit) act(name string) {
	v.actions[name]++
	v.session.Acted()
}

// observation is what a call returns of its stay.
func (v *visit) observation(ctx context.Context, inventory seat.Inventory) sidecar.Observation {
	return sidecar.Observation{
		Inventory:   inventory,
		Session:     v.memory(ctx),
		SignedIn:    v.signedIn,
		Unsandboxed: !v.backend.browser.Sandboxed(),
		Usage: sidecar.Usage{
			PageLoads: v.session.Counters().PageLoads - v.loadsBefore,
			Actions:   maps.Clone(v.actions),
		},
	}
}

// prepare gives a new session what has to be there before its first page.
func (v *visit) prepare(ctx context.Context, page playwright.Page) error {
	v.place.around.follow(page)
	return v.handleOverlays(ctx, page)
}

// handleOverlays has Playwright send away what lies over the page before an action would be caught by it.
func (v *visit) handleOverlays(_ context.Context, page playwright.Page) error {
	for _, entry := range v.book.overlays {
		shows := entry.shows.in(document(page))
		dismiss := func(shown playwright.Locator) { v.backend.dismiss(shown, entry) }
		if err := page.AddLocatorHandler(shows, dismiss); err != nil {
			return err
		}
	}
	return nil
}

// clearOverlays sends away what already lies over the page, so that it cannot be taken for a dialog that somebody asked for.
func (v *visit) clearOverlays(page playwright.Page) error {
	for _, entry := range v.book.overlays {
		shown := entry.shows.in(document(page))
		if count, err := shown.Count(); err != nil || count == 0 {
			if err != nil {
				return err
			}
			continue
		}
		v.backend.dismiss(shown, entry)
		gone := playwright.LocatorWaitForOptions{
			State: playwright.WaitForSelectorStateHidden, Timeout: new(float64(dismissWait.Milliseconds())),
		}
		if err := shown.First().WaitFor(gone); err != nil {
			return pageChanged("the %s could not be sent away", entry.name)
		}
	}
	return nil
}

// dismissWait is how long the button of an overlay may take to react. The action that it stands in the way of waits meanwhile.
const dismissWait = 2 * time.Second

// dismiss clicks an overlay away. It runs on a goroutine of Playwright's, so that it must not panic, and whatever goes wrong
// shows as an action that the overlay caught.
func (b *Backend) dismiss(shown playwright.Locator, entry overlay) {
	defer func() { _ = recover() }()
	for _, step := range entry.dismiss {
		button := step.in(shown).First()
		options := playwright.LocatorClickOptions{Timeout: new(float64(dismissWait.Milliseconds()))}
		if err := button.Click(options); err == nil {
			b.log.Info("overlay dismissed", "overlay", entry.name)
			return
		}
	}
	b.log.Warn("overlay could not be dismissed", "overlay", entry.name)
}
