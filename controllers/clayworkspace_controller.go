package controllers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/notify"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// +kubebuilder:rbac:groups=clay.seatwright.dev,resources=clayworkspaces,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=clay.seatwright.dev,resources=clayworkspaces/status,verbs=update
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch;create;update
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// ClayWorkspaceReconciler makes the passes.
type ClayWorkspaceReconciler struct {
	client client.Client
	// reader reads past the cache: a pass rests on the status that the last one wrote, and on credentials that nobody
	// should find in a cache.
	reader client.Reader
	// metadata reads the metadata of Secrets from the cache.
	metadata  client.Reader
	backend   sidecar.Backend
	events    events
	metrics   *metrics
	snapshots *store
	memories  memories
	bursts    bursts
	saves     saves
	// announcing is held while a log-in is counted: those who share an account must see each other's.
	announcing sync.Mutex
	// backoff times the attempts after a failure. It is not the queue's own, because a ClayUser that changes meanwhile
	// must not cut the pause short.
	backoff workqueue.TypedRateLimiter[reconcile.Request]
	timing  timing
	// sender tells people that they are needed.
	sender *notify.Sender
	// writer names this process in what it announces.
	writer string

	allowInsecureAppURL bool
	invitationLifetime  time.Duration
	trail               Trail
	// evidenceAlways is true where one is kept after every writing too.
	evidenceAlways bool
}

func newWorkspaceReconciler(mgr ctrl.Manager, snapshots *store, counters *metrics, options Options) *ClayWorkspaceReconciler {
	return &ClayWorkspaceReconciler{
		client:              mgr.GetClient(),
		reader:              mgr.GetAPIReader(),
		metadata:            mgr.GetCache(),
		backend:             options.Backend,
		events:              newEvents(mgr),
		sender:              newSender(counters, newEvents(mgr)),
		metrics:             counters,
		snapshots:           snapshots,
		backoff:             newLimiter(),
		timing:              options.timing,
		writer:              string(uuid.NewUUID()),
		allowInsecureAppURL: options.AllowInsecureAppURL,
		invitationLifetime:  cmp.Or(options.InvitationLifetime, DefaultInvitationLifetime),
		trail:               options.Trail,
		evidenceAlways:      options.EvidenceAlways,
	}
}

func (r *ClayWorkspaceReconciler) setup(mgr ctrl.Manager, concurrent int) error {
	if concurrent <= 0 {
		concurrent = defaultConcurrentWorkspaces
	}
	if err := mgr.Add(r.sender); err != nil {
		return fmt.Errorf("add the sender of notices: %w", err)
	}
	return ctrl.NewControllerManagedBy(mgr).
		For(&clayv1alpha1.ClayWorkspace{}, builder.WithPredicates(asked)).
		Watches(&clayv1alpha1.ClayWorkspace{}, handler.EnqueueRequestsFromMapFunc(r.rivals), builder.WithPredicates(asked)).
		Watches(&clayv1alpha1.ClayUser{}, r.userHandler(), builder.WithPredicates(asked)).
		Watches(&clayv1alpha1.ClayGroup{}, r.groupHandler(), builder.WithPredicates(asked)).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.workspacesOfSecret),
			builder.WithPredicates(predicate.ResourceVersionChangedPredicate{}, r.fromOthers())).
		WatchesMetadata(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(r.workspacesOfConfigMap),
			builder.WithPredicates(predicate.ResourceVersionChangedPredicate{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrent, RateLimiter: newLimiter()}).
		Complete(r)
}

// Reconcile makes one pass.
func (r *ClayWorkspaceReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	if wait := r.bursts.wait(request.NamespacedName, r.timing.now(), r.timing); wait > 0 {
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	workspace := &clayv1alpha1.ClayWorkspace{}
	if err := r.reader.Get(ctx, request.NamespacedName, workspace); err != nil {
		if apierrors.IsNotFound(err) {
			return ctrl.Result{}, r.forget(ctx, request.NamespacedName)
		}
		return ctrl.Result{}, fmt.Errorf("read the ClayWorkspace: %w", err)
	}
	p := &pass{
		ClayWorkspaceReconciler: r,
		key:                     request.NamespacedName,
		workspace:               workspace,
		memory:                  r.memories.open(workspace),
	}
	p.memory.notice(workspace.Status.Operation, r.writer, r.timing.now())
	if gone, err := p.keepFinalizer(ctx); gone || err != nil {
		return ctrl.Result{}, err
	}
	p.before = workspace.Status.DeepCopy()
	p.found = p.before
	ctx, span := beginSpan(ctx, p.key)
	defer span.End()
	started := r.timing.now()
	err := p.run(ctx)
	tried := err
	if p.work.held {
		tried = nil // seats were seen to, and access was not tried
	}
	r.metrics.passed(tried, p.held, r.timing.now().Sub(started))
	p.annotate(span, tried)
	return p.finish(ctx, err)
}

// keepFinalizer puts the finalizer on a new workspace, and takes it from a deleted one that no ClayUser needs any more.
// It reports whether the workspace may go, with which it is none of the operator's business.
func (p *pass) keepFinalizer(ctx context.Context) (gone bool, err error) {
	deleting := !p.workspace.DeletionTimestamp.IsZero()
	if deleting {
		users, err := p.usersOf(ctx, p.key)
		if err != nil || len(namesOf(users)) > 0 {
			return false, err
		}
	}
	base := p.workspace.DeepCopy()
	change := controllerutil.AddFinalizer
	if deleting {
		change = controllerutil.RemoveFinalizer
	}
	if !change(p.workspace, clayv1alpha1.FinalizerUsers) {
		return deleting, nil
	}
	patch := client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{})
	if err := p.client.Patch(ctx, p.workspace, patch); err != nil {
		return false, client.IgnoreNotFound(fmt.Errorf("change the finalizer: %w", err))
	}
	return deleting, nil
}

// forget drops what is known of a workspace that is no more.
func (r *ClayWorkspaceReconciler) forget(ctx context.Context, key types.NamespacedName) error {
	users, err := r.usersOf(ctx, key)
	if err != nil {
		return err
	}
	r.memories.forget(key)
	r.bursts.forget(key)
	r.saves.forget(key)
	r.snapshots.forget(key, users)
	r.backoff.Forget(reconcile.Request{NamespacedName: key})
	return nil
}

// usersOf takes a workspace's ClayUsers from the cache, without a copy: they must not be changed.
func (r *ClayWorkspaceReconciler) usersOf(ctx context.Context, key types.NamespacedName) ([]clayv1alpha1.ClayUser, error) {
	users := &clayv1alpha1.ClayUserList{}
	if err := r.client.List(ctx, users, client.InNamespace(key.Namespace),
		client.MatchingFields{indexUserWorkspace: key.Name}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list the ClayUsers of %s: %w", key, err)
	}
	return users.Items, nil
}

// userHandler wakes a workspace a little after one of its ClayUsers has changed. Those that exist when the operator
// starts wake nobody: every workspace has its pass then anyway.
func (r *ClayWorkspaceReconciler) userHandler() handler.EventHandler {
	settle := func(queue workqueue.TypedRateLimitingInterface[reconcile.Request], object client.Object) {
		if user, is := object.(*clayv1alpha1.ClayUser); is {
			r.bursts.note(workspaceKey(user), r.timing.now())
			queue.AddAfter(reconcile.Request{NamespacedName: workspaceKey(user)}, r.timing.settle)
		}
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, created createEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			if !created.IsInInitialList {
				settle(queue, created.Object)
			}
		},
		UpdateFunc: func(_ context.Context, updated updateEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			settle(queue, updated.ObjectNew)
		},
		DeleteFunc: func(ctx context.Context, deleted deleteEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			if user, is := deleted.Object.(*clayv1alpha1.ClayUser); is && r.missesDeleted(ctx, user) {
				settle(queue, user)
			}
		},
	}
}

// missesDeleted says whether a ClayUser that is no more makes a difference: one whose seat went before it makes none,
// unless the workspace waits to follow.
func (r *ClayWorkspaceReconciler) missesDeleted(ctx context.Context, user *clayv1alpha1.ClayUser) bool {
	if user.RetainsSeat() {
		return true
	}
	workspace := &clayv1alpha1.ClayWorkspace{}
	if err := r.client.Get(ctx, workspaceKey(user), workspace); err != nil {
		return !apierrors.IsNotFound(err)
	}
	return !workspace.DeletionTimestamp.IsZero()
}

// workspacesOfSecret finds the workspaces that sign in with a Secret, or keep their session in it.
func (r *ClayWorkspaceReconciler) workspacesOfSecret(ctx context.Context, secret client.Object) []reconcile.Request {
	workspaces := &clayv1alpha1.ClayWorkspaceList{}
	if err := r.client.List(ctx, workspaces, client.InNamespace(secret.GetNamespace()),
		client.MatchingFields{indexWorkspaceSecret: secret.GetName()}, client.UnsafeDisableDeepCopy); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "cannot list the ClayWorkspaces that use a Secret", "secret", secret.GetName())
		return nil
	}
	requests := make([]reconcile.Request, 0, len(workspaces.Items))
	for i := range workspaces.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&workspaces.Items[i])})
	}
	return requests
}

func workspaceKey(user *clayv1alpha1.ClayUser) types.NamespacedName {
	return types.NamespacedName{Namespace: user.Namespace, Name: user.Spec.WorkspaceRef.Name}
}

// problemOf returns the problem that an error is; nil for none and for those of the API server.
func problemOf(err error) *problem {
	var found *problem
	errors.As(err, &found)
	return found
}
