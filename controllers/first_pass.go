package controllers

import (
	"context"
	"fmt"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
)

// sayReading tells whoever has just made the workspace that something is going on: the first read may take minutes.
func (p *pass) sayReading(ctx context.Context) error {
	if len(p.workspace.Status.Conditions) > 0 {
		return nil
	}
	standing := status.Waiting(clayv1alpha1.ReasonReading, "Clay is being read for the first time.")
	standing.Apply(&p.workspace.Status.Conditions, p.workspace.Generation, p.timing.now())
	p.workspace.Status.ObservedGeneration = p.workspace.Generation
	return p.save(ctx)
}

// tellFirstPlan tells the ClayUsers of a new workspace what is about to be done for them: the first pass of a large team may take minutes. Later
// passes tell at their end alone, so that each of them writes a status once.
func (p *pass) tellFirstPlan(context.Context) error {
	if p.found.LastReadTime == nil && (len(p.plan.Changes) > 0 || p.work.asked) {
		p.workspace.Status.Seats = p.countSeats()
		p.publish(nil)
	}
	return nil
}

// sayWriting says in the status of a new workspace, which is about to be written, what goes on.
func (p *pass) sayWriting(changes int, of string) {
	if p.found.LastReadTime != nil {
		return
	}
	standing := status.Waiting(clayv1alpha1.ReasonProgressing, fmt.Sprintf("Clay was read. %s being made.",
		count(changes, "change to "+of+" is", "changes to "+of+" are")))
	standing.Apply(&p.workspace.Status.Conditions, p.workspace.Generation, p.timing.now())
	p.workspace.Status.ObservedGeneration = p.workspace.Generation
}
