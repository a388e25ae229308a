package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
)

func TestCheckDefinitions(t *testing.T) {
	const all = `{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"clay.seatwright.dev/v1alpha1","resources":[
		{"name":"clayworkspaces","kind":"ClayWorkspace","namespaced":true,"verbs":["get"]},
		{"name":"clayusers","kind":"ClayUser","namespaced":true,"verbs":["get"]},
		{"name":"claygroups","kind":"ClayGroup","namespaced":true,"verbs":["get"]}]}`
	const refusal = `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"%s","code":%d}`
	cases := map[string]struct {
		status int
		body   string
		want   string
	}{
		"all":       {http.StatusOK, all, ""},
		"one":       {http.StatusOK, strings.Replace(all, `"clayusers"`, `"others"`, 1), "kubectl apply -k config/crd"},
		"an older":  {http.StatusOK, strings.Replace(all, `"claygroups"`, `"others"`, 1), "claygroups.clay.seatwright.dev/v1alpha1: run"},
		"none":      {http.StatusNotFound, fmt.Sprintf(refusal, "NotFound", http.StatusNotFound), "kubectl apply -k config/crd"},
		"forbidden": {http.StatusForbidden, fmt.Sprintf(refusal, "Forbidden", http.StatusForbidden), "reach the cluster at http://127.0.0.1"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
				if request.URL.Path != "/apis/clay.seatwright.dev/v1alpha1" {
					t.Errorf("asked for %s", request.URL.Path)
				}
				writer.Header().Set("Content-Type", "application/json")
				writer.WriteHeader(test.status)
				if _, err := io.WriteString(writer, test.body); err != nil {
					t.Error(err)
				}
			}))
			t.Cleanup(server.Close)
			err := checkDefinitions(t.Context(), &rest.Config{Host: server.URL})
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

func TestControllerOptions(t *testing.T) {
	options, _ := parse(t, "--namespace=a,b", "--metrics-bind-address=0", "--leader-elect", "--leader-election-namespace=c")
	got := options.controllerOptions()
	if _, ok := got.Cache.DefaultNamespaces["b"]; !ok || len(got.Cache.DefaultNamespaces) != 2 {
		t.Errorf("namespaces %v", got.Cache.DefaultNamespaces)
	}
	if !got.LeaderElection || !got.LeaderElectionReleaseOnCancel || got.LeaderElectionNamespace != "c" {
		t.Error("leader election is not as the flags say")
	}
	if got.Metrics.BindAddress != "0" {
		t.Errorf("metrics at %q", got.Metrics.BindAddress)
	}
}
