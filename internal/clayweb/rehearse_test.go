package clayweb

import (
	"testing"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// replace makes the two changes that replace an invitation by one with another role.
func replace(email seat.Email, role seat.Role) []seat.Change {
	return []seat.Change{
		{Verb: seat.CancelInvitation, Email: email, Resend: true},
		{Verb: seat.Invite, Email: email, Role: role, Resend: true},
	}
}

// stillInvited fails the test where somebody has another invitation than the one that the sample began with.
func (w *world) stillInvited(email string, role claysim.Role) {
	w.t.Helper()
	if invitation, there := w.Workspace(claysim.SampleWorkspace).Invitation(email); !there || invitation.Role != role {
		w.t.Errorf("%s: invited %v as %q, want %q", email, there, invitation.Role, role)
	}
}

// An invitation is not cancelled for one with a role that Clay does not offer. The others go on.
func TestAnInvitationStaysWhereItsSuccessorsRoleIsNotOffered(t *testing.T) {
	t.Parallel()
	for _, variant := range claysim.Variants() {
		t.Run(variant.Name, func(t *testing.T) {
			w := newWorld(t, func(o *claysim.Options) {
				o.Variant = &variant
				ws := &o.Seed.Workspaces[0]
				ws.Plan, ws.Invitations[1].Role = claysim.PlanLaunch, claysim.RoleSalesRep
			})
			noor, felix := replace("noor@example.com", seat.RoleViewer), replace("felix@example.com", seat.RoleEditor)
			outcomes, _, err := w.apply(felix[0], noor[0], felix[1], noor[1])
			if err != nil {
				t.Fatal(err)
			}
			refused := "Failed Refused RoleNotOffered"
			wantResults(t, outcomes, "Applied", refused, "Applied", refused)
			w.stillInvited("noor@example.com", claysim.RoleEditor)
			w.stillInvited("felix@example.com", claysim.RoleEditor)
			w.onceEach(felix[1:])
			if outcomes[1].Fault.Evidence != nil || outcomes[3].Fault.Evidence == nil {
				t.Error("the report is not kept once")
			}
		})
	}
}

// Nor is it cancelled where the dialog could not be sent, whatever it is that the page lacks.
func TestAnInvitationStaysWhereItsSuccessorCannotBeSent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		fault   claysim.Fault
		missing element
	}{
		{"no button that invites", claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: claysim.LabelInvite, Text: "Bring a colleague"}, teamInvite},
		{"no button that sends", claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: claysim.LabelSubmit, Text: "Dispatch"}, inviteSubmit},
		{"two buttons that send", claysim.Fault{Kind: claysim.FaultDoubledLabel, Label: claysim.LabelSubmit}, inviteSubmit},
		{"two controls for the role", claysim.Fault{Kind: claysim.FaultDoubledLabel, Label: claysim.LabelRoleEditor}, inviteRole},
		{"a dialog that closes at once, whatever was found in it", claysim.Fault{Kind: claysim.FaultDialogCloses, Text: "invite"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.Inject(test.fault)
			outcomes, _, err := w.apply(replace("noor@example.com", seat.RoleViewer)...)
			wantFault(t, err, sidecar.Drift, sidecar.ReasonPageChanged)
			wantResults(t, outcomes, "Failed Drift PageChanged", "Failed Drift PageChanged")
			if missing := reportOf(t, err).Missing; test.missing != "" && (len(missing) != 1 || missing[0].Element != test.missing) {
				t.Errorf("missing %+v, want %s", missing, test.missing)
			}
			if journal := w.Journal(); len(journal) > 0 {
				t.Errorf("written: %v", journal)
			}
			w.stillInvited("noor@example.com", claysim.RoleEditor)
		})
	}
}

// What is rehearsed is rehearsed once for each role, however many invitations are replaced.
func TestTheDialogIsRehearsedOnceForEachRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	noor, felix := replace("noor@example.com", seat.RoleViewer), replace("felix@example.com", seat.RoleViewer)
	outcomes, _, err := w.apply(noor[0], felix[0], noor[1], felix[1])
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Applied", "Applied", "Applied", "Applied")
	w.onceEach([]seat.Change{noor[1], felix[1]})
	if dialogs := w.Counters().Dialogs["invite"]; dialogs != 2 {
		t.Errorf("%d dialogs for invitations, want one to rehearse and one to send", dialogs)
	}
}
