package controllers

import (
	"strings"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// TestAdoption has somebody with a seat, somebody with an invitation, and somebody who is invited by the operator.
func TestAdoption(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleViewer), pending("kim@example.com", seat.RoleEditor))
	h := newHarness(t, world)
	jo, kim, ann := h.user("jo"), h.user("kim"), h.user("ann")
	h.create(jo, kim, ann, h.workspace())
	for _, user := range []*clayv1alpha1.ClayUser{jo, kim} {
		user = await(h, user, "an adoption", func(user *clayv1alpha1.ClayUser) bool { return user.Status.AdoptedTime != nil })
		h.awaitEvent(user.Name, clayv1alpha1.ReasonAdopted)
	}
	// A later look, with another role in Clay and the invitation of the operator's own, adopts nothing more.
	ann = await(h, ann, "an invitation", func(user *clayv1alpha1.ClayUser) bool { return user.Status.Seat == clayv1alpha1.SeatPending })
	jo = await(h, jo, "the role", func(user *clayv1alpha1.ClayUser) bool { return user.Status.Role == clayv1alpha1.RoleEditor })
	if ann.Status.AdoptedTime != nil || jo.Status.AdoptedTime == nil {
		t.Errorf("adopted: ann %v, jo %v", ann.Status.AdoptedTime, jo.Status.AdoptedTime)
	}
	events := &eventsv1.EventList{}
	if err := h.client.List(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	notes := map[string][]string{}
	for _, event := range events.Items {
		if event.Namespace == h.namespace && event.Reason == clayv1alpha1.ReasonAdopted {
			notes[event.Regarding.Name] = append(notes[event.Regarding.Name], event.Note)
		}
	}
	if len(notes["ann"]) > 0 || len(notes["jo"]) != 1 || !strings.Contains(notes["jo"][0], "jo@example.com has a seat in Clay already") ||
		len(notes["kim"]) != 1 || !strings.Contains(notes["kim"][0], "has an open invitation in Clay already") {
		t.Errorf("events: %q", notes)
	}
	for _, batch := range world.writings() {
		for _, change := range batch {
			if change.Verb == seat.Invite && change.Email != "ann@example.com" {
				t.Errorf("invited again: %+v", change)
			}
		}
	}
}

// TestWhatIsNoAdoption looks at sights that do not prove that the seat was there first.
func TestWhatIsNoAdoption(t *testing.T) {
	t.Parallel()
	seenAt, earlier := metav1.NewTime(testTime), metav1.NewTime(testTime.Add(-time.Hour))
	type status = clayv1alpha1.ClayUserStatus
	look := func(presence seat.Presence, change func(*sight)) sight {
		found := sight{snapshot: &snapshot{}, verdict: verdict{presence: presence}}
		if change != nil {
			change(&found)
		}
		return found
	}
	for name, test := range map[string]struct {
		status status
		sight  sight
		want   bool
	}{
		"a seat at first sight": {status{}, look(seat.Active, nil), true},
		"nothing there":         {status{}, look(seat.Absent, nil), false},
		"looked at before":      {status{Seat: clayv1alpha1.SeatAbsent}, look(seat.Pending, nil), false},
		"after an invitation":   {status{History: []clayv1alpha1.Operation{{Verb: "Invite", Outcome: "Unknown"}}}, look(seat.Pending, nil), false},
		"after a change of role": {
			status{History: []clayv1alpha1.Operation{{Verb: "SetRole", Outcome: "Applied"}}}, look(seat.Active, nil), true,
		},
		"after a writing that was cut off": {
			status{}, look(seat.Pending, func(found *sight) { found.snapshot.interrupted = true }), false,
		},
		"in doubt": {status{}, look(seat.Pending, func(found *sight) { found.verdict.doubtful = true }), false},
		"of before, as absence is not proved": {
			status{}, look(seat.Active, func(found *sight) { found.verdict.unconfirmed = true }), false,
		},
		"kept":                         {status{Seat: clayv1alpha1.SeatActive, AdoptedTime: &earlier}, look(seat.Active, nil), true},
		"over once the person is gone": {status{Seat: clayv1alpha1.SeatActive, AdoptedTime: &earlier}, look(seat.Absent, nil), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			user, next := &clayv1alpha1.ClayUser{Status: test.status}, test.status.DeepCopy()
			markAdoption(user, test.sight, next, seenAt)
			if got := next.AdoptedTime != nil; got != test.want {
				t.Errorf("adopted: %t", got)
			}
		})
	}
}
