package controllers

import (
	"context"
	"encoding/json"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/audit"
)

// requestersAtATime bounds how many ClayUsers are asked for at once.
const requestersAtATime = 16

// specPath is where the fields of a spec are in a set of managed fields.
var specPath = []string{"f:spec"}

// annotationPath is where an annotation is in a set of managed fields.
func annotationPath(name string) []string {
	return []string{"f:metadata", "f:annotations", "f:" + name}
}

// requesters says by the owners of changes which resource asks for it, and who spoke through that. Who did is read past the cache,
// which does not hold it: it is half of an object and needed only when something changes. Where it cannot be read the record lacks it;
// the leaver is not to wait for that.
func (p *pass) requesters(ctx context.Context, owners []string) map[string]audit.Requester {
	asked := map[string]audit.Requester{"": p.requester(specPath)}
	var users []*clayv1alpha1.ClayUser
	for _, owner := range owners {
		user := p.userNamed(owner)
		if _, known := asked[owner]; known || user == nil {
			continue
		}
		asked[owner] = audit.Requester{
			Kind: "ClayUser", Namespace: user.Namespace, Name: user.Name, UID: string(user.UID), Generation: user.Generation,
		}
		users = append(users, user)
	}
	managers := make([]string, len(users))
	var group errgroup.Group
	group.SetLimit(requestersAtATime)
	for i, user := range users {
		group.Go(func() error {
			found := &metav1.PartialObjectMetadata{}
			found.SetGroupVersionKind(clayv1alpha1.GroupVersion.WithKind("ClayUser"))
			if err := p.reader.Get(ctx, types.NamespacedName{Namespace: user.Namespace, Name: user.Name}, found); err != nil {
				return err
			}
			if found.UID == user.UID && found.Generation == user.Generation {
				managers[i] = managerOf(found.ManagedFields, specPath)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		logf.FromContext(ctx).V(1).Info("it is not known who set some ClayUsers", "error", err.Error())
	}
	for i, user := range users {
		requester := asked[user.Name]
		requester.FieldManager = managers[i]
		asked[user.Name] = requester
	}
	return asked
}

// requester is the ClayWorkspace, which was read past the cache, and who set the fields under a path.
func (p *pass) requester(path []string) audit.Requester {
	return audit.Requester{
		Kind: "ClayWorkspace", Namespace: p.key.Namespace, Name: p.key.Name, UID: string(p.workspace.UID),
		Generation: p.workspace.Generation, FieldManager: managerOf(p.workspace.ManagedFields, path),
	}
}

// managerOf returns the field manager that last set a field under the path; empty where nobody is recorded.
func managerOf(entries []metav1.ManagedFieldsEntry, path []string) string {
	var manager string
	var latest metav1.Time
	for _, entry := range entries {
		if entry.Subresource != "" || entry.FieldsV1 == nil || !sets(entry.FieldsV1.GetRawBytes(), path) {
			continue
		}
		if at := entry.Time; manager == "" || at != nil && !at.Before(&latest) {
			manager = entry.Manager
			if at != nil {
				latest = *at
			}
		}
	}
	return manager
}

// sets says whether a set of fields has something under the path.
func sets(fields json.RawMessage, path []string) bool {
	for _, step := range path {
		var under map[string]json.RawMessage
		if err := json.Unmarshal(fields, &under); err != nil {
			return false
		}
		next, found := under[step]
		if !found {
			return false
		}
		fields = next
	}
	return true
}
