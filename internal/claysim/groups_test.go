package claysim

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type groupBody struct {
	Name    string `json:"name"`
	UserIDs []int  `json:"userIds"`
}

func TestAGroupFromItsCreationToItsEnd(t *testing.T) {
	server := startAccess(t, nil)
	b := signedInBrowser(t, server)
	ids := func(emails ...string) map[string]any { return map[string]any{"userIds": userIDs(t, server, emails...)} }

	b.call(http.MethodPost, accessBase+"/groups", groupBody{" Field ", userIDs(t, server, "theo@example.com", "hana@example.com")}).
		mustBe(t, "create", http.StatusCreated)
	path := groupPath(t, server, "Field")
	b.mustDo(http.MethodPatch, path, map[string]string{"description": "On the road"})
	b.mustDo(http.MethodPost, path+"/members", ids("hana@example.com", "luc@example.com", "jonas@example.com"))
	b.mustDo(http.MethodDelete, path+"/members/"+idText(t, server, "theo@example.com"), nil)

	got, _ := server.Workspace(SampleWorkspace).Group("Field")
	want := Group{ID: got.ID, Name: "Field", Description: "On the road", Members: []string{"hana@example.com", "luc@example.com", "jonas@example.com"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("group (-want +got):\n%s", diff)
	}
	read := b.get(path)
	if members := read.list(t, "members"); len(members) != 3 || members[0]["email"] != "hana@example.com" || read.body["description"] != "On the road" {
		t.Errorf("the page is told %v", read.body)
	}

	b.mustDo(http.MethodDelete, path, nil)
	if got := b.get(path); got.status != http.StatusNotFound || got.body["message"] != sentenceNoGroup {
		t.Errorf("after the deletion: %d", got.status)
	}
	wanted := byOperator(
		Entry{Verb: VerbCreateGroup, Group: "Field"},
		Entry{Verb: VerbAddToGroup, Group: "Field", Target: "theo@example.com"},
		Entry{Verb: VerbAddToGroup, Group: "Field", Target: "hana@example.com"},
		Entry{Verb: VerbDescribeGroup, Group: "Field", Description: "On the road"},
		Entry{Verb: VerbAddToGroup, Group: "Field", Target: "luc@example.com"},
		Entry{Verb: VerbAddToGroup, Group: "Field", Target: "jonas@example.com"},
		Entry{Verb: VerbRemoveFromGroup, Group: "Field", Target: "theo@example.com"},
		Entry{Verb: VerbDeleteGroup, Group: "Field"},
	)
	if diff := cmp.Diff(wanted, server.Journal(), withoutTime); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
}

func TestNamesOfGroupsThatAreRefused(t *testing.T) {
	server := startAccess(t, nil)
	b := signedInBrowser(t, server)
	for name, want := range map[string]string{
		"": sentenceGroupUnnamed, " \t": sentenceGroupUnnamed, "Outbound": sentenceGroupTaken, "OUTBOUND ": sentenceGroupTaken,
		strings.Repeat("ä", longestGroupName+1): sentenceGroupLong, strings.Repeat("ä", longestGroupName): "",
	} {
		got := b.call(http.MethodPost, accessBase+"/groups", groupBody{Name: name})
		if refused := got.status != http.StatusCreated; refused != (want != "") || refused && got.body["message"] != want {
			t.Errorf("%q: %d %v, want %q", name, got.status, got.body["message"], want)
		}
		journal := server.Journal()
		last := Entry{Verb: VerbCreateGroup, Group: strings.TrimSpace(name), Refused: want}
		if diff := cmp.Diff(byOperator(last)[0], journal[len(journal)-1], withoutTime); diff != "" {
			t.Errorf("%q: entry (-want +got):\n%s", name, diff)
		}
	}
	if groups := server.Workspace(SampleWorkspace).Groups; len(groups) != 4 {
		t.Errorf("%d groups, want one more than before", len(groups))
	}
}

func TestAGroupTakesMembersAlone(t *testing.T) {
	server := startAccess(t, nil)
	b := signedInBrowser(t, server)
	stranger := []int{userIDs(t, server, "theo@example.com")[0], 1}
	path := groupPath(t, server, "EMEA")
	tests := map[string]struct {
		got  answer
		want string
	}{
		"create with a stranger":   {b.call(http.MethodPost, accessBase+"/groups", groupBody{"New", stranger}), sentenceNoMember},
		"add a stranger":           {b.call(http.MethodPost, path+"/members", map[string]any{"userIds": stranger}), sentenceNoMember},
		"remove who is not inside": {b.call(http.MethodDelete, path+"/members/"+idText(t, server, "mara@example.com"), nil), sentenceNotInGroup},
		"no such group":            {b.call(http.MethodPatch, accessBase+"/groups/1", map[string]string{}), sentenceNoGroup},
	}
	for name, test := range tests {
		if test.got.status != http.StatusNotFound || test.got.body["message"] != test.want {
			t.Errorf("%s: %d %v, want %q", name, test.got.status, test.got.body["message"], test.want)
		}
	}
	if emea, _ := server.Workspace(SampleWorkspace).Group("EMEA"); emea.Members != nil {
		t.Errorf("%v are in the group though the write was refused", emea.Members)
	}
	if _, made := server.Workspace(SampleWorkspace).Group("New"); made {
		t.Error("the group was made though the write was refused")
	}
}

func TestPuttingSomebodyInTwiceChangesNothing(t *testing.T) {
	server := startAccess(t, nil)
	path := groupPath(t, server, "Research")
	signedInBrowser(t, server).mustDo(http.MethodPost, path+"/members", map[string]any{"userIds": userIDs(t, server, "priya@example.com", "priya@example.com")})
	if research, _ := server.Workspace(SampleWorkspace).Group("Research"); len(research.Members) != 1 {
		t.Errorf("members %v", research.Members)
	}
}

func TestADeletedGroupLeavesBudgetsAndInvitations(t *testing.T) {
	server := startAccess(t, nil)
	signedInBrowser(t, server).mustDo(http.MethodDelete, groupPath(t, server, "Outbound"), nil)
	ws := server.Workspace(SampleWorkspace)
	if budget, _ := ws.Budget("Outbound 2026"); budget.Groups != nil || len(budget.Users) != 2 {
		t.Errorf("budget %+v", budget)
	}
	if noor, _ := ws.Invitation("noor@example.com"); noor.Groups != nil {
		t.Errorf("invitation %+v", noor)
	}
	if err := server.AcceptInvitation("noor@example.com"); err != nil {
		t.Errorf("accept an invitation into a group that is gone: %v", err)
	}
}

func TestEverybodySeesGroupsAndAdminsChangeThem(t *testing.T) {
	server := startAccess(t, nil)
	b := newBrowser(t, server)
	b.signIn("theo@example.com")
	path := groupPath(t, server, "Outbound")
	b.get(accessBase+"/groups").mustBe(t, "list as an editor", http.StatusOK)
	b.get(path).mustBe(t, "read as an editor", http.StatusOK)
	b.get(accessBase+"/budgets").mustBe(t, "budgets as an editor", http.StatusForbidden)
	b.get(accessBase+"/mcp").mustBe(t, "limits as an editor", http.StatusForbidden)
	b.get(accessBase+"/usage/mcp").mustBe(t, "usage as an editor", http.StatusForbidden)
	for _, write := range []struct{ method, path string }{
		{http.MethodPost, accessBase + "/groups"},
		{http.MethodPatch, path},
		{http.MethodDelete, path},
		{http.MethodPost, path + "/members"},
		{http.MethodDelete, path + "/members/" + idText(t, server, "theo@example.com")},
		{http.MethodPost, accessBase + "/budgets"},
		{http.MethodPatch, budgetPath(t, server, "Research")},
		{http.MethodPost, budgetPath(t, server, "Research") + "/reset"},
		{http.MethodDelete, budgetPath(t, server, "Research")},
		{http.MethodPatch, accessBase + "/mcp"},
		{http.MethodPatch, accessBase + "/mcp/users/" + idText(t, server, "theo@example.com")},
	} {
		if got := b.call(write.method, write.path, map[string]any{}); got.status != http.StatusForbidden || got.body["message"] != sentenceNotAdmin {
			t.Errorf("%s %s as an editor: %d", write.method, write.path, got.status)
		}
	}
	for _, entry := range server.Journal() {
		if entry.Refused != sentenceNotAdmin || entry.Actor != "theo@example.com" {
			t.Errorf("entry %+v", entry)
		}
	}
}
