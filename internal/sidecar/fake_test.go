package sidecar

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// fake is a Backend made of functions.
type fake struct {
	observe       func(ctx context.Context, workspace Workspace) (Observation, error)
	apply         func(ctx context.Context, workspace Workspace, changes []seat.Change, report func(Outcome)) (Observation, error)
	observeAccess func(ctx context.Context, workspace Workspace, scope access.Scope) (AccessObservation, error)
	applyAccess   func(ctx context.Context, workspace Workspace, changes []access.Change, report func(Outcome)) (AccessObservation, error)
}

func (f fake) Observe(ctx context.Context, workspace Workspace) (Observation, error) {
	return f.observe(ctx, workspace)
}

func (f fake) Apply(ctx context.Context, workspace Workspace, changes []seat.Change, report func(Outcome)) (Observation, error) {
	return f.apply(ctx, workspace, changes, report)
}

// serve puts a backend behind a socket for the time of the test, and returns a client for it.
func serve(t *testing.T, backend Backend, options ServerOptions) *Client {
	t.Helper()
	address := filepath.Join(shortDir(t), "b.sock")
	stop := serveAt(t, address, backend, options)
	t.Cleanup(stop)
	return dialTest(t, address)
}

// serveAt serves until stop is called.
func serveAt(t *testing.T, address string, backend Backend, options ServerOptions) (stop func()) {
	t.Helper()
	listener, err := Listen(address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, listener, backend, options) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	}
}

func dialTest(t *testing.T, address string) *Client {
	t.Helper()
	client, err := Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Errorf("close the client: %v", err)
		}
	})
	return client
}

// shortDir is a temporary directory whose path leaves room for a socket's.
func shortDir(t *testing.T) string {
	t.Helper()
	directory, err := os.MkdirTemp("", "s") //nolint:usetesting // t.TempDir has the name of the test in its path.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(directory); err != nil {
			t.Error(err)
		}
	})
	return directory
}

// testContext ends before the test binary would give up, so that a test that hangs says where.
func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func quietLogger() *slog.Logger { return slog.New(slog.DiscardHandler) }

// fullWorkspace has every field set.
func fullWorkspace() Workspace {
	return Workspace{
		ID:     "12345",
		AppURL: "https://app.example.com",
		Login: Login{
			Email: "admin@example.com", Password: "correct horse",
			IdentityProvider: IdentityProvider{Username: "admin", Password: "battery", OTPSecret: "JBSWY3DP"},
			Mailbox:          Mailbox{Address: "imap.example.com", Username: "box", Password: "staple"},
		},
		Session:  Session("a cookie"),
		NoLogin:  true,
		Locators: "version: 1",
		Evidence: true,
		NotAfter: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

// fullObservation has every field set.
func fullObservation() Observation {
	return Observation{
		Inventory: seat.Inventory{
			WorkspaceID: "12345",
			Members: []seat.Member{
				{Email: "jo@example.com", ID: "7", Name: "Jo", Role: seat.RoleAdmin, Presence: seat.Active},
				{Email: "kim@example.com", ID: "8", Name: "Kim", Role: seat.RoleSalesRep, Presence: seat.Pending},
			},
			Complete:    true,
			Source:      seat.SourcePage,
			ReadAt:      time.Date(2026, 9, 1, 12, 30, 15, 123456789, time.UTC),
			Account:     "admin@example.com",
			Plan:        "Enterprise",
			ClayVersion: "v1",
		},
		Session:     Session("another cookie"),
		SignedIn:    true,
		Unsandboxed: true,
		Overridden:  []string{"team.invite"},
		Usage:       Usage{PageLoads: 3, Actions: map[string]int{"invite-dialog": 1}},
		Evidence:    fullEvidence(),
	}
}

func fullEvidence() *Evidence {
	return &Evidence{Screenshot: []byte("\x89PNG"), Snapshot: "- button", Path: "/workspaces/12345/settings", Report: []byte("{}")}
}

func fullFault() *Fault {
	return &Fault{
		Class: RateLimited, Reason: ReasonRateLimited, Message: "wait a little",
		After: 90 * time.Second, Evidence: fullEvidence(), Unanswered: true,
	}
}

func fullChanges() []seat.Change {
	groups, budgets := seat.NewNames([]string{"East", "West & Co"}), seat.NewNames([]string{"Sales"})
	changes := []seat.Change{
		{Verb: seat.Remove, Email: "a@example.com", MemberID: "1", Role: seat.RoleViewer, From: seat.RoleAdmin, Owner: "team/a", Resend: true},
		{Verb: seat.CancelInvitation, Email: "b@example.com", MemberID: "2", Role: seat.RoleViewer, From: seat.RoleEditor, Owner: "team/b", Resend: true},
		{Verb: seat.SetRole, Email: "c@example.com", MemberID: "3", Role: seat.RoleEditor, From: seat.RoleSalesRep, Owner: "team/c", Resend: true},
		{Verb: seat.Invite, Email: "d@example.com", MemberID: "4", Role: seat.RoleAdmin, From: seat.RoleViewer, Owner: "team/d", Resend: true},
	}
	for index := range changes {
		changes[index].Groups, changes[index].Budgets = groups, budgets
	}
	return changes
}
