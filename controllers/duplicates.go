package controllers

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// standardPorts are those that an origin need not name.
var standardPorts = map[string]string{"https": ":443", "http": ":80"}

// placeInClay tells workspaces in Clay apart: by the origin of the web app, however it is written, and the id.
func placeInClay(workspace *clayv1alpha1.ClayWorkspace) string {
	origin := strings.ToLower(strings.TrimSuffix(workspace.GetAppURL(), "/"))
	if parsed, err := url.Parse(origin); err == nil {
		origin = strings.TrimSuffix(origin, standardPorts[parsed.Scheme])
	}
	return origin + "/" + workspace.Spec.WorkspaceID
}

// sharing lists the ClayWorkspaces of all namespaces that stand for the same workspace in Clay, this one among them.
func (r *ClayWorkspaceReconciler) sharing(
	ctx context.Context, workspace *clayv1alpha1.ClayWorkspace,
) ([]clayv1alpha1.ClayWorkspace, error) {
	workspaces := &clayv1alpha1.ClayWorkspaceList{}
	if err := r.client.List(ctx, workspaces, client.MatchingFields{indexWorkspaceInClay: placeInClay(workspace)},
		client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list the ClayWorkspaces of the same workspace in Clay: %w", err)
	}
	return workspaces.Items, nil
}

// checkDuplicate ends the pass of a workspace in Clay that an older ClayWorkspace stands for: each of the two would take
// the other's members for strangers.
func (p *pass) checkDuplicate(ctx context.Context) error {
	workspaces, err := p.sharing(ctx, p.workspace)
	if err != nil {
		return err
	}
	for i := range workspaces {
		if compareAge(&workspaces[i], p.workspace) < 0 {
			return stalled(clayv1alpha1.ReasonDuplicateWorkspace, "The older ClayWorkspace %s stands for the same workspace in Clay. "+
				"Delete one of the two; until then this one neither reads nor changes anything.", client.ObjectKeyFromObject(&workspaces[i]))
		}
	}
	return nil
}

// compareAge orders ClayWorkspaces: the older first, and by name those of one second.
func compareAge(a, b *clayv1alpha1.ClayWorkspace) int {
	return cmp.Or(
		a.CreationTimestamp.Compare(b.CreationTimestamp.Time),
		cmp.Compare(a.Namespace, b.Namespace),
		cmp.Compare(a.Name, b.Name),
	)
}

// rivals finds the other ClayWorkspaces whose turn may have come, or gone, with this one.
func (r *ClayWorkspaceReconciler) rivals(ctx context.Context, object client.Object) []reconcile.Request {
	workspace, is := object.(*clayv1alpha1.ClayWorkspace)
	if !is {
		return nil
	}
	workspaces, err := r.sharing(ctx, workspace)
	if err != nil {
		logf.FromContext(ctx).Error(err, "cannot wake the rivals of a ClayWorkspace")
		return nil
	}
	var requests []reconcile.Request
	for i := range workspaces {
		if workspaces[i].UID != workspace.UID {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&workspaces[i])})
		}
	}
	return requests
}
