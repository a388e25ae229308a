package clayweb

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// chromium is the one browser of the test binary: starting it takes longer than most tests.
var chromium *browser.Browser

// startLimit bounds the start of the browser on a busy machine.
const startLimit = 2 * time.Minute

func TestMain(m *testing.M) {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	var err error
	chromium, err = browser.Start(ctx, browser.Options{})
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "start the browser:", err)
		os.Exit(1)
	}
	code := m.Run()
	chromium.Close()
	os.Exit(code)
}

// callLimit bounds one call of the backend in a test, on a machine that others use as well.
const callLimit = 4 * time.Minute

// world is a simulator and a backend that works in it.
type world struct {
	*claysim.Server
	t         *testing.T
	backend   *Backend
	workspace sidecar.Workspace
	// seeded is how many e-mails the world began with.
	seeded int
}

// newWorld starts a simulator with the sample world, and a backend whose waits are short where a test would only wait.
func newWorld(t *testing.T, edit func(*claysim.Options)) *world {
	t.Helper()
	options := claysim.Options{Seed: claysim.Sample()}
	if edit != nil {
		edit(&options)
	}
	server, err := claysim.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{Server: server, t: t, seeded: len(server.Outbox())}
	w.workspace = sidecar.Workspace{
		ID:     fmt.Sprint(claysim.SampleWorkspace),
		AppURL: server.AppURL(),
		Login:  sidecar.Login{Email: claysim.SampleEmail, Password: claysim.SamplePassword},
	}
	w.backend = newBackend(t, chromium)
	return w
}

// newBackend makes a backend that logs to the test.
func newBackend(t *testing.T, in *browser.Browser) *Backend {
	t.Helper()
	backend, err := New(in, slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	backend.waits = waits{
		page: 8 * time.Second, step: 2 * time.Second, write: 5 * time.Second, traffic: time.Second, mail: 30 * time.Second,
		proofs: []time.Duration{50 * time.Millisecond, 100 * time.Millisecond},
	}
	if in == chromium {
		t.Cleanup(func() { endSessions(backend) })
	}
	return backend
}

// endSessions ends what a test leaves in the browser: some hundred warm pages would slow all that come later.
func endSessions(backend *Backend) {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	for key := range backend.places {
		if session, err := chromium.Acquire(ctx, browser.SessionOptions{Key: key}); err == nil {
			session.Retire(browser.ReasonSelfTest)
			session.Release()
		}
	}
}

// observe reads the workspace and keeps the session for the next call.
func (w *world) observe() (sidecar.Observation, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), callLimit)
	defer cancel()
	observation, err := w.backend.Observe(ctx, w.workspace)
	if len(observation.Session) > 0 {
		w.workspace.Session = observation.Session
	}
	return observation, err
}

// mustObserve reads the workspace, which has to work.
func (w *world) mustObserve() sidecar.Observation {
	w.t.Helper()
	observation, err := w.observe()
	if err != nil {
		w.picture(err)
		w.t.Fatal(err)
	}
	return observation
}

// apply makes changes, and returns the outcomes by index.
func (w *world) apply(changes ...seat.Change) (map[int]sidecar.Outcome, sidecar.Observation, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), callLimit)
	defer cancel()
	outcomes := map[int]sidecar.Outcome{}
	observation, err := w.backend.Apply(ctx, w.workspace, changes, func(outcome sidecar.Outcome) {
		if _, twice := outcomes[outcome.Index]; twice {
			w.t.Errorf("outcome %d was reported twice", outcome.Index)
		}
		outcomes[outcome.Index] = outcome
	})
	if len(observation.Session) > 0 {
		w.workspace.Session = observation.Session
	}
	if err != nil {
		w.picture(err)
	}
	return outcomes, observation, err
}

// picture logs the evidence of a fault, for whoever has to find out.
func (w *world) picture(err error) {
	w.t.Helper()
	fault := sidecar.AsFault(err)
	if fault.Evidence == nil {
		return
	}
	w.t.Logf("the page at %s:\n%s", fault.Evidence.Path, fault.Evidence.Snapshot)
}

// newColdBackend makes a backend with a browser of its own, as another process would have it.
func newColdBackend(t *testing.T) *Backend {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	own, err := browser.Start(ctx, browser.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(own.Close)
	return newBackend(t, own)
}
