package controllers

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

func TestSeatsExpire(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("ends@example.com", seat.RoleEditor), pending("invited@example.com", seat.RoleEditor),
		active("long@example.com", seat.RoleEditor), active("gone@example.com", seat.RoleEditor))
	h := newHarness(t, world)
	soon := h.clock.now().Add(2 * time.Hour).Truncate(time.Second)
	ends, invited, long := h.user("ends", endingAt(soon)), h.user("invited", endingAt(soon)), h.user("long", endingAt(soon.Add(100*time.Hour)))
	gone, never := h.user("gone", endingAt(soon.Add(-3*time.Hour))), h.user("never", endingAt(soon.Add(-3*time.Hour)))
	suspended := h.user("suspended", endingAt(soon), func(user *clayv1alpha1.ClayUser) { user.Spec.Suspend = true })
	workspace := h.workspace()
	h.create(ends, invited, long, gone, never, suspended, workspace)

	// Whoever has come to the end goes, and whoever never came is not invited.
	gone = awaitStanding(h, gone, isSettled(clayv1alpha1.ReasonExpired))
	never = awaitStanding(h, never, isSettled(clayv1alpha1.ReasonExpired))
	want := "There is no seat and no invitation: they ended on " + soon.Add(-3*time.Hour).UTC().Format(dateFormat) + ", as spec.expiresAt says. " +
		"For a new invitation set a later time, or take the field away."
	for _, user := range []*clayv1alpha1.ClayUser{gone, never} {
		if ready := conditionOf(user.Status.Conditions, clayv1alpha1.ConditionReady); ready.Message != want {
			t.Errorf("%s says %q", user.Name, ready.Message)
		}
	}
	// The others are warned, each once.
	for _, user := range []*clayv1alpha1.ClayUser{ends, invited} {
		found := await(h, user, "a warning", func(user *clayv1alpha1.ClayUser) bool {
			return conditionOf(user.Status.Conditions, clayv1alpha1.ConditionExpiring) != nil
		})
		warning := conditionOf(found.Status.Conditions, clayv1alpha1.ConditionExpiring)
		want := "The seat goes on " + soon.UTC().Format(dateFormat) + ", as spec.expiresAt says. To keep it, set a later time before then, or take the field away."
		if warning.Status != metav1.ConditionTrue || warning.Reason != clayv1alpha1.ReasonAccessExpiring || warning.Message != want {
			t.Errorf("%s is warned with %+v", user.Name, warning)
		}
		h.awaitEvent(user.Name, clayv1alpha1.ReasonAccessExpiring)
	}
	for _, user := range []*clayv1alpha1.ClayUser{awaitStanding(h, long, isSettled(clayv1alpha1.ReasonActive)),
		awaitStanding(h, suspended, isUnknown(clayv1alpha1.ReasonSuspended))} {
		if warning := conditionOf(user.Status.Conditions, clayv1alpha1.ConditionExpiring); warning != nil {
			t.Errorf("%s is warned of what is far off: %+v", user.Name, warning)
		}
	}
	if err := testutil.GatherAndCompare(h.registry, strings.NewReader(expiringTotal(h, 2)), "clay_users_expiring"); err != nil {
		t.Error(err)
	}
	awaitStanding(h, ends, isSettled(clayv1alpha1.ReasonActive))
	h.checkQuiet(func() { h.poke() })

	// The end comes, for the seat and for the invitation.
	h.clock.advance(2 * time.Hour)
	h.poke()
	for _, user := range []*clayv1alpha1.ClayUser{ends, invited} {
		found := awaitStanding(h, user, isSettled(clayv1alpha1.ReasonExpired))
		if conditionOf(found.Status.Conditions, clayv1alpha1.ConditionExpiring) != nil || h.clay.has(seat.Email(user.Spec.Email)) {
			t.Errorf("%s: %+v", user.Name, found.Status)
		}
	}
	h.checkQuiet(func() { h.poke() })

	// A later end brings a person back by an invitation.
	update(h, ends, endingAt(soon.Add(1000*time.Hour)))
	awaitStanding(h, ends, isWaiting(clayv1alpha1.ReasonInvitationPending))
	h.clay.accept("ends@example.com")
	h.poke()
	awaitStanding(h, ends, isSettled(clayv1alpha1.ReasonActive))
}

// expiringTotal is how the metric looks.
func expiringTotal(h *harness, number int) string {
	return "# HELP clay_users_expiring ClayUsers whose seat is about to go, because spec.expiresAt is near.\n# TYPE clay_users_expiring gauge\n" +
		"clay_users_expiring{namespace=\"" + h.namespace + "\",workspace=\"" + workspaceName + "\"} " + string(rune('0'+number)) + "\n"
}

// checkQuiet fails where a look that changes nothing writes the status of a ClayUser.
func (h *harness) checkQuiet(look func()) {
	h.t.Helper()
	ofUsers := func() []string {
		return slices.DeleteFunc(h.written(), func(write string) bool { return !strings.Contains(write, "/clayusers/") })
	}
	before := len(ofUsers())
	look()
	if after := ofUsers(); len(after) != before {
		h.t.Errorf("written without need: %v", after[before:])
	}
}

// TestExpiryWakesByItself: nobody has to change anything for a seat to go in time, however long the interval is.
func TestExpiryWakesByItself(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t, active("jo@example.com", seat.RoleEditor)))
	end := time.Now().Add(3 * time.Second).Truncate(time.Second)
	jo := h.user("jo", endingAt(end))
	h.create(jo, h.workspace(func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Interval = &metav1.Duration{Duration: 24 * time.Hour} }))
	h.clay.await("the end", func(c *clay) bool {
		_, there := c.inventory.Find("jo@example.com")
		return !there
	})
	if now := time.Now(); now.Before(end) {
		t.Errorf("the seat went %s early", end.Sub(now))
	}
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonExpired))
	if batches := h.clay.writings(); len(batches) != 1 || batches[0][0].Verb != seat.Remove {
		t.Errorf("done in Clay: %v", batches)
	}
}

// TestExpiryCountsAgainstTheBudget: a date that is wrong in many manifests costs no more seats than any other slip of the pen.
func TestExpiryCountsAgainstTheBudget(t *testing.T) {
	t.Parallel()
	const people, budget = 4, 1
	members := make([]seat.Member, people)
	names := []string{"a", "b", "c", "d"}
	for i, name := range names {
		members[i] = active(name+"@example.com", seat.RoleEditor)
	}
	h := newHarness(t, newClay(t, members...))
	for _, name := range names {
		h.create(h.user(name, endingAt(h.clock.now().Add(-time.Minute))))
	}
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.Removals = &clayv1alpha1.Removals{MaxPerHour: new(int32(budget))}
	})
	h.create(workspace)
	awaitStanding(h, workspace, isWaiting(clayv1alpha1.ReasonRemovalsHeld))
	awaitStanding(h, h.user("a"), isSettled(clayv1alpha1.ReasonExpired))
	awaitStanding(h, h.user("d"), isWaiting(string(seat.BlockedRemovalsHeld)))
	h.clay.read(func(c *clay) {
		if left := len(c.inventory.Members) - 1; left != people-budget {
			t.Errorf("%d seats are left", left)
		}
	})
}

// TestOverdueDuringAnOutage: a ClayUser whose seat should have gone does not call itself fine while nobody can take it away.
func TestOverdueDuringAnOutage(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t, active("jo@example.com", seat.RoleEditor)))
	jo := h.user("jo", endingAt(h.clock.now().Add(time.Hour)))
	workspace := h.workspace()
	h.create(jo, workspace)
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	h.clay.script(func(c *clay) {
		c.onObserve = func(int, *seat.Inventory) error {
			return &sidecar.Fault{Class: sidecar.Unavailable, Reason: sidecar.ReasonClayUnreachable, Message: "Clay is away"}
		}
	})
	h.clock.advance(2 * time.Hour)
	h.restart()
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
	h.clay.script(func(c *clay) { c.onObserve = nil })
	h.poke()
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonExpired))
}

func TestUntilNews(t *testing.T) {
	t.Parallel()
	const warning = 72 * time.Hour
	user := func(changes ...func(*clayv1alpha1.ClayUser)) *clayv1alpha1.ClayUser {
		made := &clayv1alpha1.ClayUser{}
		for _, change := range changes {
			change(made)
		}
		return made
	}
	in := func(after time.Duration) func(*clayv1alpha1.ClayUser) { return endingAt(testTime.Add(after)) }
	for _, test := range []struct {
		name     string
		user     *clayv1alpha1.ClayUser
		want     time.Duration
		expiring bool
	}{
		{"no end", user(), 0, false},
		{"far off", user(in(100 * time.Hour)), 28 * time.Hour, false},
		{"the warning begins", user(in(warning)), warning, true},
		{"near", user(in(time.Hour)), time.Hour, true},
		{"the end", user(in(0)), 0, false},
		{"over", user(in(-time.Hour)), 0, false},
		{"never, as good as", user(endingAt(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))), 1<<63 - 1, false},
		{"inactive", user(in(time.Hour), inactive), 0, false},
		{"suspended", user(in(time.Hour), func(user *clayv1alpha1.ClayUser) { user.Spec.Suspend = true }), 0, false},
		{"deleted", user(in(time.Hour), func(user *clayv1alpha1.ClayUser) { user.DeletionTimestamp = &metav1.Time{Time: testTime} }), 0, false},
	} {
		if got := untilNews(test.user, testTime, warning); got != test.want {
			t.Errorf("%s: news in %s, want %s", test.name, got, test.want)
		}
		if got := isExpiring(test.user, testTime, warning); got != test.expiring {
			t.Errorf("%s: expiring %t, want %t", test.name, got, test.expiring)
		}
	}
}

func TestWantedRole(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		own        clayv1alpha1.Role
		generation int64
		verdict    verdict
		want       seat.Role
	}{
		{"its own", clayv1alpha1.RoleViewer, 2, verdict{generation: 2, wanted: seat.RoleViewer}, seat.RoleViewer},
		{"its own, changed since", clayv1alpha1.RoleAdmin, 3, verdict{generation: 2, wanted: seat.RoleViewer}, seat.RoleAdmin},
		{"by a rule", "", 2, verdict{generation: 2, wanted: seat.RoleAdmin, ruled: true}, seat.RoleAdmin},
		{"by a rule, changed since", "", 3, verdict{generation: 2, wanted: seat.RoleAdmin, ruled: true}, ""},
		{"by nobody, changed since", "", 3, verdict{generation: 2, wanted: seat.RoleEditor}, seat.RoleEditor},
		{"no longer its own", "", 3, verdict{generation: 2, wanted: seat.RoleViewer}, seat.RoleEditor},
	} {
		user := &clayv1alpha1.ClayUser{}
		user.Generation, user.Spec.Role = test.generation, test.own
		if got := wantedRole(user, test.verdict); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
		met := verdict{generation: test.verdict.generation, wanted: test.verdict.wanted, ruled: test.verdict.ruled, presence: seat.Active, role: test.want}
		if got := isMet(user, met, testTime); got != (test.want != "") {
			t.Errorf("%s: met %t", test.name, got)
		}
	}
}
