package clayweb

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// observeAccess reads the workspace's access and keeps the session for the next call.
func (w *world) observeAccess(scope access.Scope) (sidecar.AccessObservation, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), callLimit)
	defer cancel()
	observation, err := w.backend.ObserveAccess(ctx, w.workspace, scope)
	if len(observation.Session) > 0 {
		w.workspace.Session = observation.Session
	}
	return observation, err
}

// mustObserveAccess reads the workspace's access, which has to work.
func (w *world) mustObserveAccess(scope access.Scope) access.State {
	w.t.Helper()
	observation, err := w.observeAccess(scope)
	if err != nil {
		w.picture(err)
		w.t.Fatal(err)
	}
	for section, fault := range observation.Faults {
		w.picture(fault)
		w.t.Errorf("%s: %v", section, fault)
	}
	return observation.State
}

// applyAccess makes changes to access, and returns the outcomes by index.
func (w *world) applyAccess(changes ...access.Change) (map[int]sidecar.Outcome, sidecar.AccessObservation, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), callLimit)
	defer cancel()
	outcomes := map[int]sidecar.Outcome{}
	observation, err := w.backend.ApplyAccess(ctx, w.workspace, changes, func(outcome sidecar.Outcome) {
		if _, twice := outcomes[outcome.Index]; twice {
			w.t.Errorf("outcome %d was reported twice", outcome.Index)
		}
		outcomes[outcome.Index] = outcome
	})
	if len(observation.Session) > 0 {
		w.workspace.Session = observation.Session
	}
	if err != nil {
		w.picture(err)
	}
	for _, fault := range observation.Faults {
		w.picture(fault)
	}
	return outcomes, observation, err
}

// newAccessWorld starts a simulator whose workspace has groups.
func newAccessWorld(t *testing.T, edit func(*claysim.Options)) *world {
	t.Helper()
	return newWorld(t, func(o *claysim.Options) {
		own := &o.Seed.Workspaces[0]
		own.Groups = []claysim.GroupSeed{
			{Name: "Sales", Description: "Who sells", Members: []string{"theo@example.com", "ines@example.com"}},
			{Name: "Sales EMEA", Members: []string{"jonas@example.com"}},
			{Name: "Empty"},
		}
		own.Budgets = nil
		if edit != nil {
			edit(o)
		}
	})
}

func groupsScope(names ...string) access.Scope {
	return access.Scope{Sections: []access.Section{access.SectionGroups}, Groups: names}
}

func TestObserveGroups(t *testing.T) {
	t.Parallel()
	for _, variant := range claysim.Variants() {
		t.Run(variant.Name, func(t *testing.T) {
			w := newAccessWorld(t, func(o *claysim.Options) { o.Variant = &variant })
			state := w.mustObserveAccess(groupsScope("Sales", "Empty", "Nobody"))
			if state.Plan != "enterprise" || state.WorkspaceID != "4821" || state.ReadAt.IsZero() {
				t.Errorf("state %+v", state)
			}
			for i := range state.Groups.Groups {
				if state.Groups.Groups[i].ID == "" {
					t.Error("a group has no id")
				}
				state.Groups.Groups[i].ID = ""
			}
			want := access.GroupList{Offer: access.Offered, Complete: true, Groups: []access.Group{
				{Name: "Sales", Description: "Who sells", Members: []seat.Email{"theo@example.com", "ines@example.com"}, Complete: true},
				{Name: "Sales EMEA"},
				{Name: "Empty", Complete: true},
			}}
			if diff := cmp.Diff(want, state.Groups); diff != "" {
				t.Errorf("groups (-want +got):\n%s", diff)
			}
			if len(w.Journal()) > 0 {
				t.Errorf("written: %v", w.Journal())
			}
		})
	}
}

func TestApplyEveryVerbOfGroups(t *testing.T) {
	t.Parallel()
	for _, variant := range claysim.Variants() {
		t.Run(variant.Name, func(t *testing.T) {
			w := newAccessWorld(t, func(o *claysim.Options) { o.Variant = &variant })
			outcomes, observation, err := w.applyAccess(
				access.Change{Verb: access.RemoveFromGroup, Group: "Sales", Email: "theo@example.com"},
				access.Change{Verb: access.RemoveFromGroup, Group: "Sales", Email: "mara@example.com"},
				access.Change{Verb: access.CreateGroup, Group: "New one", Description: "Fresh"},
				access.Change{Verb: access.DescribeGroup, Group: "Sales", Description: "Who sells now"},
				access.Change{Verb: access.AddToGroup, Group: "Sales", Email: "hana@example.com"},
				access.Change{Verb: access.AddToGroup, Group: "Sales", Email: "priya@example.com"},
				access.Change{Verb: access.AddToGroup, Group: "Sales", Email: "ines@example.com"},
				access.Change{Verb: access.AddToGroup, Group: "New one", Email: "luc@example.com"},
				access.Change{Verb: access.AddToGroup, Group: "Nowhere", Email: "luc@example.com"},
				access.Change{Verb: access.AddToGroup, Group: "Sales", Email: "noor@example.com"},
				access.Change{Verb: access.DeleteGroup, Group: "Empty"},
				access.Change{Verb: access.DeleteGroup, Group: "Gone before"},
			)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Applied", "AlreadyThere", "Applied", "Applied", "Applied", "Applied", "AlreadyThere", "Applied",
				"Failed InvalidInput NameNotFound", "Failed InvalidInput MemberNotFound", "Applied", "AlreadyThere")
			t.Log(observation.Usage, w.Counters().Dialogs)
			state := w.Workspace(claysim.SampleWorkspace)
			sales, _ := state.Group("Sales")
			slices.Sort(sales.Members)
			if diff := cmp.Diff([]string{"hana@example.com", "ines@example.com", "priya@example.com"}, sales.Members); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
			if sales.Description != "Who sells now" {
				t.Errorf("description %q", sales.Description)
			}
			if made, _ := state.Group("New one"); made.Description != "Fresh" || !slices.Equal(made.Members, []string{"luc@example.com"}) {
				t.Errorf("new group %v", made)
			}
			if _, found := state.Group("Empty"); found {
				t.Error("a group was not deleted")
			}
		})
	}
}
