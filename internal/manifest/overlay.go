package manifest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	runtimeschema "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// Overlay is a cluster as it would be once manifests are applied. It reads the cluster when it is made, and never writes.
type Overlay struct {
	// below is the cluster; nil where there is none.
	below client.Reader
	now   time.Time

	workspaces map[types.NamespacedName]*clayv1alpha1.ClayWorkspace
	users      map[types.NamespacedName]*clayv1alpha1.ClayUser
	groups     map[types.NamespacedName]*clayv1alpha1.ClayGroup

	// set holds the manifests, and named are the workspaces that they speak of.
	set   Set
	named map[types.NamespacedName]bool
	// fresh are the ClayUsers that no cluster has yet.
	fresh map[types.NamespacedName]bool
}

// NewOverlay lays manifests over a cluster, or over nothing where below is nil. With prune, the ClayUsers and ClayGroups of the workspaces that
// the manifests speak of, and that are not among them, count as deleted; a ClayWorkspace never does. The problems are manifests that cannot take
// the place of what is there.
func NewOverlay(ctx context.Context, below client.Reader, set Set, prune bool, now time.Time) (*Overlay, []Problem, error) {
	o := &Overlay{
		below: below, now: now.Truncate(time.Second), set: set,
		workspaces: map[types.NamespacedName]*clayv1alpha1.ClayWorkspace{}, users: map[types.NamespacedName]*clayv1alpha1.ClayUser{},
		groups: map[types.NamespacedName]*clayv1alpha1.ClayGroup{}, named: map[types.NamespacedName]bool{}, fresh: map[types.NamespacedName]bool{},
	}
	namespaces := map[string]bool{}
	for _, each := range set.Manifests {
		namespaces[each.Object.GetNamespace()] = true
		o.named[workspaceOf(each.Object)] = true
	}
	if below != nil {
		for namespace := range namespaces {
			if err := o.readNamespace(ctx, namespace); err != nil {
				return nil, nil, err
			}
		}
	}
	written := map[string]bool{}
	var problems []Problem
	for _, each := range set.Manifests {
		written[each.Kind+" "+client.ObjectKeyFromObject(each.Object).String()] = true
		problems = append(problems, o.lay(each)...)
	}
	if prune {
		o.prune(written)
	}
	return o, problems, nil
}

// workspaceOf is the ClayWorkspace that a resource is, or belongs to.
func workspaceOf(object client.Object) types.NamespacedName {
	key := client.ObjectKeyFromObject(object)
	switch object := object.(type) {
	case *clayv1alpha1.ClayUser:
		key.Name = object.Spec.WorkspaceRef.Name
	case *clayv1alpha1.ClayGroup:
		key.Name = object.Spec.WorkspaceRef.Name
	}
	return key
}

// readNamespace takes in what the cluster has in a namespace.
func (o *Overlay) readNamespace(ctx context.Context, namespace string) error {
	workspaces, users, groups := &clayv1alpha1.ClayWorkspaceList{}, &clayv1alpha1.ClayUserList{}, &clayv1alpha1.ClayGroupList{}
	for _, list := range []client.ObjectList{workspaces, users, groups} {
		// A cluster whose resource definitions are older has no ClayGroups.
		if err := o.below.List(ctx, list, client.InNamespace(namespace)); err != nil && !meta.IsNoMatchError(err) {
			return fmt.Errorf("list what the cluster has in the namespace %s: %w", namespace, err)
		}
	}
	for i := range workspaces.Items {
		o.workspaces[client.ObjectKeyFromObject(&workspaces.Items[i])] = &workspaces.Items[i]
	}
	for i := range users.Items {
		o.users[client.ObjectKeyFromObject(&users.Items[i])] = &users.Items[i]
	}
	for i := range groups.Items {
		o.groups[client.ObjectKeyFromObject(&groups.Items[i])] = &groups.Items[i]
	}
	return nil
}

// lay puts a manifest in the place of what is there, or beside it.
func (o *Overlay) lay(m *Manifest) []Problem {
	key := client.ObjectKeyFromObject(m.Object)
	switch next := m.Object.DeepCopyObject().(type) {
	case *clayv1alpha1.ClayWorkspace:
		there := o.workspaces[key]
		o.workspaces[key] = next
		if there == nil {
			o.begin(m.Kind, next)
			return nil
		}
		succeed(there, next, !equality.Semantic.DeepEqual(there.Spec, next.Spec))
		next.Status = there.Status
		return m.Against(there)
	case *clayv1alpha1.ClayUser:
		there := o.users[key]
		o.users[key] = next
		if there == nil {
			o.begin(m.Kind, next)
			o.fresh[key] = true
			return nil
		}
		succeed(there, next, !equality.Semantic.DeepEqual(there.Spec, next.Spec))
		next.Status = there.Status
		return m.Against(there)
	case *clayv1alpha1.ClayGroup:
		there := o.groups[key]
		o.groups[key] = next
		if there == nil {
			o.begin(m.Kind, next)
			return nil
		}
		succeed(there, next, !equality.Semantic.DeepEqual(there.Spec, next.Spec))
		next.Status = there.Status
		return m.Against(there)
	}
	return nil
}

// begin gives a resource what the API server gives a new one. It is the youngest: of two with one address the other has it.
func (o *Overlay) begin(kind string, next client.Object) {
	next.SetUID(types.UID("manifest/" + kind + "/" + next.GetNamespace() + "/" + next.GetName()))
	next.SetCreationTimestamp(metav1.NewTime(o.now))
	next.SetGeneration(1)
}

// succeed gives a resource what the API server keeps when it is applied over another.
func succeed(there, next client.Object, differs bool) {
	next.SetUID(there.GetUID())
	next.SetResourceVersion(there.GetResourceVersion())
	next.SetCreationTimestamp(there.GetCreationTimestamp())
	next.SetDeletionTimestamp(there.GetDeletionTimestamp())
	next.SetOwnerReferences(there.GetOwnerReferences())
	next.SetFinalizers(there.GetFinalizers())
	next.SetGeneration(there.GetGeneration())
	if differs {
		next.SetGeneration(there.GetGeneration() + 1)
	}
	next.SetAnnotations(merged(there.GetAnnotations(), next.GetAnnotations()))
	next.SetLabels(merged(there.GetLabels(), next.GetLabels()))
}

func merged(below, above map[string]string) map[string]string {
	both := map[string]string{}
	for _, each := range []map[string]string{below, above} {
		maps.Copy(both, each)
	}
	return both
}

// prune deletes what no manifest names, in the workspaces that manifests speak of.
func (o *Overlay) prune(written map[string]bool) {
	for key, group := range o.groups {
		if o.named[workspaceOf(group)] && !written["ClayGroup "+key.String()] {
			delete(o.groups, key)
		}
	}
	for key, user := range o.users {
		if !o.named[workspaceOf(user)] || written["ClayUser "+key.String()] || !user.DeletionTimestamp.IsZero() {
			continue
		}
		if len(user.Finalizers) > 0 && !user.RetainsSeat() {
			user.DeletionTimestamp = &metav1.Time{Time: o.now}
			continue
		}
		delete(o.users, key)
		o.release(user)
	}
}

// release makes the seat of a ClayUser that is gone at once one that nobody asks for.
func (o *Overlay) release(user *clayv1alpha1.ClayUser) {
	workspace := o.workspaces[workspaceOf(user)]
	seated := user.Status.Seat == clayv1alpha1.SeatActive || user.Status.Seat == clayv1alpha1.SeatPending
	if workspace == nil || workspace.Status.Seats == nil || !seated {
		return
	}
	workspace.Status.Seats.Managed--
	workspace.Status.Seats.Unmanaged++
	workspace.Status.UnmanagedMembers = append(workspace.Status.UnmanagedMembers, clayv1alpha1.UnmanagedMember{
		Email: strings.ToLower(user.Spec.Email), Role: user.Status.Role, Seat: user.Status.Seat,
	})
}

// Named returns the ClayWorkspaces that the manifests speak of, in order, and what is not there of them.
func (o *Overlay) Named() (found []clayv1alpha1.ClayWorkspace, missing []types.NamespacedName) {
	keys := make([]types.NamespacedName, 0, len(o.named))
	for key := range o.named {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	for _, key := range keys {
		if workspace := o.workspaces[key]; workspace != nil {
			found = append(found, *workspace.DeepCopy())
		} else {
			missing = append(missing, key)
		}
	}
	return found, missing
}

func compareKeys(a, b types.NamespacedName) int {
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
}

// Unseen counts the ClayUsers of a workspace that are new and of whom the statuses cannot tell whether they have a seat already: its status
// lists only some of the members without a ClayUser.
func (o *Overlay) Unseen(workspace *clayv1alpha1.ClayWorkspace) int {
	listed := workspace.Status.UnmanagedMembers
	if workspace.Status.Seats == nil || int(workspace.Status.Seats.Unmanaged) <= len(listed) {
		return 0
	}
	unseen := 0
	for key := range o.fresh {
		user := o.users[key]
		known := slices.ContainsFunc(listed, func(member clayv1alpha1.UnmanagedMember) bool {
			return strings.EqualFold(member.Email, user.Spec.Email)
		})
		if workspaceOf(user) == client.ObjectKeyFromObject(workspace) && !known {
			unseen++
		}
	}
	return unseen
}

// Get implements client.Reader.
func (o *Overlay) Get(ctx context.Context, key client.ObjectKey, into client.Object, options ...client.GetOption) error {
	missing := func(resource string) error {
		return apierrors.NewNotFound(runtimeschema.GroupResource{Group: clayv1alpha1.GroupVersion.Group, Resource: resource}, key.Name)
	}
	switch into := into.(type) {
	case *clayv1alpha1.ClayWorkspace:
		if found := o.workspaces[key]; found != nil {
			found.DeepCopyInto(into)
			return nil
		}
		return missing("clayworkspaces")
	case *clayv1alpha1.ClayUser:
		if found := o.users[key]; found != nil {
			found.DeepCopyInto(into)
			return nil
		}
		return missing("clayusers")
	case *clayv1alpha1.ClayGroup:
		if found := o.groups[key]; found != nil {
			found.DeepCopyInto(into)
			return nil
		}
		return missing("claygroups")
	}
	if o.below == nil {
		return apierrors.NewNotFound(runtimeschema.GroupResource{}, key.Name)
	}
	return o.below.Get(ctx, key, into, options...)
}

// List implements client.Reader.
func (o *Overlay) List(ctx context.Context, into client.ObjectList, options ...client.ListOption) error {
	var wanted client.ListOptions
	wanted.ApplyOptions(options)
	if wanted.FieldSelector != nil && !wanted.FieldSelector.Empty() {
		return fmt.Errorf("list manifests by the fields %s: only a namespace and labels can be chosen", wanted.FieldSelector)
	}
	switch into := into.(type) {
	case *clayv1alpha1.ClayWorkspaceList:
		into.Items = pick(o.workspaces, wanted)
	case *clayv1alpha1.ClayUserList:
		into.Items = pick(o.users, wanted)
	case *clayv1alpha1.ClayGroupList:
		into.Items = pick(o.groups, wanted)
	default:
		if o.below != nil {
			return o.below.List(ctx, into, options...)
		}
	}
	return nil
}

// copyable is a resource that copies itself into a value.
type copyable[T any] interface {
	*T
	client.Object
	DeepCopyInto(*T)
}

// pick returns copies of what is wanted, in order.
func pick[T any, P copyable[T]](all map[types.NamespacedName]P, wanted client.ListOptions) []T {
	found := []T{}
	keys := make([]types.NamespacedName, 0, len(all))
	for key := range all {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	for _, key := range keys {
		object := all[key]
		labelled := wanted.LabelSelector == nil || wanted.LabelSelector.Matches(labels.Set(object.GetLabels()))
		if (wanted.Namespace == "" || wanted.Namespace == key.Namespace) && labelled {
			var copied T
			object.DeepCopyInto(&copied)
			found = append(found, copied)
		}
	}
	return found
}
