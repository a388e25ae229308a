package sidecar

import (
	"context"
	"testing"
	"time"

	"github.com/seatwright/clay-operator/internal/seat"
)

func TestStandstill(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		gaps  []time.Duration
		stood bool
	}{
		"looked every second":            {gaps: []time.Duration{time.Second, time.Second}},
		"a slow machine":                 {gaps: []time.Duration{standstillLimit, standstillLimit}},
		"stopped":                        {gaps: []time.Duration{time.Second, standstillLimit + 1}, stood: true},
		"stopped, and then looked at":    {gaps: []time.Duration{standstillLimit + 1, time.Second}, stood: true},
		"the clock goes back by an hour": {gaps: []time.Duration{time.Second, -time.Hour, time.Second}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			now := start
			standstill := newStandstill(func() time.Time { return now })
			allowed := standstill.permit()
			for _, gap := range test.gaps {
				now = now.Add(gap)
				standstill.count()
			}
			err := allowed()
			if (err != nil) != test.stood {
				t.Errorf("permit: %v", err)
			}
			select {
			case <-standstill.Noticed():
				if !test.stood {
					t.Error("a standstill was noticed")
				}
			default:
				if test.stood {
					t.Error("nobody noticed")
				}
			}
			if err := standstill.permit()(); err != nil {
				t.Errorf("a call that begins afterwards: %v", err)
			}
		})
	}
}

// TestPermitIsAskedByTheOneWhoWakesFirst has the call go on before the watch has looked.
func TestPermitIsAskedByTheOneWhoWakesFirst(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	standstill := newStandstill(func() time.Time { return now })
	ctx := WithPermit(t.Context(), standstill.permit())
	if err := MayWrite(ctx); err != nil {
		t.Error(err)
	}
	now = now.Add(time.Minute)
	for range 2 {
		requireFault(t, MayWrite(ctx), Unavailable, ReasonTimeout)
	}
	if err := MayWrite(context.Background()); err != nil {
		t.Errorf("without a permit: %v", err)
	}
}

func TestServerBeginsNothingThatIsTooOld(t *testing.T) {
	workspace := fullWorkspace()
	workspace.NotAfter = time.Now().Add(-time.Second)
	client := serve(t, unreachable(t), ServerOptions{})
	var outcomes []Outcome
	_, err := client.Apply(testContext(t), workspace, fullChanges(), func(outcome Outcome) { outcomes = append(outcomes, outcome) })
	requireFault(t, err, Unavailable, ReasonTimeout)
	for index, outcome := range outcomes {
		if outcome.Index != index || outcome.Result != Failed {
			t.Errorf("outcome %d: %+v", index, outcome)
		}
		requireFault(t, outcome.Fault, Unavailable, ReasonTimeout)
	}
	if len(outcomes) != len(fullChanges()) {
		t.Errorf("%d outcomes", len(outcomes))
	}
}

// TestServerGivesAPermit makes sure that a backend behind the server has something to ask.
func TestServerGivesAPermit(t *testing.T) {
	client := serve(t, fake{apply: func(ctx context.Context, _ Workspace, _ []seat.Change, _ func(Outcome)) (Observation, error) {
		if ctx.Value(permitKey{}) == nil {
			t.Error("the call has no permit")
		}
		return Observation{}, MayWrite(ctx)
	}}, ServerOptions{})
	if _, err := client.Apply(testContext(t), fullWorkspace(), fullChanges(), func(Outcome) {}); err != nil {
		t.Error(err)
	}
}
