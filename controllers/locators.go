package controllers

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get;list;watch

const (
	// configMapKeyLocators is the key of the ConfigMap that spec.locatorsRef names.
	configMapKeyLocators = "locators.yaml"
	// indexWorkspaceLocators finds the workspaces that use a ConfigMap.
	indexWorkspaceLocators = "spec.locatorsRef.name"
	// maxOverridden is how many elements the status names.
	maxOverridden = 64
)

// locators are the overrides of a workspace, as its ConfigMap had them at one time; the zero value where it has none.
type locators struct {
	configMap, resourceVersion, text string
	// source is the ConfigMap, and who last set it, for the audit trail.
	source audit.Requester
}

// LocatorsOf returns the overrides that the ConfigMap of spec.locatorsRef holds, or nothing where the workspace has none.
func LocatorsOf(ctx context.Context, reader client.Reader, workspace *clayv1alpha1.ClayWorkspace) (string, error) {
	found, err := readLocators(ctx, reader, workspace)
	return found.text, err
}

// readLocators reads the overrides past the cache, so that a pass never works with ones that were mended since.
func readLocators(ctx context.Context, reader client.Reader, workspace *clayv1alpha1.ClayWorkspace) (locators, error) {
	if workspace.Spec.LocatorsRef == nil {
		return locators{}, nil
	}
	configMap := &corev1.ConfigMap{}
	key := types.NamespacedName{Namespace: workspace.Namespace, Name: workspace.Spec.LocatorsRef.Name}
	if err := reader.Get(ctx, key, configMap); err != nil {
		if apierrors.IsNotFound(err) {
			return locators{}, stalled(clayv1alpha1.ReasonLocatorsNotFound, "The ConfigMap %q is not there. "+
				"Create it in the namespace %q with the key %q, or take spec.locatorsRef away.", key.Name, key.Namespace, configMapKeyLocators)
		}
		return locators{}, fmt.Errorf("read the ConfigMap %q: %w", key.Name, err)
	}
	text := configMap.Data[configMapKeyLocators]
	switch {
	case text == "":
		return locators{}, stalled(clayv1alpha1.ReasonLocatorsNotFound,
			"The ConfigMap %q has nothing under the key %q. Add it, or take spec.locatorsRef away.", key.Name, configMapKeyLocators)
	case len(text) > sidecar.MaxLocators:
		return locators{}, stalled(sidecar.ReasonLocatorsInvalid, "The ConfigMap %q has %d bytes under the key %q, and may have %d. "+
			"Leave out what does not differ from what the operator knows.", key.Name, len(text), configMapKeyLocators, sidecar.MaxLocators)
	}
	source := audit.Requester{
		Kind: "ConfigMap", Namespace: key.Namespace, Name: key.Name, UID: string(configMap.UID),
		FieldManager: managerOf(configMap.ManagedFields, []string{"f:data", "f:" + configMapKeyLocators}),
	}
	return locators{configMap: key.Name, resourceVersion: configMap.ResourceVersion, text: text, source: source}, nil
}

// takeLocators adds the overrides to what the browser needs. Other overrides are worth an attempt at once.
func (p *pass) takeLocators(ctx context.Context) error {
	if p.workspace.Spec.LocatorsRef == nil && p.workspace.Status.Locators != nil {
		p.locators.source = p.requester(specPath)
		p.noteLocators(ctx)
		p.workspace.Status.Locators = nil
	}
	found, err := readLocators(ctx, p.reader, p.workspace)
	if err != nil {
		return err
	}
	p.locators, p.access.Locators = found, found.text
	p.fingerprint += "/" + found.resourceVersion
	return nil
}

// reportLocators says which overrides the browser has worked with.
func (p *pass) reportLocators(ctx context.Context, overridden []string) {
	if p.locators.configMap == "" {
		return
	}
	elements := make([]string, 0, min(len(overridden), maxOverridden))
	for _, name := range overridden[:min(len(overridden), maxOverridden)] {
		elements = append(elements, fit(name, maxShort))
	}
	if last := p.workspace.Status.Locators; last == nil || last.ConfigMapName != p.locators.configMap ||
		last.ResourceVersion != fit(p.locators.resourceVersion, maxShort) {
		p.noteLocators(ctx)
	}
	p.workspace.Status.Locators = &clayv1alpha1.LocatorsStatus{
		ConfigMapName: p.locators.configMap, ResourceVersion: fit(p.locators.resourceVersion, maxShort), Elements: elements,
	}
}

// indexLocators has the cache find workspaces by their ConfigMap.
func indexLocators(ctx context.Context, indexer client.FieldIndexer) error {
	return indexer.IndexField(ctx, &clayv1alpha1.ClayWorkspace{}, indexWorkspaceLocators, func(object client.Object) []string {
		workspace, is := object.(*clayv1alpha1.ClayWorkspace)
		if !is || workspace.Spec.LocatorsRef == nil {
			return nil
		}
		return []string{workspace.Spec.LocatorsRef.Name}
	})
}

// workspacesOfConfigMap finds the workspaces whose overrides a ConfigMap holds.
func (r *ClayWorkspaceReconciler) workspacesOfConfigMap(ctx context.Context, configMap client.Object) []reconcile.Request {
	workspaces := &clayv1alpha1.ClayWorkspaceList{}
	if err := r.client.List(ctx, workspaces, client.InNamespace(configMap.GetNamespace()),
		client.MatchingFields{indexWorkspaceLocators: configMap.GetName()}, client.UnsafeDisableDeepCopy); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "cannot list the ClayWorkspaces that use a ConfigMap", "configMap", configMap.GetName())
		return nil
	}
	requests := make([]reconcile.Request, 0, len(workspaces.Items))
	for i := range workspaces.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&workspaces.Items[i])})
	}
	return requests
}
