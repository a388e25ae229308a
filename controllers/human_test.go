package controllers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/watch"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// isNeeded says whether the workspace asks for a person, for this reason and with this in its next step.
func isNeeded(workspace *clayv1alpha1.ClayWorkspace, reason, step string) bool {
	needed := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionHumanNeeded)
	return needed != nil && needed.Reason == reason && strings.Contains(needed.Message, "Next: ") && strings.Contains(needed.Message, step)
}

// asksNobody says whether the workspace asks for nobody.
func asksNobody(workspace *clayv1alpha1.ClayWorkspace) bool {
	return conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionHumanNeeded) == nil
}

func TestAPersonIsAskedForWhatOnlyAPersonCanDo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		class  sidecar.Class
		reason string
		step   string
	}{
		{sidecar.HumanNeeded, sidecar.ReasonSecurityCheck, "clay-operator login --namespace "},
		{sidecar.HumanNeeded, sidecar.ReasonCodeNeeded, "the keys of a mailbox"},
		{sidecar.HumanNeeded, sidecar.ReasonApprovalNeeded, "clay-operator login --namespace "},
		{sidecar.AuthFailed, sidecar.ReasonWrongPassword, secretName},
		{sidecar.AuthFailed, sidecar.ReasonNotAdmin, "an admin of the workspace in Clay"},
		{sidecar.Drift, sidecar.ReasonPageChanged, "spec.locatorsRef"},
		{sidecar.Drift, sidecar.ReasonAccessPageNotFound, "take it out of the manifests; otherwise look at the picture"},
		{sidecar.Drift, sidecar.ReasonTeamPageNotFound, "an admin of the workspace in Clay"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			world := newClay(t)
			h := newHarness(t, world)
			workspace, jo := h.workspace(), h.user("jo")
			h.create(workspace, jo)
			awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
			world.script(func(c *clay) {
				c.onObserve = func(int, *seat.Inventory) error {
					return sidecar.Faultf(test.class, test.reason, "something happened; do something")
				}
			})
			h.poke()
			workspace = await(h, workspace, "a call for a person", func(w *clayv1alpha1.ClayWorkspace) bool { return isNeeded(w, test.reason, test.step) })
			message := conditionOf(workspace.Status.Conditions, clayv1alpha1.ConditionHumanNeeded).Message
			if !strings.HasPrefix(message, "Something happened; do something. Next: ") {
				t.Errorf("the message is %q", message)
			}
			if !slices.Contains(h.gather(), "clay_human_needed") {
				t.Error("no metric tells that a person is needed")
			}
			world.script(func(c *clay) { c.onObserve = nil })
			h.poke()
			await(h, workspace, "no call for a person", asksNobody)
			if slices.Contains(h.gather(), "clay_human_needed") {
				t.Error("the metric still tells that a person is needed")
			}
		})
	}
}

// What the operator waits for by itself is nobody's work.
func TestNobodyIsAskedForWhatPassesByItself(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	world.onObserve = func(int, *seat.Inventory) error {
		return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayUnreachable, "the site cannot be reached")
	}
	h := newHarness(t, world)
	workspace := h.workspace()
	h.create(workspace)
	workspace = awaitStanding(h, workspace, isWaiting(sidecar.ReasonClayUnreachable))
	if !asksNobody(workspace) {
		t.Errorf("a person is asked for: %s", describeObject(workspace))
	}
}

func TestAnAmbiguousRowNeedsAPersonAndBlocksNobodyElse(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("twin@example.com", seat.RoleEditor), active("twin@example.com", seat.RoleViewer))
	h := newHarness(t, world)
	workspace, twin, jo := h.workspace(), h.user("twin"), h.user("jo")
	h.create(workspace, twin, jo)
	await(h, workspace, "a call for a person", func(w *clayv1alpha1.ClayWorkspace) bool {
		return isNeeded(w, string(seat.BlockedAmbiguousMember), "twin")
	})
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
	h.watchAll(&eventsv1.EventList{}, func(event watch.Event) bool {
		told, is := event.Object.(*eventsv1.Event)
		return is && told.Regarding.Name == workspace.Name && told.Reason == string(seat.BlockedAmbiguousMember)
	}, func() string { return fmt.Sprintf("an event %s", seat.BlockedAmbiguousMember) })
	world.edit(func(inventory *seat.Inventory) {
		inventory.Members = slices.DeleteFunc(inventory.Members, func(member seat.Member) bool {
			return member.Email == "twin@example.com" && member.Role == seat.RoleViewer
		})
	})
	h.poke()
	await(h, workspace, "no call for a person", asksNobody)
	awaitStanding(h, twin, isSettled(clayv1alpha1.ReasonActive))
}

// notices collects what a webhook receives.
func notices(t *testing.T) (address string, received <-chan map[string]any) {
	t.Helper()
	bodies := make(chan map[string]any, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		var body map[string]any
		if err := json.NewDecoder(request.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		bodies <- body
	}))
	t.Cleanup(receiver.Close)
	return receiver.URL, bodies
}

func TestPeopleAreToldThatTheyAreNeededAndWhenNoMore(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	world.onObserve = func(int, *seat.Inventory) error {
		fault := sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonSecurityCheck, "Clay shows a security check")
		fault.Evidence = &sidecar.Evidence{Screenshot: []byte("picture")}
		return fault
	}
	h := newHarness(t, world)
	address, received := notices(t)
	hook := h.secret()
	hook.Name, hook.Data = "hook", map[string][]byte{secretKeyURL: []byte(address)}
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.Notifications = []clayv1alpha1.Notification{
			{Name: "lost", SecretRef: clayv1alpha1.SecretReference{Name: "no-such-secret"}},
			{Name: "operations", SecretRef: clayv1alpha1.SecretReference{Name: "hook"}},
		}
	})
	h.create(hook, workspace)
	told := h.receive(received)
	data, _ := told["data"].(map[string]any)
	if told["type"] != "dev.seatwright.clay.human-needed" || data["reason"] != sidecar.ReasonSecurityCheck {
		t.Errorf("told %v", told)
	}
	if step := fmt.Sprint(data["nextStep"]); !strings.HasPrefix(step, "clay-operator login") {
		t.Errorf("the next step is %q", step)
	}
	const link = "https://evidence.example.com/evidence/SecurityCheck.png"
	if data["evidence"] != link {
		t.Errorf("the notice leads to %v, want %s", data["evidence"], link)
	}
	await(h, workspace, "a link", func(w *clayv1alpha1.ClayWorkspace) bool {
		return isNeeded(w, sidecar.ReasonSecurityCheck, " Evidence: "+link)
	})
	h.watchAll(&eventsv1.EventList{}, func(event watch.Event) bool {
		warning, is := event.Object.(*eventsv1.Event)
		return is && warning.Reason == clayv1alpha1.ReasonNotificationFailed && strings.Contains(warning.Note, `"no-such-secret"`)
	}, func() string { return "an event about the Secret that is missing" })
	h.poke()
	world.script(func(c *clay) { c.onObserve = nil })
	h.poke()
	over := h.receive(received)
	if over["type"] != "dev.seatwright.clay.human-needed.resolved" {
		t.Errorf("told %v, want that it is over, and nothing twice", over)
	}
	await(h, workspace, "no call for a person", asksNobody)
}

// TestPeopleAreToldOfEachHeldSet has another person leave while removals are held: the command that approves them is another one.
func TestPeopleAreToldOfEachHeldSet(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 2, 0)
	address, received := notices(t)
	hook := c.secret()
	hook.Name, hook.Data = "hook", map[string][]byte{secretKeyURL: []byte(address)}
	c.create(hook)
	c.get(c.workspace)
	update(c.harness, c.workspace, func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.Notifications = []clayv1alpha1.Notification{{Name: "operations", SecretRef: clayv1alpha1.SecretReference{Name: "hook"}}}
	})
	for i, user := range c.users {
		c.dismiss(user)
		held := c.awaitHeld(i + 1).Status.HeldRemovals
		for {
			data, _ := c.receive(received)["data"].(map[string]any)
			if step := fmt.Sprint(data["nextStep"]); strings.Contains(step, "="+held) {
				if data["evidence"] != nil {
					t.Errorf("a picture of something else is told: %v", data["evidence"])
				}
				break
			}
		}
	}
}

// TestANeedOutlastsAHiccup has Clay not answer for a moment while removals are held: nobody is told that it is over.
func TestANeedOutlastsAHiccup(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 1, 0)
	c.dismiss(c.users...)
	c.awaitHeld(1)
	c.clay.script(func(c *clay) {
		c.onObserve = func(int, *seat.Inventory) error {
			return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonClayUnreachable, "Clay does not answer.")
		}
	})
	hiccup := c.poke()
	needed := conditionOf(hiccup.Status.Conditions, clayv1alpha1.ConditionHumanNeeded)
	if needed == nil || needed.Reason != clayv1alpha1.ReasonRemovalsHeld || !strings.Contains(needed.Message, hiccup.Status.HeldRemovals) {
		t.Errorf("HumanNeeded during the hiccup: %+v", needed)
	}
}

// receive waits for a notice.
func (h *harness) receive(received <-chan map[string]any) map[string]any {
	h.t.Helper()
	select {
	case body := <-received:
		return body
	case <-time.After(patienceOfTests):
		h.t.Fatal("no notice came")
		return nil
	}
}
