package cli

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// accessFromCluster takes what the browser needs from a ClayWorkspace and from what it refers to.
func accessFromCluster(ctx context.Context, name, namespace string) (sidecar.Workspace, error) {
	cluster, namespace, err := clusterOf("", namespace)
	if err != nil {
		return sidecar.Workspace{}, err
	}
	reader, err := client.New(cluster, client.Options{Scheme: newScheme()})
	if err != nil {
		return sidecar.Workspace{}, fmt.Errorf("reach the cluster: %w", err)
	}
	workspace := &v1alpha1.ClayWorkspace{}
	if err := reader.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, workspace); err != nil {
		if apierrors.IsNotFound(err) {
			return sidecar.Workspace{}, fmt.Errorf("there is no ClayWorkspace %q in the namespace %q: name another with --workspace and --namespace", name, namespace)
		}
		return sidecar.Workspace{}, fmt.Errorf("read the ClayWorkspace %q: %w", name, err)
	}
	access, err := controllers.AccessTo(ctx, reader, workspace, false)
	if err != nil {
		return sidecar.Workspace{}, err
	}
	// With the operator's own session there is no log-in that a person may have to help with.
	if access.Session, err = controllers.SessionOf(ctx, reader, workspace, access.Login.Email); err != nil {
		return sidecar.Workspace{}, err
	}
	access.Locators, err = controllers.LocatorsOf(ctx, reader, workspace)
	return access, err
}
