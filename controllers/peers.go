package controllers

import (
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// meetPeers finds the other workspaces that sign in with the same account: those in the namespace with the same Secret. It reads past the
// cache, which may not know yet of a log-in that one of them has just announced.
func (p *pass) meetPeers(ctx context.Context) error {
	all := &clayv1alpha1.ClayWorkspaceList{}
	if err := p.reader.List(ctx, all, client.InNamespace(p.key.Namespace)); err != nil {
		return fmt.Errorf("list the ClayWorkspaces with the same account: %w", err)
	}
	p.peers = nil
	for i := range all.Items {
		other := &all.Items[i]
		if other.UID != p.workspace.UID && other.Spec.Login.SecretRef.Name == p.workspace.Spec.Login.SecretRef.Name {
			p.peers = append(p.peers, other)
		}
	}
	return nil
}

// accountLogins are the log-ins of all workspaces with the account, oldest first.
func (p *pass) accountLogins() []metav1.Time {
	logins := slices.Clone(p.workspace.Status.Logins)
	for _, other := range p.peers {
		logins = append(logins, other.Status.Logins...)
	}
	slices.SortStableFunc(logins, func(a, b metav1.Time) int { return a.Compare(b.Time) })
	return logins
}
