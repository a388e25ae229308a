//go:build cluster

package cluster

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

var (
	imagePrefix = flag.String("image-prefix", "", "what stands before the names of the images, for example registry.example.com/team/")
	imageTag    = flag.String("tag", "dev", "the tag of the images")
	chart       = flag.String("chart", "", "the directory of the chart to install with; config/default if empty")
	sandbox     = flag.Bool("sandbox", false, "run Chromium in its own sandbox, which writes a seccomp profile to the nodes")
	network     = flag.Bool("network", false, "the cluster enforces NetworkPolicies: try what the chart's let through")
	helm        = flag.String("helm", "helm", "the program that installs the chart")
)

const (
	// operatorNamespace is where the operator is installed: the one of config/default.
	operatorNamespace = "clay-operator-system"
	// teamNamespace is where the workspace and its people are.
	teamNamespace = "clay-operator-e2e"
	// seccompNamespace is where what brings the seccomp profile to the nodes is: the one of config/seccomp.
	seccompNamespace = "clay-operator-seccomp"
	// settleTimeout bounds a wait: what was cut off is read twice, half a minute apart, before anybody is invited again, and an image may have to
	// be pulled.
	settleTimeout = 10 * time.Minute
	// lookPeriod is how often something is looked at that cannot be watched.
	lookPeriod = 250 * time.Millisecond
)

// suite is the cluster, and what is in it.
type suite struct {
	config    *rest.Config
	kube      client.WithWatch
	core      kubernetes.Interface
	installer installer
	simulator simulator
	// want is who should have a seat in Clay.
	want seats
	// figures are what was measured.
	figures figures
}

// TestOperator is one story, each part of which begins where the one before it ended.
func TestOperator(t *testing.T) {
	logf.SetLogger(logr.Discard())
	s := newSuite(t)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.describe())
		}
		s.clean(t)
	})
	for _, part := range []struct {
		name string
		play func(*testing.T)
	}{
		{"installed, people get their seats", s.getSeats},
		{"it rests", s.rest},
		{"only restricted pods are let in", s.refuseOthers},
		{"the operator may do what it has to, and nothing else", s.checkRights},
		{"only the manager has a token", s.checkTokens},
		{"whether Chromium is in its own sandbox is told truly", s.checkSandbox},
		{"the browser reaches what it has to, and nothing else", s.checkNetwork},
		{"whatever dies in the middle of work, nobody is invited twice", s.surviveKills},
		{"two hundred people are invited", s.inviteMany},
		{"a leaver's seat goes", s.offboard},
		{"an upgrade changes no seat", s.upgrade},
		{"without the operator the seats and the resources stay", s.uninstall},
	} {
		if !t.Run(part.name, part.play) {
			t.FailNow()
		}
	}
	t.Log(s.figures.table())
}

func newSuite(t *testing.T) *suite {
	t.Helper()
	config, err := ctrl.GetConfig()
	if err != nil {
		t.Fatalf("find a cluster: set KUBECONFIG: %v", err)
	}
	config.QPS = -1 // no rate limit on this side: the API server has its own fairness
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), clayv1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	kube, err := client.NewWithWatch(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	core, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	s := &suite{config: config, kube: kube, core: core, want: seats{}, figures: figures{}}
	s.refuseForeign(t)
	s.installer = s.newInstaller(t)
	return s
}

// refuseForeign ends the test where the cluster has an operator already, or its resources: none of them may come to harm.
func (s *suite) refuseForeign(t *testing.T) {
	t.Helper()
	users := clayv1alpha1.GroupVersion.WithKind("ClayUser")
	if _, err := s.kube.RESTMapper().RESTMapping(users.GroupKind(), users.Version); !meta.IsNoMatchError(err) {
		t.Fatalf("this cluster knows ClayUsers, or cannot say so (%v): use another one, or remove what a test left there", err)
	}
	for _, namespace := range []string{operatorNamespace, teamNamespace, seccompNamespace} {
		_, err := s.core.CoreV1().Namespaces().Get(t.Context(), namespace, metav1.GetOptions{})
		if !apierrors.IsNotFound(err) {
			t.Fatalf("this cluster has the namespace %s, or cannot say so (%v): use another one, or remove what a test left there", namespace, err)
		}
	}
}

// clean removes what the test made. Without the operator nobody takes the finalizers away, and no seat is at stake: the simulator goes too.
func (s *suite) clean(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	s.installer.uninstall(t)
	var users clayv1alpha1.ClayUserList
	var workspaces clayv1alpha1.ClayWorkspaceList
	_, _ = s.kube.List(ctx, &users, client.InNamespace(teamNamespace)), s.kube.List(ctx, &workspaces, client.InNamespace(teamNamespace))
	var all []client.Object
	for i := range users.Items {
		all = append(all, &users.Items[i])
	}
	for i := range workspaces.Items {
		all = append(all, &workspaces.Items[i])
	}
	for _, object := range all {
		before := object.DeepCopyObject().(client.Object)
		object.SetFinalizers(nil)
		if err := s.kube.Patch(ctx, object, client.MergeFrom(before)); client.IgnoreNotFound(err) != nil {
			t.Errorf("remove the finalizers of %s: %v", object.GetName(), err)
		}
	}
	for _, namespace := range []string{teamNamespace, operatorNamespace, seccompNamespace} {
		kubectl(t, "", "delete", "namespace", namespace, "--ignore-not-found")
	}
	kubectl(t, "", "delete", "--ignore-not-found", "customresourcedefinitions", "claygroups.clay.seatwright.dev", "clayusers.clay.seatwright.dev",
		"clayworkspaces.clay.seatwright.dev")
}

// describe says what is there, for a failure.
func (s *suite) describe() string {
	var text strings.Builder
	for _, arguments := range [][]string{
		{"get", "pods", "--all-namespaces", "--output=wide"},
		{"get", "clayworkspaces,clayusers", "--namespace", teamNamespace, "--output=wide"},
		{"describe", "pods", "--namespace", operatorNamespace},
		{"logs", "--namespace", operatorNamespace, "deployment/" + operatorName, "--container=manager", "--tail=80"},
		{"logs", "--namespace", operatorNamespace, "deployment/" + operatorName, "--container=browser", "--tail=80"},
	} {
		output, err := exec.CommandContext(context.Background(), "kubectl", arguments...).CombinedOutput()
		fmt.Fprintf(&text, "kubectl %s (%v)\n%s\n", strings.Join(arguments, " "), err, output)
	}
	return text.String()
}

// kubectl runs kubectl, with a text to read if it is not empty, and returns what it prints.
func kubectl(t *testing.T, input string, arguments ...string) string {
	t.Helper()
	return run(t, input, "kubectl", arguments...)
}

func run(t *testing.T, input, program string, arguments ...string) string {
	t.Helper()
	var output, complaint bytes.Buffer
	command := exec.CommandContext(context.WithoutCancel(t.Context()), program, arguments...)
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(input), &output, &complaint
	command.Env = os.Environ()
	if err := command.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", program, strings.Join(arguments, " "), err, output.String(), complaint.String())
	}
	return output.String()
}

// until looks again and again until done, or for settleTimeout.
func until(t *testing.T, what string, done func(context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), settleTimeout)
	defer cancel()
	tick := time.NewTicker(lookPeriod)
	defer tick.Stop()
	for !done(ctx) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waiting for %s: it took longer than %s", what, settleTimeout)
		}
	}
}

// ready waits for the operator's pod.
func (s *suite) ready(t *testing.T) *corev1.Pod {
	t.Helper()
	var pod *corev1.Pod
	until(t, "the operator to be ready", func(ctx context.Context) bool {
		pod = s.pod(ctx, t)
		return pod != nil
	})
	return pod
}

// pod returns the operator's pod that runs, and nil while there is none whose containers are all ready.
func (s *suite) pod(ctx context.Context, t *testing.T) *corev1.Pod {
	t.Helper()
	pods, err := s.core.CoreV1().Pods(operatorNamespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Logf("list the pods: %v", err)
		return nil
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		ready := false
		for _, condition := range pod.Status.Conditions {
			ready = ready || condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue
		}
		if pod.DeletionTimestamp == nil && pod.Spec.Containers[0].Name == "manager" && ready {
			return pod
		}
	}
	return nil
}
