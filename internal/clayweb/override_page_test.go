package clayweb

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// ada is an invitation that tests send.
var ada = seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor}

// A label that nobody knows stops the writing, and an override gets it going again: in the same backend, with the same warm page.
func TestOverrideFindsARenamedButton(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.Inject(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: claysim.LabelInvite, Text: "Bring a colleague"})
	_, _, err := w.apply(ada)
	wantFault(t, err, sidecar.Drift, sidecar.ReasonPageChanged)
	w.workspace.Locators = "version: 1\nelements:\n  team.invite:\n    - {role: button, names: [Bring a colleague], safe: true}\n"
	outcomes, observation, err := w.apply(ada)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Applied")
	if diff := cmp.Diff([]string{"team.invite"}, observation.Overridden); diff != "" {
		t.Errorf("overridden (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"ada@example.com": 1}, w.mails()); diff != "" {
		t.Errorf("e-mails (-want +got):\n%s", diff)
	}
}

// What only the browser can judge is found out before anything is done, and mended without a restart.
func TestOverrideThatTheBrowserDoesNotUnderstand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, test := range []struct{ name, text, want string }{
		{"a selector", "elements: {app.team: [{css: 'a'}, {css: 'a['}]}", "element app.team: rung 2"},
		{"a selector of rows that only Playwright knows", "elements: {team.row: [{css: 'tr:visible'}]}", "element team.row: rung 1"},
		{"a role", "elements: {app.team: [{role: 'link]'}]}", "element app.team: rung 1"},
		{"an overlay", "overlays: [{name: x, shows: {css: 'b['}, dismiss: [{role: button, names: [x]}]}]", `overlay "x": rung 1`},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.workspace.Locators = "version: 1\n" + test.text
			_, err := w.observe()
			wantFault(t, err, sidecar.InvalidInput, sidecar.ReasonLocatorsInvalid)
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("fault %v, want %q in it", err, test.want)
			}
		})
	}
	if calls := w.Counters().API; len(calls) > 0 {
		t.Errorf("Clay was asked: %v", calls)
	}
	w.workspace.Locators = ""
	if observation := w.mustObserve(); len(observation.Overridden) > 0 {
		t.Errorf("overridden %v", observation.Overridden)
	}
}

// An overlay that an override names is sent away from a page that was loaded before the override came.
func TestOverrideOfOverlaysReachesAWarmPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.mustObserve()
	w.workspace.Locators = "version: 1\noverlays:\n" +
		"  - {name: product tour, shows: {css: '[role=\"dialog\"]:has-text(\"Meet the new Clay\")'}, dismiss: [{role: button, names: [Start tour]}]}\n"
	w.Inject(claysim.Fault{Kind: claysim.FaultOverlay, Text: "tour"})
	outcomes, observation, err := w.apply(ada)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Applied")
	if observation.SignedIn {
		t.Error("the session was not kept")
	}
}
