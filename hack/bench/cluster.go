package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/hack/internal/embedded"
)

const (
	// namespace holds everything that the benchmark makes.
	namespace = "default"
	// secretName is the account of the operator, for all workspaces.
	secretName = "clay-login"
	// writers is how many manifests are sent at a time: what kubectl apply sends one by one, Argo CD sends like this.
	writers = 16
)

// cluster is a control plane and the ways to ask it.
type cluster struct {
	*embedded.ControlPlane
	http *http.Client
}

func startCluster(ctx context.Context) (*cluster, error) {
	plane, err := embedded.StartControlPlane(ctx)
	if err != nil {
		return nil, err
	}
	direct, err := rest.HTTPClientFor(plane.Config)
	if err != nil {
		return nil, errors.Join(err, plane.Stop())
	}
	return &cluster{ControlPlane: plane, http: direct}, nil
}

// createSecret stores the account that the operator signs in with.
func (c *cluster) createSecret(ctx context.Context, email, password string) error {
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: secretName},
		StringData: map[string]string{"email": email, "password": password},
	}
	if err := c.Client.Create(ctx, secret); err != nil {
		return fmt.Errorf("create the Secret: %w", err)
	}
	return nil
}

// newWorkspace is the manifest of a workspace that may be changed freely.
func newWorkspace(name string, id int, appURL string) *clayv1alpha1.ClayWorkspace {
	removals := int32(maxRemovals)
	return &clayv1alpha1.ClayWorkspace{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: clayv1alpha1.ClayWorkspaceSpec{
			WorkspaceID: strconv.Itoa(id), AppURL: appURL,
			Login:    clayv1alpha1.Login{SecretRef: clayv1alpha1.SecretReference{Name: secretName}},
			Interval: &metav1.Duration{Duration: longestInterval},
			Removals: &clayv1alpha1.Removals{MaxPerHour: &removals},
		},
	}
}

// longestInterval is the most that spec.interval can be: no pass but those that the benchmark asks for.
const longestInterval = 24 * time.Hour

// maxRemovals is the most that spec.removals.maxPerHour can be.
const maxRemovals = 1000

// newUser is the manifest of a person.
func newUser(name, workspace, email string, role clayv1alpha1.Role) *clayv1alpha1.ClayUser {
	return &clayv1alpha1.ClayUser{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       clayv1alpha1.ClayUserSpec{WorkspaceRef: clayv1alpha1.WorkspaceReference{Name: workspace}, Email: email, Role: role},
	}
}

// together calls act for each item, writers at a time, and stops at the first error.
func together[T any](ctx context.Context, items []T, act func(context.Context, T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for _, item := range items {
		group.Go(func() error { return act(ctx, item) })
	}
	return group.Wait()
}

// createAll creates users, many at a time.
func (c *cluster) createAll(ctx context.Context, users []*clayv1alpha1.ClayUser) error {
	return together(ctx, users, func(ctx context.Context, user *clayv1alpha1.ClayUser) error {
		if err := c.Client.Create(ctx, user); err != nil {
			return fmt.Errorf("create a ClayUser: %w", err)
		}
		return nil
	})
}

// awaitUsers returns once exactly total users exist and each is as asked. It shows how far it is.
func (c *cluster) awaitUsers(ctx context.Context, p *progress, op *operator, total int, asked func(*clayv1alpha1.ClayUser) bool) error {
	state := make(map[string]bool, total)
	done := 0
	note := func(object client.Object, deleted bool) {
		name := object.GetName()
		if state[name] {
			done--
		}
		delete(state, name)
		user, is := object.(*clayv1alpha1.ClayUser)
		if deleted || !is {
			return
		}
		state[name] = user.DeletionTimestamp == nil && user.Status.ObservedGeneration == user.Generation && asked(user)
		if state[name] {
			done++
		}
	}
	return c.follow(ctx, op, &clayv1alpha1.ClayUserList{}, follower{
		forget: func() { clear(state); done = 0 },
		note:   note,
		done: func() bool {
			p.count(done, total, "statuses are current")
			return done == total && len(state) == total
		},
	})
}

// follower is what is made of objects and their changes. It forgets before each list.
type follower struct {
	forget func()
	note   func(object client.Object, deleted bool)
	done   func() bool
}

// follow lists objects and notes every change to one until it is done. The API server ends the watch of a client that is slow to read, as
// on a busy machine; then everything is listed again.
func (c *cluster) follow(ctx context.Context, op *operator, list client.ObjectList, by follower) error {
	for {
		by.forget()
		if err := c.Client.List(ctx, list); err != nil {
			return fmt.Errorf("list %T: %w", list, err)
		}
		if err := meta.EachListItem(list, func(item runtime.Object) error {
			if object, is := item.(client.Object); is {
				by.note(object, false)
			}
			return nil
		}); err != nil {
			return err
		}
		if ended, err := c.followWatch(ctx, op, list, by); err != nil || !ended {
			return err
		}
	}
}

// followWatch notes the changes after a list until it is done, or until the API server ends the watch.
func (c *cluster) followWatch(ctx context.Context, op *operator, list client.ObjectList, by follower) (ended bool, err error) {
	from := &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: list.GetResourceVersion()}}
	events, err := c.Client.Watch(ctx, list, from)
	if err != nil {
		return false, fmt.Errorf("watch %T: %w", list, err)
	}
	defer events.Stop()
	for !by.done() {
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-op.Done():
			return false, fmt.Errorf("the operator ended: %w", op.Err())
		case event, open := <-events.ResultChan():
			object, is := event.Object.(client.Object)
			if !open || !is {
				return true, nil
			}
			by.note(object, event.Type == watch.Deleted)
		}
	}
	return false, nil
}

// versions returns the resource version of every user. A write that changes anything changes it.
func (c *cluster) versions(ctx context.Context) (map[string]string, error) {
	var users clayv1alpha1.ClayUserList
	if err := c.Client.List(ctx, &users); err != nil {
		return nil, fmt.Errorf("list ClayUsers: %w", err)
	}
	versions := make(map[string]string, len(users.Items))
	for i := range users.Items {
		versions[users.Items[i].Name] = users.Items[i].ResourceVersion
	}
	return versions, nil
}

// pass asks for a pass of the workspaces, waits until each has made it, and returns how long that took.
func (c *cluster) pass(ctx context.Context, op *operator, workspaces []*clayv1alpha1.ClayWorkspace) (time.Duration, error) {
	started := time.Now()
	request := started.Format(time.RFC3339Nano)
	waiting := map[string]bool{}
	for _, workspace := range workspaces {
		waiting[workspace.Name] = true
	}
	if err := together(ctx, workspaces, func(ctx context.Context, workspace *clayv1alpha1.ClayWorkspace) error {
		patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, clayv1alpha1.AnnotationReconcileAt, request)
		named := &clayv1alpha1.ClayWorkspace{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: workspace.Name}}
		return c.Client.Patch(ctx, named, client.RawPatch("application/merge-patch+json", []byte(patch)))
	}); err != nil {
		return 0, fmt.Errorf("ask for a pass: %w", err)
	}
	note := func(object client.Object, _ bool) {
		workspace, is := object.(*clayv1alpha1.ClayWorkspace)
		if is && workspace.Status.LastHandledReconcileAt == request && isReady(workspace.Status.Conditions) {
			delete(waiting, workspace.Name)
		}
	}
	if err := c.follow(ctx, op, &clayv1alpha1.ClayWorkspaceList{}, follower{
		forget: func() {}, note: note, done: func() bool { return len(waiting) == 0 },
	}); err != nil {
		return 0, err
	}
	return time.Since(started), nil
}

func isReady(conditions []metav1.Condition) bool {
	return meta.IsStatusConditionTrue(conditions, clayv1alpha1.ConditionReady)
}

// hasSeat is true for a user who has the seat that is asked for.
func hasSeat(user *clayv1alpha1.ClayUser) bool { return isReady(user.Status.Conditions) }

// isInvited is true for a user whose invitation with the right role is out.
func isInvited(user *clayv1alpha1.ClayUser) bool {
	ready := meta.FindStatusCondition(user.Status.Conditions, clayv1alpha1.ConditionReady)
	return ready != nil && ready.Reason == clayv1alpha1.ReasonInvitationPending && user.Status.Role == user.GetRole()
}
