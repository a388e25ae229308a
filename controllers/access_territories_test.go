package controllers

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/watch"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// territory is where somebody works, and job what they do.
type territory struct{ name, group string }

type job struct {
	title, group, budget string
	role                 clayv1alpha1.Role
	limit                int64
}

var (
	territories = []territory{{"emea", "EMEA"}, {"apac", "APAC"}, {"amer", "Americas"}, {"latam", "LatAm"}, {"dach", "DACH"}, {"nordics", "Nordics"}}
	jobs        = []job{
		{"ae", "Closers", "Closing", clayv1alpha1.RoleEditor, 400}, {"sdr", "Hunters", "Hunting", clayv1alpha1.RoleEditor, 200},
		{"manager", "Leads", "Leading", clayv1alpha1.RoleAdmin, 900}, {"ops", "Ops", "Tools", clayv1alpha1.RoleViewer, 0},
	}
)

// byTerritory has a workspace give people by rules what their territory and their job come with.
func byTerritory(w *clayv1alpha1.ClayWorkspace) {
	for _, each := range territories {
		owningGroups(each.group)(w)
		w.Spec.AccessRules = append(w.Spec.AccessRules, clayv1alpha1.AccessRule{
			Name: "territory-" + each.name, Match: fmt.Sprintf("attributes.territory == %q", each.name),
			Grant: clayv1alpha1.AccessGrant{Groups: []string{each.group}},
		})
	}
	for _, each := range jobs {
		owningGroups(each.group)(w)
		owningBudget(each.budget, 10000)(w)
		w.Spec.AccessRules = append(w.Spec.AccessRules, clayv1alpha1.AccessRule{
			Name: "job-" + each.title, Match: fmt.Sprintf("attributes.title == %q", each.title),
			Grant: clayv1alpha1.AccessGrant{
				Role: each.role, Groups: []string{each.group}, Budgets: []string{each.budget}, MCPCreditLimit: new(each.limit),
			},
		})
	}
}

// expectTerritories works out by itself what Clay should have, from where everybody works and what they do.
func expectTerritories(state access.State, places []int) access.State {
	members := map[string][]seat.Email{}
	users := map[string][]seat.Email{}
	state.Limits.People = nil
	for i, place := range places {
		email := seat.Email(fmt.Sprintf("p%03d@example.com", i))
		does := jobs[i%len(jobs)]
		members[territories[place].group] = append(members[territories[place].group], email)
		members[does.group] = append(members[does.group], email)
		users[does.budget] = append(users[does.budget], email)
		state.Limits.People = append(state.Limits.People, access.PersonLimit{Email: email, Limit: new(does.limit)})
	}
	for i := range state.Groups.Groups {
		if group := &state.Groups.Groups[i]; group.Name != "By hand" {
			group.Members = members[group.Name]
		}
	}
	for i := range state.Budgets.Budgets {
		if budget := &state.Budgets.Budgets[i]; budget.Name != "By hand" {
			budget.Users = users[budget.Name]
		}
	}
	return state
}

// TestThreeHundredPeopleByRules gives 300 people in 6 territories and 4 jobs what rules say, in one pass, and moves 40 of them in another. It
// has the machine to itself: there is too much to do for the patience of tests that share one.
func TestThreeHundredPeopleByRules(t *testing.T) {
	const people, moved = 300, 40
	world := newClay(t).offersAll()
	for i := range people {
		world.inventory.Members = append(world.inventory.Members, active(fmt.Sprintf("p%03d@example.com", i), seat.RoleEditor))
	}
	// What nobody asks for, and a stranger in an owned group, stay.
	world.access.state.Groups.Groups = []access.Group{{Name: "By hand", Members: []seat.Email{"p001@example.com", operatorAccount}}}
	world.access.state.Budgets.Budgets = []access.Budget{{Name: "By hand", CreditLimit: 7, Used: 3, Users: []seat.Email{"p002@example.com"}}}
	h := newIdleHarness(t, world)
	places := make([]int, people)
	users := make([]*clayv1alpha1.ClayUser, people)
	for i := range users {
		places[i] = (i / len(jobs)) % len(territories)
		users[i] = h.user(fmt.Sprintf("p%03d", i), func(user *clayv1alpha1.ClayUser) {
			user.Spec.Attributes = map[string]string{"territory": territories[places[i]].name, "title": jobs[i%len(jobs)].title}
		})
		h.create(users[i])
	}
	workspace := h.workspace(byTerritory)
	h.create(workspace)
	h.start()
	h.awaitWorkspaceAccess()
	if passes := world.reads(); passes != 1 {
		t.Errorf("passes: %d, want 1", passes)
	}
	h.awaitEverybody(people)
	compare := func(when string) {
		t.Helper()
		state := world.accessNow()
		if diff := cmp.Diff(expectTerritories(cloneAccess(state), places), state, sameAccess); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
		world.read(func(c *clay) {
			for i := range people {
				member, _ := c.inventory.Find(seat.Email(fmt.Sprintf("p%03d@example.com", i)))
				if want := seat.Role(jobs[i%len(jobs)].role); member.Role != want {
					t.Errorf("%s: %s is %s, want %s", when, member.Email, member.Role, want)
				}
			}
		})
	}
	compare("after one apply")
	if groups := world.accessNow().Groups.Groups; len(groups) != len(territories)+len(jobs)+1 {
		t.Errorf("groups: %d", len(groups))
	}
	h.poke()
	passes := world.reads()
	before, writings := world.accessNow(), len(world.accessWritings())
	// Clay takes longer to read than the manifests to apply.
	applied := make(chan struct{})
	release := sync.OnceFunc(func() { close(applied) })
	t.Cleanup(release)
	world.script(func(c *clay) {
		c.onObserve = func(int, *seat.Inventory) error {
			<-applied
			return nil
		}
	})
	for i := range moved {
		at := i * 7
		places[at] = (places[at] + 1 + i%4) % len(territories)
		update(h, users[at], func(user *clayv1alpha1.ClayUser) { user.Spec.Attributes["territory"] = territories[places[at]].name })
	}
	release()
	want := expectTerritories(cloneAccess(before), places)
	world.await("the moves", func(c *clay) bool {
		state := cloneAccess(c.access.state)
		for i := range state.Groups.Groups {
			slices.Sort(state.Groups.Groups[i].Members)
		}
		slices.SortFunc(state.Groups.Groups, func(a, b access.Group) int { return strings.Compare(a.Name, b.Name) })
		return cmp.Equal(want.Groups, state.Groups, sameAccess)
	})
	took := world.reads() - passes
	h.awaitEverybody(people)
	if diff := cmp.Diff(want, world.accessNow(), sameAccess); diff != "" {
		t.Errorf("the moves touched something else (-want +got):\n%s", diff)
	}
	compare("after the moves")
	verbs := map[access.Verb]int{}
	for _, change := range slices.Concat(world.accessWritings()[writings:]...) {
		verbs[change.Verb]++
	}
	if diff := cmp.Diff(map[access.Verb]int{access.AddToGroup: moved, access.RemoveFromGroup: moved}, verbs); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if took > 2 {
		t.Errorf("the moves took %d passes", took)
	}
	mover := users[0]
	h.get(mover)
	if len(mover.Status.History) > clayv1alpha1.MaxHistory || mover.Status.Access == nil || len(mover.Status.Access.Grants) != 5 {
		t.Errorf("a mover: %+v", mover.Status)
	}
}

// awaitEverybody waits until so many ClayUsers are Ready, with their access.
func (h *harness) awaitEverybody(want int) {
	h.t.Helper()
	list := &clayv1alpha1.ClayUserList{}
	h.poke()
	ready := map[string]bool{}
	h.watchAll(list, func(event watch.Event) bool {
		if user, is := event.Object.(*clayv1alpha1.ClayUser); is {
			ready[user.Name] = user.Status.ObservedGeneration == user.Generation &&
				meta.IsStatusConditionTrue(user.Status.Conditions, clayv1alpha1.ConditionReady) &&
				meta.IsStatusConditionTrue(user.Status.Conditions, clayv1alpha1.ConditionAccessReady)
		}
		number := 0
		for _, is := range ready {
			if is {
				number++
			}
		}
		return number == want
	}, func() string { return fmt.Sprintf("%d people that are ready", want) })
}
