package clayweb

import (
	"fmt"
	"testing"
	"time"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// wantFault fails the test unless the error is a fault of the class and the reason.
func wantFault(t *testing.T, err error, class sidecar.Class, reason string) {
	t.Helper()
	fault := sidecar.AsFault(err)
	if fault == nil || fault.Class != class || fault.Reason != reason {
		t.Fatalf("fault %v, want %s (%s)", err, class, reason)
	}
}

func TestObserveFaults(t *testing.T) {
	tests := []struct {
		name   string
		edit   func(*world)
		class  sidecar.Class
		reason string
	}{
		{"wrong password", func(w *world) { w.workspace.Login.Password = "wrong" }, sidecar.AuthFailed, sidecar.ReasonWrongPassword},
		{"unknown account", func(w *world) { w.workspace.Login.Email = "nobody@example.com" }, sidecar.AuthFailed, sidecar.ReasonWrongPassword},
		{"one-time code", func(w *world) {
			w.AddAccount(claysim.Account{Email: claysim.SampleEmail, Name: "Clay Operator", SignIn: claysim.SignInCode})
		}, sidecar.HumanNeeded, sidecar.ReasonCodeNeeded},
		{"identity provider", func(w *world) {
			w.AddAccount(claysim.Account{Email: claysim.SampleEmail, Name: "Clay Operator", SignIn: claysim.SignInSSO})
		}, sidecar.HumanNeeded, sidecar.ReasonUnsupportedLogin},
		{"security check", func(w *world) { w.Inject(claysim.Fault{Kind: claysim.FaultSecurityCheck}) },
			sidecar.HumanNeeded, sidecar.ReasonSecurityCheck},
		{"no access", func(w *world) { w.workspace.ID = "5310" }, sidecar.AuthFailed, sidecar.ReasonWrongWorkspace},
		{"no such workspace", func(w *world) { w.workspace.ID = "999999" }, sidecar.AuthFailed, sidecar.ReasonWrongWorkspace},
		{"id is no number", func(w *world) { w.workspace.ID = "4821/../5310" }, sidecar.InvalidInput, sidecar.ReasonWrongWorkspace},
		{"not an admin", func(w *world) { w.workspace.Login.Email = "theo@example.com" }, sidecar.AuthFailed, sidecar.ReasonNotAdmin},
		{"account without a workspace", func(w *world) { w.workspace.Login.Email = "stray@example.com" },
			sidecar.AuthFailed, sidecar.ReasonWrongWorkspace},
		{"rate limit on documents", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultStatus, Route: "/workspaces/**", Status: 429, RetryAfter: 7 * time.Second})
		}, sidecar.RateLimited, sidecar.ReasonRateLimited},
		{"rate limit on the list", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultStatus, Route: "GET /v3/workspaces/*/users", Status: 429, RetryAfter: 7 * time.Second})
		}, sidecar.RateLimited, sidecar.ReasonRateLimited},
		{"server error on documents", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultStatus, Route: "/workspaces/**", Status: 502})
		}, sidecar.Unavailable, sidecar.ReasonClayError},
		{"server error on the list", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultStatus, Route: "GET /v3/workspaces/*/permissions", Status: 500})
		}, sidecar.Unavailable, sidecar.ReasonClayError},
		{"no answer", func(w *world) { w.Inject(claysim.Fault{Kind: claysim.FaultLostRequest, Route: "/workspaces/**"}) },
			sidecar.Unavailable, sidecar.ReasonClayUnreachable},
		{"rate limit on the log-in", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultStatus, Route: "POST /v3/auth/password", Status: 429, RetryAfter: 7 * time.Second})
		}, sidecar.RateLimited, sidecar.ReasonRateLimited},
		{"nobody there", func(w *world) { w.workspace.AppURL = "http://app.clay.localhost:9" },
			sidecar.Unavailable, sidecar.ReasonClayUnreachable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			test.edit(w)
			_, err := w.observe()
			w.picture(err)
			wantFault(t, err, test.class, test.reason)
			fault := sidecar.AsFault(err)
			t.Log(fault.Message)
			if fault.Class == sidecar.RateLimited && fault.After != 7*time.Second {
				t.Errorf("after %s", fault.After)
			}
			if (fault.Class == sidecar.HumanNeeded || fault.Class == sidecar.AuthFailed) && fault.Evidence == nil {
				t.Error("there is no evidence")
			}
			if calls := w.Counters().API["POST /v3/auth/password"]; calls > 1 {
				t.Errorf("the password was given %d times", calls)
			}
			if len(w.Journal()) > 0 && w.Journal()[len(w.Journal())-1].Verb == claysim.VerbPassSecurityCheck {
				t.Error("the security check was passed")
			}
		})
	}
}

func TestOnboardingTrapIsLeft(t *testing.T) {
	w := newWorld(t, nil)
	w.Inject(claysim.Fault{Kind: claysim.FaultOnboarding})
	compareMembers(t, w.mustObserve().Inventory.Members, sampleMembers())
}

func TestOverlaysAreSentAway(t *testing.T) {
	for _, overlay := range []string{"tour", "cookies", "survey"} {
		t.Run(overlay, func(t *testing.T) {
			w := newWorld(t, nil)
			w.Inject(claysim.Fault{Kind: claysim.FaultOverlay, Text: overlay})
			outcomes, _, err := w.apply(
				seat.Change{Verb: seat.Remove, Email: "theo@example.com"},
				seat.Change{Verb: seat.SetRole, Email: "ines@example.com", Role: seat.RoleViewer},
				seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor},
			)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Applied", "Applied", "Applied")
		})
	}
}

func TestSessionSurvivesTheProcess(t *testing.T) {
	w := newWorld(t, nil)
	first := w.mustObserve()
	cold := newColdBackend(t)
	w.workspace.Session = first.Session
	observation, err := cold.Observe(t.Context(), w.workspace)
	if err != nil {
		t.Fatal(err)
	}
	if observation.SignedIn || observation.Usage.PageLoads != 1 {
		t.Errorf("signed in %v with %d page loads", observation.SignedIn, observation.Usage.PageLoads)
	}
	compareMembers(t, observation.Inventory.Members, sampleMembers())
}

func TestExpiredSessionSignsInAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.mustObserve()
	w.EndSessions()
	second := w.mustObserve()
	if !second.SignedIn {
		t.Error("it did not sign in")
	}
	compareMembers(t, second.Inventory.Members, sampleMembers())
}

func TestDamagedSessionCostsALogIn(t *testing.T) {
	for _, session := range []string{"not json", `{"version":99}`, `{"version":1,"app":"x","account":"y","storage":{}}`} {
		w := newWorld(t, nil)
		w.workspace.Session = []byte(session)
		if !w.mustObserve().SignedIn {
			t.Error("it did not sign in")
		}
	}
}

func TestReaders(t *testing.T) {
	tests := []struct {
		name     string
		fault    claysim.Fault
		source   seat.Source
		complete bool
		count    int
	}{
		{"renamed fields", claysim.Fault{Kind: claysim.FaultRenamedFields}, seat.SourcePage, true, 10},
		{"moved paths", claysim.Fault{Kind: claysim.FaultMovedPaths}, seat.SourcePage, true, 10},
		{"partial list", claysim.Fault{Kind: claysim.FaultPartialList, Keep: 4}, seat.SourceTraffic, false, 4},
		{"partial users", claysim.Fault{Kind: claysim.FaultPartialList, Keep: 4, Route: "GET /v3/workspaces/*/users"}, seat.SourcePage, true, 10},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.Inject(test.fault)
			inventory := w.mustObserve().Inventory
			if inventory.Source != test.source || inventory.Complete != test.complete || len(inventory.Members) != test.count {
				t.Errorf("source %s, complete %v, %d members", inventory.Source, inventory.Complete, len(inventory.Members))
			}
			if test.complete {
				compareMembers(t, inventory.Members, sampleMembers())
			}
		})
	}
}

// The traffic names the role of an invitation by a number, and nobody else has that role: the page tells its name.
func TestRoleThatNobodyHasYet(t *testing.T) {
	w := newWorld(t, func(o *claysim.Options) {
		o.Seed.Workspaces[0].Members = o.Seed.Workspaces[0].Members[:3]
	})
	inventory := w.mustObserve().Inventory
	felix, _ := inventory.Find("felix@example.com")
	if felix.Role != seat.RoleViewer || inventory.Source != seat.SourceTraffic || !inventory.Complete {
		t.Errorf("role %q, source %s, complete %v", felix.Role, inventory.Source, inventory.Complete)
	}
}

func TestNothingIsWrittenOnAPartialList(t *testing.T) {
	w := newWorld(t, nil)
	w.Inject(claysim.Fault{Kind: claysim.FaultPartialList, Keep: 4})
	outcomes, _, err := w.apply(
		seat.Change{Verb: seat.Remove, Email: "theo@example.com"},
		seat.Change{Verb: seat.Invite, Email: "hana@example.com", Role: seat.RoleEditor},
	)
	wantFault(t, err, sidecar.Unavailable, sidecar.ReasonIncompleteList)
	wantResults(t, outcomes, "Failed Unavailable IncompleteList", "Failed Unavailable IncompleteList")
	if len(w.Journal()) > 0 {
		t.Errorf("written: %v", w.Journal())
	}
}

func TestBothReadersAgreeOnALongList(t *testing.T) {
	const people = 2000
	w := newWorld(t, func(o *claysim.Options) {
		for i := range people {
			address := fmt.Sprintf("p%04d@example.com", i)
			if i%5 == 0 {
				o.Seed.Workspaces[0].Invitations = append(o.Seed.Workspaces[0].Invitations, claysim.PendingSeat{Email: address, Role: claysim.RoleViewer})
				continue
			}
			o.Seed.Workspaces[0].Members = append(o.Seed.Workspaces[0].Members, claysim.Seat{Email: address, Role: claysim.RoleEditor})
		}
	})
	traffic := w.mustObserve().Inventory
	w.Inject(claysim.Fault{Kind: claysim.FaultRenamedFields})
	page := w.mustObserve().Inventory
	if traffic.Source != seat.SourceTraffic || page.Source != seat.SourcePage || !traffic.Complete || !page.Complete {
		t.Errorf("sources %s and %s, complete %v and %v", traffic.Source, page.Source, traffic.Complete, page.Complete)
	}
	compareMembers(t, page.Members, traffic.Members)
	if len(page.Members) != people+10 {
		t.Errorf("%d members", len(page.Members))
	}
	w.ClearFaults()
	outcomes, _, err := w.apply(
		seat.Change{Verb: seat.Remove, Email: "p1999@example.com"},
		seat.Change{Verb: seat.Remove, Email: "p0001@example.com"},
	)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Applied", "Applied")
}
