package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
)

// relay hands every connection on to a simulator elsewhere until ctx ends, and closes the listener. The simulator's names end in
// .localhost, which a browser looks for on its own machine: beside a browser in a pod a relay is what it finds there.
func relay(ctx context.Context, listener net.Listener, to string) error {
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	var open sync.WaitGroup
	defer open.Wait()
	for {
		near, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept a connection: %w", err)
		}
		open.Go(func() {
			if err := handOn(ctx, near, to); err != nil {
				fmt.Fprintln(os.Stderr, "claysim:", err)
			}
		})
	}
}

// handOn copies both ways until both sides have ended, or ctx has.
func handOn(ctx context.Context, near net.Conn, to string) error {
	defer func() { _ = near.Close() }()
	far, err := new(net.Dialer).DialContext(ctx, "tcp", to)
	if err != nil {
		return fmt.Errorf("reach the simulator: %w", err)
	}
	defer func() { _ = far.Close() }()
	stop := context.AfterFunc(ctx, func() {
		_ = near.Close()
		_ = far.Close()
	})
	defer stop()
	var both sync.WaitGroup
	for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
		both.Go(func() {
			// A connection that breaks is what the browser sees as well; there is nobody else to tell.
			_, _ = io.Copy(pair[0], pair[1])
			if half, ok := pair[0].(*net.TCPConn); ok {
				_ = half.CloseWrite()
			}
		})
	}
	both.Wait()
	return nil
}
