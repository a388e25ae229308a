package controllers

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// sinceOf maps the members without a ClayUser to since when they are.
func sinceOf(workspace *clayv1alpha1.ClayWorkspace) map[string]time.Time {
	since := map[string]time.Time{}
	for _, member := range workspace.Status.UnmanagedMembers {
		since[member.Email] = member.Since.UTC()
	}
	return since
}

// TestSinceWhenAMemberIsUnmanagedOutlivesTheOperator has strangers come one after the other, the operator restart, and one of them
// become somebody's and nobody's again.
func TestSinceWhenAMemberIsUnmanagedOutlivesTheOperator(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("first@example.com", seat.RoleEditor))
	h := newHarness(t, world)
	h.create(h.workspace())
	workspace := await(h, h.workspace(), "a stranger", func(w *clayv1alpha1.ClayWorkspace) bool { return len(w.Status.UnmanagedMembers) == 1 })
	want := map[string]time.Time{"first@example.com": workspace.Status.LastReadTime.UTC()}
	require := func(workspace *clayv1alpha1.ClayWorkspace, when string) {
		t.Helper()
		if diff := cmp.Diff(want, sinceOf(workspace)); diff != "" {
			t.Errorf("since when %s (-want +got):\n%s", when, diff)
		}
	}
	require(workspace, "at the first reading")

	h.clock.advance(24 * time.Hour)
	h.restart()
	world.edit(func(inventory *seat.Inventory) {
		inventory.Members = append(inventory.Members, pending("second@example.com", seat.RoleViewer))
	})
	workspace = h.poke()
	want["second@example.com"] = workspace.Status.LastReadTime.UTC()
	if !want["second@example.com"].After(want["first@example.com"].Add(23 * time.Hour)) {
		t.Fatalf("the clock did not go on: %v", want)
	}
	require(workspace, "a day and a restart later")

	world.accept("second@example.com")
	h.clock.advance(time.Hour)
	require(h.poke(), "after the invitation was accepted")

	first := h.user("first", func(user *clayv1alpha1.ClayUser) { user.Spec.DeletionPolicy = clayv1alpha1.DeletionRetain })
	h.create(first)
	awaitStanding(h, first, isSettled(clayv1alpha1.ReasonActive))
	h.delete(first)
	h.awaitGone(first)
	h.clock.advance(time.Hour)
	workspace = h.poke()
	if again := sinceOf(workspace)["first@example.com"]; !again.After(want["first@example.com"].Add(24 * time.Hour)) {
		t.Errorf("somebody who had a ClayUser meanwhile is without one since %s", again)
	}
}

// TestUnmanagedMembersThatAreListedStayListed has more strangers than the status may list, and one who comes before all others by address.
func TestUnmanagedMembersThatAreListedStayListed(t *testing.T) {
	t.Parallel()
	var members []seat.Member
	for i := range clayv1alpha1.MaxUnmanagedReported {
		members = append(members, active(fmt.Sprintf("jo%03d@example.com", i), seat.RoleEditor))
	}
	listed := listUnmanaged(members, nil, testTime.Add(time.Millisecond))
	more := append([]seat.Member{active("ann@example.com", seat.RoleAdmin)}, members...)
	again := listUnmanaged(more, listed, testTime.Add(time.Hour))
	if diff := cmp.Diff(listed, again); diff != "" {
		t.Errorf("with one more (-want +got):\n%s", diff)
	}
	if len(listed) != clayv1alpha1.MaxUnmanagedReported || !listed[0].Since.Equal(&metav1.Time{Time: testTime}) {
		t.Errorf("%d are listed, since %v", len(listed), listed[0].Since)
	}

	later := listUnmanaged(more[:3], listed, testTime.Add(time.Hour))
	want := []clayv1alpha1.UnmanagedMember{
		{Email: "ann@example.com", Role: clayv1alpha1.RoleAdmin, Seat: clayv1alpha1.SeatActive, Since: &metav1.Time{Time: testTime.Add(time.Hour)}},
		listed[0], listed[1],
	}
	if diff := cmp.Diff(want, later); diff != "" {
		t.Errorf("once there is room (-want +got):\n%s", diff)
	}
	// A status that an older operator wrote tells no times.
	listed[0].Since = nil
	if old := listUnmanaged(members[:1], listed, testTime.Add(time.Hour)); !old[0].Since.Equal(&metav1.Time{Time: testTime.Add(time.Hour)}) {
		t.Errorf("where no time is known: %v", old[0].Since)
	}
	if none := listUnmanaged(nil, listed, testTime); none != nil {
		t.Errorf("nobody is left: %v", none)
	}
}
