package gitops

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	appv1 "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/argo-cd/v3/util/settings"
	jsonpatch "github.com/evanphx/json-patch"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// argocdNamespace is where the fixture's Argo CD lives.
const argocdNamespace = "argocd"

// plainSettings is argocd-cm as Argo CD's own manifests have it, with a setting of somebody's own.
const plainSettings = `apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
  labels:
    app.kubernetes.io/name: argocd-cm
    app.kubernetes.io/part-of: argocd
data:
  url: https://argocd.example.com
`

// overrides are the customizations that Argo CD reads from its ConfigMap once config/argocd was added to it.
func overrides(t *testing.T) map[string]appv1.ResourceOverride {
	t.Helper()
	patched := patchedSettings(t)
	if patched.Data["url"] == "" {
		t.Error("the patch took away a setting of somebody else's")
	}
	manager := settings.NewSettingsManager(t.Context(), fake.NewClientset(patched), argocdNamespace)
	found, err := manager.GetResourceOverrides()
	if err != nil {
		t.Fatalf("Argo CD cannot read the settings: %v", err)
	}
	return found
}

// patchedSettings adds the component to a kustomization that installs Argo CD.
func patchedSettings(t *testing.T) *corev1.ConfigMap {
	t.Helper()
	directory := t.TempDir()
	component, err := filepath.Rel(directory, filepath.Join(root(t), "config", "argocd"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"argocd-cm.yaml":     plainSettings,
		"kustomization.yaml": "namespace: " + argocdNamespace + "\nresources: [argocd-cm.yaml]\ncomponents: [" + component + "]\n",
	} {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), directory)
	if err != nil {
		t.Fatalf("kustomize: %v", err)
	}
	text, err := built.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	patched := &corev1.ConfigMap{}
	if err := yaml.UnmarshalStrict(text, patched); err != nil {
		t.Fatalf("the patched settings are no ConfigMap: %v", err)
	}
	return patched
}

// argoHealth is what Argo CD says of a resource.
func argoHealth(t *testing.T, object *unstructured.Unstructured, overrides lua.ResourceHealthOverrides) health.HealthStatus {
	t.Helper()
	found, err := health.GetResourceHealth(object, overrides)
	if err != nil || found == nil {
		t.Fatalf("Argo CD cannot tell the health: %v, %v\n%v", found, err, object.Object)
	}
	return *found
}

// The file is a patch for kubectl too, and the same for all kinds.
func TestPatchNeedsNoKustomize(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "config", "argocd", "argocd-cm.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	patch := &corev1.ConfigMap{}
	if err := yaml.UnmarshalStrict(text, patch); err != nil {
		t.Fatal(err)
	}
	want := patchedSettings(t)
	delete(want.Data, "url")
	if difference := cmp.Diff(want.Data, patch.Data); difference != "" {
		t.Errorf("kubectl and kustomize make different settings of it (-kustomize +kubectl):\n%s", difference)
	}
	if len(patch.Data) != 5 {
		t.Errorf("the patch has %d keys, want the health of all kinds and the actions of those that wait for Clay", len(patch.Data))
	}
}

// Where it is enough that everybody was invited, one word in the script says so.
func TestInvitedIsEnough(t *testing.T) {
	const line = `local invited = "Progressing"`
	changed := overrides(t)
	for kind, override := range changed {
		override.HealthLua = strings.Replace(override.HealthLua, line, `local invited = "Healthy"`, 1)
		changed[kind] = override
	}
	object := report("ClayUser", waiting, clayv1alpha1.ReasonInvitationPending).object(t)
	if got := argoHealth(t, object, changed); got.Status != health.HealthStatusHealthy {
		t.Errorf("a pending invitation is %s although the script says Healthy", got.Status)
	}
	object = report("ClayUser", waiting, clayv1alpha1.ReasonProgressing).object(t)
	if got := argoHealth(t, object, changed); got.Status != health.HealthStatusProgressing {
		t.Errorf("a change that is left is %s, want Progressing", got.Status)
	}
}

const actionName = "reconcile-now"

// action is the button, as Argo CD shows it for a resource.
func action(t *testing.T, vm lua.VM, object *unstructured.Unstructured) appv1.ResourceAction {
	t.Helper()
	scripts, err := vm.GetResourceActionDiscovery(object)
	if err != nil {
		t.Fatal(err)
	}
	found, err := vm.ExecuteResourceActionDiscovery(object, scripts)
	if err != nil {
		t.Fatalf("Argo CD cannot find the actions: %v", err)
	}
	if len(found) != 1 || found[0].Name != actionName {
		t.Fatalf("Argo CD finds the actions %+v, want %s alone", found, actionName)
	}
	return found[0]
}

// act makes of a click on the button the patch that Argo CD sends.
func act(t *testing.T, vm lua.VM, object *unstructured.Unstructured) []byte {
	t.Helper()
	definition, err := vm.GetResourceAction(object, actionName)
	if err != nil {
		t.Fatal(err)
	}
	impacted, err := vm.ExecuteResourceAction(object, definition.ActionLua, nil)
	if err != nil {
		t.Fatalf("Argo CD cannot run the action: %v", err)
	}
	if len(impacted) != 1 || impacted[0].K8SOperation != lua.PatchOperation {
		t.Fatalf("the action does %+v, want one patch", impacted)
	}
	before, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	after, err := json.Marshal(impacted[0].UnstructuredObj)
	if err != nil {
		t.Fatal(err)
	}
	patch, err := jsonpatch.CreateMergePatch(before, after)
	if err != nil {
		t.Fatal(err)
	}
	return patch
}

// A click sets the annotation to the present time, and touches nothing else.
func TestReconcileNow(t *testing.T) {
	vm := lua.VM{ResourceOverrides: overrides(t)}
	old := func(object *unstructured.Unstructured) {
		object.SetAnnotations(map[string]string{clayv1alpha1.AnnotationReconcileAt: "yesterday", "example.com/note": "stays"})
	}
	for _, kind := range kinds {
		for name, fixture := range map[string]fixture{
			"never looked at":    {kind: kind, observed: -1},
			"asked for before":   with(report(kind, stalled, "Refused"), old),
			"being deleted":      with(report(kind, waiting, clayv1alpha1.ReasonDeleting), deleting),
			"with nothing amiss": report(kind, settled, clayv1alpha1.ReasonActive),
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				object := fixture.object(t)
				if button := action(t, vm, object); button.Disabled || button.DisplayName != "Reconcile now" {
					t.Errorf("the button is %+v", button)
				}
				var patch struct {
					Metadata struct {
						Annotations map[string]string `json:"annotations"`
					} `json:"metadata"`
				}
				decoder := json.NewDecoder(strings.NewReader(string(act(t, vm, object))))
				decoder.DisallowUnknownFields()
				if err := decoder.Decode(&patch); err != nil {
					t.Fatalf("the patch changes more than an annotation: %v", err)
				}
				value := patch.Metadata.Annotations[clayv1alpha1.AnnotationReconcileAt]
				if at, err := time.Parse(time.RFC3339, value); err != nil || at.Before(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
					t.Errorf("the annotation is %q, want the present time", value)
				}
				if len(patch.Metadata.Annotations) != 1 {
					t.Errorf("the patch touches other annotations: %v", patch.Metadata.Annotations)
				}
			})
		}
	}
}

// There is no button where it would do nothing, or say that somebody has looked in Clay.
func TestReconcileNowIsNotOffered(t *testing.T) {
	vm := lua.VM{ResourceOverrides: overrides(t)}
	suspended := func(object *unstructured.Unstructured) {
		if err := unstructured.SetNestedField(object.Object, true, "spec", "suspend"); err != nil {
			t.Fatal(err)
		}
	}
	for name, fixture := range map[string]fixture{
		"a suspended user":      with(report("ClayUser", unknown, clayv1alpha1.ReasonSuspended), suspended),
		"a suspended workspace": with(report("ClayWorkspace", unknown, clayv1alpha1.ReasonSuspended), suspended),
		"not looked at yet":     with(fixture{kind: "ClayUser", observed: -1}, suspended),
		"somebody who vanished": report("ClayUser", waiting, string(seat.BlockedAbsenceUnconfirmed)),
		"a leaver who vanished": with(report("ClayUser", waiting, string(seat.BlockedAbsenceUnconfirmed)), deleting),
	} {
		t.Run(name, func(t *testing.T) {
			if button := action(t, vm, fixture.object(t)); !button.Disabled {
				t.Errorf("the button is %+v", button)
			}
		})
	}
}
