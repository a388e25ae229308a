package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	coordinationclient "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
)

const (
	// defaultManagerCheckLimit is longer than a lease lasts, so that a manager which takes over is waited for.
	defaultManagerCheckLimit = time.Minute
	// managerCheckPause is how often the cluster is asked: about as often as a leader renews its lease.
	managerCheckPause = 2 * time.Second
)

type managerCheckOptions struct {
	namespaces              []string
	leaderElectionNamespace string
	timeout                 time.Duration
}

func newManagerCheck() *cobra.Command {
	var options managerCheckOptions
	command := &cobra.Command{
		Use:   "check",
		Short: "Say by the exit code whether the resources are installed and a manager leads",
		Long: `check asks the cluster whether it serves ClayWorkspaces, ClayUsers and ClayGroups, and, with --leader-election-namespace, whether a
manager leads: the lease there has to be renewed while it is looked at. It waits for both, and changes nothing.

It needs to read that lease, and nothing else.`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			cluster, err := ctrl.GetConfig()
			if err != nil {
				return fmt.Errorf("no cluster was found: set KUBECONFIG, or run in a pod (%w)", err)
			}
			cluster.UserAgent = "clay-operator/" + version()
			if err := options.run(command.Context(), cluster, managerCheckPause); err != nil {
				return err
			}
			_, err = fmt.Fprintln(command.OutOrStdout(), options.verdict())
			return err
		},
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.StringVar(&options.leaderElectionNamespace, "leader-election-namespace", "", "`name` of the namespace of the lease; without it no manager is looked for")
	flags.StringSliceVar(&options.namespaces, "namespace", nil, "`name` of a namespace that the manager watches, as it has it (default all)")
	flags.DurationVar(&options.timeout, "timeout", defaultManagerCheckLimit, "`time` after which it is given up")
	return command
}

// verdict says what was found where nothing is amiss.
func (o *managerCheckOptions) verdict() string {
	if o.leaderElectionNamespace == "" {
		return "The cluster serves ClayWorkspaces, ClayUsers and ClayGroups."
	}
	return "The cluster serves ClayWorkspaces, ClayUsers and ClayGroups, and a manager leads."
}

// run waits until all is well. The error says what was still amiss at the end.
func (o *managerCheckOptions) run(ctx context.Context, cluster *rest.Config, pause time.Duration) error {
	cluster.QPS = noClientLimit
	leases, err := coordinationclient.NewForConfig(cluster)
	if err != nil {
		return fmt.Errorf("prepare to ask the cluster: %w", err)
	}
	look := leaseWatch{leases: leases.Leases(o.leaderElectionNamespace), name: leaseOf(o.namespaces)}
	var amiss error
	err = wait.PollUntilContextTimeout(ctx, pause, o.timeout, true, func(ctx context.Context) (bool, error) {
		found := checkDefinitions(ctx, cluster)
		if found == nil && o.leaderElectionNamespace != "" {
			found = look.renewed(ctx)
		}
		// What the end of the time cut off says less than what was found before it.
		if amiss == nil || ctx.Err() == nil {
			amiss = found
		}
		return found == nil, nil
	})
	if err != nil {
		return fmt.Errorf("not within %s: %w", o.timeout, errors.Join(amiss, context.Cause(ctx)))
	}
	return nil
}

// leaseWatch finds out whether somebody renews a lease. It compares the lease with itself, and no time with a clock of its own.
type leaseWatch struct {
	leases coordinationclient.LeaseInterface
	name   string
	// first is the lease as it was seen first, and in the hands of whom.
	first *coordinationv1.Lease
}

// renewed returns nil once the lease was renewed since it was first looked at.
func (w *leaseWatch) renewed(ctx context.Context) error {
	lease, err := w.leases.Get(ctx, w.name, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("read the lease of the managers: %w", err)
	}
	if lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == "" {
		return fmt.Errorf("no manager leads: nobody holds the lease %s", w.name)
	}
	if w.first == nil {
		w.first = lease
	}
	if lease.Spec.RenewTime.Equal(w.first.Spec.RenewTime) {
		return fmt.Errorf("no manager leads: %s holds the lease %s and does not renew it", *lease.Spec.HolderIdentity, w.name)
	}
	return nil
}
