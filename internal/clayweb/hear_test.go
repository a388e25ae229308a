package clayweb

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// Whom a refusal is about is told by the words that refuse, and by no others on the page.
func TestHear(t *testing.T) {
	t.Parallel()
	const success, refusal = "Invitation sent to ada@example.com", "bo@example.com belongs to a blocked domain"
	tests := []struct {
		name  string
		heard answer
		want  []string
	}{
		{"the dialog closed and nothing speaks against it", answer{closed: true}, []string{"", ""}},
		{"a toast refuses one, another tells of the other", answer{
			closed: true, refused: true, about: refusedAddress, notices: []string{success, refusal},
		}, []string{"", sidecar.ReasonAddressRefused}},
		{"the same, and nothing was taken", answer{
			closed: true, refused: true, untaken: true, about: refusedAddress, notices: []string{success, refusal},
		}, []string{notLooked.Reason, sidecar.ReasonAddressRefused}},
		{"in an alert of the dialog each", answer{
			refused: true, about: refusedAddress, own: []string{success, refusal},
		}, []string{"", sidecar.ReasonAddressRefused}},
		{"in words of the dialog that are not known", answer{refused: true, own: []string{"Alas, bo@example.com"}},
			[]string{"", sidecar.ReasonRefused}},
		{"in words of the page that are not known", answer{refused: true, notices: []string{"Alas, bo@example.com"}}, []string{"", ""}},
		{"a pause, of a dialog that closed", answer{closed: true, untaken: true, stop: statusFault(429, 0)},
			[]string{sidecar.ReasonRateLimited, sidecar.ReasonRateLimited}},
		{"a pause, and somebody may be invited", answer{closed: true, stop: statusFault(429, 0)}, []string{"", ""}},
		{"no seat left, of a dialog that closed", answer{
			closed: true, refused: true, untaken: true, about: refusedSeatLimit, notices: []string{"Your workspace has reached its seat limit"},
		}, []string{sidecar.ReasonSeatLimit, sidecar.ReasonSeatLimit}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sent := batch{{change: seat.Change{Email: "ada@example.com"}}, {change: seat.Change{Email: "bo@example.com"}}}
			w := &work{visit: &visit{book: builtIn(t)}}
			w.hear(sent, test.heard)
			got := make([]string, len(sent))
			for i, next := range sent {
				if next.refusal != nil {
					got[i] = next.refusal.Reason
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("refusals (-want +got):\n%s", diff)
			}
		})
	}
}

// An address says nothing about a refusal, whatever words it is made of.
func TestRefusalIgnoresAddresses(t *testing.T) {
	t.Parallel()
	b := builtIn(t)
	if got := b.refusal("Invitation sent to seat.limit@domain.example"); got != refusedOther {
		t.Errorf("it is taken for %s", got)
	}
	if got := b.refusal("x@example.com belongs to a blocked domain"); got != refusedAddress {
		t.Errorf("it is taken for %q", got)
	}
}

// A dialog that closes whatever Clay answers, and leaves it to a toast to tell, is no success.
func TestRefusalToldByAToastAlone(t *testing.T) {
	t.Parallel()
	for _, refusal := range []claysim.PartialRefusal{claysim.PartialRefusalAll, claysim.PartialRefusalOthers, claysim.PartialRefusalUnnamed} {
		t.Run(string(refusal), func(t *testing.T) {
			variant := claysim.VariantCurrent()
			variant.PartialRefusal, variant.RefusalToast = refusal, true
			w := newWorld(t, func(o *claysim.Options) { o.Variant = &variant })
			w.Inject(claysim.Fault{Kind: claysim.FaultDuplicates})
			good := invitations(2, seat.RoleEditor)
			bad := seat.Change{Verb: seat.Invite, Email: "x@blocked.example", Role: seat.RoleEditor}
			outcomes, _, err := w.apply(good[0], bad, good[1])
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Applied", refusedOf(refusal), "Applied")
			w.onceEach(good)
		})
	}
}

// What a toast says of success is no refusal while the list does not show it yet.
func TestAToastOfSuccessBesideOneOfRefusal(t *testing.T) {
	t.Parallel()
	variant := claysim.VariantCurrent()
	variant.PartialRefusal, variant.RefusalToast = claysim.PartialRefusalOthers, true
	w := newWorld(t, func(o *claysim.Options) { o.Variant = &variant })
	w.Inject(claysim.Fault{Kind: claysim.FaultDuplicates})
	w.Inject(claysim.Fault{Kind: claysim.FaultListLag, Delay: time.Hour})
	good := invitations(1, seat.RoleEditor)
	bad := seat.Change{Verb: seat.Invite, Email: "x@blocked.example", Role: seat.RoleEditor}
	outcomes, _, err := w.apply(good[0], bad)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Unknown OutcomeUnknown NotProved", refusedOf(variant.PartialRefusal))
	w.onceEach(good)
}

// A pause that Clay asks for, a session that is over and a plan without a seat left are heard although the dialog is gone.
func TestFaultsOfADialogThatCloses(t *testing.T) {
	t.Parallel()
	variant := claysim.VariantCurrent()
	variant.RefusalToast = true
	route := "POST /v3/workspaces/*/invitations"
	tests := []struct {
		name  string
		fault claysim.Fault
		want  string
	}{
		{"a pause", claysim.Fault{Kind: claysim.FaultStatus, Route: route, Status: 429}, "Failed " + string(sidecar.RateLimited) + " " + sidecar.ReasonRateLimited},
		{"a session that is over", claysim.Fault{Kind: claysim.FaultStatus, Route: route, Status: 401, Times: 1}, "Applied"},
		{"an answer that nobody knows", claysim.Fault{Kind: claysim.FaultStatus, Route: route, Status: 500}, "Unknown OutcomeUnknown NotProved"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, func(o *claysim.Options) { o.Variant = &variant })
			w.mustObserve()
			w.Inject(test.fault)
			outcomes, _, _ := w.apply(ada)
			wantResults(t, outcomes, test.want)
		})
	}
}
