//go:build cluster

package cluster

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// everywhere are the rights that the operator needs where the people are, each as group, resource and verb.
var everywhere = []string{
	"configmaps get", "configmaps list", "configmaps watch",
	"secrets create", "secrets get", "secrets list", "secrets update", "secrets watch",
	"claygroups.clay.seatwright.dev get", "claygroups.clay.seatwright.dev list", "claygroups.clay.seatwright.dev watch",
	"claygroups/status.clay.seatwright.dev patch",
	"clayusers.clay.seatwright.dev get", "clayusers.clay.seatwright.dev list", "clayusers.clay.seatwright.dev patch", "clayusers.clay.seatwright.dev watch",
	"clayusers/status.clay.seatwright.dev patch",
	"clayworkspaces.clay.seatwright.dev get", "clayworkspaces.clay.seatwright.dev list", "clayworkspaces.clay.seatwright.dev patch",
	"clayworkspaces.clay.seatwright.dev watch", "clayworkspaces/status.clay.seatwright.dev update",
	"events.events.k8s.io create", "events.events.k8s.io patch",
	// Who may read the metrics, the API server is asked.
	"subjectaccessreviews.authorization.k8s.io create", "tokenreviews.authentication.k8s.io create",
}

// athome are those that it needs besides in its own namespace: the lease, and the events about it.
var athome = []string{
	"events create", "events patch",
	"leases.coordination.k8s.io create", "leases.coordination.k8s.io get", "leases.coordination.k8s.io update",
}

// checkRights asks the API server what the operator's account may do, and takes away what every account may.
func (s *suite) checkRights(t *testing.T) {
	t.Helper()
	pod := s.ready(t)
	for namespace, want := range map[string][]string{
		teamNamespace: everywhere, operatorNamespace: slices.Concat(everywhere, athome), "kube-system": everywhere,
	} {
		usual := s.rights(t, "default", namespace)
		got := slices.DeleteFunc(s.rights(t, pod.Spec.ServiceAccountName, namespace), func(right string) bool { return slices.Contains(usual, right) })
		if diff := cmp.Diff(slices.Sorted(slices.Values(want)), got); diff != "" {
			t.Errorf("rights in %s (-want +got):\n%s", namespace, diff)
		}
	}
}

// rights are what an account of the operator's namespace may do in a namespace.
func (s *suite) rights(t *testing.T, account, namespace string) []string {
	t.Helper()
	config := rest.CopyConfig(s.config)
	config.Impersonate = rest.ImpersonationConfig{
		UserName: fmt.Sprintf("system:serviceaccount:%s:%s", operatorNamespace, account),
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:" + operatorNamespace, "system:authenticated"},
	}
	as, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	review, err := as.AuthorizationV1().SelfSubjectRulesReviews().Create(t.Context(),
		&authorizationv1.SelfSubjectRulesReview{Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: namespace}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, rule := range review.Status.ResourceRules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					all = append(all, strings.TrimSuffix(resource+"."+group, ".")+" "+verb+strings.Join(rule.ResourceNames, ","))
				}
			}
		}
	}
	for _, rule := range review.Status.NonResourceRules {
		for _, url := range rule.NonResourceURLs {
			all = append(all, url+" "+strings.Join(rule.Verbs, ","))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// refuseOthers asks for pods that the namespace must not let in. None is made.
func (s *suite) refuseOthers(t *testing.T) {
	t.Helper()
	pod := s.ready(t)
	try := func(loosen func(*corev1.PodSpec)) error {
		other := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, GenerateName: "other-"}, Spec: *pod.Spec.DeepCopy()}
		other.Spec.NodeName = ""
		loosen(&other.Spec)
		_, err := s.core.CoreV1().Pods(operatorNamespace).Create(t.Context(), other, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return err
	}
	if err := try(func(*corev1.PodSpec) {}); err != nil {
		t.Errorf("the operator's own pod is refused: %v", err)
	}
	for name, loosen := range map[string]func(*corev1.PodSpec){
		"as root": func(spec *corev1.PodSpec) { spec.SecurityContext.RunAsUser = new(int64) },
		"privileges": func(spec *corev1.PodSpec) {
			spec.InitContainers[0].SecurityContext.AllowPrivilegeEscalation = new(true)
		},
		"capabilities": func(spec *corev1.PodSpec) { spec.Containers[0].SecurityContext.Capabilities = nil },
		"no seccomp": func(spec *corev1.PodSpec) {
			spec.SecurityContext.SeccompProfile.Type = corev1.SeccompProfileTypeUnconfined
		},
		"the node's network": func(spec *corev1.PodSpec) { spec.HostNetwork = true },
	} {
		if err := try(loosen); !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "PodSecurity") {
			t.Errorf("%s: the answer is %v", name, err)
		}
	}
}

// checkTokens looks for what the browser must not have, and at what confines it.
func (s *suite) checkTokens(t *testing.T) {
	t.Helper()
	pod := s.ready(t)
	for _, container := range pod.Spec.InitContainers {
		for _, mount := range container.VolumeMounts {
			if strings.HasPrefix(mount.MountPath, "/var/run/secrets") {
				t.Errorf("the container %s has a token, at %s", container.Name, mount.MountPath)
			}
		}
	}
	seen, err := inBrowser(t, pod, `ls /var/run/secrets 2>&1; id -u; touch /usr/local/bin/x 2>&1; grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/self/status`)
	if err != nil {
		t.Errorf("%v", err)
	}
	for _, want := range []string{"No such file or directory", "65532", "Read-only file system", "CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"} {
		if !strings.Contains(seen, want) {
			t.Errorf("the browser's container does not say %q:\n%s", want, seen)
		}
	}
}

// checkSandbox compares what the workspace says with the processes: a renderer in its sandbox has namespaces of its own.
func (s *suite) checkSandbox(t *testing.T) {
	t.Helper()
	pod := s.ready(t)
	seen, err := inBrowser(t, pod, `for process in /proc/[0-9]*; do readlink "$process/ns/user"; done 2>/dev/null | sort -u | wc -l`)
	if err != nil {
		t.Fatalf("%v: %s", err, seen)
	}
	namespaces, err := strconv.Atoi(strings.TrimSpace(seen))
	if err != nil {
		t.Fatal(err)
	}
	if *sandbox && namespaces < 2 {
		t.Error("Chromium is without its sandbox")
	}
	var workspace clayv1alpha1.ClayWorkspace
	if err := s.kube.Get(t.Context(), client.ObjectKey{Namespace: teamNamespace, Name: workspaceName}, &workspace); err != nil {
		t.Fatal(err)
	}
	condition := meta.FindStatusCondition(workspace.Status.Conditions, clayv1alpha1.ConditionUnsandboxed)
	if without := namespaces < 2; without != (condition != nil && condition.Reason == clayv1alpha1.ReasonSandboxUnavailable) {
		t.Errorf("%d namespaces of users, and the workspace says %+v", namespaces, condition)
	}
}
