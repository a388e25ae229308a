package clayweb

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

func TestLostAnswers(t *testing.T) {
	t.Parallel()
	invite := seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor}
	remove := seat.Change{Verb: seat.Remove, Email: "theo@example.com"}
	tests := []struct {
		name   string
		fault  claysim.Fault
		change seat.Change
		want   string
	}{
		{"invited, answer lost", claysim.Fault{Kind: claysim.FaultLostResponse, Route: "POST /v3/workspaces/*/invitations"}, invite, "Applied"},
		{"not invited, request lost", claysim.Fault{Kind: claysim.FaultLostRequest, Route: "POST /v3/workspaces/*/invitations"}, invite,
			"Unknown OutcomeUnknown NotProved"},
		{"removed, answer lost", claysim.Fault{Kind: claysim.FaultLostResponse, Route: "DELETE /v3/workspaces/*/users/*"}, remove, "Applied"},
		{"not removed, request lost", claysim.Fault{Kind: claysim.FaultLostRequest, Route: "DELETE /v3/workspaces/*/users/*"}, remove,
			"Unknown OutcomeUnknown NotProved"},
		{"slow answer", claysim.Fault{Kind: claysim.FaultLatency, Route: "POST /v3/workspaces/*/invitations", Delay: 3 * time.Second}, invite, "Applied"},
		{"session over at the write", claysim.Fault{Kind: claysim.FaultSessionExpired, Route: "POST /v3/workspaces/*/invitations", Times: 1}, invite, "Applied"},
		{"session over at the removal", claysim.Fault{Kind: claysim.FaultSessionExpired, Route: "DELETE /v3/workspaces/*/users/*", Times: 1}, remove, "Applied"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.mustObserve()
			w.Inject(claysim.Fault{Kind: claysim.FaultDuplicates})
			w.Inject(test.fault)
			outcomes, _, err := w.apply(test.change)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, test.want)
			if sent := w.mails()["ada@example.com"]; sent > 1 {
				t.Errorf("ada got %d e-mails", sent)
			}
		})
	}
}

// alsoPosts lets the page send an event to Clay beside every write of its own, as scripts that measure what people do.
func (w *world) alsoPosts(path string) {
	w.t.Helper()
	w.mustObserve()
	v, err := w.backend.enter(w.t.Context(), w.workspace)
	if err != nil {
		w.t.Fatal(err)
	}
	defer v.leave()
	script := fmt.Sprintf(`const ask = window.fetch;
		window.fetch = (address, options = {}) => {
			if (String(address).startsWith('http') && ['POST', 'PATCH', 'DELETE'].includes(options.method)) {
				ask(%q, {method: 'POST', mode: 'no-cors'}).catch(() => {});
			}
			return ask(address, options);
		};`, w.APIURL()+path)
	err = v.do(w.t.Context(), "measure", callLimit, func(_ context.Context, page playwright.Page) error {
		return page.AddInitScript(playwright.Script{Content: &script})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// What Clay answers to another request than the act's own says nothing about the act, while the list does not show it yet either.
func TestRefusalOfAnotherRequest(t *testing.T) {
	t.Parallel()
	invite := seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor}
	remove := seat.Change{Verb: seat.Remove, Email: "theo@example.com"}
	setRole := seat.Change{Verb: seat.SetRole, Email: "ines@example.com", Role: seat.RoleViewer}
	tests := []struct {
		name   string
		status int
		change seat.Change
		verb   claysim.Verb
	}{
		{"signed out, invited", 401, invite, claysim.VerbInvite},
		{"signed out, removed", 401, remove, claysim.VerbRemove},
		{"refused, invited", 422, invite, claysim.VerbInvite},
		{"refused, removed", 422, remove, claysim.VerbRemove},
		{"refused, role changed", 422, setRole, claysim.VerbChangeRole},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.alsoPosts("/v3/events")
			w.Inject(claysim.Fault{Kind: claysim.FaultDuplicates})
			w.Inject(claysim.Fault{Kind: claysim.FaultListLag, Delay: time.Hour})
			w.Inject(claysim.Fault{Kind: claysim.FaultStatus, Route: "POST /v3/events", Status: test.status})
			outcomes, _, err := w.apply(test.change)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Unknown OutcomeUnknown NotProved")
			acts := 0
			for _, entry := range w.Journal() {
				if entry.Verb == test.verb {
					acts++
				}
			}
			if acts != 1 {
				t.Errorf("it was done %d times: %v", acts, w.Journal())
			}
		})
	}
}

func TestRefusedWrites(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		class  sidecar.Class
		reason string
		first  string
	}{
		{"pause", 429, sidecar.RateLimited, sidecar.ReasonRateLimited,
			"Failed " + string(sidecar.RateLimited) + " " + sidecar.ReasonRateLimited},
		{"error", 500, sidecar.Unavailable, sidecar.ReasonClayError, "Unknown OutcomeUnknown NotProved"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.Inject(claysim.Fault{Kind: claysim.FaultStatus, Route: "DELETE /v3/workspaces/*/users/*", Status: test.status})
			outcomes, _, err := w.apply(
				seat.Change{Verb: seat.Remove, Email: "theo@example.com"},
				seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor},
			)
			wantFault(t, err, test.class, test.reason)
			wantResults(t, outcomes, test.first, "Failed "+string(test.class)+" "+test.reason)
			if len(w.mails()) > 0 {
				t.Error("ada was invited")
			}
		})
	}
}

// Whenever the browser dies, nobody is invited twice, and the next process sees what is true.
func TestBrowserKilledAroundTheSubmit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		// reached says when to kill.
		reached func(claysim.State) bool
		slow    string
	}{
		{"dialog open", func(s claysim.State) bool { return s.Counters.Dialogs["invite"] > 0 }, ""},
		{"request under way", func(s claysim.State) bool { return s.Counters.API["POST /v3/workspaces/{workspace}/invitations"] > 0 },
			"POST /v3/workspaces/*/invitations"},
		{"sent", func(s claysim.State) bool { return len(s.Outbox) > 2 }, "GET /v3/workspaces/*/permissions"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.backend = newColdBackend(t)
			w.mustObserve()
			w.Inject(claysim.Fault{Kind: claysim.FaultDuplicates})
			if test.slow != "" {
				w.Inject(claysim.Fault{Kind: claysim.FaultLatency, Route: test.slow, Delay: 2 * time.Second})
			}
			w.ResetCounters()
			killed := make(chan error, 1)
			go func() {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), callLimit)
				defer cancel()
				if err := w.Wait(ctx, test.reached); err != nil {
					killed <- err
					return
				}
				process, err := os.FindProcess(w.backend.browser.Status().ChromiumPID)
				if err == nil {
					err = process.Kill()
				}
				killed <- err
			}()
			changes := invitations(3, seat.RoleEditor)
			outcomes, _, err := w.apply(changes...)
			if killErr := <-killed; killErr != nil {
				t.Fatal(killErr)
			}
			wantFault(t, err, sidecar.Unavailable, sidecar.ReasonBrowserUnavailable)
			for i := range changes {
				if outcomes[i].Result == "Applied" {
					t.Errorf("change %d is Applied without a proof", i)
				}
			}
			t.Log(results(len(changes), outcomes))
			w.ClearFaults()
			w.backend = newColdBackend(t)
			outcomes, _, err = w.apply(changes...)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(results(len(changes), outcomes))
			w.onceEach(changes)
		})
	}
}

func TestEvidenceIsRedacted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.workspace.Evidence = true
	_, observation, err := w.apply(seat.Change{Verb: seat.Remove, Email: "theo@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	evidence := observation.Evidence
	if evidence == nil || len(evidence.Screenshot) == 0 || evidence.Path != "/workspaces/4821/settings/team" {
		t.Fatalf("evidence %v", evidence != nil)
	}
	if strings.Contains(evidence.Snapshot, "@example.com") || !strings.Contains(evidence.Snapshot, "Members") {
		t.Errorf("the snapshot is not the redacted Team page:\n%s", evidence.Snapshot)
	}
}
