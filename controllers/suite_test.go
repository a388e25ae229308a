package controllers

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// plane is an API server with the project's resources.
type plane struct {
	environment *envtest.Environment
	// admin may do everything, and operator what its role allows.
	admin, operator *rest.Config
}

// shared is the API server that the tests of the package share, each in a namespace of its own.
var shared *plane

func TestMain(m *testing.M) {
	os.Exit(runSuite(m))
}

func runSuite(m *testing.M) int {
	log := &searchedLog{next: logTo()}
	ctrl.SetLogger(logr.FromSlogHandler(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		fmt.Fprintln(os.Stderr, "KUBEBUILDER_ASSETS is not set: run `make test`, or set it to what hack/control-plane.sh prints.")
		return 1
	}
	var err error
	if shared, err = startPlane(); err != nil {
		fmt.Fprintf(os.Stderr, "the control plane did not start: %v\n", err)
		return 1
	}
	code := m.Run()
	if err := shared.environment.Stop(); err != nil {
		fmt.Fprintf(os.Stderr, "the control plane did not stop: %v\n", err)
		return 1
	}
	if leak := log.leak(); leak != "" {
		fmt.Fprintf(os.Stderr, "a secret is in the log: %s\n", leak)
		return 1
	}
	return code
}

// planeTimeout bounds the start and the stop of a control plane, each: ten times what they take on two busy cores.
const planeTimeout = 2 * time.Minute

func startPlane() (*plane, error) {
	environment := &envtest.Environment{
		CRDDirectoryPaths:        []string{filepath.Join("..", "config", "crd", "bases")},
		ErrorIfCRDPathMissing:    true,
		ControlPlaneStartTimeout: planeTimeout,
		ControlPlaneStopTimeout:  planeTimeout,
	}
	admin, err := environment.Start()
	if err != nil {
		return nil, err
	}
	// The tests are quicker than the client's default of five requests a second.
	admin.QPS = -1
	operator, err := limitToRole(environment, admin)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("set up the operator's role: %w", err), environment.Stop())
	}
	operator.QPS = -1
	return &plane{environment: environment, admin: admin, operator: operator}, nil
}

// limitToRole makes a user with the rights of config/rbac/role.yaml and no others.
func limitToRole(environment *envtest.Environment, admin *rest.Config) (*rest.Config, error) {
	text, err := os.ReadFile(filepath.Join("..", "config", "rbac", "role.yaml"))
	if err != nil {
		return nil, err
	}
	role := &rbacv1.ClusterRole{}
	if err := yaml.UnmarshalStrict(text, role); err != nil {
		return nil, err
	}
	const name = "clay-operator"
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: name}},
	}
	direct, err := client.New(admin, client.Options{Scheme: testScheme()})
	if err != nil {
		return nil, err
	}
	for _, object := range []client.Object{role, binding} {
		if err := direct.Create(context.Background(), object); err != nil {
			return nil, err
		}
	}
	user, err := environment.AddUser(envtest.User{Name: name}, nil)
	if err != nil {
		return nil, err
	}
	return user.Config(), nil
}

// searchedLog looks for secrets in what the operator logs.
type searchedLog struct {
	next  io.Writer
	mutex sync.Mutex
	found string
}

// Write implements io.Writer.
func (l *searchedLog) Write(line []byte) (int, error) {
	if tellsSecret(string(line)) {
		l.mutex.Lock()
		l.found = string(line)
		l.mutex.Unlock()
	}
	return l.next.Write(line)
}

// leak returns a line with a secret; empty where there was none.
func (l *searchedLog) leak() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.found
}

// tellsSecret says whether a text holds one of the secrets that the tests use.
func tellsSecret(text string) bool {
	for _, secret := range []string{testPassword, testSession} {
		if strings.Contains(text, secret) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(secret))) {
			return true
		}
	}
	return false
}

// logTo shows the operator's log where somebody asks for it.
func logTo() io.Writer {
	if os.Getenv("CLAY_TEST_LOG") != "" {
		return os.Stderr
	}
	return io.Discard
}

func testScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, clayv1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			panic(err)
		}
	}
	return scheme
}
