package sidecar

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc/filters"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"

	pb "github.com/seatwright/clay-operator/internal/sidecar/sidecarpb"
)

const (
	// DefaultMaxCalls is how many workspaces the browser works in at a time. Each costs a context in Chromium, and the
	// sidecar's memory is meant for two to four of them.
	DefaultMaxCalls = 4
	// maxRequest bounds a request in bytes: a session is well under a MiB, and a change takes some 150 bytes, so that a hundred thousand fit.
	maxRequest = 16 << 20
	// maxResponse bounds a response in bytes: a picture, a snapshot and the members of a very large workspace; or those of its groups and
	// budgets, of which half a million fit.
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
	// Traced has calls go on with the trace that they carry.
	Traced bool
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
	further := []grpc.ServerOption{}
	if options.Traced {
		// The probes of the pod ask for the health every few seconds.
		further = append(further, grpc.StatsHandler(otelgrpc.NewServerHandler(otelgrpc.WithFilter(filters.Not(filters.HealthCheck())))))
	}
	transport := grpc.NewServer(append(further,
		grpc.MaxRecvMsgSize(maxRequest),
		grpc.MaxSendMsgSize(maxResponse),
		grpc.WaitForHandlers(true),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minPingInterval, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: managerPing, Timeout: managerPing}),
	)...)
	pb.RegisterBrowserServer(transport, &server{
		backend: backend, gate: newGate(options.MaxCalls), log: options.Logger, standstill: WatchStandstill(ctx), now: time.Now,
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
	now        func() time.Time
}

// Observe implements the protocol.
func (s *server) Observe(ctx context.Context, request *pb.ObserveRequest) (*pb.ObserveResponse, error) {
	workspace := decodeWorkspace(request.GetWorkspace())
	observation, fault := s.call(ctx, workspace, nil, func() (AccessObservation, error) {
		return onlySeats(s.backend.Observe(ctx, workspace))
	})
	return &pb.ObserveResponse{Ending: encodeEnding(observation.Observation, fault)}, nil
}

// ObserveAccess implements the protocol.
func (s *server) ObserveAccess(ctx context.Context, request *pb.ObserveAccessRequest) (*pb.ObserveAccessResponse, error) {
	workspace := decodeWorkspace(request.GetWorkspace())
	scope, err := decodeScope(request.GetScope())
	if err == nil {
		err = validateScope(scope)
	}
	observation, fault := s.call(ctx, workspace, err, func() (AccessObservation, error) {
		return s.backend.ObserveAccess(ctx, workspace, scope)
	})
	return &pb.ObserveAccessResponse{Ending: encodeAccessEnding(observation, fault)}, nil
}

// Apply implements the protocol.
func (s *server) Apply(request *pb.ApplyRequest, stream grpc.ServerStreamingServer[pb.ApplyResponse]) error {
	changes, err := decodeChanges(request.GetChanges())
	if err == nil {
		err = validateChanges(changes)
	}
	write := writing{workspace: decodeWorkspace(request.GetWorkspace()), changes: len(changes), invalid: err}
	write.outcome = func(outcome *pb.Outcome) error {
		return stream.Send(&pb.ApplyResponse{Step: &pb.ApplyResponse_Outcome{Outcome: outcome}})
	}
	write.ending = func(ending *pb.Ending) error {
		return stream.Send(&pb.ApplyResponse{Step: &pb.ApplyResponse_Ending{Ending: ending}})
	}
	return s.write(stream.Context(), write, func(ctx context.Context, report func(Outcome)) (AccessObservation, error) {
		return onlySeats(s.backend.Apply(ctx, write.workspace, changes, report))
	})
}

// ApplyAccess implements the protocol.
func (s *server) ApplyAccess(request *pb.ApplyAccessRequest, stream grpc.ServerStreamingServer[pb.ApplyAccessResponse]) error {
	changes, err := decodeAccessChanges(request.GetChanges())
	if err == nil {
		err = validateAccessChanges(changes)
	}
	write := writing{workspace: decodeWorkspace(request.GetWorkspace()), changes: len(changes), invalid: err}
	write.outcome = func(outcome *pb.Outcome) error {
		return stream.Send(&pb.ApplyAccessResponse{Step: &pb.ApplyAccessResponse_Outcome{Outcome: outcome}})
	}
	write.ending = func(ending *pb.Ending) error {
		return stream.Send(&pb.ApplyAccessResponse{Step: &pb.ApplyAccessResponse_Ending{Ending: ending}})
	}
	return s.write(stream.Context(), write, func(ctx context.Context, report func(Outcome)) (AccessObservation, error) {
		return s.backend.ApplyAccess(ctx, write.workspace, changes, report)
	})
}

// onlySeats makes an answer about seats one that call takes.
func onlySeats(observation Observation, err error) (AccessObservation, error) {
	return AccessObservation{Observation: observation}, err
}

// writing is a request to change something.
type writing struct {
	workspace Workspace
	// changes is how many there are.
	changes int
	// invalid is what is wrong with them; nil where nothing is.
	invalid error
	// outcome and ending send the parts of the answer.
	outcome func(*pb.Outcome) error
	ending  func(*pb.Ending) error
}

// write runs work, which makes the changes of a request, and sends their outcomes and the end.
func (s *server) write(
	ctx context.Context, asked writing, work func(ctx context.Context, report func(Outcome)) (AccessObservation, error),
) error {
	ctx = WithPermit(ctx, s.standstill.permit())
	workspace := asked.workspace
	report := func(outcome Outcome) {
		outcome.Fault = conceal(outcome.Fault, workspace)
		// A client that is gone cannot be told, and grpc has cancelled ctx then: the backend stops by that.
		if err := asked.outcome(encodeOutcome(outcome)); err != nil {
			s.log.Info("an outcome could not be sent: the manager is gone", "workspace", workspace.ID)
		}
	}
	refuseOld := func() *Fault {
		fault := checkAge(workspace.NotAfter, s.now())
		for index := range asked.changes {
			if fault != nil {
				report(Outcome{Index: index, Result: Failed, Fault: fault})
			}
		}
		return fault
	}
	if fault := refuseOld(); fault != nil {
		return asked.ending(encodeAccessEnding(AccessObservation{}, fault))
	}
	observation, fault := s.call(ctx, workspace, asked.invalid, func() (AccessObservation, error) {
		// It may have waited for its turn for minutes.
		if fault := refuseOld(); fault != nil {
			return AccessObservation{}, fault
		}
		return work(ctx, report)
	})
	return asked.ending(encodeAccessEnding(observation, fault))
}

// checkAge refuses what was decided too long ago.
func checkAge(notAfter, now time.Time) *Fault {
	if notAfter.IsZero() || !now.After(notAfter) {
		return nil
	}
	return Faultf(Unavailable, ReasonTimeout, "the changes reached the browser too late after they were decided; nothing was begun, and they are planned anew")
}

// call checks the request, whose changes or scope may be invalid, waits for its turn, and runs work.
func (s *server) call(
	ctx context.Context, workspace Workspace, invalid error, work func() (AccessObservation, error),
) (AccessObservation, *Fault) {
	if err := cmp.Or(validateWorkspace(workspace), invalid); err != nil {
		return AccessObservation{}, Faultf(InvalidInput, ReasonInvalidRequest, "%v", err)
	}
	leave, err := s.gate.enter(ctx, workspace.ID)
	if err != nil {
		return AccessObservation{}, Faultf(Unavailable, ReasonTimeout, "the browser was busy for as long as this call could wait: %v", err)
	}
	defer leave()
	observation, err := s.survive(workspace.ID, work)
	// The backend may keep its own.
	observation.Faults = maps.Clone(observation.Faults)
	for section, fault := range observation.Faults {
		observation.Faults[section] = conceal(fault, workspace)
	}
	fault := conceal(AsFault(err), workspace)
	if fault != nil {
		// The message stays out: it is for people who may see the workspace.
		trace.SpanFromContext(ctx).SetAttributes(attribute.String("clay.fault.class", string(fault.Class)), attribute.String("clay.fault.reason", fault.Reason))
	}
	return observation, fault
}

// survive runs work and makes a panic a fault. The value of a panic is logged only where the runtime made it: any other may hold
// text of a page.
func (s *server) survive(workspaceID string, work func() (AccessObservation, error)) (observation AccessObservation, err error) {
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
		observation = AccessObservation{}
		err = unanswered(ReasonBrowserUnavailable, "the browser's code panicked; its log has the details")
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
