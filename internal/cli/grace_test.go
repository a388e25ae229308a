package cli

import (
	"os"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/yaml"
)

// The pod is not killed while the passes under way still end, after which the browser needs a moment to end too.
func TestThePodWaitsForThePasses(t *testing.T) {
	content, err := os.ReadFile("../../config/manager/manager.yaml")
	if err != nil {
		t.Fatal(err)
	}
	deployment := &appsv1.Deployment{}
	if err := yaml.UnmarshalStrict(content, deployment); err != nil {
		t.Fatal(err)
	}
	seconds := deployment.Spec.Template.Spec.TerminationGracePeriodSeconds
	const browserEnds = 20 * time.Second
	if seconds == nil || time.Duration(*seconds)*time.Second < shutdownLimit+browserEnds {
		t.Errorf("the pod is given %v seconds, and the passes may take %v", seconds, shutdownLimit)
	}
}
