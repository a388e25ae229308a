package controllers

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

func TestRefusalPause(t *testing.T) {
	t.Parallel()
	for count, want := range map[int32]time.Duration{
		1: time.Hour, 2: 2 * time.Hour, 3: 4 * time.Hour, 5: 16 * time.Hour, 6: 24 * time.Hour, 1000: 24 * time.Hour,
	} {
		if got := refusalPause(count); got != want {
			t.Errorf("after %d refusals %s, want %s", count, got, want)
		}
	}
}

func TestIsRefusedLogin(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		class  sidecar.Class
		reason string
		want   bool
	}{
		{sidecar.AuthFailed, sidecar.ReasonWrongPassword, true},
		{sidecar.AuthFailed, sidecar.ReasonAccountLocked, true},
		{sidecar.HumanNeeded, sidecar.ReasonApprovalNeeded, true},
		{sidecar.HumanNeeded, sidecar.ReasonSecurityCheck, true},
		{sidecar.AuthFailed, sidecar.ReasonMailboxFailed, true},
		{sidecar.HumanNeeded, sidecar.ReasonMailboxFailed, false},
		{sidecar.Unavailable, sidecar.ReasonMailboxFailed, false},
		{sidecar.AuthFailed, sidecar.ReasonNotAdmin, false},
		{sidecar.AuthFailed, sidecar.ReasonLoginBudget, false},
		{sidecar.Unavailable, sidecar.ReasonClayError, false},
	} {
		if got := isRefusedLogin(sidecar.Faultf(test.class, test.reason, "Something happened.")); got != test.want {
			t.Errorf("%s (%s): %v", test.class, test.reason, got)
		}
	}
}

// restartAndRead starts the operator anew, and waits until it has asked the browser.
func (h *harness) restartAndRead() {
	h.t.Helper()
	reads := h.clay.reads()
	h.restart()
	h.clay.await("a call after the restart", func(c *clay) bool { return c.observed > reads })
}

// TestRefusedCredentialsAreTriedEverMoreSeldom restarts the operator again and again with a wrong password, for half a day.
func TestRefusedCredentialsAreTriedEverMoreSeldom(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	h.changeSecret(func(data map[string][]byte) { data[secretKeyPassword] = []byte("wrong") })
	workspace := h.workspace()
	h.create(workspace)
	h.start()
	awaitStanding(h, workspace, isStalled(sidecar.ReasonWrongPassword))
	logins := 1
	for _, pause := range []time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour} {
		h.checkLogins(logins)
		h.restartAndRead()
		h.clock.advance(pause - 2*time.Minute)
		h.restartAndRead()
		h.checkLogins(logins)
		workspace = awaitStanding(h, workspace, isStalled(sidecar.ReasonWrongPassword))
		ready := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionReady)
		if ready.Message != "Clay did not accept the password. Correct it in the Secret." {
			t.Errorf("the message is %q", ready.Message)
		}
		h.clock.advance(3 * time.Minute)
		h.restartAndRead()
		logins++
		await(h, workspace, "another refusal", func(w *clayv1alpha1.ClayWorkspace) bool { return int(w.Status.RefusedLogin.Count) == logins })
	}
	h.checkLogins(logins)
	// A person may ask, and may mend it.
	h.poke()
	logins++
	h.checkLogins(logins)
	h.changeSecret(func(data map[string][]byte) { data[secretKeyPassword] = []byte(testPassword) })
	workspace = awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	if workspace.Status.RefusedLogin != nil {
		t.Errorf("status.refusedLogin is %v", workspace.Status.RefusedLogin)
	}
}

// TestSecretWithTheSameCredentialsIsNoReason changes something else about the Secret, and the spec.
func TestSecretWithTheSameCredentialsIsNoReason(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	h.changeSecret(func(data map[string][]byte) { data[secretKeyPassword] = []byte("wrong") })
	workspace := h.workspace()
	h.create(workspace)
	h.start()
	awaitStanding(h, workspace, isStalled(sidecar.ReasonWrongPassword))
	secret := h.secret()
	h.get(secret)
	update(h, secret, func(secret *corev1.Secret) { metav1.SetMetaDataLabel(&secret.ObjectMeta, "team", "sales") })
	workspace = await(h, workspace, "the Secret's new version", func(w *clayv1alpha1.ClayWorkspace) bool {
		return w.Status.RefusedLogin.SecretVersion == string(secret.UID)+"/"+secret.ResourceVersion
	})
	reads := h.clay.reads()
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Interval = &metav1.Duration{Duration: time.Hour} })
	h.clay.await("a call for the new spec", func(c *clay) bool { return c.observed > reads })
	awaitStanding(h, workspace, isStalled(sidecar.ReasonWrongPassword))
	h.checkLogins(1)
}

// TestRefusalHoldsForEveryWorkspaceOfTheAccount has a second workspace sign in with the Secret that was refused.
func TestRefusalHoldsForEveryWorkspaceOfTheAccount(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	h.changeSecret(func(data map[string][]byte) { data[secretKeyPassword] = []byte("wrong") })
	h.start()
	first, second := h.workspace(), h.workspace(another)
	h.create(first)
	awaitStanding(h, first, isStalled(sidecar.ReasonWrongPassword))
	h.create(second)
	awaitStanding(h, second, isStalled(sidecar.ReasonWrongPassword))
	h.checkLogins(1)
}

// TestPassedSecurityCheckIsSeenWithoutALogin has a log-in end at a security check, which a person passes.
func TestPassedSecurityCheckIsSeenWithoutALogin(t *testing.T) {
	t.Parallel()
	const checked = testSession + "checked"
	check := func() error {
		return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonSecurityCheck, "Clay shows a security check.")
	}
	world := newClay(t)
	world.afterLogin = func() (sidecar.Observation, error) {
		return sidecar.Observation{SignedIn: true, Session: sidecar.Session(checked)}, check()
	}
	h := newHarness(t, world)
	workspace := h.workspace()
	h.create(workspace)
	awaitStanding(h, workspace, isStalled(sidecar.ReasonSecurityCheck))
	// The next look is not a log-in, and still meets the check.
	world.script(func(c *clay) { c.onObserve = func(int, *seat.Inventory) error { return check() } })
	wake := func(name string) {
		h.clock.advance(clayv1alpha1.DefaultInterval * 5 / 4)
		h.create(h.user(name))
	}
	wake("jo")
	world.await("a second look", func(c *clay) bool { return c.observed == 2 })
	awaitStanding(h, workspace, isStalled(sidecar.ReasonSecurityCheck))
	world.script(func(c *clay) { c.onObserve, c.alive[checked] = nil, true })
	wake("kim")
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	h.checkLogins(1)
	if given := h.given(); given[1] != checked || given[2] != checked {
		t.Errorf("sessions: %q", given)
	}
}
