package chart

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// TestWrongValues gives values that a hand may slip to. Each is to be refused, in words that name the value.
func TestWrongValues(t *testing.T) {
	team := values{"workspaces": values{"sales": values{"workspaceID": "12345", "login": values{"secretRef": values{"name": "clay-login"}}}}}
	user := func(fields values) values { return with(team, set("users.casey", fields)) }
	group := func(fields values) values { return with(team, set("groups.leads", fields)) }
	tests := map[string]struct {
		given values
		want  string
	}{
		"a word that is no value":     {set("replica", 2), "additional properties 'replica' not allowed"},
		"a misspelt value within":     {set("metrics.serviceMonitor.enable", true), "additional properties 'enable' not allowed"},
		"a text for a switch":         {set("claysim.enabled", "yes"), "/claysim/enabled"},
		"too many replicas":           {set("replicas", 50), "/replicas"},
		"a half digest":               {set("manager.image.digest", "sha256:12"), "/manager/image/digest"},
		"a namespace that cannot be":  {set("watch.namespaces", []any{"Sales"}), "/watch/namespaces/0"},
		"a store that is none":        {set("audit.store", "https://bucket"), "/audit/store"},
		"a retention in days":         {set("audit.retention", "400d"), "/audit/retention"},
		"root":                        {set("podSecurityContext.runAsUser", 0), "/podSecurityContext/runAsUser"},
		"a weaker security context":   {set("podSecurityContext.runAsNonRoot", false), "additional properties 'runAsNonRoot' not allowed"},
		"an address without a length": {set("networkPolicy.apiServer.cidrs", []any{"192.0.2.10"}), "/networkPolicy/apiServer/cidrs/0"},
		"a workspace id as a number":  {set("workspaces.sales", values{"workspaceID": 12345}), "/workspaces/sales/workspaceID"},
		"a role that Clay has not":    {user(values{"email": "casey@example.com", "role": "Owner"}), "/users/casey/role"},
		"an address that is none":     {user(values{"email": "casey"}), "/users/casey/email"},
		"a password in the values":    {set("workspaces.sales", values{"login": values{"password": "x"}}), "additional properties 'password' not allowed"},
		"a default address":           {set("userDefaults.email", "all@example.com"), "additional properties 'email' not allowed"},
		"a name that cannot be":       {with(team, set("users.Casey", values{"email": "casey@example.com"})), "Casey"},
		"no workspace id": {
			set("workspaces.sales", values{"login": values{"secretRef": values{"name": "x"}}}),
			"workspaces.sales.workspaceID: give the number",
		},
		"no account":                  {set("workspaces.sales", values{"workspaceID": "12345"}), "workspaces.sales.login.secretRef.name: name the Secret"},
		"no address":                  {user(values{"role": "Admin"}), "users.casey.email: give the address"},
		"a user of no workspace":      {set("users.casey", values{"email": "casey@example.com"}), "users.casey.workspace: name the workspace"},
		"a user of another workspace": {user(values{"email": "casey@example.com", "workspace": "sale"}), "there is no sale in workspaces, only sales"},
		"one address twice": {
			with(user(values{"email": "Casey@example.com"}), set("users.casper", values{"email": "casey@example.com"})),
			"is the address of users.casey already",
		},
		"a group of no workspace":      {set("groups.leads", values{}), "groups.leads.workspace: name the workspace"},
		"a group of another workspace": {group(values{"workspace": "sale"}), "groups.leads.workspace: there is no sale in workspaces, only sales"},
		"members as in the manifest":   {group(values{"members": []any{values{"name": "casey"}}}), "/groups/leads/members/0"},
		"an address as a member":       {group(values{"members": []any{"casey@example.com"}}), "/groups/leads/members/0"},
		"one member twice":             {group(values{"members": []any{"casey", "casey"}}), "/groups/leads/members"},
		"one name for two groups": {
			with(group(values{}), set("groups.others", values{"displayName": "leads"})),
			"groups.others.displayName: choose another; leads is the name of groups.leads already",
		},
		"a workspace where nobody looks": {with(team, set("watch.namespaces", []any{"research"})), "none of watch.namespaces"},
		"two places for the trail":       {with(set("audit.store", "s3://bucket"), set("audit.volume.enabled", true)), "choose one: a bucket"},
		"two pods and a volume for one":  {with(set("replicas", 2), set("audit.volume.enabled", true)), "audit.volume.accessMode=ReadWriteMany"},
		"no sandbox and no policy":       {set("networkPolicy.enabled", false), "needs browser.sandbox.enabled=true"},
		"a certificate and no TLS":       {with(set("metrics.certificateSecret", "x"), set("metrics.secure", false)), "needs metrics.secure=true"},
		"a monitor and no metrics": {
			with(set("metrics.enabled", false), set("metrics.podMonitor.enabled", true)),
			"metrics.podMonitor.enabled needs metrics.enabled=true",
		},
		"two monitors": {
			set("metrics", values{"serviceMonitor": values{"enabled": true}, "podMonitor": values{"enabled": true}}),
			"choose one of serviceMonitor and podMonitor",
		},
		"somebody else's account, unnamed": {set("serviceAccount.create", false), "serviceAccount.name: name the ServiceAccount"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := template(t, test.given)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

// property is what the chart's schema and that of a definition have in common.
type property struct {
	Properties           map[string]property `json:"properties"`
	Items                *property           `json:"items"`
	Enum                 []string            `json:"enum"`
	Minimum              *float64            `json:"minimum"`
	Maximum              *float64            `json:"maximum"`
	Reference            string              `json:"$ref"`
	AdditionalProperties json.RawMessage     `json:"additionalProperties"`
	Definitions          map[string]property `json:"definitions"`
}

// fields returns the paths of all fields below a property, with the choices and the limits of each.
func (p property) fields(definitions map[string]property, path string) map[string]string {
	if name, ok := strings.CutPrefix(p.Reference, "#/definitions/"); ok {
		p = definitions[name]
	}
	if p.Items != nil {
		return p.Items.fields(definitions, path+"[]")
	}
	found := map[string]string{}
	for name, child := range p.Properties {
		maps.Copy(found, child.fields(definitions, path+"."+name))
	}
	if len(found) == 0 {
		limits := struct {
			Enum             []string
			Minimum, Maximum *float64
		}{slices.Sorted(slices.Values(p.Enum)), p.Minimum, p.Maximum}
		text, _ := json.Marshal(limits) //nolint:errchkjson // Texts and numbers.
		found[path] = string(text)
	}
	return found
}

// TestTheTeamHasTheFieldsOfTheDefinitions keeps the values from lagging behind the resources: every field of a spec can be given, with the same
// choices and limits, and no other.
func TestTheTeamHasTheFieldsOfTheDefinitions(t *testing.T) {
	var schema property
	content, err := os.ReadFile(filepath.Join(chartPath, "values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &schema); err != nil {
		t.Fatal(err)
	}
	for name, resource := range map[string]string{"workspace": "clayworkspaces", "user": "clayusers", "group": "claygroups"} {
		t.Run(name, func(t *testing.T) {
			got := schema.Definitions[name].fields(schema.Definitions, "")
			for _, own := range []string{".labels", ".annotations", ".namespace"} {
				delete(got, own)
			}
			want := specOf(t, resource).fields(nil, "")
			// What the values say by a plain name.
			for path, plain := range map[string]string{".workspaceRef.name": ".workspace", ".members[].name": ".members[]"} {
				if limits, found := want[path]; found {
					want[plain] = limits
					delete(want, path)
				}
			}
			if difference := cmp.Diff(want, got); difference != "" {
				t.Errorf("the definition (-) and the values (+) differ:\n%s", difference)
			}
		})
	}
}

// specOf returns the schema of the spec in a definition of config/crd.
func specOf(t *testing.T, resource string) property {
	t.Helper()
	var definition struct {
		Spec struct {
			Versions []struct {
				Schema struct {
					OpenAPIV3Schema property `json:"openAPIV3Schema"`
				} `json:"schema"`
			} `json:"versions"`
		} `json:"spec"`
	}
	content, err := os.ReadFile(filepath.Join(root, "config/crd/bases/clay.seatwright.dev_"+resource+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(content, &definition); err != nil {
		t.Fatal(err)
	}
	return definition.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
}
