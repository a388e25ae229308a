package controllers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

func TestSecretIsNamedAndWakesTheWorkspace(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		data   map[string][]byte
		reason string
		names  string
	}{
		{"no Secret", nil, clayv1alpha1.ReasonSecretNotFound, secretName},
		{"no key", map[string][]byte{secretKeyPassword: []byte(testPassword)}, clayv1alpha1.ReasonSecretInvalid, `"email"`},
		{
			"empty key", map[string][]byte{secretKeyEmail: {}, secretKeyPassword: []byte(testPassword)},
			clayv1alpha1.ReasonSecretInvalid, `"email"`,
		},
		{
			"nothing to sign in with", map[string][]byte{secretKeyEmail: []byte(operatorAccount)},
			sidecar.ReasonLoginNeeded, "clay-operator login --namespace",
		},
		{
			"keys exchanged", map[string][]byte{secretKeyEmail: []byte(testPassword), secretKeyPassword: []byte(operatorAccount)},
			clayv1alpha1.ReasonSecretInvalid, `"email"`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newIdleHarness(t, newClay(t))
			secret := h.secret()
			h.delete(secret)
			if test.data != nil {
				broken := h.secret()
				broken.Data = test.data
				h.create(broken)
			}
			h.start()
			workspace, jo := h.workspace(), h.user("jo")
			h.create(workspace, jo)
			workspace = awaitStanding(h, workspace, isStalled(test.reason))
			ready := workspace.Status.Conditions[1]
			if !strings.Contains(ready.Message, test.names) {
				t.Errorf("message %q does not name %s", ready.Message, test.names)
			}
			awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
			if test.data != nil {
				h.delete(h.secret())
			}
			h.create(h.secret())
			awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
			awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
		})
	}
}

func TestWrongPasswordIsNotTriedAgainUntilItChanges(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	secret := h.secret()
	h.get(secret)
	secret.Data[secretKeyPassword] = []byte("wrong")
	if err := h.client.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	h.start()
	workspace, jo := h.workspace(), h.user("jo")
	h.create(workspace, jo)
	workspace = awaitStanding(h, workspace, isStalled(sidecar.ReasonWrongPassword))
	if session := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionSessionReady); session.Status != metav1.ConditionFalse {
		t.Errorf("SessionReady is %q", session.Status)
	}
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
	// A ClayUser more wakes the workspace. It gets an answer without another log-in.
	kim := h.user("kim")
	h.create(kim)
	awaitStanding(h, kim, isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
	h.clay.read(func(c *clay) {
		if c.observed != 1 {
			t.Errorf("log-ins with a wrong password: %d, want 1", c.observed)
		}
	})
	secret.Data[secretKeyPassword] = []byte(testPassword)
	if err := h.client.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	workspace = awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	if session := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionSessionReady); session.Status != metav1.ConditionTrue {
		t.Errorf("SessionReady is %q", session.Status)
	}
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
}

func TestFaultsOfReading(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		class  sidecar.Class
		reason string
		want   status.Standing
		// wait is how long only time helps; zero where a request is answered with another attempt.
		wait time.Duration
	}{
		{sidecar.InvalidInput, sidecar.ReasonWrongWorkspace, isStalled(sidecar.ReasonWrongWorkspace), 0},
		{sidecar.Refused, sidecar.ReasonNotAdmin, isStalled(sidecar.ReasonNotAdmin), 0},
		{sidecar.AuthFailed, sidecar.ReasonWrongPassword, isStalled(sidecar.ReasonWrongPassword), 0},
		{sidecar.HumanNeeded, sidecar.ReasonCodeNeeded, isStalled(sidecar.ReasonCodeNeeded), 0},
		{sidecar.Drift, sidecar.ReasonPageChanged, isStalled(sidecar.ReasonPageChanged), 0},
		{sidecar.RateLimited, sidecar.ReasonRateLimited, isWaiting(sidecar.ReasonRateLimited), time.Hour},
		{sidecar.Unavailable, sidecar.ReasonClayUnreachable, isWaiting(sidecar.ReasonClayUnreachable), 0},
		{sidecar.OutcomeUnknown, sidecar.ReasonTimeout, isWaiting(sidecar.ReasonTimeout), 0},
	} {
		t.Run(string(test.class), func(t *testing.T) {
			t.Parallel()
			world := newClay(t, active("jo@example.com", seat.RoleEditor))
			h := newHarness(t, world)
			workspace, jo := h.workspace(), h.user("jo")
			h.create(workspace, jo)
			jo = awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
			await(h, workspace, "a first pass", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.LastReadTime != nil })
			world.script(func(c *clay) {
				c.onObserve = func(int, *seat.Inventory) error {
					return &sidecar.Fault{Class: test.class, Reason: test.reason, Message: "Something happened. Do something.", After: test.wait}
				}
			})
			kim := h.user("kim")
			h.create(kim)
			awaitStanding(h, workspace, test.want)
			kim = awaitStanding(h, kim, isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
			version := jo.ResourceVersion
			h.get(jo)
			if jo.ResourceVersion != version {
				t.Errorf("the ClayUser whose wish is met was written: %s", describeObject(jo))
			}
			world.script(func(c *clay) { c.onObserve = nil })
			if test.wait > 0 {
				h.clock.advance(2 * test.wait)
			}
			h.poke()
			awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
			awaitStanding(h, kim, isWaiting(clayv1alpha1.ReasonInvitationPending))
		})
	}
}

func TestRateLimitHoldsTheWholeWorkspace(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	world.onObserve = func(call int, _ *seat.Inventory) error {
		if call == 1 {
			return &sidecar.Fault{Class: sidecar.RateLimited, Reason: sidecar.ReasonRateLimited, Message: "Clay asks for a pause.", After: time.Hour}
		}
		return nil
	}
	h := newHarness(t, world)
	workspace := h.workspace()
	h.create(workspace)
	awaitStanding(h, workspace, isWaiting(sidecar.ReasonRateLimited))
	// Neither a ClayUser nor a request makes it read earlier.
	jo := h.user("jo")
	h.create(jo)
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
	world.read(func(c *clay) {
		if c.observed != 1 {
			t.Errorf("reads within the pause: %d, want 1", c.observed)
		}
	})
	h.clock.advance(2 * time.Hour)
	h.poke()
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
}

func TestAppURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		url      string
		insecure bool
		want     string
	}{
		{"", false, "https://app.clay.com"},
		{"https://clay.example.com/", false, "https://clay.example.com"},
		{"http://127.0.0.1:8080", false, "http://127.0.0.1:8080"},
		{"http://[::1]:8080", false, "http://[::1]:8080"},
		{"http://localhost:8080", false, "http://localhost:8080"},
		{"http://clay.localhost", false, "http://clay.localhost"},
		{"http://clay.example.com", false, ""},
		{"http://localhost.example.com", false, ""},
		{"http://clay.example.com", true, "http://clay.example.com"},
		{"ftp://clay.example.com", true, ""},
		{"https://", true, ""},
	} {
		t.Run(fmt.Sprint(test.url, test.insecure), func(t *testing.T) {
			t.Parallel()
			workspace := &clayv1alpha1.ClayWorkspace{Spec: clayv1alpha1.ClayWorkspaceSpec{AppURL: test.url}}
			got, err := checkAppURL(workspace, test.insecure)
			if got != test.want || (err != nil) != (test.want == "") {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
			if err != nil && problemOf(err).standing.Reason != clayv1alpha1.ReasonInvalidSpec {
				t.Errorf("reason: %v", err)
			}
		})
	}
}

func TestRestartDuringAnOutageWritesNobodyWhoIsFine(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor))
	h := newHarness(t, world)
	workspace, jo, kim := h.workspace(), h.user("jo"), h.user("kim")
	h.create(workspace, jo, kim)
	jo = awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	awaitStanding(h, kim, isWaiting(clayv1alpha1.ReasonInvitationPending))
	world.script(func(c *clay) {
		c.onObserve = func(int, *seat.Inventory) error {
			return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayUnreachable, "Clay does not answer.")
		}
	})
	h.restart()
	awaitStanding(h, workspace, isWaiting(sidecar.ReasonClayUnreachable))
	awaitStanding(h, kim, isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
	version := jo.ResourceVersion
	h.get(jo)
	if jo.ResourceVersion != version {
		t.Errorf("written: %s", describeObject(jo))
	}
}

// A Secret that has a way in, and lacks what the next page asks for, is told which page that is.
func TestWhatALoginLacksIsNamed(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	world.onObserve = func(int, *seat.Inventory) error {
		return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonLoginNeeded, "Clay sends the account to the identity provider at login.example.net.")
	}
	h := newHarness(t, world)
	workspace := h.workspace()
	h.create(workspace)
	workspace = awaitStanding(h, workspace, isStalled(sidecar.ReasonLoginNeeded))
	ready := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionReady)
	if !strings.Contains(ready.Message, "login.example.net") {
		t.Errorf("the message does not name the provider: %s", ready.Message)
	}
}
