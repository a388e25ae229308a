package clayweb

import (
	"cmp"
	"context"
	"crypto/rand"
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

	// began is true once this call began to log in. It does so once at most.
	began bool
	// signedIn is true once it gave somebody a secret in that log-in, had a one-time code sent, or was let in without.
	signedIn bool
	// failed is true where that log-in left no session that is worth keeping.
	failed bool
	// typed are the one-time codes that it typed, which no evidence may hold.
	typed []string
	// denied is true once Clay refused the account the Team page, at the address that it had.
	denied bool
	// oneAddress is true once the dialog that invites was seen to take one address only.
	oneAddress bool
	// typesSlowly is true once that dialog did not take addresses all in one go.
	typesSlowly bool
	// leavesAccess is true once that dialog did not take groups or budgets as it is known, or did not offer one.
	leavesAccess bool
	// meets are the refusals that it can meet beside those that every call can.
	meets []refusal
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
	// names are those of members, by their addresses, as far as the page's own data told them.
	names map[seat.Email]string
	// lists collects the page's own data while the members are read, or is nil; noDocument is true where Clay's last document was its 404.
	lists      *browser.Watch
	noDocument bool
	// dataHost is where that data came from last, and where the page writes what it changes; "" where it is not known.
	dataHost string
	// rolesTold are the roles that Clay does not offer and that a report was made about.
	rolesTold map[seat.Role]bool
	// doubts say why the members were not read from the page's own traffic.
	doubts []string
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
	memory, place := openMemory(workspace), b.place(key)
	session, err := b.acquire(ctx, key, memory, place)
	if err != nil {
		return nil, err
	}
	v := &visit{
		backend: b, book: known.book, overridden: known.parts, waits: b.waits, workspace: workspace, session: session,
		place: place, log: b.log.With("workspace", workspace.ID),
		loadsBefore: session.Counters().PageLoads, actions: map[string]int{}, rungs: map[element]int{},
		rolesTold: map[seat.Role]bool{},
	}
	if v.place.teamURL == "" {
		v.place.teamURL = memory.TeamURL
	}
	if session.Fresh() {
		v.loadsBefore = 0
		v.place.prepared = nil
		v.place.around, v.place.line = newSurroundings(b.now), cmp.Or(memory.Line, rand.Text())
	}
	if err := v.prepare(ctx, known); err != nil {
		v.leave()
		return nil, err
	}
	return v, nil
}

// acquire leases the session. A warm one knows better than what the manager kept of it, but not than a session that was made elsewhere, by
// a person who signed in by hand: then it gives way.
func (b *Backend) acquire(ctx context.Context, key string, known memory, place *place) (*browser.Session, error) {
	options := browser.SessionOptions{Key: key, StorageState: known.Storage}
	session, err := b.browser.Acquire(ctx, options)
	if err != nil || session.Fresh() || known.Line == "" || known.Line == place.line {
		return session, err
	}
	session.Retire(browser.ReasonSignedOut)
	session.Release()
	return b.browser.Acquire(ctx, options)
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
		Overridden:  v.overridden,
		Usage: sidecar.Usage{
			PageLoads: v.session.Counters().PageLoads - v.loadsBefore,
			Actions:   maps.Clone(v.actions),
		},
	}
}
