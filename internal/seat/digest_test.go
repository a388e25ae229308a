package seat_test

import (
	"regexp"
	"testing"

	"github.com/seatwright/clay-operator/internal/seat"
)

func TestDigest(t *testing.T) {
	t.Parallel()
	jo := seat.Change{Verb: seat.Remove, Email: "jo@example.com", Owner: "x", MemberID: "1"}
	kim := seat.Change{Verb: seat.Remove, Email: "kim@example.com"}
	cancelJo := seat.Change{Verb: seat.CancelInvitation, Email: "jo@example.com"}
	both := seat.Digest([]seat.Change{jo, kim})
	if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(both) {
		t.Errorf("digest %q is not 16 hexadecimal digits", both)
	}
	if got := seat.Digest(nil); got != "" {
		t.Errorf("digest of nothing: %q", got)
	}
	if got := seat.Digest([]seat.Change{kim, {Verb: seat.Remove, Email: "jo@example.com"}}); got != both {
		t.Errorf("order, owner or member id changed the digest: %q, %q", got, both)
	}
	for name, other := range map[string][]seat.Change{
		"fewer": {jo}, "more": {jo, kim, cancelJo}, "another verb": {cancelJo, kim}, "another address": {jo, jo},
	} {
		if got := seat.Digest(other); got == both {
			t.Errorf("%s: same digest %q", name, got)
		}
	}
}

func TestDigestIsStable(t *testing.T) {
	t.Parallel()
	// An approval outlives an upgrade of the operator only while this value stays.
	const want = "c263e1538ace65f0"
	if got := seat.Digest([]seat.Change{{Verb: seat.Remove, Email: "jo@example.com"}}); got != want {
		t.Errorf("digest: got %q, want %q", got, want)
	}
}

func TestPhase(t *testing.T) {
	t.Parallel()
	for verb, want := range map[seat.Verb]int{seat.Remove: 0, seat.CancelInvitation: 0, seat.SetRole: 1, seat.Invite: 2} {
		if got := verb.Phase(); got != want {
			t.Errorf("%s: got phase %d, want %d", verb, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	jo := seat.Member{Email: "jo@example.com", Presence: seat.Active}
	inventory := seat.Inventory{Members: []seat.Member{jo}}
	if got, found := inventory.Find("jo@example.com"); got != jo || !found {
		t.Errorf("got %v, %t", got, found)
	}
	if got, found := inventory.Find("kim@example.com"); got != (seat.Member{}) || found {
		t.Errorf("got %v, %t", got, found)
	}
}
