package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// scripted stands in for the browser: it answers at once, from memory, that every workspace is as its manifests ask. It
// serves the same socket as the browser does, so that the operator does all that it does otherwise.
type scripted struct {
	// members by the id of the workspace; not changed once it serves.
	members map[string][]seat.Member
	// reads counts readings, and writes what the operator wanted to change.
	reads, writes atomic.Int64
}

// Observe implements sidecar.Backend.
func (s *scripted) Observe(_ context.Context, workspace sidecar.Workspace) (sidecar.Observation, error) {
	s.reads.Add(1)
	return sidecar.Observation{
		Inventory: seat.Inventory{
			WorkspaceID: workspace.ID, Members: s.members[workspace.ID], Complete: true, Source: seat.SourceTraffic,
			ReadAt: time.Now(), Account: accountEmail, Plan: "enterprise", ClayVersion: "scripted",
		},
		// A session that stays, so that no pass has to count a log-in.
		Session: sidecar.Session("scripted"),
		Usage:   sidecar.Usage{PageLoads: 1},
	}, nil
}

// Apply implements sidecar.Backend. Nothing should call it.
func (s *scripted) Apply(
	_ context.Context, _ sidecar.Workspace, changes []seat.Change, _ func(sidecar.Outcome),
) (sidecar.Observation, error) {
	s.writes.Add(int64(len(changes)))
	return sidecar.Observation{}, sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonRefused, "the benchmark has nothing to change")
}

// serve answers on a socket until stop is called.
func (s *scripted) serve(ctx context.Context) (address string, stop func() error, err error) {
	directory, err := os.MkdirTemp("", "clay-bench-")
	if err != nil {
		return "", nil, fmt.Errorf("make a directory for the socket: %w", err)
	}
	address = "unix://" + filepath.Join(directory, "browser.sock")
	var listener net.Listener
	if listener, err = sidecar.Listen(address); err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(directory))
	}
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- sidecar.Serve(ctx, listener, s, sidecar.ServerOptions{}) }()
	return address, func() error {
		cancel()
		return errors.Join(<-served, os.RemoveAll(directory))
	}, nil
}
