package clayweb

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// begun is a call that has read the list and not yet written.
func (w *world) begun(changes ...seat.Change) *work {
	w.t.Helper()
	v, err := w.backend.enter(w.t.Context(), w.workspace)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(v.leave)
	begun := newWork(v, changes, func(sidecar.Outcome) {})
	if err := begun.start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return begun
}

// onPage runs a script on the page of a call.
func (w *work) onPage(t *testing.T, script string) {
	t.Helper()
	err := w.visit.session.Do(t.Context(), "test", func(_ context.Context, page playwright.Page) error {
		_, err := page.Evaluate(script)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// missingElements are the elements that a contract lacks.
func missingElements(err error) []string {
	var names []string
	for _, each := range missingIn(err) {
		names = append(names, string(each.element))
	}
	return names
}

func TestContract(t *testing.T) {
	t.Parallel()
	invite := ada
	setRole := seat.Change{Verb: seat.SetRole, Email: "ines@example.com", Role: seat.RoleViewer}
	remove := seat.Change{Verb: seat.Remove, Email: "theo@example.com"}
	cancel := seat.Change{Verb: seat.CancelInvitation, Email: "noor@example.com"}
	const (
		noInvite   = `() => [...document.querySelectorAll('main button')].find((b) => b.textContent === '+ Invite').remove()`
		twoInvites = `() => { const b = [...document.querySelectorAll('main button')].find((b) => b.textContent === '+ Invite'); b.after(b.cloneNode(true)); }`
		noRoles    = `() => document.querySelectorAll('[role="row"] [aria-haspopup="listbox"]').forEach((b) => b.remove())`
		noMenus    = `() => document.querySelectorAll('[role="row"] [aria-haspopup="menu"]').forEach((b) => b.remove())`
		oneNoMenu  = `() => [...document.querySelectorAll('[role="row"]')].find((r) => r.textContent.includes('theo@'))
			.querySelector('[aria-haspopup="menu"]').remove()`
	)
	tests := []struct {
		name    string
		script  string
		changes []seat.Change
		want    []string
	}{
		{"a page as it is known", "() => 0", []seat.Change{remove, cancel, setRole, invite}, nil},
		{"no button that invites", noInvite, []seat.Change{remove, invite}, []string{"team.invite"}},
		{"two buttons that invite", twoInvites, []seat.Change{invite}, []string{"team.invite"}},
		{"a button that nobody needs", noInvite, []seat.Change{remove, cancel, setRole}, nil},
		{"no control for roles", noRoles, []seat.Change{setRole, invite}, []string{"row.role"}},
		{"no way out of a row", noMenus, []seat.Change{remove}, []string{"row.menu", "row.trash"}},
		{"no way to cancel", noMenus, []seat.Change{cancel}, []string{"row.menu", "row.trashInvitation"}},
		{"one special row", oneNoMenu, []seat.Change{remove}, nil},
		{"everything at once", "() => { (" + noMenus + ")(); (" + noRoles + ")(); }", []seat.Change{remove, setRole}, []string{"row.role", "row.menu", "row.trash"}},
		{"what is there already needs nothing", noInvite, []seat.Change{{Verb: seat.Invite, Email: "hana@example.com", Role: seat.RoleViewer}}, nil},
	}
	w := newWorld(t, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := &world{Server: w.Server, t: t, backend: w.backend, workspace: w.workspace}
			work := w.begun(test.changes...)
			work.onPage(t, test.script)
			err := work.checkContract(t.Context())
			if diff := cmp.Diff(test.want, missingElements(err)); diff != "" {
				t.Errorf("missing (-want +got):\n%s\n%v", diff, err)
			}
			if (err != nil) != (test.want != nil) {
				t.Errorf("error %v", err)
			}
		})
	}
	if journal, dialogs := w.Journal(), w.Counters().Dialogs; len(journal) > 0 || len(dialogs) > 0 {
		t.Errorf("written: %v, opened: %v", journal, dialogs)
	}
}

// A build that is new to the operator is looked at before the next write, in the middle of a call as well.
func TestContractIsCheckedAgainForANewBuild(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	work := w.begun(ada)
	place := work.visit.place
	if want := claysim.VariantCurrent().Version; place.clayVersion != want || work.last.ClayVersion != want {
		t.Errorf("the build is %q and %q, want %q", place.clayVersion, work.last.ClayVersion, want)
	}
	if err := work.checkContract(t.Context()); err != nil {
		t.Fatal(err)
	}
	work.onPage(t, `() => document.querySelector('main .page-head button').remove()`)
	if err := work.checkContract(t.Context()); err != nil {
		t.Errorf("the same build is checked again: %v", err)
	}
	place.clayVersion = "v20270101_000000Z_0000000000"
	err := work.checkContract(t.Context())
	if _, broken := errors.AsType[*contractError](err); !broken {
		t.Errorf("error %v", err)
	}
	if place.checkedVersion == place.clayVersion {
		t.Error("the build counts as checked")
	}
}
