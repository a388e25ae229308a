package cli

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// accessFromCluster takes what the browser needs from a ClayWorkspace and from what it refers to.
func accessFromCluster(ctx context.Context, name, namespace string) (sidecar.Workspace, error) {
	cluster, err := ctrl.GetConfig()
	if err != nil {
		return sidecar.Workspace{}, fmt.Errorf("no cluster was found: set KUBECONFIG (%w)", err)
	}
	if namespace == "" {
		rules := clientcmd.NewDefaultClientConfigLoadingRules()
		if namespace, _, err = clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).Namespace(); err != nil {
			return sidecar.Workspace{}, fmt.Errorf("find the namespace of the kubeconfig, or name it with --namespace: %w", err)
		}
	}
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	reader, err := client.New(cluster, client.Options{Scheme: scheme})
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
	access.Locators, err = controllers.LocatorsOf(ctx, reader, workspace)
	return access, err
}
