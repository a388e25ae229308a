package notify

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"sync"
	"time"
)

// drainLimit is how long a Sender that is being stopped goes on with what it has. It is well within the manager's grace period.
const drainLimit = 10 * time.Second

// errStopping is why notices are dropped when the process ends. The next process finds what is still unresolved by itself.
var errStopping = errors.New("the operator is stopping")

// Outcome is what became of a notice at a target.
type Outcome string

const (
	// Sent means that the receiver took it.
	Sent Outcome = "Sent"
	// Retried means that an attempt failed and another one follows. It is the only outcome that is not the last.
	Retried Outcome = "Retried"
	// Duplicate means that the target was told the same within a day, or is about to be.
	Duplicate Outcome = "Duplicate"
	// Dropped means that it was not sent because too many wait for the target, or the operator is stopping.
	Dropped Outcome = "Dropped"
	// Failed means that it could not be sent: the target is not valid, it refused, or it did not answer in time.
	Failed Outcome = "Failed"
)

// Result says what became of a notice at one target. Each notice that is given to Send ends with exactly one Result per target
// whose outcome is not Retried, if the Sender was started.
type Result struct {
	Target  Target
	Notice  Notice
	Outcome Outcome
	// Err says why it is not Sent; nil for Sent and Duplicate. It names the target and at most its host, and what to do.
	Err error
}

// Options are what a Sender needs from its process.
type Options struct {
	// OnResult hears what became of each notice, from Send and from the Sender's own goroutines, several at a time. It must return
	// soon. Nil means that nobody listens.
	OnResult func(Result)

	// transport is what tests replace; nil means the network.
	transport http.RoundTripper
}

// Sender sends notices. It is safe for use by several goroutines. What it remembers is in memory: after a restart a notice may be sent
// again, with the same id.
type Sender struct {
	onResult func(Result)
	client   *http.Client

	mu    sync.Mutex
	lanes map[laneKey]*lane
	// launch starts the work on a lane; nil before Start and after its end.
	launch  func(*lane)
	stopped bool
}

// New makes a Sender. Notices wait until it is started.
func New(options Options) *Sender {
	if options.OnResult == nil {
		options.OnResult = func(Result) {}
	}
	if options.transport == nil {
		options.transport = newTransport()
	}
	return &Sender{onResult: options.OnResult, client: newClient(options.transport), lanes: map[laneKey]*lane{}}
}

// Send takes a notice for each of the targets and returns at once. The same notice for the same target is sent again only after a day
// or when it was resolved in between, so that a caller may give it as often as it sees that it still holds; one that failed or was
// dropped is tried anew.
func (s *Sender) Send(notice Notice, targets []Target) {
	for _, target := range targets {
		if outcome, err := s.accept(notice, target); outcome != "" {
			s.onResult(Result{Target: target, Notice: notice, Outcome: outcome, Err: err})
		}
	}
}

// accept puts a notice into the lane of its target, or says at once what became of it.
func (s *Sender) accept(notice Notice, target Target) (Outcome, error) {
	contents, err := newLetter(notice, target)
	if err != nil {
		return Failed, err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return Dropped, contents.errorf("was not told: %w", errStopping)
	}
	own := s.laneOf(contents.address.String(), now)
	switch {
	case own.knows(notice, now):
		return Duplicate, nil
	case len(own.waiting) >= queueLimit:
		return Dropped, contents.errorf("was not told: %d notices wait for it already", queueLimit)
	}
	own.add(contents, now)
	s.run(own)
	return "", nil
}

// laneOf finds or makes the lane of an address, and forgets those that nobody needs any more.
func (s *Sender) laneOf(address string, now time.Time) *lane {
	maps.DeleteFunc(s.lanes, func(_ laneKey, each *lane) bool { return each.isIdle(now) })
	key := keyOf(address)
	own, ok := s.lanes[key]
	if !ok {
		own = newLane()
		s.lanes[key] = own
	}
	return own
}

// run has somebody work on the lane, if that can be and is not so already.
func (s *Sender) run(own *lane) {
	if s.launch != nil && !own.busy {
		own.busy = true
		s.launch(own)
	}
}

// Start sends until ctx ends, goes on for a short time with what is there then, and reports the rest as dropped. It is a Runnable of
// controller-runtime. It can be started once, and its error is always nil.
func (s *Sender) Start(ctx context.Context) error {
	work, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	var lanes sync.WaitGroup
	s.open(func(own *lane) { lanes.Go(func() { s.work(work, own) }) })
	<-ctx.Done()
	s.close()
	late := time.AfterFunc(drainLimit, func() { stop(errStopping) })
	defer late.Stop()
	lanes.Wait()
	return nil
}

// NeedLeaderElection tells controller-runtime that only the leader sends: the others see the same and would say the same.
func (s *Sender) NeedLeaderElection() bool { return true }

// open begins with what was given before the start.
func (s *Sender) open(launch func(*lane)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.launch = launch
	for _, own := range s.lanes {
		if len(own.waiting) > 0 {
			s.run(own)
		}
	}
}

// close refuses what comes from now on.
func (s *Sender) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.launch, s.stopped = nil, true
}

// work delivers what waits in a lane, one after the other, until nothing does.
func (s *Sender) work(ctx context.Context, own *lane) {
	for {
		s.mu.Lock()
		current := own.next()
		own.busy = current != nil
		s.mu.Unlock()
		if current == nil {
			return
		}
		outcome, err := s.deliver(ctx, own, current)
		s.mu.Lock()
		own.settle(current, outcome == Sent, time.Now())
		s.mu.Unlock()
		s.onResult(Result{Target: current.target, Notice: current.notice, Outcome: outcome, Err: err})
	}
}
