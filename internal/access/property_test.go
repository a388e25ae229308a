package access_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/access/accesstest"
)

const (
	// randomScenes is how many random worlds a test run tries; it takes about a second.
	randomScenes = 2_000
	// sceneBytes is more than most worlds use up.
	sceneBytes = 400
)

func TestPlanProperties(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(20260302, 3))
	planned := map[access.Verb]int{}
	for range randomScenes {
		data := make([]byte, sceneBytes)
		for i := range data {
			data[i] = byte(random.UintN(256))
		}
		for _, change := range checkScene(t, data) {
			planned[change.Verb]++
		}
		if t.Failed() {
			t.Fatalf("world: %+v", sceneFrom(data))
		}
	}
	// Every verb is planned often enough to prove something.
	for _, verb := range access.Verbs() {
		if planned[verb] < randomScenes/100 {
			t.Errorf("%s was planned %d times in %d worlds: they are too dull to prove anything", verb, planned[verb], randomScenes)
		}
	}
}

func FuzzPlan(f *testing.F) {
	random := rand.New(rand.NewPCG(20260302, 4))
	for length := range sceneBytes {
		data := make([]byte, length)
		for i := range data {
			data[i] = byte(random.UintN(256))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		checkScene(t, data)
		if t.Failed() {
			t.Logf("world: %+v", sceneFrom(data))
		}
	})
}

// checkScene holds one world against every property and returns the changes of its first plan.
func checkScene(t *testing.T, data []byte) []access.Change {
	t.Helper()
	s := sceneFrom(data)
	result, err := access.Plan(s.wish, s.observed, s.policy)
	if err != nil {
		t.Errorf("plan: %v", err)
		return nil
	}
	if before := sceneFrom(data); !reflect.DeepEqual(before, s) {
		t.Errorf("planning changed its input (-before +after):\n%s", cmp.Diff(before, s, cmp.AllowUnexported(scene{})))
	}
	for _, violation := range violations(s, result) {
		t.Error(violation)
	}
	checkOrderDoesNotMatter(t, s, result)
	checkModes(t, s, result)
	checkConvergence(t, s, result)
	return result.Changes
}

func checkOrderDoesNotMatter(t *testing.T, s scene, result access.Result) {
	t.Helper()
	s.wish = access.Wish{
		Groups: reversed(s.wish.Groups), Budgets: reversed(s.wish.Budgets), People: reversed(s.wish.People), DefaultLimit: s.wish.DefaultLimit,
		DeleteGroups: reversed(s.wish.DeleteGroups), DeleteBudgets: reversed(s.wish.DeleteBudgets),
	}
	s.observed.Groups.Groups = reversed(s.observed.Groups.Groups)
	s.observed.Budgets.Budgets = reversed(s.observed.Budgets.Budgets)
	s.observed.Limits.People = reversed(s.observed.Limits.People)
	again, err := access.Plan(s.wish, s.observed, s.policy)
	if err != nil {
		t.Errorf("plan of the same in another order: %v", err)
	}
	if !reflect.DeepEqual(result, again) {
		t.Errorf("the order of the input matters (-first +second):\n%s", cmp.Diff(result, again))
	}
}

func reversed[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// checkModes: neither mode writes anything, and both show the same differences.
func checkModes(t *testing.T, s scene, result access.Result) {
	t.Helper()
	keys := func(result access.Result) map[access.Key]bool {
		keys := map[access.Key]bool{}
		for _, change := range result.Changes {
			keys[change.Key()] = true
		}
		for _, stays := range result.Blocked {
			keys[stays.Change.Key()] = true
		}
		return keys
	}
	for _, edit := range []func(*access.Policy){
		func(p *access.Policy) { p.Observe = true }, func(p *access.Policy) { p.Suspended = true },
	} {
		edited := s
		edit(&edited.policy)
		held, err := access.Plan(edited.wish, edited.observed, edited.policy)
		if err != nil || len(held.Changes) > 0 || !reflect.DeepEqual(keys(held), keys(result)) {
			t.Errorf("%+v: got %+v, %v\nwithout it: %+v", edited.policy, held, err, result)
		}
	}
}

// checkConvergence carries the plan out: a reading shows each change done, the next plan is empty, and what nobody owns is as it was.
func checkConvergence(t *testing.T, s scene, result access.Result) {
	t.Helper()
	after := s
	after.observed = accesstest.Apply(s.observed, result.Changes)
	for _, change := range result.Changes {
		if met, known := access.Met(change, after.observed); !met || !known {
			t.Errorf("%+v was made: met %t, known %t", change, met, known)
		}
	}
	again, err := access.Plan(after.wish, after.observed, after.policy)
	if err != nil || len(again.Changes) > 0 {
		t.Errorf("after %+v\nthe second plan has %+v, %v", result.Changes, again.Changes, err)
	}
	for _, violation := range damage(s, after.observed) {
		t.Error(violation)
	}
}
