package clayweb

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
)

// An address that was typed into a dialog which was left without sending goes out with no later one.
func TestNobodyIsInvitedWhoWasLeftInTheDialog(t *testing.T) {
	t.Parallel()
	variant := claysim.VariantCurrent()
	variant.KeepsAddresses = true
	w := newWorld(t, func(o *claysim.Options) { o.Variant = &variant })
	w.Inject(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: claysim.LabelRoleViewer, Text: "Xyzzy"})
	before := len(w.Outbox())
	outcomes, _, err := w.apply(
		seat.Change{Verb: seat.Invite, Email: "left@example.com", Role: seat.RoleViewer},
		seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleAdmin},
		seat.Change{Verb: seat.Invite, Email: "bo@example.com", Role: seat.RoleEditor},
		seat.Change{Verb: seat.Invite, Email: "cy@example.com", Role: seat.RoleSalesRep},
	)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for index := range 4 {
		got = append(got, string(outcomes[index].Result))
	}
	if diff := cmp.Diff([]string{"Failed", "Applied", "Applied", "Applied"}, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	var sent []string
	for _, mail := range w.Outbox()[before:] {
		sent = append(sent, mail.To)
	}
	slices.Sort(sent)
	if diff := cmp.Diff([]string{"ada@example.com", "bo@example.com", "cy@example.com"}, sent); diff != "" {
		t.Errorf("e-mails (-want +got):\n%s", diff)
	}
}

func TestHoldsSomebody(t *testing.T) {
	t.Parallel()
	const own = "Ops@example.com"
	for _, test := range []struct {
		reason string
		text   string
		want   bool
	}{
		{"a chip", "ada@example.com", true},
		{"a chip with its button", "Ada@Example.com ×", true},
		{"the account that is signed in", "ops@example.com", false},
		{"a link to write to", "help@clay.com", false},
		{"a sentence", "Questions? Write to help@clay.com", false},
		{"the hint of a field", "name@company", false},
	} {
		if got := holdsSomebody(dialogAddresses{Texts: []string{test.text}, Links: []string{"help@clay.com"}}, own); got != test.want {
			t.Errorf("%s: %v", test.reason, got)
		}
	}
}
