package sidecar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	pb "github.com/seatwright/clay-operator/internal/sidecar/sidecarpb"
)

const (
	// The pauses between attempts to connect. The socket is on this machine and costs nothing to try, and a browser that
	// was restarted should be found soon.
	firstRedial = 100 * time.Millisecond
	lastRedial  = 500 * time.Millisecond
	redialRate  = 1.6
	redialNoise = 0.2
	// connectLimit bounds one attempt: a frozen process lets the kernel accept and never answers.
	connectLimit = 2 * time.Second
	// patience is how long a call waits for a browser that is just starting, which takes a few seconds, before it says
	// that there is none.
	patience = 30 * time.Second
)

// Client is a Backend at the other end of a unix socket. It connects when it is first used, and again after the connection was lost. It
// is safe for use by several goroutines.
type Client struct {
	connection *grpc.ClientConn
	browser    pb.BrowserClient
	patience   time.Duration
}

var _ Backend = (*Client)(nil)

// ClientOptions are the choices of DialWith.
type ClientOptions struct {
	// OnLoss, if not nil, is called each time that a connection that stood is lost: the browser ended, or stood still.
	OnLoss func()
	// Traced has calls carry the trace that their context belongs to, as a span of their own.
	Traced bool
}

// Dial returns a client for the socket at an address; see SocketPath. Nothing has to listen there yet. Close the client when done.
func Dial(address string) (*Client, error) { return DialWith(address, ClientOptions{}) }

// DialWith is Dial with choices.
func DialWith(address string, options ClientOptions) (*Client, error) {
	var further []grpc.DialOption
	if options.Traced {
		further = append(further, grpc.WithStatsHandler(otelgrpc.NewClientHandler()))
	}
	connection, err := dial(address, further...)
	if err != nil {
		return nil, err
	}
	if options.OnLoss != nil {
		go countLosses(connection, options.OnLoss)
	}
	return &Client{connection: connection, browser: pb.NewBrowserClient(connection), patience: patience}, nil
}

// countLosses follows a connection until it is closed. One that was lost is made anew at once and not with the next call, so that a
// browser that starts again and again is seen each time.
func countLosses(connection *grpc.ClientConn, lost func()) {
	for state := connection.GetState(); state != connectivity.Shutdown; {
		connection.WaitForStateChange(context.Background(), state)
		next := connection.GetState()
		if state == connectivity.Ready && next != connectivity.Ready && next != connectivity.Shutdown {
			lost()
			connection.Connect()
		}
		state = next
	}
}

// dial holds the choices that every connection to a sidecar has in common.
func dial(address string, further ...grpc.DialOption) (*grpc.ClientConn, error) {
	path, err := SocketPath(address)
	if err != nil {
		return nil, err
	}
	connection, err := grpc.NewClient(unixScheme+path, append(further,
		// The socket's mode is the guard: only this user can connect, and the bytes never leave the machine.
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxResponse), grpc.MaxCallSendMsgSize(maxRequest)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingInterval, Timeout: pingLimit}),
		// Neither a service config nor a retry: a write that grpc repeats by itself would be a second invitation.
		grpc.WithDisableServiceConfig(),
		grpc.WithDisableRetry(),
		// An idle connection is kept, so that the loss of the browser is seen when it happens.
		grpc.WithIdleTimeout(0),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{
				BaseDelay: firstRedial, Multiplier: redialRate, Jitter: redialNoise, MaxDelay: lastRedial,
			},
			MinConnectTimeout: connectLimit,
		}),
	)...)
	if err != nil {
		return nil, fmt.Errorf("prepare the connection to the browser: %w", err)
	}
	return connection, nil
}

// Close ends the connection. Calls that run fail.
func (c *Client) Close() error { return c.connection.Close() }

// Observe implements Backend.
func (c *Client) Observe(ctx context.Context, workspace Workspace) (Observation, error) {
	ctx, cancel := c.attend(ctx)
	defer cancel(nil)
	response, err := c.browser.Observe(ctx, &pb.ObserveRequest{Workspace: encodeWorkspace(workspace)}, grpc.WaitForReady(true))
	if err != nil {
		return Observation{}, lost(ctx, err)
	}
	observation, err := finish(response.GetEnding(), workspace.ID)
	return observation.Observation, err
}

// Apply implements Backend. When the connection breaks, the changes that were not reported are left without an outcome.
func (c *Client) Apply(ctx context.Context, workspace Workspace, changes []seat.Change, report func(Outcome)) (Observation, error) {
	// Leaving early, because of an answer that breaks the contract, ends the work at the other side too.
	ctx, cancel := c.attend(ctx)
	defer cancel(nil)
	request := &pb.ApplyRequest{Workspace: encodeWorkspace(workspace), Changes: encodeChanges(changes)}
	stream, err := c.browser.Apply(ctx, request, grpc.WaitForReady(true))
	if err != nil {
		return Observation{}, lost(ctx, err)
	}
	observation, err := follow(ctx, func() (step, error) { return stream.Recv() }, workspace.ID, len(changes), report)
	return observation.Observation, err
}

// ObserveAccess implements Backend.
func (c *Client) ObserveAccess(ctx context.Context, workspace Workspace, scope access.Scope) (AccessObservation, error) {
	ctx, cancel := c.attend(ctx)
	defer cancel(nil)
	request := &pb.ObserveAccessRequest{Workspace: encodeWorkspace(workspace), Scope: encodeScope(scope)}
	response, err := c.browser.ObserveAccess(ctx, request, grpc.WaitForReady(true))
	if err != nil {
		return AccessObservation{}, lost(ctx, err)
	}
	return finish(response.GetEnding(), workspace.ID)
}

// ApplyAccess implements Backend. What Apply says of a broken connection holds here too.
func (c *Client) ApplyAccess(
	ctx context.Context, workspace Workspace, changes []access.Change, report func(Outcome),
) (AccessObservation, error) {
	ctx, cancel := c.attend(ctx)
	defer cancel(nil)
	request := &pb.ApplyAccessRequest{Workspace: encodeWorkspace(workspace), Changes: encodeAccessChanges(changes)}
	stream, err := c.browser.ApplyAccess(ctx, request, grpc.WaitForReady(true))
	if err != nil {
		return AccessObservation{}, lost(ctx, err)
	}
	return follow(ctx, func() (step, error) { return stream.Recv() }, workspace.ID, len(changes), report)
}

// step is a part of the answer to a call that makes changes.
type step interface {
	GetOutcome() *pb.Outcome
	GetEnding() *pb.Ending
}

// follow reports the outcomes of some changes until the call ends.
func follow(
	ctx context.Context, receive func() (step, error), workspaceID string, changes int, report func(Outcome),
) (AccessObservation, error) {
	reported := make([]bool, changes)
	for {
		response, err := receive()
		switch {
		case errors.Is(err, io.EOF):
			return AccessObservation{}, broken(errors.New("the answer has no end"))
		case err != nil:
			return AccessObservation{}, lost(ctx, err)
		case response.GetEnding() != nil:
			return finish(response.GetEnding(), workspaceID)
		}
		outcome, err := nextOutcome(response, reported)
		if err != nil {
			return AccessObservation{}, broken(err)
		}
		report(outcome)
	}
}

// nextOutcome returns the outcome in a response and marks it as reported.
func nextOutcome(response step, reported []bool) (Outcome, error) {
	if response.GetOutcome() == nil {
		return Outcome{}, errors.New("a part of the answer is of an unknown kind")
	}
	outcome, err := decodeOutcome(response.GetOutcome())
	if err != nil {
		return Outcome{}, err
	}
	if outcome.Index < 0 || outcome.Index >= len(reported) || reported[outcome.Index] {
		return Outcome{}, fmt.Errorf("an outcome is for change %d of %d, which is not open", outcome.Index, len(reported))
	}
	reported[outcome.Index] = true
	return outcome, nil
}

// finish returns what a call ended with.
func finish(ending *pb.Ending, workspaceID string) (AccessObservation, error) {
	observation, fault, err := decodeEnding(ending, workspaceID)
	if err != nil {
		return AccessObservation{}, broken(err)
	}
	if fault != nil {
		return observation, fault
	}
	return observation, nil
}

// attend returns a context for one call, which waits for a connection: it ends, with a fault as its cause, when the browser cannot be reached for
// as long as it takes to start one. A call that was sent already ends at once when its connection breaks.
func (c *Client) attend(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		for ctx.Err() == nil {
			if err := c.connect(ctx); err != nil {
				cancel(err)
				return
			}
			c.connection.WaitForStateChange(ctx, connectivity.Ready)
		}
	}()
	return ctx, cancel
}

// AwaitReady waits until the browser answers at its socket, or until ctx ends. A browser that is just starting does so once it can be
// worked with.
func (c *Client) AwaitReady(ctx context.Context) error {
	for {
		err := c.connect(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}

// connect waits until the connection stands, or until patience or ctx ends.
func (c *Client) connect(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	for {
		state := c.connection.GetState()
		switch state {
		case connectivity.Ready:
			return nil
		case connectivity.Shutdown:
			return Faultf(Unavailable, ReasonBrowserUnavailable, "the connection to the browser was closed")
		case connectivity.Idle:
			c.connection.Connect()
		case connectivity.Connecting, connectivity.TransientFailure:
		}
		if !c.connection.WaitForStateChange(waiting, state) {
			return Faultf(Unavailable, ReasonBrowserUnavailable,
				"no browser answers at its socket: look at the log of the browser container, or of this process where it starts its own")
		}
	}
}

// lost is the fault of a call that the transport broke. Whether the other side did something is not known, unless it was never reached.
func lost(ctx context.Context, err error) *Fault {
	if unreachable, ok := errors.AsType[*Fault](context.Cause(ctx)); ok {
		return unreachable
	}
	// The other side counts the same deadline and may be a moment ahead of ctx.
	if code := status.Code(err); ctx.Err() != nil || code == codes.DeadlineExceeded || code == codes.Canceled {
		return unanswered(ReasonTimeout, "the call to the browser was given up: its time ran out, or the manager is ending")
	}
	return unanswered(ReasonBrowserUnavailable, "the connection to the browser broke: %v", err)
}

// broken is the fault of an answer that does not keep the contract.
func broken(err error) *Fault {
	return unanswered(ReasonBrowserUnavailable,
		"the browser answered what this version does not understand (%v): run the manager and the browser from the same image", err)
}

// unanswered is the fault of a call that may have done anything.
func unanswered(reason, format string, arguments ...any) *Fault {
	fault := Faultf(Unavailable, reason, format, arguments...)
	fault.Unanswered = true
	return fault
}
