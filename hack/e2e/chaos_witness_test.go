package e2e

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// rowTimeout bounds a wait of a row: a browser that hangs in a reading is given up after three minutes, and what it was to do begins anew then.
const rowTimeout = 2 * settleTimeout

// witness sees every status of a namespace that the API server tells of, and forgets none: a reason that lasts for a moment
// only counts as well.
type witness struct {
	mutex     sync.Mutex
	changed   chan struct{}
	workspace *clayv1alpha1.ClayWorkspace
	users     map[string]*clayv1alpha1.ClayUser
	// reasons are those of Ready since the last mark, in their order.
	reasons []string
	// needed is true once a person was needed since the last mark.
	needed bool
	// texts are all objects as they were, for the search for secrets.
	texts [][]byte
}

// newWitness watches a namespace until the test ends.
func newWitness(t *testing.T, namespace string) *witness {
	t.Helper()
	w := &witness{changed: make(chan struct{}), users: map[string]*clayv1alpha1.ClayUser{}}
	var watchers sync.WaitGroup
	t.Cleanup(watchers.Wait) // after the watches are stopped: the last cleanup runs first
	for _, list := range []client.ObjectList{&clayv1alpha1.ClayWorkspaceList{}, &clayv1alpha1.ClayUserList{}} {
		events, err := plane.Client.Watch(context.Background(), list, client.InNamespace(namespace))
		if err != nil {
			t.Fatalf("watch: %v", err)
		}
		watchers.Go(func() {
			for event := range events.ResultChan() {
				w.see(event)
			}
		})
		t.Cleanup(events.Stop)
	}
	return w
}

func (w *witness) see(event watch.Event) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	var conditions []metav1.Condition
	switch object := event.Object.(type) {
	case *clayv1alpha1.ClayWorkspace:
		w.workspace, conditions = object, object.Status.Conditions
	case *clayv1alpha1.ClayUser:
		w.users[object.Name], conditions = object, object.Status.Conditions
		if event.Type == watch.Deleted {
			delete(w.users, object.Name)
		}
	default:
		return
	}
	if text, err := json.Marshal(event.Object); err == nil {
		w.texts = append(w.texts, text)
	}
	if ready := meta.FindStatusCondition(conditions, clayv1alpha1.ConditionReady); ready != nil && !slices.Contains(w.reasons, ready.Reason) {
		w.reasons = append(w.reasons, ready.Reason)
	}
	w.needed = w.needed || meta.IsStatusConditionTrue(conditions, clayv1alpha1.ConditionHumanNeeded)
	close(w.changed)
	w.changed = make(chan struct{})
}

// next is closed with the next change that is seen.
func (w *witness) next() <-chan struct{} {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.changed
}

// mark forgets the reasons so far.
func (w *witness) mark() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.reasons, w.needed = nil, false
}

// sinceMark tells what was seen since the last mark.
func (w *witness) sinceMark() (reasons []string, needed bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return slices.Clone(w.reasons), w.needed
}

// told are all objects as they were.
func (w *witness) told() [][]byte {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return slices.Clone(w.texts)
}

// until waits until done is true; it is called with the witness locked.
func (w *witness) until(h *house, what string, done func() bool) {
	h.t.Helper()
	limit := time.NewTimer(rowTimeout)
	defer limit.Stop()
	for {
		w.mutex.Lock()
		reached, changed, reasons := done(), w.changed, slices.Clone(w.reasons)
		w.mutex.Unlock()
		if reached {
			return
		}
		select {
		case <-changed:
		case <-limit.C:
			h.t.Fatalf("waiting for %s: it took longer than %s; reasons seen: %v\n%s", what, rowTimeout, reasons, h.describe())
		}
	}
}
