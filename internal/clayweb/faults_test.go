package clayweb

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/seatwright/clay-operator/internal/browser"
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
	t.Parallel()
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
		{"perhaps not an admin", func(w *world) { w.workspace.Login.Email = "theo@example.com" }, sidecar.Drift, sidecar.ReasonTeamPageNotFound},
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
		{"the password's request is lost", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultLostRequest, Route: "POST /v3/auth/password"})
		}, sidecar.Unavailable, sidecar.ReasonClayUnreachable},
		{"server error at the password", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultStatus, Route: "POST /v3/auth/password", Status: 503})
		}, sidecar.Unavailable, sidecar.ReasonClayError},
		{"the log-in does not answer", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultLatency, Route: "POST /v3/auth/start", Delay: time.Hour})
		}, sidecar.Unavailable, sidecar.ReasonTimeout},
		{"the list does not answer", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultLatency, Route: "GET /v3/workspaces/*/permissions", Delay: time.Hour})
		}, sidecar.Unavailable, sidecar.ReasonTimeout},
		{"the app does not answer", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultLatency, Route: "GET /v3/workspaces/*", Delay: time.Hour})
		}, sidecar.Unavailable, sidecar.ReasonTimeout},
		{"an empty answer for a page", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultNoContent, Route: "/workspaces/**"})
		}, sidecar.Unavailable, sidecar.ReasonClayError},
		{"a file for a page", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultDownload, Route: "/workspaces/**"})
		}, sidecar.Unavailable, sidecar.ReasonClayError},
		{"a page for the list", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultWrongType, Route: "GET /v3/workspaces/*/permissions"})
		}, sidecar.Unavailable, sidecar.ReasonClayError},
		{"half of the list", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultTruncated, Route: "GET /v3/workspaces/*/users"})
		}, sidecar.Unavailable, sidecar.ReasonClayError},
		{"no document for the workspace", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultStatus, Route: "/workspaces/**", Status: 404})
		}, sidecar.AuthFailed, sidecar.ReasonWrongWorkspace},
		{"a workspace that is gone", func(w *world) {
			w.Inject(claysim.Fault{Kind: claysim.FaultWorkspaceGone})
		}, sidecar.AuthFailed, sidecar.ReasonWrongWorkspace},
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

// An account that lost its rights is told from a page that changed by what Clay shows at the address that the Team page had.
func TestAnAccountThatIsNoAdminAnyMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.mustObserve()
	self, _ := w.Workspace(claysim.SampleWorkspace).Member(claysim.SampleEmail)
	path := fmt.Sprintf("%s/v3/workspaces/%d/users/%d", w.APIURL(), claysim.SampleWorkspace, self.UserID)
	script := fmt.Sprintf(`() => fetch(%q, {method: 'PATCH', credentials: 'include',
		headers: {'Content-Type': 'application/json'}, body: JSON.stringify({roleId: %d})})`, path, claysim.RoleEditor.ID())
	v, err := w.backend.enter(t.Context(), w.workspace)
	if err != nil {
		t.Fatal(err)
	}
	(&work{visit: v}).onPage(t, script)
	v.leave()
	for range 2 { // it stays what it is
		_, err := w.observe()
		wantFault(t, err, sidecar.AuthFailed, sidecar.ReasonNotAdmin)
	}
}

func TestOnboardingTrapIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.Inject(claysim.Fault{Kind: claysim.FaultOnboarding})
	compareMembers(t, w.mustObserve().Inventory.Members, sampleMembers())
}

func TestOverlaysAreSentAway(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
	for _, session := range []string{"not json", `{"version":99}`, `{"version":1,"app":"x","account":"y","storage":{}}`} {
		w := newWorld(t, nil)
		w.workspace.Session = []byte(session)
		if !w.mustObserve().SignedIn {
			t.Error("it did not sign in")
		}
	}
}

func TestReaders(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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

// The page complains where its request got no answer, and where somebody said no. Only the traffic tells which.
func TestWhatWasTypedReachedNobody(t *testing.T) {
	t.Parallel()
	const clay, other = "api.clay.com", "telemetry.example.com"
	no := browser.Hint{Method: http.MethodPost, Host: clay, Status: http.StatusUnauthorized}
	lost := browser.Hint{Method: http.MethodPost, Host: clay, Failure: "net::ERR_CONNECTION_RESET"}
	busy := browser.Hint{Method: http.MethodPost, Host: clay, Status: http.StatusTooManyRequests}
	broken := browser.Hint{Method: http.MethodPost, Host: clay, Status: http.StatusBadGateway}
	elsewhere := browser.Hint{Method: http.MethodPost, Host: other, Failure: "net::ERR_CONNECTION_RESET"}
	tests := []struct {
		name   string
		hints  []browser.Hint
		reason string
	}{
		{"nothing failed", nil, sidecar.ReasonWrongPassword},
		{"a no", []browser.Hint{no}, sidecar.ReasonWrongPassword},
		{"no answer", []browser.Hint{lost}, sidecar.ReasonClayUnreachable},
		{"a pause", []browser.Hint{busy}, sidecar.ReasonRateLimited},
		{"an error", []browser.Hint{broken}, sidecar.ReasonClayError},
		{"a no, and something else that failed", []browser.Hint{no, lost, broken}, sidecar.ReasonWrongPassword},
		{"the same the other way round", []browser.Hint{busy, lost, no}, sidecar.ReasonWrongPassword},
		{"somebody else's trouble", []browser.Hint{elsewhere}, sidecar.ReasonWrongPassword},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := &visit{book: builtIn(t), workspace: sidecar.Workspace{AppURL: "https://app.clay.com"}}
			l := &logIn{visit: v, last: &view{part: partPassword}, refused: test.hints}
			if got := sidecar.AsFault(l.refusal(view{site: &claySite, part: partPassword, alert: "Something went wrong"})); got.Reason != test.reason {
				t.Errorf("%v, want %s", got, test.reason)
			}
		})
	}
}

// A click that the page swallows, and a dialog that it closes by itself, before anything was given to Clay.
func TestOpeningIsTriedOnceMore(t *testing.T) {
	t.Parallel()
	changes := []seat.Change{
		{Verb: seat.Remove, Email: "theo@example.com"},
		{Verb: seat.SetRole, Email: "ines@example.com", Role: seat.RoleViewer},
		{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor},
	}
	for name, fault := range map[string]claysim.Fault{
		"the click that invites":      {Kind: claysim.FaultSwallowedClick, Label: claysim.LabelInvite, Times: 1},
		"the click that opens a menu": {Kind: claysim.FaultSwallowedClick, Label: claysim.LabelMore, Times: 1},
		"the dialog closes at once":   {Kind: claysim.FaultDialogCloses, Text: "invite", Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			id := w.Inject(fault)
			outcomes, _, err := w.apply(changes...)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Applied", "Applied", "Applied")
			if w.mails()["ada@example.com"] != 1 {
				t.Errorf("%d e-mails", w.mails()["ada@example.com"])
			}
			if happened := w.Faults()[0]; happened.ID != id || happened.Happened != 1 {
				t.Errorf("the fault happened %d times", happened.Happened)
			}
		})
	}
}

// closeWhileTyping closes the dialog at the first text that is typed into it.
const closeWhileTyping = `addEventListener('input', (event) => {
	if (!event.target.closest('[role="dialog"]') || sessionStorage.getItem('closed')) return;
	sessionStorage.setItem('closed', 'yes');
	document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}));
}, true)`

func TestDialogThatClosesWhileItIsFilledIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.addScript(closeWhileTyping)
	outcomes, _, err := w.apply(
		seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor},
		seat.Change{Verb: seat.Invite, Email: "bo@example.com", Role: seat.RoleEditor},
	)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Applied", "Applied")
	if mails, dialogs := w.mails(), w.Counters().Dialogs; mails["ada@example.com"] != 1 || mails["bo@example.com"] != 1 || dialogs["invite"] != 2 {
		t.Errorf("e-mails %v, dialogs %v", mails, dialogs)
	}
}

// Where the click may have had an effect there is no second one.
func TestOpeningIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]claysim.Fault{
		"a question of the browser's": {Kind: claysim.FaultNativeDialog, Text: "confirm", Label: claysim.LabelInvite},
		"a click that never works":    {Kind: claysim.FaultSwallowedClick, Label: claysim.LabelInvite},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.Inject(fault)
			_, _, err := w.apply(seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor})
			wantFault(t, err, sidecar.Drift, sidecar.ReasonPageChanged)
			most := 1
			if fault.Kind == claysim.FaultSwallowedClick {
				most = 2
			}
			if happened := w.Faults()[0].Happened; happened != most || len(w.Journal()) > 0 {
				t.Errorf("clicked %d times, want %d; written %v", happened, most, w.Journal())
			}
		})
	}
}
