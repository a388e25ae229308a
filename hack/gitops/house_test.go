package gitops

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"

	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/go-logr/logr"
	"github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/hack/internal/embedded"
	"github.com/seatwright/clay-operator/internal/claysim"
)

const (
	workspaceID      = 12345
	workspaceName    = "sales"
	operatorEmail    = "operator@example.com"
	operatorPassword = "correct-horse-battery-staple"
)

var plane *embedded.ControlPlane

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	logf.SetLogger(logr.Discard())
	logrus.SetOutput(io.Discard)
	klog.SetLogger(logr.Discard())
	var err error
	if plane, err = embedded.StartControlPlane(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := plane.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// createNamespace makes a namespace with a name of its own and returns it.
func createNamespace(t *testing.T) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "gitops-"}}
	if err := plane.Client.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	return namespace.Name
}

// house is a simulator of Clay, and an operator that looks at one namespace.
type house struct {
	t         *testing.T
	namespace string
	simulator *claysim.Server
	log       lockedBuffer
}

// newHouse starts both. The simulator's workspace holds nobody but two admins.
func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, namespace: createNamespace(t)}
	simulator, err := claysim.Start(claysim.Options{Seed: claysim.Seed{
		Accounts: []claysim.Account{{Email: operatorEmail, Password: operatorPassword, Name: "Clay Operator"}},
		Workspaces: []claysim.Workspace{{
			ID: workspaceID, Name: "Example Sales", Plan: claysim.PlanEnterprise,
			Members: []claysim.Seat{
				{Email: "owner@example.com", Name: "Owner", Role: claysim.RoleAdmin},
				{Email: operatorEmail, Role: claysim.RoleAdmin},
			},
		}},
	}})
	if err != nil {
		t.Fatalf("start the simulator: %v", err)
	}
	h.simulator = simulator
	t.Cleanup(func() {
		if err := simulator.Close(); err != nil {
			t.Errorf("stop the simulator: %v", err)
		}
	})
	binary, err := embedded.BuildOperator(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	operator, err := embedded.StartOperator(context.Background(), binary, plane.Kubeconfig, &h.log, "--namespace="+h.namespace,
		"--audit-store=file://"+t.TempDir(), "--metrics-bind-address=0", "--health-probe-bind-address=0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := operator.Stop(); err != nil {
			t.Errorf("stop the operator: %v", err)
		}
		if t.Failed() {
			t.Logf("the operator's log:\n%s", h.log.String())
		}
	})
	return h
}

// reconcileNow clicks Argo CD's button on the workspace, and waits until the operator has done what it asks for.
func (h *house) reconcileNow(a *application) {
	h.t.Helper()
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(clayv1alpha1.GroupVersion.WithKind("ClayWorkspace"))
	key := client.ObjectKey{Namespace: h.namespace, Name: workspaceName}
	if err := plane.Client.Get(h.t.Context(), key, live); err != nil {
		h.t.Fatal(err)
	}
	vm := lua.VM{ResourceOverrides: a.overrides}
	if action(h.t, vm, live).Disabled {
		h.t.Fatal("there is no button Reconcile now")
	}
	if err := plane.Client.Patch(h.t.Context(), live, client.RawPatch(types.MergePatchType, act(h.t, vm, live))); err != nil {
		h.t.Fatal(err)
	}
	asked := live.GetAnnotations()[clayv1alpha1.AnnotationReconcileAt]
	a.until("the pass that was asked for", func(found comparison) bool {
		for _, object := range found.Live {
			if object != nil && object.GetKind() == "ClayWorkspace" {
				handled, _, _ := unstructured.NestedString(object.Object, "status", "lastHandledReconcileAt")
				return handled == asked
			}
		}
		return false
	})
}

// acceptAll has everybody accept who is invited.
func (h *house) acceptAll() {
	h.t.Helper()
	for _, invitation := range h.simulator.Workspace(workspaceID).Invitations {
		if err := h.simulator.AcceptInvitation(invitation.Email); err != nil {
			h.t.Fatal(err)
		}
	}
}

// lockedBuffer is a log that a process writes and a test reads. The buffer is not embedded: copying would use its ReadFrom, past the lock.
type lockedBuffer struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(text []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.Write(text)
}

func (b *lockedBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.String()
}
