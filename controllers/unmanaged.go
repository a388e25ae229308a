package controllers

import (
	"context"
	"fmt"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// confirmUnmanaged plans again from the API server's own list before a member without a ClayUser loses the seat. The
// workspace is read past the cache, so the cache may lag behind it, and a ClayUser that it lacks is no stranger.
func (p *pass) confirmUnmanaged(ctx context.Context) error {
	if !slices.ContainsFunc(p.plan.Changes, removesUnmanaged) {
		return nil
	}
	p.planned = false
	users, err := p.listPastCache(ctx)
	if err != nil {
		return err
	}
	p.know(users)
	return p.planForUsers(ctx)
}

// listPastCache lists the workspace's ClayUsers as the API server has them.
func (p *pass) listPastCache(ctx context.Context) ([]clayv1alpha1.ClayUser, error) {
	users := &clayv1alpha1.ClayUserList{}
	if err := p.reader.List(ctx, users, client.InNamespace(p.key.Namespace)); err != nil {
		return nil, fmt.Errorf("list the ClayUsers of %s past the cache: %w", p.key, err)
	}
	return slices.DeleteFunc(users.Items, func(user clayv1alpha1.ClayUser) bool { return workspaceKey(&user) != p.key }), nil
}

func removesUnmanaged(change seat.Change) bool { return change.Owner == "" && change.IsRemoval() }
