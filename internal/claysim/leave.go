package claysim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
)

// serve answers on a listener until Leave.
func (s *Server) serve(listener net.Listener) {
	server := &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: headerTimeout,
		// Broken connections are what faults are for: nothing to log.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	// On a connection that was used before, a browser repeats a request whose
	// answer got lost, writes as well. Without reuse every lost answer shows.
	server.SetKeepAlivesEnabled(false)
	s.http = server
	go func() { s.served <- server.Serve(listener) }()
}

// Leave ends every connection and has new ones refused until Return, as a server does that is started anew. The world stays.
func (s *Server) Leave() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return nil
	}
	s.away = true
	err := s.http.Close()
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// Return answers again after Leave, at the same address. It fails if something else listens there by now.
func (s *Server) Return() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", s.Address())
	if err != nil {
		return fmt.Errorf("listen again for the simulator: %w", err)
	}
	s.serve(listener)
	s.away = false
	return nil
}
