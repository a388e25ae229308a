package clayweb

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/claysim"
)

func limitsScope() access.Scope {
	return access.Scope{Sections: []access.Section{access.SectionLimits}}
}

// withLimits gives the members of the simulator limits.
func withLimits(o *claysim.Options) {
	own := &o.Seed.Workspaces[0]
	own.DefaultLimit = new(int64(500))
	for i := range own.Members {
		switch own.Members[i].Email {
		case "theo@example.com":
			own.Members[i].Limit, own.Members[i].Used = new(int64(1200)), 1150
		case "ines@example.com":
			own.Members[i].Limit = new(int64(0))
		}
	}
}

func TestObserveLimits(t *testing.T) {
	t.Parallel()
	for _, variant := range claysim.Variants() {
		t.Run(variant.Name, func(t *testing.T) {
			w := newAccessWorld(t, func(o *claysim.Options) { o.Variant = &variant; withLimits(o) })
			state := w.mustObserveAccess(limitsScope())
			usual := new(int64(500))
			want := access.LimitList{Offer: access.Offered, Complete: true, Default: usual, People: []access.PersonLimit{
				{Email: "mara@example.com", Limit: usual}, {Email: "operator@example.com", Limit: usual},
				{Email: "theo@example.com", Limit: new(int64(1200)), Used: 1150}, {Email: "ines@example.com", Limit: new(int64(0))},
				{Email: "jonas@example.com", Limit: usual}, {Email: "priya@example.com", Limit: usual}, {Email: "luc@example.com", Limit: usual},
				{Email: "hana@example.com", Limit: usual},
			}}
			if diff := cmp.Diff(want, state.Limits); diff != "" {
				t.Errorf("limits (-want +got):\n%s", diff)
			}
			if len(w.Journal()) > 0 {
				t.Errorf("written: %v", w.Journal())
			}
		})
	}
}

func TestApplyEveryVerbOfLimits(t *testing.T) {
	t.Parallel()
	inRow := claysim.VariantCurrent()
	inRow.Name, inRow.InlineLimit = "in the row", true
	for _, variant := range append(claysim.Variants(), inRow) {
		t.Run(variant.Name, func(t *testing.T) {
			w := newAccessWorld(t, func(o *claysim.Options) { o.Variant = &variant; withLimits(o) })
			outcomes, observation, err := w.applyAccess(
				access.Change{Verb: access.SetDefaultLimit, Credits: 700},
				access.Change{Verb: access.SetLimit, Email: "hana@example.com", Credits: 0},
				access.Change{Verb: access.SetLimit, Email: "theo@example.com", Credits: 1500},
				access.Change{Verb: access.SetLimit, Email: "ines@example.com", Credits: 0},
				access.Change{Verb: access.SetLimit, Email: "noor@example.com", Credits: 5},
			)
			if err != nil {
				t.Fatal(err)
			}
			wantResults(t, outcomes, "Applied", "Applied", "Applied", "AlreadyThere", "Failed InvalidInput MemberNotFound")
			t.Log(observation.Usage)
			state := w.Workspace(claysim.SampleWorkspace)
			for email, want := range map[string]int64{"hana@example.com": 0, "theo@example.com": 1500, "ines@example.com": 0, "mara@example.com": 700} {
				if spender, _ := state.Spender(email); spender.Limit == nil || *spender.Limit != want {
					t.Errorf("%s has %v, want %d", email, spender.Limit, want)
				}
			}
		})
	}
}
