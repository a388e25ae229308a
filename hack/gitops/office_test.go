package gitops

import (
	"maps"
	"testing"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// patience is how often the controller looks at an operation before it counts as one that waits. One that goes on does so at each look.
const patience = 5

// office is a repository of a workspace and two people, synced, in a cluster without an operator: the tests write its statuses.
type office struct {
	*application
	files map[string]string
}

func newOffice(t *testing.T, options ...sync.SyncOpt) office {
	t.Helper()
	o := office{application: newApplication(t, plane.Config, createNamespace(t), options...), files: manifests("https://app.clay.com")}
	for _, name := range []string{"joiner", "leaver"} {
		o.files[file(name)] = user(name)
	}
	return o
}

// begin applies the repository, and has everybody as asked.
func (o office) begin() {
	o.t.Helper()
	o.repository.commit("Begin", o.files)
	o.untilApplied()
	o.say(&clayv1alpha1.ClayWorkspace{}, workspaceName, settled, clayv1alpha1.ReasonSucceeded)
	for _, name := range []string{"joiner", "leaver"} {
		o.say(&clayv1alpha1.ClayUser{}, name, settled, clayv1alpha1.ReasonActive)
	}
	o.until("the cluster's state", func(found comparison) bool { return found.isSynced() && found.isHealthy() })
}

// untilApplied looks at an operation until everything is in the cluster. What comes in waves needs a status before it goes on.
func (o office) untilApplied() {
	o.t.Helper()
	var first operation
	o.until("everything to be applied", func(found comparison) bool {
		if !first.phase.Completed() {
			o.step(&first)
		}
		if found.resources["ClayWorkspace/"+workspaceName].status == "Synced" {
			o.say(&clayv1alpha1.ClayWorkspace{}, workspaceName, settled, clayv1alpha1.ReasonSucceeded)
		}
		return found.isSynced()
	})
}

// say writes a status as the operator does.
func (o office) say(object client.Object, name string, s standing, reason string, more ...metav1.Condition) {
	o.t.Helper()
	key := client.ObjectKey{Namespace: o.namespace, Name: name}
	if err := plane.Client.Get(o.t.Context(), key, object); err != nil {
		o.t.Fatal(err)
	}
	conditions := report("", s, reason, more...).conditions
	switch typed := object.(type) {
	case *clayv1alpha1.ClayUser:
		typed.Status.ObservedGeneration, typed.Status.Conditions = typed.Generation, conditions
	case *clayv1alpha1.ClayWorkspace:
		typed.Status.ObservedGeneration, typed.Status.Conditions = typed.Generation, conditions
	}
	if err := plane.Client.Status().Update(o.t.Context(), object); err != nil {
		o.t.Fatal(err)
	}
}

// patch changes somebody's ClayUser past Git.
func (o office) patch(name, patch string) {
	o.t.Helper()
	object := &clayv1alpha1.ClayUser{ObjectMeta: metav1.ObjectMeta{Namespace: o.namespace, Name: name}}
	if err := plane.Client.Patch(o.t.Context(), object, client.RawPatch(types.MergePatchType, []byte(patch))); err != nil {
		o.t.Fatal(err)
	}
}

// user reads somebody's ClayUser.
func (o office) user(name string) *clayv1alpha1.ClayUser {
	o.t.Helper()
	found := &clayv1alpha1.ClayUser{}
	if err := plane.Client.Get(o.t.Context(), client.ObjectKey{Namespace: o.namespace, Name: name}, found); err != nil {
		o.t.Fatal(err)
	}
	return found
}

// The operator's finalizer on a ClayUser, and none.
const (
	guarded   = `{"metadata":{"finalizers":["` + clayv1alpha1.FinalizerSeat + `"]}}`
	unguarded = `{"metadata":{"finalizers":null}}`
)

// look has the controller look at an operation a few times, each time with the cluster's present state before it, and returns it.
func (o office) look() operation {
	o.t.Helper()
	var under operation
	for range patience {
		if o.step(&under); under.phase.Completed() {
			break
		}
		o.catchUp()
	}
	return under
}

// catchUp waits until Argo CD's cache holds what the cluster holds. Argo CD waits two seconds between waves for that.
func (o office) catchUp() {
	o.t.Helper()
	o.until("Argo CD's cache", func(found comparison) bool {
		cached := map[string]string{}
		for _, object := range found.Live {
			if object != nil {
				cached[object.GetKind()+"/"+object.GetName()] = object.GetResourceVersion()
			}
		}
		stored := map[string]string{}
		for kind, list := range map[string]client.ObjectList{
			"ClayUser": &clayv1alpha1.ClayUserList{}, "ClayWorkspace": &clayv1alpha1.ClayWorkspaceList{}, "Secret": &corev1.SecretList{},
		} {
			if err := plane.Client.List(o.t.Context(), list, client.InNamespace(o.namespace)); err != nil {
				o.t.Fatal(err)
			}
			err := meta.EachListItem(list, func(item runtime.Object) error {
				object := item.(client.Object)
				stored[kind+"/"+object.GetName()] = object.GetResourceVersion()
				return nil
			})
			if err != nil {
				o.t.Fatal(err)
			}
		}
		return maps.Equal(cached, stored)
	})
}

// isGone says whether a ClayUser is deleted, or about to be.
func (o office) isGone(name string) bool {
	o.t.Helper()
	object := &clayv1alpha1.ClayUser{}
	err := plane.Client.Get(o.t.Context(), client.ObjectKey{Namespace: o.namespace, Name: name}, object)
	if client.IgnoreNotFound(err) != nil {
		o.t.Fatal(err)
	}
	return apierrors.IsNotFound(err) || !object.DeletionTimestamp.IsZero()
}
