package controllers

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// TestAllUsersDeletedAtOnce is what a prune or an uninstallation does: the budget lets a few go, the rest waits and says how it
// can go on and how it need not, and an approval lets exactly these go.
func TestAllUsersDeletedAtOnce(t *testing.T) {
	t.Parallel()
	const people, budget = 9, 3
	c := newCrew(t, people, budget)
	bystander := c.user("bystander")
	c.join(bystander)
	for _, user := range c.users {
		c.delete(user)
	}
	workspace := c.awaitHeld(people - budget)
	if left := c.left(); len(left) != people-budget+1 {
		t.Errorf("seats left: %v", left)
	}
	for _, user := range c.users[budget:] {
		waiting := awaitStanding(c.harness, user, isWaiting(string(seat.BlockedRemovalsHeld)))
		if ready := conditionOf(waiting.Status.Conditions, clayv1alpha1.ConditionReady); !strings.Contains(ready.Message, "Retain") {
			t.Errorf("%s shows no way out: %s", user.Name, ready.Message)
		}
	}
	// One of them was not meant to go: the approval of the others comes too late, and the one keeps the seat.
	kept := c.users[people-1]
	c.get(kept)
	update(c.harness, kept, retained)
	c.awaitGone(kept)
	c.poke()
	c.approve(workspace.Status.HeldRemovals)
	c.poke()
	workspace = c.awaitHeld(people - budget - 1)
	c.approve(workspace.Status.HeldRemovals)
	for _, user := range c.users {
		c.awaitGone(user)
	}
	if left := strings.Join(c.left(), " "); left != bystander.Spec.Email+" "+kept.Spec.Email {
		t.Errorf("seats left: %s", left)
	}
}

// TestWorkspaceDeletedWithAllItsUsers has the budget hold while the workspace goes away too.
func TestWorkspaceDeletedWithAllItsUsers(t *testing.T) {
	t.Parallel()
	const people, budget = 4, 1
	c := newCrew(t, people, budget)
	c.delete(c.workspace)
	for _, user := range c.users {
		c.delete(user)
	}
	c.awaitHeld(people - budget)
	workspace := await(c.harness, c.workspace, "what it waits for", func(w *clayv1alpha1.ClayWorkspace) bool {
		ready := conditionOf(w.Status.Conditions, clayv1alpha1.ConditionReady)
		return ready.Reason == clayv1alpha1.ReasonDeleting && strings.Contains(ready.Message, "waits for 3 ClayUsers") &&
			strings.Contains(ready.Message, "Retain") && strings.Contains(ready.Message, "approve-removals="+w.Status.HeldRemovals)
	})
	c.approve(workspace.Status.HeldRemovals)
	for _, user := range c.users {
		c.awaitGone(user)
	}
	c.awaitGone(c.workspace)
	if left := c.left(); len(left) != 0 {
		t.Errorf("seats left: %v", left)
	}
}

// TestNamespaceDeletedWithItsSecretFirst leaves an operator without credentials in a namespace in which nothing can be created.
func TestNamespaceDeletedWithItsSecretFirst(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 2, 5)
	c.delete(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: c.namespace}})
	// There is no namespace controller here; this is what one would do.
	c.delete(c.secret())
	awaitStanding(c.harness, c.workspace, isStalled(clayv1alpha1.ReasonSecretNotFound))
	c.delete(c.users[0], c.users[1], c.workspace)
	if err := c.client.Create(t.Context(), c.secret()); !apierrors.IsForbidden(err) {
		t.Fatalf("a Secret in a namespace that is being deleted: %v", err)
	}
	workspace := await(c.harness, c.workspace, "a way out", func(w *clayv1alpha1.ClayWorkspace) bool {
		ready := conditionOf(w.Status.Conditions, clayv1alpha1.ConditionReady)
		return strings.Contains(ready.Message, "waits for 2 ClayUsers") && strings.Contains(ready.Message, "there Retain is the way out")
	})
	for _, user := range c.users {
		waiting := awaitStanding(c.harness, user, isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
		if ready := conditionOf(waiting.Status.Conditions, clayv1alpha1.ConditionReady); !strings.Contains(ready.Message, "Retain") {
			t.Errorf("%s shows no way out: %s", user.Name, ready.Message)
		}
		update(c.harness, waiting, retained)
	}
	for _, user := range c.users {
		c.awaitGone(user)
	}
	c.awaitGone(workspace)
	if left := c.left(); len(left) != 2 {
		t.Errorf("seats left: %v", left)
	}
}

// TestSecretOfAnotherWorkspace has the account of the Secret lead to another workspace for a while, in which nobody is known.
func TestSecretOfAnotherWorkspace(t *testing.T) {
	t.Parallel()
	for name, mislead := range map[string]func(inventory *seat.Inventory) error{
		"the browser says so": func(*seat.Inventory) error {
			return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonWrongWorkspace, "Clay showed another workspace.")
		},
		"only its list does": func(inventory *seat.Inventory) error {
			inventory.WorkspaceID = "99999"
			inventory.Members = []seat.Member{active("stranger@example.com", seat.RoleAdmin), active("other@example.com", seat.RoleEditor)}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCrew(t, 3, 5)
			c.get(c.workspace)
			update(c.harness, c.workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.UnmanagedMembers = clayv1alpha1.UnmanagedRemove })
			c.clay.script(func(world *clay) {
				world.onObserve = func(_ int, inventory *seat.Inventory) error { return mislead(inventory) }
			})
			c.dismiss(c.users[0])
			workspace := awaitStanding(c.harness, c.workspace, isStalled(sidecar.ReasonWrongWorkspace))
			if seats := workspace.Status.Seats; seats.Active != 4 || seats.Unmanaged != 0 {
				t.Errorf("the other workspace's seats are reported: %+v", seats)
			}
			awaitStanding(c.harness, c.users[0], isWaiting(clayv1alpha1.ReasonWorkspaceNotReady))
			awaitStanding(c.harness, c.users[1], isSettled(clayv1alpha1.ReasonActive))
			if written := c.clay.writings(); len(written) != 0 {
				t.Errorf("written: %v", written)
			}
			c.clay.script(func(world *clay) { world.onObserve = nil })
			c.poke()
			awaitStanding(c.harness, c.users[0], isSettled(clayv1alpha1.ReasonAbsent))
			if left := c.left(); len(left) != 2 {
				t.Errorf("seats left: %v", left)
			}
		})
	}
}

// TestShrunkListAfterARestart has a process that knows no list of its own doubt one that is shorter than the status says.
func TestShrunkListAfterARestart(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 6, 5)
	c.stop()
	c.clay.script(func(world *clay) {
		world.onObserve = func(call int, inventory *seat.Inventory) error {
			inventory.Members = inventory.Members[:1+call%2]
			return nil
		}
	})
	c.start()
	awaitStanding(c.harness, c.workspace, isWaiting(clayv1alpha1.ReasonShrunk))
	if written := c.clay.writings(); len(written) != 0 {
		t.Errorf("written from a list that shrank: %v", written)
	}
}

// TestBudgetSurvivesACrashWhileRemoving ends the operator between the intent to remove and the outcome, again and again: what was
// announced counts, whether or not it was done.
func TestBudgetSurvivesACrashWhileRemoving(t *testing.T) {
	t.Parallel()
	const people, budget = 6, 2
	c := newCrew(t, people, budget)
	entered := make(chan struct{}, people)
	c.clay.script(func(world *clay) {
		world.onApply = func(ctx context.Context, _, index int, _ seat.Change) fate {
			if index == 0 {
				return made
			}
			entered <- struct{}{}
			<-ctx.Done()
			return fate{silent: true, end: errGone}
		}
	})
	c.dismiss(c.users...)
	<-entered
	for range 3 {
		c.restart()
		c.poke()
	}
	if left := c.left(); len(left) < people-budget {
		t.Errorf("more than %d were removed within the hour; left: %v", budget, left)
	}
	for range 2 {
		c.clock.advance(invitationCooldown + time.Second)
		c.poke()
	}
	c.awaitHeld(people - 1)
}

// TestDemotionsAreNotHeld documents that roles have no budget: a role that was changed by mistake is given back by one manifest, and
// nobody loses work. One admin stays in any case.
func TestDemotionsAreNotHeld(t *testing.T) {
	t.Parallel()
	const people = 40
	world := newClay(t)
	h := newIdleHarness(t, world)
	for i := range people {
		user := h.user(fmt.Sprintf("jo%02d", i))
		world.edit(func(inventory *seat.Inventory) {
			inventory.Members = append(inventory.Members, active(user.Spec.Email, seat.RoleAdmin))
		})
		h.create(user)
	}
	workspace := h.workspace()
	h.create(workspace)
	h.start()
	await(h, workspace, "one admin", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Seats != nil && w.Status.Seats.Admins == 1 })
	world.read(func(c *clay) {
		if len(c.batches) != 1 || len(c.batches[0]) != people {
			t.Errorf("writings: %v", c.batches)
		}
	})
}

// TestSecretDeletedDuringAPass lets the pass end with what it has; the next one says what is missing.
func TestSecretDeletedDuringAPass(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("kim@example.com", seat.RoleEditor))
	h := newIdleHarness(t, world)
	remove := sync.OnceValue(func() error { return h.client.Delete(context.Background(), h.secret()) })
	world.onApply = func(context.Context, int, int, seat.Change) fate {
		if err := remove(); err != nil {
			t.Error(err)
		}
		return made
	}
	workspace, jo := h.workspace(), h.user("jo")
	kim := h.user("kim", func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) })
	h.create(workspace, jo, kim)
	h.start()
	awaitStanding(h, workspace, isStalled(clayv1alpha1.ReasonSecretNotFound))
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
	awaitStanding(h, kim, isSettled(clayv1alpha1.ReasonAbsent))
	h.create(h.secret())
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	h.clock.advance(time.Hour)
	h.poke()
	if written := world.writings(); len(written) != 1 {
		t.Errorf("writings: %v", written)
	}
}

// TestNobodyIsInvitedWhoseManifestIsGone has a cache that does not know yet that a ClayUser was deleted. An invitation cannot be taken back.
func TestNobodyIsInvitedWhoseManifestIsGone(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	workspace, gone, there := h.workspace(), h.user("gone"), h.user("there")
	h.create(there)
	gone.Finalizers = []string{clayv1alpha1.FinalizerSeat}
	update(h, there, func(user *clayv1alpha1.ClayUser) { user.Finalizers = []string{clayv1alpha1.FinalizerSeat} })
	p := &pass{
		ClayWorkspaceReconciler: &ClayWorkspaceReconciler{
			reader: h.client, snapshots: newStore(), timing: timing{}.withDefaults(), invitationLifetime: DefaultInvitationLifetime,
		},
		key: client.ObjectKeyFromObject(workspace), workspace: workspace, memory: newMemory(workspace),
	}
	p.believe(newReading(seat.Inventory{
		WorkspaceID: workspaceID, Complete: true, Account: operatorAccount, Members: []seat.Member{active(operatorAccount, seat.RoleAdmin)},
	}, time.Now(), time.Now()))
	p.know([]clayv1alpha1.ClayUser{*gone, *there})
	if err := p.planForUsers(t.Context()); err != nil {
		t.Fatal(err)
	}
	invited := func() (emails []seat.Email) {
		for _, change := range p.plan.Changes {
			emails = append(emails, change.Email)
		}
		return emails
	}
	if before := invited(); len(before) != 2 {
		t.Fatalf("by the cache: %v", before)
	}
	if err := p.confirmPlan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := invited(); len(after) != 1 || after[0] != "there@example.com" {
		t.Errorf("to be invited: %v", after)
	}
}
