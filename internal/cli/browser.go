package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/clayweb"
	"github.com/seatwright/clay-operator/internal/sidecar"
	"github.com/seatwright/clay-operator/internal/tracing"
)

const (
	// defaultSocket is where the manifests put the volume that the two containers share.
	defaultSocket = "unix:///run/clay/browser.sock"
	// exitWithParent is the flag of a browser whose parent is a manager.
	exitWithParent = "exit-with-parent"
	// orphanLimit is how long a browser whose parent is gone may take to end: longer than the way down every ladder,
	// because after it nobody is left who would end it.
	orphanLimit = time.Minute
)

type browserOptions struct {
	log            logFlags
	browser        browserFlags
	listen         string
	exitWithParent bool
}

func newBrowser() *cobra.Command {
	var options browserOptions
	command := &cobra.Command{
		Use:   "browser",
		Short: "Work in Clay for a manager, behind a unix socket",
		Long: `browser owns Node.js, the Playwright driver and Chromium, and works in Clay for the manager that calls it over a
unix socket. It has no access to Kubernetes, keeps nothing on disk, and learns a password only inside a call.

A manager without --browser-socket starts this command by itself; in a cluster it runs as a sidecar.

It ends with an error when the self-test fails, or when a frozen browser does not go away even by force: whoever
started it is to start it again.`,
		Example: `  # A browser that several runs of the manager share:
  clay-operator browser --listen=/tmp/clay/browser.sock
  clay-operator manager --browser-socket=/tmp/clay/browser.sock`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			return options.run(command.Context(), command.InOrStdin(), command.ErrOrStderr())
		},
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.StringVar(&options.listen, "listen", defaultSocket, "`address` of the socket, a path or unix:// and a path; only this user can connect")
	options.browser.bind(flags)
	options.log.bind(flags)
	flags.BoolVar(&options.exitWithParent, exitWithParent, false, "end when standard input does")
	// Nobody sets it by hand: the manager does.
	if err := flags.MarkHidden(exitWithParent); err != nil {
		panic(err)
	}
	command.AddCommand(newBrowserCheck())
	return command
}

// checkLimit is how long a healthy browser may take to say so, however busy it is.
const checkLimit = 5 * time.Second

func newBrowserCheck() *cobra.Command {
	var address string
	command := &cobra.Command{
		Use:   "check",
		Short: "Say by the exit code whether a browser serves, for the probes of a pod",
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if _, err := sidecar.SocketPath(address); err != nil {
				return usagef("--listen: %w", err)
			}
			ctx, cancel := context.WithTimeout(command.Context(), checkLimit)
			defer cancel()
			return sidecar.Check(ctx, address)
		},
	}
	command.Flags().StringVar(&address, "listen", defaultSocket, "`address` of the socket on which the browser listens")
	return command
}

func (o *browserOptions) run(ctx context.Context, stdin io.Reader, stderr io.Writer) error {
	handler, err := o.log.handler(stderr)
	if err != nil {
		return err
	}
	if err := o.browser.validate(); err != nil {
		return err
	}
	if _, err := sidecar.SocketPath(o.listen); err != nil {
		return usagef("--listen: %w", err)
	}
	if o.exitWithParent {
		ctx = followParent(ctx, stdin)
		context.AfterFunc(ctx, func() {
			time.AfterFunc(orphanLimit, func() { os.Exit(exitFailure) })
		})
	}
	return o.serve(ctx, slog.New(handler).With("process", "browser"))
}

// serve starts the browser and answers calls until ctx ends. The socket comes last: who can connect finds a browser that works.
func (o *browserOptions) serve(ctx context.Context, log *slog.Logger) error {
	options, err := o.browser.options(log)
	if err != nil {
		return err
	}
	stopTracing, err := tracing.Start(ctx, "clay-operator-browser", version(), log)
	if err != nil {
		return err
	}
	defer stopTracing()
	chromium, err := browser.Start(ctx, options)
	if err != nil {
		return fmt.Errorf("start the browser: %w", err)
	}
	defer chromium.Close()
	if o.browser.selfTest {
		if err := chromium.SelfTest(ctx); err != nil {
			return fmt.Errorf("the browser does not do what is needed: %w", err)
		}
	}
	backend, err := clayweb.New(chromium, log)
	if err != nil {
		return err
	}
	listener, err := sidecar.Listen(o.listen)
	if err != nil {
		return err
	}
	ctx, cancel := endWhen(ctx, chromium.Wedged(), errWedged)
	defer cancel(nil)
	err = sidecar.Serve(ctx, listener, backend, sidecar.ServerOptions{Logger: log, MaxCalls: o.browser.maxSessions, Traced: tracing.Asked()})
	if errors.Is(context.Cause(ctx), errWedged) {
		return errors.Join(errWedged, err)
	}
	return err
}

// errWedged is why a browser ends that no force could free.
var errWedged = errors.New("the browser hangs and does not let go even after it was killed: this process has to be started again")

// endWhen returns a context that ends with a cause when happened is closed.
func endWhen(ctx context.Context, happened <-chan struct{}, cause error) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-happened:
			cancel(cause)
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// errOrphaned is why a browser ends whose parent is gone.
var errOrphaned = errors.New("the manager that started this browser is gone")

// followParent returns a context that ends when stdin does: a parent holds the other end, however it dies.
func followParent(ctx context.Context, stdin io.Reader) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		// Nobody writes to it; an error of reading is the end of it too.
		_, _ = io.Copy(io.Discard, stdin)
		cancel(errOrphaned)
	}()
	return ctx
}
