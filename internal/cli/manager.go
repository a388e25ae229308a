package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/seatwright/clay-operator/controllers"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/sidecar"
	"github.com/seatwright/clay-operator/internal/tracing"
)

func newManager() *cobra.Command {
	var options managerOptions
	command := &cobra.Command{
		Use:   "manager",
		Short: "Reconcile ClayWorkspaces, ClayUsers and ClayGroups",
		Long: `manager watches ClayWorkspaces, ClayUsers and ClayGroups and makes Clay agree with them.

It uses the cluster of $KUBECONFIG or of your kubeconfig, and the pod's own in a cluster. The resource definitions must be
installed there. It starts a browser of its own unless --browser-socket names one.`,
		Example: `  # Against the cluster of your kubeconfig, with a browser of its own:
  clay-operator manager

  # In a pod, with the browser in a sidecar:
  clay-operator manager --browser-socket=/run/clay/browser.sock`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := options.validate(command); err != nil {
				return err
			}
			handler, err := options.log.handler(command.ErrOrStderr())
			if err != nil {
				return err
			}
			return options.run(command.Context(), handler, command.ErrOrStderr(), changedFlags(command.Flags()))
		},
	}
	flags := command.Flags()
	flags.SortFlags = false
	options.bind(flags)
	command.AddCommand(newManagerCheck())
	return command
}

// run puts the manager together and runs it until ctx ends.
func (o *managerOptions) run(ctx context.Context, handler slog.Handler, stderr io.Writer, browserArguments []string) error {
	logger := logr.FromSlogHandler(handler)
	ctrl.SetLogger(logger)
	klog.SetLogger(logger)
	log := slog.New(handler)

	stopTracing, err := tracing.Start(ctx, "clay-operator", version(), log)
	if err != nil {
		return err
	}
	defer stopTracing()
	mgr, err := newControllerManager(ctx, o)
	if err != nil {
		return err
	}
	trail, err := o.openTrail(ctx, log)
	if err != nil {
		return err
	}
	address, stopBrowser, err := o.startBrowser(log, stderr, browserArguments)
	if err != nil {
		return errors.Join(err, trail.Close())
	}
	client, err := dialBrowser(address)
	if err != nil {
		return errors.Join(err, stopBrowser(), trail.Close())
	}
	err = controllers.Setup(mgr, controllers.Options{
		Backend:              client,
		ConcurrentWorkspaces: o.concurrentWorkspaces,
		AllowInsecureAppURL:  o.allowInsecureAppURL,
		InvitationLifetime:   o.invitationLifetime,
		ExpiryWarning:        o.expiryWarning,
		Trail:                trail,
		EvidenceAlways:       o.evidence == evidenceAlways,
	})
	if err == nil {
		err = mgr.Add(trail)
	}
	if err == nil {
		log.Info("the manager starts", "version", version(), "browser", address)
		err = o.lead(ctx, mgr)
	}
	return errors.Join(err, client.Close(), stopBrowser(), trail.Close())
}

// dialBrowser prepares the connection to the browser, whose losses are counted.
func dialBrowser(address string) (*sidecar.Client, error) {
	restarts := newBrowserRestarts()
	if err := replace(ctrlmetrics.Registry, restarts); err != nil {
		return nil, fmt.Errorf("register the metrics of the browser: %w", err)
	}
	return sidecar.DialWith(address, sidecar.ClientOptions{OnLoss: restarts.Inc, Traced: tracing.Asked()})
}

// openTrail opens the audit store.
func (o *managerOptions) openTrail(ctx context.Context, log *slog.Logger) (*audit.Trail, error) {
	counters, err := newAuditMetrics(ctrlmetrics.Registry)
	if err != nil {
		return nil, err
	}
	// In a pod this is the pod's name. Without a name, the version still says what wrote a record.
	host, _ := os.Hostname()
	trail, err := audit.Open(ctx, o.audit.store, audit.Options{
		Operator:          audit.Operator{Version: version(), Host: host},
		Retention:         o.audit.retention,
		EvidenceRetention: o.audit.evidenceRetention,
		EvidenceURL:       o.audit.evidenceURL,
		Logger:            log,
		Count:             counters.count,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: name another store with --audit-store", err)
	}
	return trail, nil
}

// errStoodStill is why a manager ends that another one may have taken over from.
var errStoodStill = errors.New("this process stood still for longer than its lease lasts, and another manager may lead by now: it has to be started again")

// lead runs the controllers until ctx ends. A manager that may lose its lease ends when it wakes up from a standstill: what it knows is
// old, and to learn by the lease that it leads no more would take it another ten seconds.
func (o *managerOptions) lead(ctx context.Context, mgr ctrl.Manager) error {
	if !o.leaderElect {
		return mgr.Start(ctx)
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	ctx, cancel := endWhen(ctx, sidecar.WatchStandstill(watching).Noticed(), errStoodStill)
	defer cancel(nil)
	err := mgr.Start(ctx)
	if errors.Is(context.Cause(ctx), errStoodStill) {
		return errors.Join(errStoodStill, err)
	}
	return err
}

// startBrowser returns the address of the browser, and what ends it if it is the manager's own. It runs beside the controllers' manager and
// not in it, so that it is still there for their last calls.
func (o *managerOptions) startBrowser(log *slog.Logger, stderr io.Writer, arguments []string) (address string, stop func() error, err error) {
	if o.browserSocket != "" {
		return o.browserSocket, func() error { return nil }, nil
	}
	executable, err := os.Executable()
	if err != nil {
		return "", nil, fmt.Errorf("find the program to start the browser with: %w", err)
	}
	process, err := sidecar.NewProcess(sidecar.ProcessOptions{
		Logger: log,
		Command: func(address string) *exec.Cmd {
			//nolint:noctx // The process ends it, in an order of its own.
			command := exec.Command(executable, o.browserCommand(address, arguments)...)
			// Under the name of the plugin it would have no command that is a browser.
			command.Args[0] = programName
			command.Stdout, command.Stderr = stderr, stderr
			return command
		},
	})
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- process.Start(ctx) }()
	return process.Address(), func() error {
		cancel()
		return <-ended
	}, nil
}

// browserCommand returns the arguments of the browser that the manager starts.
func (o *managerOptions) browserCommand(address string, arguments []string) []string {
	command := []string{"browser", "--listen=" + address, "--" + exitWithParent}
	return append(append(command, o.log.arguments()...), arguments...)
}
