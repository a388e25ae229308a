package claysim

import (
	"slices"
	"time"
)

// view is what a read tells of a workspace's people and of what they may use.
type view struct {
	access
	members     []Member
	invitations []Invitation
}

func (ws *workspace) view() view {
	return view{access: ws.copyAccess(), members: slices.Clone(ws.members), invitations: slices.Clone(ws.invitations)}
}

// laggedView is what reads still tell after a write, while FaultListLag is on.
type laggedView struct {
	view
	// reads are the stale answers left for each route.
	reads map[string]int
	// limit is how many stale answers a route gives; 0 leaves it to until.
	limit int
	until time.Time
}

// delayReadsLocked lets reads tell the view from before a write for a while.
func (w *world) delayReadsLocked(ws *workspace, before view) {
	fault, on := w.faults.take(FaultListLag, "")
	if !on {
		return
	}
	ws.lag = append(ws.lag, laggedView{
		view: before, reads: map[string]int{}, limit: fault.Reads, until: w.now().Add(fault.Delay),
	})
}

// readLocked is the view that a read on the route gets.
func (w *world) readLocked(ws *workspace, route string) view {
	for i := range ws.lag {
		lagged := &ws.lag[i]
		if lagged.staleFor(route, w.now()) {
			for j := i; j < len(ws.lag); j++ {
				ws.lag[j].reads[route]++
			}
			return lagged.view
		}
	}
	return ws.view()
}

func (l *laggedView) staleFor(route string, now time.Time) bool {
	if l.limit > 0 {
		return l.reads[route] < l.limit
	}
	return now.Before(l.until)
}
