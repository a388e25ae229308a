package controllers

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const sessionSecretName = workspaceName + "-session"

// sessionSecret reads the Secret that holds the session.
func (h *harness) sessionSecret() *corev1.Secret {
	h.t.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: sessionSecretName, Namespace: h.namespace}}
	h.get(secret)
	return secret
}

// changeSecret changes the credentials.
func (h *harness) changeSecret(change func(data map[string][]byte)) {
	h.t.Helper()
	secret := h.secret()
	h.get(secret)
	change(secret.Data)
	if err := h.client.Update(h.t.Context(), secret); err != nil {
		h.t.Fatal(err)
	}
}

// upload puts a session into the Secret, as a person who signed in by hand does, and has Clay accept it.
func (h *harness) upload(workspace *clayv1alpha1.ClayWorkspace, session string) {
	h.t.Helper()
	h.clay.script(func(c *clay) { c.alive[session] = true })
	if err := StoreSession(h.t.Context(), h.client, workspace, operatorAccount, sidecar.Session(session), h.clock.now()); err != nil {
		h.t.Fatal(err)
	}
}

// sessionWrites counts the operator's writings of Secrets.
func (h *harness) sessionWrites() int {
	count := 0
	for _, write := range h.written() {
		if strings.Contains(write, "/secrets") {
			count++
		}
	}
	return count
}

func (h *harness) checkLogins(want int) {
	h.t.Helper()
	h.clay.read(func(c *clay) {
		if c.logins != want {
			h.t.Errorf("log-ins: %d, want %d", c.logins, want)
		}
	})
}

// given returns the sessions that the browser was given.
func (h *harness) given() []string {
	var sessions []string
	h.clay.read(func(c *clay) { sessions = append(sessions, c.sessions...) })
	return sessions
}

func TestSessionSurvivesARestart(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t))
	workspace := h.workspace()
	h.create(workspace)
	workspace = awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	secret := h.sessionSecret()
	want := map[string][]byte{
		"session": []byte(sessionText(1)), "account": []byte(operatorAccount), "workspaceID": []byte(workspaceID),
	}
	if diff := cmp.Diff(want, secret.Data); diff != "" {
		t.Errorf("Secret (-want +got):\n%s", diff)
	}
	if secret.Type != "clay.seatwright.dev/session" || secret.Labels["app.kubernetes.io/managed-by"] != "clay-operator" ||
		!metav1.IsControlledBy(secret, workspace) || *secret.OwnerReferences[0].BlockOwnerDeletion {
		t.Errorf("Secret of the type %q with the labels %v, owned by %v", secret.Type, secret.Labels, secret.OwnerReferences)
	}
	if kept := workspace.Status.Session; kept == nil || kept.SecretName != sessionSecretName || kept.SavedTime.IsZero() {
		t.Errorf("status.session is %v", kept)
	}
	if logins := workspace.Status.Logins; len(logins) != 1 {
		t.Errorf("status.logins is %v", logins)
	}
	h.restart()
	h.poke()
	h.checkLogins(1)
	if given := h.given(); given[1] != sessionText(1) {
		t.Errorf("sessions: %q", given)
	}
	if after := h.sessionSecret(); after.ResourceVersion != secret.ResourceVersion {
		t.Error("a session that is a moment old was written again")
	}
}

// TestOwnWritingWakesNobody counts the reads that the Secret's news would cause.
func TestOwnWritingWakesNobody(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t))
	workspace := h.workspace()
	h.create(workspace)
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	for pass := range 3 {
		h.clay.expire()
		h.poke()
		// Each pass tries the session that ended first.
		if reads, writes := h.clay.reads(), h.sessionWrites(); reads != 1+2*(pass+1) || writes != pass+2 {
			t.Fatalf("%d reads and %d writings of the session in %d passes", reads, writes, pass+2)
		}
		// The budget of log-ins is not what this is about.
		h.clock.advance(loginWindow)
	}
}

func TestSlidingExpiryIsWrittenSeldom(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	world.makeSession = func(call int) string {
		return fmt.Sprintf(`{"cookies":[{"value":"%s","expires":%d}]}`, testSession, call)
	}
	h := newHarness(t, world)
	workspace := h.workspace()
	h.create(workspace)
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	for range 3 {
		h.clock.advance(renewAfter)
		h.poke()
	}
	if writes := h.sessionWrites(); writes != 1 {
		t.Errorf("written %d times in a few hours, want 1", writes)
	}
	h.clock.advance(prolongAfter)
	h.poke()
	if writes := h.sessionWrites(); writes != 2 {
		t.Errorf("written %d times in half a day, want 2", writes)
	}
	world.script(func(c *clay) { c.makeSession = sessionText })
	h.poke()
	h.clock.advance(renewAfter)
	h.poke()
	if writes := h.sessionWrites(); writes != 3 {
		t.Errorf("written %d times after the cookie changed, want 3", writes)
	}
}

func TestIsDue(t *testing.T) {
	t.Parallel()
	session := func(value string, expires int) sidecar.Session {
		return sidecar.Session(fmt.Sprintf(`{"storage":{"cookies":[{"expires":%d,"value":%q}]}}`, expires, value))
	}
	const age = time.Minute
	for _, test := range []struct {
		name     string
		next     sidecar.Session
		signedIn bool
		age      time.Duration
		want     bool
	}{
		{"the same", session("a", 1), false, 240 * time.Hour, false},
		{"the same after a log-in", session("a", 1), true, age, true},
		{"none", nil, true, 240 * time.Hour, false},
		{"another value", session("b", 1), false, renewAfter - time.Second, false},
		{"another value after an hour", session("b", 1), false, renewAfter, true},
		{"another end", session("a", 2), false, prolongAfter - time.Second, false},
		{"another end after hours", session("a", 2), false, prolongAfter, true},
		{"no JSON", sidecar.Session("claysession=b"), false, renewAfter, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			k := kept{}
			k.holds(session("a", 1), savedAt(testTime))
			if got := k.isDue(test.next, test.signedIn, testTime.Add(test.age)); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
	if empty := (kept{}); !empty.isDue(session("a", 1), false, testTime) {
		t.Error("a session without a copy is not written")
	}
}

func TestSessionOutlivesAnotherPassword(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	h := newHarness(t, world)
	workspace := h.workspace()
	h.create(workspace)
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	h.changeSecret(func(data map[string][]byte) { data[secretKeyPassword] = []byte("another") })
	world.await("a second read", func(c *clay) bool { return c.observed == 2 })
	h.changeSecret(func(data map[string][]byte) { data[secretKeyEmail] = []byte("other@example.com") })
	awaitStanding(h, workspace, isStalled(sidecar.ReasonWrongPassword))
	if diff := cmp.Diff([]string{"", sessionText(1), ""}, h.given()); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}
}

func TestRefusedSessionIsDropped(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	h := newHarness(t, world)
	workspace := h.workspace()
	h.create(workspace)
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	// One that merely expired is replaced.
	world.expire()
	h.poke()
	if got := string(h.sessionSecret().Data[sessionKeySession]); got != sessionText(3) {
		t.Errorf("after an expiry the Secret holds %q", got)
	}
	world.expire()
	h.clock.advance(time.Minute)
	h.changeSecret(func(data map[string][]byte) { data[secretKeyPassword] = []byte("wrong") })
	workspace = awaitStanding(h, workspace, isStalled(sidecar.ReasonWrongPassword))
	if got := h.sessionSecret().Data[sessionKeySession]; len(got) != 0 {
		t.Errorf("after a refusal the Secret holds %q", got)
	}
	if workspace.Status.Session != nil {
		t.Errorf("status.session is %v", workspace.Status.Session)
	}
	h.checkLogins(3)
	reads := world.reads()
	h.restart()
	world.await("a read after the restart", func(c *clay) bool { return c.observed > reads })
	if given := h.given(); given[len(given)-1] != "" {
		t.Errorf("sessions: %q", given)
	}
}

func TestForeignSecretIsLeftAlone(t *testing.T) {
	t.Parallel()
	owned := func(kind string, uid types.UID) []metav1.OwnerReference {
		return []metav1.OwnerReference{{
			APIVersion: clayv1alpha1.GroupVersion.String(), Kind: kind, Name: workspaceName, UID: uid, Controller: new(true),
		}}
	}
	for name, owners := range map[string][]metav1.OwnerReference{
		"of nobody": nil, "of a namesake": owned("ClayWorkspace", "another"), "of another kind": owned("ClayUser", "another"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world := newClay(t)
			h := newIdleHarness(t, world)
			foreign := &corev1.Secret{
				ObjectMeta: metav1.ObjectMeta{Name: sessionSecretName, Namespace: h.namespace, OwnerReferences: owners},
				Data: map[string][]byte{
					sessionKeySession: []byte("theirs"), sessionKeyAccount: []byte(operatorAccount), sessionKeyWorkspaceID: []byte(workspaceID),
				},
			}
			h.create(foreign)
			h.start()
			workspace := h.workspace()
			h.create(workspace)
			workspace = awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
			session := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionSessionReady)
			if session.Status != metav1.ConditionTrue || session.Reason != clayv1alpha1.ReasonSessionNotKept ||
				!strings.Contains(session.Message, sessionSecretName) {
				t.Errorf("SessionReady is %v", session)
			}
			h.awaitEvent(workspaceName, clayv1alpha1.ReasonSessionNotKept)
			h.poke()
			if after := h.sessionSecret(); after.ResourceVersion != foreign.ResourceVersion {
				t.Error("the Secret was changed")
			}
			if diff := cmp.Diff([]string{"", sessionText(1)}, h.given()); diff != "" {
				t.Errorf("sessions (-want +got):\n%s", diff)
			}
			h.delete(foreign)
			await(h, workspace, "a session that is kept", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Session != nil })
			h.checkLogins(1)
		})
	}
}

func TestSessionOfAnotherAccountIsNotUsed(t *testing.T) {
	t.Parallel()
	for name, stored := range map[string]storedSession{
		"account":   {session: sidecar.Session("theirs"), account: "other@example.com", workspaceID: workspaceID},
		"workspace": {session: sidecar.Session("theirs"), account: operatorAccount, workspaceID: "999"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world := newClay(t)
			h := newIdleHarness(t, world)
			workspace := h.workspace()
			h.create(workspace)
			secret, err := readSessionSecret(t.Context(), h.client, workspace)
			if err != nil {
				t.Fatal(err)
			}
			if err := writeSession(t.Context(), h.client, workspace, secret, stored, savedAt(h.clock.now())); err != nil {
				t.Fatal(err)
			}
			h.start()
			awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
			if given := h.given(); given[0] != "" {
				t.Errorf("sessions: %q", given)
			}
			if got := sessionIn(h.sessionSecret()); !got.fits(workspaceID, operatorAccount) {
				t.Errorf("the Secret is still of the account %q and the workspace %q", got.account, got.workspaceID)
			}
		})
	}
}

// TestUploadedSessionIsUsedAtOnce has a person sign in by hand, again and again, where the operator cannot.
func TestUploadedSessionIsUsedAtOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		data   map[string][]byte
		waits  string
		logins int
	}{
		{"nothing to sign in with", map[string][]byte{secretKeyEmail: []byte(operatorAccount)}, sidecar.ReasonLoginNeeded, 0},
		{
			"wrong password", map[string][]byte{secretKeyEmail: []byte(operatorAccount), secretKeyPassword: []byte("wrong")},
			sidecar.ReasonWrongPassword, 2,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newIdleHarness(t, newClay(t))
			h.changeSecret(func(data map[string][]byte) {
				clear(data)
				maps.Copy(data, test.data)
			})
			h.start()
			workspace := h.workspace()
			h.create(workspace)
			for _, session := range []string{testSession + "first", testSession + "second"} {
				awaitStanding(h, workspace, isStalled(test.waits))
				h.upload(workspace, session)
				awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
				if given := h.given(); given[len(given)-1] != session {
					t.Errorf("sessions: %q", given)
				}
				if session == testSession+"first" {
					h.clay.expire()
					h.poke()
				}
			}
			h.checkLogins(test.logins)
		})
	}
}

// TestUploadDuringAPassIsKept has a person sign in by hand while the operator does.
func TestUploadDuringAPassIsKept(t *testing.T) {
	t.Parallel()
	const uploaded = testSession + "by-hand"
	for _, password := range []string{testPassword, "wrong"} {
		t.Run(fmt.Sprint("signs in ", password == testPassword), func(t *testing.T) {
			t.Parallel()
			world := newClay(t)
			h := newHarness(t, world)
			workspace := h.workspace()
			h.create(workspace)
			awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
			h.changeSecret(func(data map[string][]byte) { data[secretKeyPassword] = []byte(password) })
			h.poke()
			reads := world.reads()
			world.expire()
			world.script(func(c *clay) {
				c.onObserve = func(call int, _ *seat.Inventory) error {
					if call == reads+1 {
						h.upload(workspace, uploaded)
					}
					return nil
				}
			})
			h.poke()
			world.await("the uploaded session", func(c *clay) bool { return slices.Contains(c.sessions, uploaded) })
			awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
			if got := string(h.sessionSecret().Data[sessionKeySession]); got != uploaded {
				t.Errorf("the Secret holds %q", got)
			}
		})
	}
}

// TestOperatorThatMayNotKeepTheSession has the rights of an older role.
func TestOperatorThatMayNotKeepTheSession(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	h.intercept(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		if request.Method == http.MethodPost && strings.HasSuffix(request.URL.Path, "/secrets") {
			refusal := `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403}`
			return &http.Response{
				StatusCode: http.StatusForbidden, Header: http.Header{"Content-Type": {"application/json"}},
				Body: io.NopCloser(strings.NewReader(refusal)), Request: request,
			}, nil
		}
		return next.RoundTrip(request)
	})
	h.start()
	workspace := h.workspace()
	h.create(workspace)
	workspace = awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	session := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionSessionReady)
	if session.Reason != clayv1alpha1.ReasonSessionNotKept || !strings.Contains(session.Message, "config/rbac/role.yaml") {
		t.Errorf("SessionReady is %v", session)
	}
}

func TestSessionThatIsTooLarge(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	world.makeSession = func(int) string { return testSession + strings.Repeat("x", maxSession) }
	h := newHarness(t, world)
	workspace := h.workspace()
	h.create(workspace)
	workspace = awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	if session := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionSessionReady); session.Reason != clayv1alpha1.ReasonSessionNotKept {
		t.Errorf("SessionReady is %v", session)
	}
	if writes := h.sessionWrites(); writes != 0 {
		t.Errorf("written %d times", writes)
	}
}

func TestSessionSecretName(t *testing.T) {
	t.Parallel()
	if got := SessionSecretName("sales"); got != "sales-session" {
		t.Errorf("got %q", got)
	}
	long := strings.Repeat("a", validation.DNS1123SubdomainMaxLength-1)
	first, second := SessionSecretName(long), SessionSecretName(long+"b")
	if first == second {
		t.Error("two workspaces share a Secret")
	}
	for _, name := range []string{first, second} {
		if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
			t.Errorf("%q: %v", name, problems)
		}
	}
}
