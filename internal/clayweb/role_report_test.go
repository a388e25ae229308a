package clayweb

import (
	"strings"
	"testing"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// A role that has a new label is not offered, as far as is known. The report tells what is, and its override gets the work going.
func TestRenamedRoleIsReported(t *testing.T) {
	t.Parallel()
	for name, native := range map[string]bool{"list": false, "native control": true} {
		t.Run(name, func(t *testing.T) {
			variant := claysim.VariantCurrent()
			variant.NativeSelect = native
			w := newWorld(t, func(o *claysim.Options) { o.Variant = &variant })
			w.Inject(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: claysim.LabelRoleViewer, Text: "Spectator"})
			changes := []seat.Change{
				{Verb: seat.SetRole, Email: "ines@example.com", Role: seat.RoleViewer},
				{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleViewer},
				{Verb: seat.Invite, Email: "bo@example.com", Role: seat.RoleViewer},
			}
			outcomes, _, err := w.apply(changes...)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Failed Refused RoleNotOffered", "Failed Refused RoleNotOffered", "Failed Refused RoleNotOffered")
			report := reportOf(t, outcomes[0].Fault)
			missing := report.Missing[0]
			if missing.Element != listOption || len(missing.There) < 2 || len(missing.Candidates) != 1 || missing.Candidates[0].Name != "Spectator" {
				t.Fatalf("missing %+v", missing)
			}
			if outcomes[1].Fault.Evidence != nil || outcomes[2].Fault.Evidence != nil {
				t.Error("the same report is kept more than once")
			}
			w.workspace.Locators = report.Override
			if outcomes, _, err = w.apply(changes...); err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Applied", "Applied", "Applied")
		})
	}
}

// A plan that lacks a role has no label that could be it.
func TestRoleReportProposesNothingThatIsKnown(t *testing.T) {
	t.Parallel()
	v := &visit{book: builtIn(t), place: &place{}, workspace: sidecar.Workspace{}}
	tests := []struct {
		offered    []string
		candidates string
		override   string
	}{
		{[]string{"Admin", "Editor\nMay change tables"}, "", ""},
		{[]string{"Admin", "Spectator\nSees and changes nothing"}, "Spectator", `Viewer: ["Spectator"]`},
		{[]string{"Guest", "Views"}, "Views Guest", ""},
		{nil, "", ""},
	}
	for _, test := range tests {
		report := v.roleReport(seat.RoleViewer, test.offered, "/")
		var names []string
		for _, found := range report.Missing[0].Candidates {
			names = append(names, found.Name)
		}
		if got := strings.Join(names, " "); got != test.candidates || len(report.Missing[0].There) != len(test.offered) {
			t.Errorf("%q: candidates %q, want %q", test.offered, got, test.candidates)
		}
		if !strings.Contains(report.Override, test.override) || (test.override == "") != (report.Override == "") {
			t.Errorf("%q: override %q", test.offered, report.Override)
		}
		if report.Override == "" {
			continue
		}
		if _, err := readOverride([]byte(report.Override), v.book); err != nil {
			t.Errorf("the override is none: %v", err)
		}
	}
}
