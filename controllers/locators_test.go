package controllers

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const locatorsName = "clay-locators"

// withLocators has a workspace name the ConfigMap.
func withLocators(w *clayv1alpha1.ClayWorkspace) {
	w.Spec.LocatorsRef = &clayv1alpha1.ConfigMapReference{Name: locatorsName}
}

// configMap is the ConfigMap with a document under a key.
func (h *harness) configMap(key, text string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: locatorsName, Namespace: h.namespace},
		Data:       map[string]string{key: text},
	}
}

func TestConfigMapIsNamedAndWakesTheWorkspace(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, key, text, reason, names string }{
		{"no ConfigMap", "", "", clayv1alpha1.ReasonLocatorsNotFound, locatorsName},
		{"no key", "locators.yml", "version: 1", clayv1alpha1.ReasonLocatorsNotFound, configMapKeyLocators},
		{"nothing under the key", configMapKeyLocators, "", clayv1alpha1.ReasonLocatorsNotFound, configMapKeyLocators},
		{"too large", configMapKeyLocators, strings.Repeat("#", sidecar.MaxLocators+1), sidecar.ReasonLocatorsInvalid, "262144"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newIdleHarness(t, newClay(t))
			if test.key != "" {
				h.create(h.configMap(test.key, test.text))
			}
			h.start()
			workspace, jo := h.workspace(withLocators), h.user("jo")
			h.create(workspace, jo)
			workspace = awaitStanding(h, workspace, isStalled(test.reason))
			if ready := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionReady); !strings.Contains(ready.Message, test.names) {
				t.Errorf("message %q does not name %s", ready.Message, test.names)
			}
			h.clay.read(func(c *clay) {
				if c.observed > 0 {
					t.Errorf("Clay was read %d times", c.observed)
				}
			})
			if test.key != "" {
				h.delete(h.configMap(test.key, ""))
			}
			h.create(h.configMap(configMapKeyLocators, "version: 1"))
			awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
			awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
		})
	}
}

// Overrides that cannot be used stall the workspace until they are mended, and what is mended is used at once, without a restart.
func TestMendedLocatorsAreUsedAtOnce(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	world.onObserve = func(int, *seat.Inventory) error {
		if text := world.locators[len(world.locators)-1]; strings.Contains(text, "broken") {
			return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonLocatorsInvalid, "%s", "element team.invit is not known"+strings.Repeat("; and so on", 500))
		}
		return nil
	}
	h := newIdleHarness(t, world)
	configMap := h.configMap(configMapKeyLocators, "broken")
	h.create(configMap)
	h.start()
	workspace, jo := h.workspace(withLocators), h.user("jo")
	h.create(workspace, jo)
	awaitStanding(h, workspace, isStalled(sidecar.ReasonLocatorsInvalid))
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
	// The text is longer than an event may be.
	h.awaitEvent(workspaceName, sidecar.ReasonLocatorsInvalid)
	update(h, configMap, func(c *corev1.ConfigMap) { c.Data[configMapKeyLocators] = "mended" })
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
	workspace = await(h, workspace, "the overrides", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Locators != nil })
	want := &clayv1alpha1.LocatorsStatus{ConfigMapName: locatorsName, ResourceVersion: configMap.ResourceVersion, Elements: []string{"team.invite"}}
	if diff := cmp.Diff(want, workspace.Status.Locators); diff != "" {
		t.Errorf("locators (-want +got):\n%s", diff)
	}
	// Without the reference nothing is overridden, and nothing is said of it.
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.LocatorsRef = nil })
	await(h, workspace, "no overrides", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Locators == nil })
	world.read(func(c *clay) {
		if last := c.locators[len(c.locators)-1]; last != "" {
			t.Errorf("the browser is given %q", last)
		}
	})
}

func TestLocatorsStatusFitsTheSchema(t *testing.T) {
	t.Parallel()
	many := make([]string, 2*maxOverridden)
	for i := range many {
		many[i] = fmt.Sprintf("%03d%s", i, strings.Repeat("x", 2*maxShort))
	}
	p := &pass{
		ClayWorkspaceReconciler: &ClayWorkspaceReconciler{trail: &ledger{}, timing: timing{}.withDefaults()},
		workspace:               &clayv1alpha1.ClayWorkspace{}, locators: locators{configMap: "a", resourceVersion: "1"},
	}
	p.reportLocators(t.Context(), many)
	got := p.workspace.Status.Locators.Elements
	if len(got) != maxOverridden || slices.ContainsFunc(got, func(name string) bool { return len(name) > maxShort }) {
		t.Errorf("%d elements: %q", len(got), got)
	}
}

// A new build of Clay's web app is told once, and one that was not read is none.
func TestNewBuildIsAnEvent(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	builds := []string{"v1", "", "v1", "v2", "v2"}
	world.onObserve = func(call int, inventory *seat.Inventory) error {
		inventory.ClayVersion = builds[min(call, len(builds))-1]
		return nil
	}
	h := newHarness(t, world)
	workspace := h.workspace()
	h.create(workspace)
	world.await("a first read", func(c *clay) bool { return c.observed == 1 })
	for range builds[1:] {
		h.poke()
	}
	h.awaitEvent(workspaceName, clayv1alpha1.ReasonClayVersionChanged)
	h.get(workspace)
	if workspace.Status.ClayVersion != "v2" {
		t.Errorf("the build is %q", workspace.Status.ClayVersion)
	}
	events := &eventsv1.EventList{}
	if err := h.client.List(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	var notes []string
	for _, event := range events.Items {
		if event.Namespace == h.namespace && event.Reason == clayv1alpha1.ReasonClayVersionChanged {
			notes = append(notes, event.Note)
		}
	}
	want := []string{"Clay's web app changed from v1 to v2. Its pages are looked at before anything more is written."}
	if diff := cmp.Diff(want, notes, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// awaitEvent waits for an event about an object with a reason.
func (h *harness) awaitEvent(name, reason string) {
	h.t.Helper()
	h.watchAll(&eventsv1.EventList{}, func(event watch.Event) bool {
		told, is := event.Object.(*eventsv1.Event)
		return is && told.Regarding.Name == name && told.Reason == reason
	}, func() string { return "the event " + reason + " of " + name })
}
