package seat_test

import (
	"testing"

	"github.com/seatwright/clay-operator/internal/seat"
)

func TestPlanRemovals(t *testing.T) {
	t.Parallel()
	const a, b, c, d, e = seat.Email("a@example.com"), seat.Email("b@example.com"), seat.Email("c@example.com"),
		seat.Email("d@example.com"), seat.Email("e@example.com")
	// Unmanaged are a, active, and b, pending; their manifests want c and e, active, and d, pending, to go.
	desired := []seat.Desired{manifest(e, deleting), manifest(d, inactive), manifest(c, deleting)}
	observed := inventory(
		active(a, seat.RoleEditor), pending(b, seat.RoleEditor), active(c, seat.RoleEditor),
		pending(d, seat.RoleEditor), active(e, seat.RoleEditor),
	)
	listed := []seat.Member{active(a, seat.RoleEditor), pending(b, seat.RoleEditor)}
	all := []seat.Change{unmanaged(remove(a)), unmanaged(cancel(b)), remove(c), cancel(d), remove(e)}
	approve := func(digest string) func(*seat.Policy) { return func(p *seat.Policy) { p.ApprovedRemovals = digest } }
	result := func(changes, held []seat.Change) seat.Result {
		return seat.Result{
			Changes: changes, Blocked: blocked(seat.BlockedRemovalsHeld, held...), Unmanaged: listed,
			HeldDigest: seat.Digest(held),
		}
	}
	approved := func(digest string) seat.Result {
		passed := result(all, nil)
		passed.ApprovedDigest = digest
		return passed
	}
	lastThree := []seat.Change{all[0], all[1], all[3]}
	test := func(reason string, want seat.Result, edits ...func(*seat.Policy)) planTest {
		return planTest{reason, desired, observed, policy(append(edits, removeUnmanaged)...), want}
	}
	runPlanTests(t, []planTest{
		test("room for all", result(all, nil), budget(5, 0)),
		test("members of manifests first", result([]seat.Change{all[2]}, []seat.Change{all[0], all[1], all[3], all[4]}), budget(1, 0)),
		test("then by address", result([]seat.Change{all[2], all[4]}, lastThree), budget(2, 0)),
		test("then their invitations", result(all[2:], all[:2]), budget(3, 0)),
		test("then unmanaged members", result([]seat.Change{all[0], all[2], all[3], all[4]}, all[1:2]), budget(4, 0)),
		test("what was removed lately counts", result([]seat.Change{all[2], all[4]}, lastThree), budget(5, 3)),
		test("used up", result(nil, all), budget(5, 5)),
		test("more than used up", result(nil, all), budget(5, 7)),
		test("a negative count gives no room", result([]seat.Change{all[2]}, []seat.Change{all[0], all[1], all[3], all[4]}), budget(1, -3)),
		test("none allowed", result(nil, all), budget(0, 0)),
		test("less than none allowed", result(nil, all), budget(-1, 0)),
		test("exactly the held ones approved", approved(seat.Digest(lastThree)), budget(2, 0), approve(seat.Digest(lastThree))),
		test("all approved where none may go", approved(seat.Digest(all)), budget(0, 0), approve(seat.Digest(all))),
		test("all approved where some may go", result([]seat.Change{all[2], all[4]}, lastThree), budget(2, 0), approve(seat.Digest(all))),
		test("some of the held approved", result([]seat.Change{all[2], all[4]}, lastThree), budget(2, 0), approve(seat.Digest(lastThree[:2]))),
		test("an approval of what is not held", result(all, nil), budget(5, 0), approve(seat.Digest(lastThree))),
		{
			"what a rule blocks uses up no room", []seat.Desired{manifest(c, deleting), manifest(e, deleting)},
			inventory(active(c, seat.RoleEditor), active(e, seat.RoleEditor)), policy(protect(c), budget(1, 0)),
			seat.Result{Changes: []seat.Change{remove(e)}, Blocked: blocked(seat.BlockedProtected, remove(c))},
		},
	})
}

func TestIsRemoval(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		change seat.Change
		want   bool
	}{
		{seat.Change{Verb: seat.Remove}, true},
		{seat.Change{Verb: seat.CancelInvitation}, true},
		{seat.Change{Verb: seat.CancelInvitation, Resend: true}, false},
		{seat.Change{Verb: seat.Invite, Resend: true}, false},
		{seat.Change{Verb: seat.SetRole}, false},
	} {
		if got := test.change.IsRemoval(); got != test.want {
			t.Errorf("%+v: got %t", test.change, got)
		}
	}
}
