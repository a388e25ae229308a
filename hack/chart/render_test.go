package chart

import (
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	releasev1 "helm.sh/helm/v4/pkg/release/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

const (
	root      = "../.."
	chartPath = root + "/charts/clay-operator"
	release   = "clay-operator"
	namespace = "clay"
)

// oldest is the first Kubernetes that the chart is for.
var oldest = &common.KubeVersion{Version: "v1.30.0", Major: "1", Minor: "30"}

type values = map[string]any

// quiet keeps Helm's own log out of the tests' output: what matters of it comes back as an error.
func quiet() *action.Configuration {
	return action.NewConfiguration(action.ConfigurationSetLogger(slog.DiscardHandler))
}

func loadChart(t *testing.T) *chartv2.Chart {
	t.Helper()
	loaded, err := loader.LoadDir(chartPath)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// valuesOf reads a file of testdata/values.
func valuesOf(t *testing.T, name string) values {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "values", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	given, err := loader.LoadValues(strings.NewReader(string(content)))
	if err != nil {
		t.Fatal(err)
	}
	return given
}

// set returns values in which a path such as "browser.sandbox.enabled" has a value.
func set(path string, value any) values {
	keys := strings.Split(path, ".")
	result := values{keys[len(keys)-1]: value}
	for i := len(keys) - 2; i >= 0; i-- {
		result = values{keys[i]: result}
	}
	return result
}

// with lays values over others, map by map.
func with(layers ...values) values {
	result := values{}
	for _, layer := range layers {
		result = loader.MergeMaps(result, maps.Clone(layer))
	}
	return result
}

// template is what "helm template" does.
func template(t *testing.T, given values) (*releasev1.Release, error) {
	t.Helper()
	install := action.NewInstall(quiet())
	install.DryRunStrategy = action.DryRunClient
	install.ReleaseName, install.Namespace, install.KubeVersion = release, namespace, oldest
	rendered, err := install.Run(loadChart(t), given)
	if err != nil {
		return nil, err
	}
	return rendered.(*releasev1.Release), nil
}

// objects are what the chart renders, hooks included.
type objects []*unstructured.Unstructured

// render returns what the chart makes of values that are right.
func render(t *testing.T, given values) objects {
	t.Helper()
	rendered, err := template(t, given)
	if err != nil {
		t.Fatal(err)
	}
	manifests := rendered.Manifest
	for _, hook := range rendered.Hooks {
		manifests += "\n---\n" + hook.Manifest
	}
	return parse(t, manifests)
}

func parse(t *testing.T, manifests string) objects {
	t.Helper()
	var found objects
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(manifests), 4096)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(object)
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("%v in:\n%s", err, manifests)
		}
		if len(object.Object) > 0 {
			found = append(found, object)
		}
	}
}

// one returns the object of a kind and a name, and fails where there is none.
func (o objects) one(t *testing.T, kind, name string) *unstructured.Unstructured {
	t.Helper()
	if found := o.find(kind, name); found != nil {
		return found
	}
	t.Fatalf("there is no %s %s", kind, name)
	return nil
}

// find returns the object of a kind and a name, or nil.
func (o objects) find(kind, name string) *unstructured.Unstructured {
	for _, object := range o {
		if object.GetKind() == kind && object.GetName() == name {
			return object
		}
	}
	return nil
}

// ofKind returns the names of the objects of a kind.
func (o objects) ofKind(kind string) []string {
	var names []string
	for _, object := range o {
		if object.GetKind() == kind {
			names = append(names, object.GetName())
		}
	}
	return names
}
