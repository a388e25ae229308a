package controllers

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/kstatus"
)

func TestWorkspaceValidation(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	for _, test := range []struct {
		name string
		bend func(*clayv1alpha1.ClayWorkspace)
		want string
	}{
		{"fine", func(*clayv1alpha1.ClayWorkspace) {}, ""},
		{"all fields", func(w *clayv1alpha1.ClayWorkspace) {
			w.Spec.AppURL = "http://127.0.0.1:8080/"
			w.Spec.Mode, w.Spec.UnmanagedMembers = clayv1alpha1.ModeObserve, clayv1alpha1.UnmanagedRemove
			w.Spec.Interval = &metav1.Duration{Duration: time.Hour}
			w.Spec.Removals = &clayv1alpha1.Removals{MaxPerHour: new(int32(0))}
			w.Spec.ProtectedEmails = []string{"chief@example.com"}
		}, ""},
		{"id", func(w *clayv1alpha1.ClayWorkspace) { w.Spec.WorkspaceID = "acme" }, "workspaceID must be the number in the address of the workspace"},
		{"no id", func(w *clayv1alpha1.ClayWorkspace) { w.Spec.WorkspaceID = "" }, "spec.workspaceID"},
		{"path", func(w *clayv1alpha1.ClayWorkspace) { w.Spec.AppURL = "https://app.clay.com/login" }, "appURL must be an origin"},
		{"user", func(w *clayv1alpha1.ClayWorkspace) { w.Spec.AppURL = "https://jo@app.clay.com" }, "appURL must be an origin"},
		{"query", func(w *clayv1alpha1.ClayWorkspace) { w.Spec.AppURL = "https://app.clay.com?a=b" }, "appURL must be an origin"},
		{"scheme", func(w *clayv1alpha1.ClayWorkspace) { w.Spec.AppURL = "ftp://app.clay.com" }, "appURL must be an origin"},
		{"no URL", func(w *clayv1alpha1.ClayWorkspace) { w.Spec.AppURL = "app.clay.com" }, "appURL must be an origin"},
		{"no Secret", func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Login.SecretRef.Name = "" }, "spec.login.secretRef.name"},
		{"mode", func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Mode = "Dry" }, "spec.mode"},
		{"unmanaged", func(w *clayv1alpha1.ClayWorkspace) { w.Spec.UnmanagedMembers = "Delete" }, "spec.unmanagedMembers"},
		{
			"short interval",
			func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Interval = &metav1.Duration{Duration: time.Second} }, "interval must be a duration from 1m to 24h",
		},
		{
			"long interval",
			func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Interval = &metav1.Duration{Duration: 25 * time.Hour} }, "interval must be a duration from 1m to 24h",
		},
		{"twice protected", func(w *clayv1alpha1.ClayWorkspace) {
			w.Spec.ProtectedEmails = []string{"jo@example.com", "jo@example.com"}
		}, "spec.protectedEmails[1]: Duplicate value"},
		{
			"negative budget",
			func(w *clayv1alpha1.ClayWorkspace) {
				w.Spec.Removals = &clayv1alpha1.Removals{MaxPerHour: new(int32(-1))}
			}, "spec.removals.maxPerHour",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h.tryCreate(t, h.workspace(test.bend), test.want)
		})
	}
	t.Run("interval that is none", func(t *testing.T) {
		t.Parallel()
		workspace := &unstructured.Unstructured{Object: map[string]any{
			"metadata": map[string]any{"name": workspaceName, "namespace": h.namespace},
			"spec": map[string]any{
				"workspaceID": workspaceID, "interval": "often", "login": map[string]any{"secretRef": map[string]any{"name": secretName}},
			},
		}}
		workspace.SetGroupVersionKind(clayv1alpha1.GroupVersion.WithKind("ClayWorkspace"))
		h.tryCreate(t, workspace, "spec.interval")
	})
}

func TestUserValidation(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	const noAddress = "email must be one e-mail address such as jo@example.com"
	email := func(text string) func(*clayv1alpha1.ClayUser) {
		return func(user *clayv1alpha1.ClayUser) { user.Spec.Email = text }
	}
	for _, test := range []struct {
		name string
		bend func(*clayv1alpha1.ClayUser)
		want string
	}{
		{"fine", func(*clayv1alpha1.ClayUser) {}, ""},
		{"plus", email("jo+clay@mail.example.com"), ""},
		{"apostrophe", email("jo.o'neil@example.com"), ""},
		{"no at", email("jo.example.com"), noAddress},
		{"two", email("jo@example.com,kim@example.com"), noAddress},
		{"name", email("Jo <jo@example.com>"), noAddress},
		{"space", email("jo @example.com"), noAddress},
		{"line", email("jo@example.com\nkim@example.com"), noAddress},
		{"no dot", email("jo@localhost"), noAddress},
		{"long", email(strings.Repeat("j", 250) + "@example.com"), "spec.email: Too long"},
		{"role", withRole("Owner"), "spec.role"},
		{"policy", func(user *clayv1alpha1.ClayUser) { user.Spec.DeletionPolicy = "Orphan" }, "spec.deletionPolicy"},
		{"no workspace", func(user *clayv1alpha1.ClayUser) { user.Spec.WorkspaceRef.Name = "" }, "spec.workspaceRef.name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h.tryCreate(t, h.user("jo", test.bend), test.want)
		})
	}
}

func TestWhatCannotBeChanged(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	workspace, jo := h.workspace(), h.user("jo")
	h.create(workspace, jo)
	for _, test := range []struct {
		name   string
		object client.Object
		patch  string
		want   string
	}{
		{"workspaceID", workspace, `{"spec":{"workspaceID":"54321"}}`, "workspaceID cannot be changed: make a new ClayWorkspace for another workspace"},
		{
			"email",
			jo, `{"spec":{"email":"kim@example.com"}}`, "email cannot be changed: Clay cannot change an address; make a new ClayUser and delete this one",
		},
		{"case of the email", jo, `{"spec":{"email":"JO@example.com"}}`, "email cannot be changed"},
		{
			"workspaceRef",
			jo, `{"spec":{"workspaceRef":{"name":"other"}}}`, "workspaceRef cannot be changed: make a new ClayUser in the other workspace and delete this one",
		},
		{"role can", jo, `{"spec":{"role":"Admin"}}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			object := test.object.DeepCopyObject().(client.Object)
			checkRefusal(t, h.client.Patch(t.Context(), object, client.RawPatch("application/merge-patch+json", []byte(test.patch))), test.want)
		})
	}
}

// TestNewResourcesAreInProgress checks that generic tools wait for a resource that nobody has looked at, and that the
// schema fills in nothing of the spec.
func TestNewResourcesAreInProgress(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	workspace, jo, group := h.workspace(), h.user("jo"), h.group("sales")
	h.create(workspace, jo, group)
	for _, object := range []client.Object{workspace, jo, group} {
		h.get(object)
		observed, conditions := statusOf(object)
		if computed := kstatus.Of(object, observed, conditions); computed != kstatus.InProgress {
			t.Errorf("%s: kstatus says %s", describeObject(object), computed)
		}
	}
	if jo.Spec.Role != "" || jo.Spec.Active != nil || workspace.Spec.Mode != "" || workspace.Spec.Interval != nil {
		t.Errorf("the schema filled in: %+v %+v", jo.Spec, workspace.Spec)
	}
}

// tryCreate asks the API server what it thinks of an object, and leaves nothing behind.
func (h *harness) tryCreate(t *testing.T, object client.Object, want string) {
	t.Helper()
	checkRefusal(t, h.client.Create(t.Context(), object, client.DryRunAll), want)
}

func checkRefusal(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("refused: %v", err)
	case want != "" && err == nil:
		t.Errorf("accepted, want a refusal with %q", want)
	case want != "" && !strings.Contains(err.Error(), want):
		t.Errorf("refused with %v, want %q", err, want)
	}
}
