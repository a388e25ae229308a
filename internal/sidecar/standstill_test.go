package sidecar

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	pb "github.com/seatwright/clay-operator/internal/sidecar/sidecarpb"
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
	requireAllRefused := func(err error, outcomes []Outcome, changes int) {
		t.Helper()
		requireFault(t, err, Unavailable, ReasonTimeout)
		for index, outcome := range outcomes {
			if outcome.Index != index || outcome.Result != Failed {
				t.Errorf("outcome %d: %+v", index, outcome)
			}
			requireFault(t, outcome.Fault, Unavailable, ReasonTimeout)
		}
		if len(outcomes) != changes {
			t.Errorf("%d outcomes", len(outcomes))
		}
	}
	var outcomes []Outcome
	report := func(outcome Outcome) { outcomes = append(outcomes, outcome) }
	_, err := client.Apply(testContext(t), workspace, fullChanges(), report)
	requireAllRefused(err, outcomes, len(fullChanges()))
	outcomes = nil
	_, err = client.ApplyAccess(testContext(t), workspace, fullAccessChanges(), report)
	requireAllRefused(err, outcomes, len(fullAccessChanges()))
}

// stream takes what a call sends.
type stream struct {
	grpc.ServerStream

	sent []*pb.ApplyResponse
}

func (s *stream) Context() context.Context { return context.Background() }

func (s *stream) Send(response *pb.ApplyResponse) error {
	s.sent = append(s.sent, response)
	return nil
}

// TestServerBeginsNothingThatGotTooOldInTheQueue has every place taken until the changes are too old.
func TestServerBeginsNothingThatGotTooOldInTheQueue(t *testing.T) {
	workspace := fullWorkspace()
	asked := make(chan struct{}, 2)
	var late atomic.Bool
	s := &server{backend: unreachable(t), gate: newGate(1), log: quietLogger(), standstill: WatchStandstill(t.Context()), now: func() time.Time {
		asked <- struct{}{}
		if late.Load() {
			return workspace.NotAfter.Add(time.Second)
		}
		return workspace.NotAfter
	}}
	leave, err := s.gate.enter(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	taken, ended := &stream{}, make(chan error)
	go func() {
		ended <- s.Apply(&pb.ApplyRequest{Workspace: encodeWorkspace(workspace), Changes: encodeChanges(fullChanges())}, taken)
	}()
	<-asked
	late.Store(true)
	leave()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if len(taken.sent) != len(fullChanges())+1 {
		t.Fatalf("sent %v", taken.sent)
	}
	for _, response := range taken.sent[:len(fullChanges())] {
		if response.GetOutcome().GetResult() != pb.Result_RESULT_FAILED {
			t.Errorf("outcome %v", response)
		}
	}
}

// TestServerGivesAPermit makes sure that a backend behind the server has something to ask.
func TestServerGivesAPermit(t *testing.T) {
	ask := func(ctx context.Context) error {
		if ctx.Value(permitKey{}) == nil {
			t.Error("the call has no permit")
		}
		return MayWrite(ctx)
	}
	client := serve(t, fake{
		apply: func(ctx context.Context, _ Workspace, _ []seat.Change, _ func(Outcome)) (Observation, error) {
			return Observation{}, ask(ctx)
		},
		applyAccess: func(ctx context.Context, _ Workspace, _ []access.Change, _ func(Outcome)) (AccessObservation, error) {
			return AccessObservation{}, ask(ctx)
		},
	}, ServerOptions{})
	if _, err := client.Apply(testContext(t), fullWorkspace(), fullChanges(), func(Outcome) {}); err != nil {
		t.Error(err)
	}
	if _, err := client.ApplyAccess(testContext(t), fullWorkspace(), fullAccessChanges(), func(Outcome) {}); err != nil {
		t.Error(err)
	}
}
