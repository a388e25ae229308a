package controllers

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

func TestFit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text  string
		limit int
		want  string
	}{
		{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc"}, {"äöüß", 3, "äöü"}, {"äöü", 3, "äöü"},
	} {
		if got := fit(test.text, test.limit); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

// TestLongTextsDoNotBlockTheStatus has people and Clay send more than the schema allows.
func TestLongTextsDoNotBlockTheStatus(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	jo := active("jo@example.com", seat.RoleEditor)
	jo.ID = long
	world := newClay(t, jo, active(long+"@example.com", seat.RoleEditor))
	world.inventory.Plan, world.inventory.ClayVersion = long, long
	h := newHarness(t, world)
	asked := func(object metav1.Object) {
		object.SetAnnotations(map[string]string{clayv1alpha1.AnnotationReconcileAt: long})
	}
	user := h.user("jo", func(user *clayv1alpha1.ClayUser) { asked(user) })
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) { asked(w) })
	h.create(user, workspace)
	user = awaitStanding(h, user, isSettled(clayv1alpha1.ReasonActive))
	if user.Status.LastHandledReconcileAt != long[:maxShort] || user.Status.MemberID != long[:maxShort] {
		t.Errorf("status: %+v", user.Status)
	}
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	// What was handled is not asked for any more.
	p := &pass{memory: newMemory(workspace)}
	if p.isRequested(user) {
		t.Error("a request is handled for ever")
	}
}
