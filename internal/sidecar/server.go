package sidecar

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"

	"github.com/seatwright/clay-operator/internal/seat"
	pb "github.com/seatwright/clay-operator/internal/sidecar/sidecarpb"
)

const (
	// DefaultMaxCalls is how many workspaces the browser works in at a time. Each costs a context in Chromium, and the
	// sidecar's memory is meant for two to four of them.
	DefaultMaxCalls = 4
	// maxRequest bounds a request in bytes: a session is well under a MiB, and ten thousand changes are about as much.
	maxRequest = 4 << 20
	// maxResponse bounds a response in bytes: a picture, a snapshot and the members of a very large workspace.
	maxResponse = 32 << 20
	// pingInterval is how often an idle connection is asked whether the other side lives, and minPingInterval what a
	// server puts up with. Ten seconds is the least that grpc allows a client.
	pingInterval    = 10 * time.Second
	minPingInterval = pingInterval / 2
	// pingLimit is how long an answer may take before the connection counts as dead: a frozen process never answers.
	pingLimit = 10 * time.Second
	// managerPing is both for a manager, as the server asks it: the work for one that is frozen ends within standstillLimit, before
	// another manager can have taken over.
	managerPing = standstillLimit / 2
)

// ServerOptions are the choices of Serve.
type ServerOptions struct {
	// Logger gets panics and starts; nil discards them. It never gets what was asked or answered.
	Logger *slog.Logger
	// MaxCalls bounds the calls that run at a time, over all workspaces; zero is DefaultMaxCalls.
	MaxCalls int
}

// Serve answers on the listener with backend, and with the standard grpc health service, until ctx ends. Then it cancels the calls
// that run, waits until the backend has really returned from them, and closes the listener. It returns nil after such an
// end.
func Serve(ctx context.Context, listener net.Listener, backend Backend, options ServerOptions) error {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.MaxCalls == 0 {
		options.MaxCalls = DefaultMaxCalls
	}
	transport := grpc.NewServer(
		grpc.MaxRecvMsgSize(maxRequest),
		grpc.MaxSendMsgSize(maxResponse),
		grpc.WaitForHandlers(true),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minPingInterval, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: managerPing, Timeout: managerPing}),
	)
	pb.RegisterBrowserServer(transport, &server{
		backend: backend, gate: newGate(options.MaxCalls), log: options.Logger, standstill: WatchStandstill(ctx),
	})
	status := health.NewServer()
	grpc_health_v1.RegisterHealthServer(transport, status)

	stopped := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() {
		defer close(stopped)
		status.Shutdown()
		transport.Stop()
	})
	options.Logger.Info("the browser listens", "socket", listener.Addr().String())
	err := transport.Serve(listener)
	if unhook() {
		transport.Stop()
		return fmt.Errorf("serve the socket: %w", err)
	}
	<-stopped
	return nil
}

// server stands between the wire and a backend. Each method runs in the goroutine of its call and returns only when the backend has,
// so that a workspace stays taken as long as somebody still clicks in it, whatever became of the client.
type server struct {
	pb.UnimplementedBrowserServer

	backend    Backend
	gate       *gate
	log        *slog.Logger
	standstill *Standstill
}

// Observe implements the protocol.
func (s *server) Observe(ctx context.Context, request *pb.ObserveRequest) (*pb.ObserveResponse, error) {
	workspace := decodeWorkspace(request.GetWorkspace())
	observation, fault := s.call(ctx, workspace, nil, func() (Observation, error) {
		return s.backend.Observe(ctx, workspace)
	})
	return &pb.ObserveResponse{Ending: encodeEnding(observation, fault)}, nil
}

// Apply implements the protocol.
func (s *server) Apply(request *pb.ApplyRequest, stream grpc.ServerStreamingServer[pb.ApplyResponse]) error {
	ctx := WithPermit(stream.Context(), s.standstill.permit())
	workspace := decodeWorkspace(request.GetWorkspace())
	changes, err := decodeChanges(request.GetChanges())
	if err != nil {
		return sendEnding(stream, Observation{}, Faultf(InvalidInput, ReasonInvalidRequest, "%v", err))
	}
	report := func(outcome Outcome) {
		outcome.Fault = conceal(outcome.Fault, workspace)
		step := &pb.ApplyResponse{Step: &pb.ApplyResponse_Outcome{Outcome: encodeOutcome(outcome)}}
		// A client that is gone cannot be told, and grpc has cancelled ctx then: the backend stops by that.
		if err := stream.Send(step); err != nil {
			s.log.Info("an outcome could not be sent: the manager is gone", "workspace", workspace.ID)
		}
	}
	if fault := checkAge(workspace.NotAfter, time.Now()); fault != nil {
		for index := range changes {
			report(Outcome{Index: index, Result: Failed, Fault: fault})
		}
		return sendEnding(stream, Observation{}, fault)
	}
	observation, fault := s.call(ctx, workspace, changes, func() (Observation, error) {
		return s.backend.Apply(ctx, workspace, changes, report)
	})
	return sendEnding(stream, observation, fault)
}

// checkAge refuses what was decided too long ago.
func checkAge(notAfter, now time.Time) *Fault {
	if notAfter.IsZero() || !now.After(notAfter) {
		return nil
	}
	return Faultf(Unavailable, ReasonTimeout, "the changes reached the browser too late after they were decided; nothing was begun, and they are planned anew")
}

func sendEnding(stream grpc.ServerStreamingServer[pb.ApplyResponse], observation Observation, fault *Fault) error {
	return stream.Send(&pb.ApplyResponse{Step: &pb.ApplyResponse_Ending{Ending: encodeEnding(observation, fault)}})
}

// call checks the request, waits for its turn, and runs work.
func (s *server) call(ctx context.Context, workspace Workspace, changes []seat.Change, work func() (Observation, error)) (Observation, *Fault) {
	if err := validateWorkspace(workspace); err != nil {
		return Observation{}, Faultf(InvalidInput, ReasonInvalidRequest, "%v", err)
	}
	if err := validateChanges(changes); err != nil {
		return Observation{}, Faultf(InvalidInput, ReasonInvalidRequest, "%v", err)
	}
	leave, err := s.gate.enter(ctx, workspace.ID)
	if err != nil {
		return Observation{}, Faultf(Unavailable, ReasonTimeout, "the browser was busy for as long as this call could wait: %v", err)
	}
	defer leave()
	observation, err := s.survive(workspace.ID, work)
	return observation, conceal(AsFault(err), workspace)
}

// survive runs work and makes a panic a fault. The value of a panic is logged only where the runtime made it: any other may hold
// text of a page.
func (s *server) survive(workspaceID string, work func() (Observation, error)) (observation Observation, err error) {
	defer func() {
		value := recover()
		if value == nil {
			return
		}
		what := fmt.Sprintf("a value of type %T", value)
		if fault, ok := value.(runtime.Error); ok {
			what = fault.Error()
		}
		s.log.Error("the browser's code panicked", "workspace", workspaceID, "panic", what, "stack", string(debug.Stack()))
		observation = Observation{}
		err = Faultf(Unavailable, ReasonBrowserUnavailable, "the browser's code panicked; its log has the details")
	}()
	return work()
}

// conceal takes the credentials of the call out of a fault, as the last of several guards against showing them.
func conceal(fault *Fault, workspace Workspace) *Fault {
	if fault == nil {
		return nil
	}
	var pairs []string
	login := workspace.Login
	for _, secret := range []string{
		string(workspace.Session), string(login.Password), string(login.IdentityProvider.Password),
		string(login.IdentityProvider.OTPSecret), string(login.Mailbox.Password),
	} {
		if secret != "" {
			pairs = append(pairs, secret, redacted)
		}
	}
	clean := strings.NewReplacer(pairs...)
	concealed := *fault
	concealed.Message = clean.Replace(fault.Message)
	if fault.Evidence != nil {
		evidence := *fault.Evidence
		evidence.Snapshot = clean.Replace(evidence.Snapshot)
		evidence.Report = []byte(clean.Replace(string(evidence.Report)))
		concealed.Evidence = &evidence
	}
	return &concealed
}
