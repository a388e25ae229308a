package status_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/seatwright/clay-operator/controllers/internal/status"
)

func TestApply(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var conditions []metav1.Condition
	steps := []struct {
		standing status.Standing
		want     []string
	}{
		{status.Waiting("Progressing", "a"), []string{"Reconciling=True Progressing a 09:00", "Ready=False Progressing a 09:00"}},
		{status.Stalled("Broken", "b"), []string{"Stalled=True Broken b 09:01", "Ready=False Broken b 09:00"}},
		{status.Left("Observed", "c"), []string{"Ready=False Observed c 09:00"}},
		{status.Unknown("Suspended", "d"), []string{"Ready=Unknown Suspended d 09:03"}},
		{status.Settled("Fine", "e"), []string{"Ready=True Fine e 09:04"}},
		{status.Settled("Finer", "f"), []string{"Ready=True Finer f 09:04"}},
	}
	for i, step := range steps {
		step.standing.Apply(&conditions, int64(i), start.Add(time.Duration(i)*time.Minute))
		var got []string
		for _, condition := range conditions {
			got = append(got, condition.Type+"="+string(condition.Status)+" "+condition.Reason+" "+condition.Message+" "+
				condition.LastTransitionTime.UTC().Format("15:04"))
			if condition.ObservedGeneration != int64(i) {
				t.Errorf("step %d: %s speaks of generation %d", i, condition.Type, condition.ObservedGeneration)
			}
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i, diff)
		}
	}
}
