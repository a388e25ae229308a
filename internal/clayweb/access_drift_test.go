package clayweb

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// Whatever is renamed, nothing is written in the section, the report names it, an override gets the work going again, and the other sections
// go on.
func TestRenamedLabelsOfAccess(t *testing.T) {
	t.Parallel()
	create := access.Change{Verb: access.CreateBudget, Budget: "New", Credits: 5, Everyone: true}
	reset := access.Change{Verb: access.ResetBudget, Budget: "Outbound", From: new(int64(1200))}
	tests := []struct {
		name    string
		label   claysim.Label
		text    string
		change  access.Change
		element element
		reason  string
		// override mends it where the report proposes nothing, because the label holds an address.
		override string
	}{
		{"the way to the groups", claysim.LabelGroups, "Crews", accessChanges["add"], groupsTab, sidecar.ReasonAccessPageNotFound, ""},
		{"the way to the budgets", claysim.LabelBudgets, "Purses", accessChanges["edit"], budgetsEntry, sidecar.ReasonAccessPageNotFound, ""},
		{"the way to the limits", claysim.LabelMCP, "Agents", accessChanges["limit"], limitsEntry, sidecar.ReasonAccessPageNotFound, ""},
		{"the button for a new budget", claysim.LabelNewBudget, "Make one", create, budgetsCreate, sidecar.ReasonPageChanged, ""},
		{"the entry that edits", claysim.LabelEdit, "Change it", accessChanges["edit"], budgetsEdit, sidecar.ReasonPageChanged, ""},
		{"the button that resets", claysim.LabelResetUsage, "Start over", reset, budgetsReset, sidecar.ReasonPageChanged, ""},
		{"the default limit", claysim.LabelSetDefaultLimit, "Usual limit", accessChanges["default"], limitsSetDefault, sidecar.ReasonPageChanged, ""},
		{"the icon that takes out of a group", claysim.LabelRemoveFromGroup, "Expel {email}", accessChanges["remove"], groupRemove,
			sidecar.ReasonPageChanged, `{role: button, matching: '^expel \S+@\S+$', safe: true}`},
		{"the pencil", claysim.LabelEditLimit, "Adjust {email}", accessChanges["limit"], limitsEdit,
			sidecar.ReasonPageChanged, `{role: button, matching: '^adjust \S+@\S+$', safe: true}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newFullWorld(t, nil)
			w.Inject(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: test.label, Text: test.text})
			section := test.change.Verb.Section()
			other := access.Change{Verb: access.DescribeGroup, Group: "Sales", Description: "Still going"}
			if section == access.SectionGroups {
				other = accessChanges["default"]
			}
			outcomes, observation, err := w.applyAccess(test.change, other)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Failed Drift "+test.reason, "Applied")
			fault := observation.Faults[section]
			if fault == nil || len(observation.Faults) != 1 {
				t.Fatalf("faults %v", observation.Faults)
			}
			wantFault(t, fault, sidecar.Drift, test.reason)
			report := reportOf(t, fault)
			missing := report.Missing[len(report.Missing)-1]
			if missing.Element != test.element || missing.Purpose == "" {
				t.Errorf("missing %s: %v", missing.Element, missing.Expected)
			}
			for _, private := range []string{"@example.com", "Theo Almeida", "Ines Okafor"} {
				if strings.Contains(string(fault.Evidence.Report), private) {
					t.Errorf("the report holds %q", private)
				}
			}
			w.workspace.Locators = report.Override
			if test.override != "" {
				w.workspace.Locators = "version: 1\nelements:\n  " + string(test.element) + ":\n    - " + test.override + "\n"
			}
			outcomes, observation, err = w.applyAccess(test.change)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Applied")
			if diff := cmp.Diff([]string{string(test.element)}, observation.Overridden); diff != "" || len(observation.Faults) > 0 {
				t.Errorf("faults %v, overridden (-want +got):\n%s", observation.Faults, diff)
			}
		})
	}
}

// Reading goes on without the buttons that only changes need.
func TestReadingOfAccessGoesOnWithoutItsButtons(t *testing.T) {
	t.Parallel()
	w := newFullWorld(t, nil)
	for _, label := range []claysim.Label{claysim.LabelCreateGroup, claysim.LabelNewBudget, claysim.LabelAddMembers, claysim.LabelDeleteGroup} {
		w.Inject(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: label, Text: "Frobnicate"})
	}
	state := w.mustObserveAccess(access.Scope{Sections: access.Sections(), Groups: []string{"Sales"}, Budgets: []string{"Outbound"}})
	if !state.Groups.Complete || !state.Budgets.Complete || !state.Limits.Complete {
		t.Errorf("state %+v", state)
	}
}

func TestNumbersOfCredits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "1200": 1200, "1,200": 1200, "1.200.300": 1200300, "12 345": 12345, "7.5": 7, " 42 ": 42, "1,234,567.25": 1234567,
		"": -1, "-3": -1, "x": -1, "1,20,0": -1, "12k": -1, "1 / 2": -1, "99999999999999999999": -1,
	} {
		got, ok := number(text)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q is read as %d, want %d", text, got, want)
		}
	}
	used, limit, ok := usedOf("120 / No limit")
	if used != 120 || limit != nil || !ok {
		t.Errorf("%d of %v, %v", used, limit, ok)
	}
	used, limit, ok = usedOf("1,200 / 5,000")
	if used != 1200 || limit == nil || *limit != 5000 || !ok {
		t.Errorf("%d of %v, %v", used, limit, ok)
	}
	if _, _, ok := usedOf("1200"); ok {
		t.Error("a number alone is a share")
	}
}

func TestNamesThing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text, name string
		others     []string
		want       bool
	}{
		{"Delete budget? Outbound The credits", "Outbound", []string{"Outbound", "Outbound 2"}, true},
		{"Delete budget? Outbound 2 The credits", "Outbound", []string{"Outbound", "Outbound 2"}, false},
		{"The group “Sales” will be deleted.", "Sales", nil, true},
		{"The group Presales will be deleted.", "Sales", nil, false},
		{"The group SALES will be deleted.", "Sales", nil, false},
		{"Nothing", "", nil, false},
	}
	for _, test := range tests {
		if got := namesThing(test.text, test.name, test.others); got != test.want {
			t.Errorf("%q names %q: %v, want %v", test.text, test.name, got, test.want)
		}
	}
}

func TestOffersOfPlans(t *testing.T) {
	t.Parallel()
	for plan, want := range map[string]planOffer{
		"enterprise": planHas, "Legacy Enterprise": planUnknown, "launch": planLacks, "growth_2026": planLacks, "pro": planLacks, "": planUnknown,
		"titan": planUnknown, "professional": planUnknown,
	} {
		if got := offersOf(plan, access.SectionGroups); got != want {
			t.Errorf("%q: %v, want %v", plan, got, want)
		}
	}
	if offersOf("launch", access.SectionLimits) != planHas || offersOf("pro", access.SectionLimits) != planLacks {
		t.Error("limits are offered by the wrong plans")
	}
}
