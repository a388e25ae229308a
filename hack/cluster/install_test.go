//go:build cluster

package cluster

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seatwright/clay-operator/hack/internal/embedded"
)

// operatorName names the Deployment, its ServiceAccount and the release of the chart.
const operatorName = "clay-operator"

// installTimeout is for helm, which waits for the pods.
const installTimeout = "--timeout=10m"

// installer puts the operator, with the simulator, into the cluster and takes it out again, in one of the ways that a user has.
type installer interface {
	install(t *testing.T)
	// upgrade installs it anew with something changed, so that its pod is replaced.
	upgrade(t *testing.T)
	// uninstall leaves the resource definitions and the namespace. It may be done twice.
	uninstall(t *testing.T)
}

func (s *suite) newInstaller(t *testing.T) installer {
	t.Helper()
	root, err := embedded.Root()
	if err != nil {
		t.Fatal(err)
	}
	if *chart == "" {
		if *network {
			t.Fatal("only the chart has NetworkPolicies: name it with CHART, or leave NETWORK out")
		}
		return manifests{root: root}
	}
	r := release{root: root, chart: filepath.Join(root, *chart)}
	if *network {
		r.servers = s.serverAddresses(t)
	}
	return r
}

// manifests installs config/default with kubectl.
type manifests struct{ root string }

func (m manifests) install(t *testing.T) {
	t.Helper()
	apply(t, m.render(t, ""))
}

func (m manifests) upgrade(t *testing.T) {
	t.Helper()
	apply(t, m.render(t, `
patches:
  - target: {kind: Deployment, name: `+operatorName+`}
    patch: '[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--log-level=debug"}]'
`))
}

func (m manifests) uninstall(t *testing.T) {
	t.Helper()
	var gone bytes.Buffer
	for document := range strings.SplitSeq("\n"+m.render(t, ""), "\n---\n") {
		if !strings.Contains(document, "\nkind: CustomResourceDefinition\n") && !strings.Contains(document, "\nkind: Namespace\n") {
			fmt.Fprintf(&gone, "%s\n---\n", document)
		}
	}
	kubectl(t, gone.String(), "delete", "--ignore-not-found", "-f", "-")
}

func (m manifests) render(t *testing.T, patches string) string {
	t.Helper()
	if *sandbox {
		return render(t, m.root, "hack/cluster/simulator", "config/sandbox", patches)
	}
	return render(t, m.root, "hack/cluster/simulator", "", patches)
}

// render returns a directory's manifests, with a component if one is named, and the images that are to be tested.
func render(t *testing.T, root, directory, component, patches string) string {
	t.Helper()
	// Kustomize takes relative paths only, and does not look through links.
	here, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	up, err := filepath.Rel(here, root)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("resources: [%q]\n", filepath.Join(up, directory))
	if component != "" {
		text += fmt.Sprintf("components: [%q]\n", filepath.Join(up, component))
	}
	text += "images:\n"
	for _, image := range []string{"clay-operator", "clay-operator-browser", "clay-operator-claysim"} {
		text += fmt.Sprintf("  - {name: %q, newName: %q, newTag: %q}\n", image, *imagePrefix+image, *imageTag)
	}
	if err := os.WriteFile(filepath.Join(here, "kustomization.yaml"), []byte(text+patches), 0o600); err != nil {
		t.Fatal(err)
	}
	return kubectl(t, "", "kustomize", here)
}

func apply(t *testing.T, manifests string) {
	t.Helper()
	kubectl(t, manifests, "apply", "--server-side", "-f", "-")
}

// release installs the chart with helm.
type release struct {
	root, chart string
	// servers are the addresses of the API server, if the policy is to know them: only then does it close private networks.
	servers []string
}

func (r release) install(t *testing.T) {
	t.Helper()
	apply(t, namespaceManifest)
	if *sandbox {
		apply(t, render(t, r.root, "config/seccomp", "", ""))
	}
	run(t, "", *helm, append([]string{"install", operatorName}, r.arguments()...)...)
}

func (r release) upgrade(t *testing.T) {
	t.Helper()
	run(t, "", *helm, append([]string{"upgrade", operatorName, "--set=manager.log.level=debug"}, r.arguments()...)...)
}

func (r release) uninstall(t *testing.T) {
	t.Helper()
	run(t, "", *helm, "uninstall", operatorName, "--namespace="+operatorNamespace, "--ignore-not-found", "--wait", installTimeout)
}

func (r release) arguments() []string {
	arguments := []string{
		r.chart, "--namespace=" + operatorNamespace, "--wait", installTimeout,
		"--set=claysim.enabled=true", "--set=claysim.sample=false", fmt.Sprintf("--set=browser.sandbox.enabled=%t", *sandbox),
		"--set=imageRegistry=" + strings.TrimSuffix(*imagePrefix, "/"),
		"--set-string=manager.image.tag=" + *imageTag, "--set-string=browser.image.tag=" + *imageTag, "--set-string=claysim.image.tag=" + *imageTag,
	}
	for i, server := range r.servers {
		arguments = append(arguments, fmt.Sprintf("--set=networkPolicy.apiServer.cidrs[%d]=%s", i, single(server)))
	}
	return arguments
}

// single is the range that holds one address.
func single(address string) string {
	parsed := netip.MustParseAddr(address)
	return netip.PrefixFrom(parsed, parsed.BitLen()).String()
}

// namespaceManifest is what a user applies before helm: the chart makes no namespace, and helm gives one no labels.
const namespaceManifest = `
apiVersion: v1
kind: Namespace
metadata:
  name: ` + operatorNamespace + `
  labels:
    pod-security.kubernetes.io/enforce: restricted
`
