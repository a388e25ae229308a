package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	teamSize = 300
	// teamTimeout is several times what giving everybody theirs takes on two cores.
	teamTimeout = 15 * time.Minute
	relocated   = 40
	// mostPasses is how many passes the move of a few dozen people between territories may take.
	mostPasses = 2
	// territoryCredits is the limit of each territory's budget, and defaultLimit what people may spend whom no rule gives a limit.
	territoryCredits = 5000
	defaultLimit     = 50
	managerLimit     = 400
	executiveLimit   = 200
)

var (
	territories = []string{"EMEA", "APAC", "LATAM", "DACH", "Nordics", "NAMER"}
	titles      = []string{"manager", "executive", "researcher", "representative"}
)

// colleague is one of the people of the sales team, and what an independent reckoning says they should have.
type colleague struct {
	name, territory, title string
}

func (c colleague) email() string { return c.name + "@example.com" }

func (c colleague) role() claysim.Role {
	return map[string]claysim.Role{
		"manager": claysim.RoleAdmin, "executive": claysim.RoleEditor, "researcher": claysim.RoleViewer, "representative": claysim.RoleSalesRep,
	}[c.title]
}

func (c colleague) groups() []string {
	groups := []string{c.territory}
	if c.title == "manager" {
		groups = append(groups, "Managers")
	}
	slices.Sort(groups)
	return groups
}

func (c colleague) budgets() []string {
	budgets := []string{c.territory + " credits"}
	if c.title == "manager" {
		budgets = append(budgets, "Steering")
	}
	slices.Sort(budgets)
	return budgets
}

func (c colleague) limit() int64 {
	return map[string]int64{
		"manager": managerLimit, "executive": executiveLimit, "researcher": defaultLimit, "representative": defaultLimit,
	}[c.title]
}

// salesTeam is spread over territories and titles so that each of their pairs is there.
func salesTeam() []colleague {
	team := make([]colleague, teamSize)
	for i := range team {
		team[i] = colleague{
			name: fmt.Sprintf("person-%03d", i), territory: territories[i%len(territories)], title: titles[i/len(territories)%len(titles)],
		}
	}
	return team
}

// rulesOfTeam are the access rules from which the operator has to work out the same.
func rulesOfTeam(spec *clayv1alpha1.ClayWorkspaceSpec) {
	for _, territory := range territories {
		spec.Groups = append(spec.Groups, clayv1alpha1.WorkspaceGroup{Name: territory, Description: new("Sales in " + territory)})
		spec.Budgets = append(spec.Budgets, clayv1alpha1.WorkspaceBudget{Name: territory + " credits", CreditLimit: territoryCredits})
		spec.AccessRules = append(spec.AccessRules, clayv1alpha1.AccessRule{
			Name: "in-" + strings.ToLower(territory), Match: fmt.Sprintf("attributes.territory == %q", territory),
			Grant: clayv1alpha1.AccessGrant{Groups: []string{territory}, Budgets: []string{territory + " credits"}},
		})
	}
	spec.Groups = append(spec.Groups, clayv1alpha1.WorkspaceGroup{Name: "Managers"})
	spec.Budgets = append(spec.Budgets, clayv1alpha1.WorkspaceBudget{Name: "Steering", CreditLimit: territoryCredits})
	spec.MCP = &clayv1alpha1.MCP{DefaultCreditLimit: new(int64(defaultLimit))}
	spec.AccessRules = append(spec.AccessRules,
		clayv1alpha1.AccessRule{Name: "everybody", Match: `email.endsWith("@example.com")`, Grant: clayv1alpha1.AccessGrant{Role: clayv1alpha1.RoleSalesRep}},
		clayv1alpha1.AccessRule{Name: "researchers", Match: `attributes.title == "researcher"`, Grant: clayv1alpha1.AccessGrant{Role: clayv1alpha1.RoleViewer}},
		clayv1alpha1.AccessRule{
			Name: "executives", Match: `attributes.title == "executive"`,
			Grant: clayv1alpha1.AccessGrant{Role: clayv1alpha1.RoleEditor, MCPCreditLimit: new(int64(executiveLimit))},
		},
		clayv1alpha1.AccessRule{
			Name: "managers", Match: `attributes.title == "manager"`,
			Grant: clayv1alpha1.AccessGrant{
				Role: clayv1alpha1.RoleAdmin, Groups: []string{"Managers"}, Budgets: []string{"Steering"}, MCPCreditLimit: new(int64(managerLimit)),
			},
		})
}

// has is what the simulated Clay gives somebody.
type has struct {
	Role            claysim.Role
	Groups, Budgets []string
	Limit           int64
}

// holdings is what everybody has in the simulated Clay, by address. A person without a limit has the limit -1.
func holdings(workspace claysim.WorkspaceState) map[string]has {
	all := map[string]has{}
	for _, member := range workspace.Members {
		all[member.Email] = has{Role: member.Role, Limit: -1}
	}
	change := func(email string, edit func(*has)) {
		each := all[email]
		edit(&each)
		all[email] = each
	}
	for _, group := range workspace.Groups {
		for _, email := range group.Members {
			change(email, func(h *has) { h.Groups = append(h.Groups, group.Name) })
		}
	}
	for _, budget := range workspace.Budgets {
		for _, email := range budget.Users {
			change(email, func(h *has) { h.Budgets = append(h.Budgets, budget.Name) })
		}
	}
	for _, spender := range workspace.Spenders {
		if spender.Limit != nil {
			change(spender.Email, func(h *has) { h.Limit = *spender.Limit })
		}
	}
	for email := range all {
		change(email, func(h *has) {
			slices.Sort(h.Groups)
			slices.Sort(h.Budgets)
		})
	}
	return all
}

// wanted is what the team should have, and the two others as they are.
func wanted(team []colleague) map[string]has {
	all := map[string]has{
		"owner@example.com": {Role: claysim.RoleAdmin, Groups: []string{"Theirs"}, Limit: defaultLimit},
		operatorEmail:       {Role: claysim.RoleAdmin, Limit: defaultLimit},
	}
	for _, each := range team {
		all[each.email()] = has{Role: each.role(), Groups: each.groups(), Budgets: each.budgets(), Limit: each.limit()}
	}
	return all
}

// TestTeamByRules gives a team of three hundred their roles, groups, budgets and limits by rules, and moves some of them.
func TestTeamByRules(t *testing.T) {
	team := salesTeam()
	seed := enterprise()
	there := &seed.Workspaces[0]
	for i, each := range team {
		role := each.role()
		if i%10 == 0 { // Clay's own default
			role = claysim.RoleEditor
		}
		member := claysim.Seat{Email: each.email(), Name: "Person " + each.name, Role: role}
		if limit := each.limit(); hasAlready(i) && limit != defaultLimit {
			member.Limit = new(limit)
		}
		there.Members = append(there.Members, member)
	}
	there.Groups = []claysim.GroupSeed{{Name: "Theirs", Members: []string{"owner@example.com"}}}
	there.Budgets = []claysim.BudgetSeed{{Name: "Theirs too", CreditLimit: 10, Everyone: true}}
	seedMost(there, team)
	h := newHouse(t, seed, func(w *clayv1alpha1.ClayWorkspace) { rulesOfTeam(&w.Spec) })
	// There are some hundred things to click, one after the other.
	h.patience = teamTimeout
	for _, each := range team {
		user := h.user(each.name, "")
		user.Spec.Attributes = map[string]string{"territory": each.territory, "title": each.title}
		create(t, user)
	}
	h.start()
	h.untilUsers("everybody to have what the rules give", func(users []clayv1alpha1.ClayUser) bool { return len(users) == teamSize && allSettled(users) })
	before := h.simulator.State()
	if diff := cmp.Diff(wanted(team), holdings(before.Workspace(workspaceID))); diff != "" {
		t.Fatalf("what people have is not what a second reckoning says (-want +got):\n%s", diff)
	}
	h.checkGrants(team)

	passes := h.passes()
	for i := range relocated {
		each := &team[i*teamSize/relocated]
		each.territory = territories[(slices.Index(territories, each.territory)+1)%len(territories)]
		user := &clayv1alpha1.ClayUser{ObjectMeta: metav1.ObjectMeta{Namespace: h.namespace, Name: each.name}}
		patch := client.RawPatch("application/merge-patch+json", fmt.Appendf(nil, `{"spec":{"attributes":{"territory":%q}}}`, each.territory))
		if err := plane.Client.Patch(t.Context(), user, patch); err != nil {
			t.Fatal(err)
		}
	}
	h.untilUsers("those who move to have moved", allSettled)
	after := h.simulator.State()
	if diff := cmp.Diff(wanted(team), holdings(after.Workspace(workspaceID))); diff != "" {
		t.Errorf("after the move (-want +got):\n%s", diff)
	}
	h.checkMove(before, after, h.passes()-passes)
}

// passes counts those that changed no seat: each of them reads the members once.
func (h *house) passes() int { return strings.Count(h.log.String(), `msg="Clay was read"`) }

// hasAlready says of the people of the team, by number, who has theirs before the operator comes.
func hasAlready(number int) bool { return number%7 != 0 }

// seedMost gives most of the team theirs already, but for one territory that Clay knows nothing of, and some of them by hand what they should not
// have: so there is something to make, something to take over and something to put right.
func seedMost(there *claysim.Workspace, team []colleague) {
	groups, budgets := map[string][]string{}, map[string][]string{}
	for i, each := range team {
		if !hasAlready(i) || each.territory == territories[0] {
			continue
		}
		in := each.groups()
		if i%12 == 1 {
			in = []string{territories[(i+1)%len(territories)]}
		}
		for _, name := range in {
			groups[name] = append(groups[name], each.email())
		}
		for _, name := range each.budgets() {
			budgets[name] = append(budgets[name], each.email())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		there.Groups = append(there.Groups, claysim.GroupSeed{Name: name, Description: "Sales", Members: groups[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(budgets)) {
		there.Budgets = append(there.Budgets, claysim.BudgetSeed{Name: name, CreditLimit: territoryCredits - 1, Users: budgets[name]})
	}
}

// checkGrants looks whether everybody is told what they have and which rule gave it.
func (h *house) checkGrants(team []colleague) {
	h.t.Helper()
	users := map[string]clayv1alpha1.ClayUser{}
	for _, user := range h.users(h.t.Context()) {
		users[user.Name] = user
	}
	for _, each := range team {
		access := users[each.name].Status.Access
		if access == nil {
			h.t.Errorf("the status of %s tells nothing of access", each.name)
			continue
		}
		if diff := cmp.Diff(each.groups(), access.Groups); diff != "" {
			h.t.Errorf("groups of %s (-want +got):\n%s", each.name, diff)
		}
		by := clayv1alpha1.Granted{What: "Group", Value: each.territory, By: "in-" + strings.ToLower(each.territory)}
		if !slices.Contains(access.Grants, by) {
			h.t.Errorf("%s is not told of %+v: %+v", each.name, by, access.Grants)
		}
	}
}

// checkMove counts what the move cost, and looks whether it touched anybody else.
func (h *house) checkMove(before, after claysim.State, passes int) {
	h.t.Helper()
	verbs, people := map[claysim.Verb]int{}, map[string]bool{}
	for _, entry := range after.Journal[len(before.Journal):] {
		verbs[entry.Verb]++
		people[entry.Target] = true
	}
	delete(people, "")
	loads := 0
	for path, count := range after.Counters.Documents {
		loads += count - before.Counters.Documents[path]
	}
	h.t.Logf("%d people moved by %v, with %d page loads in %d passes", len(people), verbs, loads, passes)
	if len(people) != relocated {
		h.t.Errorf("%d people were touched, want %d: %v", len(people), relocated, slices.Sorted(maps.Keys(people)))
	}
	if passes > mostPasses {
		h.t.Errorf("it took %d passes, at most %d are wanted", passes, mostPasses)
	}
	moves := map[claysim.Verb]int{
		claysim.VerbAddToGroup: relocated, claysim.VerbRemoveFromGroup: relocated, claysim.VerbGrantBudget: relocated, claysim.VerbRevokeBudget: relocated,
	}
	for verb, want := range moves {
		if verbs[verb] != want {
			h.t.Errorf("%d times %s, want %d", verbs[verb], verb, want)
		}
	}
}

// TestPlansOffer asks for the same on every plan: what it has is done, and of the rest the status says that it has it not.
func TestPlansOffer(t *testing.T) {
	for plan, offer := range map[claysim.Plan]planOffer{
		claysim.PlanLaunch:     {clayv1alpha1.ReasonNotOfferedByPlan, []string{"Budgets", "Groups"}, nil},
		claysim.PlanGrowth:     {clayv1alpha1.ReasonNotOfferedByPlan, []string{"Budgets", "Groups"}, nil},
		claysim.PlanEnterprise: {clayv1alpha1.ReasonAccessApplied, nil, nil},
		claysim.PlanLegacyPro:  {clayv1alpha1.ReasonNotOfferedByPlan, []string{"Budgets", "Groups", "Limits"}, nil},
		// Nothing says whether the older Enterprise has groups and budgets: their page may have gone, or may never have been there.
		claysim.PlanLegacyEnterprise: {sidecar.ReasonAccessPageNotFound, nil, []string{"Budgets", "Groups"}},
	} {
		t.Run(string(plan), func(t *testing.T) {
			seed := enterprise()
			seed.Workspaces[0].Plan = plan
			seed.Workspaces[0].Members = append(seed.Workspaces[0].Members, claysim.Seat{Email: "jo@example.com", Name: "Jo", Role: claysim.RoleEditor})
			h := newHouse(t, seed, func(w *clayv1alpha1.ClayWorkspace) {
				w.Spec.Groups = []clayv1alpha1.WorkspaceGroup{{Name: "Sales"}}
				w.Spec.Budgets = []clayv1alpha1.WorkspaceBudget{{Name: "Sales credits", CreditLimit: territoryCredits}}
				w.Spec.AccessRules = []clayv1alpha1.AccessRule{{Name: "all", Match: "true", Grant: clayv1alpha1.AccessGrant{
					Role: clayv1alpha1.RoleAdmin, Groups: []string{"Sales"}, Budgets: []string{"Sales credits"}, MCPCreditLimit: new(int64(managerLimit)),
				}}}
			})
			create(t, h.user("jo", ""))
			h.start()
			h.checkOffer(plan, offer)
		})
	}
}

// planOffer is what is expected where a workspace with some plan asks for everything: the reason of AccessReady, what the plan is known not to have,
// and what nobody can tell it has.
type planOffer struct {
	reason           string
	missing, unknown []string
}

func (h *house) checkOffer(plan claysim.Plan, offer planOffer) {
	h.t.Helper()
	workspace := h.untilWorkspace("access to be settled", func(w *clayv1alpha1.ClayWorkspace) bool {
		condition := meta.FindStatusCondition(w.Status.Conditions, clayv1alpha1.ConditionAccessReady)
		pending := w.Status.PendingChanges
		return condition != nil && condition.Reason == offer.reason && pending != nil && pending.Roles == 0 && (pending.Access == 0 || offer.unknown != nil)
	})
	h.untilUsers("Jo to be told", func(users []clayv1alpha1.ClayUser) bool {
		ready := meta.FindStatusCondition(users[0].Status.Conditions, clayv1alpha1.ConditionReady)
		return ready != nil && (ready.Status == metav1.ConditionTrue || ready.Reason == offer.reason)
	})
	var told []string
	if workspace.Status.Access != nil {
		told = workspace.Status.Access.NotOffered
	}
	if diff := cmp.Diff(offer.missing, slices.Sorted(slices.Values(told))); diff != "" {
		h.t.Errorf("what is not offered (-want +got):\n%s", diff)
	}
	condition := meta.FindStatusCondition(workspace.Status.Conditions, clayv1alpha1.ConditionAccessReady)
	if offer.reason != clayv1alpha1.ReasonAccessApplied && !strings.Contains(strings.ToLower(condition.Message), strings.ToLower(workspace.Status.Plan)) {
		h.t.Errorf("the condition does not name the plan %q: %s", workspace.Status.Plan, condition.Message)
	}
	got := holdings(h.simulator.State().Workspace(workspaceID))["jo@example.com"]
	want := has{Role: claysim.RoleAdmin, Limit: managerLimit, Groups: []string{"Sales"}, Budgets: []string{"Sales credits"}}
	if slices.Contains(slices.Concat(offer.missing, offer.unknown), "Groups") {
		want.Groups, want.Budgets = nil, nil
	}
	if slices.Contains(offer.missing, "Limits") {
		want.Limit = -1
	}
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("on the plan %s (-want +got):\n%s", plan, diff)
	}
}

// TestAccessExpires has somebody's time come to its end while the operator runs.
func TestAccessExpires(t *testing.T) {
	seed := enterprise()
	seed.Workspaces[0].Members = append(seed.Workspaces[0].Members, claysim.Seat{Email: "casey@example.com", Name: "Casey", Role: claysim.RoleEditor})
	h := newHouse(t, seed, nil)
	h.start()
	h.untilWorkspace("the first reading", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.LastReadTime != nil })
	user := h.user("casey", clayv1alpha1.RoleEditor)
	// Long enough to be warned first, and far less than the interval after which Clay is read without a reason.
	user.Spec.ExpiresAt = &metav1.Time{Time: time.Now().Add(15 * time.Second)}
	create(t, user)
	h.untilUsers("Casey to be warned", func(users []clayv1alpha1.ClayUser) bool {
		return meta.IsStatusConditionTrue(users[0].Status.Conditions, clayv1alpha1.ConditionExpiring)
	})
	h.untilUsers("the seat to be gone", func(users []clayv1alpha1.ClayUser) bool {
		ready := meta.FindStatusCondition(users[0].Status.Conditions, clayv1alpha1.ConditionReady)
		return users[0].Status.Seat == clayv1alpha1.SeatAbsent && ready != nil && ready.Reason == clayv1alpha1.ReasonExpired
	})
	if _, still := h.simulator.State().Workspace(workspaceID).Member("casey@example.com"); still {
		t.Error("Casey still has a seat")
	}
	if len(h.users(t.Context())) != 1 {
		t.Error("the ClayUser is gone with the seat")
	}
}
