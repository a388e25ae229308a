package controllers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// errNoServer is what a client says of an API server that is gone.
var errNoServer = errors.New("connect: connection refused")

// outage is how many requests fail before the API server is back: enough for every part of the operator to meet it.
const outage = 4

// TestServerGoneInTheMiddleOfAPass has the API server go away for a minute at each point of a pass. What was done in Clay is done once,
// and everybody learns of it.
func TestServerGoneInTheMiddleOfAPass(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		// strikes says which moment it is.
		whileReading, whileWriting bool
		// loses is true for the request whose answer is lost, after the API server took it.
		loses func(*http.Request) bool
	}{
		{name: "while Clay is read", whileReading: true},
		{name: "while Clay is written", whileWriting: true},
		{name: "after it took the intent", loses: func(request *http.Request) bool {
			return request.Method == http.MethodPut && strings.HasSuffix(request.URL.Path, "/status") && holds(request, `"operation"`)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			world := newClay(t, active("kim@example.com", seat.RoleEditor))
			h := newIdleHarness(t, world)
			left := make(chan struct{}, outage)
			begin := func() { h.fail(left) }
			world.onObserve = func(call int, _ *seat.Inventory) error {
				if call == 1 && test.whileReading {
					begin()
				}
				return nil
			}
			world.onApply = func(_ context.Context, call, index int, _ seat.Change) fate {
				if call == 1 && index == 0 && test.whileWriting {
					begin()
				}
				return made
			}
			if test.loses != nil {
				h.intercept(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
					if !test.loses(request) {
						return next.RoundTrip(request)
					}
					begin()
					if response, err := next.RoundTrip(request); err == nil {
						_ = response.Body.Close()
					}
					return nil, errNoServer
				})
			}
			workspace, jo := h.workspace(), h.user("jo")
			kim := h.user("kim", func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) })
			h.create(workspace, jo, kim)
			h.start()
			for range outage {
				<-left
			}
			h.clock.advance(time.Minute)
			h.intercept(nil)
			jo = awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
			kim = awaitStanding(h, kim, isSettled(clayv1alpha1.ReasonAbsent))
			for _, user := range []*clayv1alpha1.ClayUser{jo, kim} {
				if len(user.Status.History) != 1 {
					t.Errorf("history of %s: %+v", user.Name, user.Status.History)
				}
			}
			h.poke()
			await(h, workspace, "the end of the operation", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Operation == nil })
			if written := world.writings(); len(written) != 1 {
				t.Errorf("writings: %v", written)
			}
		})
	}
}

// fail makes the API server go away, and tells of each request that it does not get.
func (h *harness) fail(left chan<- struct{}) {
	h.intercept(func(*http.Request, http.RoundTripper) (*http.Response, error) {
		select {
		case left <- struct{}{}:
		default:
		}
		return nil, errNoServer
	})
}

// holds says whether the body of a request holds a text. The request can be sent afterwards.
func holds(request *http.Request, text string) bool {
	if request.GetBody == nil {
		return false
	}
	body, err := request.GetBody()
	if err != nil {
		return false
	}
	content, err := io.ReadAll(body)
	return err == nil && strings.Contains(string(content), text)
}

// TestClockJumpsBetweenReadingAndWriting has the clock go on by an hour after Clay was read: what was read is too old to act on, and is
// read again.
func TestClockJumpsBetweenReadingAndWriting(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("stranger@example.com", seat.RoleEditor))
	h := newIdleHarness(t, world)
	jumps := 1
	h.intercept(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		// The last look at the ClayUsers before somebody without one is removed.
		past := request.Method == http.MethodGet && strings.HasSuffix(request.URL.Path, "/clayusers") && !request.URL.Query().Has("watch") &&
			!request.URL.Query().Has("limit") && world.reads() == 1
		if past && jumps > 0 {
			jumps--
			h.clock.advance(time.Hour)
		}
		return next.RoundTrip(request)
	})
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) { w.Spec.UnmanagedMembers = clayv1alpha1.UnmanagedRemove })
	h.create(workspace)
	h.start()
	world.await("the removal", func(c *clay) bool { return c.applied == 1 })
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	if reads := world.reads(); jumps != 0 || reads != 2 {
		t.Errorf("%d jumps left, %d reads before the removal, want 2", jumps, reads)
	}
}

// TestClockGoesBack has the clock go back by an hour after removals and an invitation: the budget is not renewed by it, and nobody is
// invited twice.
func TestClockGoesBack(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 3, 1)
	guest := c.user("guest")
	c.create(guest)
	awaitStanding(c.harness, guest, isWaiting(clayv1alpha1.ReasonInvitationPending))
	c.dismiss(c.users[0])
	awaitStanding(c.harness, c.users[0], isSettled(clayv1alpha1.ReasonAbsent))
	await(c.harness, c.workspace, "nothing under way", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Operation == nil })
	c.clock.advance(-time.Hour)
	c.restart()
	c.dismiss(c.users[1])
	c.awaitHeld(1)
	c.clock.advance(removalWindow - 2*time.Minute)
	c.poke()
	c.awaitHeld(1)
	c.clock.advance(4 * time.Minute)
	c.poke()
	awaitStanding(c.harness, c.users[1], isSettled(clayv1alpha1.ReasonAbsent))
	if left := c.left(); len(left) != 2 {
		t.Errorf("seats and invitations left: %v", left)
	}
}

func TestRemovalsOfATimeToCome(t *testing.T) {
	t.Parallel()
	bucket := func(after time.Duration, count int32) clayv1alpha1.RemovalCount {
		return clayv1alpha1.RemovalCount{Minute: metav1.NewTime(testTime.Add(after)), Count: count}
	}
	removals := []clayv1alpha1.RemovalCount{bucket(-2*time.Hour, 1), bucket(-time.Minute, 2), bucket(0, 3), bucket(30*time.Minute, 4), bucket(time.Hour, 5)}
	now := testTime.Add(20 * time.Second)
	want := []clayv1alpha1.RemovalCount{bucket(-time.Minute, 2), bucket(0, 12)}
	if diff := cmp.Diff(want, keepRecent(removals, now)); diff != "" {
		t.Errorf("buckets (-want +got):\n%s", diff)
	}
	if got := recentRemovals(removals, now); got != 14 {
		t.Errorf("counted %d, want 14", got)
	}
}
