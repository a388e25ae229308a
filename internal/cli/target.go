package cli

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/pflag"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seatwright/clay-operator/api/v1alpha1"
)

// targetFlags say which ClayWorkspaces a command is about.
type targetFlags struct {
	workspace     string
	namespace     string
	allNamespaces bool
	kubeconfig    string
}

func (f *targetFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.workspace, "workspace", "", "`name` of a ClayWorkspace (default all)")
	flags.StringVarP(&f.namespace, "namespace", "n", "", "`name` of a namespace (default that of the kubeconfig's context)")
	flags.BoolVarP(&f.allNamespaces, "all-namespaces", "A", false, "look at all namespaces")
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "`path` of the kubeconfig (default $KUBECONFIG, else ~/.kube/config)")
}

// validate returns a mistake in the flags.
func (f *targetFlags) validate() error {
	if f.workspace != "" && len(validation.IsDNS1123Subdomain(f.workspace)) > 0 {
		return usagef("--workspace=%s: give the name of a ClayWorkspace, as \"kubectl get clayworkspaces\" shows it", f.workspace)
	}
	if f.namespace != "" && len(validation.IsDNS1123Label(f.namespace)) > 0 {
		return usagef("--namespace=%s: give the name of a namespace", f.namespace)
	}
	if f.allNamespaces && (f.namespace != "" || f.workspace != "") {
		return usagef("--all-namespaces looks at everything: leave out --namespace and --workspace")
	}
	return nil
}

// connect returns the cluster and fills in the namespace, which is empty for all.
func (f *targetFlags) connect(ctx context.Context) (client.Client, error) {
	config, namespace, err := clusterOf(f.kubeconfig, f.namespace)
	if err != nil {
		return nil, err
	}
	if err := checkDefinitions(ctx, config); err != nil {
		return nil, err
	}
	cluster, err := client.New(config, client.Options{Scheme: newScheme()})
	if err != nil {
		return nil, fmt.Errorf("prepare to ask the cluster: %w", err)
	}
	f.namespace = namespace
	if f.allNamespaces {
		f.namespace = ""
	}
	return cluster, nil
}

// find reads the ClayWorkspaces that are meant, of which there is at least one.
func (f *targetFlags) find(ctx context.Context, cluster client.Reader) ([]v1alpha1.ClayWorkspace, error) {
	if f.workspace != "" {
		workspace := &v1alpha1.ClayWorkspace{}
		err := cluster.Get(ctx, client.ObjectKey{Namespace: f.namespace, Name: f.workspace}, workspace)
		if apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("there is no ClayWorkspace %q in the namespace %q: name another with --workspace or --namespace", f.workspace, f.namespace)
		} else if err != nil {
			return nil, fmt.Errorf("read the ClayWorkspace: %w", err)
		}
		return []v1alpha1.ClayWorkspace{*workspace}, nil
	}
	list := &v1alpha1.ClayWorkspaceList{}
	if err := cluster.List(ctx, list, client.InNamespace(f.namespace)); err != nil {
		return nil, fmt.Errorf("list the ClayWorkspaces: %w", err)
	}
	if len(list.Items) == 0 {
		return nil, fmt.Errorf("there is no ClayWorkspace in %s: name a namespace with --namespace, or look at all with --all-namespaces",
			cmp.Or(f.namespace, "any namespace"))
	}
	return list.Items, nil
}
