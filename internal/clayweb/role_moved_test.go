package clayweb

import (
	"testing"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
)

// A role that a person gave since the change was planned stays: what was meant to raise somebody could demote them by now.
func TestARoleGivenMeanwhileStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *claysim.Options) {
		members := o.Seed.Workspaces[0].Members
		for i := range members {
			if members[i].Email == "ines@example.com" {
				members[i].Role = claysim.RoleAdmin
			}
		}
	})
	raise := seat.Change{Verb: seat.SetRole, Email: "ines@example.com", From: seat.RoleViewer, Role: seat.RoleEditor}
	outcomes, _, err := w.apply(raise)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Failed Unavailable NotProved")
	if member, _ := w.Workspace(claysim.SampleWorkspace).Member("ines@example.com"); member.Role != claysim.RoleAdmin {
		t.Errorf("ines is %s", member.Role)
	}
	raise.From = seat.RoleAdmin
	if outcomes, _, err = w.apply(raise); err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Applied")
}
