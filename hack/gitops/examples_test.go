package gitops

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/syncwaves"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	appv1 "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// documents are the resources in a file of the project.
func documents(t *testing.T, path string) []*unstructured.Unstructured {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), path))
	if err != nil {
		t.Fatal(err)
	}
	found, err := kube.SplitYAML(text)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if len(found) == 0 {
		t.Fatalf("%s holds nothing", path)
	}
	return found
}

// strictly reads a resource as what it says it is; a field that the kind does not have fails the test.
func strictly[T any](t *testing.T, path, kind string) *T {
	t.Helper()
	found := documents(t, path)
	if len(found) != 1 || found[0].GetKind() != kind || found[0].GetAPIVersion() != appv1.SchemeGroupVersion.String() {
		t.Fatalf("%s holds %d resources, the first a %s of %s", path, len(found), found[0].GetKind(), found[0].GetAPIVersion())
	}
	typed := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(found[0].Object, typed, true); err != nil {
		t.Fatalf("%s is no %s that this Argo CD knows: %v", path, kind, err)
	}
	return typed
}

// checkPolicy checks what keeps a mistake in Git from becoming one in Clay.
func checkPolicy(t *testing.T, path string, policy *appv1.SyncPolicy) {
	t.Helper()
	switch {
	case policy == nil || policy.Automated == nil || !policy.Automated.GetPrune() || !policy.Automated.GetSelfHeal():
		t.Errorf("%s neither prunes nor heals by itself", path)
	case policy.Automated.GetAllowEmpty():
		t.Errorf("%s lets an empty repository remove everybody", path)
	case policy.SyncOptions.HasOption("PruneLast=true"):
		t.Errorf("%s prunes last, so that an invitation that nobody accepts keeps the leavers' seats", path)
	}
}

func TestApplicationExample(t *testing.T) {
	path := filepath.Join("config", "argocd", "examples", "application.yaml")
	application := strictly[appv1.Application](t, path, "Application")
	checkPolicy(t, path, application.Spec.SyncPolicy)
	if len(application.Finalizers) > 0 {
		t.Errorf("%s takes everybody's seat away when the Application is deleted", path)
	}
}

func TestApplicationSetExample(t *testing.T) {
	path := filepath.Join("config", "argocd", "examples", "applicationset.yaml")
	set := strictly[appv1.ApplicationSet](t, path, "ApplicationSet")
	checkPolicy(t, path, set.Spec.Template.Spec.SyncPolicy)
	if set.Spec.SyncPolicy == nil || !set.Spec.SyncPolicy.PreserveResourcesOnDeletion {
		t.Errorf("%s takes everybody's seat away when a directory is renamed or the ApplicationSet is deleted", path)
	}
	if len(set.Spec.Template.Finalizers) > 0 {
		t.Errorf("%s takes everybody's seat away when an Application is deleted", path)
	}
}

// The Secret comes before what needs it and stays until that is gone. The users wait for no workspace: a workspace that waits for a
// person would keep leavers' ClayUsers from being deleted.
func TestSamplesComeInWaves(t *testing.T) {
	waves := map[string]map[int]bool{}
	for _, path := range []string{"clayworkspace.yaml", "clayusers.yaml"} {
		for _, document := range documents(t, filepath.Join("config", "samples", path)) {
			if waves[document.GetKind()] == nil {
				waves[document.GetKind()] = map[int]bool{}
			}
			waves[document.GetKind()][syncwaves.Wave(document)] = true
		}
	}
	if !waves["Secret"][secretWave] || !waves["ClayWorkspace"][defaultWave] || !waves["ClayUser"][defaultWave] {
		t.Errorf("the waves are %v", waves)
	}
	for kind, found := range waves {
		if len(found) != 1 {
			t.Errorf("the samples have %d waves of %s", len(found), kind)
		}
	}
}

// The waves of the samples.
const (
	secretWave  = -1
	defaultWave = 0
)
