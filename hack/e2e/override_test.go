package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

// Clay renames a button: nothing is written, a report names the button and what may be meant, and the document in that report, once a
// person has put it into a ConfigMap, gets the work going again in the same process.
func TestARenamedButtonIsMendedByAConfigMap(t *testing.T) {
	h := newHouse(t, enterprise(), nil)
	h.start()
	h.untilWorkspace("the first reading", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.LastReadTime != nil })
	h.simulator.Inject(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: claysim.LabelInvite, Text: "Bring a colleague"})
	create(t, h.user("jo", clayv1alpha1.RoleEditor))
	workspace := h.untilWorkspace("a call for a person", func(w *clayv1alpha1.ClayWorkspace) bool {
		needed := meta.FindStatusCondition(w.Status.Conditions, clayv1alpha1.ConditionHumanNeeded)
		return needed != nil && needed.Reason == "PageChanged" && strings.Contains(needed.Message, "team.invite")
	})
	if writes := h.simulator.Journal(); len(writes) != 0 {
		t.Errorf("written on a page that is not as known: %v", writes)
	}

	content, err := os.ReadFile(filepath.Join(h.evidence, filepath.FromSlash(workspace.Status.Evidence)+".json"))
	if err != nil {
		t.Fatalf("read the report: %v", err)
	}
	var report struct {
		Missing []struct {
			Element    string
			Candidates []struct{ Name string }
		}
		Override string
	}
	if err := json.Unmarshal(content, &report); err != nil {
		t.Fatalf("read the report: %v", err)
	}
	if len(report.Missing) != 1 || report.Missing[0].Element != "team.invite" || report.Missing[0].Candidates[0].Name != "Bring a colleague" {
		t.Fatalf("the report says: %s", content)
	}

	create(t, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: h.namespace, Name: "clay-locators"}, Data: map[string]string{"locators.yaml": report.Override},
	})
	patch := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"locatorsRef":{"name":"clay-locators"}}}`))
	if err := plane.Client.Patch(t.Context(), workspace, patch); err != nil {
		t.Fatalf("name the ConfigMap: %v", err)
	}
	h.untilUsers("the invitation", allSettled)
	workspace = h.untilWorkspace("no call for a person", func(w *clayv1alpha1.ClayWorkspace) bool {
		return !meta.IsStatusConditionTrue(w.Status.Conditions, clayv1alpha1.ConditionHumanNeeded)
	})
	if used := workspace.Status.Locators; used == nil || len(used.Elements) != 1 || used.Elements[0] != "team.invite" {
		t.Errorf("overrides in the status: %+v", used)
	}
	select {
	case <-h.operator.Done():
		t.Errorf("the operator ended: %v", h.operator.Err())
	default:
	}
	h.checkTrail()
}
