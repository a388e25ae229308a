package clayweb

import (
	"context"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// ObserveAccess implements sidecar.Backend.
func (b *Backend) ObserveAccess(ctx context.Context, workspace sidecar.Workspace, scope access.Scope) (sidecar.AccessObservation, error) {
	v, err := b.enter(ctx, workspace)
	if err != nil {
		return sidecar.AccessObservation{}, faultOf(err)
	}
	defer v.leave()
	reading := newAccessReading(v)
	err = reading.read(ctx, scope)
	observation := reading.observation(ctx)
	if err != nil {
		return observation, v.fault(ctx, err)
	}
	return observation, nil
}

// ApplyAccess implements sidecar.Backend.
func (b *Backend) ApplyAccess(
	ctx context.Context, workspace sidecar.Workspace, changes []access.Change, report func(sidecar.Outcome),
) (sidecar.AccessObservation, error) {
	v, err := b.enter(ctx, workspace)
	if err != nil {
		return sidecar.AccessObservation{}, faultOf(err)
	}
	defer v.leave()
	work := newAccessWork(v, changes, report)
	err = work.run(ctx)
	observation := work.reading.observation(ctx)
	if err != nil {
		return observation, v.fault(ctx, err)
	}
	if workspace.Evidence {
		observation.Evidence = v.evidence(ctx)
	}
	return observation, nil
}

// observation is what a call returns of a reading.
func (r *accessReading) observation(ctx context.Context) sidecar.AccessObservation {
	return sidecar.AccessObservation{
		Observation: r.visit.observation(ctx, seat.Inventory{}), State: r.state, Faults: r.faults,
	}
}
