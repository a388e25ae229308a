package controllers

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/watch"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

func TestEventsTellOfTurnsAndChanges(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t))
	h.create(h.workspace(), h.user("jo"))
	want := []string{"jo " + string(seat.Invite), "jo " + clayv1alpha1.ReasonInvitationPending}
	seen := map[string]bool{}
	h.watchAll(&eventsv1.EventList{}, func(event watch.Event) bool {
		if told, is := event.Object.(*eventsv1.Event); is {
			seen[told.Regarding.Name+" "+told.Reason] = true
		}
		return seen[want[0]] && seen[want[1]]
	}, func() string { return fmt.Sprintf("the events %q; there are %v", want, seen) })
}

func TestMetricsGoWithTheWorkspace(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t, active("stranger@example.com", seat.RoleEditor)))
	workspace, jo := h.workspace(), h.user("jo")
	h.create(workspace, jo)
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
	counters := []string{
		"clay_changes_total", "clay_page_actions_total", "clay_page_loads_total", "clay_pass_duration_seconds", "clay_passes_total",
	}
	gauges := []string{
		"clay_changes_blocked", "clay_changes_wanted", "clay_inventory_age_seconds", "clay_removals_held", "clay_seats", "clay_session_age_seconds",
		"clay_session_ready", "clay_users", "clay_users_expiring", "clay_workspace_condition", "clay_workspace_interval_seconds",
	}
	all := slices.Concat(counters, gauges)
	slices.Sort(all)
	if diff := cmp.Diff(all, h.gather()); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	h.delete(jo, workspace)
	h.awaitGone(workspace)
	// The last look of the operator at the workspace tells whoever is left, and comes after the metrics are gone.
	left := h.user("left")
	h.create(left)
	awaitStanding(h, left, isStalled(clayv1alpha1.ReasonWorkspaceNotFound))
	if diff := cmp.Diff(counters, h.gather()); diff != "" {
		t.Errorf("metrics of a deleted workspace (-want +got):\n%s", diff)
	}
}

// TestTheAgeOfASessionBeginsWithTheLogin has the operator sign in, and later be refused.
func TestTheAgeOfASessionBeginsWithTheLogin(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	h := newHarness(t, world)
	workspace := h.workspace()
	h.create(workspace)
	workspace = awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	signedIn := workspace.Status.Session.SavedTime.Time
	h.clock.advance(time.Hour / 2) // sooner than a session is renewed in passing
	least := h.clock.now().Sub(signedIn).Seconds()
	if age := h.gauge("clay_session_age_seconds"); age < least || age > h.clock.now().Sub(signedIn).Seconds() {
		t.Errorf("the session is %v s old, want %v or a moment more", age, least)
	}

	h.clock.advance(time.Hour)
	if renewed := h.poke(); !renewed.Status.Session.SavedTime.After(signedIn.Add(time.Hour)) {
		t.Fatalf("the session was saved at %s, and Clay has renewed it", renewed.Status.Session.SavedTime)
	}
	if age := h.gauge("clay_session_age_seconds"); age >= time.Hour.Seconds() {
		t.Errorf("the renewed session is %v s old", age)
	}

	world.expire()
	world.script(func(c *clay) {
		c.onObserve = func(int, *seat.Inventory) error {
			return sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonWrongPassword, "Clay does not accept the password.")
		}
	})
	h.poke()
	if slices.Contains(h.gather(), "clay_session_age_seconds") {
		t.Error("a session that Clay refused has an age")
	}
}

// gauge returns the value of a metric that there is once.
func (h *harness) gauge(name string) float64 {
	h.t.Helper()
	families, err := h.registry.Gather()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == name {
			return family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	h.t.Fatalf("there is no metric %s", name)
	return 0
}

// gather returns the names of the metrics that there are.
func (h *harness) gather() []string {
	h.t.Helper()
	families, err := h.registry.Gather()
	if err != nil {
		h.t.Fatal(err)
	}
	var names []string
	for _, family := range families {
		names = append(names, family.GetName())
	}
	return names
}
