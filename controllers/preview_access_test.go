package controllers

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// TestPreviewOfAccessIsWhatThePassDoes looks ahead in mode Observe, from the status and from Clay, and then lets the operator act.
func TestPreviewOfAccessIsWhatThePassDoes(t *testing.T) {
	t.Parallel()
	world := smallWorld(t)
	h := newHarness(t, world)
	workspace, jo, kim := h.smallManifests()
	workspace.Spec.Mode, workspace.Spec.Groups[0].Description = clayv1alpha1.ModeObserve, nil
	h.create(workspace, jo, kim)
	awaitStanding(h, jo, isOnlyObserved())
	awaitStanding(h, kim, isOnlyObserved())
	workspace = awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	fromStatus, fromClay := h.mustPreview(false), h.mustPreview(true)
	if notes := strings.Join(fromStatus.Notes, " "); !strings.Contains(notes, "new in the manifests") {
		t.Errorf("notes: %s", notes)
	}
	fromStatus.Notes = nil
	if diff := cmp.Diff(fromClay, fromStatus, sameWhatever); diff != "" {
		t.Errorf("preview (-Clay +status):\n%s", diff)
	}
	if counts := fromClay.PendingChanges; counts.Access != 11 || counts.Blocked != 11 {
		t.Errorf("pending: %+v", counts)
	}
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Mode = clayv1alpha1.ModeEnforce })
	h.awaitAccess(jo, metav1.ConditionTrue, clayv1alpha1.ReasonAccessApplied)
	var made []PreviewChange
	for _, change := range world.accessWritings()[0] {
		made = append(made, previewOfAccess(change))
	}
	for i := range fromClay.Changes {
		fromClay.Changes[i].Reason, fromClay.Changes[i].Message = "", ""
	}
	if diff := cmp.Diff(fromClay.Changes, made); diff != "" {
		t.Errorf("changes (-told +made):\n%s", diff)
	}
	h.awaitAccess(kim, metav1.ConditionTrue, clayv1alpha1.ReasonAccessApplied)
	for _, live := range []bool{false, true} {
		if left := h.mustPreview(live).Changes; len(left) > 0 {
			t.Errorf("live %t: %+v", live, left)
		}
	}
}

// TestPreviewTellsWhatStandsAgainstAccess has Clay refuse one change, lack a section, and somebody name what nobody owns.
func TestPreviewTellsWhatStandsAgainstAccess(t *testing.T) {
	t.Parallel()
	world := smallWorld(t)
	world.access.state.Budgets = access.BudgetList{Offer: access.NotOffered}
	world.access.onApply = func(_ context.Context, _, _ int, change access.Change) fate {
		if change.Verb == access.SetLimit {
			return fate{fault: sidecar.Faultf(sidecar.Refused, sidecar.ReasonRefused, "The limit is too high.")}
		}
		return made
	}
	h := newHarness(t, world)
	workspace, jo, kim := h.smallManifests()
	jo.Spec.Budgets, kim.Spec.Groups = nil, []string{"Nowhere"}
	h.create(workspace, jo, kim)
	awaitStanding(h, jo, isStalled(sidecar.ReasonRefused))
	awaitStanding(h, kim, isStalled(clayv1alpha1.ReasonUnknownGroup))
	awaitStanding(h, workspace, isStalled(clayv1alpha1.ReasonNotOfferedByPlan))
	preview := h.mustPreview(false)
	want := []PreviewChange{{
		Verb: "SetLimit", Email: "jo@example.com", User: "jo", Credits: new(int64(500)), FromCredits: new(int64(50)), Reason: sidecar.ReasonRefused,
	}}
	for i := range preview.Changes {
		if !strings.Contains(preview.Changes[i].Message, "too high") {
			t.Errorf("message: %s", preview.Changes[i].Message)
		}
		preview.Changes[i].Message = ""
	}
	if diff := cmp.Diff(want, preview.Changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	notes := strings.Join(preview.Notes, "\n")
	for _, part := range []string{"Enterprise", "no budgets", `"Nowhere"`} {
		if !strings.Contains(notes, part) {
			t.Errorf("%s is not in the notes: %s", part, notes)
		}
	}
	if preview.WaitsFor != nil {
		t.Errorf("nothing is changed for the sake of a part: %+v", preview.WaitsFor)
	}
}
