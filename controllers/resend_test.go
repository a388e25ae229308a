package controllers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

var errCut = errors.New("the connection is cut")

// inviteAndLapse has jo invited, and a term pass.
func (h *harness) inviteAndLapse() *clayv1alpha1.ClayUser {
	h.t.Helper()
	// The first, and one anew.
	h.invitationsAllowed = 2
	jo := h.user("jo")
	h.create(h.workspace(), jo)
	jo = awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
	await(h, h.workspace(), "the end of the operation", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Operation == nil })
	h.clock.advance(DefaultInvitationLifetime + time.Minute)
	return jo
}

// checkSentAnew lets time pass and checks that jo got one e-mail for one expiry.
func (h *harness) checkSentAnew(jo *clayv1alpha1.ClayUser) {
	h.t.Helper()
	h.convergeOnInvitations([]*clayv1alpha1.ClayUser{jo})
	h.get(jo)
	if age := h.clock.now().Sub(jo.Status.InvitedTime.Time); age >= DefaultInvitationLifetime {
		h.t.Errorf("the status tells of an invitation that is %s old", age)
	}
	h.clay.read(func(c *clay) {
		if sent := c.sent["jo@example.com"]; sent != 2 {
			h.t.Errorf("invited %d times, want 2", sent)
		}
	})
}

// TestCrashBetweenResendAndStatus ends the operator when the workspace knows of the new invitation and the ClayUser does not.
func TestCrashBetweenResendAndStatus(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	h := newHarness(t, world)
	jo := h.inviteAndLapse()
	h.intercept(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		if strings.HasSuffix(request.URL.Path, "/clayusers/jo/status") {
			return nil, errCut
		}
		return next.RoundTrip(request)
	})
	h.poke()
	world.await("the second invitation", func(c *clay) bool { return c.sent["jo@example.com"] == 2 })
	h.poke()
	h.stop()
	h.intercept(nil)
	h.start()
	h.checkSentAnew(jo)
}

// TestCrashDuringResend ends the operator between the cancellation and the answer to the new invitation.
func TestCrashDuringResend(t *testing.T) {
	t.Parallel()
	for _, effect := range []bool{true, false} {
		t.Run(fmt.Sprint("effect ", effect), func(t *testing.T) {
			t.Parallel()
			world := newClay(t)
			h := newHarness(t, world)
			jo := h.inviteAndLapse()
			entered := make(chan struct{})
			world.script(func(c *clay) {
				c.onApply = func(ctx context.Context, call, _ int, change seat.Change) fate {
					if call != 2 || change.Verb != seat.Invite {
						return made
					}
					close(entered)
					<-ctx.Done()
					return fate{effect: effect, silent: true, end: errGone}
				}
			})
			// A ClayUser that changes wakes the workspace, as a request does.
			update(h, jo, func(user *clayv1alpha1.ClayUser) { user.Spec.DeletionPolicy = clayv1alpha1.DeletionRemove })
			<-entered
			h.restart()
			h.checkSentAnew(jo)
		})
	}
}

// TestLostResendForARoleWaits has Clay show the old role after an invitation with another was tried.
func TestLostResendForARoleWaits(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	h := newHarness(t, world)
	h.invitationsAllowed = 2
	jo := h.user("jo")
	h.create(h.workspace(), jo)
	jo = awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
	world.script(func(c *clay) {
		c.onApply = func(_ context.Context, call, _ int, _ seat.Change) fate {
			if call == 2 {
				return fate{silent: true, end: errGone}
			}
			return made
		}
	})
	update(h, jo, withRole(clayv1alpha1.RoleViewer))
	world.await("the lost writing", func(c *clay) bool { return c.applied == 2 })
	jo = awaitStanding(h, jo, isWaiting(string(seat.BlockedOutcomeUnknown)))
	h.poke()
	h.poke()
	world.read(func(c *clay) {
		if c.applied != 2 {
			t.Errorf("writings within the cool-down: %d, want 2", c.applied)
		}
	})
	h.clock.advance(invitationCooldown + 2*time.Second)
	h.poke()
	await(h, jo, "the role Viewer", func(user *clayv1alpha1.ClayUser) bool { return user.Status.Role == clayv1alpha1.RoleViewer })
}

// TestRefusedResendIsNotTriedAtEveryPass has Clay refuse to replace an invitation, in one of its halves or in both.
func TestRefusedResendIsNotTriedAtEveryPass(t *testing.T) {
	t.Parallel()
	notOffered := sidecar.Faultf(sidecar.Refused, sidecar.ReasonRoleNotOffered, "Clay does not offer the role.")
	no := sidecar.Faultf(sidecar.Refused, sidecar.ReasonRefused, "Clay refused.")
	left := sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonNotProved, "The earlier one had to be cancelled first.")
	for _, test := range []struct {
		name             string
		withdraw, invite *sidecar.Fault
		reason           string
	}{
		{"both", notOffered, notOffered, sidecar.ReasonRoleNotOffered},
		{"the cancellation", no, left, sidecar.ReasonRefused},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			world := newClay(t)
			world.onApply = func(_ context.Context, call, _ int, change seat.Change) fate {
				switch {
				case call == 1:
					return made
				case change.Verb == seat.CancelInvitation:
					return fate{fault: test.withdraw}
				default:
					return fate{fault: test.invite}
				}
			}
			h := newHarness(t, world)
			jo := h.user("jo")
			h.create(h.workspace(), jo)
			jo = awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
			update(h, jo, withRole(clayv1alpha1.RoleViewer))
			jo = awaitStanding(h, jo, isStalled(test.reason))
			h.poke()
			h.poke()
			world.read(func(c *clay) {
				if c.applied != 2 {
					t.Errorf("writings: %d, want the invitation and one attempt to replace it", c.applied)
				}
			})
			update(h, jo, func(user *clayv1alpha1.ClayUser) {
				user.Annotations = map[string]string{clayv1alpha1.AnnotationReconcileAt: "now"}
			})
			world.await("another attempt, which a person asked for", func(c *clay) bool { return c.applied == 3 })
		})
	}
}
