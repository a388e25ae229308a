package gitops

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/cache"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/common"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/tracing"
	argocommon "github.com/argoproj/argo-cd/v3/common"
	appv1 "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/argo"
	argodiff "github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/argo-cd/v3/util/settings"
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
)

const (
	applicationName = "clay"
	// settleTimeout bounds a wait: ten times what a busy machine needs, so that a hang ends with a reason.
	settleTimeout = 4 * time.Minute
)

// application is one Application with automated sync, prune and self-heal: what Argo CD's application controller does with it, by the
// same packages and in the same order, without the servers around it.
type application struct {
	t          *testing.T
	repository *repository
	config     *rest.Config
	namespace  string
	overrides  map[string]appv1.ResourceOverride
	tracking   argo.ResourceTracking
	kubectl    kube.Kubectl
	cluster    cache.ClusterCache
	// changed gets a value when the cluster's state may have changed since it was looked at.
	changed chan struct{}
	// options are the sync options of the Application; serverSide is true where ServerSideApply is one.
	options    []sync.SyncOpt
	serverSide bool
}

func newApplication(t *testing.T, config *rest.Config, namespace string, options ...sync.SyncOpt) *application {
	t.Helper()
	a := &application{
		t: t, repository: newRepository(t), config: config, namespace: namespace, overrides: overrides(t), options: options,
		tracking: argo.NewResourceTracking(), kubectl: &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}},
		changed: make(chan struct{}, 1),
	}
	cluster := cache.NewClusterCache(config,
		cache.SetLogr(logr.Discard()), cache.SetKubectl(a.kubectl), cache.SetNamespaces([]string{namespace}),
		cache.SetSettings(cache.Settings{
			ResourceHealthOverride: lua.ResourceHealthOverrides(a.overrides), ResourcesFilter: &settings.ResourcesFilter{},
		}),
		cache.SetPopulateResourceInfoHandler(func(object *unstructured.Unstructured, _ bool) (info any, keep bool) {
			name := a.tracking.GetAppName(object, "", appv1.TrackingMethodAnnotation, "")
			return name, name != ""
		}),
	)
	a.cluster = cluster
	if err := cluster.EnsureSynced(); err != nil {
		t.Fatalf("Argo CD cannot read the cluster: %v", err)
	}
	unsubscribe := cluster.OnResourceUpdated(func(_, _ *cache.Resource, _ map[kube.ResourceKey]*cache.Resource) {
		select {
		case a.changed <- struct{}{}:
		default:
		}
	})
	t.Cleanup(func() {
		unsubscribe()
		cluster.Invalidate()
	})
	return a
}

// comparison is the repository beside the cluster.
type comparison struct {
	sync.ReconciliationResult
	revision string
	// resources are by kind and name, such as "ClayUser/jo".
	resources map[string]resource
}

// resource is what Argo CD shows of one.
type resource struct {
	status appv1.SyncStatusCode
	health health.HealthStatus
	// pruned is true where the repository has it no more.
	pruned bool
}

// compare does what CompareAppState does.
func (a *application) compare() comparison {
	a.t.Helper()
	targets, revision := a.repository.pull()
	for _, target := range targets {
		target.SetNamespace(a.namespace)
		if err := a.tracking.SetAppInstance(target, "", applicationName, a.namespace, appv1.TrackingMethodAnnotation, ""); err != nil {
			a.t.Fatal(err)
		}
	}
	managed, err := a.cluster.GetManagedLiveObjs(targets, func(r *cache.Resource) bool { return r.Info == applicationName })
	if err != nil {
		a.t.Fatalf("Argo CD cannot find what it manages: %v", err)
	}
	found := comparison{
		ReconciliationResult: sync.Reconcile(targets, managed, a.namespace, a.cluster), revision: revision, resources: map[string]resource{},
	}
	config, err := argodiff.NewDiffConfigBuilder().
		WithDiffSettings([]appv1.ResourceIgnoreDifferences{}, a.overrides, false, normalizers.IgnoreNormalizerOpts{}).
		WithTracking("", string(appv1.TrackingMethodAnnotation)).WithNoCache().
		WithGVKParser(a.cluster.GetGVKParser()).WithManager(argocommon.ArgoCDSSAManager).WithStructuredMergeDiff(a.serverSide).Build()
	if err != nil {
		a.t.Fatal(err)
	}
	differences, err := argodiff.StateDiffs(found.Live, found.Target, config)
	if err != nil {
		a.t.Fatalf("Argo CD cannot compare: %v", err)
	}
	for i, difference := range differences.Diffs {
		target, live := found.Target[i], found.Live[i]
		name, shown := a.show(target, live)
		if target != nil && live != nil && !difference.Modified {
			shown.status = appv1.SyncStatusCodeSynced
		}
		found.resources[name] = shown
	}
	return found
}

func (a *application) show(target, live *unstructured.Unstructured) (name string, shown resource) {
	a.t.Helper()
	shown = resource{status: appv1.SyncStatusCodeOutOfSync, health: health.HealthStatus{Status: health.HealthStatusMissing}, pruned: target == nil}
	either := target
	if live != nil {
		either = live
		found, err := health.GetResourceHealth(live, lua.ResourceHealthOverrides(a.overrides))
		if err != nil {
			a.t.Fatalf("Argo CD cannot tell the health of %s: %v", live.GetName(), err)
		}
		shown.health = health.HealthStatus{Status: health.HealthStatusHealthy} // kinds without a health of their own count for nothing
		if found != nil {
			shown.health = *found
			a.checkAgreement(live, found.Status)
		}
	}
	return either.GetKind() + "/" + either.GetName(), shown
}

// checkAgreement checks of every state that the operator writes on its way that Argo CD and Flux agree on what is well.
func (a *application) checkAgreement(live *unstructured.Unstructured, shown health.HealthStatusCode) {
	a.t.Helper()
	if computed := kstatus(a.t, live); (shown == health.HealthStatusHealthy) != (computed == status.CurrentStatus) {
		a.t.Errorf("%s is %s to Argo CD and %s to Flux: %v", live.GetName(), shown, computed, live.Object["status"])
	}
}

// isSynced says whether the cluster holds what the repository holds, and no more.
func (c comparison) isSynced() bool {
	for _, resource := range c.resources {
		if resource.status != appv1.SyncStatusCodeSynced {
			return false
		}
	}
	return true
}

// health is that of the worst.
func (c comparison) health() health.HealthStatusCode {
	worst := health.HealthStatusHealthy
	for _, resource := range c.resources {
		if health.IsWorse(worst, resource.health.Status) {
			worst = resource.health.Status
		}
	}
	return worst
}

func (c comparison) isHealthy() bool { return c.health() == health.HealthStatusHealthy }

// String lists what is not as it should be.
func (c comparison) String() string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c.resources)) {
		if r := c.resources[name]; r.status != appv1.SyncStatusCodeSynced || r.health.Status != health.HealthStatusHealthy {
			fmt.Fprintf(&text, "%s: %s, %s, %s\n", name, r.status, r.health.Status, r.health.Message)
		}
	}
	return text.String()
}

// until compares whenever something changes in the cluster, until done is true.
func (a *application) until(what string, done func(comparison) bool) comparison {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), settleTimeout)
	defer cancel()
	for {
		found := a.compare()
		if done(found) {
			return found
		}
		select {
		case <-a.changed:
		case <-ctx.Done():
			a.t.Fatalf("waiting for %s: it took longer than %s\n%s", what, settleTimeout, found)
		}
	}
}

// operation is one sync under way.
type operation struct {
	phase     common.OperationPhase
	message   string
	results   []common.ResourceSyncResult
	startedAt metav1.Time
}

// isSame says whether nothing came of a look at the operation.
func (o *operation) isSame(before operation) bool {
	return o.phase == before.phase && o.message == before.message && reflect.DeepEqual(o.results, before.results)
}

// step does what SyncAppState does each time that the controller looks at an operation: it compares anew, and goes on from there.
func (a *application) step(o *operation) {
	a.t.Helper()
	if o.startedAt.IsZero() {
		o.startedAt, o.phase = metav1.Now(), common.OperationRunning
	}
	found := a.compare()
	under, cleanup, err := sync.NewSyncContext(found.revision, found.ReconciliationResult, a.config, a.config, a.kubectl, a.namespace,
		append([]sync.SyncOpt{
			sync.WithLogr(logr.Discard()), sync.WithHealthOverride(lua.ResourceHealthOverrides(a.overrides)),
			sync.WithServerSideApply(a.serverSide), sync.WithServerSideApplyManager(argocommon.ArgoCDSSAManager),
			sync.WithInitialState(o.phase, o.message, o.results, o.startedAt), sync.WithOperationSettings(false, true, false, false),
		}, a.options...)...)
	if err != nil {
		a.t.Fatalf("Argo CD cannot begin to sync: %v", err)
	}
	defer cleanup()
	under.Sync()
	o.phase, o.message, o.results = under.GetState()
}

// sync carries an operation out, which has to succeed.
func (a *application) sync() {
	a.t.Helper()
	if err := a.attempt(); err != nil {
		a.t.Fatal(err)
	}
}

// attempt carries an operation out.
func (a *application) attempt() error {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), settleTimeout)
	defer cancel()
	var o operation
	for {
		before := o
		if a.step(&o); o.phase.Completed() {
			break
		}
		if !o.isSame(before) {
			continue
		}
		select {
		case <-a.changed:
		case <-ctx.Done():
			return fmt.Errorf("the sync took longer than %s: %s %s\n%s", settleTimeout, o.phase, o.message, a.compare())
		}
	}
	if !o.phase.Successful() {
		return fmt.Errorf("the sync ended as %s: %s\n%+v", o.phase, o.message, o.results)
	}
	return nil
}
