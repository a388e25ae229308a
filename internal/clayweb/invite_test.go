package clayweb

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// invitations makes changes that invite numbered addresses.
func invitations(count int, role seat.Role) []seat.Change {
	var changes []seat.Change
	for i := range count {
		email := seat.Email(fmt.Sprintf("%s%03d@example.com", fold(string(role)), i))
		changes = append(changes, seat.Change{Verb: seat.Invite, Email: email, Role: role})
	}
	return changes
}

// onceEach fails the test where an address got another number of e-mails than one.
func (w *world) onceEach(changes []seat.Change) {
	w.t.Helper()
	want := map[string]int{}
	for _, change := range changes {
		want[string(change.Email)] = 1
	}
	if diff := cmp.Diff(want, w.mails()); diff != "" {
		w.t.Errorf("e-mails (-want +got):\n%s", diff)
	}
}

func TestTwoHundredInvitationsAreCheap(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	changes := append(invitations(90, seat.RoleEditor), invitations(60, seat.RoleViewer)...)
	changes = append(changes, invitations(50, seat.RoleAdmin)...)
	outcomes, observation, err := w.apply(changes...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range changes {
		if outcomes[i].Result != "Applied" {
			t.Errorf("change %d: %v", i, outcomes[i])
		}
	}
	w.onceEach(changes)
	usage := observation.Usage
	if usage.Actions["invite-dialog"] > 10 || usage.PageLoads > 10 {
		t.Errorf("%d dialogs and %d page loads, at most 10 each", usage.Actions["invite-dialog"], usage.PageLoads)
	}
	t.Log(usage)
}

// refusedOf is the outcome of an address that was refused: where Clay took the others of its dialog, it may have taken this one too.
func refusedOf(manner claysim.PartialRefusal) string {
	if manner == claysim.PartialRefusalOthers {
		return "Failed OutcomeUnknown AddressRefused"
	}
	return "Failed Refused AddressRefused"
}

func TestRefusedAddressesDoNotSinkTheOthers(t *testing.T) {
	t.Parallel()
	for _, refusal := range []claysim.PartialRefusal{
		claysim.PartialRefusalAll, claysim.PartialRefusalOthers, claysim.PartialRefusalUnnamed,
	} {
		t.Run(string(refusal), func(t *testing.T) {
			variant := claysim.VariantCurrent()
			variant.PartialRefusal = refusal
			w := newWorld(t, func(o *claysim.Options) { o.Variant = &variant })
			// Whoever sends twice is found out: the simulator does not refuse duplicates.
			w.Inject(claysim.Fault{Kind: claysim.FaultDuplicates})
			good := invitations(5, seat.RoleEditor)
			bad := seat.Change{Verb: seat.Invite, Email: "x@blocked.example", Role: seat.RoleEditor}
			changes := append(append([]seat.Change{}, good[:2]...), bad)
			changes = append(changes, good[2:]...)
			outcomes, observation, err := w.apply(changes...)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Applied", "Applied", refusedOf(refusal), "Applied", "Applied", "Applied")
			w.onceEach(good)
			t.Log(observation.Usage)
		})
	}
}

// Two dialogs that are refused without a name must not be put together again when they are halved.
func TestHalvingManyRefusedAddresses(t *testing.T) {
	t.Parallel()
	variant := claysim.VariantCurrent()
	variant.PartialRefusal = claysim.PartialRefusalUnnamed
	w := newWorld(t, func(o *claysim.Options) { o.Variant = &variant })
	w.Inject(claysim.Fault{Kind: claysim.FaultDuplicates})
	good := invitations(maxAddresses+6, seat.RoleEditor)
	changes := append([]seat.Change{{Verb: seat.Invite, Email: "x@blocked.example", Role: seat.RoleEditor}}, good...)
	changes = append(changes, seat.Change{Verb: seat.Invite, Email: "y@blocked.example", Role: seat.RoleEditor})
	outcomes, observation, err := w.apply(changes...)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range results(len(changes), outcomes) {
		want := "Applied"
		if i == 0 || i == len(changes)-1 {
			want = "Failed Refused AddressRefused"
		}
		if text != want {
			t.Errorf("%s: %s, want %s", changes[i].Email, text, want)
		}
	}
	w.onceEach(good)
	t.Log(observation.Usage)
}

func TestRefusedAddressesWithLaggingList(t *testing.T) {
	t.Parallel()
	variant := claysim.VariantCurrent()
	variant.PartialRefusal = claysim.PartialRefusalOthers
	w := newWorld(t, func(o *claysim.Options) { o.Variant = &variant })
	w.Inject(claysim.Fault{Kind: claysim.FaultDuplicates})
	w.Inject(claysim.Fault{Kind: claysim.FaultListLag, Reads: 2})
	good := invitations(3, seat.RoleEditor)
	bad := seat.Change{Verb: seat.Invite, Email: "x@blocked.example", Role: seat.RoleEditor}
	outcomes, _, err := w.apply(append(good, bad)...)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Applied", "Applied", "Applied", refusedOf(variant.PartialRefusal))
	w.onceEach(good)
}

// A list that stays behind for longer than the proof has patience tells nothing about those whom a refusal does not name.
func TestRefusedAddressesWithListThatStaysBehind(t *testing.T) {
	t.Parallel()
	variant := claysim.VariantCurrent()
	variant.PartialRefusal = claysim.PartialRefusalOthers
	w := newWorld(t, func(o *claysim.Options) { o.Variant = &variant })
	w.Inject(claysim.Fault{Kind: claysim.FaultDuplicates})
	w.Inject(claysim.Fault{Kind: claysim.FaultListLag, Delay: time.Hour})
	good := invitations(3, seat.RoleEditor)
	bad := seat.Change{Verb: seat.Invite, Email: "x@blocked.example", Role: seat.RoleEditor}
	outcomes, _, err := w.apply(append(good, bad)...)
	if err != nil {
		t.Fatal(err)
	}
	unknown := "Unknown OutcomeUnknown NotProved"
	wantResults(t, outcomes, unknown, unknown, unknown, refusedOf(variant.PartialRefusal))
	w.onceEach(good)
}

// A notice beside the dialog names the one who was invited, as the dialog names the one who was refused.
func TestANoticeOfSuccessIsNoRefusal(t *testing.T) {
	t.Parallel()
	variant := claysim.VariantCurrent()
	variant.PartialRefusal = claysim.PartialRefusalOthers
	w := newWorld(t, func(o *claysim.Options) { o.Variant = &variant })
	w.Inject(claysim.Fault{Kind: claysim.FaultDuplicates})
	w.Inject(claysim.Fault{Kind: claysim.FaultListLag, Delay: time.Hour})
	good := invitations(1, seat.RoleEditor)
	bad := seat.Change{Verb: seat.Invite, Email: "x@blocked.example", Role: seat.RoleEditor}
	outcomes, _, err := w.apply(append(good, bad)...)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Unknown OutcomeUnknown NotProved", refusedOf(variant.PartialRefusal))
	w.onceEach(good)
}

func TestSeatLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *claysim.Options) { o.Seed.Workspaces[0].SeatLimit = 10 })
	outcomes, _, err := w.apply(invitations(2, seat.RoleEditor)...)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Failed Refused SeatLimit", "Failed Refused SeatLimit")
	w.onceEach(nil)
}

func TestRoleNotOfferedInDialog(t *testing.T) {
	t.Parallel()
	for _, variant := range claysim.Variants() {
		t.Run(variant.Name, func(t *testing.T) {
			w := newWorld(t, func(o *claysim.Options) {
				o.Variant = &variant
				o.Seed.Workspaces[0].SalesRepBeta = false
				o.Seed.Workspaces[0].Members[6].Role = claysim.RoleEditor
			})
			outcomes, _, err := w.apply(
				seat.Change{Verb: seat.SetRole, Email: "ines@example.com", Role: seat.RoleSalesRep},
				seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleSalesRep},
				seat.Change{Verb: seat.Invite, Email: "bo@example.com", Role: seat.RoleEditor},
			)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Failed Refused RoleNotOffered", "Failed Refused RoleNotOffered", "Applied")
		})
	}
}

func TestInvitationWaitsForItsCancellation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.Inject(claysim.Fault{Kind: claysim.FaultLostRequest, Route: "DELETE /v3/workspaces/*/invitations/*"})
	outcomes, _, err := w.apply(
		seat.Change{Verb: seat.CancelInvitation, Email: "noor@example.com"},
		seat.Change{Verb: seat.Invite, Email: "noor@example.com", Role: seat.RoleViewer},
	)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Unknown OutcomeUnknown NotProved", "Failed Unavailable NotProved")
	w.onceEach(nil)
}

func TestInvitationAfterItsCancellation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	outcomes, _, err := w.apply(
		seat.Change{Verb: seat.CancelInvitation, Email: "noor@example.com"},
		seat.Change{Verb: seat.Invite, Email: "noor@example.com", Role: seat.RoleViewer},
	)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Applied", "Applied")
	if invitation, _ := w.Workspace(claysim.SampleWorkspace).Invitation("noor@example.com"); invitation.Role != claysim.RoleViewer {
		t.Errorf("noor was invited as %s", invitation.Role)
	}
}

// Somebody who "already exists" is an address that Clay refuses, and no name that is taken: a refused address waits, and is not tried again at once.
func TestInvitationsKnowNoTakenNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.Inject(claysim.Fault{
		Kind: claysim.FaultStatus, Route: "POST /v3/workspaces/*/invitations", Status: 409, Text: "A user with this email already exists",
	})
	outcomes, _, err := w.apply(seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor})
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, failed(sidecar.Refused, sidecar.ReasonAddressRefused))
}
