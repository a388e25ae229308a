package clayweb

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
)

// Names and addresses that are made to mislead are read as they are, run nothing, and change nothing about who gets a role or loses a seat:
// not the one with the same letters from another script, and not the one whose name is somebody else's address.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	const (
		namedAsTheo = "name-is-an-address@example.com" // whose name is theo@example.com
		lookalike   = "thеo@example.com"               // with a Cyrillic е
	)
	hostile := claysim.HostileSample().Workspaces[0]
	var want []seat.Member
	for _, member := range hostile.Members {
		want = append(want, seat.Member{Email: asEmail(member.Email), Role: roleNamed(member.Role), Presence: seat.Active})
	}
	for _, invitation := range hostile.Invitations {
		want = append(want, seat.Member{Email: asEmail(invitation.Email), Role: roleNamed(invitation.Role), Presence: seat.Pending})
	}
	for _, variant := range claysim.Variants() {
		t.Run(variant.Name, func(t *testing.T) {
			w := newWorld(t, func(o *claysim.Options) { o.Seed, o.Variant = claysim.HostileSample(), &variant })
			compareMembers(t, w.mustObserve().Inventory.Members, want)
			outcomes, _, err := w.apply(
				seat.Change{Verb: seat.Remove, Email: namedAsTheo},
				seat.Change{Verb: seat.Remove, Email: lookalike},
				seat.Change{Verb: seat.SetRole, Email: "theo@example.com", Role: seat.RoleViewer},
			)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Applied", "Applied", "Applied")
			written := []claysim.Entry{
				{Verb: claysim.VerbRemove, Target: namedAsTheo, Role: claysim.RoleEditor},
				{Verb: claysim.VerbRemove, Target: lookalike, Role: claysim.RoleEditor},
				{Verb: claysim.VerbChangeRole, Target: "theo@example.com", Role: claysim.RoleViewer},
			}
			rest := cmpopts.IgnoreFields(claysim.Entry{}, "At", "Workspace", "Actor", "TransferredTo")
			if diff := cmp.Diff(written, w.Journal(), rest); diff != "" {
				t.Errorf("written in Clay (-want +got):\n%s", diff)
			}
			w.wantNothingRan()
		})
	}
}

// roleNamed is a role of the simulator's as the operator calls it.
func roleNamed(role claysim.Role) seat.Role {
	return map[claysim.Role]seat.Role{
		claysim.RoleAdmin: seat.RoleAdmin, claysim.RoleEditor: seat.RoleEditor, claysim.RoleViewer: seat.RoleViewer, claysim.RoleSalesRep: seat.RoleSalesRep,
	}[role]
}

// wantNothingRan makes sure that no name was run as a script: those of the hostile sample would have changed the page's title.
func (w *world) wantNothingRan() {
	w.t.Helper()
	v, err := w.backend.enter(w.t.Context(), w.workspace)
	if err != nil {
		w.t.Fatal(err)
	}
	defer v.leave()
	var title string
	err = v.do(w.t.Context(), "read the title", callLimit, func(_ context.Context, page playwright.Page) error {
		var err error
		title, err = page.Title()
		return err
	})
	if err != nil || title == "" || title == "run" {
		w.t.Errorf("the title of the page is %q, %v", title, err)
	}
	if dialogs := v.session.TakeDialogs(); len(dialogs) > 0 {
		w.t.Errorf("the page opened dialogs: %v", dialogs)
	}
}
