package seat_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/seat/seattest"
)

const (
	// randomScenes is how many random worlds a test run tries; it takes about a second.
	randomScenes = 3_000
	// sceneBytes is more than the longest world uses up.
	sceneBytes = 300
	// maxPasses is more than any world of sceneFrom needs: each pass but the last makes a change, a member needs at most
	// a change of role and a removal, and there are at most ten members and eleven manifests.
	maxPasses = 40
)

func TestPlanProperties(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(20260302, 1))
	planned := 0
	for range randomScenes {
		data := make([]byte, sceneBytes)
		for i := range data {
			data[i] = byte(random.UintN(256))
		}
		planned += checkScene(t, data)
		if t.Failed() {
			t.Fatalf("world: %+v", sceneFrom(data))
		}
	}
	if planned < randomScenes {
		t.Errorf("%d changes in %d worlds: the worlds are too dull to prove anything", planned, randomScenes)
	}
}

func FuzzPlan(f *testing.F) {
	random := rand.New(rand.NewPCG(20260302, 2))
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

// checkScene holds one world against every property and returns how many changes its first plan has.
func checkScene(t *testing.T, data []byte) int {
	t.Helper()
	s := sceneFrom(data)
	result, err := seat.Plan(s.desired, s.observed, s.policy)
	if !s.observed.Complete {
		if !errors.Is(err, seat.ErrIncomplete) || !reflect.DeepEqual(result, seat.Result{}) {
			t.Errorf("incomplete inventory: got %+v, %v", result, err)
		}
		return 0
	}
	if err != nil {
		t.Errorf("plan: %v", err)
		return 0
	}
	for _, violation := range violations(s.desired, s.observed, s.policy, result) {
		t.Error(violation)
	}
	checkInputsAreUntouched(t, s, data)
	checkOrderDoesNotMatter(t, s, result)
	checkApproval(t, s, result)
	checkConvergence(t, s)
	return len(result.Changes)
}

func checkInputsAreUntouched(t *testing.T, s scene, data []byte) {
	t.Helper()
	if before := sceneFrom(data); !reflect.DeepEqual(before, s) {
		t.Errorf("planning changed its input (-before +after):\n%s", cmp.Diff(before, s, cmp.AllowUnexported(scene{})))
	}
}

func checkOrderDoesNotMatter(t *testing.T, s scene, result seat.Result) {
	t.Helper()
	s.desired, s.observed.Members = slices.Clone(s.desired), slices.Clone(s.observed.Members)
	slices.Reverse(s.desired)
	slices.Reverse(s.observed.Members)
	rotate := func(length int) int { return length / 3 }
	s.desired = append(s.desired[rotate(len(s.desired)):], s.desired[:rotate(len(s.desired))]...)
	again, err := seat.Plan(s.desired, s.observed, s.policy)
	if err != nil {
		t.Errorf("plan of the same in another order: %v", err)
	}
	if !reflect.DeepEqual(result, again) {
		t.Errorf("the order of the input matters (-first +second):\n%s", cmp.Diff(result, again))
	}
}

// checkApproval approves what is held: then exactly that goes too, and only that.
func checkApproval(t *testing.T, s scene, result seat.Result) {
	t.Helper()
	if result.HeldDigest == "" {
		return
	}
	s.policy.ApprovedRemovals = result.HeldDigest
	approved, err := seat.Plan(s.desired, s.observed, s.policy)
	if err != nil {
		t.Errorf("plan with approval: %v", err)
	}
	for _, violation := range violations(s.desired, s.observed, s.policy, approved) {
		t.Errorf("approved: %s", violation)
	}
	if approved.HeldDigest != "" || approved.ApprovedDigest != result.HeldDigest ||
		len(approved.Changes)+len(approved.Blocked) != len(result.Changes)+len(result.Blocked) {
		t.Errorf("approved %s: got %+v", result.HeldDigest, approved)
	}
	for _, stays := range result.Blocked {
		held := stays.Reason == seat.BlockedRemovalsHeld && !s.policy.Observe && !s.policy.Suspended
		if goes := slices.Contains(approved.Changes, stays.Change); goes != held {
			t.Errorf("%+v: goes %t after the approval", stays, goes)
		}
	}
}

// checkConvergence carries plans out until nothing is left to do. Within one window the second plan is empty, unless an
// admin could not go before somebody else was promoted; window by window everything that the budget holds gets done.
func checkConvergence(t *testing.T, s scene) {
	t.Helper()
	for pass := range maxPasses {
		result, err := seat.Plan(s.desired, s.observed, s.policy)
		if err != nil {
			t.Errorf("pass %d: %v", pass, err)
			return
		}
		for _, violation := range violations(s.desired, s.observed, s.policy, result) {
			t.Errorf("pass %d: %s", pass, violation)
		}
		if len(result.Changes) == 0 {
			room := s.policy.MaxRemovals > 0 && !s.policy.Observe && !s.policy.Suspended
			if held := result.HeldDigest != ""; held && room && s.policy.RecentRemovals <= 0 {
				t.Errorf("pass %d: held for ever: %+v", pass, result.Blocked)
			}
			if s.policy.RecentRemovals <= 0 {
				return
			}
			s.policy.RecentRemovals = 0
			continue
		}
		s.observed = seattest.Apply(s.observed, result.Changes)
		s.desired = seattest.Remember(s.desired, result.Changes, s.policy.Now)
		s.policy.RecentRemovals = max(0, s.policy.RecentRemovals) + seattest.Removals(result.Changes)
		again, err := seat.Plan(s.desired, s.observed, s.policy)
		if err != nil {
			t.Errorf("pass %d, second plan: %v", pass, err)
		}
		if len(again.Changes) > 0 && !promotionFreesAnAdmin(result) {
			t.Errorf("pass %d: after %+v\nthe second plan has %+v", pass, result.Changes, again.Changes)
		}
	}
	t.Errorf("no end after %d passes", maxPasses)
}

func promotionFreesAnAdmin(result seat.Result) bool {
	promotes := slices.ContainsFunc(result.Changes, func(change seat.Change) bool {
		return change.Verb == seat.SetRole && change.Role == seat.RoleAdmin
	})
	return promotes && slices.ContainsFunc(result.Blocked, func(stays seat.Blocked) bool {
		return stays.Reason == seat.BlockedLastAdmin
	})
}
