package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/hack/internal/embedded"
	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/kstatus"
)

const (
	workspaceID      = 12345
	operatorEmail    = "operator@example.com"
	operatorPassword = "correct-horse-battery-staple"
	// workspaceName is the ClayWorkspace of every test, each in a namespace of its own.
	workspaceName = "sales"
	// settleTimeout bounds a wait: ten times what a busy machine needs, so that a hang ends with a reason.
	settleTimeout = 4 * time.Minute
	// plenty is a budget of removals that no test uses up.
	plenty = 1000
)

var (
	plane  *embedded.ControlPlane
	binary string
)

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	logf.SetLogger(logr.Discard())
	ctx := context.Background()
	var err error
	if binary, err = embedded.BuildOperator(ctx); err == nil {
		plane, err = embedded.StartControlPlane(ctx)
	}
	if err != nil {
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

// house is one simulator, one namespace, and one operator that looks at nothing else.
type house struct {
	t         *testing.T
	namespace string
	simulator *claysim.Server
	// mailbox is that of the operator's account; nil where it has none.
	mailbox  *inbox
	log      *lockedBuffer
	operator *embedded.Operator
	// kubeconfig is the operator's way to the API server.
	kubeconfig string
	// evidence is the directory of the audit store.
	evidence string
	// patience bounds a wait.
	patience time.Duration
}

// newHouse starts the simulator and makes the namespace, the Secret and the ClayWorkspace. The operator starts with start.
func newHouse(t *testing.T, seed claysim.Seed, shape func(*clayv1alpha1.ClayWorkspace)) *house {
	t.Helper()
	h := newHouseIn(t, createNamespace(t, "e2e-"), seed, nil, shape)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the operator's log:\n%s", h.log)
		}
	})
	return h
}

// newHouseIn makes a house in a namespace that is there. The account's mailbox may be nil.
func newHouseIn(t *testing.T, namespace string, seed claysim.Seed, mailbox *inbox, shape func(*clayv1alpha1.ClayWorkspace)) *house {
	t.Helper()
	simulator, err := claysim.Start(claysim.Options{Seed: seed, OnMail: mailbox.take})
	if err != nil {
		t.Fatalf("start the simulator: %v", err)
	}
	t.Cleanup(func() {
		if err := simulator.Close(); err != nil {
			t.Errorf("stop the simulator: %v", err)
		}
	})
	h := &house{
		t: t, namespace: namespace, simulator: simulator, mailbox: mailbox, log: &lockedBuffer{}, evidence: t.TempDir(), kubeconfig: plane.Kubeconfig,
		patience: settleTimeout,
	}
	t.Cleanup(h.checkConditions)
	create(t, h.login(seed.Accounts[0]))
	budget := int32(plenty)
	workspace := &clayv1alpha1.ClayWorkspace{
		ObjectMeta: metav1.ObjectMeta{Namespace: h.namespace, Name: workspaceName},
		Spec: clayv1alpha1.ClayWorkspaceSpec{
			WorkspaceID: fmt.Sprint(workspaceID), AppURL: simulator.AppURL(),
			Login:    clayv1alpha1.Login{SecretRef: clayv1alpha1.SecretReference{Name: "clay-login"}},
			Removals: &clayv1alpha1.Removals{MaxPerHour: &budget},
		},
	}
	if shape != nil {
		shape(workspace)
	}
	create(t, workspace)
	return h
}

// start starts the operator. It ends with the test.
func (h *house) start() {
	h.t.Helper()
	operator, err := h.launch()
	if err != nil {
		h.t.Fatalf("start the operator: %v", err)
	}
	h.operator = operator
	h.t.Cleanup(func() { _ = operator.Stop() }) // a test may have killed it
}

// launch starts an operator, with further arguments.
func (h *house) launch(arguments ...string) (*embedded.Operator, error) {
	return embedded.StartOperator(context.Background(), binary, h.kubeconfig, h.log, append([]string{
		"--namespace=" + h.namespace, "--audit-store=file://" + h.evidence, "--metrics-bind-address=0", "--health-probe-bind-address=0",
	}, arguments...)...)
}

// login makes the Secret of the operator's account.
func (h *house) login(account claysim.Account) *corev1.Secret {
	content := map[string]string{"email": account.Email}
	switch account.SignIn {
	case claysim.SignInSSO:
		content["identityProviderPassword"] = account.Password
	case claysim.SignInCode:
	default:
		content["password"] = account.Password
	}
	if account.TOTPSecret != "" {
		content["otpSecret"] = account.TOTPSecret
	}
	if h.mailbox != nil {
		content["mailboxAddress"], content["mailboxPassword"] = h.mailbox.address, h.mailbox.password
	}
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: h.namespace, Name: "clay-login"}, StringData: content}
}

// setPassword changes the Secret's password.
func (h *house) setPassword(password string) {
	h.t.Helper()
	h.setLogin("password", password)
}

// setLogin changes a key of the Secret.
func (h *house) setLogin(key, value string) {
	h.t.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: h.namespace, Name: "clay-login"}}
	patch := client.RawPatch(types.MergePatchType, fmt.Appendf(nil, `{"stringData":{%q:%q}}`, key, value))
	if err := plane.Client.Patch(h.t.Context(), secret, patch); err != nil {
		h.t.Fatalf("change the Secret: %v", err)
	}
}

// user makes a ClayUser.
func (h *house) user(name string, role clayv1alpha1.Role) *clayv1alpha1.ClayUser {
	return &clayv1alpha1.ClayUser{
		ObjectMeta: metav1.ObjectMeta{Namespace: h.namespace, Name: name},
		Spec: clayv1alpha1.ClayUserSpec{
			WorkspaceRef: clayv1alpha1.WorkspaceReference{Name: workspaceName}, Email: name + "@example.com", Role: role,
		},
	}
}

// users lists the ClayUsers.
func (h *house) users(ctx context.Context) []clayv1alpha1.ClayUser {
	h.t.Helper()
	var list clayv1alpha1.ClayUserList
	if err := plane.Client.List(ctx, &list, client.InNamespace(h.namespace)); err != nil {
		h.t.Fatalf("list users: %v", err)
	}
	return list.Items
}

// untilUsers waits, by watching, until done is true of all ClayUsers.
func (h *house) untilUsers(what string, done func([]clayv1alpha1.ClayUser) bool) {
	h.t.Helper()
	h.until(&clayv1alpha1.ClayUserList{}, what, func(ctx context.Context) bool { return done(h.users(ctx)) })
}

// untilWorkspace waits, by watching, until done is true of the ClayWorkspace.
func (h *house) untilWorkspace(what string, done func(*clayv1alpha1.ClayWorkspace) bool) *clayv1alpha1.ClayWorkspace {
	h.t.Helper()
	workspace := &clayv1alpha1.ClayWorkspace{}
	h.until(&clayv1alpha1.ClayWorkspaceList{}, what, func(ctx context.Context) bool {
		key := client.ObjectKey{Namespace: h.namespace, Name: workspaceName}
		if err := plane.Client.Get(ctx, key, workspace); err != nil {
			h.t.Fatalf("get the workspace: %v", err)
		}
		return done(workspace)
	})
	return workspace
}

func (h *house) until(list client.ObjectList, what string, done func(context.Context) bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), h.patience)
	defer cancel()
	events, err := plane.Client.Watch(ctx, list, client.InNamespace(h.namespace))
	if err != nil {
		h.t.Fatalf("watch: %v", err)
	}
	defer events.Stop()
	for !done(ctx) {
		select {
		case _, open := <-events.ResultChan():
			if !open {
				h.t.Fatalf("waiting for %s: the watch ended\n%s", what, h.describe())
			}
		case <-ctx.Done():
			h.t.Fatalf("waiting for %s: it took longer than %s\n%s", what, h.patience, h.describe())
		}
	}
}

// describe says what the resources look like, for a failure.
func (h *house) describe() string {
	var text bytes.Buffer
	for _, user := range h.users(context.Background()) {
		condition := meta.FindStatusCondition(user.Status.Conditions, clayv1alpha1.ConditionReady)
		fmt.Fprintf(&text, "%s asked=%s/%v seat=%s role=%s ready=%+v\n", user.Name, user.GetRole(), user.IsActive(),
			user.Status.Seat, user.Status.Role, condition)
	}
	return text.String()
}

// checkConditions looks at every resource that a test leaves behind, as generic tools do.
func (h *house) checkConditions() {
	h.t.Helper()
	ctx := context.Background()
	check := func(object client.Object, observed int64, conditions []metav1.Condition) {
		for _, violation := range kstatus.Violations(object, observed, conditions) {
			h.t.Errorf("%T %s: %s: %+v", object, object.GetName(), violation, conditions)
		}
	}
	for _, user := range h.users(ctx) {
		check(&user, user.Status.ObservedGeneration, user.Status.Conditions)
	}
	var workspaces clayv1alpha1.ClayWorkspaceList
	if err := plane.Client.List(ctx, &workspaces, client.InNamespace(h.namespace)); err != nil {
		h.t.Fatalf("list workspaces: %v", err)
	}
	for _, workspace := range workspaces.Items {
		check(&workspace, workspace.Status.ObservedGeneration, workspace.Status.Conditions)
	}
}

// settled is true for a user that is as asked, or waits for nothing but the person's own answer.
func settled(user *clayv1alpha1.ClayUser) bool {
	condition := meta.FindStatusCondition(user.Status.Conditions, clayv1alpha1.ConditionReady)
	return condition != nil && user.Status.ObservedGeneration == user.Generation && user.DeletionTimestamp.IsZero() &&
		(condition.Status == metav1.ConditionTrue || condition.Reason == clayv1alpha1.ReasonInvitationPending)
}

func allSettled(users []clayv1alpha1.ClayUser) bool {
	for i := range users {
		if !settled(&users[i]) {
			return false
		}
	}
	return true
}

// createNamespace makes a namespace with a name of its own and returns it.
func createNamespace(t *testing.T, prefix string) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: prefix}}
	create(t, namespace)
	return namespace.Name
}

func create(t *testing.T, object client.Object) {
	t.Helper()
	if err := plane.Client.Create(context.Background(), object); err != nil {
		t.Fatalf("create %T: %v", object, err)
	}
}

// writePage writes a page of the documentation; its path may begin at the root of the project.
func writePage(t *testing.T, path, text string) {
	t.Helper()
	root, err := embedded.Root()
	if err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(root, path)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
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
