package controllers

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// samples returns the values of the gauges that have one of the names, by name and labels without namespace and workspace.
func samples(t *testing.T, registry prometheus.Gatherer, names ...string) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, family := range families {
		if !slices.Contains(names, family.GetName()) {
			continue
		}
		for _, metric := range family.GetMetric() {
			series := family.GetName()
			for _, label := range metric.GetLabel() {
				if label.GetName() != "namespace" && label.GetName() != "workspace" {
					series += fmt.Sprintf(" %s=%s", label.GetName(), label.GetValue())
				}
			}
			found[series] = metric.GetGauge().GetValue()
		}
	}
	return found
}

func TestMetricsTellHowTheWorkspaceStands(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 3, 0)
	c.dismiss(c.users[:2]...)
	c.awaitHeld(2)
	for _, user := range c.users[:2] {
		awaitStanding(c.harness, user, isWaiting(clayv1alpha1.ReasonRemovalsHeld))
	}
	got := samples(t, c.registry,
		"clay_workspace_condition", "clay_removals_held", "clay_changes_wanted", "clay_changes_blocked", "clay_workspace_interval_seconds")
	want := map[string]float64{
		"clay_workspace_condition reason=RemovalsHeld status=False type=Ready":       1,
		"clay_workspace_condition reason=RemovalsHeld status=True type=Reconciling":  1,
		"clay_workspace_condition reason=RemovalsHeld status=True type=RemovalsHeld": 1,
		"clay_workspace_condition reason=RemovalsHeld status=True type=HumanNeeded":  1,
		"clay_workspace_condition reason=SignedIn status=True type=SessionReady":     1,
		"clay_removals_held":                   2,
		"clay_changes_wanted kind=Invitations": 0,
		"clay_changes_wanted kind=Roles":       0,
		"clay_changes_wanted kind=Removals":    2,
		"clay_changes_wanted kind=Access":      0,
		"clay_changes_blocked":                 2,
		"clay_workspace_interval_seconds":      (15 * time.Minute).Seconds(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// The operator's cache may be a moment behind; the API server answers the same question.
	snapshots := newStore()
	snapshots.publish(client.ObjectKeyFromObject(c.workspace), &snapshot{}, nil, testTime)
	registry := prometheus.NewRegistry()
	registry.MustRegister(&standings{snapshots: snapshots, users: c.client, now: time.Now})
	wantUsers := map[string]float64{
		"clay_users reason=RemovalsHeld status=False": 2,
		"clay_users reason=SeatActive status=True":    1,
	}
	if diff := cmp.Diff(wantUsers, samples(t, registry, "clay_users")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReadingAgesBeforeTheFirst has an alert on an old reading see a workspace that was never read, and a restart that does not make it young.
func TestReadingAgesBeforeTheFirst(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	h.clock.advance(time.Hour)
	h.start()
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Login.SecretRef.Name = "missing" })
	h.create(workspace)
	awaitStanding(h, workspace, isStalled(clayv1alpha1.ReasonSecretNotFound))
	const age = "clay_inventory_age_seconds"
	if got := samples(t, h.registry, age)[age]; got < (50 * time.Minute).Seconds() {
		t.Errorf("the age of a reading that never was is %v s, an hour after the workspace was made", got)
	}
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Login.SecretRef.Name = secretName })
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	if got := samples(t, h.registry, age)[age]; got > (10 * time.Minute).Seconds() {
		t.Errorf("the age of a new reading is %v s", got)
	}
	h.stop()
	h.clock.advance(time.Hour)
	h.clay.script(func(world *clay) {
		world.onObserve = func(int, *seat.Inventory) error { return errGone }
	})
	h.start()
	await(h, workspace, "a failed reading", func(w *clayv1alpha1.ClayWorkspace) bool {
		ready := conditionOf(w.Status.Conditions, clayv1alpha1.ConditionReady)
		return ready != nil && ready.Reason == errGone.Reason
	})
	if got := samples(t, h.registry, age)[age]; got < (50 * time.Minute).Seconds() {
		t.Errorf("the age of an old reading is %v s after a restart", got)
	}
}

// TestMetricsAreDescribed compares what is told in a busy scene with what MetricCollectors describes.
func TestMetricsAreDescribed(t *testing.T) {
	t.Parallel()
	described := map[string]bool{}
	for _, collector := range MetricCollectors() {
		descriptions := make(chan *prometheus.Desc)
		go func() {
			defer close(descriptions)
			collector.Describe(descriptions)
		}()
		for description := range descriptions {
			_, name, _ := strings.Cut(description.String(), `fqName: "`)
			name, _, _ = strings.Cut(name, `"`)
			described[name] = true
		}
	}
	c := newCrew(t, 3, 0)
	c.dismiss(c.users[:2]...)
	c.awaitHeld(2)
	for _, name := range c.gather() {
		if !described[name] {
			t.Errorf("%s is told and not described; these are: %v", name, slices.Sorted(maps.Keys(described)))
		}
	}
}
