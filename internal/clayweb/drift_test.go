package clayweb

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// reportOf decodes the report of a fault.
func reportOf(t *testing.T, err error) driftReport {
	t.Helper()
	fault := sidecar.AsFault(err)
	if fault == nil || fault.Evidence == nil || len(fault.Evidence.Report) == 0 {
		t.Fatalf("fault %v has no report", fault)
	}
	var report driftReport
	if err := json.Unmarshal(fault.Evidence.Report, &report); err != nil {
		t.Fatal(err)
	}
	return report
}

// Whatever is renamed, nothing is written, the report names it and what may be meant, and its override gets the work going again, with the
// same backend.
func TestRenamedLabelIsReportedAndMended(t *testing.T) {
	t.Parallel()
	changes := map[seat.Verb]seat.Change{
		seat.Invite:           ada,
		seat.SetRole:          {Verb: seat.SetRole, Email: "ines@example.com", Role: seat.RoleViewer},
		seat.Remove:           {Verb: seat.Remove, Email: "theo@example.com"},
		seat.CancelInvitation: {Verb: seat.CancelInvitation, Email: "noor@example.com"},
	}
	tests := []struct {
		name    string
		label   claysim.Label
		text    string
		verb    seat.Verb
		element element
		variant claysim.Variant
	}{
		{"the button that invites", claysim.LabelInvite, "Bring a colleague", seat.Invite, teamInvite, claysim.VariantCurrent()},
		{"the button that sends", claysim.LabelSubmit, "Dispatch", seat.Invite, inviteSubmit, claysim.VariantCurrent()},
		{"the entry that removes", claysim.LabelRemoveMember, "Take out of workspace", seat.Remove, menuRemove, claysim.VariantCurrent()},
		{"the icon that removes", claysim.LabelRemoveMember, "Take out of workspace", seat.Remove, rowTrash, claysim.VariantClassic()},
		{"the entry that cancels", claysim.LabelCancelInvite, "Withdraw", seat.CancelInvitation, menuCancelInvitation, claysim.VariantCurrent()},
		{"the way to the settings", claysim.LabelSettings, "Preferences", seat.Invite, appSettings, claysim.VariantCurrent()},
		{"the way to the team", claysim.LabelTeam, "People", seat.Invite, appTeam, claysim.VariantCurrent()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, func(o *claysim.Options) { o.Variant = &test.variant })
			w.Inject(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: test.label, Text: test.text})
			_, _, err := w.apply(changes[test.verb])
			reason := sidecar.ReasonPageChanged
			if test.element == appTeam {
				reason = sidecar.ReasonTeamPageNotFound
			}
			wantFault(t, err, sidecar.Drift, reason)
			if journal := w.Journal(); len(journal) > 0 {
				t.Errorf("written: %v", journal)
			}
			report := reportOf(t, err)
			for _, private := range []string{"@example.com", "Theo Almeida", "Ines Okafor", "Noor", claysim.SamplePassword} {
				if strings.Contains(string(sidecar.AsFault(err).Evidence.Report), private) {
					t.Errorf("the report holds %q", private)
				}
			}
			missing := report.Missing[len(report.Missing)-1]
			if missing.Element != test.element || len(missing.Expected) != len(w.backend.book.ladders[test.element]) || missing.Purpose == "" {
				t.Errorf("missing %s: %v", missing.Element, missing.Expected)
			}
			if len(missing.Candidates) == 0 || missing.Candidates[0].Name != test.text || missing.Candidates[0].Matches != 1 {
				t.Fatalf("candidates %+v", missing.Candidates)
			}
			w.workspace.Locators = report.Override
			outcomes, observation, err := w.apply(changes[test.verb])
			if err != nil {
				t.Fatalf("with the override\n%s: %v", report.Override, err)
			}
			wantResults(t, outcomes, "Applied")
			if diff := cmp.Diff([]string{string(test.element)}, observation.Overridden); diff != "" {
				t.Errorf("overridden (-want +got):\n%s", diff)
			}
		})
	}
}

// All that the changes need is looked at before the first of them: a removal is not made where the invitation cannot follow.
func TestNothingIsWrittenOnAPageThatChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.Inject(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: claysim.LabelInvite, Text: "Bring a colleague"})
	remove := seat.Change{Verb: seat.Remove, Email: "theo@example.com"}
	outcomes, _, err := w.apply(remove, ada)
	wantFault(t, err, sidecar.Drift, sidecar.ReasonPageChanged)
	wantResults(t, outcomes, "Failed Drift PageChanged", "Failed Drift PageChanged")
	if journal := w.Journal(); len(journal) > 0 {
		t.Errorf("written: %v", journal)
	}
	if dialogs := w.Counters().Dialogs; len(dialogs) > 0 {
		t.Errorf("dialogs opened: %v", dialogs)
	}
	// What does not need the button goes on.
	outcomes, _, err = w.apply(remove)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Applied")
}

// Reading goes on, and says what could not be found only when it is needed.
func TestReadingGoesOnWithoutTheButtonThatInvites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.Inject(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: claysim.LabelInvite, Text: "Bring a colleague"})
	compareMembers(t, w.mustObserve().Inventory.Members, sampleMembers())
}

func TestReportNamesNobody(t *testing.T) {
	t.Parallel()
	v := &visit{book: builtIn(t)}
	v.workspace.Login.Password = "hunter2hunter2"
	v.know([]seat.Member{{Email: "theo@example.com", Name: "Theo Almeida"}, {Email: "e@example.com", Name: "Editor"}, {Email: "x@example.com", Name: "X"}})
	long := strings.Repeat("long ", 40)
	if told, left := v.shown(slices.Repeat([]thing{{Role: "button"}}, maxThere+2)); len(told) != maxThere || left != 2 {
		t.Errorf("%d told, %d left", len(told), left)
	}
	for name, want := range map[string]string{
		"Remove Theo Almeida":       "Remove " + browser.Redacted,
		"Menu of theo@example.com":  "Menu of e-mail:6dcd19a8",
		"Type hunter2hunter2 again": "Type " + browser.Redacted + " again",
		"Editor":                    "Editor",
		"10 members, page 2":        "10 members, page 2",
		"X marks it":                "X marks it",
		long:                        long[:maxName] + "…",
	} {
		if got := v.shownThing(thing{Role: "button", Name: name}).Name; got != want {
			t.Errorf("%q is told as %q, want %q", name, got, want)
		}
	}
}

func TestRank(t *testing.T) {
	t.Parallel()
	button := func(name, popup, place string) thing {
		return thing{Role: "button", Name: name, Tag: "button", Popup: popup, Place: place, Count: 1}
	}
	tests := []struct {
		name    string
		element element
		there   []thing
		want    []string
	}{
		{"a name like the known one comes first", teamInvite,
			[]thing{button("Export", "", "page"), button("Invite colleagues", "", "page"), button("Admin", "listbox", "row")},
			[]string{"Invite colleagues", "Export"}},
		{"what is known as another element is not proposed", inviteSubmit,
			[]thing{button("Cancel", "", "dialog"), button("Close", "", "dialog"), button("Go", "", "dialog")}, []string{"Go"}},
		{"neither is a neighbour", menuCancelInvitation,
			[]thing{{Role: "menuitem", Name: "Resend invite", Place: "menu"}, {Role: "menuitem", Name: "Withdraw", Place: "menu"}}, []string{"Withdraw"}},
		{"a name of its own is, although it was found twice", teamInvite, []thing{button("Invite", "", "page")}, []string{"Invite"}},
		{"an element without names is known by its kind", menuOpen,
			[]thing{button("x", "", "page"), {Role: "menu", Name: "Actions for", Place: "page"}}, []string{"Actions for"}},
		{"nothing alike", loginPassword, []thing{{Role: "link", Name: "Help centre", Place: "frame"}}, nil},
	}
	b := builtIn(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, found := range b.rank(test.element, test.there) {
				got = append(got, found.Name)
				if found.Score < leastScore || found.Score > 1 {
					t.Errorf("%s: score %v", found.Name, found.Score)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("candidates (-want +got):\n%s", diff)
			}
		})
	}
}

// One button is not proposed as two elements: what removes must not be tried as what opens a menu.
func TestOverrideTextProposesAThingOnce(t *testing.T) {
	t.Parallel()
	found := candidate{thing: thing{Role: "button", Name: "Take: 'out'", Place: "row"}, usable: true}
	asMenu, asTrash := found, found
	asMenu.Score, asTrash.Score = 0.5, 0.7
	other := candidate{thing: thing{Role: "button", Name: "Bring"}, Score: 0.4, usable: true}
	redacted := candidate{thing: thing{Role: "button", Name: "▇▇▇"}, Score: 0.9}
	text := overrideText([]missingElement{
		{Element: rowMenu, Purpose: "menu", Candidates: []candidate{asMenu}},
		{Element: rowTrash, Purpose: "trash", Candidates: []candidate{asTrash}},
		{Element: teamInvite, Purpose: "invite", Candidates: []candidate{redacted, other}},
		{Element: inviteAlert, Purpose: "none"},
	})
	got, err := readOverride([]byte(text), builtIn(t))
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	if diff := cmp.Diff([]string{"row.trash", "team.invite"}, got.parts); diff != "" {
		t.Errorf("overridden (-want +got):\n%s", diff)
	}
	if trash := got.ladders[rowTrash][0]; trash.Names[0] != "Take: 'out'" || !trash.Safe {
		t.Errorf("rung %s", trash)
	}
	if overrideText(nil) != "" {
		t.Error("there is an override of nothing")
	}
}

func TestEveryElementHasAPurpose(t *testing.T) {
	t.Parallel()
	for name := range purposes {
		if _, known := guarded[name]; !known {
			t.Errorf("%s is no element", name)
		}
	}
	for _, name := range elements() {
		if about := purposes[name]; about.purpose == "" || about.place == "" {
			t.Errorf("%s has no purpose or no place", name)
		}
	}
	for name := range builtIn(t).ladders {
		if purposes[name].purpose == "" {
			t.Errorf("%s of locators.yaml has no purpose", name)
		}
	}
}
