package clayweb

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// probe walks through the simulator's pages.
func (w *world) probe() (Probe, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), callLimit)
	defer cancel()
	probe, err := w.backend.Probe(ctx, w.workspace)
	for _, each := range probe.Elements {
		w.t.Logf("%-30s %-22s %-8s %d %s %v %s", each.Page, each.Element, each.Result, each.Rung, each.By, each.Tried, each.Note)
	}
	w.t.Logf("did %q\nwarnings %q\nheld back %q\nfault %q", probe.Did, probe.Warnings, probe.HeldBack, probe.Fault)
	return probe, err
}

// untouched fails the test if anything was changed or sent.
func (w *world) untouched() {
	w.t.Helper()
	if journal := w.Journal(); len(journal) > 0 {
		w.t.Errorf("written: %v", journal)
	}
	if mails := w.mails(); len(mails) > 0 {
		w.t.Errorf("e-mails: %v", mails)
	}
	if counters := w.Counters(); counters.InvitationsSubmitted > 0 || counters.Dialogs["remove"] > 0 {
		w.t.Errorf("submitted %d, dialogs %v", counters.InvitationsSubmitted, counters.Dialogs)
	}
}

// withResult are the elements with a result.
func withResult(probe Probe, result ProbeResult) []string {
	var names []string
	for _, each := range probe.Elements {
		if each.Result == result {
			names = append(names, each.Element)
		}
	}
	return names
}

func TestProbeFindsEverythingInEveryVariant(t *testing.T) {
	t.Parallel()
	everywhere := []element{
		loginEmail, loginContinue, loginPassword, appProfileMenu, appSettings, appTeam, teamInvite, teamRow, rowRole,
		inviteDialog, inviteAddress, inviteRole, inviteSubmit, inviteClose, inviteGroups, inviteBudgets, listRow, accessDialog,
	}
	for _, page := range accessPages {
		everywhere = append(everywhere, page.elements...)
	}
	menus := []element{rowMenu, menuOpen, menuRemove, menuCancelInvitation}
	also := map[string][]element{
		"current":     append(menus, listOption),
		"summer-2026": append(menus, listOption),
		"spring-2026": menus,
		"classic":     {rowTrash, rowTrashInvitation},
	}
	for _, variant := range claysim.Variants() {
		t.Run(variant.Name, func(t *testing.T) {
			w := newFullWorld(t, func(o *claysim.Options) { o.Variant = &variant })
			probe, err := w.probe()
			if err != nil {
				t.Fatal(err)
			}
			w.untouched()
			if !probe.AllFound() || probe.Drift != nil {
				t.Errorf("not found: %v", withResult(probe, ProbeNotFound))
			}
			results := map[string]ProbeResult{}
			for _, each := range probe.Elements {
				results[each.Element] = each.Result
			}
			for _, name := range append(everywhere, also[variant.Name]...) {
				if results[string(name)] != ProbeFound {
					t.Errorf("%s: %s", name, results[string(name)])
				}
			}
			if len(results) != len(guarded) || len(results) != len(probe.Elements) {
				t.Errorf("%d results for %d elements", len(probe.Elements), len(guarded))
			}
			if probe.Members != 8 || probe.Invitations != 2 || probe.Source != seat.SourceTraffic || !probe.Complete || !probe.SignedIn {
				t.Errorf("probe %+v", probe)
			}
			if probe.ClayVersion != variant.Version || len(probe.Warnings) > 0 {
				t.Errorf("build %q, warnings %q", probe.ClayVersion, probe.Warnings)
			}
			w.checkPrivacy(probe)
		})
	}
}

// checkPrivacy looks for people and secrets in all texts of a probe.
func (w *world) checkPrivacy(probe Probe) {
	w.t.Helper()
	encoded, err := json.Marshal(probe)
	if err != nil {
		w.t.Fatal(err)
	}
	texts := string(encoded) + string(probe.Drift)
	if len(probe.Pictures) < 3 {
		w.t.Errorf("%d pictures", len(probe.Pictures))
	}
	for _, picture := range probe.Pictures {
		texts += picture.Evidence.Snapshot
	}
	for _, private := range []string{"@example.com", "Theo Almeida", "Ines Okafor", "Mara Lindqvist", claysim.SamplePassword} {
		if strings.Contains(texts, private) {
			w.t.Errorf("the probe tells %q", private)
		}
	}
}

func TestProbeTellsWhatIsMissing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		label   claysim.Label
		missing []string
	}{
		{"the button that invites", claysim.LabelInvite, []string{"team.invite"}},
		{"the entry that removes", claysim.LabelRemoveMember, []string{"menu.remove"}},
		{"the way to the team", claysim.LabelTeam, []string{"app.team"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.Inject(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: test.label, Text: "Frobnicate"})
			probe, err := w.probe()
			if err != nil {
				t.Fatal(err)
			}
			w.untouched()
			if diff := cmp.Diff(test.missing, withResult(probe, ProbeNotFound)); diff != "" {
				t.Errorf("not found (-want +got):\n%s", diff)
			}
			if probe.AllFound() {
				t.Error("everything counts as found")
			}
			var report driftReport
			if err := json.Unmarshal(probe.Drift, &report); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(report.Override, "Frobnicate") {
				t.Errorf("the override is %q", report.Override)
			}
			w.workspace.Locators = report.Override
			again, err := w.probe()
			if err != nil || !again.AllFound() {
				t.Errorf("with the override: %v, not found: %v", err, withResult(again, ProbeNotFound))
			}
			w.untouched()
		})
	}
}

// Whatever a click means, nothing is written: what the page wants to send while the walk clicks does not leave it.
func TestProbeHoldsBackWhatChangesSomething(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	v, err := w.backend.enter(t.Context(), w.workspace)
	if err != nil {
		t.Fatal(err)
	}
	p := &prober{visit: v, held: map[string]int{}, found: map[element]ProbedElement{}}
	if _, err := v.read(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = p.step(t.Context(), func(_ context.Context, page playwright.Page) error {
		if err := p.holdBack(page); err != nil {
			return err
		}
		_, err := page.Evaluate(`async (api) => {
			for (const method of ['POST', 'PATCH', 'DELETE', 'PUT']) {
				await fetch(api + '/v3/workspaces/4821/users/1', {method, credentials: 'include'}).catch(() => {});
			}
			navigator.sendBeacon(api + '/v3/workspaces/4821/invitations', '{}');
			await fetch(api + '/v3').then((answer) => answer.json());
		}`, apiOf(w))
		return err
	})
	v.leave()
	if err != nil {
		t.Fatal(err)
	}
	w.untouched()
	for request := range w.Counters().API {
		if method, _, _ := strings.Cut(request, " "); method != "GET" && !strings.Contains(request, "/auth/") {
			t.Errorf("it got through: %s", request)
		}
	}
	if len(p.held) < 4 {
		t.Errorf("held back: %v", p.held)
	}
}

// apiOf is the origin of the simulator's API.
func apiOf(w *world) string { return strings.Replace(w.AppURL(), "//app.", "//api.", 1) }

func TestProbeWithAGoodSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.mustObserve()
	w.workspace.Login.Password = ""
	probe, err := w.probe()
	if err != nil || probe.SignedIn {
		t.Errorf("signed in %v, %v", probe.SignedIn, err)
	}
	// The backend goes on as before.
	w.workspace.Login.Password = claysim.SamplePassword
	outcomes, _, err := w.apply(ada)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Applied")
}

func TestProbeThatCannotBeMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.workspace.Login.Password = "wrong"
	probe, err := w.probe()
	wantFault(t, err, sidecar.AuthFailed, sidecar.ReasonWrongPassword)
	if probe.Fault == "" || probe.AllFound() || len(withResult(probe, ProbeFound)) == 0 {
		t.Errorf("probe %+v", probe)
	}
	w.workspace.Login.Password = claysim.SamplePassword
	w.workspace.Locators = "version: 7"
	probe, err = w.probe()
	wantFault(t, err, sidecar.InvalidInput, sidecar.ReasonLocatorsInvalid)
	if probe.Fault == "" || probe.AllFound() {
		t.Errorf("probe %+v", probe)
	}
	w.workspace.Locators = ""
	w.Inject(claysim.Fault{Kind: claysim.FaultRenamedFields})
	probe, err = w.probe()
	if err != nil || probe.Source != seat.SourcePage || len(probe.Warnings) != 1 {
		t.Errorf("source %s, warnings %q, %v", probe.Source, probe.Warnings, err)
	}
}
