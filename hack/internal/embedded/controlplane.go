package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// controlPlaneTimeout bounds the start and the stop of etcd and kube-apiserver, each: ten times what they take on two
// busy cores.
const controlPlaneTimeout = 2 * time.Minute

// ControlPlane is a running etcd and kube-apiserver that has the project's resources installed. It has no scheduler and no
// kube-controller-manager: nothing runs in it, and what it stores is gone after Stop.
type ControlPlane struct {
	// Config reaches it as an administrator. Its client-side rate limit is off.
	Config *rest.Config
	// Kubeconfig is the path of a file for kubectl and for the operator. Only the present user can read it.
	Kubeconfig string
	// Client reads and writes the project's and Kubernetes' own resources, without a cache.
	Client client.WithWatch

	environment *envtest.Environment
	directory   string
}

// StartControlPlane starts a control plane from the programs in KUBEBUILDER_ASSETS and installs config/crd/bases.
// An error says what to do. Whoever gets a ControlPlane stops it.
func StartControlPlane(ctx context.Context) (*ControlPlane, error) {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		return nil, errors.New(`KUBEBUILDER_ASSETS is not set: run this by make, or export KUBEBUILDER_ASSETS="$(hack/control-plane.sh)"`)
	}
	root, err := Root()
	if err != nil {
		return nil, err
	}
	existing := false
	plane := &ControlPlane{environment: &envtest.Environment{
		CRDDirectoryPaths:        []string{filepath.Join(root, "config", "crd", "bases")},
		ErrorIfCRDPathMissing:    true,
		UseExistingCluster:       &existing,
		ControlPlaneStartTimeout: controlPlaneTimeout,
		ControlPlaneStopTimeout:  controlPlaneTimeout,
	}}
	if err := plane.start(ctx); err != nil {
		return nil, errors.Join(err, plane.Stop())
	}
	return plane, nil
}

func (c *ControlPlane) start(ctx context.Context) error {
	config, err := c.environment.Start()
	if err != nil {
		return fmt.Errorf("start the control plane: %w", err)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	config.QPS = -1 // no rate limit on this side: the API server has its own fairness
	c.Config = config

	if c.directory, err = os.MkdirTemp("", "clay-operator-control-plane-"); err != nil {
		return fmt.Errorf("make a directory for the kubeconfig: %w", err)
	}
	c.Kubeconfig = filepath.Join(c.directory, "kubeconfig")
	if err := os.WriteFile(c.Kubeconfig, c.environment.KubeConfig, 0o600); err != nil {
		return fmt.Errorf("write the kubeconfig: %w", err)
	}

	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), clayv1alpha1.AddToScheme(scheme)); err != nil {
		return fmt.Errorf("register the resources: %w", err)
	}
	if c.Client, err = client.NewWithWatch(config, client.Options{Scheme: scheme}); err != nil {
		return fmt.Errorf("make a client: %w", err)
	}
	return nil
}

// Stop ends the control plane and removes its files.
func (c *ControlPlane) Stop() error {
	err := c.environment.Stop()
	if c.directory != "" {
		err = errors.Join(err, os.RemoveAll(c.directory))
	}
	if err != nil {
		return fmt.Errorf("stop the control plane: %w", err)
	}
	return nil
}
