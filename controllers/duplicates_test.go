package controllers

import (
	"strings"
	"testing"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

func TestYoungerWorkspaceGivesWay(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t, active("jo@example.com", seat.RoleEditor)))
	// Made within one second, the two are ordered by name.
	older := h.workspace()
	younger := h.workspace(func(w *clayv1alpha1.ClayWorkspace) {
		w.Name = "zenith"
		w.Spec.AppURL = "https://APP.clay.com:443/"
		w.Spec.UnmanagedMembers = clayv1alpha1.UnmanagedRemove
	})
	jo := h.user("jo")
	h.create(older, jo)
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	h.create(younger)
	younger = awaitStanding(h, younger, isStalled(clayv1alpha1.ReasonDuplicateWorkspace))
	message := conditionOf(younger.Status.Conditions, clayv1alpha1.ConditionReady).Message
	if !strings.Contains(message, h.namespace+"/"+workspaceName) {
		t.Errorf("the older one is not named: %s", message)
	}
	if younger.Status.LastReadTime != nil || !h.clay.has("jo@example.com") {
		t.Errorf("the younger one was worked on: %+v", younger.Status)
	}
	// The seat stays with the person, so the workspace need not wait for the ClayUser.
	update(h, younger, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.UnmanagedMembers = clayv1alpha1.UnmanagedReport })
	h.get(jo)
	update(h, jo, retained)
	h.delete(older)
	h.awaitGone(older)
	awaitStanding(h, younger, isSettled(clayv1alpha1.ReasonSucceeded))
}

func TestPlaceInClay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ appURL, want string }{
		{"", "https://app.clay.com/7"},
		{"https://app.clay.com/", "https://app.clay.com/7"},
		{"HTTPS://App.Clay.com:443", "https://app.clay.com/7"},
		{"http://localhost:80", "http://localhost/7"},
		{"http://localhost:8080", "http://localhost:8080/7"},
		{"https://localhost:80", "https://localhost:80/7"},
	} {
		workspace := &clayv1alpha1.ClayWorkspace{Spec: clayv1alpha1.ClayWorkspaceSpec{WorkspaceID: "7", AppURL: test.appURL}}
		if got := placeInClay(workspace); got != test.want {
			t.Errorf("%q: got %q, want %q", test.appURL, got, test.want)
		}
	}
}
