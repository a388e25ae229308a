package clayweb

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
)

// What the dialog's other fields held before is no address, as long as it stays what it was.
func TestHoldsExactlyBesideOtherFields(t *testing.T) {
	t.Parallel()
	sent := batch{{change: seat.Change{Email: "ada@example.com"}}}
	tests := []struct {
		name          string
		before, after []string
		want          bool
	}{
		{"a budget", []string{"500"}, []string{"500"}, true},
		{"a budget beside an address that is no chip", []string{"500"}, []string{"ada@example.com", "500"}, false},
		{"a budget that changed", []string{"500"}, []string{"900"}, false},
		{"one budget more", []string{"500"}, []string{"500", "500"}, false},
		{"what was typed and made no chip", nil, []string{"ada"}, false},
		{"somebody else", []string{"eve@example.com"}, []string{"eve@example.com"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before, after := dialogAddresses{Fields: test.before}, dialogAddresses{Texts: []string{"ada@example.com"}, Fields: test.after}
			if got := holdsExactly(before, after, sent); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// The role may stand in a field, whose value then is one of the dialog's fields.
func TestInviteWhereTheRoleIsAField(t *testing.T) {
	t.Parallel()
	variant := claysim.VariantCurrent()
	variant.RoleField = true
	w := newWorld(t, func(o *claysim.Options) { o.Variant = &variant })
	viewer := seat.Change{Verb: seat.Invite, Email: "bo@example.com", Role: seat.RoleViewer}
	outcomes, _, err := w.apply(ada, viewer)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Applied", "Applied")
	state := w.Workspace(claysim.SampleWorkspace)
	got := map[string]claysim.Role{}
	for _, email := range []string{"ada@example.com", "bo@example.com"} {
		invitation, _ := state.Invitation(email)
		got[email] = invitation.Role
	}
	if diff := cmp.Diff(map[string]claysim.Role{"ada@example.com": claysim.RoleEditor, "bo@example.com": claysim.RoleViewer}, got); diff != "" {
		t.Errorf("invited (-want +got):\n%s", diff)
	}
}
