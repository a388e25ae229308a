package controllers

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
)

// obstacles are the reasons that the steps before sayReading give. Where it comes to that, none of them is true any more.
var obstacles = []string{
	clayv1alpha1.ReasonSuspended, clayv1alpha1.ReasonDuplicateWorkspace, clayv1alpha1.ReasonInvalidSpec, clayv1alpha1.ReasonSecretNotFound,
	clayv1alpha1.ReasonSecretInvalid, clayv1alpha1.ReasonLocatorsNotFound,
}

// sayReading tells whoever has just made the workspace, or taken out of its way what kept it from its first read, that something is going on: that
// read may take minutes.
func (p *pass) sayReading(ctx context.Context) error {
	ready := meta.FindStatusCondition(p.workspace.Status.Conditions, clayv1alpha1.ConditionReady)
	if p.workspace.Status.LastReadTime != nil || ready != nil && !slices.Contains(obstacles, ready.Reason) {
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
