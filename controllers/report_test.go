package controllers

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/watch"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
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
	gauges := []string{"clay_inventory_age_seconds", "clay_seats", "clay_session_ready"}
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
