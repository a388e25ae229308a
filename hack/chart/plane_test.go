package chart

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
)

func TestMain(m *testing.M) {
	// What matters of the control plane's log comes back as an error.
	logf.SetLogger(logr.Discard())
	os.Exit(m.Run())
}

// planeTimeout bounds the start and the stop of a control plane. Both take seconds on an idle machine.
const planeTimeout = 2 * time.Minute

// plane is a real etcd and kube-apiserver. Nothing runs in it.
type plane struct {
	client.WithWatch
	config     *rest.Config
	kubeconfig string
}

// startPlane starts a control plane with what is in some files or directories, as an administrator sees it.
func startPlane(t *testing.T, definitions ...string) *plane {
	t.Helper()
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		t.Fatal(`KUBEBUILDER_ASSETS is not set: run this by "make chart", or export KUBEBUILDER_ASSETS="$(hack/control-plane.sh)"`)
	}
	existing := false
	environment := &envtest.Environment{
		CRDDirectoryPaths: definitions, ErrorIfCRDPathMissing: true, UseExistingCluster: &existing,
		ControlPlaneStartTimeout: planeTimeout, ControlPlaneStopTimeout: planeTimeout,
	}
	t.Cleanup(func() {
		if err := environment.Stop(); err != nil {
			t.Error(err)
		}
	})
	config, err := environment.Start()
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1 // no rate limit on this side
	config.WarningHandler = rest.NoWarnings{}
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, environment.KubeConfig, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := client.NewWithWatch(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &plane{WithWatch: reader, config: config, kubeconfig: kubeconfig}
}

// definitionsInConfig is where the project's own definitions are.
const definitionsInConfig = root + "/config/crd/bases"

// makeNamespace makes a namespace that takes restricted pods only.
func (p *plane) makeNamespace(t *testing.T, name string) {
	t.Helper()
	err := p.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: name, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "latest"},
	}})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
}

// get reads a resource of the project.
func (p *plane) get(t *testing.T, kind, name string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	object.SetAPIVersion("clay.seatwright.dev/v1alpha1")
	object.SetKind(kind)
	if err := p.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, object); err != nil {
		t.Fatalf("%s %s: %v", kind, name, err)
	}
	return object
}

// kubectl runs it against the control plane, and returns what it says.
func (p *plane) kubectl(t *testing.T, arguments ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join(os.Getenv("KUBEBUILDER_ASSETS"), "kubectl"), arguments...)
	command.Dir = root
	command.Env = append(os.Environ(), "KUBECONFIG="+p.kubeconfig)
	output, err := command.CombinedOutput()
	return string(output), err
}

// definitionsServed waits until the project's definitions are.
func (p *plane) definitionsServed(t *testing.T) error {
	t.Helper()
	output, err := p.kubectl(t, "wait", "--for=condition=Established", "--timeout=60s",
		"crd/claygroups.clay.seatwright.dev", "crd/clayusers.clay.seatwright.dev", "crd/clayworkspaces.clay.seatwright.dev")
	if err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	return nil
}

// kustomize returns what a kustomization of the project makes.
func kustomize(t *testing.T, directory string) objects {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join(os.Getenv("KUBEBUILDER_ASSETS"), "kubectl"), "kustomize", directory)
	command.Dir = root
	output, err := command.Output()
	if err != nil {
		t.Fatalf("kubectl kustomize %s: %v", directory, err)
	}
	return parse(t, string(output))
}

// applied returns how many lines of what kubectl said tell of something that was made.
func applied(output string) int {
	return strings.Count(output, "serverside-applied") + strings.Count(output, " created")
}
