package chart

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// foreign are groups that a bare API server does not serve.
var foreign = map[string]bool{"monitoring.coreos.com": true, "cilium.io": true}

// TestTheAPIServerTakesIt applies all that the chart renders to a real API server, which knows every field, without keeping anything. Pods are made as
// well, in a namespace that enforces the level "restricted".
func TestTheAPIServerTakesIt(t *testing.T) {
	server := startPlane(t, definitionsInConfig)
	for _, name := range []string{namespace, "sales", "research"} {
		server.makeNamespace(t, name)
	}
	if err := server.Create(t.Context(), &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: "important"}, Value: 1}); err != nil {
		t.Fatal(err)
	}
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			rendered := render(t, valuesOf(t, name))
			for _, object := range rendered {
				if !foreign[object.GroupVersionKind().Group] {
					server.takes(t, object)
				}
			}
			for _, pod := range podsOf(t, rendered) {
				err := server.Create(t.Context(), pod, client.DryRunAll, client.FieldValidation(metav1.FieldValidationStrict))
				if err != nil {
					t.Errorf("a pod is refused: %v", err)
				}
			}
		})
	}
	t.Run("the hook of a first installation", func(t *testing.T) {
		job := parse(t, firstInstallationJob(t))
		server.takes(t, job[0])
		for _, pod := range podsOf(t, job) {
			if err := server.Create(t.Context(), pod, client.DryRunAll); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("a pod that is not restricted is refused", func(t *testing.T) {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "root"},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "root", Image: "root"}}},
		}
		if err := server.Create(t.Context(), pod, client.DryRunAll); err == nil || !strings.Contains(err.Error(), "restricted") {
			t.Errorf("this control plane enforces nothing: %v", err)
		}
	})
}

// takes applies an object without keeping it.
func (p *plane) takes(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	err := p.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object.DeepCopy()),
		client.DryRunAll, client.FieldOwner("test"), client.ForceOwnership)
	if err != nil {
		t.Errorf("%s %s: %v", object.GetKind(), object.GetName(), err)
	}
}

// podsOf returns a pod for each template of one.
func podsOf(t *testing.T, rendered objects) []*corev1.Pod {
	t.Helper()
	var pods []*corev1.Pod
	for _, object := range rendered {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "a-pod"}}
		switch object.GetKind() {
		case "Deployment":
			pod.Spec = as[appsv1.Deployment](t, object).Spec.Template.Spec
		case "Job":
			pod.Spec = as[batchv1.Job](t, object).Spec.Template.Spec
		case "Pod":
			pod = as[corev1.Pod](t, object)
		default:
			continue
		}
		pods = append(pods, pod)
	}
	if len(pods) == 0 {
		t.Error("there is no pod")
	}
	return pods
}

// TestKustomizationsAreTaken runs the commands of docs/install.md.
func TestKustomizationsAreTaken(t *testing.T) {
	server := startPlane(t)
	output, err := server.kubectl(t, "apply", "-k", "config/default")
	if err != nil || applied(output) < 9 {
		t.Fatalf("%v:\n%s", err, output)
	}
	if err := server.definitionsServed(t); err != nil {
		t.Fatal(err)
	}
	// A second time, and by the other way: nothing of it may fight with the first.
	if output, err := server.kubectl(t, "apply", "--server-side", "--force-conflicts", "-k", "config/default"); err != nil {
		t.Fatalf("%v:\n%s", err, output)
	}
	if output, err := server.kubectl(t, "apply", "-k", "config/samples"); err != nil || applied(output) < 5 {
		t.Fatalf("%v:\n%s", err, output)
	}
	for _, pod := range podsOf(t, kustomize(t, "config/default")) {
		pod.Namespace = "clay-operator-system"
		if err := server.Create(t.Context(), pod, client.DryRunAll); err != nil {
			t.Errorf("the pod is refused: %v", err)
		}
	}
}
