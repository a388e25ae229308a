package controllers

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// gate lets what the operator watches through while it is open.
type gate struct {
	mutex sync.Mutex
	// opened is closed while the gate is open.
	opened chan struct{}
}

func (g *gate) close() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.opened = make(chan struct{})
}

func (g *gate) wait(ctx context.Context) {
	g.mutex.Lock()
	opened := g.opened
	g.mutex.Unlock()
	if opened == nil {
		return
	}
	select {
	case <-opened:
	case <-ctx.Done():
	}
}

// gatedBody is the body of a watch behind a gate.
type gatedBody struct {
	io.ReadCloser
	gate *gate
	ctx  context.Context //nolint:containedctx // It is that of the request whose answer this is.
}

// Read implements io.Reader.
func (b gatedBody) Read(into []byte) (int, error) {
	length, err := b.ReadCloser.Read(into)
	b.gate.wait(b.ctx)
	return length, err
}

// gateUsers returns the gate before the operator's watch of ClayUsers.
func (h *harness) gateUsers() *gate { return h.gateWatch("/clayusers") }

// gateWatch returns the gate before the operator's watch of what is below a path.
func (h *harness) gateWatch(path string) *gate {
	watched := &gate{}
	h.intercept(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		response, err := next.RoundTrip(request)
		if err == nil && strings.HasSuffix(request.URL.Path, path) && request.URL.Query().Has("watch") {
			response.Body = gatedBody{ReadCloser: response.Body, gate: watched, ctx: request.Context()}
		}
		return response, err
	})
	return watched
}

// TestCacheThatLagsCostsNobodyTheSeat has the operator learn of a workspace's policy before it learns of a new ClayUser.
func TestCacheThatLagsCostsNobodyTheSeat(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor), active("stranger@example.com", seat.RoleEditor))
	h := newIdleHarness(t, world)
	users := h.gateUsers()
	workspace := h.workspace()
	h.create(workspace)
	h.start()
	workspace = await(h, workspace, "two strangers", func(w *clayv1alpha1.ClayWorkspace) bool {
		return w.Status.Seats != nil && w.Status.Seats.Unmanaged == 2
	})
	users.close()
	h.create(h.user("jo"))
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.UnmanagedMembers = clayv1alpha1.UnmanagedRemove })
	world.await("a writing", func(c *clay) bool { return c.applied > 0 })
	want := [][]seat.Change{{{Verb: seat.Remove, Email: "stranger@example.com", MemberID: "id-stranger@example.com"}}}
	if diff := cmp.Diff(want, world.writings()); diff != "" {
		t.Errorf("changes in Clay (-want +got):\n%s", diff)
	}
}

// TestLeaversWhoAreRevertedKeepTheirSeats has the operator learn that it may remove more before it learns that some whom it held back are no
// leavers any more.
func TestLeaversWhoAreRevertedKeepTheirSeats(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor), active("kim@example.com", seat.RoleEditor), active("lea@example.com", seat.RoleEditor))
	h := newIdleHarness(t, world)
	users := h.gateUsers()
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.Removals = &clayv1alpha1.Removals{MaxPerHour: new(int32(0))}
	})
	inactive := func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) }
	jo, kim, lea := h.user("jo", inactive), h.user("kim", inactive), h.user("lea", inactive)
	h.create(workspace, jo, kim, lea)
	h.start()
	for _, user := range []*clayv1alpha1.ClayUser{jo, kim, lea} {
		awaitStanding(h, user, isWaiting(clayv1alpha1.ReasonRemovalsHeld))
	}
	users.close()
	for _, user := range []*clayv1alpha1.ClayUser{jo, kim} {
		update(h, user, func(u *clayv1alpha1.ClayUser) { u.Spec.Active = new(true) })
	}
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Removals.MaxPerHour = new(int32(5)) })
	world.await("a writing", func(c *clay) bool { return c.applied > 0 })
	want := [][]seat.Change{{{Verb: seat.Remove, Email: "lea@example.com", MemberID: "id-lea@example.com", Owner: "lea"}}}
	if diff := cmp.Diff(want, world.writings()); diff != "" {
		t.Errorf("changes in Clay (-want +got):\n%s", diff)
	}
}

// TestRulesThatComeBeforeTheirGroupsChangeNobodysRole has the operator learn of a rule before it learns of the ClayGroup that it asks for.
func TestRulesThatComeBeforeTheirGroupsChangeNobodysRole(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleViewer))
	h := newIdleHarness(t, world)
	groups := h.gateWatch("/claygroups")
	workspace := h.workspace(withRules("Viewer", `"sales" in groups`))
	h.create(workspace, h.user("jo"), h.group("sales", withMembers("jo")))
	h.start()
	workspace = awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	groups.close()
	h.create(h.group("selling", withMembers("jo")))
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.AccessRules[0].Match = `"selling" in groups` })
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	if writings := world.writings(); len(writings) > 0 {
		t.Errorf("changes in Clay: %v", writings)
	}
}

// TestGroupThatIsHandedToItsMirrorStays has the operator learn that a group which it made is not the workspace's any more before it learns that
// a ClayGroup is mirrored there.
func TestGroupThatIsHandedToItsMirrorStays(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor)).offersAll()
	h := newIdleHarness(t, world)
	groups := h.gateWatch("/claygroups")
	workspace := h.workspace(owningGroups("Sales"))
	h.create(workspace, h.user("jo", inGroups("Sales")))
	h.start()
	workspace = h.awaitWorkspaceAccess()
	made := len(world.accessWritings())
	groups.close()
	h.create(h.group("sales", withMembers("jo"), func(group *clayv1alpha1.ClayGroup) {
		group.Spec.DisplayName, group.Spec.Mirror = "Sales", true
	}))
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Groups = nil })
	// Who is in it was not read, because the pass took it for one that is to go.
	workspace = awaitStanding(h, workspace, isWaiting(sidecar.ReasonIncompleteList))
	if writings := world.accessWritings()[made:]; len(writings) > 0 {
		t.Errorf("changes in Clay: %v", writings)
	}
	if owned := workspace.Status.Access.Groups; len(owned) != 1 || !owned[0].Created {
		t.Errorf("owned: %+v", owned)
	}
}

// TestRefusedRemovalOfAStrangerIsNotTriedAtEveryPass has Clay refuse to remove a member without a ClayUser.
func TestRefusedRemovalOfAStrangerIsNotTriedAtEveryPass(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("stranger@example.com", seat.RoleEditor))
	world.onApply = func(context.Context, int, int, seat.Change) fate {
		return fate{fault: sidecar.Faultf(sidecar.Refused, sidecar.ReasonRefused, "Clay refused.")}
	}
	h := newHarness(t, world)
	h.create(h.workspace(func(w *clayv1alpha1.ClayWorkspace) { w.Spec.UnmanagedMembers = clayv1alpha1.UnmanagedRemove }))
	applied := func(want int, when string) {
		t.Helper()
		world.read(func(c *clay) {
			if c.applied != want {
				t.Errorf("writings %s: %d, want %d", when, c.applied, want)
			}
		})
	}
	pass := func(name string) { // a ClayUser that is new is a pass that nobody asked for
		t.Helper()
		user := h.user(name, func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) })
		h.create(user)
		awaitStanding(h, user, isSettled(clayv1alpha1.ReasonAbsent))
	}
	await(h, h.workspace(), "the refusal in its message", func(w *clayv1alpha1.ClayWorkspace) bool {
		ready := conditionOf(w.Status.Conditions, clayv1alpha1.ConditionReady)
		return ready != nil && strings.Contains(ready.Message, "stranger@example.com (Refused)") && w.Status.PendingChanges.Blocked == 1
	})
	pass("jo")
	applied(1, "after another pass")
	h.poke()
	applied(2, "after a person asked")
	h.clock.advance(retryRefusedAfter + time.Second)
	pass("kim")
	applied(3, "after an hour")
}
