//go:build cluster

package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

const (
	// many is how many people are invited at once where memory is measured.
	many = 200
	// figurePeriod is how often the kubelet is asked: it looks itself every ten seconds or so.
	figurePeriod = 2 * time.Second
	// restTime is how long nothing happens before the memory of an idle operator is noted.
	restTime = 30 * time.Second
)

// figures are what was measured, by what it is.
type figures map[string]string

func (f figures) table() string {
	var text strings.Builder
	for _, what := range slices.Sorted(maps.Keys(f)) {
		fmt.Fprintf(&text, "\n%-48s %s", what, f[what])
	}
	return text.String()
}

// summary is the part of the kubelet's statistics that is read.
type summary struct {
	Pods []struct {
		PodRef     struct{ Name, Namespace string }
		Containers []struct {
			Name   string
			Memory struct{ WorkingSetBytes, RSSBytes int64 }
		}
	}
}

// memory is the working set of each container of the operator's pod, in bytes, as the kubelet last saw it: what its limit is compared with.
func (s *suite) memory(ctx context.Context, t *testing.T) map[string]int64 {
	t.Helper()
	pod := s.pod(ctx, t)
	if pod == nil {
		return nil
	}
	answer, err := s.core.CoreV1().RESTClient().Get().Resource("nodes").Name(pod.Spec.NodeName).SubResource("proxy").Suffix("stats/summary").DoRaw(ctx)
	var seen summary
	if err != nil || json.Unmarshal(answer, &seen) != nil {
		return nil
	}
	used := map[string]int64{}
	for _, candidate := range seen.Pods {
		if candidate.PodRef.Name != pod.Name || candidate.PodRef.Namespace != operatorNamespace {
			continue
		}
		for _, container := range candidate.Containers {
			used[container.Name] = container.Memory.WorkingSetBytes
		}
	}
	return used
}

// watchMemory looks until ctx ends, and returns what each container used last and at most. A kubelet that does not tell is no failure.
func (s *suite) watchMemory(ctx context.Context, t *testing.T) (last, most map[string]int64) {
	t.Helper()
	last, most = map[string]int64{}, map[string]int64{}
	tick := time.NewTicker(figurePeriod)
	defer tick.Stop()
	for {
		for container, bytes := range s.memory(ctx, t) {
			last[container], most[container] = bytes, max(most[container], bytes)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return last, most
		}
	}
}

func (f figures) note(used map[string]int64, when string) {
	for container, bytes := range used {
		f[fmt.Sprintf("memory of %s, %s", container, when)] = resource.NewQuantity(bytes>>20<<20, resource.BinarySI).String()
	}
}

// rest notes what the containers use when there is nothing to do.
func (s *suite) rest(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), restTime)
	defer stop()
	last, _ := s.watchMemory(ctx, t)
	s.figures.note(last, "idle")
}

// inviteMany invites two hundred people at once, and notes the most memory that was seen meanwhile.
func (s *suite) inviteMany(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	used := make(chan map[string]int64)
	go func() {
		_, most := s.watchMemory(ctx, t)
		used <- most
	}()
	begun := time.Now()
	for i := range many {
		s.invite(t, fmt.Sprintf("crowd-%03d", i), clayv1alpha1.RoleEditor)
	}
	s.settle(t)
	s.figures[fmt.Sprintf("%d invitations, proved", many)] = time.Since(begun).Round(time.Second).String()
	stop()
	s.figures.note(<-used, fmt.Sprintf("at most during %d invitations", many))
	s.checkSeats(t)
}
