package clayweb

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
)

// sampleMembers is the sample world as it should be read.
func sampleMembers() []seat.Member {
	return []seat.Member{
		{Email: "mara@example.com", Role: seat.RoleAdmin, Presence: seat.Active},
		{Email: claysim.SampleEmail, Role: seat.RoleAdmin, Presence: seat.Active},
		{Email: "theo@example.com", Role: seat.RoleEditor, Presence: seat.Active},
		{Email: "ines@example.com", Role: seat.RoleEditor, Presence: seat.Active},
		{Email: "jonas@example.com", Role: seat.RoleViewer, Presence: seat.Active},
		{Email: "priya@example.com", Role: seat.RoleEditor, Presence: seat.Active},
		{Email: "luc@example.com", Role: seat.RoleSalesRep, Presence: seat.Active},
		{Email: "hana@example.com", Role: seat.RoleViewer, Presence: seat.Active},
		{Email: "noor@example.com", Role: seat.RoleEditor, Presence: seat.Pending},
		{Email: "felix@example.com", Role: seat.RoleViewer, Presence: seat.Pending},
	}
}

// compareMembers compares lists without order, names and ids.
func compareMembers(t *testing.T, got, want []seat.Member) {
	t.Helper()
	byEmail := cmpopts.SortSlices(func(a, b seat.Member) bool { return a.Email < b.Email })
	plain := cmpopts.IgnoreFields(seat.Member{}, "ID", "Name")
	if diff := cmp.Diff(want, got, byEmail, plain); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	for _, variant := range claysim.Variants() {
		t.Run(variant.Name, func(t *testing.T) {
			w := newWorld(t, func(o *claysim.Options) { o.Variant = &variant })
			first := w.mustObserve()
			compareMembers(t, first.Inventory.Members, sampleMembers())
			if !first.SignedIn || !first.Inventory.Complete || first.Inventory.Source != seat.SourceTraffic {
				t.Errorf("signed in %v, complete %v, source %s", first.SignedIn, first.Inventory.Complete, first.Inventory.Source)
			}
			if first.Inventory.Plan == "" {
				t.Error("the plan was not read")
			}
			second := w.mustObserve()
			if second.SignedIn || second.Usage.PageLoads != 1 {
				t.Errorf("a warm read signed in: %v, and loaded %d pages", second.SignedIn, second.Usage.PageLoads)
			}
			compareMembers(t, second.Inventory.Members, sampleMembers())
		})
	}
}
