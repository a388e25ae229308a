package e2e

import (
	"context"
	"flag"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/hack/internal/embedded"
)

var dashboardFile = flag.String("dashboard", "",
	"`path` of a file, from the root of the project, into which TestMetrics writes what a real Prometheus answers each panel of the dashboard; "+
		"without it, no Prometheus is asked")

// pollInterval is how often something is looked at that tells nobody when it changes.
const pollInterval = 200 * time.Millisecond

// TestMetrics has a manager come to tell every metric, in a scene with something of everything, and compares them with the table in the documentation.
func TestMetrics(t *testing.T) {
	told := make(chan struct{}, 8)
	webhook := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, _ *http.Request) {
		writer.WriteHeader(http.StatusNoContent)
		told <- struct{}{}
	}))
	t.Cleanup(webhook.Close)
	h := newHouse(t, enterprise(), func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.UnmanagedMembers = clayv1alpha1.UnmanagedRemove
		w.Spec.Removals.MaxPerHour = new(int32(0))
		w.Spec.Notifications = []clayv1alpha1.Notification{{Name: "operations", SecretRef: clayv1alpha1.SecretReference{Name: "webhook"}}}
	})
	create(t, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: h.namespace, Name: "webhook"}, StringData: map[string]string{"url": webhook.URL},
	})
	address, prometheus := freeAddress(t), ""
	if *dashboardFile != "" {
		prometheus = startPrometheus(t, address)
	}
	operator, err := h.launch("--metrics-bind-address=" + address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = operator.Stop() })
	if prometheus != "" {
		// It counts what happens after its first look.
		awaitAnswer(t, prometheus, `up{job="clay-operator"} == 1`)
	}
	create(t, h.user("jo", clayv1alpha1.RoleEditor))
	h.untilUsers("an invitation", allSettled)
	h.untilWorkspace("held removals", func(w *clayv1alpha1.ClayWorkspace) bool {
		return w.Status.Operation == nil && meta.IsStatusConditionTrue(w.Status.Conditions, clayv1alpha1.ConditionRemovalsHeld)
	})
	select {
	case <-told:
	case <-time.After(settleTimeout):
		t.Fatal("the webhook is not told")
	}

	want := documented(t)
	var got []string
	complete := func(ctx context.Context) (bool, error) {
		got = exposed(ctx, t, "http://"+address+"/metrics")
		return len(got) >= len(want), nil
	}
	// What became of the notice is counted after it was answered. The comparison says what is missing if it stays so.
	_ = wait.PollUntilContextTimeout(t.Context(), pollInterval, time.Minute, true, complete)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-in docs/metrics.md +of a manager):\n%s", diff)
	}
	if prometheus != "" {
		askDashboard(t, prometheus)
	}
}

// documented returns the metrics of the table, sorted.
func documented(t *testing.T) []string {
	t.Helper()
	root, err := embedded.Root()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(root, "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	return names(regexp.MustCompile("(?m)^\\| `(clay_[a-z_]+)` \\|"), string(content))
}

// exposed returns the project's metrics that are told at an address, sorted; none where nobody answers.
func exposed(ctx context.Context, t *testing.T, address string) []string {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil
	}
	return names(regexp.MustCompile(`(?m)^# TYPE (clay_[a-z_]+) `), string(content))
}

func names(pattern *regexp.Regexp, text string) []string {
	var found []string
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	slices.Sort(found)
	return found
}

// freeAddress is one that nobody listened on a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return listener.Addr().String()
}
