//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// strangerName is a pod with nothing to do with the operator: what the browser must not reach, and who must not reach the simulator.
	strangerName = "stranger"
	// strangePort is one that no rule of the policy names.
	strangePort = 8888
	// serverPort is that of an API server, which the policy opens for the API server's own addresses and no others.
	serverPort = 6443
	// metricsPort is the one of the chart.
	metricsPort = 8443
)

// listenScript serves in both ports.
var listenScript = fmt.Sprintf(`for (const port of [%d, %d]) require("net").createServer(c => c.end()).listen(port)`, strangePort, serverPort)

// connectScript prints whether each of its arguments can be connected to. What is dropped and not refused takes the whole of the time.
const connectScript = `
for (const target of process.argv.slice(1)) {
  const cut = target.lastIndexOf(":");
  const socket = require("net").connect({host: target.slice(0, cut), port: target.slice(cut + 1), timeout: 3000});
  const end = answer => () => { console.log(target, answer); socket.destroy(); };
  socket.once("connect", end("open")).once("timeout", end("shut")).once("error", end("shut"));
}`

// serverAddresses are where the API server is, as the chart's values ask for them.
func (s *suite) serverAddresses(t *testing.T) []string {
	t.Helper()
	parts, err := s.core.DiscoveryV1().EndpointSlices(metav1.NamespaceDefault).List(t.Context(),
		metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=kubernetes"})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for i := range parts.Items {
		for _, endpoint := range parts.Items[i].Endpoints {
			all = append(all, endpoint.Addresses...)
		}
	}
	if len(all) == 0 {
		t.Fatal("the Service kubernetes has no endpoints: nobody knows where the API server is")
	}
	return all
}

// checkNetwork tries from the browser what a page that took it over would try, and from a stranger what only the operator may. That the stranger
// itself can be reached is seen from another pod: a port that is shut to everybody proves nothing.
func (s *suite) checkNetwork(t *testing.T) {
	t.Helper()
	if !*network {
		t.Skip("without NETWORK=1: not every cluster enforces NetworkPolicies")
	}
	operator := s.ready(t)
	stranger, witness := s.stranger(t, strangerName), s.stranger(t, "witness")
	simulator, err := s.core.CoreV1().Pods(operatorNamespace).Get(t.Context(), s.simulator.pod, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	address := func(pod *corev1.Pod, port int32) string {
		return net.JoinHostPort(pod.Status.PodIP, strconv.Itoa(int(port)))
	}
	outside := net.JoinHostPort(s.serverAddresses(t)[0], strconv.Itoa(serverPort))
	for _, look := range []struct {
		from      *corev1.Pod
		container string
		want      map[string]string
	}{
		{witness, strangerName, map[string]string{
			address(stranger, strangePort): "open",
			address(stranger, serverPort):  "open",
			// What is only the operator's, and what anybody may read whom the API server lets.
			address(simulator, s.simulator.port): "shut",
			address(operator, metricsPort):       "open",
		}},
		{operator, "browser", map[string]string{
			address(stranger, strangePort): "shut",
			address(stranger, serverPort):  "shut",
			// Without which nothing of what was seen until now would have worked.
			address(simulator, s.simulator.port): "open",
			outside:                              "open",
		}},
	} {
		s.checkReach(t, look.from, look.container, look.want)
	}
}

// checkReach waits until a container reaches what is wanted and nothing else: what enforces the policies takes its time with a new pod.
func (s *suite) checkReach(t *testing.T, from *corev1.Pod, container string, want map[string]string) {
	t.Helper()
	targets := slices.Sorted(maps.Keys(want))
	var got map[string]string
	defer func() {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("what %s of the pod %s reaches (-want +got):\n%s", container, from.Name, diff)
		}
	}()
	until(t, "the network to be as the policies say", func(ctx context.Context) bool {
		output, err := execute(ctx, from, container, append([]string{"node", "-e", connectScript, "--"}, targets...)...)
		if err != nil {
			t.Logf("look from %s: %v: %s", from.Name, err, output)
			return false
		}
		got = map[string]string{}
		for line := range strings.Lines(output) {
			if target, answer, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
				got[target] = answer
			}
		}
		return maps.Equal(got, want)
	})
}

// stranger makes a pod that listens, and waits until it runs. It goes with the namespace.
func (s *suite) stranger(t *testing.T, name string) *corev1.Pod {
	t.Helper()
	s.create(t, &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: teamNamespace, Name: name},
		Spec: corev1.PodSpec{
			AutomountServiceAccountToken:  new(bool),
			TerminationGracePeriodSeconds: new(int64),
			Containers: []corev1.Container{{
				Name: strangerName, Image: *imagePrefix + "clay-operator-browser:" + *imageTag, ImagePullPolicy: corev1.PullIfNotPresent,
				Command: []string{"node", "-e", listenScript},
			}},
		},
	})
	var pod *corev1.Pod
	until(t, name+" to run", func(ctx context.Context) bool {
		var err error
		pod, err = s.core.CoreV1().Pods(teamNamespace).Get(ctx, name, metav1.GetOptions{})
		return err == nil && pod.Status.Phase == corev1.PodRunning && pod.Status.PodIP != ""
	})
	return pod
}
