package claysim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var withoutTime = cmpopts.IgnoreFields(Entry{}, "At")

// seatPath is the path of a member or of an invitation, by e-mail address.
func seatPath(t *testing.T, server *Server, email string) string {
	t.Helper()
	ws := server.Workspace(SampleWorkspace)
	if member, found := ws.Member(email); found {
		return fmt.Sprintf("/v3/workspaces/%d/users/%d", SampleWorkspace, member.UserID)
	}
	if invitation, found := ws.Invitation(email); found {
		return fmt.Sprintf("/v3/workspaces/%d/invitations/%d", SampleWorkspace, invitation.ID)
	}
	t.Fatalf("%s has no seat", email)
	return ""
}

func TestWrites(t *testing.T) {
	tests := []struct {
		name   string
		method string
		target string
		below  string
		roleID int
		entry  Entry
	}{
		{"change a role", http.MethodPatch, "theo@example.com", "", 1, Entry{Verb: VerbChangeRole, Role: RoleAdmin}},
		{"change the role of an invitation", http.MethodPatch, "noor@example.com", "", 3, Entry{Verb: VerbChangeInvitation, Role: RoleViewer}},
		{"remove a member", http.MethodDelete, "theo@example.com", "", 0, Entry{Verb: VerbRemove, Role: RoleEditor, TransferredTo: "mara@example.com"}},
		{"remove the creator", http.MethodDelete, "mara@example.com", "", 0, Entry{Verb: VerbRemove, Role: RoleAdmin, TransferredTo: SampleEmail}},
		{"cancel an invitation", http.MethodDelete, "noor@example.com", "", 0, Entry{Verb: VerbCancelInvitation, Role: RoleEditor}},
		{"resend an invitation", http.MethodPost, "noor@example.com", "/resend", 0, Entry{Verb: VerbResend, Role: RoleEditor}},
		{"an unknown role", http.MethodPatch, "theo@example.com", "", 9, Entry{Verb: VerbChangeRole, Refused: sentenceUnknownRole}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := startSample(t)
			b := signedInBrowser(t, server)
			got := b.call(test.method, seatPath(t, server, test.target)+test.below, roleChange{RoleID: test.roleID})
			if done := got.status == http.StatusOK; done != (test.entry.Refused == "") {
				t.Errorf("status %d", got.status)
			}
			want := test.entry
			want.Workspace, want.Actor, want.Target = SampleWorkspace, SampleEmail, test.target
			if diff := cmp.Diff([]Entry{want}, server.Journal(), withoutTime); diff != "" {
				t.Errorf("journal (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWritesChangeTheSeats(t *testing.T) {
	server := startSample(t)
	b := signedInBrowser(t, server)
	b.call(http.MethodPatch, seatPath(t, server, "theo@example.com"), roleChange{RoleID: 1})
	b.call(http.MethodDelete, seatPath(t, server, "hana@example.com"), nil)
	b.call(http.MethodDelete, seatPath(t, server, "mara@example.com"), nil)
	b.call(http.MethodDelete, seatPath(t, server, "noor@example.com"), nil)

	ws := server.Workspace(SampleWorkspace)
	if theo, _ := ws.Member("THEO@example.com"); theo.Role != RoleAdmin {
		t.Errorf("role of theo: %s", theo.Role)
	}
	for _, gone := range []string{"hana@example.com", "mara@example.com"} {
		if _, found := ws.Member(gone); found {
			t.Errorf("%s still has a seat", gone)
		}
	}
	if _, found := ws.Invitation("noor@example.com"); found {
		t.Error("the invitation of noor is still pending")
	}
	if ws.CreatedBy != SampleEmail {
		t.Errorf("owner %s, want the longest-tenured admin", ws.CreatedBy)
	}
}

func TestALeaverLosesAccessAtOnce(t *testing.T) {
	server := startSample(t)
	leaver := newBrowser(t, server)
	leaver.signIn("theo@example.com")
	if got := leaver.get("/v3/workspaces/4821"); got.status != http.StatusOK {
		t.Fatalf("before: %d", got.status)
	}
	signedInBrowser(t, server).call(http.MethodDelete, seatPath(t, server, "theo@example.com"), nil)
	if got := leaver.get("/v3/workspaces/4821"); got.status != http.StatusForbidden {
		t.Errorf("after: %d", got.status)
	}
}

func TestTheLastAdminStays(t *testing.T) {
	server := startSample(t)
	b := signedInBrowser(t, server)
	b.call(http.MethodPatch, seatPath(t, server, "mara@example.com"), roleChange{RoleID: 2})
	for _, method := range []string{http.MethodPatch, http.MethodDelete} {
		got := b.call(method, seatPath(t, server, SampleEmail), roleChange{RoleID: 2})
		if got.status != http.StatusConflict || got.body["message"] != sentenceLastAdmin {
			t.Errorf("%s: %d %v", method, got.status, got.body["message"])
		}
	}
}

func TestOnlyAdminsWrite(t *testing.T) {
	server := startSample(t)
	b := newBrowser(t, server)
	b.signIn("theo@example.com")
	if got := b.call(http.MethodDelete, seatPath(t, server, "hana@example.com"), nil); got.status != http.StatusForbidden {
		t.Errorf("remove as an editor: %d", got.status)
	}
	if got := b.invite(2, "new@example.com"); got.status != http.StatusForbidden {
		t.Errorf("invite as an editor: %d", got.status)
	}
	for _, entry := range server.Journal() {
		if entry.Refused != sentenceNotAdmin {
			t.Errorf("journal entry %+v", entry)
		}
	}
}

func TestPlansOfferRoles(t *testing.T) {
	tests := []struct {
		plan    Plan
		beta    bool
		offered string
	}{
		{PlanLaunch, false, "Admin, Editor"},
		{PlanGrowth, false, "Admin, Editor"},
		{PlanLegacyPro, false, "Admin, Editor"},
		{PlanEnterprise, false, "Admin, Editor, Viewer"},
		{PlanGrowth, true, "Admin, Editor, Sales Rep"},
		{PlanEnterprise, true, "Admin, Editor, Viewer, Sales Rep"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s, beta %v", test.plan, test.beta), func(t *testing.T) {
			seed := Sample()
			seed.Workspaces[0].Plan, seed.Workspaces[0].SalesRepBeta = test.plan, test.beta
			server := startServer(t, Options{Seed: seed})
			b := signedInBrowser(t, server)
			var offered []string
			for _, role := range []Role{RoleAdmin, RoleEditor, RoleViewer, RoleSalesRep} {
				email := strings.ToLower(strings.ReplaceAll(string(role), " ", "")) + "@example.com"
				if got := b.invite(role.ID(), email); got.status == http.StatusCreated {
					offered = append(offered, string(role))
				}
			}
			if got := strings.Join(offered, ", "); got != test.offered {
				t.Errorf("offered %q, want %q", got, test.offered)
			}
		})
	}
}

func TestASeedThatContradictsItselfIsRefused(t *testing.T) {
	tests := map[string]Seed{
		"no id":           {Workspaces: []Workspace{{Name: "x"}}},
		"twice":           {Workspaces: []Workspace{{ID: 1}, {ID: 1}}},
		"unknown role":    {Workspaces: []Workspace{{ID: 1, Members: []Seat{{Email: "a@example.com", Role: "Boss"}}}}},
		"unknown pending": {Workspaces: []Workspace{{ID: 1, Invitations: []PendingSeat{{Email: "a@example.com"}}}}},
	}
	for name, seed := range tests {
		if server, err := Start(Options{Seed: seed}); err == nil {
			t.Errorf("%s: started", name)
			if err := server.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestTenureFollowsTheSeed(t *testing.T) {
	clock := newFakeClock()
	old := clock.Now().Add(-10 * 365 * 24 * time.Hour)
	seed := Sample()
	seed.Workspaces[0].Members[2] = Seat{Email: "theo@example.com", Role: RoleAdmin, JoinedAt: old}
	server := startServer(t, Options{Seed: seed, Now: clock.Now})
	signedInBrowser(t, server).call(http.MethodDelete, seatPath(t, server, "hana@example.com"), nil)
	if heir := server.Journal()[0].TransferredTo; heir != "theo@example.com" {
		t.Errorf("transferred to %s, want the longest-tenured admin", heir)
	}
}

func TestTheWorldGrows(t *testing.T) {
	server := startSample(t)
	server.AddAccount(Account{Email: "late@example.com", Password: "before", Name: "Late"})
	server.AddAccount(Account{Email: "late@example.com", Password: SamplePassword})
	if err := server.AddWorkspace(Workspace{ID: 77, Name: "Added", Members: []Seat{{Email: "late@example.com", Role: RoleAdmin}}}); err != nil {
		t.Fatal(err)
	}
	if err := server.AddWorkspace(Workspace{ID: 77}); err == nil {
		t.Error("added a workspace twice")
	}
	b := newBrowser(t, server)
	b.signIn("late@example.com")
	if got := b.get("/v3/workspaces/77").body["name"]; got != "Added" {
		t.Errorf("name %v", got)
	}
}
