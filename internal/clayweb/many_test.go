package clayweb

import (
	"fmt"
	"testing"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// manyMembers is more than the page shows at once, so that rows come and go while they are worked on.
const manyMembers = 30

// The page draws its list anew after every write. Changes that follow each other quickly must all be made, and made to the
// right people.
func TestManyRoleChangesAndRemovals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *claysim.Options) {
		for i := range manyMembers {
			o.Seed.Workspaces[0].Members = append(o.Seed.Workspaces[0].Members,
				claysim.Seat{Email: fmt.Sprintf("person-%02d@example.com", i), Name: fmt.Sprint("Person ", i), Role: claysim.RoleEditor})
		}
	})
	var changes []seat.Change
	for i := range manyMembers {
		change := seat.Change{Verb: seat.Remove, Email: seat.Email(fmt.Sprintf("person-%02d@example.com", i))}
		if i >= manyMembers/2 {
			change.Verb, change.Role = seat.SetRole, seat.RoleViewer
		}
		changes = append(changes, change)
	}
	outcomes, _, err := w.apply(changes...)
	if err != nil {
		t.Fatal(err)
	}
	for i, change := range changes {
		if outcomes[i].Result != sidecar.Applied {
			t.Errorf("%s of %s: %+v", change.Verb, change.Email, outcomes[i])
		}
		member, found := w.Workspace(claysim.SampleWorkspace).Member(string(change.Email))
		if wanted := change.Verb == seat.SetRole; found != wanted || found && member.Role != claysim.RoleViewer {
			t.Errorf("after %s of %s: found %v with role %q", change.Verb, change.Email, found, member.Role)
		}
	}
}
