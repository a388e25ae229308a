package clayweb

import (
	"context"
	"testing"

	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// TestNothingIsClickedWithoutAPermit takes the permit away before each click that writes. What was done before is proved, nothing is
// done afterwards, and there is no doubt about anything.
func TestNothingIsClickedWithoutAPermit(t *testing.T) {
	t.Parallel()
	changes := []seat.Change{
		{Verb: seat.Remove, Email: "theo@example.com"},
		{Verb: seat.CancelInvitation, Email: "noor@example.com"},
		{Verb: seat.SetRole, Email: "ines@example.com", Role: seat.RoleViewer},
		{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor},
		{Verb: seat.Invite, Email: "cy@example.com", Role: seat.RoleAdmin},
	}
	made := 0
	for allowed := 0; made < len(changes); allowed++ {
		made = countMade(t, changes, allowed)
		if allowed > 3*len(changes) {
			t.Fatalf("%d permits do not suffice for %d changes", allowed, len(changes))
		}
	}
}

// countMade carries the changes out with a permit for so many clicks, and returns how many were made.
func countMade(t *testing.T, changes []seat.Change, allowed int) (made int) {
	t.Helper()
	w := newWorld(t, nil)
	seeded := len(w.Journal())
	asked := 0
	ctx, cancel := context.WithTimeout(t.Context(), callLimit)
	defer cancel()
	ctx = sidecar.WithPermit(ctx, func() error {
		if asked++; asked > allowed {
			return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonTimeout, "this is over")
		}
		return nil
	})
	outcomes := map[int]sidecar.Outcome{}
	_, err := w.backend.Apply(ctx, w.workspace, changes, func(outcome sidecar.Outcome) { outcomes[outcome.Index] = outcome })
	for index := range changes {
		switch outcome := outcomes[index]; outcome.Result {
		case sidecar.Applied:
			made++
		case sidecar.Failed:
		default:
			t.Errorf("%d permits: change %d is %q", allowed, index, outcome.Result)
		}
	}
	if (err == nil) != (made == len(changes)) {
		t.Errorf("%d permits: %d made, error %v", allowed, made, err)
	}
	if written := len(w.Journal()) - seeded; written != made {
		t.Errorf("%d permits: %d changes in Clay, and %d are reported", allowed, written, made)
	}
	return made
}
