package manifest

import (
	"embed"
	"fmt"
	"path"
	"sync"

	"sigs.k8s.io/yaml"
)

// definitions are the resource definitions, as config/crd has them; `make generate` puts them here.
//
//go:embed crds/*.yaml
var definitions embed.FS

// schema is the part of OpenAPI that controller-gen writes for these resources. A test sees to it that the definitions hold nothing else, so
// that no rule of a later one is passed over in silence.
type schema struct {
	Type                 string            `json:"type,omitempty"`
	Format               string            `json:"format,omitempty"`
	Description          string            `json:"description,omitempty"`
	Default              any               `json:"default,omitempty"`
	Properties           map[string]schema `json:"properties,omitempty"`
	AdditionalProperties *schema           `json:"additionalProperties,omitempty"`
	Required             []string          `json:"required,omitempty"`
	Items                *schema           `json:"items,omitempty"`
	Enum                 []string          `json:"enum,omitempty"`
	Pattern              string            `json:"pattern,omitempty"`
	MinLength            *int64            `json:"minLength,omitempty"`
	MaxLength            *int64            `json:"maxLength,omitempty"`
	Minimum              *float64          `json:"minimum,omitempty"`
	Maximum              *float64          `json:"maximum,omitempty"`
	MinItems             *int64            `json:"minItems,omitempty"`
	MaxItems             *int64            `json:"maxItems,omitempty"`
	MinProperties        *int64            `json:"minProperties,omitempty"`
	MaxProperties        *int64            `json:"maxProperties,omitempty"`
	ListType             string            `json:"x-kubernetes-list-type,omitempty"`
	ListMapKeys          []string          `json:"x-kubernetes-list-map-keys,omitempty"`
	MapType              string            `json:"x-kubernetes-map-type,omitempty"`
	Validations          []celRule         `json:"x-kubernetes-validations,omitempty"`
}

// celRule is a rule of the resource definition.
type celRule struct {
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

// definition is what is needed of a resource definition.
type definition struct {
	Spec struct {
		Group string `json:"group"`
		Names struct {
			Kind string `json:"kind"`
		} `json:"names"`
		Versions []struct {
			Name   string `json:"name"`
			Schema struct {
				OpenAPI schema `json:"openAPIV3Schema"`
			} `json:"schema"`
		} `json:"versions"`
	} `json:"spec"`
}

// schemas returns the schemas by version and kind.
var schemas = sync.OnceValues(func() (map[string]schema, error) {
	files, err := definitions.ReadDir("crds")
	if err != nil {
		return nil, err
	}
	found := map[string]schema{}
	for _, file := range files {
		text, err := definitions.ReadFile(path.Join("crds", file.Name()))
		if err != nil {
			return nil, err
		}
		var read definition
		if err := yaml.Unmarshal(text, &read); err != nil {
			return nil, fmt.Errorf("read the resource definition %s: %w", file.Name(), err)
		}
		for _, version := range read.Spec.Versions {
			found[read.Spec.Group+"/"+version.Name+" "+read.Spec.Names.Kind] = version.Schema.OpenAPI
		}
	}
	return found, nil
})
