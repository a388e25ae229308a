package clayweb

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/seat"
)

const (
	usersBody = `{"users":[
		{"id":1,"username":"a","email":"A@example.com","name":"Ann","fullName":"Ann A","profilePicture":null,"role":{"id":1,"name":"Admin"}},
		{"id":2,"email":"b@example.com","name":"Bo","role":{"id":2,"name":"Member"}},
		{"id":3,"email":"c@example.com","name":"Cy","role":{"id":9,"name":"Overlord"}}]}`
	permissionsBody = `{"userPermissions":[
		{"roleId":1,"email":"a@example.com","pending":false,"user":{}},
		{"roleId":2,"email":"b@example.com"},
		{"roleId":9,"email":"c@example.com","pending":false},
		{"roleId":2,"email":"d@example.com","pending":true},
		{"roleId":7,"email":"e@example.com","pending":true,"more":1}]}`
)

func TestTrafficIsJoined(t *testing.T) {
	t.Parallel()
	users, err := decodeUsers([]byte(usersBody))
	if err != nil {
		t.Fatal(err)
	}
	permissions, err := decodePermissions([]byte(permissionsBody))
	if err != nil {
		t.Fatal(err)
	}
	list := joinTraffic(users, permissions, map[string]string{}, builtIn(t))
	want := listing{
		whole:    true,
		nameless: map[seat.Email]string{"e@example.com": "7"},
		members: []seat.Member{
			{Email: "d@example.com", Role: seat.RoleEditor, Presence: seat.Pending},
			{Email: "e@example.com", Presence: seat.Pending},
			{Email: "a@example.com", ID: "1", Name: "Ann A", Role: seat.RoleAdmin, Presence: seat.Active},
			{Email: "b@example.com", ID: "2", Name: "Bo", Role: seat.RoleEditor, Presence: seat.Active},
			{Email: "c@example.com", ID: "3", Name: "Cy", Presence: seat.Active},
		},
	}
	if diff := cmp.Diff(want, list, cmp.AllowUnexported(listing{})); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

func TestListsThatDisagreeAreNotWhole(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason      string
		permissions string
	}{
		{"a member is in users only", `{"userPermissions":[{"roleId":1,"email":"a@example.com"},{"roleId":2,"email":"b@example.com"}]}`},
		{"a member is in permissions only", `{"userPermissions":[{"roleId":1,"email":"a@example.com"},{"roleId":2,"email":"b@example.com"},
			{"roleId":9,"email":"c@example.com"},{"roleId":9,"email":"x@example.com"}]}`},
		{"a member is twice in permissions", `{"userPermissions":[{"roleId":1,"email":"a@example.com"},{"roleId":2,"email":"b@example.com"},
			{"roleId":9,"email":"c@example.com"},{"roleId":1,"email":"a@example.com"}]}`},
	}
	users, err := decodeUsers([]byte(usersBody))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			permissions, err := decodePermissions([]byte(test.permissions))
			if err != nil {
				t.Fatal(err)
			}
			if joinTraffic(users, permissions, map[string]string{}, builtIn(t)).whole {
				t.Error("the list is whole")
			}
		})
	}
}

func TestUnknownShapes(t *testing.T) {
	t.Parallel()
	bodies := []string{
		``, `null`, `[]`, `{}`, `{"users":null}`, `{"userPermissions":null}`, `{"users":{}}`,
		`{"users":[],"nextCursor":"x"}`, `{"userPermissions":[],"hasMore":true}`,
		`{"users":[{"id":1,"email":"a@example.com"}]}`, `{"users":[{"id":0,"email":"a@example.com","role":{"id":1,"name":"Admin"}}]}`,
		`{"users":[{"id":1,"mail":"a@example.com","role":{"id":1,"name":"Admin"}}]}`,
		`{"userPermissions":[{"email":"a@example.com","pending":true}]}`, `{"userPermissions":[{"roleId":1,"pending":true}]}`,
		`{"userPermissions":[{"roleId":1,"email":"a@example.com","pending":"yes"}]}`, `{"users":[]} {"users":[]}`,
	}
	for _, body := range bodies {
		if _, err := decodeUsers([]byte(body)); !errors.Is(err, errShape) {
			t.Errorf("users: %s: error %v", body, err)
		}
		if _, err := decodePermissions([]byte(body)); !errors.Is(err, errShape) {
			t.Errorf("permissions: %s: error %v", body, err)
		}
	}
}

func FuzzTraffic(f *testing.F) {
	f.Add([]byte(usersBody), []byte(permissionsBody))
	f.Add([]byte(`{"users":[]}`), []byte(`{"userPermissions":[]}`))
	b := builtIn(f)
	f.Fuzz(func(t *testing.T, usersText, permissionsText []byte) {
		users, err := decodeUsers(usersText)
		if err != nil {
			return
		}
		permissions, err := decodePermissions(permissionsText)
		if err != nil {
			return
		}
		list := joinTraffic(users, permissions, map[string]string{}, b)
		for _, member := range list.members {
			if member.Presence != seat.Active && member.Presence != seat.Pending {
				t.Errorf("presence %q", member.Presence)
			}
		}
		// A whole list holds every address of both answers.
		found := presences(list.members)
		for _, entry := range permissions {
			if list.whole && !found[asEmail(entry.Email)] {
				t.Errorf("%q is missing in a whole list", entry.Email)
			}
		}
		for _, user := range users {
			if !found[asEmail(user.Email)] {
				t.Errorf("%q is missing", user.Email)
			}
		}
	})
}

func TestRows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		row    pageRow
		want   seat.Member
		ok     bool
	}{
		{"a member", pageRow{Texts: []string{"ML", "Mara L", "(you)", "mara@example.com", "Admin"}, Control: "Admin"},
			seat.Member{Email: "mara@example.com", Name: "Mara L", Role: seat.RoleAdmin, Presence: seat.Active}, true},
		{"an invitation", pageRow{Texts: []string{"NE", "Noor@example.com", "Pending", "Viewer"}},
			seat.Member{Email: "noor@example.com", Role: seat.RoleViewer, Presence: seat.Pending}, true},
		{"a name that is a mark", pageRow{Texts: []string{"Pending", "p@example.com", "Editor"}, Control: "Editor"},
			seat.Member{Email: "p@example.com", Name: "Pending", Role: seat.RoleEditor, Presence: seat.Active}, true},
		{"a name that is a role", pageRow{Texts: []string{"Admin", "p@example.com", "Viewer"}},
			seat.Member{Email: "p@example.com", Name: "Admin", Role: seat.RoleViewer, Presence: seat.Active}, true},
		{"a role that is not known", pageRow{Texts: []string{"P", "p@example.com", "Overlord"}, Control: "Overlord"},
			seat.Member{Email: "p@example.com", Presence: seat.Active}, true},
		{"a name that is an address", pageRow{Texts: []string{"x@example.com", "p@example.com", "Viewer"}}, seat.Member{}, false},
		{"no address", pageRow{Texts: []string{"Somebody", "Viewer"}}, seat.Member{}, false},
	}
	b := builtIn(t)
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			got, ok := b.readRow(test.row)
			if ok != test.ok {
				t.Fatalf("understood: %v", ok)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("member (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNamesAddress(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want bool
	}{
		{"Remove jo@example.com from the workspace?", true},
		{"Remove jo@example.com?", true}, {"Jo (jo@example.com) loses access.", true}, {"We will remove JO@EXAMPLE.COM.", true},
		{"“jo@example.com”", true},
		{"Remove mojo@example.com?", false}, {"Remove jo@example.com.co?", false}, {"Remove jo@example.computer", false},
		{"Remove a.jo@example.com", false}, {"Remove Jo", false}, {"", false},
	}
	for _, test := range tests {
		if got := namesAddress(test.text, "jo@example.com"); got != test.want {
			t.Errorf("%q: %v", test.text, got)
		}
	}
}

func TestHoldsExactly(t *testing.T) {
	t.Parallel()
	sent := batch{{change: seat.Change{Email: "a@example.com"}}, {change: seat.Change{Email: "b@example.com"}}}
	tests := []struct {
		reason string
		after  dialogAddresses
		want   bool
	}{
		{"both as chips", dialogAddresses{Texts: []string{"help@clay.com", "a@example.com", "B@example.com ×"}}, true},
		{"one as chip, one in the field", dialogAddresses{Texts: []string{"help@clay.com", "a@example.com"}, Fields: []string{"b@example.com"}}, true},
		{"one is missing", dialogAddresses{Texts: []string{"help@clay.com", "a@example.com"}}, false},
		{"one too many", dialogAddresses{Texts: []string{"help@clay.com", "a@example.com", "b@example.com", "c@example.com"}}, false},
		{"one twice", dialogAddresses{Texts: []string{"help@clay.com", "a@example.com", "b@example.com", "b@example.com"}}, false},
		{"something left in the field", dialogAddresses{Texts: []string{"a@example.com", "b@example.com"}, Fields: []string{"x"}}, false},
	}
	before := dialogAddresses{Texts: []string{"help@clay.com"}}
	for _, test := range tests {
		if got := holdsExactly(before, test.after, sent); got != test.want {
			t.Errorf("%s: %v", test.reason, got)
		}
	}
}

func TestSameSite(t *testing.T) {
	t.Parallel()
	tests := []struct {
		host, app string
		want      bool
	}{
		{"api.clay.com", "https://app.clay.com", true}, {"app.clay.com", "https://app.clay.com", true},
		{"evil.com", "https://app.clay.com", false}, {"notclay.com", "https://app.clay.com", false},
		{"clay.com.evil.com", "https://app.clay.com", false}, {"127.0.0.1:1", "http://127.0.0.1:1", true},
		{"127.0.0.1:2", "http://127.0.0.1:1", false}, {"other.com", "https://clay.com", false},
	}
	for _, test := range tests {
		if got := sameSite(test.host, test.app); got != test.want {
			t.Errorf("%s of %s: %v", test.host, test.app, got)
		}
	}
}
