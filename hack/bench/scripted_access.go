package main

import (
	"context"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// ObserveAccess implements sidecar.Backend. Nothing should call it: the manifests of the benchmark ask for seats alone, and then a pass reads
// nothing else. The read counts, so that the figures would show it.
func (s *scripted) ObserveAccess(context.Context, sidecar.Workspace, access.Scope) (sidecar.AccessObservation, error) {
	s.reads.Add(1)
	return sidecar.AccessObservation{}, sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonRefused, "the benchmark has no groups, budgets and limits")
}

// ApplyAccess implements sidecar.Backend. Nothing should call it.
func (s *scripted) ApplyAccess(
	_ context.Context, _ sidecar.Workspace, changes []access.Change, _ func(sidecar.Outcome),
) (sidecar.AccessObservation, error) {
	s.writes.Add(int64(len(changes)))
	return sidecar.AccessObservation{}, sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonRefused, "the benchmark has nothing to change")
}
