package chart

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"helm.sh/helm/v4/pkg/action"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/kube"
	releasev1 "helm.sh/helm/v4/pkg/release/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// helmTimeout bounds what Helm waits for.
const helmTimeout = 2 * time.Minute

// helm speaks to a control plane as a person with the command does.
func (p *plane) helm(t *testing.T) *action.Configuration {
	t.Helper()
	flags := genericclioptions.NewConfigFlags(false)
	place := namespace
	flags.KubeConfig, flags.Namespace = &p.kubeconfig, &place
	configuration := quiet()
	if err := configuration.Init(flags, namespace, "secret"); err != nil {
		t.Fatal(err)
	}
	return configuration
}

func (p *plane) install(t *testing.T, chart *chartv2.Chart, given values) *releasev1.Release {
	t.Helper()
	install := action.NewInstall(p.helm(t))
	install.ReleaseName, install.Namespace = release, namespace
	install.ServerSideApply, install.WaitStrategy, install.Timeout = true, kube.HookOnlyStrategy, helmTimeout
	made, err := install.RunWithContext(t.Context(), chart, given)
	if err != nil {
		t.Fatalf("helm install: %v", err)
	}
	return made.(*releasev1.Release)
}

func (p *plane) upgrade(t *testing.T, chart *chartv2.Chart, given values) *releasev1.Release {
	t.Helper()
	upgrade := action.NewUpgrade(p.helm(t))
	upgrade.Namespace, upgrade.ServerSideApply, upgrade.WaitStrategy, upgrade.Timeout = namespace, "auto", kube.HookOnlyStrategy, helmTimeout
	made, err := upgrade.RunWithContext(t.Context(), release, chart, given)
	if err != nil {
		t.Fatalf("helm upgrade: %v", err)
	}
	return made.(*releasev1.Release)
}

func (p *plane) rollback(t *testing.T, revision int) {
	t.Helper()
	rollback := action.NewRollback(p.helm(t))
	rollback.Version, rollback.ServerSideApply, rollback.WaitStrategy, rollback.Timeout = revision, "auto", kube.HookOnlyStrategy, helmTimeout
	if err := rollback.Run(release); err != nil {
		t.Fatalf("helm rollback: %v", err)
	}
}

func (p *plane) uninstall(t *testing.T) {
	t.Helper()
	uninstall := action.NewUninstall(p.helm(t))
	uninstall.WaitStrategy, uninstall.Timeout = kube.HookOnlyStrategy, helmTimeout
	if _, err := uninstall.Run(release); err != nil {
		t.Fatalf("helm uninstall: %v", err)
	}
}

// completeJobs does what a cluster does with the job of a first installation: it has none of the things that a Job needs, and so somebody has to say that
// the definitions are served, once they are. It returns how many jobs there were, to be asked once nothing runs any more.
func (p *plane) completeJobs(t *testing.T) func() int {
	t.Helper()
	jobs, err := p.Watch(t.Context(), &batchv1.JobList{}, client.InNamespace(namespace))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan int)
	go func() {
		completed := 0
		defer func() { done <- completed }()
		for event := range jobs.ResultChan() {
			if event.Type != watch.Added {
				continue
			}
			completed++
			if err := p.complete(t, event.Object.(*batchv1.Job)); err != nil {
				t.Error(err)
			}
		}
	}()
	return func() int {
		jobs.Stop()
		return <-done
	}
}

func (p *plane) complete(t *testing.T, job *batchv1.Job) error {
	t.Helper()
	if err := p.definitionsServed(t); err != nil {
		return err
	}
	now := metav1.Now()
	job.Status.StartTime, job.Status.CompletionTime, job.Status.Succeeded = &now, &now, 1
	for _, condition := range []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobComplete} {
		job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{Type: condition, Status: corev1.ConditionTrue, LastTransitionTime: now})
	}
	return p.Status().Update(t.Context(), job)
}

// previous is the chart as it may have been before: with a lower version, and with definitions that lack something.
func previous(t *testing.T) *chartv2.Chart {
	t.Helper()
	before := loadChart(t)
	before.Metadata.Version, before.Metadata.AppVersion = "0.0.1", "0.0.1"
	for _, file := range before.Files {
		if strings.HasPrefix(file.Name, "files/crds/") {
			file.Data = []byte(strings.Replace(string(file.Data), "    categories:\n    - clay\n", "", 1))
		}
	}
	return before
}

// categories returns those of a definition in the cluster.
func (p *plane) categories(t *testing.T, name string) []string {
	t.Helper()
	definition := &apiextensionsv1.CustomResourceDefinition{}
	if err := p.Get(t.Context(), client.ObjectKey{Name: name}, definition); err != nil {
		t.Fatal(err)
	}
	if definition.DeletionTimestamp != nil {
		t.Errorf("the definition %s is being deleted", name)
	}
	return definition.Spec.Names.Categories
}

// people are the resources that no life of a release may end. The finalizer is what the operator gives each.
type people map[string]*unstructured.Unstructured

func (p *plane) people(t *testing.T) people {
	t.Helper()
	found := people{"ClayWorkspace/sales": p.get(t, "ClayWorkspace", "sales")}
	for _, name := range []string{"leads", "emea-sales"} {
		found["ClayGroup/"+name] = p.get(t, "ClayGroup", name)
	}
	for _, name := range []string{"avery", "blake", "casey", "drew", "emery"} {
		user := p.get(t, "ClayUser", name)
		if len(user.GetFinalizers()) == 0 {
			user.SetFinalizers([]string{"clay.seatwright.dev/seat"})
			if err := p.Update(t.Context(), user); err != nil {
				t.Fatal(err)
			}
		}
		found["ClayUser/"+name] = user
	}
	return found
}

// stay fails where somebody is gone, is on the way out, or is another than before.
func (before people) stay(t *testing.T, now people) {
	t.Helper()
	for name, object := range before {
		if now[name].GetUID() != object.GetUID() || now[name].GetDeletionTimestamp() != nil {
			t.Errorf("%s is not what it was: %s, deleted %v", name, now[name].GetUID(), now[name].GetDeletionTimestamp())
		}
	}
}

// TestTheLifeOfARelease goes from the first installation in an empty cluster to the last, and looks after each step whether everybody is still there.
func TestTheLifeOfARelease(t *testing.T) {
	server := startPlane(t)
	server.makeNamespace(t, namespace)
	team := with(valuesOf(t, "team"), set("networkPolicy.cilium.enabled", false))

	stop := server.completeJobs(t)
	first := server.install(t, previous(t), team)
	if jobs := stop(); jobs != 1 {
		t.Errorf("%d jobs waited for the definitions, want 1", jobs)
	}
	if users := parse(t, first.Manifest).ofKind("ClayUser"); len(users) > 0 {
		t.Errorf("%v came by no hook, though their kind was not known", users)
	}
	atFirst := server.people(t)
	if categories := server.categories(t, "clayusers.clay.seatwright.dev"); len(categories) > 0 {
		t.Fatalf("the definitions of before have the categories %v already", categories)
	}

	// An upgrade, in which one line changes and others are gone.
	users := team["users"].(values)
	users["blake"].(values)["role"] = "Admin"
	delete(users, "casey")
	delete(team["groups"].(values), "leads")
	server.upgrade(t, loadChart(t), team)
	upgraded := server.people(t)
	atFirst.stay(t, upgraded)
	if role, _, _ := unstructured.NestedString(upgraded["ClayUser/blake"].Object, "spec", "role"); role != "Admin" {
		t.Errorf("blake's role is %q after the upgrade", role)
	}
	for _, name := range []string{"ClayUser/avery", "ClayUser/casey", "ClayGroup/leads", "ClayGroup/emea-sales", "ClayWorkspace/sales"} {
		if upgraded[name].GetGeneration() != atFirst[name].GetGeneration() {
			t.Errorf("the spec of %s is another after an upgrade that did not concern it", name)
		}
	}
	if len(server.categories(t, "clayusers.clay.seatwright.dev")) == 0 {
		t.Error("the definitions are those of before the upgrade")
	}

	server.rollback(t, 1)
	atFirst.stay(t, server.people(t))

	server.uninstall(t)
	atFirst.stay(t, server.people(t))
	server.categories(t, "clayworkspaces.clay.seatwright.dev")
	deployment := &appsv1.Deployment{}
	if err := server.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: release}, deployment); !apierrors.IsNotFound(err) {
		t.Errorf("the operator is still there: %v", err)
	}
	claim := &corev1.PersistentVolumeClaim{}
	if err := server.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: release + "-audit"}, claim); err != nil || claim.DeletionTimestamp != nil {
		t.Errorf("the trail is gone with the operator: %v", err)
	}

	// A second installation finds what the first one left. Nothing of it may be a hook now: a hook would delete it first.
	stop = server.completeJobs(t)
	second := server.install(t, loadChart(t), team)
	if jobs, users := stop(), parse(t, second.Manifest).ofKind("ClayUser"); jobs != 0 || len(users) != 4 {
		t.Errorf("the second installation takes itself for the first: %d jobs, and by no hook only %v", jobs, users)
	}
	atFirst.stay(t, server.people(t))
}

// TestFirstInstallationOfNobody makes sure that without people there is nothing to wait for.
func TestFirstInstallationOfNobody(t *testing.T) {
	server := startPlane(t)
	server.makeNamespace(t, namespace)
	stop := server.completeJobs(t)
	made := server.install(t, loadChart(t), nil)
	if jobs := stop(); jobs != 0 {
		t.Errorf("%d jobs waited for nobody", jobs)
	}
	if !strings.Contains(made.Info.Notes, "kubectl create secret generic clay-login") {
		t.Errorf("the notes do not say the next step:\n%s", made.Info.Notes)
	}
}

// TestTheWaysOutOfDocsUninstall runs what the page says for removing the resources and keeping the seats, word by word.
func TestTheWaysOutOfDocsUninstall(t *testing.T) {
	server := startPlane(t, definitionsInConfig)
	for _, name := range []string{namespace, "sales"} {
		server.makeNamespace(t, name)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs/uninstall.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(page), "## Remove the resources too, and keep the seats")
	_, after, fenced := strings.Cut(after, "```sh\n")
	commands, _, closed := strings.Cut(after, "```")
	if !found || !fenced || !closed {
		t.Fatal("the page has no such commands any more")
	}
	workspace, user := newWorkspace("sales"), newUser("casey", "casey@example.com", nil)
	for _, object := range []*unstructured.Unstructured{workspace, user} {
		object.SetNamespace("sales")
		if err := server.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	// The operator's part: it lets go of whoever keeps the seat. What it sees at that moment is what this test is about.
	changes, err := server.Watch(t.Context(), listOf("ClayUser"), client.InNamespace("sales"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(changes.Stop)
	user.SetFinalizers([]string{"clay.seatwright.dev/seat"})
	if err := server.Update(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	policy := make(chan string, 1)
	go func() {
		for event := range changes.ResultChan() {
			if leaving := event.Object.(*unstructured.Unstructured); event.Type == watch.Modified && leaving.GetDeletionTimestamp() != nil {
				seen, _, _ := unstructured.NestedString(leaving.Object, "spec", "deletionPolicy")
				policy <- seen
				leaving.SetFinalizers(nil)
				if err := server.Update(t.Context(), leaving); err != nil {
					t.Error(err)
				}
				return
			}
		}
	}()
	command := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", commands)
	command.Env = append(os.Environ(), "KUBECONFIG="+server.kubeconfig, "PATH="+os.Getenv("KUBEBUILDER_ASSETS")+":"+os.Getenv("PATH"))
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, output)
	}
	if seen := <-policy; seen != "Retain" {
		t.Errorf("casey was deleted with the policy %q, and lost the seat", seen)
	}
	if err := server.Get(t.Context(), client.ObjectKeyFromObject(workspace), workspace); !apierrors.IsNotFound(err) {
		t.Errorf("the workspace is still there: %v", err)
	}
}

// firstInstallationJob renders the job that waits for the definitions, which only a live first installation has.
func firstInstallationJob(t *testing.T) string {
	t.Helper()
	chart := loadChart(t)
	for _, file := range chart.Templates {
		if file.Name == "templates/_team.tpl" {
			file.Data = []byte(strings.Replace(string(file.Data), `(lookup "v1" "Namespace" "" "kube-system")`, "true", 1))
		}
	}
	install := action.NewInstall(quiet())
	install.DryRunStrategy, install.ReleaseName, install.Namespace, install.KubeVersion = action.DryRunClient, release, namespace, oldest
	made, err := install.Run(chart, valuesOf(t, "team"))
	if err != nil {
		t.Fatal(err)
	}
	for _, hook := range made.(*releasev1.Release).Hooks {
		if hook.Kind == "Job" {
			return hook.Manifest
		}
	}
	t.Fatal("there is no job")
	return ""
}
