package sidecar

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

func TestServerRefusesInvalidRequests(t *testing.T) {
	workspaces := map[string]func(*Workspace){
		"id empty":           func(w *Workspace) { w.ID = "" },
		"id not a number":    func(w *Workspace) { w.ID = "12/../34" },
		"id too long":        func(w *Workspace) { w.ID = strings.Repeat("1", 21) },
		"app URL empty":      func(w *Workspace) { w.AppURL = "" },
		"app URL path":       func(w *Workspace) { w.AppURL = "https://app.example.com/x" },
		"app URL slash":      func(w *Workspace) { w.AppURL = "https://app.example.com/" },
		"app URL user":       func(w *Workspace) { w.AppURL = "https://jo:pw@app.example.com" },
		"app URL scheme":     func(w *Workspace) { w.AppURL = "file:///etc/passwd" },
		"app URL query":      func(w *Workspace) { w.AppURL = "https://app.example.com?x" },
		"log-in address":     func(w *Workspace) { w.Login.Email = "nobody" },
		"log-in upper case":  func(w *Workspace) { w.Login.Email = "Admin@example.com" },
		"password no text":   func(w *Workspace) { w.Login.Password = "\xff" },
		"OTP secret no text": func(w *Workspace) { w.Login.IdentityProvider.OTPSecret = "\xff" },
		"locators too large": func(w *Workspace) { w.Locators = strings.Repeat("x", MaxLocators+1) },
	}
	client := serve(t, unreachable(t), ServerOptions{})
	for name, spoil := range workspaces {
		t.Run(name, func(t *testing.T) {
			workspace := fullWorkspace()
			spoil(&workspace)
			_, err := client.Observe(testContext(t), workspace)
			requireFault(t, err, InvalidInput, ReasonInvalidRequest)
		})
	}
	changes := map[string][]seat.Change{
		"verb":             {{Verb: "Explode", Email: "a@example.com"}},
		"no verb":          {{Email: "a@example.com"}},
		"address":          {{Verb: seat.Remove, Email: "a@example.com,b@example.com"}},
		"no address":       {{Verb: seat.Remove}},
		"role":             {{Verb: seat.Invite, Email: "a@example.com", Role: "Owner"}},
		"no role":          {{Verb: seat.SetRole, Email: "a@example.com"}},
		"same thing twice": {{Verb: seat.Remove, Email: "a@example.com"}, {Verb: seat.Remove, Email: "a@example.com"}},
		"name too long": {{
			Verb: seat.Invite, Email: "a@example.com", Role: seat.RoleEditor, Groups: seat.NewNames([]string{strings.Repeat("x", maxName+1)}),
		}},
		"name with a control character": {{
			Verb: seat.Invite, Email: "a@example.com", Role: seat.RoleEditor, Budgets: seat.NewNames([]string{"a\tb"}),
		}},
	}
	for name, list := range changes {
		t.Run("change "+name, func(t *testing.T) {
			_, err := client.Apply(testContext(t), fullWorkspace(), list, func(Outcome) { t.Error("an outcome of nothing") })
			requireFault(t, err, InvalidInput, ReasonInvalidRequest)
		})
	}
}

// TestServerAllowsANewInvitation: an invitation that ran out is cancelled and sent anew in one plan.
func TestServerAllowsANewInvitation(t *testing.T) {
	err := validateChanges([]seat.Change{
		{Verb: seat.CancelInvitation, Email: "a@example.com"},
		{Verb: seat.Invite, Email: "a@example.com", Role: seat.RoleEditor},
	})
	if err != nil {
		t.Error(err)
	}
}

// unreachable is a backend that must not be called.
func unreachable(t *testing.T) Backend {
	t.Helper()
	return fake{
		observe: func(context.Context, Workspace) (Observation, error) {
			t.Error("the backend was asked to observe")
			return Observation{}, nil
		},
		apply: func(context.Context, Workspace, []seat.Change, func(Outcome)) (Observation, error) {
			t.Error("the backend was asked to apply")
			return Observation{}, nil
		},
		observeAccess: func(context.Context, Workspace, access.Scope) (AccessObservation, error) {
			t.Error("the backend was asked to observe access")
			return AccessObservation{}, nil
		},
		applyAccess: func(context.Context, Workspace, []access.Change, func(Outcome)) (AccessObservation, error) {
			t.Error("the backend was asked to apply changes to access")
			return AccessObservation{}, nil
		},
	}
}

func TestServerSurvivesAPanic(t *testing.T) {
	var log bytes.Buffer
	calls := 0
	client := serve(t, fake{observe: func(context.Context, Workspace) (Observation, error) {
		calls++
		switch calls {
		case 1:
			panic("the page said: hunter2")
		case 2:
			_ = []string{}[calls]
		}
		return fullObservation(), nil
	}}, ServerOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for range 2 {
		_, err := client.Observe(testContext(t), fullWorkspace())
		requireFault(t, err, Unavailable, ReasonBrowserUnavailable)
		if !AsFault(err).Unanswered {
			t.Error("the manager takes it that nothing was done before the panic")
		}
	}
	if _, err := client.Observe(testContext(t), fullWorkspace()); err != nil {
		t.Errorf("after the panics: %v", err)
	}
	if !strings.Contains(log.String(), "index out of range") || strings.Contains(log.String(), "hunter2") {
		t.Errorf("the log should tell of the runtime's panic and nothing of the page:\n%s", log.String())
	}
}

func TestCallsForOneWorkspaceWaitForEachOther(t *testing.T) {
	entered := make(chan string)
	proceed := make(chan struct{})
	client := serve(t, fake{observe: func(_ context.Context, workspace Workspace) (Observation, error) {
		entered <- workspace.ID
		<-proceed
		return Observation{}, nil
	}}, ServerOptions{})
	results := make(chan error)
	observe := func(id string) {
		workspace := fullWorkspace()
		workspace.ID = id
		go func() {
			_, err := client.Observe(testContext(t), workspace)
			results <- err
		}()
	}
	observe("1")
	if id := <-entered; id != "1" {
		t.Fatalf("workspace %s entered", id)
	}
	observe("1")
	observe("2")
	if id := <-entered; id != "2" {
		t.Fatalf("workspace %s entered while a call for 1 ran", id)
	}
	proceed <- struct{}{}
	proceed <- struct{}{}
	if id := <-entered; id != "1" {
		t.Fatalf("workspace %s entered last", id)
	}
	proceed <- struct{}{}
	for range 3 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

func TestCallsAreLimitedOverAll(t *testing.T) {
	g := newGate(1)
	leave, err := g.enter(testContext(t), "1")
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.enter(ended, "2"); !errors.Is(err, context.Canceled) {
		t.Errorf("a second workspace entered: %v", err)
	}
	leave()
	leave, err = g.enter(testContext(t), "2")
	if err != nil {
		t.Fatal(err)
	}
	leave()
	if len(g.turns) != 0 {
		t.Errorf("%d workspaces are remembered for nothing", len(g.turns))
	}
}

// TestGivingUpKeepsTheWorkspaceTaken: the manager goes away, and its successor must not read before the first writing has really
// ended.
func TestGivingUpKeepsTheWorkspaceTaken(t *testing.T) {
	writing, cancelled, clicked := make(chan struct{}), make(chan struct{}), make(chan struct{})
	ended := false
	client := serve(t, fake{
		apply: func(ctx context.Context, _ Workspace, _ []seat.Change, report func(Outcome)) (Observation, error) {
			close(writing)
			<-ctx.Done()
			close(cancelled)
			<-clicked
			report(Outcome{Index: 0, Result: Applied})
			ended = true
			return Observation{}, ctx.Err()
		},
		observe: func(context.Context, Workspace) (Observation, error) {
			if !ended {
				t.Error("a reading began while a writing went on")
			}
			return fullObservation(), nil
		},
	}, ServerOptions{})

	first, cancel := context.WithCancel(testContext(t))
	go func() {
		<-writing
		cancel()
	}()
	_, err := client.Apply(first, fullWorkspace(), fullChanges(), func(Outcome) {})
	requireFault(t, err, Unavailable, ReasonTimeout)
	<-cancelled

	read := make(chan error, 1)
	go func() {
		_, err := client.Observe(testContext(t), fullWorkspace())
		read <- err
	}()
	select {
	case err := <-read:
		t.Fatalf("the reading ended before the writing: %v", err)
	default:
	}
	close(clicked)
	if err := <-read; err != nil {
		t.Error(err)
	}
}

func TestCheckTellsWhetherItServes(t *testing.T) {
	address := filepath.Join(shortDir(t), "b.sock")
	stop := serveAt(t, address, unreachable(t), ServerOptions{})
	if err := Check(testContext(t), address); err != nil {
		t.Errorf("it serves, and Check says %v", err)
	}
	stop()
	if err := Check(testContext(t), address); err == nil {
		t.Error("it is gone, and Check says nothing")
	}
}
