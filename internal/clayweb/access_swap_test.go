package clayweb

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// The list puts another thing into a row in the moment in which the pointer gets there, or while a menu of the row is open. Whatever is clicked
// then is about that thing: nothing but what was meant may be hit.
func TestRowsOfAccessThatSwapUnderThePointer(t *testing.T) {
	t.Parallel()
	moments := map[string]claysim.Fault{
		"row":  {Kind: claysim.FaultRowsSwap, Times: 3},
		"menu": {Kind: claysim.FaultRowsSwap, Times: 1, Text: "menu"},
	}
	changes := map[string]access.Change{
		"remove": accessChanges["remove"], "limit": accessChanges["limit"], "delete": accessChanges["delete"],
		"reset": {Verb: access.ResetBudget, Budget: "Outbound", From: new(int64(1200))},
	}
	for moment, swaps := range moments {
		for name, change := range changes {
			t.Run(name+", "+moment, func(t *testing.T) {
				w := newFullWorld(t, nil)
				w.Inject(swaps)
				outcomes, observation, err := w.applyAccess(change)
				if result := outcomes[0].Result; result != sidecar.Applied && result != sidecar.Failed {
					t.Errorf("%s, %v and %v", result, err, observation.Faults)
				}
				for _, entry := range w.Journal() {
					if entry.Target != string(change.Email) || entry.Budget != change.Budget || entry.Group != change.Group {
						t.Errorf("something else was hit: %+v", entry)
					}
				}
			})
		}
	}
}

// A search that shows a few of many finds others first whose addresses hold the one that is meant.
func TestSearchThatShowsAFewOfMany(t *testing.T) {
	t.Parallel()
	const alike = 30
	w := newAccessWorld(t, func(o *claysim.Options) {
		own := &o.Seed.Workspaces[0]
		for i := range alike {
			own.Members = append(own.Members, claysim.Seat{Email: fmt.Sprintf("%02d.hana@example.com", i), Role: claysim.RoleEditor})
		}
		// Who joined last is found last.
		own.Members = append(own.Members, claysim.Seat{Email: "ana@example.com", Name: "Ana Duarte", Role: claysim.RoleEditor})
	})
	outcomes, _, err := w.applyAccess(access.Change{Verb: access.AddToGroup, Group: "Empty", Email: "ana@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, outcomes, "Applied")
	if group, _ := w.Workspace(claysim.SampleWorkspace).Group("Empty"); !slices.Equal(group.Members, []string{"ana@example.com"}) {
		t.Errorf("members %v", group.Members)
	}
}

// What the program itself refuses of a crowd is narrowed down to whom it is about.
func TestRefusedCrowdsAreHalved(t *testing.T) {
	t.Parallel()
	w := &accessWork{visit: &visit{book: builtIn(t)}}
	var jobs []*accessJob
	for i := range 5 {
		change := access.Change{Verb: access.AddToGroup, Group: "Sales", Email: "p" + asEmail(fmt.Sprint(i)) + "@example.com"}
		jobs = append(jobs, &accessJob{progress: progress{index: i, state: submitted}, change: change})
	}
	w.hear(jobs, answer{refused: true, untaken: true, own: []string{"Something went wrong"}})
	var sizes []string
	for _, part := range inParts(jobs) {
		sizes = append(sizes, fmt.Sprint(len(part)))
	}
	if strings.Join(sizes, " ") != "3 2" || jobs[0].refusal != notLooked {
		t.Errorf("parts of %v, refusal %v", sizes, jobs[0].refusal)
	}
	w.hear(jobs[:3], answer{refused: true, untaken: true, own: []string{"p1@example.com is blocked"}})
	if jobs[1].refusal == notLooked || jobs[1].refusal == nil || jobs[0].refusal != notLooked {
		t.Errorf("refusals %v and %v", jobs[0].refusal, jobs[1].refusal)
	}
	w.hear(jobs[3:4], answer{refused: true, untaken: true})
	if jobs[3].refusal == nil || jobs[3].refusal == notLooked {
		t.Errorf("alone it is %v", jobs[3].refusal)
	}
}
