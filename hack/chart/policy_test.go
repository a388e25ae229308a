package chart

import (
	"context"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// policyTimeout bounds how long the API server may take to heed a new policy.
const policyTimeout = time.Minute

func newUser(name, email string, annotations map[string]string) *unstructured.Unstructured {
	user := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"email": email, "workspaceRef": map[string]any{"name": "sales"},
	}}}
	user.SetAPIVersion("clay.seatwright.dev/v1alpha1")
	user.SetKind("ClayUser")
	user.SetNamespace(namespace)
	user.SetName(name)
	user.SetAnnotations(annotations)
	return user
}

func newWorkspace(name string, protected ...any) *unstructured.Unstructured {
	workspace := newUser(name, "", nil)
	workspace.SetKind("ClayWorkspace")
	workspace.Object["spec"] = map[string]any{
		"workspaceID": "12345", "login": map[string]any{"secretRef": map[string]any{"name": "clay-login"}}, "protectedEmails": protected,
	}
	return workspace
}

func listOf(kind string) *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion("clay.seatwright.dev/v1alpha1")
	list.SetKind(kind + "List")
	return list
}

// TestProtectedUsersCannotBeDeleted tries the policies of config/policy, and the chart's, in a real API server.
func TestProtectedUsersCannotBeDeleted(t *testing.T) {
	policies := map[string]func(t *testing.T) objects{
		"kustomize": func(t *testing.T) objects { t.Helper(); return kustomize(t, "config/policy") },
		"chart": func(t *testing.T) objects {
			t.Helper()
			var found objects
			for _, object := range render(t, set("protectedUsers.enabled", true)) {
				if object.GroupVersionKind().Group == "admissionregistration.k8s.io" {
					found = append(found, object)
				}
			}
			return found
		},
	}
	for name, policy := range policies {
		t.Run(name, func(t *testing.T) {
			server := startPlane(t, definitionsInConfig)
			server.makeNamespace(t, namespace)
			made := policy(t)
			if len(made) != 4 {
				t.Fatalf("%d objects, want two policies and their bindings", len(made))
			}
			yes := map[string]string{"clay.seatwright.dev/protected": "true"}
			for _, object := range append(made,
				newWorkspace("sales", "avery@example.com"), newWorkspace("research", "blake@example.com"),
				newUser("avery", "Avery@example.com", nil), newUser("blake", "blake@example.com", nil), newUser("casey", "casey@example.com", yes),
				newUser("drew", "drew@example.com", map[string]string{"clay.seatwright.dev/protected": "no"}),
			) {
				if err := server.Create(t.Context(), object); err != nil {
					t.Fatal(err)
				}
			}
			server.refuses(t, "avery", "is one of the protectedEmails of ClayWorkspace sales")
			server.refuses(t, "casey", "take off its annotation")
			// Both policies are heeded now. What they do not speak of can go: an address that another workspace protects, an annotation that says no.
			for _, name := range []string{"blake", "drew"} {
				if err := server.Delete(t.Context(), newUser(name, "", nil)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			users := listOf("ClayUser")
			all := newUser("", "", nil)
			if err := server.DeleteAllOf(t.Context(), all, client.InNamespace(namespace)); err == nil {
				t.Error("all can be deleted at once")
			}
			if err := server.List(t.Context(), users, client.InNamespace(namespace)); err != nil || len(users.Items) != 2 {
				t.Errorf("%d users are left, want the protected two: %v", len(users.Items), err)
			}
			released := server.get(t, "ClayUser", "casey")
			released.SetAnnotations(nil)
			if err := server.Update(t.Context(), released); err != nil {
				t.Fatal(err)
			}
			if err := server.Delete(t.Context(), released); err != nil {
				t.Errorf("who is protected no more cannot be deleted: %v", err)
			}
		})
	}
}

// refuses waits until the deletion of a user is refused. While no policy is heeded yet, nothing is deleted by asking: it is a dry run.
func (p *plane) refuses(t *testing.T, name, why string) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, policyTimeout, true, func(ctx context.Context) (bool, error) {
		last = p.Delete(ctx, newUser(name, "", nil), client.DryRunAll, client.PropagationPolicy(metav1.DeletePropagationBackground))
		return last != nil && strings.Contains(last.Error(), why), nil
	})
	if err != nil {
		t.Fatalf("the deletion of %s is not refused as it should be: %v", name, last)
	}
}
