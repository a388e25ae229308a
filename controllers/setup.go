package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// DefaultInvitationLifetime is the age at which an invitation counts as lapsed and is sent anew. Clay says that its links
// expire and not when; a week is a common term, and one that a person on leave may well need.
const DefaultInvitationLifetime = 7 * 24 * time.Hour

// Options are what the controllers need from the process that runs them.
type Options struct {
	// Backend reads and writes Clay. Required.
	Backend sidecar.Backend
	// ConcurrentWorkspaces is how many workspaces are worked on at a time; zero means defaultConcurrentWorkspaces.
	ConcurrentWorkspaces int
	// AllowInsecureAppURL accepts http for any host in spec.appURL, and not only for this machine.
	AllowInsecureAppURL bool
	// InvitationLifetime is the age at which an invitation that nobody accepted is sent anew; zero means DefaultInvitationLifetime.
	InvitationLifetime time.Duration
	// ExpiryWarning is how long before spec.expiresAt a ClayUser tells of it; zero means DefaultExpiryWarning.
	ExpiryWarning time.Duration
	// Trail keeps the records of what is done in Clay, and pictures of pages that were not as expected. Required.
	Trail Trail
	// EvidenceAlways asks for a picture after every writing, not only on a fault.
	EvidenceAlways bool

	// registry is where the metrics go; nil means where controller-runtime's own are.
	registry prometheus.Registerer
	// timing is what tests make shorter; the zero value stands for the constants.
	timing timing
}

// timing holds the durations that a test cannot wait for.
type timing struct {
	now      func() time.Time
	settle   time.Duration
	burst    time.Duration
	soon     time.Duration
	cooldown time.Duration
}

const (
	// defaultConcurrentWorkspaces is how many browser sessions a small node carries at once: a page of Clay takes about
	// 300 MB.
	defaultConcurrentWorkspaces = 4
	// concurrentUsers is how many ClayUsers are reconciled at a time. They wait for the API server and for nothing else: at
	// some ten milliseconds a write, ten thousand new ClayUsers with two writes each take less than a minute.
	concurrentUsers = 10
	// settleTime is how long no ClayUser may have changed before the workspace has its pass, so that all manifests of one `kubectl
	// apply` are in one: ten times what lies between two of them. burstTime is how long that may put the pass off.
	settleTime = 500 * time.Millisecond
	burstTime  = 5 * time.Second
	// soonTime is how long a workspace rests between two passes where the first left something to do.
	soonTime = time.Second
	// invitationCooldown is how long an invitation that may have been sent is given to appear in Clay's list.
	invitationCooldown = 30 * time.Second
	// firstBackoff and lastBackoff bound the pauses between attempts that fail: a hiccup costs a second, an outage costs
	// four log-in pages an hour.
	firstBackoff = time.Second
	lastBackoff  = 15 * time.Minute
)

// The indexes of the cache.
const (
	indexUserWorkspace   = "spec.workspaceRef.name"
	indexGroupsWorkspace = "spec.workspaceRef.name"
	indexGroupMember     = "spec.members.name"
	indexWorkspaceSecret = "secrets"
	indexWorkspaceInClay = "spec.workspaceID"
)

// Setup adds the controllers to a manager.
func Setup(mgr ctrl.Manager, options Options) error {
	if options.Trail == nil {
		return errors.New("Options.Trail is missing: nothing is done in Clay without a record")
	}
	options.timing = options.timing.withDefaults()
	if options.registry == nil {
		options.registry = ctrlmetrics.Registry
	}
	if err := addIndexes(mgr); err != nil {
		return err
	}
	snapshots := newStore()
	counters := newMetrics()
	err := counters.register(options.registry, &collector{snapshots: snapshots, now: options.timing.now},
		&standings{snapshots: snapshots, users: mgr.GetClient(), now: options.timing.now})
	if err != nil {
		return err
	}
	if err := newWorkspaceReconciler(mgr, snapshots, counters, options).setup(mgr, options.ConcurrentWorkspaces); err != nil {
		return fmt.Errorf("set up the controller of ClayWorkspaces: %w", err)
	}
	if err := newUserReconciler(mgr, snapshots, options).setup(mgr); err != nil {
		return fmt.Errorf("set up the controller of ClayUsers: %w", err)
	}
	if err := newGroupReconciler(mgr, snapshots, options).setup(mgr); err != nil {
		return fmt.Errorf("set up the controller of ClayGroups: %w", err)
	}
	return nil
}

func (t timing) withDefaults() timing {
	if t.now == nil {
		t.now = time.Now
	}
	if t.settle == 0 {
		t.settle = settleTime
	}
	if t.burst == 0 {
		t.burst = burstTime
	}
	if t.soon == 0 {
		t.soon = soonTime
	}
	if t.cooldown == 0 {
		t.cooldown = invitationCooldown
	}
	return t
}

func addIndexes(mgr ctrl.Manager) error {
	ctx := context.Background()
	indexer := mgr.GetFieldIndexer()
	if err := indexer.IndexField(ctx, &clayv1alpha1.ClayUser{}, indexUserWorkspace, func(object client.Object) []string {
		user, is := object.(*clayv1alpha1.ClayUser)
		if !is {
			return nil
		}
		return []string{user.Spec.WorkspaceRef.Name}
	}); err != nil {
		return fmt.Errorf("index ClayUsers by workspace: %w", err)
	}
	if err := indexGroups(ctx, indexer); err != nil {
		return fmt.Errorf("index ClayGroups: %w", err)
	}
	if err := indexer.IndexField(ctx, &clayv1alpha1.ClayWorkspace{}, indexWorkspaceSecret, func(object client.Object) []string {
		workspace, is := object.(*clayv1alpha1.ClayWorkspace)
		if !is {
			return nil
		}
		return []string{workspace.Spec.Login.SecretRef.Name, SessionSecretName(workspace.Name)}
	}); err != nil {
		return fmt.Errorf("index ClayWorkspaces by Secret: %w", err)
	}
	if err := indexer.IndexField(ctx, &clayv1alpha1.ClayWorkspace{}, indexWorkspaceInClay, func(object client.Object) []string {
		workspace, is := object.(*clayv1alpha1.ClayWorkspace)
		if !is {
			return nil
		}
		return []string{placeInClay(workspace)}
	}); err != nil {
		return fmt.Errorf("index ClayWorkspaces by the workspace in Clay: %w", err)
	}
	if err := indexLocators(ctx, indexer); err != nil {
		return fmt.Errorf("index ClayWorkspaces by ConfigMap: %w", err)
	}
	return nil
}

// newLimiter makes the pauses between attempts that fail.
func newLimiter() workqueue.TypedRateLimiter[reconcile.Request] {
	return workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstBackoff, lastBackoff)
}
