package sidecar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

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

// Dial returns a client for the socket at an address; see SocketPath. Nothing has to listen there yet. Close the client when done.
func Dial(address string) (*Client, error) {
	connection, err := dial(address)
	if err != nil {
		return nil, err
	}
	return &Client{connection: connection, browser: pb.NewBrowserClient(connection), patience: patience}, nil
}

// dial holds the choices that every connection to a sidecar has in common.
func dial(address string) (*grpc.ClientConn, error) {
	path, err := SocketPath(address)
	if err != nil {
		return nil, err
	}
	connection, err := grpc.NewClient(unixScheme+path,
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
	)
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
	return finish(response.GetEnding(), workspace.ID)
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
	reported := make([]bool, len(changes))
	for {
		response, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return Observation{}, broken(errors.New("the answer has no end"))
		case err != nil:
			return Observation{}, lost(ctx, err)
		case response.GetEnding() != nil:
			return finish(response.GetEnding(), workspace.ID)
		}
		outcome, err := nextOutcome(response, reported)
		if err != nil {
			return Observation{}, broken(err)
		}
		report(outcome)
	}
}

// nextOutcome returns the outcome in a response and marks it as reported.
func nextOutcome(response *pb.ApplyResponse, reported []bool) (Outcome, error) {
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
func finish(ending *pb.Ending, workspaceID string) (Observation, error) {
	observation, fault, err := decodeEnding(ending, workspaceID)
	if err != nil {
		return Observation{}, broken(err)
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
