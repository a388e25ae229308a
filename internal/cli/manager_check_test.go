package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

// checkedCluster answers what "manager check" asks. The lease is renewed with each look, if it is.
func checkedCluster(t *testing.T, definitions bool, holder string, renews bool) *rest.Config {
	t.Helper()
	var looks atomic.Int64
	answer := func(writer http.ResponseWriter, status int, body any) {
		writer.Header().Set("Content-Type", "application/json")
		writer.WriteHeader(status)
		if err := json.NewEncoder(writer).Encode(body); err != nil {
			t.Error(err)
		}
	}
	type object = map[string]any
	lost := object{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": http.StatusNotFound}
	server := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		switch request.URL.Path {
		case "/apis/clay.seatwright.dev/v1alpha1":
			if !definitions {
				answer(writer, http.StatusNotFound, lost)
				return
			}
			answer(writer, http.StatusOK, object{
				"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "clay.seatwright.dev/v1alpha1",
				"resources": []object{{"name": "clayworkspaces", "namespaced": true}, {"name": "clayusers", "namespaced": true},
					{"name": "claygroups", "namespaced": true}},
			})
		case "/apis/coordination.k8s.io/v1/namespaces/clay/leases/" + leaseName:
			var second int64
			if renews {
				second = looks.Add(1)
			}
			answer(writer, http.StatusOK, object{
				"kind": "Lease", "apiVersion": "coordination.k8s.io/v1", "metadata": object{"name": leaseName, "namespace": "clay"},
				"spec": object{"holderIdentity": holder, "renewTime": fmt.Sprintf("2026-01-01T00:00:%02d.000000Z", second%60)},
			})
		default:
			answer(writer, http.StatusNotFound, lost)
		}
	}))
	t.Cleanup(server.Close)
	return &rest.Config{Host: server.URL}
}

func TestManagerCheck(t *testing.T) {
	const anyone = "some-pod"
	cases := map[string]struct {
		definitions bool
		holder      string
		renews      bool
		namespace   string
		amiss       string
	}{
		"resources without a manager, and none is looked for": {definitions: true},
		"no resources":                          {amiss: "lacks the resource definition"},
		"a manager leads":                       {definitions: true, holder: anyone, renews: true, namespace: "clay"},
		"the manager has let the lease go":      {definitions: true, renews: true, namespace: "clay", amiss: "nobody holds the lease"},
		"the manager that led has died":         {definitions: true, holder: anyone, namespace: "clay", amiss: "does not renew it"},
		"no manager has ever led in that place": {definitions: true, holder: anyone, renews: true, namespace: "elsewhere", amiss: "read the lease"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			options := managerCheckOptions{leaderElectionNamespace: test.namespace, timeout: 30 * time.Second}
			if test.amiss != "" {
				options.timeout = 300 * time.Millisecond
			}
			err := options.run(t.Context(), checkedCluster(t, test.definitions, test.holder, test.renews), time.Millisecond)
			if (err == nil) != (test.amiss == "") || err != nil && !strings.Contains(err.Error(), test.amiss) {
				t.Errorf("%v, want %q", err, test.amiss)
			}
		})
	}
}

func TestManagerCheckLooksAtTheLeaseOfTheSameManager(t *testing.T) {
	options := managerCheckOptions{leaderElectionNamespace: "clay", namespaces: []string{"a"}, timeout: 300 * time.Millisecond}
	err := options.run(t.Context(), checkedCluster(t, true, "of-all-namespaces", true), time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "read the lease") {
		t.Errorf("%v, though only a manager of all namespaces leads", err)
	}
}
