//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

const (
	workspaceName = "sales"
	secretName    = "clay-login"
)

// seat is what somebody has in Clay.
type seat struct {
	Role    claysim.Role
	Invited bool
}

// seats are those of a workspace, by e-mail address.
type seats map[string]seat

// seatsOf reads them from the simulator.
func seatsOf(state simulatorState) seats {
	workspace, all := state.Workspace(claysim.SampleWorkspace), seats{}
	for _, member := range workspace.Members {
		all[member.Email] = seat{Role: member.Role}
	}
	for _, invitation := range workspace.Invitations {
		all[invitation.Email] = seat{Role: invitation.Role, Invited: true}
	}
	return all
}

// checkSeats compares Clay with what should be there, to the last line, and looks for anybody who was mailed twice.
func (s *suite) checkSeats(t *testing.T) {
	t.Helper()
	state := s.simulator.mustState(t)
	if diff := cmp.Diff(s.want, seatsOf(state)); diff != "" {
		t.Errorf("seats in Clay (-want +got):\n%s", diff)
	}
	for email, count := range mails(state) {
		if _, wanted := s.want[email]; count != 1 || !wanted {
			t.Errorf("%s was mailed %d invitations", email, count)
		}
	}
}

// mails counts the invitations that were sent, by address.
func mails(state simulatorState) map[string]int {
	sent := map[string]int{}
	for _, mail := range state.Outbox {
		if mail.Kind == claysim.MailInvitation {
			sent[mail.To]++
		}
	}
	return sent
}

// getSeats installs the operator and describes a workspace with three people to invite, one with another role, and one who is right already.
func (s *suite) getSeats(t *testing.T) {
	t.Helper()
	begun := time.Now()
	s.installer.install(t)
	s.findSimulator(t)
	state := s.simulator.mustState(t)
	s.want = seatsOf(state)
	s.create(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: teamNamespace}})
	s.create(t, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: teamNamespace, Name: secretName},
		StringData: map[string]string{"email": claysim.SampleEmail, "password": claysim.SamplePassword},
	})
	s.create(t, &clayv1alpha1.ClayWorkspace{
		ObjectMeta: metav1.ObjectMeta{Namespace: teamNamespace, Name: workspaceName},
		Spec: clayv1alpha1.ClayWorkspaceSpec{
			WorkspaceID: fmt.Sprint(claysim.SampleWorkspace), AppURL: state.AppURL,
			Login: clayv1alpha1.Login{SecretRef: clayv1alpha1.SecretReference{Name: secretName}},
		},
	})
	s.user(t, "priya", clayv1alpha1.RoleEditor)
	s.user(t, "jonas", clayv1alpha1.RoleEditor)
	s.want["jonas@example.com"] = seat{Role: claysim.RoleEditor}
	for _, name := range []string{"robin", "sasha", "toni"} {
		s.invite(t, name, clayv1alpha1.RoleEditor)
	}
	s.simulator.until(t, "the first invitation", func(now simulatorState) bool { return len(now.Outbox) > len(state.Outbox) })
	s.figures["from the installation to the first seat"] = time.Since(begun).Round(time.Second).String()
	s.settle(t)
	s.checkSeats(t)
}

// user asks for a seat for somebody.
func (s *suite) user(t *testing.T, name string, role clayv1alpha1.Role) {
	t.Helper()
	s.create(t, &clayv1alpha1.ClayUser{
		ObjectMeta: metav1.ObjectMeta{Namespace: teamNamespace, Name: name},
		Spec: clayv1alpha1.ClayUserSpec{
			WorkspaceRef: clayv1alpha1.WorkspaceReference{Name: workspaceName}, Email: name + "@example.com", Role: role,
		},
	})
}

// invite asks for a seat for somebody who has none.
func (s *suite) invite(t *testing.T, name string, role clayv1alpha1.Role) {
	t.Helper()
	s.user(t, name, role)
	s.want[name+"@example.com"] = seat{Role: claysim.Role(role), Invited: true}
}

func (s *suite) create(t *testing.T, object client.Object) {
	t.Helper()
	if err := s.kube.Create(t.Context(), object); err != nil {
		t.Fatalf("create %s: %v", object.GetName(), err)
	}
}

// settle waits until everybody is as asked, or waits for nothing but their own answer.
func (s *suite) settle(t *testing.T) {
	t.Helper()
	until(t, "everybody to be as asked", func(ctx context.Context) bool {
		var users clayv1alpha1.ClayUserList
		if err := s.kube.List(ctx, &users, client.InNamespace(teamNamespace)); err != nil {
			t.Logf("list the users: %v", err)
			return false
		}
		for i := range users.Items {
			if !settled(&users.Items[i]) {
				return false
			}
		}
		return true
	})
}

func settled(user *clayv1alpha1.ClayUser) bool {
	ready := meta.FindStatusCondition(user.Status.Conditions, clayv1alpha1.ConditionReady)
	return ready != nil && user.Status.ObservedGeneration == user.Generation && user.DeletionTimestamp.IsZero() &&
		(ready.Status == metav1.ConditionTrue || ready.Reason == clayv1alpha1.ReasonInvitationPending)
}

// offboard deletes somebody's ClayUser.
func (s *suite) offboard(t *testing.T) {
	t.Helper()
	leaver := &clayv1alpha1.ClayUser{ObjectMeta: metav1.ObjectMeta{Namespace: teamNamespace, Name: "priya"}}
	if err := s.kube.Delete(t.Context(), leaver); err != nil {
		t.Fatal(err)
	}
	delete(s.want, "priya@example.com")
	s.settle(t)
	s.checkSeats(t)
}

// read asks for a reading, and waits for it.
func (s *suite) read(t *testing.T) {
	t.Helper()
	key := client.ObjectKey{Namespace: teamNamespace, Name: workspaceName}
	workspace := &clayv1alpha1.ClayWorkspace{}
	if err := s.kube.Get(t.Context(), key, workspace); err != nil {
		t.Fatal(err)
	}
	before, asked := workspace.DeepCopy(), time.Now().Format(time.RFC3339Nano)
	metav1.SetMetaDataAnnotation(&workspace.ObjectMeta, clayv1alpha1.AnnotationReconcileAt, asked)
	if err := s.kube.Patch(t.Context(), workspace, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
	until(t, "a reading", func(ctx context.Context) bool {
		return s.kube.Get(ctx, key, workspace) == nil && workspace.Status.LastHandledReconcileAt == asked &&
			meta.IsStatusConditionTrue(workspace.Status.Conditions, clayv1alpha1.ConditionReady)
	})
}

// upgrade replaces the pod. The new one reads, and has nothing to do.
func (s *suite) upgrade(t *testing.T) {
	t.Helper()
	written := len(s.simulator.mustState(t).Journal)
	old := s.ready(t)
	s.installer.upgrade(t)
	until(t, "the new pod", func(ctx context.Context) bool {
		pod := s.pod(ctx, t)
		return pod != nil && pod.UID != old.UID
	})
	s.read(t)
	s.checkSeats(t)
	if now := len(s.simulator.mustState(t).Journal); now != written {
		t.Errorf("the upgrade wrote in Clay: %d entries in its journal, and %d before", now, written)
	}
}

// uninstall takes the operator away. What it worked on stays: the seats, the people's resources and their definitions.
func (s *suite) uninstall(t *testing.T) {
	t.Helper()
	var before, after clayv1alpha1.ClayUserList
	if err := s.kube.List(t.Context(), &before, client.InNamespace(teamNamespace)); err != nil {
		t.Fatal(err)
	}
	s.outlive(t)
	s.installer.uninstall(t)
	until(t, "the operator to be gone", func(ctx context.Context) bool {
		pods, err := s.core.CoreV1().Pods(operatorNamespace).List(ctx, metav1.ListOptions{})
		return err == nil && len(pods.Items) == 1 && pods.Items[0].Name == s.simulator.pod
	})
	s.checkSeats(t)
	if err := s.kube.List(t.Context(), &after, client.InNamespace(teamNamespace)); err != nil {
		t.Fatalf("the resource definitions are gone: %v", err)
	}
	if len(after.Items) != len(before.Items) {
		t.Errorf("%d ClayUsers are left of %d", len(after.Items), len(before.Items))
	}
}
