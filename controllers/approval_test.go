package controllers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

func TestNameHeld(t *testing.T) {
	t.Parallel()
	const set, another = "0123456789abcdef", "fedcba9876543210"
	first := nameHeld("", set, testTime)
	if digestOfHeld(first) != set || first == set {
		t.Errorf("the name of a set: %q", first)
	}
	for _, test := range []struct {
		name         string
		last, digest string
		want         string
	}{
		{"nothing is held", first, "", ""},
		{"the same set is still held", first, set, first},
		{"the same set under a name without a time", set, set, set},
		{"another set", first, another, nameHeld("", another, testTime.Add(time.Hour))},
		{"the same set once more", "", set, nameHeld("", set, testTime.Add(time.Hour))},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := nameHeld(test.last, test.digest, testTime.Add(time.Hour)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if again := nameHeld("", set, testTime.Add(time.Hour)); again == first {
		t.Errorf("a set that is held again has the name %q again", again)
	}
}

// crew is a workspace with seats for some people, each with a ClayUser.
type crew struct {
	*harness
	workspace *clayv1alpha1.ClayWorkspace
	users     []*clayv1alpha1.ClayUser
}

// newCrew starts an operator on a workspace in which so many people have their seats, and an hour may take so many away.
func newCrew(t *testing.T, people, budget int) *crew {
	t.Helper()
	return newCrewOn(newIdleHarness(t, newClay(t)), people, budget)
}

// newCrewOn is newCrew in a namespace that has no operator yet.
func newCrewOn(h *harness, people, budget int) *crew {
	h.t.Helper()
	h.start()
	c := &crew{harness: h, workspace: h.workspace(func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.Removals = &clayv1alpha1.Removals{MaxPerHour: new(int32(budget))}
	})}
	for i := range people {
		user := h.user(fmt.Sprintf("jo%02d", i))
		c.users = append(c.users, user)
		c.join(user)
		h.create(user)
	}
	h.create(c.workspace)
	for _, user := range c.users {
		awaitStanding(h, user, isSettled(clayv1alpha1.ReasonActive))
	}
	return c
}

// join gives somebody a seat by hand.
func (c *crew) join(user *clayv1alpha1.ClayUser) {
	c.clay.edit(func(inventory *seat.Inventory) {
		inventory.Members = append(inventory.Members, active(user.Spec.Email, seat.RoleEditor))
	})
}

// dismiss has the manifests ask for no seat any more.
func (c *crew) dismiss(users ...*clayv1alpha1.ClayUser) {
	c.t.Helper()
	for _, user := range users {
		update(c.harness, user, func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) })
	}
}

// awaitHeld waits until so many removals are held and nothing is under way.
func (c *crew) awaitHeld(want int) *clayv1alpha1.ClayWorkspace {
	c.t.Helper()
	return await(c.harness, c.workspace, fmt.Sprint(want, " held"), func(w *clayv1alpha1.ClayWorkspace) bool {
		held := conditionOf(w.Status.Conditions, clayv1alpha1.ConditionRemovalsHeld)
		return held != nil && strings.HasPrefix(held.Message, fmt.Sprint(want, " removal")) && w.Status.Operation == nil
	})
}

func (c *crew) approve(name string) {
	c.t.Helper()
	c.get(c.workspace)
	update(c.harness, c.workspace, func(w *clayv1alpha1.ClayWorkspace) {
		metav1.SetMetaDataAnnotation(&w.ObjectMeta, clayv1alpha1.AnnotationApproveRemovals, name)
	})
}

// left returns who has a seat, but for the operator's account.
func (c *crew) left() []string {
	var left []string
	c.clay.read(func(world *clay) {
		for _, member := range world.inventory.Members {
			if member.Email != operatorAccount {
				left = append(left, string(member.Email))
			}
		}
	})
	slices.Sort(left)
	return left
}

func TestApprovalCountsForItsSetAlone(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 4, 0)
	c.dismiss(c.users[:2]...)
	two := c.awaitHeld(2)
	// Somebody else leaves before the approval arrives.
	c.dismiss(c.users[2])
	three := c.awaitHeld(3)
	c.approve(two.Status.HeldRemovals)
	c.poke()
	held := conditionOf(c.awaitHeld(3).Status.Conditions, clayv1alpha1.ConditionRemovalsHeld)
	if !strings.Contains(held.Message, "for another set") {
		t.Errorf("nobody says that the approval counts for nothing: %s", held.Message)
	}
	// A digest alone, which anybody can work out before anything is held, is no approval either.
	c.approve(digestOfHeld(three.Status.HeldRemovals))
	c.poke()
	c.awaitHeld(3)
	if left := c.left(); len(left) != len(c.users) {
		t.Errorf("left without an approval: %v", left)
	}
	c.approve(three.Status.HeldRemovals)
	for _, user := range c.users[:3] {
		awaitStanding(c.harness, user, isSettled(clayv1alpha1.ReasonAbsent))
	}
	if left := c.left(); len(left) != 1 {
		t.Errorf("seats after the approval: %v", left)
	}
}

// TestApprovalCountsOnce has the same people leave a second time while the annotation still stands.
func TestApprovalCountsOnce(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 2, 0)
	c.dismiss(c.users...)
	first := c.awaitHeld(2).Status.HeldRemovals
	c.approve(first)
	for _, user := range c.users {
		awaitStanding(c.harness, user, isSettled(clayv1alpha1.ReasonAbsent))
	}
	await(c.harness, c.workspace, "nothing held", func(w *clayv1alpha1.ClayWorkspace) bool {
		return w.Status.HeldRemovals == "" && w.Status.Operation == nil
	})
	c.clock.advance(time.Hour)
	for _, user := range c.users {
		c.join(user)
	}
	c.restart()
	second := c.awaitHeld(2).Status.HeldRemovals
	c.poke()
	if left := c.left(); len(left) != 2 || second == first || digestOfHeld(second) != digestOfHeld(first) {
		t.Errorf("left: %v; held under %q, before under %q", left, second, first)
	}
	c.approve(second)
	c.clay.await("the removals", func(world *clay) bool { return len(world.inventory.Members) == 1 })
}

// TestApprovalOutlivesAFailure has the browser go away before it has done anything of what was approved.
func TestApprovalOutlivesAFailure(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 3, 0)
	c.clay.script(func(world *clay) {
		world.onApply = func(_ context.Context, call, _ int, _ seat.Change) fate {
			if call == 1 {
				return fate{silent: true, end: errGone}
			}
			return made
		}
	})
	c.dismiss(c.users...)
	c.approve(c.awaitHeld(3).Status.HeldRemovals)
	for _, user := range c.users {
		awaitStanding(c.harness, user, isSettled(clayv1alpha1.ReasonAbsent))
	}
	if written := c.clay.writings(); len(written) != 2 {
		t.Errorf("writings: %v", written)
	}
}
