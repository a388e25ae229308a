package clayweb

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// TestRowsThatSwapUnderThePointer has the list put another person into a row in the moment in which the pointer gets there, several times, or
// once while a menu or a dialog of the row is open. Whatever is clicked then is about that person: nobody else may be hit.
func TestRowsThatSwapUnderThePointer(t *testing.T) {
	t.Parallel()
	moments := map[string]claysim.Fault{
		"row":    {Kind: claysim.FaultRowsSwap, Times: 3},
		"menu":   {Kind: claysim.FaultRowsSwap, Times: 1, Text: "menu"},
		"dialog": {Kind: claysim.FaultRowsSwap, Times: 1, Text: "dialog"},
	}
	for _, variant := range claysim.Variants() {
		for _, change := range []seat.Change{
			{Verb: seat.SetRole, Email: "ines@example.com", Role: seat.RoleViewer},
			{Verb: seat.CancelInvitation, Email: "noor@example.com"},
			{Verb: seat.Remove, Email: "theo@example.com"},
		} {
			for moment, swaps := range moments {
				t.Run(fmt.Sprintf("%s, %s, %s", variant.Name, change.Verb, moment), func(t *testing.T) {
					w := newWorld(t, func(o *claysim.Options) { o.Variant = &variant })
					before := others(w, string(change.Email))
					w.Inject(swaps)
					outcomes, _, err := w.apply(change)
					requireStopped(t, outcomes, err)
					if diff := cmp.Diff(before, others(w, string(change.Email))); diff != "" {
						t.Errorf("somebody else was hit (-before +after):\n%s", diff)
					}
				})
			}
		}
	}
}

// requireStopped wants a change that was made, or one of which it is certain that it was not.
func requireStopped(t *testing.T, outcomes map[int]sidecar.Outcome, err error) {
	t.Helper()
	if len(outcomes) != 1 {
		t.Fatalf("%d outcomes, and %v", len(outcomes), err)
	}
	if outcomes[0].Result == sidecar.Applied && err == nil {
		return
	}
	if outcomes[0].Result != sidecar.Failed || !strings.Contains(fmt.Sprint(err), errStopped.Detail) {
		t.Errorf("%s, and %v", outcomes[0].Result, err)
	}
}

// others are the roles of everybody but one.
func others(w *world, but string) map[string]claysim.Role {
	roles := map[string]claysim.Role{}
	state := w.Workspace(claysim.SampleWorkspace)
	for _, member := range state.Members {
		roles[member.Email] = member.Role
	}
	for _, invitation := range state.Invitations {
		roles["invited "+invitation.Email] = invitation.Role
	}
	delete(roles, but)
	delete(roles, "invited "+but)
	return roles
}
