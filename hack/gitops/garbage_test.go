package gitops

import (
	"context"
	"slices"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// collectGarbage ends foreground deletions, which is how Argo CD deletes, until the test ends. In a cluster kube-controller-manager does
// so; this control plane has none. Nothing in these tests has a dependent that blocks its owner's deletion.
func collectGarbage(t *testing.T, namespace string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var collectors sync.WaitGroup
	t.Cleanup(func() {
		stop()
		collectors.Wait()
	})
	for _, list := range []client.ObjectList{&clayv1alpha1.ClayUserList{}, &clayv1alpha1.ClayWorkspaceList{}, &corev1.SecretList{}} {
		events, err := plane.Client.Watch(ctx, list, client.InNamespace(namespace))
		if err != nil {
			t.Fatal(err)
		}
		collectors.Go(func() {
			for event := range events.ResultChan() {
				if object, is := event.Object.(client.Object); is && !object.GetDeletionTimestamp().IsZero() {
					release(ctx, t, object)
				}
			}
		})
	}
}

// release takes the finalizer of a foreground deletion away. Where somebody else wrote meanwhile, the next event does so.
func release(ctx context.Context, t *testing.T, object client.Object) {
	t.Helper()
	place := slices.Index(object.GetFinalizers(), metav1.FinalizerDeleteDependents)
	if place < 0 {
		return
	}
	base := object.DeepCopyObject().(client.Object)
	object.SetFinalizers(slices.Delete(slices.Clone(object.GetFinalizers()), place, place+1))
	patch := client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{})
	err := plane.Client.Patch(ctx, object, patch)
	if err != nil && ctx.Err() == nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
		t.Errorf("end the deletion of %s: %v", object.GetName(), err)
	}
}
