package gitops

import (
	"testing"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/common"
	"github.com/argoproj/argo-cd/v3/controller"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// A leaver's ClayUser goes although the workspace waits for a person, because both are of one wave. Where the workspace comes in a wave
// before its users, as one might think it should, the leaver stays: that is why the samples do not.
func TestLeaverDoesNotWaitForTheWorkspace(t *testing.T) {
	const earlier = "metadata:\n  annotations:\n    argocd.argoproj.io/sync-wave: \"-1\"\n"
	for _, test := range []struct {
		name  string
		early bool
		gone  bool
	}{
		{"of one wave", false, true},
		{"the workspace first", true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := newOffice(t)
			if test.early {
				o.files["workspace.yaml"] = replaceOnce(t, o.files["workspace.yaml"], "metadata:\n", earlier)
			}
			o.begin()
			o.say(&clayv1alpha1.ClayWorkspace{}, workspaceName, stalled, sidecar.ReasonSecurityCheck, needed(sidecar.ReasonSecurityCheck))
			o.until("Argo CD to see that a person is needed", func(found comparison) bool {
				return found.health() == health.HealthStatusDegraded
			})
			o.repository.commit("Let somebody go", map[string]string{file("leaver"): ""})
			if under := o.look(); under.phase.Successful() != test.gone || o.isGone("leaver") != test.gone {
				t.Errorf("the sync is %s (%s), and the leaver's ClayUser is gone: %t, want %t", under.phase, under.message, o.isGone("leaver"), test.gone)
			}
		})
	}
}

// A leaver's ClayUser goes although somebody else has not accepted an invitation. With the option PruneLast it would not.
func TestLeaverDoesNotWaitForAnInvitation(t *testing.T) {
	for _, test := range []struct {
		name    string
		options []sync.SyncOpt
		gone    bool
	}{
		{"as in the examples", nil, true},
		{"with PruneLast", []sync.SyncOpt{sync.WithPruneLast(true)}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := newOffice(t, test.options...)
			o.begin()
			o.say(&clayv1alpha1.ClayUser{}, "joiner", waiting, clayv1alpha1.ReasonInvitationPending)
			o.until("Argo CD to see the invitation", func(found comparison) bool {
				return found.health() == health.HealthStatusProgressing
			})
			o.repository.commit("Let somebody go", map[string]string{file("leaver"): ""})
			under := o.look()
			if under.phase.Successful() != test.gone || o.isGone("leaver") != test.gone {
				t.Errorf("the sync is %s (%s), and the leaver's ClayUser is gone: %t, want %t", under.phase, under.message, o.isGone("leaver"), test.gone)
			}
			if !test.gone && under.phase != common.OperationRunning {
				t.Errorf("the sync is %s, want it to wait for the invitation", under.phase)
			}
		})
	}
}

// Where everything goes the Secret goes last: without it nobody could take the seats away.
func TestSecretOutlivesTheUsers(t *testing.T) {
	o := newOffice(t)
	collectGarbage(t, o.namespace)
	o.begin()
	for _, name := range []string{"joiner", "leaver"} {
		o.patch(name, guarded)
	}
	gone := map[string]string{}
	for name := range o.files {
		gone[name] = ""
	}
	o.repository.commit("Remove everything", gone)
	if under := o.look(); under.phase != common.OperationRunning {
		t.Fatalf("the sync is %s (%s), want it to wait for the seats", under.phase, under.message)
	}
	if !o.isGone("joiner") || !o.isGone("leaver") {
		t.Error("the ClayUsers are not being deleted")
	}
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: o.namespace, Name: "clay-login"}
	if err := plane.Client.Get(t.Context(), key, secret); err != nil || !secret.DeletionTimestamp.IsZero() {
		t.Fatalf("the Secret is gone before the seats: %v, %v", err, secret.DeletionTimestamp)
	}

	for _, name := range []string{"joiner", "leaver"} {
		o.patch(name, unguarded)
	}
	o.sync()
	o.until("the Secret to go", func(found comparison) bool { return len(found.resources) == 0 })
}

// The same where the Application is deleted together with what it holds: Argo CD deletes wave by wave, the last one first.
func TestDeletedApplicationKeepsTheSecretLongest(t *testing.T) {
	o := newOffice(t)
	o.begin()
	for _, object := range controller.FilterObjectsForDeletion(o.compare().Live) {
		if object.GetKind() == "Secret" {
			t.Error("Argo CD deletes the Secret together with the users")
		}
	}
}
