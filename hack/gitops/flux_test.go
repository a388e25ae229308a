package gitops

import (
	"path/filepath"
	"testing"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	"github.com/fluxcd/pkg/runtime/cel"
	sourcev1 "github.com/fluxcd/source-controller/api/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// kstatus is what Flux says of a resource where a Kustomization has wait: true.
func kstatus(t *testing.T, object *unstructured.Unstructured) status.Status {
	t.Helper()
	result, err := status.Compute(object)
	if err != nil {
		t.Fatalf("Flux cannot tell the status: %v\n%v", err, object.Object)
	}
	return result.Status
}

// readFluxExample reads the example strictly as what it says it is.
func readFluxExample(t *testing.T) *kustomizev1.Kustomization {
	t.Helper()
	found := documents(t, filepath.Join("config", "flux", "clay.yaml"))
	if len(found) != 2 {
		t.Fatalf("the example has %d resources, want a source and a Kustomization", len(found))
	}
	source, kustomization := &sourcev1.GitRepository{}, &kustomizev1.Kustomization{}
	for i, typed := range []any{source, kustomization} {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(found[i].Object, typed, true); err != nil {
			t.Fatalf("this Flux does not know it: %v", err)
		}
	}
	if reference := kustomization.Spec.SourceRef; reference.Kind != source.Kind || reference.Name != source.Name {
		t.Errorf("the Kustomization takes the source %+v, which is not there", reference)
	}
	return kustomization
}

// evaluators are the health checks of the example, by kind.
func evaluators(t *testing.T) map[string]*cel.StatusEvaluator {
	t.Helper()
	found := map[string]*cel.StatusEvaluator{}
	for _, check := range readFluxExample(t).Spec.HealthCheckExprs {
		evaluator, err := cel.NewStatusEvaluator(&check.HealthCheckExpressions)
		if err != nil {
			t.Fatalf("Flux cannot read the checks of %s: %v", check.Kind, err)
		}
		found[check.APIVersion+" "+check.Kind] = evaluator
	}
	return found
}

// evaluate is what Flux says of a resource by the health checks of the example.
func evaluate(t *testing.T, evaluators map[string]*cel.StatusEvaluator, object *unstructured.Unstructured) status.Status {
	t.Helper()
	evaluator, found := evaluators[object.GetAPIVersion()+" "+object.GetKind()]
	if !found {
		t.Fatalf("the example has no checks of %s %s", object.GetAPIVersion(), object.GetKind())
	}
	result, err := evaluator.Evaluate(t.Context(), object)
	if err != nil {
		t.Fatalf("Flux cannot evaluate the checks: %v\n%v", err, object.Object)
	}
	return result.Status
}

// Flux looks at the health of all that it applied only where the example says so.
func TestFluxExampleWaits(t *testing.T) {
	example := readFluxExample(t)
	if !example.Spec.Wait || !example.Spec.Prune || len(example.Spec.HealthCheckExprs) != len(kinds) {
		t.Errorf("the example is %+v, want wait, prune, and checks of the kinds that wait for Clay", example.Spec)
	}
}
