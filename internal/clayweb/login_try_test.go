package clayweb

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// A log-in that comes to nothing before a secret was given away is no try: it may be made again and again while Clay is down.
func TestWhatIsATry(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		edit   func(*world)
		reason string
		tried  bool
	}{
		{"the log-in page is not available", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultStatus, Route: "/login", Status: 503})
		}, sidecar.ReasonClayError, false},
		{"the log-in page does not come", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultLostRequest, Route: "/login"})
		}, sidecar.ReasonClayUnreachable, false},
		{"nobody is there", func(w *world) { w.workspace.AppURL = "http://app.clay.localhost:9" }, sidecar.ReasonClayUnreachable, false},
		{"the address meets an error", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultStatus, Route: "POST /v3/auth/start", Status: 500})
		}, sidecar.ReasonClayError, false},
		{"the address of an account that gets a code meets an error", func(w *world) {
			box := newInbox(t)
			w.only(sidecar.Login{Mailbox: sidecar.Mailbox{Address: box.address, Password: mailboxPassword}})
			w.Inject(claysim.Fault{Kind: claysim.FaultStatus, Route: "POST /v3/auth/start", Status: 500})
		}, sidecar.ReasonClayError, true},
		{"the password meets an error", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultStatus, Route: "POST /v3/auth/password", Status: 503})
		}, sidecar.ReasonClayError, true},
		{"the password's request is lost", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultLostRequest, Route: "POST /v3/auth/password"})
		}, sidecar.ReasonClayUnreachable, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			test.edit(w)
			observation, err := w.observe()
			wantFault(t, err, sidecar.Unavailable, test.reason)
			if observation.SignedIn != test.tried {
				t.Errorf("signed in %v, want %v", observation.SignedIn, test.tried)
			}
			if len(observation.Session) > 0 {
				t.Error("a log-in that failed left a session")
			}
		})
	}
}

// A session that has ended is told of, and nothing is typed, where there may be no log-in; the next call signs in with what the browser has.
func TestEndedSessionIsToldBeforeALogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.mustObserve()
	w.EndSessions()
	before := len(w.steps())
	w.workspace.NoLogin = true
	observation, err := w.observe()
	wantFault(t, err, sidecar.AuthFailed, sidecar.ReasonLoginBudget)
	if steps := w.steps()[before:]; observation.SignedIn || len(steps) > 0 {
		t.Errorf("signed in %v, steps %q", observation.SignedIn, steps)
	}
	w.workspace.NoLogin, w.workspace.Session = false, nil
	if !w.mustObserve().SignedIn {
		t.Error("it did not sign in")
	}
}

// Two workspaces with one account sign in one after the other: a second code would make the first one void.
func TestOneLoginAtATimeForAnAccount(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t, func(mail claysim.Mail) []byte { return mail.Message() })
	var calls sync.WaitGroup
	for _, id := range []string{w.workspace.ID, "5310"} {
		workspace := w.workspace
		workspace.ID = id
		calls.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), callLimit)
			defer cancel()
			observation, err := w.backend.Observe(ctx, workspace)
			t.Log(id, err)
			if !observation.SignedIn {
				t.Errorf("workspace %s: it did not sign in", id)
			}
		})
	}
	calls.Wait()
	w.wantSteps("email", "code", "session", "email", "code", "session")
}

func TestTurns(t *testing.T) {
	t.Parallel()
	var all turns
	done, err := all.take(t.Context(), "jo@example.com")
	if err != nil {
		t.Fatal(err)
	}
	other, err := all.take(t.Context(), "kim@example.com")
	if err != nil {
		t.Fatal(err)
	}
	other()
	waiting, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	if _, err := all.take(waiting, "Jo@example.com"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second log-in at a time: %v", err)
	}
	done()
	if done, err = all.take(t.Context(), "jo@example.com"); err != nil {
		t.Fatal(err)
	}
	done()
}
