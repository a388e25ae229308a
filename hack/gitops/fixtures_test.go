package gitops

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/hack/internal/embedded"
)

// root is the directory of the project.
func root(t *testing.T) string {
	t.Helper()
	directory, err := embedded.Root()
	if err != nil {
		t.Fatal(err)
	}
	return directory
}

// reasons are all that the operator gives for a condition: the constants of the packages that name them, read from their sources, so
// that a new one is in the tests the moment it is written.
func reasons(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{}
	for _, room := range []string{"api/v1alpha1", "internal/audit", "internal/seat", "internal/sidecar"} {
		files, err := filepath.Glob(filepath.Join(root(t), room, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(node ast.Node) bool {
				collectReason(t, node, found)
				return true
			})
		}
	}
	for _, known := range []string{"SeatActive", "PageChanged", "ProtectedEmail", "AuditStoreFull"} { // one of each package
		if !found[known] {
			t.Fatalf("the reason %s was not found: the constants are not where they were", known)
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func collectReason(t *testing.T, node ast.Node, found map[string]bool) {
	t.Helper()
	spec, is := node.(*ast.ValueSpec)
	if !is || len(spec.Names) != len(spec.Values) {
		return
	}
	for i, name := range spec.Names {
		literal, is := spec.Values[i].(*ast.BasicLit)
		if !is || literal.Kind != token.STRING || !strings.HasPrefix(name.Name, "Reason") && !strings.HasPrefix(name.Name, "Blocked") {
			continue
		}
		value, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		found[value] = true
	}
}

// standing is one of the forms in which the operator reports: Ready, and the condition that goes with it.
type standing struct {
	name     string
	ready    metav1.ConditionStatus
	progress string
}

// The forms that controllers/internal/status makes.
var (
	settled = standing{"settled", metav1.ConditionTrue, ""}
	waiting = standing{"waiting", metav1.ConditionFalse, clayv1alpha1.ConditionReconciling}
	stalled = standing{"stalled", metav1.ConditionFalse, clayv1alpha1.ConditionStalled}
	left    = standing{"left", metav1.ConditionFalse, ""}
	unknown = standing{"unknown", metav1.ConditionUnknown, ""}
)

var standings = []standing{settled, waiting, stalled, left, unknown}

// generation is that of every fixture's spec.
const generation = 3

// fixture is a resource in some state.
type fixture struct {
	kind       string
	observed   int64
	conditions []metav1.Condition
	change     func(*unstructured.Unstructured)
}

// report is a fixture that the operator has reported on.
func report(kind string, s standing, reason string, more ...metav1.Condition) fixture {
	conditions := []metav1.Condition{condition(clayv1alpha1.ConditionReady, s.ready, reason)}
	if s.progress != "" {
		conditions = append(conditions, condition(s.progress, metav1.ConditionTrue, reason))
	}
	return fixture{kind: kind, observed: generation, conditions: append(conditions, more...)}
}

func condition(kind string, status metav1.ConditionStatus, reason string) metav1.Condition {
	return metav1.Condition{
		Type: kind, Status: status, ObservedGeneration: generation, Reason: reason, Message: kind + " says " + reason + ".",
		LastTransitionTime: metav1.NewTime(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)),
	}
}

func needed(reason string) metav1.Condition {
	return condition(clayv1alpha1.ConditionHumanNeeded, metav1.ConditionTrue, reason)
}

// object is the fixture as the API server gives it.
func (f fixture) object(t *testing.T) *unstructured.Unstructured {
	t.Helper()
	meta := metav1.ObjectMeta{Namespace: "clay", Name: "fixture", Generation: generation}
	var typed any
	switch f.kind {
	case "ClayUser":
		typed = &clayv1alpha1.ClayUser{
			ObjectMeta: meta,
			Spec:       clayv1alpha1.ClayUserSpec{WorkspaceRef: clayv1alpha1.WorkspaceReference{Name: "sales"}, Email: "jo@example.com"},
			Status:     clayv1alpha1.ClayUserStatus{ObservedGeneration: f.observed, Conditions: f.conditions},
		}
	case "ClayGroup":
		typed = &clayv1alpha1.ClayGroup{
			ObjectMeta: meta,
			Spec:       clayv1alpha1.ClayGroupSpec{WorkspaceRef: clayv1alpha1.WorkspaceReference{Name: "sales"}},
			Status:     clayv1alpha1.ClayGroupStatus{ObservedGeneration: f.observed, Conditions: f.conditions},
		}
	case "ClayWorkspace":
		typed = &clayv1alpha1.ClayWorkspace{
			ObjectMeta: meta,
			Spec: clayv1alpha1.ClayWorkspaceSpec{
				WorkspaceID: "12345", Login: clayv1alpha1.Login{SecretRef: clayv1alpha1.SecretReference{Name: "clay-login"}},
			},
			Status: clayv1alpha1.ClayWorkspaceStatus{ObservedGeneration: f.observed, Conditions: f.conditions},
		}
	default:
		t.Fatalf("no such kind: %s", f.kind)
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
	if err != nil {
		t.Fatal(err)
	}
	object := &unstructured.Unstructured{Object: content}
	object.SetGroupVersionKind(clayv1alpha1.GroupVersion.WithKind(f.kind))
	if f.change != nil {
		f.change(object)
	}
	return object
}

// deleting marks a fixture as being deleted.
func deleting(object *unstructured.Unstructured) {
	now := metav1.NewTime(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	object.SetDeletionTimestamp(&now)
	object.SetFinalizers([]string{clayv1alpha1.FinalizerSeat})
}

// kinds are those that wait for Clay.
var kinds = []string{"ClayUser", "ClayWorkspace"}

func replaceOnce(t *testing.T, text, old, replacement string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("%q is not in %q", old, text)
	}
	return strings.Replace(text, old, replacement, 1)
}
