package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	"github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	loginAccount  = "operator@example.com"
	loginPassword = "correct-horse-battery-staple"
	loginSession  = "claysession-by-hand"
	// The names in config/rbac/clayworkspace_login_role.yaml.
	loginNamespace = "default"
	loginWorkspace = "sales"
	loginSecret    = "clay-login"
	// planeTimeout is ten times what a control plane takes to start or stop on two busy cores.
	planeTimeout = 2 * time.Minute
)

// plane is a control plane with a ClayWorkspace, seen by an administrator and by the person who signs in.
type plane struct {
	client.Client

	environment *envtest.Environment
	// admin is the kubeconfig of somebody who may do everything.
	admin string

	// kubeconfigs of the person: with all of the role, and without the right to change the ClayWorkspace.
	kubeconfig, narrow string
	// approver is one who may approve removals.
	approver string
	// reader is one who may only read.
	reader string
}

func startPlane(t *testing.T) *plane {
	t.Helper()
	environment := &envtest.Environment{
		CRDDirectoryPaths:        []string{filepath.Join("..", "..", "config", "crd", "bases")},
		ErrorIfCRDPathMissing:    true,
		ControlPlaneStartTimeout: planeTimeout,
		ControlPlaneStopTimeout:  planeTimeout,
	}
	config, err := environment.Start()
	if err != nil {
		t.Fatalf("the control plane did not start (run this by make): %v", err)
	}
	t.Cleanup(func() {
		if err := environment.Stop(); err != nil {
			t.Error(err)
		}
	})
	admin, err := client.New(config, client.Options{Scheme: newScheme()})
	if err != nil {
		t.Fatal(err)
	}
	p := &plane{Client: admin, environment: environment, admin: filepath.Join(t.TempDir(), "kubeconfig")}
	if err := os.WriteFile(p.admin, environment.KubeConfig, 0o600); err != nil {
		t.Fatal(err)
	}
	role := loginRole(t)
	p.kubeconfig = p.person(t, environment, "person", role)
	for i, rule := range role.Rules {
		if rule.APIGroups[0] == v1alpha1.GroupVersion.Group {
			role.Rules[i].Verbs = []string{"get"}
		}
	}
	p.narrow = p.person(t, environment, "narrow", role)
	role.Rules = slices.DeleteFunc(role.Rules, func(rule rbacv1.PolicyRule) bool { return !slices.Contains(rule.Verbs, "get") })
	p.reader = p.person(t, environment, "reader", role)
	p.create(t, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: loginSecret, Namespace: loginNamespace},
		StringData: map[string]string{"email": loginAccount, "password": loginPassword},
	})
	return p
}

// loginRole reads the role that the project gives to people.
func loginRole(t *testing.T) *rbacv1.Role {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "config", "rbac", "clayworkspace_login_role.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	role := &rbacv1.Role{}
	if err := yaml.UnmarshalStrict(text, role); err != nil {
		t.Fatal(err)
	}
	return role
}

// person makes a user with the rights of a role and no others, and returns the path of their kubeconfig.
func (p *plane) person(t *testing.T, environment *envtest.Environment, name string, role *rbacv1.Role) string {
	t.Helper()
	own := role.DeepCopy()
	own.Name += "-" + name
	p.create(t, own, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: own.Name, Namespace: own.Namespace},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: own.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: name}},
	})
	user, err := environment.AddUser(envtest.User{Name: name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	content, err := user.KubeConfig()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (p *plane) create(t *testing.T, objects ...client.Object) {
	t.Helper()
	for _, object := range objects {
		if err := p.Create(t.Context(), object); err != nil {
			t.Fatalf("create %T: %v", object, err)
		}
	}
}

// fresh puts a new ClayWorkspace, and no Secret, in the place of what the last case left.
func (p *plane) fresh(t *testing.T) {
	t.Helper()
	workspace := &v1alpha1.ClayWorkspace{
		ObjectMeta: metav1.ObjectMeta{Name: loginWorkspace, Namespace: loginNamespace},
		Spec:       v1alpha1.ClayWorkspaceSpec{WorkspaceID: "12345", Login: v1alpha1.Login{SecretRef: v1alpha1.SecretReference{Name: loginSecret}}},
	}
	for _, object := range []client.Object{workspace.DeepCopy(), sessionSecret()} {
		if err := client.IgnoreNotFound(p.Delete(t.Context(), object)); err != nil {
			t.Fatal(err)
		}
	}
	p.create(t, workspace)
}

func sessionSecret() *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: loginWorkspace + "-session", Namespace: loginNamespace}}
}

// stored returns the session in the Secret, or nothing.
func (p *plane) stored(t *testing.T) string {
	t.Helper()
	secret := sessionSecret()
	if err := client.IgnoreNotFound(p.Get(t.Context(), client.ObjectKeyFromObject(secret), secret)); err != nil {
		t.Fatal(err)
	}
	return string(secret.Data["session"])
}

// login runs the command with a person.
func (p *plane) login(ctx context.Context, byHand signIn, arguments ...string) (string, error) {
	var out bytes.Buffer
	command := newLogin(byHand)
	command.SetArgs(append([]string{"--workspace=" + loginWorkspace, "--namespace=" + loginNamespace, "--kubeconfig=" + p.kubeconfig}, arguments...))
	command.SetOut(&out)
	command.SilenceErrors, command.SilenceUsage = true, true
	err := command.ExecuteContext(ctx)
	return out.String(), err
}

// quick is a person who signs in at once, with a result of the test's.
func quick(change func(*sidecar.Observation)) signIn {
	return func(_ context.Context, _ string, workspace sidecar.Workspace, progress func(string)) (sidecar.Observation, error) {
		progress("Sign in.")
		observation := sidecar.Observation{
			Inventory: seat.Inventory{WorkspaceID: workspace.ID, Account: loginAccount}, Session: sidecar.Session(loginSession), SignedIn: true,
		}
		if change != nil {
			change(&observation)
		}
		return observation, nil
	}
}

func TestLogin(t *testing.T) {
	p := startPlane(t)
	t.Run("stores the session", p.testStores)
	t.Run("fails and stores nothing", p.testFails)
	t.Run("leaves another's Secret alone", p.testForeign)
	t.Run("without the right to annotate", p.testNarrow)
	t.Run("without the right to store", p.testForbidden)
	t.Run("interrupted", p.testInterrupted)
	t.Run("too late", p.testTooLate)
	t.Run("is what a probe goes in by", p.testProbe)
}

func (p *plane) testStores(t *testing.T) {
	p.fresh(t)
	for _, session := range []string{loginSession, loginSession + "-anew"} {
		var given sidecar.Workspace
		out, err := p.login(t.Context(), func(ctx context.Context, path string, workspace sidecar.Workspace, progress func(string)) (sidecar.Observation, error) {
			given = workspace
			return quick(func(o *sidecar.Observation) { o.Session = sidecar.Session(session) })(ctx, path, workspace, progress)
		})
		if err != nil {
			t.Fatal(err)
		}
		want := sidecar.Workspace{ID: "12345", AppURL: "https://app.clay.com", Login: sidecar.Login{Email: loginAccount}}
		if diff := cmp.Diff(want, given); diff != "" || given.Login.Password != "" {
			t.Errorf("what the browser gets (-want +got):\n%s", diff)
		}
		if got := p.stored(t); got != session {
			t.Errorf("the Secret holds %q, want %q", got, session)
		}
		for _, part := range []string{"Sign in.", loginAccount, "default/sales-session", "24 hours to 7 days"} {
			if !strings.Contains(out, part) {
				t.Errorf("it does not say %q:\n%s", part, out)
			}
		}
		if strings.Contains(out, loginSession) || strings.Contains(out, loginPassword) {
			t.Errorf("it tells a secret:\n%s", out)
		}
	}
	workspace := &v1alpha1.ClayWorkspace{}
	if err := p.Get(t.Context(), client.ObjectKey{Namespace: loginNamespace, Name: loginWorkspace}, workspace); err != nil {
		t.Fatal(err)
	}
	if workspace.Annotations[v1alpha1.AnnotationReconcileAt] == "" {
		t.Error("the operator was not asked to go on")
	}
}

func (p *plane) testFails(t *testing.T) {
	for name, test := range map[string]struct {
		byHand    signIn
		arguments []string
		want      string
	}{
		"somebody else": {
			byHand: quick(func(o *sidecar.Observation) { o.Inventory.Account = "jo@example.com" }),
			want:   "you signed in as jo@example.com, and the Secret names " + loginAccount,
		},
		"another workspace": {byHand: quick(func(o *sidecar.Observation) { o.Inventory.WorkspaceID = "999" }), want: "another workspace than 12345"},
		"no session":        {byHand: quick(func(o *sidecar.Observation) { o.Session = nil }), want: "no session"},
		"not an admin": {
			byHand: func(context.Context, string, sidecar.Workspace, func(string)) (sidecar.Observation, error) {
				return sidecar.Observation{Session: sidecar.Session(loginSession)}, sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonNotAdmin, "make it an admin")
			},
			want: "make it an admin",
		},
		"no such workspace":  {arguments: []string{"--workspace=other"}, want: "other"},
		"no such namespace":  {arguments: []string{"--namespace=other"}, want: "other"},
		"no such kubeconfig": {arguments: []string{"--kubeconfig=" + filepath.Join(t.TempDir(), "none")}, want: "--kubeconfig"},
	} {
		t.Run(name, func(t *testing.T) {
			p.fresh(t)
			_, err := p.login(t.Context(), test.byHand, test.arguments...)
			if err == nil || !strings.Contains(err.Error(), test.want) || exitCode(err) != exitFailure {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if got := p.stored(t); got != "" {
				t.Errorf("the Secret holds %q", got)
			}
		})
	}
}

func (p *plane) testForeign(t *testing.T) {
	p.fresh(t)
	foreign := sessionSecret()
	foreign.StringData = map[string]string{"session": "theirs"}
	p.create(t, foreign)
	_, err := p.login(t.Context(), func(context.Context, string, sidecar.Workspace, func(string)) (sidecar.Observation, error) {
		t.Error("somebody had to sign in before it was known that the session cannot be stored")
		return sidecar.Observation{}, nil
	})
	if err == nil || !strings.Contains(err.Error(), "sales-session") {
		t.Errorf("got %v", err)
	}
	if got := p.stored(t); got != "theirs" {
		t.Errorf("the Secret holds %q", got)
	}
}

func (p *plane) testNarrow(t *testing.T) {
	p.fresh(t)
	if _, err := p.login(t.Context(), quick(nil), "--kubeconfig="+p.narrow); err != nil {
		t.Fatal(err)
	}
	if got := p.stored(t); got != loginSession {
		t.Errorf("the Secret holds %q", got)
	}
}

func (p *plane) testForbidden(t *testing.T) {
	p.fresh(t)
	_, err := p.login(t.Context(), func(context.Context, string, sidecar.Workspace, func(string)) (sidecar.Observation, error) {
		t.Error("somebody had to sign in before it was known that the session cannot be stored")
		return sidecar.Observation{}, nil
	}, "--kubeconfig="+p.reader)
	if err == nil || !strings.Contains(err.Error(), "clayworkspace_login_role.yaml") {
		t.Errorf("got %v", err)
	}
}

func (p *plane) testInterrupted(t *testing.T) {
	p.fresh(t)
	ctx, interrupt := context.WithCancel(t.Context())
	_, err := p.login(ctx, func(ctx context.Context, _ string, _ sidecar.Workspace, _ func(string)) (sidecar.Observation, error) {
		interrupt()
		<-ctx.Done()
		return sidecar.Observation{}, sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonTimeout, "given up")
	})
	if exitCode(err) != exitInterrupted {
		t.Errorf("got %v", err)
	}
}

func (p *plane) testTooLate(t *testing.T) {
	p.fresh(t)
	options := loginOptions{
		workspace: loginWorkspace, namespace: loginNamespace, kubeconfig: p.kubeconfig, timeout: 1,
		byHand: func(ctx context.Context, _ string, _ sidecar.Workspace, _ func(string)) (sidecar.Observation, error) {
			<-ctx.Done()
			return sidecar.Observation{}, sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonTimeout, "given up")
		},
	}
	if err := options.run(t.Context(), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "nobody signed in within 1ns") {
		t.Errorf("got %v", err)
	}
}

// A probe takes the session that is stored for this account and this workspace, and no other one.
func (p *plane) testProbe(t *testing.T) {
	t.Setenv("KUBECONFIG", p.admin)
	access := func() sidecar.Workspace {
		found, err := (&accountFlags{workspace: loginWorkspace, namespace: loginNamespace}).access(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	p.fresh(t)
	if got := access(); got.Session != nil || got.Login.Email != loginAccount {
		t.Errorf("before a log-in: session %v, account %s", got.Session != nil, got.Login.Email)
	}
	if _, err := p.login(t.Context(), quick(nil)); err != nil {
		t.Fatal(err)
	}
	if got := access(); string(got.Session) != loginSession {
		t.Error("the stored session is not used")
	}
	secret := sessionSecret()
	if err := p.Get(t.Context(), client.ObjectKeyFromObject(secret), secret); err != nil {
		t.Fatal(err)
	}
	another := secret.DeepCopy()
	another.Data["account"] = []byte("jo@example.com")
	if err := p.Update(t.Context(), another); err != nil {
		t.Fatal(err)
	}
	if access().Session != nil {
		t.Error("the session of another account is used")
	}
	another.Data, another.OwnerReferences = secret.Data, nil
	if err := p.Update(t.Context(), another); err != nil {
		t.Fatal(err)
	}
	if access().Session != nil {
		t.Error("a session is used that is not the operator's")
	}
}
