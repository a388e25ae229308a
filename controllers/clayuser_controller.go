package controllers

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// +kubebuilder:rbac:groups=clay.seatwright.dev,resources=clayusers,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=clay.seatwright.dev,resources=clayusers/status,verbs=patch

// outdatedRetry is how long the cache is given to catch up with a write of somebody else's.
const outdatedRetry = 200 * time.Millisecond

// ClayUserReconciler keeps the finalizer and the status of ClayUsers. It never touches Clay.
type ClayUserReconciler struct {
	client    client.Client
	snapshots *store
	events    events
	now       func() time.Time
	// expiryWarning is how long before spec.expiresAt a ClayUser tells of it.
	expiryWarning time.Duration
}

func newUserReconciler(mgr ctrl.Manager, snapshots *store, options Options) *ClayUserReconciler {
	return &ClayUserReconciler{
		client: mgr.GetClient(), snapshots: snapshots, events: newEvents(mgr), now: options.timing.now,
		expiryWarning: cmp.Or(options.ExpiryWarning, DefaultExpiryWarning),
	}
}

func (r *ClayUserReconciler) setup(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		For(&clayv1alpha1.ClayUser{}, builder.WithPredicates(asked)).
		WatchesRawSource(r.snapshots).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrentUsers, RateLimiter: newLimiter()}).
		Complete(r)
}

// Reconcile brings the finalizer and the status of one ClayUser up to date.
func (r *ClayUserReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	user := &clayv1alpha1.ClayUser{}
	if err := r.client.Get(ctx, request.NamespacedName, user); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	err := r.reconcile(ctx, user)
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: outdatedRetry}, nil
	}
	if err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	return ctrl.Result{RequeueAfter: untilNews(user, r.now(), r.expiryWarning)}, nil
}

func (r *ClayUserReconciler) reconcile(ctx context.Context, user *clayv1alpha1.ClayUser) error {
	found, err := r.look(ctx, user)
	if err != nil {
		return err
	}
	if gone, err := r.keepFinalizer(ctx, user, found); gone || err != nil {
		return err
	}
	next, now := user.Status.DeepCopy(), r.now()
	if !assess(user, found, next, now) {
		return nil
	}
	reportExpiry(user, next, now, r.expiryWarning)
	if equality.Semantic.DeepEqual(&user.Status, next) {
		return nil
	}
	base := user.DeepCopy()
	user.Status = *next
	patch := client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{})
	if err := r.client.Status().Patch(ctx, user, patch); err != nil {
		return fmt.Errorf("write the status: %w", err)
	}
	r.events.adopted(user, &base.Status, &user.Status)
	r.events.turned(user, base.Status.Conditions, user.Status.Conditions)
	r.events.expiring(user, base.Status.Conditions, user.Status.Conditions)
	return nil
}

// sight is what a ClayUser can know of itself.
type sight struct {
	// snapshot of the workspace; nil before its first pass.
	snapshot *snapshot
	// missing is true where there is no such workspace.
	missing bool
	// verdict on this ClayUser, if known.
	verdict verdict
	known   bool
}

func (r *ClayUserReconciler) look(ctx context.Context, user *clayv1alpha1.ClayUser) (sight, error) {
	found := sight{snapshot: r.snapshots.get(workspaceKey(user))}
	if found.snapshot == nil {
		err := r.client.Get(ctx, workspaceKey(user), &clayv1alpha1.ClayWorkspace{}, client.UnsafeDisableDeepCopy)
		found.missing = apierrors.IsNotFound(err)
		return found, client.IgnoreNotFound(err)
	}
	found.verdict, found.known = found.snapshot.verdicts[user.Name]
	found.known = found.known && found.verdict.uid == user.UID
	return found, nil
}

// keepFinalizer puts the finalizer on a ClayUser whose seat goes with it, and takes it away once nothing is left to do. It
// reports whether the ClayUser is gone with that.
func (r *ClayUserReconciler) keepFinalizer(ctx context.Context, user *clayv1alpha1.ClayUser, found sight) (gone bool, err error) {
	deleting := !user.DeletionTimestamp.IsZero()
	has := controllerutil.ContainsFinalizer(user, clayv1alpha1.FinalizerSeat)
	wants := !user.RetainsSeat() && (!deleting || has && !isFree(user, found))
	if has == wants {
		return deleting && !has, nil
	}
	base := user.DeepCopy()
	if wants {
		controllerutil.AddFinalizer(user, clayv1alpha1.FinalizerSeat)
	} else {
		controllerutil.RemoveFinalizer(user, clayv1alpha1.FinalizerSeat)
	}
	patch := client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{})
	if err := r.client.Patch(ctx, user, patch); err != nil {
		return false, fmt.Errorf("change the finalizer: %w", err)
	}
	return deleting, nil
}
