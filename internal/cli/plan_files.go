package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/manifest"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// gatherFiles reads manifests and lays them over the cluster, or over nothing where there is none. With mistakes in them, which are in the report
// then, it returns no workspace.
func (o *planOptions) gatherFiles(ctx context.Context, stdin io.Reader, report *planReport) (client.Reader, []v1alpha1.ClayWorkspace, error) {
	sources, err := manifest.Find(o.files, stdin)
	if err != nil {
		return nil, nil, err
	}
	var cluster client.Reader
	if o.account.isDirect() {
		if o.target.namespace == "" {
			o.target.namespace = metav1.NamespaceDefault
		}
	} else if cluster, err = o.target.connect(ctx); err != nil {
		return nil, nil, err
	}
	set, problems := manifest.Load(sources, o.target.namespace)
	if report.Problems = problems; len(problems) > 0 {
		return nil, nil, nil
	}
	if len(set.Manifests) == 0 {
		return nil, nil, fmt.Errorf("there is no ClayWorkspace, ClayUser or ClayGroup in %s: name the directory that holds them with --filename, "+
			"and render a kustomization with \"kubectl kustomize\"", strings.Join(o.files, ", "))
	}
	overlay, problems, err := manifest.NewOverlay(ctx, cluster, set, o.prune, time.Now())
	if err != nil {
		return nil, nil, err
	}
	if report.Problems = problems; len(problems) > 0 {
		return nil, nil, nil
	}
	workspaces, missing := overlay.Named()
	if o.target.workspace != "" {
		workspaces = slices.DeleteFunc(workspaces, func(workspace v1alpha1.ClayWorkspace) bool { return workspace.Name != o.target.workspace })
		missing = nil
		if len(workspaces) == 0 {
			return nil, nil, fmt.Errorf("no manifest speaks of a ClayWorkspace %q that is there: name another with --workspace, or leave it out", o.target.workspace)
		}
	}
	for _, key := range missing {
		report.Notes = append(report.Notes, fmt.Sprintf("Manifests name the ClayWorkspace %s, which is neither among them nor in the cluster: "+
			"what they ask for is left out.", key))
	}
	if len(workspaces) == 0 {
		return nil, nil, fmt.Errorf("the manifests name no ClayWorkspace that is there: %s", strings.Join(report.Notes, " "))
	}
	for i := range workspaces {
		if unseen := overlay.Unseen(&workspaces[i]); unseen > 0 && !o.live {
			report.Notes = append(report.Notes, fmt.Sprintf("%s/%s: of %d new ClayUsers the status does not tell whether they have a seat already, because it "+
				"does not list all members without a ClayUser. They appear as invitations here. --live shows it exactly.",
				workspaces[i].Namespace, workspaces[i].Name, unseen))
		}
	}
	if cluster == nil {
		return &clusterless{Reader: overlay, email: o.account.email}, workspaces, nil
	}
	return overlay, workspaces, nil
}

// clusterless stands in for a cluster that has nothing but manifests. Every workspace has the same account.
type clusterless struct {
	client.Reader

	email string
}

// secretKeyEmail is the key under which a Secret with an account has its address.
const secretKeyEmail = "email"

// Get implements client.Reader.
func (c *clusterless) Get(ctx context.Context, key client.ObjectKey, into client.Object, options ...client.GetOption) error {
	secret, is := into.(*corev1.Secret)
	if !is {
		return c.Reader.Get(ctx, key, into, options...)
	}
	workspaces := &v1alpha1.ClayWorkspaceList{}
	if err := c.List(ctx, workspaces, client.InNamespace(key.Namespace)); err != nil {
		return err
	}
	for i := range workspaces.Items {
		if workspaces.Items[i].Spec.Login.SecretRef.Name == key.Name {
			secret.Name, secret.Namespace = key.Name, key.Namespace
			secret.Data = map[string][]byte{secretKeyEmail: []byte(c.email)}
			return nil
		}
	}
	return c.Reader.Get(ctx, key, into, options...)
}

// signedIn returns a backend that signs in with the account of the flags, where they name one.
func (o *planOptions) signedIn(backend sidecar.Backend) (sidecar.Backend, error) {
	if !o.account.isDirect() {
		return backend, nil
	}
	login, err := o.account.login()
	if err != nil {
		return nil, err
	}
	own := &ownAccount{Backend: backend, login: login}
	if o.account.sessionFile != "" {
		if own.session, err = os.ReadFile(o.account.sessionFile); err != nil {
			return nil, fmt.Errorf("--session-file: %w", err)
		}
	}
	return own, nil
}

// ownAccount is a browser that works with one account, whatever it is told.
type ownAccount struct {
	sidecar.Backend

	login   sidecar.Login
	session sidecar.Session
}

// Observe implements sidecar.Backend.
func (a *ownAccount) Observe(ctx context.Context, workspace sidecar.Workspace) (sidecar.Observation, error) {
	observation, err := a.Backend.Observe(ctx, a.enter(workspace))
	a.keep(observation)
	return observation, err
}

// ObserveAccess implements sidecar.Backend.
func (a *ownAccount) ObserveAccess(ctx context.Context, workspace sidecar.Workspace, scope access.Scope) (sidecar.AccessObservation, error) {
	observation, err := a.Backend.ObserveAccess(ctx, a.enter(workspace), scope)
	a.keep(observation.Observation)
	return observation, err
}

func (a *ownAccount) enter(workspace sidecar.Workspace) sidecar.Workspace {
	workspace.Login = a.login
	if workspace.Session == nil {
		workspace.Session = a.session
	}
	return workspace
}

func (a *ownAccount) keep(observation sidecar.Observation) {
	if observation.Session != nil {
		a.session = observation.Session
	}
}
