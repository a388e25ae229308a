package embedded

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

func TestControlPlaneServesTheResourcesUntilItIsStopped(t *testing.T) {
	plane, err := StartControlPlane(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	user := &clayv1alpha1.ClayUser{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "jo"},
		Spec:       clayv1alpha1.ClayUserSpec{WorkspaceRef: clayv1alpha1.WorkspaceReference{Name: "sales"}, Email: "jo@example.com"},
	}
	if err := plane.Client.Create(t.Context(), user); err != nil {
		t.Errorf("create a user: %v", err)
	}
	info, err := os.Stat(plane.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("the kubeconfig holds a private key and has mode %o", mode)
	}
	if err := plane.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if err := plane.Client.Get(t.Context(), client.ObjectKeyFromObject(user), user); err == nil {
		t.Error("the API server still answers after Stop")
	}
	if _, err := os.Stat(plane.Kubeconfig); !os.IsNotExist(err) {
		t.Errorf("the kubeconfig is still there after Stop: %v", err)
	}
}

// script makes a program for the operator's place.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "operator")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOperatorGetsItsArgumentsAndTheKubeconfig(t *testing.T) {
	var log bytes.Buffer
	operator, err := StartOperator(t.Context(), script(t, `echo "$KUBECONFIG $*"`), "the-kubeconfig", &log, "--flag=1")
	if err != nil {
		t.Fatal(err)
	}
	<-operator.Done()
	if got, want := strings.TrimSpace(log.String()), "the-kubeconfig manager --flag=1"; got != want {
		t.Errorf("the operator saw %q, want %q", got, want)
	}
}

func TestOperatorStops(t *testing.T) {
	tests := map[string]struct {
		script string
		ended  bool
		clean  bool
	}{
		"ends well after SIGTERM and leaves a child": {script: "trap 'exit 0' TERM; echo ready; sleep 600 & wait", clean: true},
		"ends by itself and leaves a child":          {script: "sleep 600 & echo ready", ended: true, clean: true},
		"ends by itself with an error":               {script: "echo ready; exit 3", ended: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = reader.Close() })
			operator, err := StartOperator(t.Context(), script(t, test.script), "", writer)
			if err != nil {
				t.Fatal(err)
			}
			if err := writer.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(reader, make([]byte, len("ready\n"))); err != nil {
				t.Fatal(err)
			}
			if test.ended {
				<-operator.Done()
			}
			if err := operator.Stop(); (err == nil) != test.clean {
				t.Errorf("stop: %v, want a clean end: %t", err, test.clean)
			}
			// The pipe ends only once nobody holds its other side: the operator and its children are gone.
			if _, err := io.Copy(io.Discard, reader); err != nil {
				t.Errorf("read until the end: %v", err)
			}
		})
	}
}
