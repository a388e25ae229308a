package claysim

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPartialRefusal(t *testing.T) {
	refused := []any{map[string]any{"email": "theo@example.com", "reason": reasonMember}}
	tests := []struct {
		manner  PartialRefusal
		status  int
		sent    bool
		refused any
	}{
		{"", http.StatusUnprocessableEntity, false, refused},
		{PartialRefusalAll, http.StatusUnprocessableEntity, false, refused},
		{PartialRefusalUnnamed, http.StatusUnprocessableEntity, false, nil},
		{PartialRefusalOthers, http.StatusCreated, true, refused},
	}
	for _, test := range tests {
		t.Run(string(test.manner), func(t *testing.T) {
			variant := VariantCurrent()
			variant.PartialRefusal = test.manner
			server := startServer(t, Options{Seed: Sample(), Variant: &variant})
			got := signedInBrowser(t, server).invite(2, "new@example.com", "theo@example.com")
			if got.status != test.status {
				t.Errorf("status %d, want %d", got.status, test.status)
			}
			if diff := cmp.Diff(test.refused, got.body["refused"]); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
			if _, sent := server.Workspace(SampleWorkspace).Invitation("new@example.com"); sent != test.sent {
				t.Errorf("the other address was invited: %v", sent)
			}
			if entries := server.Journal(); len(entries) != 2 {
				t.Errorf("journal %+v, want one entry for each address", entries)
			}
		})
	}
}

func TestReasonsAgainstAnAddress(t *testing.T) {
	tests := map[string]string{
		"THEO@example.com":         reasonMember,
		"Noor@example.com":         reasonInvited,
		"nobody":                   reasonMalformed,
		"Ada <ada@example.com>":    reasonMalformed,
		"somebody@Blocked.example": reasonDomain,
		"ada@example.com":          "",
	}
	server := startSample(t)
	b := signedInBrowser(t, server)
	for email, reason := range tests {
		got := b.invite(2, email)
		if reason == "" {
			if got.status != http.StatusCreated {
				t.Errorf("%s: %d", email, got.status)
			}
			continue
		}
		want := []any{map[string]any{"email": email, "reason": reason}}
		if diff := cmp.Diff(want, got.body["refused"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", email, diff)
		}
	}
	if got := b.invite(2); got.body["message"] != sentenceNoAddress {
		t.Errorf("no address: %d", got.status)
	}
}

func TestOneDialogInvitesManyAndIsCountedOnce(t *testing.T) {
	server := startSample(t)
	before := len(server.Outbox())
	got := signedInBrowser(t, server).invite(3, "a@example.com", "b@example.com", "A@example.com")
	if got.status != http.StatusCreated {
		t.Fatalf("status %d", got.status)
	}
	var to []string
	for _, mail := range server.Outbox()[before:] {
		to = append(to, mail.To)
		if mail.Role != RoleViewer || !strings.HasPrefix(mail.Link, server.AppURL()+"/invite/") {
			t.Errorf("mail %+v", mail)
		}
	}
	if diff := cmp.Diff([]string{"a@example.com", "b@example.com"}, to); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
	if n := server.Counters().InvitationsSubmitted; n != 1 {
		t.Errorf("%d dialogs counted", n)
	}
}

func TestSeatLimitCountsInvitations(t *testing.T) {
	seed := Sample()
	seed.Workspaces[0].SeatLimit = 11
	server := startServer(t, Options{Seed: seed})
	b := signedInBrowser(t, server)
	if got := b.invite(2, "a@example.com", "b@example.com"); got.body["message"] != sentenceSeatLimit {
		t.Errorf("two above the limit: %d", got.status)
	}
	if got := b.invite(2, "a@example.com"); got.status != http.StatusCreated {
		t.Errorf("the last free seat: %d", got.status)
	}
}

func TestAcceptingAnInvitation(t *testing.T) {
	server := startSample(t)
	if err := server.AcceptInvitation("noor@example.com"); err != nil {
		t.Fatal(err)
	}
	ws := server.Workspace(SampleWorkspace)
	if member, found := ws.Member("noor@example.com"); !found || member.Role != RoleEditor || member.Name != "Noor" {
		t.Errorf("member %+v, %v", member, found)
	}
	if _, pending := ws.Invitation("noor@example.com"); pending {
		t.Error("the invitation is still pending")
	}
	if err := server.AcceptInvitation("noor@example.com"); err == nil {
		t.Error("accepted twice")
	}
}

func TestALinkWorksOnceAndNotForEver(t *testing.T) {
	clock := newFakeClock()
	server := startServer(t, Options{Seed: Sample(), Now: clock.Now})
	b := newBrowser(t, server)
	token := func() string {
		mails := server.Outbox()
		return mails[len(mails)-1].Link[len(server.AppURL()+"/invite/"):]
	}
	path := "/v3/invitations/" + token()

	clock.advance(defaultInvitationLife - time.Second)
	if got := b.get(path); got.body["email"] != "felix@example.com" {
		t.Errorf("a fresh link: %d", got.status)
	}
	clock.advance(time.Second)
	if got := b.call(http.MethodPost, path+"/accept", nil); got.body["message"] != sentenceLinkExpired {
		t.Errorf("an expired link: %d", got.status)
	}
	if _, pending := server.Workspace(SampleWorkspace).Invitation("felix@example.com"); !pending {
		t.Error("an expired invitation must stay in the list")
	}
	if err := server.AcceptInvitation("felix@example.com"); err == nil {
		t.Error("accepted an expired invitation")
	}

	admin := signedInBrowser(t, server)
	admin.call(http.MethodPost, seatPath(t, server, "felix@example.com")+"/resend", nil)
	if got := b.get(path); got.status != http.StatusNotFound {
		t.Errorf("the old link after a resend: %d", got.status)
	}
	path = "/v3/invitations/" + token()
	if got := b.call(http.MethodPost, path+"/accept", map[string]string{"name": "Felix", "password": SamplePassword}); got.status != http.StatusOK {
		t.Errorf("the new link: %d", got.status)
	}
	if got := b.get("/v3/workspaces/4821"); got.status != http.StatusOK {
		t.Errorf("the new member is not signed in: %d", got.status)
	}
	if got := b.get(path); got.status != http.StatusNotFound {
		t.Errorf("a used link: %d", got.status)
	}
}
