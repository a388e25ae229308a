package chart

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount"

// as turns an object into its type, and fails where it has a field that the type does not know.
func as[T any](t *testing.T, object *unstructured.Unstructured) *T {
	t.Helper()
	typed := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, typed, true); err != nil {
		t.Fatalf("%s %s: %v", object.GetKind(), object.GetName(), err)
	}
	return typed
}

func podOf(t *testing.T, given values) corev1.PodSpec {
	t.Helper()
	return as[appsv1.Deployment](t, render(t, given).one(t, "Deployment", release)).Spec.Template.Spec
}

func container(t *testing.T, containers []corev1.Container, name string) corev1.Container {
	t.Helper()
	at := slices.IndexFunc(containers, func(container corev1.Container) bool { return container.Name == name })
	if at < 0 {
		t.Fatalf("there is no container %s", name)
	}
	return containers[at]
}

func TestOnlyTheManagerHasATokenAndATrail(t *testing.T) {
	for _, name := range []string{"default", "claysim", "production"} {
		t.Run(name, func(t *testing.T) {
			pod := podOf(t, valuesOf(t, name))
			if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
				t.Error("the token is mounted into every container")
			}
			mounts := func(container corev1.Container, path string) bool {
				return slices.ContainsFunc(container.VolumeMounts, func(mount corev1.VolumeMount) bool { return strings.HasPrefix(mount.MountPath, path) })
			}
			if !mounts(container(t, pod.Containers, "manager"), tokenPath) {
				t.Error("the manager has no token")
			}
			for _, sidecar := range pod.InitContainers {
				if mounts(sidecar, tokenPath) || mounts(sidecar, "/var/lib/clay-operator") {
					t.Errorf("%s has the token or the trail", sidecar.Name)
				}
				if sidecar.RestartPolicy == nil || *sidecar.RestartPolicy != corev1.ContainerRestartPolicyAlways {
					t.Errorf("%s is no native sidecar", sidecar.Name)
				}
			}
		})
	}
}

func TestNothingOfAPageReachesADisk(t *testing.T) {
	pod := podOf(t, nil)
	inMemory := map[string]bool{}
	for _, volume := range pod.Volumes {
		inMemory[volume.Name] = volume.EmptyDir != nil && volume.EmptyDir.Medium == corev1.StorageMediumMemory
	}
	for _, mount := range container(t, pod.InitContainers, "browser").VolumeMounts {
		if !inMemory[mount.Name] {
			t.Errorf("%s is on a disk", mount.MountPath)
		}
	}
}

func TestTheSandbox(t *testing.T) {
	tests := map[string]struct {
		given   values
		flag    string
		profile *corev1.SeccompProfile
	}{
		"off": {nil, "--sandbox=off", nil},
		"on": {set("browser.sandbox.enabled", true), "--sandbox=required", &corev1.SeccompProfile{
			Type: corev1.SeccompProfileTypeLocalhost, LocalhostProfile: new("clay-operator/chromium.json"),
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pod := podOf(t, test.given)
			browser := container(t, pod.InitContainers, "browser")
			if !slices.Contains(browser.Args, test.flag) {
				t.Errorf("%v lacks %s", browser.Args, test.flag)
			}
			if difference := cmp.Diff(test.profile, browser.SecurityContext.SeccompProfile); difference != "" {
				t.Error(difference)
			}
			if pod.SecurityContext.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
				t.Error("the manager has another profile than RuntimeDefault")
			}
			if manager := container(t, pod.Containers, "manager"); manager.SecurityContext.SeccompProfile != nil {
				t.Error("the manager has a profile of its own")
			}
		})
	}
}

// TestTheChartIsTheKustomization compares the pod of the chart with that of config/default: what one says with reason, the other says too.
func TestTheChartIsTheKustomization(t *testing.T) {
	want := as[appsv1.Deployment](t, kustomize(t, "config/default").one(t, "Deployment", release)).Spec.Template.Spec
	secure := slices.Contains(container(t, want.Containers, "manager").Args, "--metrics-secure")
	got := podOf(t, set("metrics.secure", secure))
	normalise := func(pod *corev1.PodSpec) {
		for _, containers := range [][]corev1.Container{pod.InitContainers, pod.Containers} {
			for i := range containers {
				containers[i].Image, containers[i].ImagePullPolicy, containers[i].Args = "", "", nil
			}
		}
		pod.EnableServiceLinks = nil
		if pod.Affinity != nil || pod.PriorityClassName != "" {
			t.Error("one of them says where the pod runs, by default")
		}
	}
	normalise(&want)
	normalise(&got)
	text := func(pod corev1.PodSpec) string {
		content, err := yaml.Marshal(pod)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	if difference := cmp.Diff(text(want), text(got)); difference != "" {
		t.Errorf("the kustomization (-) and the chart (+) differ:\n%s", difference)
	}
}

func TestTheFlagsOfTheManager(t *testing.T) {
	arguments := container(t, podOf(t, valuesOf(t, "namespaced")).Containers, "manager").Args
	for _, want := range []string{
		"--namespace=sales", "--namespace=research", "--leader-elect", "--metrics-bind-address=:8080",
		"--audit-store=file:///var/lib/clay-operator/audit",
	} {
		if !slices.Contains(arguments, want) {
			t.Errorf("%v lacks %s", arguments, want)
		}
	}
	if slices.Contains(arguments, "--metrics-secure") {
		t.Error("the metrics are to be in clear")
	}
}

func TestADigestCountsBeforeATag(t *testing.T) {
	const digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	pod := podOf(t, values{"imageRegistry": "registry.example.com/", "manager": values{"image": values{"digest": digest, "tag": "1"}}})
	if got, want := pod.Containers[0].Image, "registry.example.com/clay-operator@"+digest; got != want {
		t.Errorf("the image is %s, want %s", got, want)
	}
	want := "registry.example.com/clay-operator-browser:" + loadChart(t).Metadata.AppVersion
	if got := container(t, pod.InitContainers, "browser").Image; got != want {
		t.Errorf("the image is %s, want %s", got, want)
	}
}
