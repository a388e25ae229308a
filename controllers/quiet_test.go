package controllers

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

func clientKey(object client.Object) client.ObjectKey { return client.ObjectKeyFromObject(object) }

func TestUnchangedWorldCostsNothing(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor), active("stranger@example.com", seat.RoleEditor))
	h := newHarness(t, world)
	jo, kim := h.user("jo"), h.user("kim")
	gone := h.user("gone", func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) })
	h.create(h.workspace(), jo, kim, gone)
	jo = awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
	kim = awaitStanding(h, kim, isWaiting(clayv1alpha1.ReasonInvitationPending))
	gone = awaitStanding(h, gone, isSettled(clayv1alpha1.ReasonAbsent))
	h.poke()
	before := h.written()
	var applied int
	world.read(func(c *clay) { applied = c.applied })
	after := h.poke()
	if wrote := h.written()[len(before):]; len(wrote) != 1 || !strings.HasSuffix(wrote[0], "/clayworkspaces/"+workspaceName+"/status") {
		t.Errorf("written in Kubernetes: %q, want one status of the workspace", wrote)
	}
	world.read(func(c *clay) {
		if c.applied != applied {
			t.Error("Clay was written")
		}
	})
	for _, user := range []*clayv1alpha1.ClayUser{jo, kim, gone} {
		version := user.ResourceVersion
		h.get(user)
		if user.ResourceVersion != version {
			t.Errorf("written: %s", describeObject(user))
		}
	}
	if len(after.Status.UnmanagedMembers) != 1 || after.Status.UnmanagedMembers[0].Email != "stranger@example.com" {
		t.Errorf("unmanaged: %v", after.Status.UnmanagedMembers)
	}
}

func TestThousandManifestsAreTwoPassesAtMost(t *testing.T) {
	t.Parallel()
	const people, appliers, passesAllowed = 1000, 10, 2
	world := newClay(t)
	for i := range people {
		world.inventory.Members = append(world.inventory.Members, active(fmt.Sprintf("jo%d@example.com", i), seat.RoleEditor))
	}
	applied := make(chan struct{})
	release := sync.OnceFunc(func() { close(applied) })
	// Clay takes longer to read than the manifests to apply.
	world.onObserve = func(call int, _ *seat.Inventory) error {
		if call > 1 {
			<-applied
		}
		return nil
	}
	h := newHarness(t, world)
	t.Cleanup(release)
	workspace := h.workspace()
	h.create(workspace)
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	var group errgroup.Group
	for applier := range appliers {
		group.Go(func() error {
			for i := applier; i < people; i += appliers {
				if err := h.client.Create(t.Context(), h.user(fmt.Sprintf("jo%d", i))); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	h.awaitFinalizers(people)
	release()
	await(h, workspace, "everybody", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Seats.Managed == people })
	h.poke()
	world.read(func(c *clay) {
		// The first pass found nobody, and the last was asked for.
		if passes := c.observed - 2; passes > passesAllowed {
			t.Errorf("passes: %d, want at most %d", passes, passesAllowed)
		}
	})
}
