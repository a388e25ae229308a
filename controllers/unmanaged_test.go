package controllers

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
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

// TestCacheThatLagsCostsNobodyTheSeat has the operator learn of a workspace's policy before it learns of a new ClayUser.
func TestCacheThatLagsCostsNobodyTheSeat(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("jo@example.com", seat.RoleEditor), active("stranger@example.com", seat.RoleEditor))
	h := newIdleHarness(t, world)
	users := &gate{}
	h.intercept(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		response, err := next.RoundTrip(request)
		if err == nil && strings.HasSuffix(request.URL.Path, "/clayusers") && request.URL.Query().Has("watch") {
			response.Body = gatedBody{ReadCloser: response.Body, gate: users, ctx: request.Context()}
		}
		return response, err
	})
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
