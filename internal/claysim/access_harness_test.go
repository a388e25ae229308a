package claysim

import (
	"fmt"
	"net/http"
	"testing"
)

const accessBase = "/v3/workspaces/4821"

func startAccess(t *testing.T, edit func(*Options)) *Server {
	t.Helper()
	options := Options{Seed: AccessSample()}
	if edit != nil {
		edit(&options)
	}
	return startServer(t, options)
}

// groupPath is the path of a group by its name.
func groupPath(t *testing.T, server *Server, name string) string {
	t.Helper()
	named, found := server.Workspace(SampleWorkspace).Group(name)
	if !found {
		t.Fatalf("there is no group %q", name)
	}
	return fmt.Sprintf("%s/groups/%d", accessBase, named.ID)
}

// budgetPath is the path of a budget by its name.
func budgetPath(t *testing.T, server *Server, name string) string {
	t.Helper()
	named, found := server.Workspace(SampleWorkspace).Budget(name)
	if !found {
		t.Fatalf("there is no budget %q", name)
	}
	return fmt.Sprintf("%s/budgets/%d", accessBase, named.ID)
}

// userIDs are the ids of members by their addresses.
func userIDs(t *testing.T, server *Server, emails ...string) []int {
	t.Helper()
	ids := []int{}
	for _, email := range emails {
		member, found := server.Workspace(SampleWorkspace).Member(email)
		if !found {
			t.Fatalf("%s is not a member", email)
		}
		ids = append(ids, member.UserID)
	}
	return ids
}

func groupIDs(t *testing.T, server *Server, names ...string) []int {
	t.Helper()
	ids := []int{}
	for _, name := range names {
		named, found := server.Workspace(SampleWorkspace).Group(name)
		if !found {
			t.Fatalf("there is no group %q", name)
		}
		ids = append(ids, named.ID)
	}
	return ids
}

// byOperator is what the journal of a workspace's admin holds.
func byOperator(entries ...Entry) []Entry {
	for i := range entries {
		entries[i].Workspace, entries[i].Actor = SampleWorkspace, SampleEmail
	}
	return entries
}

// mustBe fails unless the call was answered with the status.
func (a answer) mustBe(t *testing.T, what string, status int) {
	t.Helper()
	if a.status != status {
		t.Fatalf("%s: status %d, want %d (%v)", what, a.status, status, a.body["message"])
	}
}

func (b *browser) mustDo(method, path string, body any) {
	b.t.Helper()
	got := b.call(method, path, body)
	if got.status >= http.StatusBadRequest {
		b.t.Fatalf("%s %s: status %d (%v)", method, path, got.status, got.body["message"])
	}
}
