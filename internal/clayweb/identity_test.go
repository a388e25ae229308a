package clayweb

import (
	"testing"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// lookAlikes adds people who could be taken for one another.
func lookAlikes(o *claysim.Options) {
	workspace := &o.Seed.Workspaces[0]
	workspace.Members = append(workspace.Members,
		claysim.Seat{Email: "jo@example.com", Name: "Jo", Role: claysim.RoleEditor},
		claysim.Seat{Email: "mojo@example.com", Name: "Mo Jo", Role: claysim.RoleEditor},
		claysim.Seat{Email: "jo@example.com.co", Name: "Jo Co", Role: claysim.RoleEditor},
		claysim.Seat{Email: "jo@example.co", Name: "Jo", Role: claysim.RoleEditor},
		claysim.Seat{Email: "jo.x@example.com", Name: "jo@example.com", Role: claysim.RoleEditor},
		claysim.Seat{Email: "o'neil+a/b@example.com", Name: `Pat "the" O'Neil`, Role: claysim.RoleEditor},
		claysim.Seat{Email: "status@example.com", Name: "Pending", Role: claysim.RoleEditor},
		claysim.Seat{Email: "title@example.com", Name: "Admin", Role: claysim.RoleViewer},
	)
}

func TestLookAlikesAreNotMistaken(t *testing.T) {
	t.Parallel()
	targets := []seat.Email{
		"jo@example.com", "mojo@example.com", "jo@example.com.co", "jo.x@example.com", "o'neil+a/b@example.com",
		"status@example.com", "title@example.com",
	}
	for _, variant := range []claysim.Variant{claysim.VariantCurrent(), claysim.VariantClassic()} {
		t.Run(variant.Name, func(t *testing.T) {
			w := newWorld(t, func(o *claysim.Options) {
				o.Variant = &variant
				lookAlikes(o)
			})
			before := len(w.Workspace(claysim.SampleWorkspace).Members)
			var roles, removals []seat.Change
			var want []string
			for _, target := range targets {
				roles = append(roles, seat.Change{Verb: seat.SetRole, Email: target, Role: seat.RoleAdmin})
				removals = append(removals, seat.Change{Verb: seat.Remove, Email: target})
				want = append(want, "Applied")
			}
			outcomes, _, err := w.apply(roles...)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, want...)
			outcomes, _, err = w.apply(removals...)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, want...)
			state := w.Workspace(claysim.SampleWorkspace)
			if len(state.Members) != before-len(targets) {
				t.Errorf("%d members, want %d", len(state.Members), before-len(targets))
			}
			if left, there := state.Member("jo@example.co"); !there || left.Role != claysim.RoleEditor {
				t.Errorf("jo@example.co: there %v, %s", there, left.Role)
			}
		})
	}
}

func TestVerbsDoNotCross(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	outcomes, _, err := w.apply(
		seat.Change{Verb: seat.Remove, Email: "noor@example.com"},
		seat.Change{Verb: seat.CancelInvitation, Email: "theo@example.com"},
		seat.Change{Verb: seat.Remove, Email: "nobody@example.com"},
		seat.Change{Verb: seat.CancelInvitation, Email: "nobody@example.com"},
		seat.Change{Verb: seat.SetRole, Email: "nobody@example.com", Role: seat.RoleAdmin},
		seat.Change{Verb: seat.SetRole, Email: "noor@example.com", Role: seat.RoleAdmin},
		seat.Change{Verb: seat.SetRole, Email: "theo@example.com", Role: seat.RoleEditor},
		seat.Change{Verb: seat.Invite, Email: "theo@example.com", Role: seat.RoleAdmin},
		seat.Change{Verb: seat.Invite, Email: "noor@example.com", Role: seat.RoleAdmin},
	)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes,
		"Failed InvalidInput MemberNotFound", "Failed InvalidInput MemberNotFound", "AlreadyThere", "AlreadyThere",
		"Failed InvalidInput MemberNotFound", "Failed InvalidInput MemberNotFound", "AlreadyThere", "Failed Unavailable NotProved", "AlreadyThere")
	if len(w.Journal()) > 0 {
		t.Errorf("written: %v", w.Journal())
	}
}

func TestLastAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *claysim.Options) {
		o.Seed.Workspaces[0].Members[0].Role = claysim.RoleEditor // the operator's account is the only admin left
	})
	outcomes, _, err := w.apply(seat.Change{Verb: seat.SetRole, Email: claysim.SampleEmail, Role: seat.RoleEditor})
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Failed Refused LastAdmin")
	outcomes, _, err = w.apply(seat.Change{Verb: seat.Remove, Email: claysim.SampleEmail})
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Failed Refused LastAdmin")
}

// A label that this version does not know ends the writing, whatever else is asked for.
func TestRenamedLabelsAreDrift(t *testing.T) {
	t.Parallel()
	tests := []struct {
		label   claysim.Label
		change  seat.Change
		written bool
	}{
		{claysim.LabelInvite, seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor}, false},
		{claysim.LabelRemoveMember, seat.Change{Verb: seat.Remove, Email: "theo@example.com"}, false},
		{claysim.LabelCancelInvite, seat.Change{Verb: seat.CancelInvitation, Email: "noor@example.com"}, false},
		{claysim.LabelPending, seat.Change{Verb: seat.CancelInvitation, Email: "noor@example.com"}, false},
		{claysim.LabelConfirmRemove, seat.Change{Verb: seat.Remove, Email: "theo@example.com"}, true},
		{claysim.LabelSubmit, seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor}, false},
		{claysim.LabelMore, seat.Change{Verb: seat.Remove, Email: "theo@example.com"}, true},
		{claysim.LabelEmails, seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor}, true},
	}
	for _, test := range tests {
		t.Run(string(test.label), func(t *testing.T) {
			w := newWorld(t, nil)
			w.Inject(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: test.label, Text: "Frobnicate"})
			outcomes, _, err := w.apply(test.change, seat.Change{Verb: seat.Invite, Email: "bo@example.com", Role: seat.RoleEditor})
			if test.written {
				// Structure is enough to go on where the label alone is new.
				if err != nil {
					t.Fatal(err)
				}
				wantResults(t, outcomes, "Applied", "Applied")
				return
			}
			wantFault(t, err, sidecar.Drift, sidecar.ReasonPageChanged)
			fault := sidecar.AsFault(err)
			t.Log(fault.Message)
			wantResults(t, outcomes, "Failed Drift PageChanged", "Failed Drift PageChanged")
			if fault.Evidence == nil || len(fault.Evidence.Screenshot) == 0 {
				t.Error("there is no evidence")
			}
			if len(w.Journal()) > 0 {
				t.Errorf("written: %v", w.Journal())
			}
			if !w.mustObserve().Inventory.Complete {
				t.Error("reading does not go on")
			}
		})
	}
}
