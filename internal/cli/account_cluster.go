package cli

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seatwright/clay-operator/api/v1alpha1"
)

// inCluster reads the ClayWorkspace that the flags name, and returns what reads the cluster besides.
func (f *accountFlags) inCluster(ctx context.Context) (client.Reader, *v1alpha1.ClayWorkspace, error) {
	name := f.workspace
	cluster, namespace, err := clusterOf(f.kubeconfig, f.namespace)
	if err != nil {
		return nil, nil, err
	}
	reader, err := client.New(cluster, client.Options{Scheme: newScheme()})
	if err != nil {
		return nil, nil, fmt.Errorf("reach the cluster: %w", err)
	}
	workspace := &v1alpha1.ClayWorkspace{}
	if err := reader.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, workspace); err != nil {
		if apierrors.IsNotFound(err) {
			return nil, nil, fmt.Errorf("there is no ClayWorkspace %q in the namespace %q: name another with --workspace and --namespace", name, namespace)
		}
		return nil, nil, fmt.Errorf("read the ClayWorkspace %q: %w", name, err)
	}
	return reader, workspace, nil
}
