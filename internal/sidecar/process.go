package sidecar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// startLimit is how long a child may take until it is healthy: the start of Node.js and Chromium and the self-test, on
	// a slow and busy machine.
	startLimit = 2 * time.Minute
	// endLimit is how long a child may take to end when it is asked to, before it is killed: closing a browser that still
	// answers takes a second or two.
	endLimit = 10 * time.Second
	// The pauses between two lives of a child double from the first to the last. A child that lived longer than the last
	// starts again with the first.
	firstPause = time.Second
	lastPause  = time.Minute
	// outputLimit is how long the output of a child that ended is still copied, where a grandchild holds it open.
	outputLimit = time.Second
	// socketName is the name of the socket in the private directory.
	socketName = "browser.sock"
	// temporaryName is the name of the child's own directory for temporary files, in the private directory. Everything that the
	// child starts can be known by it.
	temporaryName = "tmp"
	temporaryMode = 0o700
)

// ProcessOptions are the choices of NewProcess.
type ProcessOptions struct {
	// Command makes the command that serves a Backend at the address, with its arguments, environment and output. It
	// must end when its standard input does. It is called once for every life of the child.
	Command func(address string) *exec.Cmd
	// Logger gets the starts and ends of the child; nil discards them.
	Logger *slog.Logger
}

// Process runs a sidecar as a child of this process, and starts it again when it ends: the child is crash-only, and its end is the
// way out of every state that it cannot mend.
//
// It can run in every replica, leader or not: a standby that has a browser takes over without a wait, and a browser that
// cannot start shows in its log before it is needed. It has to outlive the controllers, as a native sidecar outlives the
// container that it serves, so that their last calls can end; therefore it is not added to a controller-runtime manager,
// which ends its runnables before the controllers.
type Process struct {
	command      func(address string) *exec.Cmd
	log          *slog.Logger
	directory    string
	firstPause   time.Duration
	currentChild atomic.Int64
}

// NewProcess makes the private directory in which the child's socket and temporary files lie. Start removes it at its end.
func NewProcess(options ProcessOptions) (*Process, error) {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	directory, err := os.MkdirTemp("", "clay-operator-browser-")
	if err != nil {
		return nil, fmt.Errorf("make a private directory for the browser: %w", err)
	}
	p := &Process{command: options.Command, log: options.Logger, directory: directory, firstPause: firstPause}
	if _, err := SocketPath(p.Address()); err != nil {
		return nil, errors.Join(err, os.Remove(directory))
	}
	return p, nil
}

// Address is where the child listens, for Dial.
func (p *Process) Address() string { return unixScheme + filepath.Join(p.directory, socketName) }

// PID returns the process id of the child that runs now, or 0.
func (p *Process) PID() int { return int(p.currentChild.Load()) }

// Start runs the child, again and again, until ctx ends; then it ends the child and everything that the child started. It returns
// nil after such an end.
func (p *Process) Start(ctx context.Context) error {
	pause := p.firstPause
	for ctx.Err() == nil {
		born := time.Now()
		err := p.live(ctx)
		if ctx.Err() != nil {
			break
		}
		if time.Since(born) > lastPause {
			pause = p.firstPause
		}
		p.log.Error("the browser process ended and is started again", "error", err, "pause", pause)
		rest(ctx, pause)
		pause = min(2*pause, lastPause)
	}
	if err := os.RemoveAll(p.directory); err != nil {
		return fmt.Errorf("remove the private directory of the browser: %w", err)
	}
	return nil
}

// live is one life of the child, from its start to the end of all that it started.
func (p *Process) live(ctx context.Context) error {
	temporary := filepath.Join(p.directory, temporaryName)
	if err := errors.Join(os.RemoveAll(temporary), os.Mkdir(temporary, temporaryMode)); err != nil {
		return fmt.Errorf("make a directory for temporary files: %w", err)
	}
	born, err := p.spawn(temporary)
	if err != nil {
		return err
	}
	p.currentChild.Store(int64(born.cmd.Process.Pid))
	p.log.Info("the browser process started", "pid", born.cmd.Process.Pid)

	watching, cancel := context.WithCancel(ctx)
	unhealthy := make(chan error, 1)
	go func() {
		unhealthy <- watch(watching, p.Address(), func() { p.log.Info("the browser process is ready") })
	}()
	select {
	case <-born.ended:
		err = errors.New("it ended by itself")
		cancel()
		<-unhealthy //nolint:errcheck // What the watch says now is a consequence.
	case err = <-unhealthy:
		cancel()
	}
	born.end(temporary)
	p.currentChild.Store(0)
	return fmt.Errorf("%w: %w", err, born.exit())
}

// child is one process that runs.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer
	ended chan struct{}
	err   error
}

// spawn starts the command in a process group of its own, so that a signal from the terminal reaches this process alone and the whole
// group can be killed, with a standard input that ends when this process does, however that dies.
func (p *Process) spawn(temporary string) (*child, error) {
	cmd := p.command(p.Address())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Env = append(cmd.Environ(), "TMPDIR="+temporary)
	cmd.WaitDelay = outputLimit
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("prepare the browser process: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the browser process: %w", err)
	}
	born := &child{cmd: cmd, stdin: stdin, ended: make(chan struct{})}
	go func() {
		born.err = cmd.Wait()
		close(born.ended)
	}()
	return born, nil
}

// exit returns how the child ended. It may be called when ended is closed.
func (c *child) exit() error {
	if c.err != nil {
		return c.err
	}
	return errors.New("exit status 0")
}

// end asks the child to end, by closing its standard input, and kills what is left of it and of what it started.
func (c *child) end(temporary string) {
	// An error means that the pipe is closed already, which is all that is wanted.
	_ = c.stdin.Close()
	ctx, cancel := context.WithTimeout(context.Background(), endLimit)
	defer cancel()
	select {
	case <-c.ended:
	case <-ctx.Done():
	}
	// An error means that nothing is left.
	_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
	<-c.ended
	sweep(temporary)
}

// rest waits for a time, or until ctx ends.
func rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
