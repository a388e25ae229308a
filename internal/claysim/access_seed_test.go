package claysim

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestASeedOfAccessThatContradictsItselfIsRefused(t *testing.T) {
	admin := Seat{Email: "a@example.com", Role: RoleAdmin}
	tests := map[string]struct {
		seed Workspace
		says string
	}{
		"a group of strangers":       {Workspace{Groups: []GroupSeed{{Name: "G", Members: []string{"x@example.com"}}}}, `group "G": x@example.com`},
		"a budget for strangers":     {Workspace{Budgets: []BudgetSeed{{Name: "B", Users: []string{"x@example.com"}}}}, `budget "B": x@example.com`},
		"a budget for no group":      {Workspace{Budgets: []BudgetSeed{{Name: "B", Groups: []string{"G"}}}}, `budget "B": there is no group "G"`},
		"a budget for all and some":  {Workspace{Budgets: []BudgetSeed{{Name: "B", Everyone: true, Users: []string{admin.Email}}}}, "leave out users"},
		"an invitation to no group":  {Workspace{Invitations: []PendingSeat{{Email: "x@example.com", Role: RoleEditor, Groups: []string{"G"}}}}, `no group "G"`},
		"an invitation to no budget": {Workspace{Invitations: []PendingSeat{{Email: "x@example.com", Role: RoleEditor, Budgets: []string{"B"}}}}, `no budget "B"`},
	}
	for name, test := range tests {
		test.seed.ID, test.seed.Plan, test.seed.Members = 1, PlanEnterprise, []Seat{admin}
		server, err := Start(Options{Seed: Seed{Workspaces: []Workspace{test.seed}}})
		if err == nil {
			t.Errorf("%s: started", name)
			if err := server.Close(); err != nil {
				t.Error(err)
			}
			continue
		}
		if !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "workspace 1") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAWorkspaceThatIsAddedLaterHasAccess(t *testing.T) {
	server := startAccess(t, nil)
	added := AccessSample().Workspaces[0]
	added.ID = 77
	if err := server.AddWorkspace(added); err != nil {
		t.Fatal(err)
	}
	one, other := server.Workspace(SampleWorkspace), server.Workspace(77)
	if one.Groups[0].ID == other.Groups[0].ID || one.Budgets[0].ID == other.Budgets[0].ID {
		t.Error("two workspaces share the id of a group or a budget")
	}
	if diff := cmp.Diff(one.Spenders, other.Spenders); diff != "" {
		t.Errorf("limits (-first +second):\n%s", diff)
	}
}

func TestTheStateIsACopy(t *testing.T) {
	server := startAccess(t, nil)
	before := server.Workspace(SampleWorkspace)
	taken := server.Workspace(SampleWorkspace)
	*taken.DefaultLimit, *taken.Spenders[2].Own, taken.Groups[0].Members[0], taken.Budgets[0].Users[0] = 1, 1, "x", "x"
	taken.Spenders[0].Platforms[0] = "x"
	after := server.Workspace(SampleWorkspace)
	if diff := cmp.Diff(before, after, cmpopts.IgnoreFields(WorkspaceState{}, "Invitations")); diff != "" {
		t.Errorf("somebody changed the world through its state (-before +after):\n%s", diff)
	}
}

func TestHostileNamesOfGroupsArriveAsTheyAre(t *testing.T) {
	server := startServer(t, Options{Seed: HostileSample()})
	b := signedInBrowser(t, server)
	for list, field := range map[string]string{"/groups": "groups", "/budgets": "budgets"} {
		listed := b.get(accessBase+list).list(t, field)
		for _, want := range hostileNames() {
			if !slices.ContainsFunc(listed, func(each map[string]any) bool { return each["name"] == want }) {
				t.Errorf("%s: %q is not listed", list, want)
			}
		}
	}
}

func TestACrowdHasMoreGroupsThanAWindowShows(t *testing.T) {
	const crowd = 200
	server := startServer(t, Options{Seed: AccessCrowdSample(crowd)})
	ws := server.Workspace(SampleWorkspace)
	if everybody, _ := ws.Group("Everybody"); len(everybody.Members) != crowd+2 {
		t.Errorf("%d people in the largest group", len(everybody.Members))
	}
	twins := map[string]int{}
	for _, group := range ws.Groups {
		twins[group.Name]++
	}
	for _, budget := range ws.Budgets {
		twins[budget.Name]++
	}
	if len(ws.Groups) != crowdGroups+3 || twins["Twins"] != 4 {
		t.Errorf("%d groups; %d groups and budgets are called Twins", len(ws.Groups), twins["Twins"])
	}
}

func TestTheControlSurfaceSpends(t *testing.T) {
	server := startAccess(t, nil)
	send := func(path, body string, want int) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.ControlURL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != want {
			t.Errorf("%s %s: %d, want %d", path, body, response.StatusCode, want)
		}
	}
	send("spend", `{"workspace":4821,"email":"hana@example.com","credits":40}`, http.StatusNoContent)
	send("spend", `{"workspace":4821,"email":"jonas@example.com","credits":40}`, http.StatusConflict)
	send("spend", `{`, http.StatusBadRequest)
	send("budgets/spend", `{"workspace":4821,"budget":"Research","credits":4}`, http.StatusNoContent)
	send("budgets/spend", `{"workspace":4821,"budget":"Experiments","credits":4}`, http.StatusConflict)
	send("budgets/use", `{"workspace":4821,"budget":"Research","workbooks":2}`, http.StatusNoContent)
	ws := server.Workspace(SampleWorkspace)
	hana, _ := ws.Spender("hana@example.com")
	research, _ := ws.Budget("Research")
	if hana.Used != 40 || research.Used != 4 || research.Workbooks != 2 {
		t.Errorf("hana spent %d, research %d in %d workbooks", hana.Used, research.Used, research.Workbooks)
	}
}
