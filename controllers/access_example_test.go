package controllers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/rules"
	"github.com/seatwright/clay-operator/internal/seat"
)

// TestExampleOfTheDocumentation keeps docs/access.md true: its rules give its people what its table says.
func TestExampleOfTheDocumentation(t *testing.T) {
	t.Parallel()
	workspace, group := readExample(t)
	list, _, err := rulesOf(workspace)
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.Compile(list)
	if err != nil {
		t.Fatal(err)
	}
	memberships := membershipsOf([]clayv1alpha1.ClayGroup{*group})
	for _, test := range []struct {
		name string
		spec clayv1alpha1.ClayUserSpec
		want string
	}{
		{
			"casey", clayv1alpha1.ClayUserSpec{Attributes: map[string]string{"territory": "EMEA"}},
			"Role Editor by sales, Group EMEA by emea, Budget Prospecting EMEA by emea, MCPCreditLimit 500 by emea",
		},
		{
			"blake", clayv1alpha1.ClayUserSpec{Attributes: map[string]string{"territory": "AMER", "title": "Lead"}},
			"Role Admin by leads, Group AMER by amer, Budget Prospecting AMER by amer, MCPCreditLimit 5000 by leads",
		},
		{
			"emery", clayv1alpha1.ClayUserSpec{Attributes: map[string]string{"department": "Operations"}},
			"Role Viewer by operations, Group AMER by operations, Group EMEA by operations",
		},
		{
			"drew",
			clayv1alpha1.ClayUserSpec{Attributes: map[string]string{"territory": "EMEA"}, Role: clayv1alpha1.RoleViewer, Budgets: []string{}},
			"Role Viewer by spec, Group EMEA by emea, MCPCreditLimit 500 by emea",
		},
	} {
		user := &clayv1alpha1.ClayUser{Spec: test.spec}
		got, err := set.Resolve(subjectOf(user, seat.Email(test.name+"@example.com"), memberships[test.name]))
		if err != nil {
			t.Fatal(err)
		}
		var sources []string
		for _, source := range got.Sources {
			sources = append(sources, string(source.What)+" "+source.Value+" by "+source.By)
		}
		if diff := cmp.Diff(test.want, strings.Join(sources, ", ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// readExample returns the manifests of the worked example.
func readExample(t *testing.T) (*clayv1alpha1.ClayWorkspace, *clayv1alpha1.ClayGroup) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "access.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, example, found := strings.Cut(string(text), "## Example: territories and roles\n")
	_, example, begins := strings.Cut(example, "```yaml\n")
	example, _, ends := strings.Cut(example, "```\n")
	first, second, two := strings.Cut(example, "---\n")
	if !found || !begins || !ends || !two {
		t.Fatal("the example is not where it is expected")
	}
	workspace, group := &clayv1alpha1.ClayWorkspace{}, &clayv1alpha1.ClayGroup{}
	for document, object := range map[string]any{first: workspace, second: group} {
		if err := yaml.UnmarshalStrict([]byte(document), object); err != nil {
			t.Fatal(err)
		}
	}
	return workspace, group
}
