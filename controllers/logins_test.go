package controllers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// loginsAgo makes the log-ins of so long ago.
func loginsAgo(ago ...time.Duration) []metav1.Time {
	var logins []metav1.Time
	for _, each := range ago {
		logins = append(logins, metav1.NewTime(testTime.Add(-each)))
	}
	return logins
}

func TestKeepRecentLogins(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		logins, want []metav1.Time
	}{
		{"none", nil, nil},
		{"an hour ago", loginsAgo(time.Hour), loginsAgo(time.Hour)},
		{"more than an hour ago", loginsAgo(loginWindow, time.Minute), loginsAgo(time.Minute)},
		{"of a clock that was ahead", loginsAgo(time.Minute, -1000*time.Hour), loginsAgo(time.Minute, 0)},
		{"more than the status holds", loginsAgo(make([]time.Duration, maxLogins+5)...), loginsAgo(make([]time.Duration, maxLogins)...)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, keepRecentLogins(test.logins, testTime)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBudgetOpens(t *testing.T) {
	t.Parallel()
	never := time.Time{}
	often := loginsAgo(make([]time.Duration, maxLogins)...)
	for _, test := range []struct {
		name    string
		logins  []metav1.Time
		budget  int
		rotated time.Time
		want    time.Time
	}{
		{"none", nil, 1, never, never},
		{"one left", loginsAgo(30*time.Minute, 10*time.Minute), 3, never, never},
		{
			"used up", loginsAgo(50*time.Minute, 30*time.Minute, 10*time.Minute), 3, never,
			testTime.Add(-50 * time.Minute).Add(loginWindow),
		},
		{
			"a smaller budget than before", loginsAgo(50*time.Minute, 30*time.Minute, 10*time.Minute), 1, never,
			testTime.Add(-10 * time.Minute).Add(loginWindow),
		},
		{"the oldest is over", loginsAgo(loginWindow, 30*time.Minute, 10*time.Minute), 3, never, never},
		{"other credentials since", loginsAgo(30*time.Minute, 20*time.Minute, 10*time.Minute), 3, testTime.Add(-5 * time.Minute), never},
		{
			"used up since", loginsAgo(30*time.Minute, 10*time.Minute), 1, testTime.Add(-20 * time.Minute),
			testTime.Add(-10 * time.Minute).Add(loginWindow),
		},
		{"within the second of other credentials", loginsAgo(0), 1, testTime.Add(time.Millisecond), testTime.Add(loginWindow)},
		{"credentials that change all the time", often, 1, testTime.Add(time.Minute), testTime.Add(loginWindow)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := budgetOpens(test.logins, test.budget, test.rotated, testTime); !got.Equal(test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// lost is the fault of a call whose answer is lost, after a log-in that nobody knows the end of.
func lost() error {
	fault := sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonBrowserUnavailable, "The connection broke.")
	fault.Unanswered = true
	return fault
}

// loseLogins has the answer to every call be lost that signs in.
func (c *clay) loseLogins() {
	c.script(func(c *clay) {
		c.afterLogin = func() (sidecar.Observation, error) { return sidecar.Observation{}, lost() }
	})
}

// TestBudgetSurvivesRestarts has an operator that is started over and over, and whose log-ins never come to an end.
func TestBudgetSurvivesRestarts(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	h.clay.loseLogins()
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Login.MaxPerHour = new(int32(2)) })
	h.create(workspace)
	for reads := range 2 {
		h.start()
		h.clay.await("a log-in", func(c *clay) bool { return c.observed == reads+1 })
		workspace = awaitStanding(h, workspace, isWaiting(sidecar.ReasonBrowserUnavailable))
		h.stop()
	}
	h.start()
	workspace = awaitStanding(h, workspace, isWaiting(clayv1alpha1.ReasonLoginBudget))
	message := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionReady).Message
	for _, part := range []string{
		"2 times", "spec.login.maxPerHour allows 2", "clay-operator login --namespace " + h.namespace + " --workspace " + workspaceName,
	} {
		if !strings.Contains(message, part) {
			t.Errorf("the message %q does not say %q", message, part)
		}
	}
	h.restart()
	h.poke()
	h.checkLogins(2)
	if logins := workspace.Status.Logins; len(logins) != 2 {
		t.Errorf("status.logins is %v", logins)
	}
	h.clock.advance(loginWindow)
	h.poke()
	awaitStanding(h, workspace, isWaiting(sidecar.ReasonBrowserUnavailable))
	h.checkLogins(3)
}

// TestEndedSessionDoesNotPassTheBudget has a session end, and each log-in after it lose its answer, over several passes and restarts.
func TestEndedSessionDoesNotPassTheBudget(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t))
	workspace := h.workspace()
	h.create(workspace)
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	h.clock.advance(loginWindow)
	h.clay.expire()
	h.clay.loseLogins()
	for range 3 {
		h.poke()
		h.restart()
	}
	h.poke()
	awaitStanding(h, workspace, isWaiting(clayv1alpha1.ReasonLoginBudget))
	h.checkLogins(1 + clayv1alpha1.DefaultLoginsPerHour)
}

// TestOutageAtTheLoginUsesUpNothing has the log-in come to nothing many times before anything was typed.
func TestOutageAtTheLoginUsesUpNothing(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{sidecar.ReasonClayUnreachable, sidecar.ReasonMailboxFailed} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			world := newClay(t)
			world.onObserve = func(int, *seat.Inventory) error {
				return sidecar.Faultf(sidecar.Unavailable, reason, "Nobody answers.")
			}
			h := newHarness(t, world)
			workspace := h.workspace()
			h.create(workspace)
			awaitStanding(h, workspace, isWaiting(reason))
			for range 2 * clayv1alpha1.DefaultLoginsPerHour {
				workspace = h.poke()
				if ready := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionReady); ready.Reason != reason || len(workspace.Status.Logins) > 0 {
					t.Fatalf("Ready says %s, and status.logins is %v", ready.Reason, workspace.Status.Logins)
				}
			}
			world.script(func(c *clay) { c.onObserve = nil })
			h.poke()
			awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
		})
	}
}

// TestLoginThatCountedIsNotRepeatedAtOnce looks at the pause after a hiccup in the middle of a log-in.
func TestLoginThatCountedIsNotRepeatedAtOnce(t *testing.T) {
	t.Parallel()
	for counted, least := range map[bool]time.Duration{true: loginRetry, false: firstBackoff} {
		r := &ClayWorkspaceReconciler{timing: timing{now: func() time.Time { return testTime }}.withDefaults(), backoff: newLimiter()}
		workspace := &clayv1alpha1.ClayWorkspace{}
		p := &pass{ClayWorkspaceReconciler: r, workspace: workspace, memory: newMemory(workspace), counted: counted}
		trouble := p.timeRetry(fromFault(sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayError, "Clay answered with status 500.")))
		if result := p.schedule(trouble); result.RequeueAfter != least {
			t.Errorf("counted %v: the next pass is in %s, want %s", counted, result.RequeueAfter, least)
		}
		limited := p.timeRetry(fromFault(&sidecar.Fault{Class: sidecar.RateLimited, Reason: sidecar.ReasonRateLimited, After: time.Second}))
		if result := p.schedule(limited); result.RequeueAfter < least {
			t.Errorf("counted %v: the next pass after a rate limit is in %s, want %s at least", counted, result.RequeueAfter, least)
		}
	}
}

// TestWorkspacesShareTheBudgetOfTheirAccount has two workspaces sign in with one Secret.
func TestWorkspacesShareTheBudgetOfTheirAccount(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t))
	once := func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Login.MaxPerHour = new(int32(1)) }
	first, second := h.workspace(once), h.workspace(once, another)
	h.create(first)
	awaitStanding(h, first, isSettled(clayv1alpha1.ReasonSucceeded))
	h.create(second)
	awaitStanding(h, second, isWaiting(clayv1alpha1.ReasonLoginBudget))
	h.checkLogins(1)
}

// another makes a workspace one beside that of the harness.
func another(w *clayv1alpha1.ClayWorkspace) { w.Name, w.Spec.WorkspaceID = "other", "67890" }

func TestBudgetThatIsUsedUp(t *testing.T) {
	t.Parallel()
	const byHand = testSession + "by-hand"
	for _, test := range []struct {
		name   string
		mend   func(h *harness, workspace *clayv1alpha1.ClayWorkspace)
		logins int
	}{
		{"an hour", func(h *harness, _ *clayv1alpha1.ClayWorkspace) {
			h.clock.advance(loginWindow)
			h.poke()
		}, 2},
		{"other credentials", func(h *harness, _ *clayv1alpha1.ClayWorkspace) {
			h.changeSecret(func(data map[string][]byte) { data[secretKeyOTPSecret] = []byte("JBSWY3DPEHPK3PXP") })
		}, 2},
		{"a larger budget", func(h *harness, workspace *clayv1alpha1.ClayWorkspace) {
			update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Login.MaxPerHour = new(int32(2)) })
		}, 2},
		{"a person who signs in", func(h *harness, workspace *clayv1alpha1.ClayWorkspace) {
			h.upload(workspace, byHand)
		}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, newClay(t))
			workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Login.MaxPerHour = new(int32(1)) })
			h.create(workspace)
			awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
			h.clay.expire()
			h.poke()
			waiting := awaitStanding(h, workspace, isWaiting(clayv1alpha1.ReasonLoginBudget))
			if session := conditionOf(waiting.Status.Conditions, clayv1alpha1.ConditionSessionReady); session.Status != metav1.ConditionFalse {
				t.Errorf("SessionReady is %v", session)
			}
			// A ClayUser that changes is not worth a log-in.
			jo := h.user("jo")
			h.create(jo)
			awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
			h.checkLogins(1)
			// So that the second in which the operator signed in is over.
			h.clock.advance(time.Minute)
			h.get(workspace)
			test.mend(h, workspace)
			awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
			h.checkLogins(test.logins)
		})
	}
}

func TestWaitForTheBudget(t *testing.T) {
	t.Parallel()
	workspace := &clayv1alpha1.ClayWorkspace{Status: clayv1alpha1.ClayWorkspaceStatus{
		Logins: loginsAgo(50*time.Minute, 20*time.Minute, 10*time.Minute),
	}}
	r := &ClayWorkspaceReconciler{timing: timing{now: func() time.Time { return testTime }}.withDefaults()}
	p := &pass{ClayWorkspaceReconciler: r, workspace: workspace, memory: newMemory(workspace)}
	trouble := p.overBudget()
	least := 10*time.Minute + time.Second
	result := p.schedule(trouble)
	if most := least + least/10; result.RequeueAfter < least || result.RequeueAfter > most {
		t.Errorf("the next pass is in %s, want %s to %s", result.RequeueAfter, least, most)
	}
	if !p.memory.hold.stands("", testTime.Add(least-time.Second)) || p.memory.hold.stands("other", testTime) {
		t.Error("the workspace is not held for that time, or holds against something new")
	}
}

// TestLoginIsCountedBeforeItIsMade looks at the API server when the browser is called.
func TestLoginIsCountedBeforeItIsMade(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	h := newHarness(t, world)
	world.script(func(c *clay) {
		c.onObserve = func(int, *seat.Inventory) error {
			workspace := h.workspace()
			if err := h.client.Get(t.Context(), clientKey(workspace), workspace); err != nil {
				return err
			}
			if len(workspace.Status.Logins) != 1 {
				t.Errorf("status.logins is %v", workspace.Status.Logins)
			}
			return nil
		}
	})
	h.create(h.workspace())
	awaitStanding(h, h.workspace(), isSettled(clayv1alpha1.ReasonSucceeded))
}

// TestNoLoginWithoutCounting has the API server refuse to take the announcement.
func TestNoLoginWithoutCounting(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	h := newIdleHarness(t, world)
	refused := make(chan struct{}, 1)
	h.intercept(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		if strings.HasSuffix(request.URL.Path, "/clayworkspaces/"+workspaceName+"/status") {
			select {
			case refused <- struct{}{}:
			default:
			}
			return nil, errCut
		}
		return next.RoundTrip(request)
	})
	h.start()
	workspace := h.workspace()
	h.create(workspace)
	<-refused
	if reads := world.reads(); reads != 0 {
		t.Errorf("Clay was asked %d times", reads)
	}
	h.intercept(nil)
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	h.checkLogins(1)
}

// TestWhatCountsAsALogin ends the first call in different ways, and looks at what is left in the status.
func TestWhatCountsAsALogin(t *testing.T) {
	t.Parallel()
	unanswered := sidecar.AsFault(lost())
	for _, test := range []struct {
		name  string
		fault *sidecar.Fault
		want  int
	}{
		{"an outage", sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayUnreachable, "Clay does not answer."), 0},
		{"no browser", sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonBrowserUnavailable, "There is none."), 0},
		{"a call whose answer is lost", unanswered, 1},
		{"a code", sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonCodeNeeded, "Clay asks for a code."), 1},
		{"a locked account", sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonAccountLocked, "The account is locked."), 1},
		{"an account that is no admin", sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonNotAdmin, "Not an admin."), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			world := newClay(t)
			world.onObserve = func(int, *seat.Inventory) error { return test.fault }
			h := newHarness(t, world)
			workspace := h.workspace()
			h.create(workspace)
			workspace = await(h, workspace, test.fault.Reason, func(w *clayv1alpha1.ClayWorkspace) bool {
				ready := conditionOf(w.Status.Conditions, clayv1alpha1.ConditionReady)
				return ready != nil && ready.Reason == test.fault.Reason
			})
			if logins := workspace.Status.Logins; len(logins) != test.want {
				t.Errorf("status.logins is %v, want %d", logins, test.want)
			}
		})
	}
}

// TestLoginInTheMiddleOfAPassCounts has the session expire between the reading and the writing.
func TestLoginInTheMiddleOfAPassCounts(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	world.signsInToApply = true
	h := newHarness(t, world)
	workspace, jo := h.workspace(), h.user("jo")
	h.create(workspace, jo)
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
	await(h, workspace, "both log-ins", func(w *clayv1alpha1.ClayWorkspace) bool { return len(w.Status.Logins) == 2 })
	await(h, workspace, "the end of the pass", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Seats.Managed == 1 })
	if got := string(h.sessionSecret().Data[sessionKeySession]); got != testSession+"apply" {
		t.Errorf("the Secret holds %q", got)
	}
}

// TestNoLoginTravels looks at what the browser is told: no call with a session may sign in, and none without one that has no log-in left.
func TestNoLoginTravels(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	h := newHarness(t, world)
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Login.MaxPerHour = new(int32(1)) })
	h.create(workspace)
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	h.poke()
	world.expire()
	h.poke()
	h.clock.advance(loginWindow)
	h.poke()
	world.read(func(c *clay) {
		if diff := cmp.Diff([]bool{false, true, true, false}, c.noLogins); diff != "" {
			t.Errorf("NoLogin of each call (-want +got):\n%s", diff)
		}
	})
}
