package controllers

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// +kubebuilder:rbac:groups=clay.seatwright.dev,resources=claygroups,verbs=get;list;watch
// +kubebuilder:rbac:groups=clay.seatwright.dev,resources=claygroups/status,verbs=patch

// ClayGroupReconciler keeps the status of ClayGroups. It never touches Clay, and a ClayGroup needs no finalizer: what follows from its end
// the workspace's next pass finds out by itself.
type ClayGroupReconciler struct {
	client    client.Client
	snapshots *store
	events    events
	now       func() time.Time
	// settle is how long the reconciler waits for the rest of what is applied together.
	settle time.Duration
}

func newGroupReconciler(mgr ctrl.Manager, snapshots *store, options Options) *ClayGroupReconciler {
	return &ClayGroupReconciler{
		client: mgr.GetClient(), snapshots: snapshots, events: newEvents(mgr), now: options.timing.now, settle: options.timing.settle,
	}
}

func (r *ClayGroupReconciler) setup(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		For(&clayv1alpha1.ClayGroup{}, builder.WithPredicates(asked)).
		Watches(&clayv1alpha1.ClayGroup{}, handler.EnqueueRequestsFromMapFunc(r.namesakes), builder.WithPredicates(asked)).
		Watches(&clayv1alpha1.ClayUser{}, r.memberHandler(), builder.WithPredicates(comesOrGoes)).
		Watches(&clayv1alpha1.ClayWorkspace{}, handler.EnqueueRequestsFromMapFunc(r.groupsOfWorkspace), builder.WithPredicates(comesOrGoes)).
		WatchesRawSource(groupSource{r.snapshots}).
		WithOptions(controller.Options{RateLimiter: newLimiter()}).
		Complete(r)
}

// comesOrGoes passes no update.
var comesOrGoes = predicate.Funcs{UpdateFunc: func(updateEvent) bool { return false }}

// Reconcile brings the status of one ClayGroup up to date.
func (r *ClayGroupReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	group := &clayv1alpha1.ClayGroup{}
	if err := r.client.Get(ctx, request.NamespacedName, group); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	err := r.reconcile(ctx, group)
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: outdatedRetry}, nil
	}
	return ctrl.Result{}, client.IgnoreNotFound(err)
}

func (r *ClayGroupReconciler) reconcile(ctx context.Context, group *clayv1alpha1.ClayGroup) error {
	found, err := r.look(ctx, group)
	if err != nil {
		return err
	}
	base := group.DeepCopy()
	assessGroup(group, found, &group.Status, r.now())
	if equality.Semantic.DeepEqual(&base.Status, &group.Status) {
		return nil
	}
	patch := client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{})
	if err := r.client.Status().Patch(ctx, group, patch); err != nil {
		return fmt.Errorf("write the status: %w", err)
	}
	r.events.turned(group, base.Status.Conditions, group.Status.Conditions)
	return nil
}

// look finds out what a ClayGroup can know of itself.
func (r *ClayGroupReconciler) look(ctx context.Context, group *clayv1alpha1.ClayGroup) (groupSight, error) {
	key := groupWorkspaceKey(group)
	found := groupSight{}
	err := r.client.Get(ctx, key, &clayv1alpha1.ClayWorkspace{}, client.UnsafeDisableDeepCopy)
	found.missing = apierrors.IsNotFound(err)
	if client.IgnoreNotFound(err) != nil {
		return found, fmt.Errorf("read the ClayWorkspace: %w", err)
	}
	groups, err := groupsOf(ctx, r.client, key)
	if err != nil {
		return found, err
	}
	if holder := holders(groups)[group.GetDisplayName()]; holder != nil && holder.UID != group.UID {
		found.holder = holder.Name
	}
	_, left := mirrorsOf(groups)
	found.unmirrored = left[group.Name]
	users := &clayv1alpha1.ClayUserList{}
	if err := r.client.List(ctx, users, client.InNamespace(key.Namespace),
		client.MatchingFields{indexUserWorkspace: key.Name}, client.UnsafeDisableDeepCopy); err != nil {
		return found, fmt.Errorf("list the ClayUsers of %s: %w", key, err)
	}
	found.users = make(map[string]bool, len(users.Items))
	for i := range users.Items {
		found.users[users.Items[i].Name] = true
	}
	if snapshot := r.snapshots.get(key); snapshot != nil && group.Spec.Mirror {
		found.mirrored = snapshot.mirrored[group.Name]
	}
	return found, nil
}

// namesakes finds the ClayGroups with the display name of one that changed: its turn, or theirs, may have come. So it is with those that there is
// no room for in Clay. An update is mapped twice, as it was and as it is.
func (r *ClayGroupReconciler) namesakes(ctx context.Context, object client.Object) []reconcile.Request {
	group, is := object.(*clayv1alpha1.ClayGroup)
	if !is {
		return nil
	}
	groups, err := groupsOf(ctx, r.client, groupWorkspaceKey(group))
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "cannot wake the namesakes of a ClayGroup")
		return nil
	}
	_, left := mirrorsOf(groups)
	var requests []reconcile.Request
	for i := range groups {
		namesake := groups[i].GetDisplayName() == group.GetDisplayName()
		if groups[i].UID != group.UID && (namesake || group.Spec.Mirror && isCrowdedOut(&groups[i], left)) {
			requests = append(requests, requestForGroup(&groups[i]))
		}
	}
	return requests
}

// isCrowdedOut says whether there is no room in Clay for a ClayGroup, or was none when it was looked at last.
func isCrowdedOut(group *clayv1alpha1.ClayGroup, left map[string]string) bool {
	known := meta.FindStatusCondition(group.Status.Conditions, clayv1alpha1.ConditionReady)
	return left[group.Name] == clayv1alpha1.ReasonTooManyMirrored || known != nil && known.Reason == clayv1alpha1.ReasonTooManyMirrored
}

// groupsOfWorkspace finds the ClayGroups of a workspace that came or went.
func (r *ClayGroupReconciler) groupsOfWorkspace(ctx context.Context, workspace client.Object) []reconcile.Request {
	groups, err := groupsOf(ctx, r.client, client.ObjectKeyFromObject(workspace))
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "cannot wake the ClayGroups of a ClayWorkspace")
		return nil
	}
	requests := make([]reconcile.Request, len(groups))
	for i := range groups {
		requests[i] = requestForGroup(&groups[i])
	}
	return requests
}

// memberHandler wakes the ClayGroups that list a ClayUser a little after it came or went, so that many who come together are one look.
// Those that exist when the operator starts wake nobody: every ClayGroup is looked at then anyway.
func (r *ClayGroupReconciler) memberHandler() handler.EventHandler {
	settle := func(ctx context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request], user client.Object) {
		groups := &clayv1alpha1.ClayGroupList{}
		if err := r.client.List(ctx, groups, client.InNamespace(user.GetNamespace()),
			client.MatchingFields{indexGroupMember: user.GetName()}, client.UnsafeDisableDeepCopy); err != nil {
			ctrl.LoggerFrom(ctx).Error(err, "cannot wake the ClayGroups of a ClayUser")
			return
		}
		for i := range groups.Items {
			queue.AddAfter(requestForGroup(&groups.Items[i]), r.settle)
		}
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, created createEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			if !created.IsInInitialList {
				settle(ctx, queue, created.Object)
			}
		},
		DeleteFunc: func(ctx context.Context, deleted deleteEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			settle(ctx, queue, deleted.Object)
		},
	}
}

func requestForGroup(group *clayv1alpha1.ClayGroup) reconcile.Request {
	return reconcile.Request{NamespacedName: client.ObjectKeyFromObject(group)}
}
