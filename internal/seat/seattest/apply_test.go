package seattest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/seat/seattest"
)

func TestApply(t *testing.T) {
	t.Parallel()
	active := seat.Member{Email: "Jo@example.com", ID: "1", Role: seat.RoleEditor, Presence: seat.Active}
	pending := seat.Member{Email: "kim@example.com", Role: seat.RoleViewer, Presence: seat.Pending}
	promoted := active
	promoted.Role = seat.RoleAdmin
	invited := seat.Member{Email: "kim@example.com", Role: seat.RoleEditor, Presence: seat.Pending}
	for _, test := range []struct {
		name    string
		changes []seat.Change
		want    []seat.Member
	}{
		{"nothing", nil, []seat.Member{active, pending}},
		{"remove", []seat.Change{{Verb: seat.Remove, Email: "jo@example.com"}}, []seat.Member{pending}},
		{"remove takes no invitation", []seat.Change{{Verb: seat.Remove, Email: "kim@example.com"}}, []seat.Member{active, pending}},
		{"cancel", []seat.Change{{Verb: seat.CancelInvitation, Email: "kim@example.com"}}, []seat.Member{active}},
		{"cancel takes no seat", []seat.Change{{Verb: seat.CancelInvitation, Email: "jo@example.com"}}, []seat.Member{active, pending}},
		{
			"role", []seat.Change{{Verb: seat.SetRole, Email: "jo@example.com", Role: seat.RoleAdmin}},
			[]seat.Member{promoted, pending},
		},
		{
			"role of an invitation stays", []seat.Change{{Verb: seat.SetRole, Email: "kim@example.com", Role: seat.RoleAdmin}},
			[]seat.Member{active, pending},
		},
		{"invite twice", []seat.Change{{Verb: seat.Invite, Email: "kim@example.com"}}, []seat.Member{active, pending}},
		{
			"replace an invitation",
			[]seat.Change{
				{Verb: seat.CancelInvitation, Email: "kim@example.com", Resend: true},
				{Verb: seat.Invite, Email: "kim@example.com", Role: seat.RoleEditor, Resend: true},
			},
			[]seat.Member{active, invited},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			before := seat.Inventory{Members: []seat.Member{active, pending}}
			after := seattest.Apply(before, test.changes)
			if diff := cmp.Diff(test.want, after.Members); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]seat.Member{active, pending}, before.Members); diff != "" {
				t.Errorf("the given inventory changed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRemember(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	before := []seat.Desired{{Owner: "a"}, {Owner: "b", Invitation: seat.Invitation{Sent: 1}}}
	after := seattest.Remember(before, []seat.Change{
		{Verb: seat.CancelInvitation, Owner: "b"}, {Verb: seat.Invite, Owner: "b"}, {Verb: seat.Remove, Owner: "a"},
	}, at)
	want := []seat.Desired{{Owner: "a"}, {Owner: "b", Invitation: seat.Invitation{Sent: 2, SentAt: at}}}
	if diff := cmp.Diff(want, after); diff != "" {
		t.Errorf("manifests (-want +got):\n%s", diff)
	}
	if before[1].Invitation.Sent != 1 {
		t.Error("the given manifests changed")
	}
}

func TestRemovals(t *testing.T) {
	t.Parallel()
	changes := []seat.Change{
		{Verb: seat.Remove}, {Verb: seat.CancelInvitation}, {Verb: seat.CancelInvitation, Resend: true},
		{Verb: seat.SetRole}, {Verb: seat.Invite},
	}
	if got := seattest.Removals(changes); got != 2 {
		t.Errorf("removals: got %d, want 2", got)
	}
}
