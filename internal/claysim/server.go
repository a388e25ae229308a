package claysim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	appHost = "app.clay.localhost"
	apiHost = "api.clay.localhost"
	// controlHost names the control surface; every host that is not Clay's reaches it.
	controlHost = "127.0.0.1"

	// freePort is where a server listens that was given no address.
	freePort = "127.0.0.1:0"
	// headerTimeout bounds how long a silent connection is kept.
	headerTimeout = 10 * time.Second
)

// Server is a running simulator. Its methods may be called at any moment and
// from any goroutine.
type Server struct {
	world    *world
	listener net.Listener
	http     *http.Server
	served   chan error
	// stopMail ends the goroutine that hands over e-mails, and mailed tells that it has ended.
	stopMail context.CancelFunc
	mailed   chan struct{}

	mu      sync.Mutex
	variant Variant
	// away is true between Leave and Return.
	away bool
}

// Start runs a simulator until Close. It fails if it cannot listen or if the
// seed contradicts itself.
func Start(options Options) (*Server, error) {
	if options.Address == "" {
		options.Address = freePort
	}
	variant := VariantCurrent()
	if options.Variant != nil {
		variant = *options.Variant
	}
	if options.Version != "" {
		variant.Version = options.Version
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", options.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for the simulator: %w", err)
	}
	s := &Server{listener: listener, served: make(chan error, 1), mailed: make(chan struct{}), variant: variant}
	if s.world, err = newWorld(options, s.AppURL()); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.serve(listener)
	mailing, stop := context.WithCancel(context.Background())
	s.stopMail = stop
	go func() {
		defer close(s.mailed)
		if options.OnMail != nil {
			s.world.deliver(mailing, options.OnMail)
		}
	}()
	return s, nil
}

// Close ends the server and every request in flight.
func (s *Server) Close() error {
	s.world.faults.clear()
	err := s.Leave()
	s.stopMail()
	<-s.mailed
	return err
}

// origin is the URL of a host on the server's port.
func (s *Server) origin(host string) string {
	_, port, err := net.SplitHostPort(s.Address())
	if err != nil {
		panic(err) // A TCP listener's address has a port.
	}
	return "http://" + net.JoinHostPort(host, port)
}

// AppURL is the origin of the pages, without a slash at the end.
func (s *Server) AppURL() string { return s.origin(appHost) }

// APIURL is the origin of the pages' traffic, without a slash at the end.
func (s *Server) APIURL() string { return s.origin(apiHost) }

// ControlURL is the control surface, for a person's browser and for programs.
func (s *Server) ControlURL() string { return s.origin(controlHost) + "/_sim/" }

// Address is the host and port that the server listens on.
func (s *Server) Address() string { return s.listener.Addr().String() }

// State is a copy of everything at this moment.
func (s *Server) State() State {
	state, _ := s.world.state()
	return state
}

// Workspace is a copy of one workspace; the zero value if there is none.
func (s *Server) Workspace(id int) WorkspaceState { return s.State().Workspace(id) }

// Outbox are the e-mails sent so far, oldest first.
func (s *Server) Outbox() []Mail { return s.State().Outbox }

// Journal are the writes done and refused so far, oldest first.
func (s *Server) Journal() []Entry { return s.State().Journal }

// Counters say what was asked of the server since the last reset.
func (s *Server) Counters() Counters { return s.State().Counters }

// ResetCounters sets all counters to zero.
func (s *Server) ResetCounters() {
	s.world.count(func(c *Counters) { *c = newCounters() })
}

// Wait returns nil as soon as reached holds, and an error when ctx ends first.
// It looks again after every change, counters included.
func (s *Server) Wait(ctx context.Context, reached func(State) bool) error {
	return s.world.wait(ctx, reached)
}

// AcceptInvitation does what the invited person does with the newest e-mail:
// follow the link and join. It fails if nothing is pending or the link expired.
func (s *Server) AcceptInvitation(email string) error { return s.world.acceptNewest(email) }

// AddAccount lets somebody sign in. An account with the address gets the new
// password, name and method.
func (s *Server) AddAccount(seed Account) { s.world.setAccount(seed) }

// AddWorkspace adds a workspace to the world. It fails if the seed contradicts itself.
func (s *Server) AddWorkspace(seed Workspace) error {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	defer s.world.notifyLocked()
	return s.world.seedWorkspaceLocked(seed)
}

// ApprovePush does what the person with the phone does: it lets the log-in of the
// account go on. It fails if no page of an identity provider waits for it.
func (s *Server) ApprovePush(email string) error { return s.world.approvePush(email) }

// ClearSecurityChecks does what a person does who passes the security check that
// an account was led to, of all accounts without an address: sessions that wait go
// on, and the next log-in goes through.
func (s *Server) ClearSecurityChecks(emails ...string) { s.world.clearSecurityChecks(emails...) }

// Unlock lets an account try passwords again that had five wrong ones in a row
// at its identity provider. It fails if there is no such account.
func (s *Server) Unlock(email string) error { return s.world.unlock(email) }

// EndSessions signs everybody out, at the identity providers as well; their next call gets 401.
func (s *Server) EndSessions() { s.world.endSessions() }

// Inject switches a fault on and returns the id that ClearFaults takes.
func (s *Server) Inject(fault Fault) int { return s.world.faults.add(fault) }

// ClearFaults switches off the faults with the ids, all of them without an id.
func (s *Server) ClearFaults(ids ...int) { s.world.faults.clear(ids...) }

// Faults are the faults that are switched on, spent ones included.
func (s *Server) Faults() []ActiveFault { return s.world.faults.list() }

// Variant is the look that the next document load gets.
func (s *Server) Variant() Variant {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.variant
}

// SetVariant changes the look from the next document load on.
func (s *Server) SetVariant(variant Variant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.variant = variant
}

// SetVersion ships a new build that looks the same: GET /v3 tells the version from now on.
func (s *Server) SetVersion(version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.variant.Version = version
}

// handler parts the hosts.
func (s *Server) handler() http.Handler {
	app, api, control := s.appHandler(), s.apiHandler(), s.controlHandler()
	signIn := map[string]http.Handler{}
	for _, provider := range IdentityProviders() {
		signIn[providers[provider].host] = s.providerHandler(provider)
	}
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		host, _, err := net.SplitHostPort(in.Host)
		if err != nil {
			host = in.Host
		}
		switch provider := signIn[host]; {
		case host == appHost:
			app.ServeHTTP(out, in)
		case host == apiHost:
			api.ServeHTTP(out, in)
		case provider != nil:
			provider.ServeHTTP(out, in)
		default:
			control.ServeHTTP(out, in)
		}
	})
}
