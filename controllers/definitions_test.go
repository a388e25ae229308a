package controllers

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// TestDefinitionsDeleted has somebody delete the resource definitions, and every resource with them, while the operator runs. It has a
// control plane of its own, because the other tests need theirs.
func TestDefinitionsDeleted(t *testing.T) {
	t.Parallel()
	const people, budget = 5, 2
	own, err := startPlane()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.environment.Stop(); err != nil {
			t.Error(err)
		}
	})
	c := newCrewOn(newHarnessOn(t, own, newClay(t)), people, budget)
	for _, resource := range []string{"clayusers", "clayworkspaces"} {
		definition := &unstructured.Unstructured{}
		definition.SetAPIVersion("apiextensions.k8s.io/v1")
		definition.SetKind("CustomResourceDefinition")
		definition.SetName(resource + "." + clayv1alpha1.GroupVersion.Group)
		c.delete(definition)
	}
	// The seats go no faster than by any other deletion, and the way out is the same.
	c.awaitHeld(people - budget)
	if left := c.left(); len(left) != people-budget {
		t.Errorf("seats left: %v", left)
	}
	for _, user := range c.users[:budget] {
		c.awaitGone(user)
	}
	for _, user := range c.users[budget:] {
		update(c.harness, user, retained)
		c.awaitGone(user)
	}
	c.awaitGone(c.workspace)
	if left := c.left(); len(left) != people-budget {
		t.Errorf("seats left after all: %v", left)
	}
}
