package controllers

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
)

// groupsOf takes a workspace's ClayGroups from the cache, without a copy: they must not be changed.
func groupsOf(ctx context.Context, cache client.Reader, key types.NamespacedName) ([]clayv1alpha1.ClayGroup, error) {
	groups := &clayv1alpha1.ClayGroupList{}
	if err := cache.List(ctx, groups, client.InNamespace(key.Namespace),
		client.MatchingFields{indexGroupsWorkspace: key.Name}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list the ClayGroups of %s: %w", key, err)
	}
	return groups.Items, nil
}

// groupsPastCache lists the workspace's ClayGroups as the API server has them.
func (p *pass) groupsPastCache(ctx context.Context) ([]clayv1alpha1.ClayGroup, error) {
	groups := &clayv1alpha1.ClayGroupList{}
	if err := p.reader.List(ctx, groups, client.InNamespace(p.key.Namespace)); err != nil {
		return nil, fmt.Errorf("list the ClayGroups of %s past the cache: %w", p.key, err)
	}
	return slices.DeleteFunc(groups.Items, func(group clayv1alpha1.ClayGroup) bool { return groupWorkspaceKey(&group) != p.key }), nil
}

func groupWorkspaceKey(group *clayv1alpha1.ClayGroup) types.NamespacedName {
	return types.NamespacedName{Namespace: group.Namespace, Name: group.Spec.WorkspaceRef.Name}
}

// indexGroups has the cache find ClayGroups by their workspace, and by the names of the ClayUsers that they list.
func indexGroups(ctx context.Context, indexer client.FieldIndexer) error {
	err := indexer.IndexField(ctx, &clayv1alpha1.ClayGroup{}, indexGroupsWorkspace, func(object client.Object) []string {
		group, is := object.(*clayv1alpha1.ClayGroup)
		if !is {
			return nil
		}
		return []string{group.Spec.WorkspaceRef.Name}
	})
	if err != nil {
		return fmt.Errorf("by workspace: %w", err)
	}
	err = indexer.IndexField(ctx, &clayv1alpha1.ClayGroup{}, indexGroupMember, func(object client.Object) []string {
		group, is := object.(*clayv1alpha1.ClayGroup)
		if !is {
			return nil
		}
		names := make([]string, len(group.Spec.Members))
		for i, member := range group.Spec.Members {
			names[i] = member.Name
		}
		return names
	})
	if err != nil {
		return fmt.Errorf("by member: %w", err)
	}
	return nil
}

// groupHandler wakes a workspace a little after one of its ClayGroups has changed, as userHandler does after a ClayUser has, where that can
// make a difference: an identity provider may push groups all day that nobody asks about, and a pass is a reading of Clay.
func (r *ClayWorkspaceReconciler) groupHandler() handler.EventHandler {
	settle := func(ctx context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request], before, object client.Object) {
		if group, is := object.(*clayv1alpha1.ClayGroup); is && (isMirrored(before) || isMirrored(object) || r.hasRules(ctx, group)) {
			r.bursts.note(groupWorkspaceKey(group), r.timing.now())
			queue.AddAfter(reconcile.Request{NamespacedName: groupWorkspaceKey(group)}, r.timing.settle)
		}
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, created createEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			if !created.IsInInitialList {
				settle(ctx, queue, created.Object, created.Object)
			}
		},
		UpdateFunc: func(ctx context.Context, updated updateEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			settle(ctx, queue, updated.ObjectOld, updated.ObjectNew)
		},
		DeleteFunc: func(ctx context.Context, deleted deleteEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			settle(ctx, queue, deleted.Object, deleted.Object)
		},
	}
}

func isMirrored(object client.Object) bool {
	group, is := object.(*clayv1alpha1.ClayGroup)
	return is && group.Spec.Mirror
}

// hasRules says whether the workspace of a ClayGroup has access rules, which may ask for the group. One that gets its first wakes by itself.
func (r *ClayWorkspaceReconciler) hasRules(ctx context.Context, group *clayv1alpha1.ClayGroup) bool {
	workspace := &clayv1alpha1.ClayWorkspace{}
	if err := r.client.Get(ctx, groupWorkspaceKey(group), workspace, client.UnsafeDisableDeepCopy); err != nil {
		return !apierrors.IsNotFound(err)
	}
	return len(workspace.Spec.AccessRules) > 0
}

// holders finds the ClayGroup that a display name of a workspace belongs to: the oldest that has it. One that is being deleted has none.
func holders(groups []clayv1alpha1.ClayGroup) map[string]*clayv1alpha1.ClayGroup {
	found := make(map[string]*clayv1alpha1.ClayGroup, len(groups))
	for i := range groups {
		group := &groups[i]
		if !group.DeletionTimestamp.IsZero() {
			continue
		}
		if holder := found[group.GetDisplayName()]; holder == nil || compareSeniority(group, holder) < 0 {
			found[group.GetDisplayName()] = group
		}
	}
	return found
}

// maxMirrored is how many ClayGroups of a workspace Clay may know at most: with the 100 of spec.groups as many as the status of a workspace lists.
const maxMirrored = 100

// mirrorsOf finds the ClayGroups that Clay is to know, by their names there. Those that ask for it and cannot be are in left, with the reason by
// the names of the resources.
func mirrorsOf(groups []clayv1alpha1.ClayGroup) (mirrored map[string]*clayv1alpha1.ClayGroup, left map[string]string) {
	mirrored, left = holders(groups), map[string]string{}
	maps.DeleteFunc(mirrored, func(_ string, group *clayv1alpha1.ClayGroup) bool { return !group.Spec.Mirror })
	for name, group := range mirrored {
		// The schema refuses them, and an older one did not. A name that cannot be typed into the page would stop all others.
		if utf8.RuneCountInString(name) > access.MaxGroupName {
			left[group.Name] = clayv1alpha1.ReasonNameTooLong
			delete(mirrored, name)
		}
	}
	if len(mirrored) <= maxMirrored {
		return mirrored, left
	}
	bySeniority := slices.SortedFunc(maps.Values(mirrored), func(a, b *clayv1alpha1.ClayGroup) int { return compareSeniority(a, b) })
	for _, group := range bySeniority[maxMirrored:] {
		left[group.Name] = clayv1alpha1.ReasonTooManyMirrored
		delete(mirrored, group.GetDisplayName())
	}
	return mirrored, left
}

// membershipsOf finds by the name of a ClayUser the display names of the ClayGroups that list it, sorted.
func membershipsOf(groups []clayv1alpha1.ClayGroup) map[string][]string {
	memberships := map[string][]string{}
	for name, group := range holders(groups) {
		for _, member := range group.Spec.Members {
			memberships[member.Name] = append(memberships[member.Name], name)
		}
	}
	for _, names := range memberships {
		slices.Sort(names)
	}
	return memberships
}

// compareSeniority orders objects of one namespace: the older first, and by name those of one second.
func compareSeniority(a, b metav1.Object) int {
	made := a.GetCreationTimestamp()
	return cmp.Or(made.Compare(b.GetCreationTimestamp().Time), cmp.Compare(a.GetName(), b.GetName()))
}
