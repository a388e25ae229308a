package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// TestDefinitionsAreTheProjects compares the copies with the resource definitions, and sees that they hold nothing that is not checked here.
func TestDefinitionsAreTheProjects(t *testing.T) {
	bases := filepath.Join("..", "..", "config", "crd", "bases")
	files, err := os.ReadDir(bases)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		want, err := os.ReadFile(filepath.Join(bases, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := definitions.ReadFile("crds/" + file.Name())
		if err != nil || string(got) != string(want) {
			t.Errorf("%s is not the one in config/crd: run make generate (%v)", file.Name(), err)
		}
		var raw struct {
			Spec struct {
				Versions []struct {
					Schema map[string]any `json:"schema"`
				} `json:"versions"`
			} `json:"spec"`
		}
		if err := yaml.Unmarshal(got, &raw); err != nil {
			t.Fatal(err)
		}
		for _, version := range raw.Spec.Versions {
			text, err := yaml.Marshal(version.Schema["openAPIV3Schema"])
			if err != nil {
				t.Fatal(err)
			}
			var known schema
			if err := yaml.UnmarshalStrict(text, &known); err != nil {
				t.Errorf("%s holds what is not checked: %v", file.Name(), err)
			}
		}
	}
	known, err := schemas()
	if err != nil || len(known) != len(files) {
		t.Errorf("%d definitions of %d files: %v", len(known), len(files), err)
	}
	count := 0
	for _, each := range known {
		count += compileAll(t, &each)
	}
	if count == 0 {
		t.Error("no rule was found")
	}
}

// compileAll compiles every rule, and counts them.
func compileAll(t *testing.T, s *schema) int {
	t.Helper()
	count := len(s.Validations)
	for _, each := range s.Validations {
		if _, err := programOf(each.Rule); err != nil {
			t.Errorf("the rule %s: %v", each.Rule, err)
		}
		if each.Message == "" {
			t.Errorf("the rule %s has no message", each.Rule)
		}
	}
	for _, property := range s.Properties {
		count += compileAll(t, &property)
	}
	for _, below := range []*schema{s.Items, s.AdditionalProperties} {
		if below != nil {
			count += compileAll(t, below)
		}
	}
	return count
}

const goodUser = `apiVersion: clay.seatwright.dev/v1alpha1
kind: ClayUser
metadata:
  name: jo
spec:
  workspaceRef:
    name: sales
  email: jo@example.com
`

func TestLoad(t *testing.T) {
	t.Parallel()
	workspace := "apiVersion: clay.seatwright.dev/v1alpha1\nkind: ClayWorkspace\nmetadata: {name: sales}\nspec:\n" +
		"  workspaceID: \"12345\"\n  login: {secretRef: {name: clay-login}}\n"
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"fine":            {goodUser + "---\n" + workspace, nil},
		"empty documents": {"---\n# nothing\n---\n" + goodUser + "---\n", nil},
		"other kinds":     {"apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n---\n" + goodUser, nil},
		"a status is none of its business": {
			goodUser + "status:\n  seat: Active\n  whatever: 1\n", nil,
		},
		"a list": {
			"apiVersion: v1\nkind: List\nitems:\n- apiVersion: clay.seatwright.dev/v1alpha1\n  kind: ClayUser\n  metadata: {name: jo}\n" +
				"  spec:\n    workspaceRef: {name: sales}\n    emial: jo@example.com\n",
			[]string{`a.yaml:7: ClayUser "jo": spec: the field spec.email is missing`, `a.yaml:9: ClayUser "jo": spec.emial: unknown field; is "email" meant?`},
		},
		"unknown field": {
			goodUser + "  rol: Admin\n", []string{`a.yaml:9: ClayUser "jo": spec.rol: unknown field; is "role" meant?`},
		},
		"unknown field at the top": {
			goodUser + "sepc: {}\n", []string{`a.yaml:9: ClayUser "jo": sepc: unknown field; is "spec" meant?`},
		},
		"in the second document": {
			goodUser + "--- # another\n" + strings.Replace(goodUser, "jo@", "kim", 1),
			[]string{`a.yaml:17: ClayUser "jo": spec.email: email must be one e-mail address such as jo@example.com`},
		},
		"twice": {
			goodUser + "---\n" + goodUser, []string{`a.yaml:10: ClayUser "jo": it stands in a.yaml:1 already; remove one of the two`},
		},
		"a key twice": {
			goodUser + "  email: kim@example.com\n", []string{`a.yaml:9: not valid YAML: key "email" already set in map`},
		},
		"no YAML": {
			goodUser + "---\nkind: [\n", []string{"a.yaml:10: not valid YAML: did not"},
		},
		"no manifest": {
			"replicas: 3\n", []string{"a.yaml:1: not a manifest: it lacks apiVersion or kind"},
		},
		"role": {
			goodUser + "  role: Owner\n", []string{`a.yaml:9: ClayUser "jo": spec.role: "Owner" is none of Admin, Editor, Viewer, SalesRep`},
		},
		"truth": {
			goodUser + "  active: \"no\"\n", []string{`spec.active: "no" is neither true nor false`},
		},
		"as kubectl reads it": {
			goodUser + "  attributes:\n    region: NO\n", []string{`a.yaml:10: ClayUser "jo": spec.attributes.region: false is not a text; put it in quotes`},
		},
		"number": {
			goodUser + "  mcpCreditLimit: -1\n", []string{"spec.mcpCreditLimit: -1 is too small: use 0 at least"},
		},
		"number as text": {
			goodUser + "  mcpCreditLimit: many\n", []string{`spec.mcpCreditLimit: "many" is not a whole number`},
		},
		"time": {
			goodUser + "  expiresAt: tomorrow\n", []string{`spec.expiresAt: "tomorrow" is no time`},
		},
		"group twice": {
			goodUser + "  groups:\n  - Sales\n  - Sales\n", []string{`a.yaml:11: ClayUser "jo": spec.groups[1]: duplicate of an entry above: "Sales"`},
		},
		"entry twice": {
			workspace + "  groups:\n  - name: A\n  - name: A\n", []string{`spec.groups[1]: duplicate of an entry above: name "A"`},
		},
		"name of an attribute": {
			goodUser + "  attributes: {cost-center: a}\n", []string{"spec.attributes: the names of attributes must consist of letters"},
		},
		"id": {
			strings.Replace(workspace, "12345", "acme", 1), []string{"spec.workspaceID: workspaceID must be the number in the address of the workspace"},
		},
		"interval": {
			workspace + "  interval: 5s\n", []string{"spec.interval: interval must be a duration from 1m to 24h"},
		},
		"URL": {
			workspace + "  appURL: https://app.clay.com/login\n", []string{"spec.appURL: appURL must be an origin"},
		},
		"no name": {
			strings.Replace(goodUser, "name: jo", "labels: {}", 1), []string{`a.yaml:3: ClayUser: metadata.name: "" cannot be a name`},
		},
		"unknown in metadata": {
			strings.Replace(goodUser, "name: jo", "name: jo\n  lables: {}", 1), []string{`ClayUser "jo": metadata: unknown field "lables"`},
		},
		"version": {
			strings.Replace(goodUser, "v1alpha1", "v1", 1), []string{`a.yaml:1: ClayUser: there is no ClayUser in the version "v1"`},
		},
		"no spec": {
			"apiVersion: clay.seatwright.dev/v1alpha1\nkind: ClayUser\nmetadata: {name: jo}\n", []string{`ClayUser "jo": the field spec is missing`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, problems := Load([]Source{{Name: "a.yaml", Text: []byte(test.text)}}, "clay")
			got := make([]string, len(problems))
			for i, problem := range problems {
				got[i] = problem.String()
			}
			fits := len(got) == len(test.want)
			for i := range min(len(got), len(test.want)) {
				fits = fits && strings.Contains(got[i], test.want[i])
			}
			if !fits {
				t.Errorf("problems (-want +got):\n%s", cmp.Diff(test.want, got))
			}
			if len(test.want) == 0 && len(set.Manifests) == 0 {
				t.Error("nothing was found")
			}
			for _, each := range set.Manifests {
				if each.Object.GetNamespace() != "clay" {
					t.Errorf("the namespace %q", each.Object.GetNamespace())
				}
			}
		})
	}
}

func TestWhatCannotBeChanged(t *testing.T) {
	t.Parallel()
	load := func(text string) *Manifest {
		set, problems := Load([]Source{{Name: "a.yaml", Text: []byte(text)}}, "clay")
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return set.Manifests[0]
	}
	there := load(goodUser).Object
	if problems := load(goodUser + "  role: Admin\n").Against(there); len(problems) > 0 {
		t.Errorf("a role may change: %v", problems)
	}
	for change, want := range map[string]string{"jo@": "spec.email: email cannot be changed", "name: sales": "workspaceRef cannot be changed"} {
		problems := load(strings.Replace(goodUser, change, change+"x", 1)).Against(there)
		if change == "jo@" {
			problems = load(strings.Replace(goodUser, change, "kim@", 1)).Against(there)
		}
		if len(problems) != 1 || !strings.Contains(problems[0].String(), want) {
			t.Errorf("%s: %v, want %q", change, problems, want)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	for name, text := range map[string]string{
		"b.yaml": "b", "a.yml": "a", "below/c.json": "c", "notes.txt": "no", ".git/d.yaml": "no", ".e.yaml": "no",
	} {
		path := filepath.Join(directory, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := Find([]string{directory, filepath.Join(directory, "b.yaml"), filepath.Join(directory, "notes.txt"), Stdin}, strings.NewReader("s"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, each := range found {
		texts = append(texts, string(each.Text))
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "no", "s"}, texts); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	for _, path := range []string{filepath.Join(directory, "none"), t.TempDir()} {
		if _, err := Find([]string{path}, nil); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
}
