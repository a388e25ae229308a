package clayweb

import (
	"fmt"
	"slices"
	"testing"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
)

// Groups and budgets go into the dialog where it offers them, and nobody stays uninvited for want of them.
func TestInviteWithGroupsAndBudgets(t *testing.T) {
	t.Parallel()
	for _, variant := range claysim.Variants() {
		t.Run(variant.Name, func(t *testing.T) {
			w := newAccessWorld(t, func(o *claysim.Options) { o.Variant = &variant; withBudgets(o) })
			both := seat.NewNames([]string{"Sales", "Sales EMEA"})
			changes := []seat.Change{
				{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor, Groups: both, Budgets: seat.NewNames([]string{"Old"})},
				{Verb: seat.Invite, Email: "bo@example.com", Role: seat.RoleEditor, Groups: both, Budgets: seat.NewNames([]string{"Old"})},
				{Verb: seat.Invite, Email: "cy@example.com", Role: seat.RoleEditor},
				{Verb: seat.Invite, Email: "di@example.com", Role: seat.RoleViewer, Groups: seat.NewNames([]string{"Nowhere", "Empty"})},
			}
			outcomes, observation, err := w.apply(changes...)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Applied", "Applied", "Applied", "Applied")
			w.onceEach(changes)
			state := w.Workspace(claysim.SampleWorkspace)
			for email, want := range map[string][2][]string{
				"ada@example.com": {{"Sales", "Sales EMEA"}, {"Old"}}, "bo@example.com": {{"Sales", "Sales EMEA"}, {"Old"}},
				"cy@example.com": {}, "di@example.com": {{"Empty"}, nil},
			} {
				invitation, _ := state.Invitation(email)
				if !slices.Equal(invitation.Groups, want[0]) || !slices.Equal(invitation.Budgets, want[1]) {
					t.Errorf("%s was invited with %q and %q, want %q", email, invitation.Groups, invitation.Budgets, want)
				}
			}
			if dialogs := observation.Usage.Actions["invite-dialog"]; !variant.SingleAddress && dialogs != 3 {
				t.Errorf("%d dialogs, want 3", dialogs)
			}
		})
	}
}

// A plan without groups has no fields for them.
func TestInviteWithGroupsThatAreNotOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *claysim.Options) { o.Seed.Workspaces[0].Plan = claysim.PlanGrowth })
	change := seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor, Groups: "Sales", Budgets: "Old"}
	outcomes, _, err := w.apply(change)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Applied")
	w.onceEach([]seat.Change{change})
}

// However many groups the dialog does not offer, it is sent in time.
func TestInviteWithManyGroupsThatAreNotThere(t *testing.T) {
	t.Parallel()
	w := newAccessWorld(t, nil)
	var names []string
	for i := range 60 { // each is waited for, and a dialog has actLimit
		names = append(names, fmt.Sprint("Nowhere ", i))
	}
	changes := []seat.Change{
		{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor, Groups: seat.NewNames(names)},
		{Verb: seat.Invite, Email: "bo@example.com", Role: seat.RoleEditor, Groups: seat.NewNames(names[1:])},
	}
	outcomes, _, err := w.apply(changes...)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Applied", "Applied")
	w.onceEach(changes)
}
