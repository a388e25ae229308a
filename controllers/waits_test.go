package controllers

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

var testTime = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func operation(verb seat.Verb, outcome sidecar.Result, ago time.Duration, changes ...func(*clayv1alpha1.Operation)) clayv1alpha1.Operation {
	made := clayv1alpha1.Operation{
		Verb: string(verb), Role: clayv1alpha1.RoleEditor, Outcome: string(outcome), Generation: 1, Time: metav1.NewTime(testTime.Add(-ago)),
	}
	for _, change := range changes {
		change(&made)
	}
	return made
}

func because(reason string) func(*clayv1alpha1.Operation) {
	return func(operation *clayv1alpha1.Operation) { operation.Reason = reason }
}

func asViewer(operation *clayv1alpha1.Operation) { operation.Role = clayv1alpha1.RoleViewer }

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		last       clayv1alpha1.Operation
		generation int64
		want       seat.BlockReason
	}{
		{"another change", operation(seat.CancelInvitation, sidecar.Failed, 0, because(sidecar.ReasonMemberNotFound)), 1, ""},
		{"another role", operation(seat.Invite, sidecar.Failed, 0, because(sidecar.ReasonRoleNotOffered), asViewer), 1, ""},
		{"never tried, for the password's sake", operation(seat.Invite, sidecar.Failed, 0, because(sidecar.ReasonWrongPassword)), 1, ""},
		{"never tried, for the account's sake", operation(seat.Invite, sidecar.Failed, 0, because(sidecar.ReasonNotAdmin)), 1, ""},
		{"refused just now", operation(seat.Invite, sidecar.Failed, 0, because(sidecar.ReasonSeatLimit)), 1, seat.BlockedRefused},
		{
			"refused almost an hour ago",
			operation(seat.Invite, sidecar.Failed, time.Hour-time.Second, because(sidecar.ReasonSeatLimit)), 1, seat.BlockedRefused,
		},
		{"refused an hour ago", operation(seat.Invite, sidecar.Failed, time.Hour, because(sidecar.ReasonSeatLimit)), 1, ""},
		{"the spec is another", operation(seat.Invite, sidecar.Failed, 0, because(sidecar.ReasonSeatLimit)), 2, ""},
		{"the browser failed", operation(seat.Invite, sidecar.Failed, 0, because(sidecar.ReasonBrowserUnavailable)), 1, ""},
		{"a reason nobody knows", operation(seat.Invite, sidecar.Failed, 0, because("Whim")), 1, ""},
		{"it worked", operation(seat.Invite, sidecar.Applied, 0), 1, ""},
		{"nobody knows", operation(seat.Invite, sidecar.Unknown, 0), 1, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := refused([]clayv1alpha1.Operation{test.last}, seat.Invite, seat.RoleEditor, test.generation, testTime); got.reason != test.want {
				t.Errorf("got %q, want %q", got.reason, test.want)
			}
		})
	}
	if got := refused(nil, seat.Invite, seat.RoleEditor, 1, testTime); got.reason != "" {
		t.Errorf("without an operation: %q", got.reason)
	}
	// The second half of a pair is not tried where the first is refused, and is the last operation all the same.
	pair := []clayv1alpha1.Operation{
		operation(seat.Invite, sidecar.Failed, 0, because(sidecar.ReasonNotProved)),
		operation(seat.CancelInvitation, sidecar.Failed, 0, because(sidecar.ReasonRefused)),
		operation(seat.CancelInvitation, sidecar.Applied, time.Minute),
	}
	if got := refused(pair, seat.CancelInvitation, seat.RoleEditor, 1, testTime); got.reason != seat.BlockedRefused {
		t.Errorf("the half of a pair: %q", got.reason)
	}
	if got := refused(pair[2:], seat.CancelInvitation, seat.RoleEditor, 1, testTime); got.reason != "" {
		t.Errorf("one that worked: %q", got.reason)
	}
	if got := lastRefusal(pair); got != sidecar.ReasonRefused {
		t.Errorf("the refusal of a pair is %q", got)
	}
	// What Clay objects to in access is its last word as well.
	for _, reason := range []string{
		sidecar.ReasonNameTaken, sidecar.ReasonNameRefused, sidecar.ReasonBudgetInUse, sidecar.ReasonAmbiguousName, sidecar.ReasonNameNotFound,
	} {
		last := []clayv1alpha1.Operation{operation(seat.Invite, sidecar.Failed, 0, because(reason))}
		if got := refused(last, seat.Invite, seat.RoleEditor, 1, testTime); got.reason != seat.BlockedRefused {
			t.Errorf("%s: %q", reason, got.reason)
		}
	}
}

func TestNotConverging(t *testing.T) {
	t.Parallel()
	ofOldSpec := func(operation *clayv1alpha1.Operation) { operation.Generation = 0 }
	history := func(operations ...clayv1alpha1.Operation) []clayv1alpha1.Operation { return operations }
	never := time.Time{}
	roleNow := operation(seat.SetRole, sidecar.Applied, 0)
	for _, test := range []struct {
		name    string
		history []clayv1alpha1.Operation
		verb    seat.Verb
		want    seat.BlockReason
		until   time.Time
	}{
		{"nothing", nil, seat.SetRole, "", never},
		{"once", history(roleNow), seat.SetRole, "", never},
		{
			"twice", history(operation(seat.SetRole, sidecar.Applied, time.Minute), operation(seat.SetRole, sidecar.AlreadyThere, 10*time.Minute)),
			seat.SetRole, seat.BlockedNotConverging, testTime.Add(50 * time.Minute),
		},
		{
			"an unknown outcome counts",
			history(operation(seat.Invite, sidecar.Unknown, 0), operation(seat.Invite, sidecar.Applied, time.Minute)),
			seat.Invite, seat.BlockedNotConverging, testTime.Add(59 * time.Minute),
		},
		{"a failure does not", history(operation(seat.SetRole, sidecar.Failed, 0), roleNow), seat.SetRole, "", never},
		{"another role", history(roleNow, operation(seat.SetRole, sidecar.Applied, 0, asViewer)), seat.SetRole, "", never},
		{"another verb", history(operation(seat.Remove, sidecar.Applied, 0), operation(seat.Invite, sidecar.Applied, 0)), seat.Invite, "", never},
		{"another spec", history(roleNow, operation(seat.SetRole, sidecar.Applied, 0, ofOldSpec)), seat.SetRole, "", never},
		{"long ago", history(roleNow, operation(seat.SetRole, sidecar.Applied, time.Hour)), seat.SetRole, "", never},
		{
			"the role of a removal does not matter",
			history(operation(seat.Remove, sidecar.Applied, 0, asViewer), operation(seat.Remove, sidecar.Applied, 0)),
			seat.Remove, seat.BlockedNotConverging, testTime.Add(time.Hour),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := notConverging(test.history, test.verb, seat.RoleEditor, 1, testTime)
			if got.reason != test.want || !got.until.Equal(test.until) {
				t.Errorf("got %q until %s, want %q until %s", got.reason, got.until, test.want, test.until)
			}
		})
	}
}

func TestWanted(t *testing.T) {
	t.Parallel()
	joins := seat.Desired{Role: seat.RoleEditor, Active: true}
	leaves := seat.Desired{Role: seat.RoleEditor}
	deleted := seat.Desired{Role: seat.RoleEditor, Active: true, Deleting: true}
	verbs := func(verbs ...seat.Verb) []seat.Verb { return verbs }
	for _, test := range []struct {
		name     string
		wish     seat.Desired
		presence seat.Presence
		role     seat.Role
		lapsed   bool
		want     []seat.Verb
	}{
		{"join", joins, seat.Absent, "", false, verbs(seat.Invite)},
		{"wait", joins, seat.Pending, seat.RoleEditor, false, nil},
		{"wait with a role that is not known", joins, seat.Pending, "", false, nil},
		{"be invited with another role", joins, seat.Pending, seat.RoleViewer, false, verbs(seat.CancelInvitation, seat.Invite)},
		{"be invited anew", joins, seat.Pending, seat.RoleEditor, true, verbs(seat.CancelInvitation, seat.Invite)},
		{"stay", joins, seat.Active, seat.RoleEditor, true, nil},
		{"move", joins, seat.Active, seat.RoleViewer, false, verbs(seat.SetRole)},
		{"leave", leaves, seat.Active, seat.RoleEditor, false, verbs(seat.Remove)},
		{"withdraw", leaves, seat.Pending, seat.RoleEditor, true, verbs(seat.CancelInvitation)},
		{"left", leaves, seat.Absent, "", false, nil},
		{"deleted", deleted, seat.Active, seat.RoleEditor, false, verbs(seat.Remove)},
		{"deleted and left", deleted, seat.Absent, "", false, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := wanted(test.wish, seat.Member{Presence: test.presence, Role: test.role}, test.lapsed)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("verbs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSettled(t *testing.T) {
	t.Parallel()
	const address, cooldown = seat.Email("jo@example.com"), 30 * time.Second
	read := func(after time.Duration, members ...seat.Member) *reading {
		return newReading(seat.Inventory{Members: members}, testTime.Add(after), testTime.Add(after))
	}
	there := seat.Member{Email: address, Presence: seat.Pending}
	for _, test := range []struct {
		name             string
		previous, latest *reading
		want             bool
	}{
		{"one read", nil, read(time.Minute), false},
		{"two reads after the cool-down", read(40 * time.Second), read(time.Minute), true},
		{"the first within the cool-down", read(time.Second), read(cooldown), true},
		{"both within the cool-down", read(time.Second), read(cooldown - time.Second), false},
		{"the first before the attempt", read(-time.Second), read(time.Minute), false},
		{"the first at the attempt", read(0), read(time.Minute), false},
		{"the first shows it", read(time.Second, there), read(time.Minute), false},
		{"the second shows it", read(time.Second), read(time.Minute, there), true},
		{"one read shows it, too early to tell which", nil, read(cooldown-time.Second, there), false},
		{"one read shows it after the cool-down", nil, read(cooldown, there), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := &memory{previous: test.previous, latest: test.latest}
			if got := m.settled(address, testTime, cooldown); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}

func TestLastDoubt(t *testing.T) {
	t.Parallel()
	unknown := operation(seat.Invite, sidecar.Unknown, 0)
	if got := lastDoubt(&unknown); !got.Equal(testTime.Add(time.Second)) {
		t.Errorf("an unknown invitation: %s", got)
	}
	for _, certain := range []clayv1alpha1.Operation{operation(seat.Invite, sidecar.Applied, 0), operation(seat.Remove, sidecar.Unknown, 0)} {
		if got := lastDoubt(&certain); !got.IsZero() {
			t.Errorf("%s %s: %s", certain.Verb, certain.Outcome, got)
		}
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	first, second := operation(seat.Invite, sidecar.Applied, time.Hour), operation(seat.SetRole, sidecar.Applied, time.Minute)
	status := clayv1alpha1.ClayUserStatus{}
	record(&status, []clayv1alpha1.Operation{first, second})
	record(&status, []clayv1alpha1.Operation{first, second})
	want := clayv1alpha1.ClayUserStatus{
		InvitationsSent: 1, InvitedTime: &first.Time, LastOperation: &second, History: []clayv1alpha1.Operation{second, first},
	}
	if diff := cmp.Diff(want, status); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	kept := status
	for i := range clayv1alpha1.MaxHistory {
		record(&status, []clayv1alpha1.Operation{operation(seat.Remove, sidecar.Applied, -time.Duration(i)*time.Minute)})
	}
	if len(status.History) != clayv1alpha1.MaxHistory {
		t.Errorf("history: %d", len(status.History))
	}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("an earlier copy changed (-want +got):\n%s", diff)
	}
	failed := clayv1alpha1.ClayUserStatus{}
	record(&failed, []clayv1alpha1.Operation{operation(seat.Invite, sidecar.Failed, 0)})
	if failed.InvitationsSent != 0 || failed.InvitedTime != nil {
		t.Errorf("an invitation that failed counts: %+v", failed)
	}
}
