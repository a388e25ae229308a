package controllers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/kstatus"
	"github.com/seatwright/clay-operator/internal/seat"
)

const (
	// patienceOfTests is how long a test waits for an event that has to come.
	patienceOfTests = 20 * time.Second
	// testSettle and testSoon stand for settleTime and soonTime.
	testSettle = 30 * time.Millisecond
	testSoon   = 10 * time.Millisecond

	workspaceName = "acme"
	secretName    = "clay-login"
)

// testClock is the real time, moved on by what a test adds to it.
type testClock struct {
	mutex sync.Mutex
	ahead time.Duration
}

func (c *testClock) now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *testClock) advance(by time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.ahead += by
}

// harness is a namespace with an operator that runs against a Clay in memory.
type harness struct {
	t         *testing.T
	plane     *plane
	client    client.WithWatch
	namespace string
	clay      *clay
	clock     *testClock
	registry  *prometheus.Registry
	stop      func()
	ledger    *ledger
	// trail is what the operator is given; the ledger unless a test says otherwise.
	trail Trail
	// evidenceAlways asks for a picture after every writing.
	evidenceAlways bool

	mutex  sync.Mutex
	writes []string
	// onRequest, if not nil, sends the operator's requests to the API server.
	onRequest func(*http.Request, http.RoundTripper) (*http.Response, error)
	// invitationsAllowed is how often one address may be invited before the end of the test.
	invitationsAllowed int
}

// newHarness makes a namespace with the Secret, and starts an operator for it.
func newHarness(t *testing.T, world *clay) *harness {
	t.Helper()
	h := newIdleHarness(t, world)
	h.start()
	return h
}

// newIdleHarness makes a namespace with the Secret, and no operator yet.
func newIdleHarness(t *testing.T, world *clay) *harness {
	t.Helper()
	return newHarnessOn(t, shared, world)
}

// newHarnessOn makes a namespace with the Secret on an API server, and no operator yet.
func newHarnessOn(t *testing.T, plane *plane, world *clay) *harness {
	t.Helper()
	direct, err := client.NewWithWatch(plane.admin, client.Options{Scheme: testScheme()})
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{t: t, plane: plane, client: direct, clay: world, clock: &testClock{}, stop: func() {}, invitationsAllowed: 1, ledger: &ledger{}}
	h.trail = h.ledger
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	h.create(namespace)
	h.namespace = namespace.Name
	h.create(h.secret())
	t.Cleanup(func() {
		h.stop()
		h.checkInvariants()
		h.checkLedger()
	})
	return h
}

func (h *harness) secret() *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: secretName, Namespace: h.namespace},
		Data:       map[string][]byte{secretKeyEmail: []byte(operatorAccount), secretKeyPassword: []byte(testPassword)},
	}
}

// start runs an operator, until the test ends or stops it.
func (h *harness) start() {
	h.t.Helper()
	h.registry = prometheus.NewRegistry()
	plane := rest.CopyConfig(h.plane.operator)
	plane.Wrap(h.countWrites)
	mgr, err := ctrl.NewManager(plane, ctrl.Options{
		Scheme:     testScheme(),
		Cache:      cache.Options{DefaultNamespaces: map[string]cache.Config{h.namespace: {}}},
		Metrics:    metricsserver.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: new(true)},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	err = Setup(mgr, Options{
		Backend:        h.clay,
		Trail:          h.trail,
		EvidenceAlways: h.evidenceAlways,
		registry:       h.registry,
		timing:         timing{now: h.clock.now, settle: testSettle, soon: testSoon},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			h.t.Errorf("the manager ended with: %v", err)
		}
	})
}

// countWrites notes what the operator writes in Kubernetes, but for events, which are sent behind its back.
func (h *harness) countWrites(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		h.mutex.Lock()
		if request.Method != http.MethodGet && !strings.Contains(request.URL.Path, "/events") {
			h.writes = append(h.writes, request.Method+" "+request.URL.Path)
		}
		send := h.onRequest
		h.mutex.Unlock()
		if send != nil {
			return send(request, next)
		}
		return next.RoundTrip(request)
	})
}

// intercept has the operator's requests to the API server sent by a test.
func (h *harness) intercept(send func(*http.Request, http.RoundTripper) (*http.Response, error)) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.onRequest = send
}

// written returns what the operator has written so far.
func (h *harness) written() []string {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return slices.Clone(h.writes)
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

// restart ends the operator and starts another, which knows nothing but what the API server and Clay know.
func (h *harness) restart() {
	h.t.Helper()
	h.stop()
	h.start()
}

func (h *harness) workspace(changes ...func(*clayv1alpha1.ClayWorkspace)) *clayv1alpha1.ClayWorkspace {
	workspace := &clayv1alpha1.ClayWorkspace{
		ObjectMeta: metav1.ObjectMeta{Name: workspaceName, Namespace: h.namespace},
		Spec: clayv1alpha1.ClayWorkspaceSpec{
			WorkspaceID: workspaceID,
			Login:       clayv1alpha1.Login{SecretRef: clayv1alpha1.SecretReference{Name: secretName}},
		},
	}
	for _, change := range changes {
		change(workspace)
	}
	return workspace
}

// user makes a ClayUser <name>@example.com.
func (h *harness) user(name string, changes ...func(*clayv1alpha1.ClayUser)) *clayv1alpha1.ClayUser {
	user := &clayv1alpha1.ClayUser{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: h.namespace},
		Spec: clayv1alpha1.ClayUserSpec{
			WorkspaceRef: clayv1alpha1.WorkspaceReference{Name: workspaceName},
			Email:        name + "@example.com",
		},
	}
	for _, change := range changes {
		change(user)
	}
	return user
}

// group makes a ClayGroup of some ClayUsers.
func (h *harness) group(name string, changes ...func(*clayv1alpha1.ClayGroup)) *clayv1alpha1.ClayGroup {
	group := &clayv1alpha1.ClayGroup{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: h.namespace},
		Spec:       clayv1alpha1.ClayGroupSpec{WorkspaceRef: clayv1alpha1.WorkspaceReference{Name: workspaceName}},
	}
	for _, change := range changes {
		change(group)
	}
	return group
}

func (h *harness) create(objects ...client.Object) {
	h.t.Helper()
	for _, object := range objects {
		if err := h.client.Create(h.t.Context(), object); err != nil {
			h.t.Fatalf("create %T: %v", object, err)
		}
	}
}

func (h *harness) delete(objects ...client.Object) {
	h.t.Helper()
	for _, object := range objects {
		if err := h.client.Delete(h.t.Context(), object); err != nil {
			h.t.Fatalf("delete %T: %v", object, err)
		}
	}
}

// update changes an object as a person would, whatever the operator did to it meanwhile.
func update[T client.Object](h *harness, object T, change func(T)) {
	h.t.Helper()
	base := object.DeepCopyObject().(T)
	change(object)
	if err := h.client.Patch(h.t.Context(), object, client.MergeFrom(base)); err != nil {
		h.t.Fatalf("patch %s: %v", object.GetName(), err)
	}
}

// poke asks for a pass, and waits until one has answered.
func (h *harness) poke() *clayv1alpha1.ClayWorkspace {
	h.t.Helper()
	workspace := h.workspace()
	h.get(workspace)
	request := fmt.Sprint(h.clock.now().UnixNano())
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) {
		metav1.SetMetaDataAnnotation(&w.ObjectMeta, clayv1alpha1.AnnotationReconcileAt, request)
	})
	return await(h, workspace, "an answer to a request", func(w *clayv1alpha1.ClayWorkspace) bool {
		return w.Status.LastHandledReconcileAt == request
	})
}

func (h *harness) get(object client.Object) {
	h.t.Helper()
	if err := h.client.Get(h.t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		h.t.Fatalf("get %T: %v", object, err)
	}
}

// listFor returns an empty list of the object's kind, to watch it with.
func listFor(object client.Object) client.ObjectList {
	switch object.(type) {
	case *clayv1alpha1.ClayUser:
		return &clayv1alpha1.ClayUserList{}
	case *clayv1alpha1.ClayGroup:
		return &clayv1alpha1.ClayGroupList{}
	default:
		return &clayv1alpha1.ClayWorkspaceList{}
	}
}

// await watches an object until it is as it should be, and returns it.
func await[T client.Object](h *harness, object T, what string, holds func(T) bool) T {
	h.t.Helper()
	last := object
	h.watch(object, func(event watch.Event) bool {
		seen, is := event.Object.(T)
		if !is || event.Type == watch.Deleted {
			return false
		}
		last = seen
		return holds(seen)
	}, func() string { return fmt.Sprintf("%s of %s; it is %s", what, object.GetName(), describeObject(last)) })
	return last
}

// awaitGone waits until an object is no more.
func (h *harness) awaitGone(object client.Object) {
	h.t.Helper()
	current := object.DeepCopyObject().(client.Object)
	if err := h.client.Get(h.t.Context(), client.ObjectKeyFromObject(object), current); apierrors.IsNotFound(err) {
		return
	}
	gone := func(event watch.Event) bool { return event.Type == watch.Deleted }
	h.watchFrom(object, current.GetResourceVersion(), gone, func() string { return "the end of " + describeObject(current) })
}

func (h *harness) watch(object client.Object, ends func(watch.Event) bool, what func() string) {
	h.t.Helper()
	h.watchFrom(object, "", ends, what)
}

func (h *harness) watchFrom(object client.Object, version string, ends func(watch.Event) bool, what func() string) {
	h.t.Helper()
	h.watchAll(listFor(object), ends, what, client.MatchingFields{"metadata.name": object.GetName()},
		&client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: version}})
}

// awaitFinalizers waits until so many ClayUsers have theirs, with which the operator has seen them.
func (h *harness) awaitFinalizers(want int) {
	h.t.Helper()
	guarded := map[string]bool{}
	h.watchAll(&clayv1alpha1.ClayUserList{}, func(event watch.Event) bool {
		if user, is := event.Object.(*clayv1alpha1.ClayUser); is && len(user.Finalizers) > 0 {
			guarded[user.Name] = true
		}
		return len(guarded) == want
	}, func() string { return fmt.Sprintf("%d finalizers; there are %d", want, len(guarded)) })
}

func (h *harness) watchAll(list client.ObjectList, ends func(watch.Event) bool, what func() string, options ...client.ListOption) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patienceOfTests)
	defer cancel()
	// The API server ends the watch of whoever is too slow for it, as a test is on a busy machine.
	for ctx.Err() == nil {
		watcher, err := h.client.Watch(ctx, list, append(options, client.InNamespace(h.namespace))...)
		if err != nil {
			break
		}
		for event := range watcher.ResultChan() {
			if ends(event) {
				watcher.Stop()
				return
			}
		}
	}
	h.t.Fatalf("waited in vain for %s", what())
}

func describeObject(object client.Object) string {
	observed, conditions := statusOf(object)
	var lines []string
	for _, condition := range conditions {
		lines = append(lines, fmt.Sprintf("%s=%s %s %q", condition.Type, condition.Status, condition.Reason, condition.Message))
	}
	return fmt.Sprintf("%T generation %d observed %d finalizers %v: %s", object, object.GetGeneration(), observed,
		object.GetFinalizers(), strings.Join(lines, "; "))
}

func statusOf(object client.Object) (int64, []metav1.Condition) {
	switch typed := object.(type) {
	case *clayv1alpha1.ClayUser:
		return typed.Status.ObservedGeneration, typed.Status.Conditions
	case *clayv1alpha1.ClayGroup:
		return typed.Status.ObservedGeneration, typed.Status.Conditions
	case *clayv1alpha1.ClayWorkspace:
		return typed.Status.ObservedGeneration, typed.Status.Conditions
	default:
		return 0, nil
	}
}

// awaitStanding waits for the condition Ready to have a status and a reason, and checks what goes with it, and what generic tools say.
func awaitStanding[T client.Object](h *harness, object T, want status.Standing) T {
	h.t.Helper()
	found := await(h, object, fmt.Sprintf("%s %s %s", want.Ready, want.Progress, want.Reason), func(seen T) bool {
		observed, conditions := statusOf(seen)
		ready := meta.FindStatusCondition(conditions, clayv1alpha1.ConditionReady)
		if ready == nil || observed != seen.GetGeneration() || ready.Status != want.Ready || ready.Reason != want.Reason {
			return false
		}
		return want.Progress == "" || meta.IsStatusConditionTrue(conditions, want.Progress)
	})
	observed, conditions := statusOf(found)
	if computed := kstatus.Of(found, observed, conditions); computed != toolsSay(found, want) {
		h.t.Errorf("%s: kstatus says %s, want %s", describeObject(found), computed, toolsSay(found, want))
	}
	return found
}

// toolsSay is what a person would have generic tools say of an object with a standing.
func toolsSay(object client.Object, standing status.Standing) string {
	switch {
	case !object.GetDeletionTimestamp().IsZero():
		return kstatus.Terminating
	case standing.IsStalled():
		return kstatus.Failed
	case standing.Ready == metav1.ConditionTrue:
		return kstatus.Current
	default:
		return kstatus.InProgress
	}
}

// The standings that tests wait for.
func isSettled(reason string) status.Standing { return status.Settled(reason, "") }
func isWaiting(reason string) status.Standing { return status.Waiting(reason, "") }
func isStalled(reason string) status.Standing { return status.Stalled(reason, "") }
func isUnknown(reason string) status.Standing { return status.Unknown(reason, "") }
func isOnlyObserved() status.Standing         { return status.Left(string(seat.BlockedObserve), "") }

// checkInvariants looks at every resource that a test leaves behind.
func (h *harness) checkInvariants() {
	ctx, cancel := context.WithTimeout(context.Background(), patienceOfTests)
	defer cancel()
	users, groups, workspaces := &clayv1alpha1.ClayUserList{}, &clayv1alpha1.ClayGroupList{}, &clayv1alpha1.ClayWorkspaceList{}
	events := &eventsv1.EventList{}
	for _, list := range []client.ObjectList{users, groups, workspaces, events} {
		// A test may have deleted the definitions.
		if err := h.client.List(ctx, list, client.InNamespace(h.namespace)); client.IgnoreNotFound(err) != nil {
			h.t.Error(err)
		}
	}
	check := func(object client.Object) {
		observed, conditions := statusOf(object)
		for _, violation := range kstatus.Violations(object, observed, conditions) {
			h.t.Errorf("%s: %s", describeObject(object), violation)
		}
		if text, err := json.Marshal(object); err != nil || tellsSecret(string(text)) {
			h.t.Errorf("%s tells a secret, or nothing: %v", describeObject(object), err)
		}
	}
	for i := range users.Items {
		check(&users.Items[i])
	}
	for i := range groups.Items {
		check(&groups.Items[i])
	}
	for i := range workspaces.Items {
		check(&workspaces.Items[i])
	}
	for i := range events.Items {
		if tellsSecret(events.Items[i].Note) {
			h.t.Errorf("an event tells a secret: %s", events.Items[i].Note)
		}
	}
	h.clay.read(func(c *clay) {
		for email, times := range c.sent {
			if times > h.invitationsAllowed {
				h.t.Errorf("%s was invited %d times", email, times)
			}
		}
	})
}

func conditionOf(conditions []metav1.Condition, kind string) *metav1.Condition {
	return meta.FindStatusCondition(conditions, kind)
}
