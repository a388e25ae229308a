//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"os/exec"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

const (
	// batch is how many people are invited around a death, in two roles and thus in two dialogs: it falls between them, or into the second one.
	batch = 12
	// slowness is what Clay takes for each dialog then.
	slowness = 2 * time.Second
)

// surviveKills lets everything die that can, each time while invitations go out. In the end everybody has exactly one. The simulator is harsh: it sends a
// second e-mail to whoever is invited twice, instead of refusing.
func (s *suite) surviveKills(t *testing.T) {
	t.Helper()
	s.simulator.inject(t, claysim.Fault{Kind: claysim.FaultDuplicates})
	for name, kill := range map[string]func(*testing.T, *corev1.Pod){
		"chromium":  func(t *testing.T, pod *corev1.Pod) { t.Helper(); killProcesses(t, pod, "chromium*") },
		"driver":    func(t *testing.T, pod *corev1.Pod) { t.Helper(); killProcesses(t, pod, "node*") },
		"container": s.killContainer,
		"pod":       func(t *testing.T, pod *corev1.Pod) { t.Helper(); s.deletePod(t, pod, nil) },
		"crash":     func(t *testing.T, pod *corev1.Pod) { t.Helper(); s.deletePod(t, pod, new(int64)) },
	} {
		if !t.Run(name, func(t *testing.T) { s.survive(t, name, kill) }) {
			t.FailNow()
		}
	}
	s.simulator.clear(t)
}

func (s *suite) survive(t *testing.T, name string, kill func(*testing.T, *corev1.Pod)) {
	t.Helper()
	pod := s.ready(t)
	sent := len(s.simulator.mustState(t).Outbox)
	s.simulator.inject(t, claysim.Fault{Kind: claysim.FaultLatency, Route: "POST /v3/workspaces/*/invitations", Delay: slowness})
	for i := range batch {
		s.invite(t, fmt.Sprintf("%s-%02d", name, i), []clayv1alpha1.Role{clayv1alpha1.RoleEditor, clayv1alpha1.RoleViewer}[i%2])
	}
	s.simulator.until(t, "the first of the invitations", func(state simulatorState) bool { return len(state.Outbox) > sent })
	kill(t, pod)
	if now := len(s.simulator.mustState(t).Outbox) - sent; now < batch {
		t.Logf("it dies after %d of %d invitations", now, batch)
	} else {
		t.Errorf("it died too late: all %d invitations were out", batch)
	}
	s.settle(t)
	s.checkSeats(t)
}

// killProcesses kills what has such a name in the browser's container, without warning.
func killProcesses(t *testing.T, pod *corev1.Pod, pattern string) {
	t.Helper()
	if _, err := inBrowser(t, pod, killScript(pattern)); err != nil {
		t.Fatalf("kill %s: %v", pattern, err)
	}
}

// killScript fails where there is nothing to kill.
func killScript(pattern string) string {
	return `killed=0
for process in /proc/[0-9]*; do
  case "$(cat "$process/comm" 2>/dev/null)" in ` + pattern + `) kill -9 "${process#/proc/}" 2>/dev/null && killed=$((killed + 1));; esac
done
test "$killed" -gt 0`
}

// killContainer kills the browser's own process, with which its container ends.
func (s *suite) killContainer(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	restarts := func(pod *corev1.Pod) int32 {
		for _, status := range pod.Status.InitContainerStatuses {
			if status.Name == "browser" {
				return status.RestartCount
			}
		}
		return 0
	}
	before := restarts(pod)
	// The shell dies with the container, mostly before it can say what came of it.
	_, _ = inBrowser(t, pod, killScript("clay-operator"))
	until(t, "the kubelet to start the browser anew", func(ctx context.Context) bool {
		now, err := s.core.CoreV1().Pods(operatorNamespace).Get(ctx, pod.Name, metav1.GetOptions{})
		return err == nil && restarts(now) > before
	})
}

// deletePod lets the pod end, with its own grace or with the one that is given. Without any it is gone for Kubernetes at once, and may work on for a moment.
func (s *suite) deletePod(t *testing.T, pod *corev1.Pod, grace *int64) {
	t.Helper()
	if err := s.core.CoreV1().Pods(operatorNamespace).Delete(t.Context(), pod.Name, metav1.DeleteOptions{GracePeriodSeconds: grace}); err != nil {
		t.Fatal(err)
	}
}

// inBrowser runs a script of the shell in the browser's container, and returns what it prints.
func inBrowser(t *testing.T, pod *corev1.Pod, script string) (string, error) {
	t.Helper()
	return execute(t.Context(), pod, "browser", "sh", "-c", script)
}

// execute runs a program in a container, and returns what it prints.
func execute(ctx context.Context, pod *corev1.Pod, container string, program ...string) (string, error) {
	arguments := append([]string{"exec", pod.Name, "--namespace=" + pod.Namespace, "--container=" + container, "--"}, program...)
	output, err := exec.CommandContext(ctx, "kubectl", arguments...).CombinedOutput()
	return string(output), err
}
