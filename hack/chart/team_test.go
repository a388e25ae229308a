package chart

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheUsersOfATeam(t *testing.T) {
	rendered := render(t, valuesOf(t, "team"))
	reference := map[string]any{"name": "sales"}
	want := map[string]map[string]any{
		"avery": {"workspaceRef": reference, "email": "Avery@example.com", "role": "Admin", "deletionPolicy": "Retain"},
		"blake": {"workspaceRef": reference, "email": "blake@example.com", "role": "Editor", "deletionPolicy": "Remove"},
		"casey": {"workspaceRef": reference, "email": "casey@example.com", "role": "Viewer", "deletionPolicy": "Retain"},
		"drew":  {"workspaceRef": reference, "email": "drew@example.com", "role": "Viewer", "deletionPolicy": "Retain", "active": false},
		"emery": {"workspaceRef": reference, "email": "emery@example.com", "role": "Viewer", "deletionPolicy": "Retain", "suspend": true},
	}
	got := map[string]map[string]any{}
	for _, name := range rendered.ofKind("ClayUser") {
		got[name] = rendered.one(t, "ClayUser", name).Object["spec"].(map[string]any)
	}
	if difference := cmp.Diff(want, got); difference != "" {
		t.Error(difference)
	}
}

func TestTheGroupsOfATeam(t *testing.T) {
	rendered := render(t, valuesOf(t, "team"))
	reference := map[string]any{"name": "sales"}
	want := map[string]any{
		"workspaceRef": reference, "displayName": "EMEA sales", "description": "Who sells in Europe", "externalID": "00g1emea", "mirror": true,
		"members": []any{map[string]any{"name": "blake"}, map[string]any{"name": "casey"}},
	}
	group := rendered.one(t, "ClayGroup", "emea-sales")
	if difference := cmp.Diff(want, group.Object["spec"]); difference != "" {
		t.Error(difference)
	}
	if group.GetLabels()["squad"] != "two" || group.GetAnnotations()["example.com/owner"] != "it" {
		t.Errorf("the group has the labels %v and the annotations %v", group.GetLabels(), group.GetAnnotations())
	}
	// Nothing of what users have by default but the workspace.
	want = map[string]any{"workspaceRef": reference, "members": []any{map[string]any{"name": "avery"}}}
	if difference := cmp.Diff(want, rendered.one(t, "ClayGroup", "leads").Object["spec"]); difference != "" {
		t.Error(difference)
	}
}

// A group is where its workspace is, and finds that as a user does.
func TestTheWorkspaceOfAGroup(t *testing.T) {
	rendered := render(t, with(valuesOf(t, "namespaced"), set("userDefaults.workspace", "sales"), set("groups.everybody", values{})))
	for name, want := range map[string]string{"everybody": "sales", "analysts": "research"} {
		group := rendered.one(t, "ClayGroup", name)
		workspace := group.Object["spec"].(map[string]any)["workspaceRef"].(map[string]any)["name"]
		if workspace != want || group.GetNamespace() != want {
			t.Errorf("%s is in the workspace %v and the namespace %s, want %s", name, workspace, group.GetNamespace(), want)
		}
	}
}

// A value that is not given must not be in the spec: what the operator takes for it may change, and tools would see a difference.
func TestNothingIsSaidThatNobodySaid(t *testing.T) {
	rendered := render(t, values{
		"workspaces": values{"sales": values{"workspaceID": "12345", "login": values{"secretRef": values{"name": "clay-login"}}}},
		"users":      values{"casey": values{"email": "casey@example.com"}},
		"groups":     values{"everybody": values{}},
	})
	workspace := rendered.one(t, "ClayWorkspace", "sales")
	want := map[string]any{"workspaceID": "12345", "login": map[string]any{"secretRef": map[string]any{"name": "clay-login"}}}
	if difference := cmp.Diff(want, workspace.Object["spec"]); difference != "" {
		t.Error(difference)
	}
	user := rendered.one(t, "ClayUser", "casey")
	want = map[string]any{"workspaceRef": map[string]any{"name": "sales"}, "email": "casey@example.com"}
	if difference := cmp.Diff(want, user.Object["spec"]); difference != "" {
		t.Error(difference)
	}
	if user.GetNamespace() != namespace {
		t.Errorf("the user is in %q", user.GetNamespace())
	}
	want = map[string]any{"workspaceRef": map[string]any{"name": "sales"}}
	if difference := cmp.Diff(want, rendered.one(t, "ClayGroup", "everybody").Object["spec"]); difference != "" {
		t.Error(difference)
	}
}

// A ClayUser that Helm deletes is a seat that goes, and a hook is deleted before it is made.
func TestHelmNeverDeletesPeople(t *testing.T) {
	for _, name := range []string{"claysim", "namespaced", "team"} {
		for _, object := range render(t, valuesOf(t, name)) {
			kind := object.GetKind()
			if !slices.Contains([]string{"ClayUser", "ClayGroup", "ClayWorkspace", "CustomResourceDefinition"}, kind) {
				continue
			}
			if object.GetAnnotations()["helm.sh/resource-policy"] != "keep" {
				t.Errorf("%s: Helm deletes %s %s", name, kind, object.GetName())
			}
			if _, hook := object.GetAnnotations()["helm.sh/hook"]; hook {
				t.Errorf("%s: %s %s is a hook, though there may be one already", name, kind, object.GetName())
			}
		}
	}
}

func TestATryOutCanBeChanged(t *testing.T) {
	rendered := render(t, with(set("claysim.enabled", true), set("users", values{
		"theo": values{"active": false}, "priya": values{"active": true}, "nova": values{"workspace": "claysim", "email": "nova@example.com"},
	})))
	for name, want := range map[string]any{"theo": false, "priya": true, "mara": nil, "nova": nil} {
		spec := rendered.one(t, "ClayUser", name).Object["spec"].(map[string]any)
		if spec["active"] != want {
			t.Errorf("%s: active is %v, want %v", name, spec["active"], want)
		}
	}
	if got := rendered.one(t, "ClayUser", "theo").Object["spec"].(map[string]any)["email"]; got != "theo@example.com" {
		t.Errorf("theo has the address %v", got)
	}
}

func TestTheSimulatorAloneBringsNobody(t *testing.T) {
	rendered := render(t, with(set("claysim.enabled", true), set("claysim.sample", false)))
	if names := append(rendered.ofKind("ClayUser"), rendered.ofKind("ClayWorkspace")...); len(names) > 0 {
		t.Errorf("%v came with it", names)
	}
	rendered.one(t, "Deployment", release+"-claysim")
}
