package clayweb

import (
	"slices"
	"strings"
	"testing"

	"github.com/seatwright/clay-operator/internal/seat"
)

// builtIn is the book that is part of the program.
func builtIn(tb testing.TB) *book {
	tb.Helper()
	b, err := readBook(locatorsYAML)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestBookRefusesMistakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, old, new, want string
	}{
		{"another version", "version: 1", "version: 2", "version 2 is not 1"},
		{"a field that is not known", "version: 1", "version: 1\nsurprise: true", "surprise"},
		{"an element that is not known", "  login.email:", "  login.mail:", "element login.mail is not known"},
		{"an element without a ladder", "  login.email:", "  login.mail:", "element login.email has no ladder"},
		{"a write without a safe rung", "names: [Send invite], safe: true", "names: [Send invite]", "element invite.submit: rung 1"},
		{"two ways in one rung", "{role: menuitem, names: [Remove member], safe: true}", "{role: menuitem, css: a, safe: true}", "exactly one of"},
		{"names without a role", "{role: menuitem, names: [Remove member], safe: true}", "{css: a, names: [Remove member], safe: true}", "go with a role"},
		{"an expression that is none", "matching: '^your session has expired'", "matching: '('", "login.expired"},
		{"a role that is not known", "  SalesRep: [Sales Rep]", "  Owner: [Owner]", "role SalesRep has no label"},
		{"a label of two roles", "  Viewer: [Viewer]", "  Viewer: [Admin]", `label "Admin" is of`},
		{"no mark of an invitation", "pending: [Pending,", "pending: [] # [Pending,", "at least one mark"},
		{"a refusal that is not known", "  SeatLimit: [", "  Seats: [", "refusal Seats is not known"},
		{"an overlay without a way out", "  - name: cookie banner", "  - name: ''", "a name and a way to dismiss"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := string(locatorsYAML)
			if !strings.Contains(text, test.old) {
				t.Fatalf("locators.yaml has no %q", test.old)
			}
			_, err := readBook([]byte(strings.Replace(text, test.old, test.new, 1)))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestGuardedElementsHaveSafeRungsOnly(t *testing.T) {
	t.Parallel()
	b := builtIn(t)
	for name, mustBeSafe := range guarded {
		for i, step := range b.ladders[name] {
			if mustBeSafe && !step.Safe {
				t.Errorf("%s: rung %d", name, i+1)
			}
		}
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	b := builtIn(t)
	tests := map[string]seat.Role{
		"Admin": seat.RoleAdmin, "editor": seat.RoleEditor, " Member ": seat.RoleEditor, "User": seat.RoleEditor,
		"Viewer": seat.RoleViewer, "Sales  rep": seat.RoleSalesRep, "Owner": "", "": "", "Admins": "",
	}
	for label, want := range tests {
		if got := b.role(label); got != want {
			t.Errorf("%q is %q, want %q", label, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	b := builtIn(t)
	tests := map[string]refusal{
		"You can't remove the last admin":            refusedLastAdmin,
		"A workspace needs at least one admin":       refusedLastAdmin,
		"You have reached your seat limit":           refusedSeatLimit,
		"jo@example.com is already a member":         refusedAlreadyMember,
		"Invitations to this domain are not allowed": refusedAddress,
		"Incorrect password":                         refusedWrongPassword,
		"No account with this address":               refusedUnknownAccount,
		"The moon is made of cheese":                 refusedOther,
		"A user with this email already exists":      refusedOther,
		"This domain is used by 2 workbooks":         refusedAddress,
	}
	for text, want := range tests {
		if got := b.refusal(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// A name that is taken, and a budget that is used, are thought of only where access is changed.
func TestRefusalsOfAccessAlone(t *testing.T) {
	t.Parallel()
	b := builtIn(t)
	for text, want := range map[string]refusal{
		"A group with this name already exists": refusedName,
		"Outbound already exists":               refusedName,
		"This budget is used by 2 workbooks":    refusedInUse,
		"You have reached your seat limit":      refusedSeatLimit,
		"The moon is made of cheese":            refusedOther,
	} {
		if got := b.refusal(text, accessRefusals...); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
		if got := b.refusal(text); slices.Contains(accessRefusals, got) {
			t.Errorf("%q is %q where no access is changed", text, got)
		}
	}
}
