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

	// signedIn is true once this call typed the password. It does so once at most.
	signedIn bool
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
	// overridden names what the workspace overrides of the built-in book.
	overridden []string
	// people are the names of the members that were read last, and withoutPeople what takes them out of a text; nil until it is needed.
	people        []string
	withoutPeople *browser.Redactor
}

// enter leases the workspace's browser session: the warm one, or a new one from what the workspace remembers.
func (b *Backend) enter(ctx context.Context, workspace sidecar.Workspace) (*visit, error) {
	if err := checkWorkspace(workspace); err != nil {
		return nil, err
	}
	known, err := b.bookOf(workspace)
	if err != nil {
		return nil, err
	}
	key := workspace.AppURL + "/" + workspace.ID + " " + string(workspace.Login.Email)
	memory := openMemory(workspace)
	session, err := b.browser.Acquire(ctx, browser.SessionOptions{Key: key, StorageState: memory.Storage})
	if err != nil {
		return nil, err
	}
	v := &visit{
		backend: b, book: known.book, overridden: known.parts, waits: b.waits, workspace: workspace, session: session,
		place: b.place(key), log: b.log.With("workspace", workspace.ID),
		loadsBefore: session.Counters().PageLoads, actions: map[string]int{}, rungs: map[element]int{},
	}
	if v.place.teamURL == "" {
		v.place.teamURL = memory.TeamURL
	}
	if session.Fresh() {
		v.loadsBefore = 0
		v.place.prepared = nil
	}
	if err := v.prepare(ctx, known); err != nil {
		v.leave()
		return nil, err
	}
	return v, nil
}

func (b *Backend) place(key string) *place {
	b.mu.Lock()
	defer b.mu.Unlock()
	known, ok := b.places[key]
	if !ok {
		known = &place{roleNames: map[string]string{}}
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
		Overridden:  v.overridden,
		Usage: sidecar.Usage{
			PageLoads: v.session.Counters().PageLoads - v.loadsBefore,
			Actions:   maps.Clone(v.actions),
		},
	}
}
