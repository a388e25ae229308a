package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// fieldManager owns the fields that the demo applies.
	fieldManager = "clay-operator-demo"
	// yamlBuffer is how much of a file the reader looks at to tell YAML from JSON.
	yamlBuffer = 4096
)

// readManifests reads a directory of manifests as they are, and points the workspaces to the simulator.
func readManifests(directory, appURL string) ([]*unstructured.Unstructured, error) {
	paths, err := filepath.Glob(filepath.Join(directory, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("list manifests: %w", err)
	}
	paths = slices.DeleteFunc(paths, func(path string) bool { return filepath.Base(path) == "kustomization.yaml" })
	if len(paths) == 0 {
		return nil, fmt.Errorf("no manifests in %s", directory)
	}
	var objects []*unstructured.Unstructured
	for _, path := range paths {
		read, err := readManifest(path)
		if err != nil {
			return nil, err
		}
		objects = append(objects, read...)
	}
	for _, object := range objects {
		if object.GetNamespace() == "" {
			object.SetNamespace("default")
		}
		if object.GetKind() == "ClayWorkspace" {
			if err := unstructured.SetNestedField(object.Object, appURL, "spec", "appURL"); err != nil {
				return nil, fmt.Errorf("set appURL: %w", err)
			}
		}
	}
	return objects, nil
}

func readManifest(path string) ([]*unstructured.Unstructured, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read a manifest: %w", err)
	}
	var objects []*unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(content), yamlBuffer)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

// apply does what kubectl apply --server-side does.
func apply(ctx context.Context, cluster client.Client, objects []*unstructured.Unstructured) error {
	for _, object := range objects {
		configuration := client.ApplyConfigurationFromUnstructured(object)
		if err := cluster.Apply(ctx, configuration, client.FieldOwner(fieldManager), client.ForceOwnership); err != nil {
			return fmt.Errorf("apply %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return nil
}
