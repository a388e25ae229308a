package cli

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/discovery"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/healthz"

	"github.com/seatwright/clay-operator/api/v1alpha1"
)

const (
	// leaseName names the lease of leader election.
	leaseName = "clay-operator.clay.seatwright.dev"
	// shutdownLimit is how long the passes under way may take to end: longer than a step in the browser, whose ladder out
	// of a freeze takes half a minute, and shorter than the pod's grace period.
	shutdownLimit = 90 * time.Second
	// noClientLimit leaves the pace of requests to the API server, which has priority and fairness.
	noClientLimit = -1
	// readyLimit bounds a look at the caches.
	readyLimit = time.Second
)

// newControllerManager makes the manager that the controllers are added to. The error says what is wrong with the cluster, if
// something is.
func newControllerManager(ctx context.Context, o *managerOptions) (ctrl.Manager, error) {
	cluster, err := ctrl.GetConfig()
	if err != nil {
		return nil, fmt.Errorf("no cluster was found: set KUBECONFIG, or run in a pod (%w)", err)
	}
	cluster.QPS = noClientLimit
	cluster.UserAgent = "clay-operator/" + version()
	if err := checkDefinitions(ctx, cluster); err != nil {
		return nil, err
	}
	mgr, err := ctrl.NewManager(cluster, o.controllerOptions())
	if err != nil {
		return nil, fmt.Errorf("prepare the manager: %w", err)
	}
	// Neither asks for the browser: a lost browser is a condition of the workspaces, and a restart of the manager does not
	// bring it back.
	err = errors.Join(
		mgr.AddHealthzCheck("ping", healthz.Ping),
		mgr.AddReadyzCheck("caches", func(request *http.Request) error { return synced(request.Context(), mgr.GetCache()) }),
	)
	if err != nil {
		return nil, fmt.Errorf("add the health checks: %w", err)
	}
	return mgr, nil
}

func (o *managerOptions) controllerOptions() ctrl.Options {
	grace := shutdownLimit
	warm := o.leaderElect
	options := ctrl.Options{
		Scheme: newScheme(),
		// Nothing here reads who owned which field, and it is half of an object.
		Cache: cache.Options{DefaultTransform: cache.TransformStripManagedFields()},
		// A Secret is read when it is needed, and then goes: memory with every Secret of a cluster is a prize.
		Client: client.Options{Cache: &client.CacheOptions{
			DisableFor: []client.Object{&corev1.Secret{}, &corev1.ConfigMap{}},
		}},
		Metrics:                       o.metricsOptions(),
		HealthProbeBindAddress:        o.healthAddress,
		PprofBindAddress:              o.pprofAddress,
		LeaderElection:                o.leaderElect,
		LeaderElectionID:              leaseOf(o.namespaces),
		LeaderElectionNamespace:       o.leaderElectionNamespace,
		LeaderElectionReleaseOnCancel: true,
		GracefulShutdownTimeout:       &grace,
		// A standby fills its caches before it leads.
		Controller: config.Controller{EnableWarmup: &warm},
	}
	if len(o.namespaces) > 0 {
		options.Cache.DefaultNamespaces = make(map[string]cache.Config, len(o.namespaces))
		for _, namespace := range o.namespaces {
			options.Cache.DefaultNamespaces[namespace] = cache.Config{}
		}
	}
	return options
}

// newScheme knows Kubernetes' own kinds and ours.
func newScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	return scheme
}

// leaseOf returns the name of the lease: operators that watch different namespaces do not exclude each other.
func leaseOf(namespaces []string) string {
	if len(namespaces) == 0 {
		return leaseName
	}
	sum := fnv.New32a()
	// Writing to a hash never fails.
	_, _ = sum.Write([]byte(strings.Join(slices.Compact(slices.Sorted(slices.Values(namespaces))), ",")))
	return fmt.Sprintf("%s-%08x", leaseName, sum.Sum32())
}

// checkDefinitions returns an error that says what to do where the cluster does not know our resources or cannot be asked.
func checkDefinitions(ctx context.Context, cluster *rest.Config) error {
	asker, err := discovery.NewDiscoveryClientForConfig(cluster)
	if err != nil {
		return fmt.Errorf("prepare to ask the cluster: %w", err)
	}
	known, err := asker.ServerResourcesForGroupVersionWithContext(ctx, v1alpha1.GroupVersion.String())
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("reach the cluster at %s: %w", cluster.Host, err)
	}
	for _, resource := range []string{"clayworkspaces", "clayusers", "claygroups"} {
		named := func(candidate metav1.APIResource) bool { return candidate.Name == resource }
		if known == nil || !slices.ContainsFunc(known.APIResources, named) {
			return fmt.Errorf("the cluster at %s lacks the resource definition of %s.%s: run \"kubectl apply -k config/crd\"",
				cluster.Host, resource, v1alpha1.GroupVersion)
		}
	}
	return nil
}

// synced returns nil once every cache has been filled.
func synced(ctx context.Context, caches cache.Cache) error {
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	if !caches.WaitForCacheSync(ctx) {
		return errors.New("the caches are not filled yet")
	}
	return nil
}
