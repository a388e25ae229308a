package sidecar

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// gate lets one call at a time into each workspace, and a limited number of calls in all.
type gate struct {
	all   *semaphore.Weighted
	mu    sync.Mutex
	turns map[string]*turn
}

// turn is the order of the calls for one workspace. It is forgotten when nobody holds it or waits for it.
type turn struct {
	*semaphore.Weighted
	users int
}

func newGate(limit int) *gate {
	return &gate{all: semaphore.NewWeighted(int64(limit)), turns: map[string]*turn{}}
}

// enter waits until the workspace is free, and then for a place among all calls, so that a call that waits for its workspace
// takes no place from another. The caller calls leave when its work has really ended.
func (g *gate) enter(ctx context.Context, workspaceID string) (leave func(), err error) {
	own := g.join(workspaceID)
	if err := own.Acquire(ctx, 1); err != nil {
		g.part(workspaceID, own)
		return nil, err
	}
	if err := g.all.Acquire(ctx, 1); err != nil {
		own.Release(1)
		g.part(workspaceID, own)
		return nil, err
	}
	return func() {
		g.all.Release(1)
		own.Release(1)
		g.part(workspaceID, own)
	}, nil
}

func (g *gate) join(workspaceID string) *turn {
	g.mu.Lock()
	defer g.mu.Unlock()
	own, ok := g.turns[workspaceID]
	if !ok {
		own = &turn{Weighted: semaphore.NewWeighted(1)}
		g.turns[workspaceID] = own
	}
	own.users++
	return own
}

func (g *gate) part(workspaceID string, own *turn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	own.users--
	if own.users == 0 {
		delete(g.turns, workspaceID)
	}
}
