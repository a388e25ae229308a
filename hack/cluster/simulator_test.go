//go:build cluster

package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"github.com/seatwright/clay-operator/internal/claysim"
)

// simulator is the pod in Clay's place. It is asked by way of the API server, so that the test may run anywhere.
type simulator struct {
	core rest.Interface
	pod  string
	port int32
}

// simulatorState is what its control surface tells.
type simulatorState struct {
	claysim.State
	AppURL string `json:"appUrl"`
}

// findSimulator waits for the simulator's pod.
func (s *suite) findSimulator(t *testing.T) {
	t.Helper()
	until(t, "the simulator to answer", func(ctx context.Context) bool {
		pods, err := s.core.CoreV1().Pods(operatorNamespace).List(ctx, metav1.ListOptions{FieldSelector: "status.phase=Running"})
		if err != nil {
			return false
		}
		for i := range pods.Items {
			if container := pods.Items[i].Spec.Containers[0]; strings.Contains(container.Image, "claysim") {
				s.simulator = simulator{core: s.core.CoreV1().RESTClient(), pod: pods.Items[i].Name, port: container.Ports[0].ContainerPort}
				_, err := s.simulator.state(ctx)
				return err == nil
			}
		}
		return false
	})
}

// to begins a request to the control surface.
func (s simulator) to(request *rest.Request, path string) *rest.Request {
	return request.Namespace(operatorNamespace).Resource(string(corev1.ResourcePods)).Name(fmt.Sprintf("%s:%d", s.pod, s.port)).
		SubResource("proxy").Suffix("_sim/" + path)
}

func (s simulator) state(ctx context.Context) (simulatorState, error) {
	var state simulatorState
	answer, err := s.to(s.core.Get(), "state").DoRaw(ctx)
	if err != nil {
		return state, fmt.Errorf("ask the simulator: %w", err)
	}
	return state, json.Unmarshal(answer, &state)
}

// mustState is state, of a simulator that has to answer.
func (s simulator) mustState(t *testing.T) simulatorState {
	t.Helper()
	state, err := s.state(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// until waits for something in Clay. An answer that is missed is asked for again.
func (s simulator) until(t *testing.T, what string, reached func(simulatorState) bool) {
	t.Helper()
	until(t, what, func(ctx context.Context) bool {
		state, err := s.state(ctx)
		return err == nil && reached(state)
	})
}

// inject switches a fault on, until clear.
func (s simulator) inject(t *testing.T, fault claysim.Fault) {
	t.Helper()
	body, err := json.Marshal(fault)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.to(s.core.Post(), "faults").Body(body).Do(t.Context()).Error(); err != nil {
		t.Fatalf("switch a fault on: %v", err)
	}
}

func (s simulator) clear(t *testing.T) {
	t.Helper()
	if err := s.to(s.core.Delete(), "faults").Do(t.Context()).Error(); err != nil {
		t.Fatalf("switch the faults off: %v", err)
	}
}

// outlive takes the simulator's pod out of the hands of its Deployment, so that it, and what it knows, is still there once everything is uninstalled.
func (s *suite) outlive(t *testing.T) {
	t.Helper()
	pods := s.core.CoreV1().Pods(operatorNamespace)
	pod, err := pods.Get(t.Context(), s.simulator.pod, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	replicaSet, err := s.core.AppsV1().ReplicaSets(operatorNamespace).Get(t.Context(), metav1.GetControllerOf(pod).Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// A pod without this label is no longer the ReplicaSet's, and still the Service's.
	patch := []byte(`{"metadata":{"labels":{"pod-template-hash":null}}}`)
	if _, err := pods.Patch(t.Context(), pod.Name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	none := []byte(`{"spec":{"replicas":0}}`)
	deployment := metav1.GetControllerOf(replicaSet).Name
	if _, err := s.core.AppsV1().Deployments(operatorNamespace).Patch(t.Context(), deployment, types.MergePatchType, none, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
}
