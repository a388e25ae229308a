package controllers

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// AccessTo returns what the browser must know of a workspace in order to sign in to it: where it is, and the account that the
// Secret holds. The error says which field or key is wrong and what to do, and quotes no value of the Secret.
func AccessTo(
	ctx context.Context, reader client.Reader, workspace *clayv1alpha1.ClayWorkspace, allowInsecureAppURL bool,
) (sidecar.Workspace, error) {
	origin, err := checkAppURL(workspace, allowInsecureAppURL)
	if err != nil {
		return sidecar.Workspace{}, err
	}
	login, _, err := readLogin(ctx, reader, workspace)
	if err != nil {
		return sidecar.Workspace{}, err
	}
	return sidecar.Workspace{ID: workspace.Spec.WorkspaceID, AppURL: origin, Login: login}, nil
}

// OriginOf returns the origin of Clay's web app that a workspace names, for commands that have no cluster.
func OriginOf(workspace *clayv1alpha1.ClayWorkspace) (string, error) {
	return checkAppURL(workspace, false)
}
