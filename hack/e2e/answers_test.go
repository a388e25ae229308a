package e2e

import (
	"context"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

// What an admin can get wrong about a workspace is answered on the workspace, in words that name the remedy.
func TestWrongWorkspaces(t *testing.T) {
	viewer := enterprise()
	viewer.Workspaces[0].Members[1].Role = claysim.RoleEditor
	cases := map[string]struct {
		seed   claysim.Seed
		secret map[string]string
		shape  func(*clayv1alpha1.ClayWorkspace)
		reason string
		says   string
	}{
		"a wrong password": {
			secret: map[string]string{"email": operatorEmail, "password": "not-the-password"},
			reason: "WrongPassword", says: "password",
		},
		"a workspace id that the account is no member of": {
			shape:  func(w *clayv1alpha1.ClayWorkspace) { w.Spec.WorkspaceID = "99999" },
			reason: "WrongWorkspace", says: "99999",
		},
		"an account that is no admin": {
			seed:   viewer,
			reason: "TeamPageNotFound", says: "the account is no admin",
		},
		"a Secret without a password": {
			secret: map[string]string{"email": operatorEmail},
			reason: "LoginNeeded", says: "password",
		},
		"a Secret that is not there": {
			shape:  func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Login.SecretRef.Name = "nowhere" },
			reason: clayv1alpha1.ReasonSecretNotFound, says: "nowhere",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if len(c.seed.Workspaces) == 0 {
				c.seed = enterprise()
			}
			h := newHouse(t, c.seed, c.shape)
			if c.secret != nil {
				secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: h.namespace, Name: "clay-login"}}
				if err := plane.Client.Delete(t.Context(), secret); err != nil {
					t.Fatalf("delete the Secret: %v", err)
				}
				create(t, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: h.namespace, Name: "clay-login"}, StringData: c.secret})
			}
			h.start()
			workspace := h.untilWorkspace("an answer", func(w *clayv1alpha1.ClayWorkspace) bool {
				return meta.IsStatusConditionTrue(w.Status.Conditions, clayv1alpha1.ConditionStalled)
			})
			ready := meta.FindStatusCondition(workspace.Status.Conditions, clayv1alpha1.ConditionReady)
			t.Logf("%s: %s", ready.Reason, ready.Message)
			if ready.Status != metav1.ConditionFalse || ready.Reason != c.reason || !strings.Contains(ready.Message, c.says) {
				t.Errorf("Ready=%s %s %q, want False %s and a message that names %q", ready.Status, ready.Reason, ready.Message, c.reason, c.says)
			}
			if journal := h.simulator.Journal(); len(journal) > 0 {
				t.Errorf("something was written in Clay: %v", journal)
			}
		})
	}
}

// What is wrong about one person is answered on that person, and nobody else waits for it.
func TestWrongUsers(t *testing.T) {
	launch := enterprise()
	launch.Workspaces[0].Plan, launch.Workspaces[0].SalesRepBeta = claysim.PlanLaunch, false
	h := newHouse(t, launch, nil)
	viewer, editor := h.user("viewer", clayv1alpha1.RoleViewer), h.user("editor", clayv1alpha1.RoleEditor)
	first, second := h.user("first", ""), h.user("second", "")
	second.Spec.Email = strings.ToUpper(first.Spec.Email)
	stray := h.user("stray", "")
	stray.Spec.WorkspaceRef.Name = "nowhere"
	own := h.user("operator", clayv1alpha1.RoleEditor)
	for _, user := range []*clayv1alpha1.ClayUser{viewer, editor, first, second, stray, own} {
		create(t, user)
	}
	h.start()
	want := map[string]string{
		"viewer": "RoleNotOffered", "editor": clayv1alpha1.ReasonInvitationPending, "first": clayv1alpha1.ReasonInvitationPending,
		"second": "DuplicateEmail", "stray": clayv1alpha1.ReasonWorkspaceNotFound, "operator": "OwnAccount",
	}
	h.untilUsers("an answer for each", func(users []clayv1alpha1.ClayUser) bool {
		for i := range users {
			ready := meta.FindStatusCondition(users[i].Status.Conditions, clayv1alpha1.ConditionReady)
			if ready == nil || ready.Reason != want[users[i].Name] {
				return false
			}
		}
		return len(users) == len(want)
	})
	for _, user := range h.users(t.Context()) {
		t.Logf("%s: %s", user.Name, meta.FindStatusCondition(user.Status.Conditions, clayv1alpha1.ConditionReady).Message)
	}
	sent := invitations(h.simulator.State())
	if len(sent) != 2 || sent["editor@example.com"] != 1 || sent["first@example.com"] != 1 {
		t.Errorf("invitations sent: %v, want one to editor and one to first", sent)
	}
}

// The API server answers at once what can be seen from the manifest alone.
func TestRefusedManifests(t *testing.T) {
	h := newHouse(t, enterprise(), nil)
	good := h.user("good", "")
	create(t, good)
	cases := map[string]struct {
		write func(context.Context) error
		says  string
	}{
		"an address that is none": {
			write: func(ctx context.Context) error {
				user := h.user("bad", "")
				user.Spec.Email = "jo example.com"
				return plane.Client.Create(ctx, user)
			},
			says: "email must be one e-mail address",
		},
		"an unknown role": {
			write: func(ctx context.Context) error { return plane.Client.Create(ctx, h.user("bad", "Owner")) },
			says:  `supported values: "Admin", "Editor", "Viewer", "SalesRep"`,
		},
		"a changed address": {
			write: func(ctx context.Context) error {
				return plane.Client.Patch(ctx, good.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"spec":{"email":"other@example.com"}}`)))
			},
			says: "email cannot be changed",
		},
		"a changed workspace": {
			write: func(ctx context.Context) error {
				return plane.Client.Patch(ctx, good.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"spec":{"workspaceRef":{"name":"other"}}}`)))
			},
			says: "workspaceRef cannot be changed",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := c.write(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("answer %v, want one that says %q", err, c.says)
			}
		})
	}
}
