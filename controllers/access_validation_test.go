package controllers

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// notOneLine is what the API server says of a name that Clay would show otherwise than it is written.
const notOneLine = "must not begin or end with a space, and be one line"

func TestWorkspaceAccessValidation(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	group := func(name string) func(*clayv1alpha1.ClayWorkspace) {
		return func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Groups = []clayv1alpha1.WorkspaceGroup{{Name: name}} }
	}
	budget := func(made clayv1alpha1.WorkspaceBudget) func(*clayv1alpha1.ClayWorkspace) {
		return func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Budgets = []clayv1alpha1.WorkspaceBudget{made} }
	}
	rule := func(made clayv1alpha1.AccessRule) func(*clayv1alpha1.ClayWorkspace) {
		return func(w *clayv1alpha1.ClayWorkspace) { w.Spec.AccessRules = []clayv1alpha1.AccessRule{made} }
	}
	named := func(name string) func(*clayv1alpha1.ClayWorkspace) {
		return rule(clayv1alpha1.AccessRule{Name: name, Match: "true", Grant: clayv1alpha1.AccessGrant{Role: clayv1alpha1.RoleViewer}})
	}
	granting := func(grant clayv1alpha1.AccessGrant) func(*clayv1alpha1.ClayWorkspace) {
		return rule(clayv1alpha1.AccessRule{Name: "rule", Match: "true", Grant: grant})
	}
	cost := func(cost clayv1alpha1.Cost) func(*clayv1alpha1.ClayWorkspace) {
		return func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Cost = &cost }
	}
	for _, test := range []struct {
		name string
		bend func(*clayv1alpha1.ClayWorkspace)
		want string
	}{
		{"all fields", withAllAccess, ""},
		{"group", group("Sales EMEA – Süd"), ""},
		{"group without a name", group(""), "spec.groups[0].name"},
		{"group with a space before", group(" Sales"), "name " + notOneLine},
		{"group with a space behind", group("Sales "), "name " + notOneLine},
		{"group of two lines", group("Sales\nOps"), "name " + notOneLine},
		{"group with a tab", group("Sales\tOps"), "name " + notOneLine},
		{"group of 50 letters", group(strings.Repeat("ü", 50)), ""},
		{"group too long", group(strings.Repeat("s", 51)), "spec.groups[0].name: Too long"},
		{"group twice", func(w *clayv1alpha1.ClayWorkspace) {
			w.Spec.Groups = []clayv1alpha1.WorkspaceGroup{{Name: "Sales"}, {Name: "Sales"}}
		}, "spec.groups[1]: Duplicate value"},
		{"description too long", func(w *clayv1alpha1.ClayWorkspace) {
			w.Spec.Groups = []clayv1alpha1.WorkspaceGroup{{Name: "Sales", Description: new(strings.Repeat("s", 501))}}
		}, "spec.groups[0].description: Too long"},
		{"too many groups", func(w *clayv1alpha1.ClayWorkspace) {
			for number := range 101 {
				w.Spec.Groups = append(w.Spec.Groups, clayv1alpha1.WorkspaceGroup{Name: fmt.Sprint("Group ", number)})
			}
		}, "spec.groups: Too many"},
		{"budget of nothing", budget(clayv1alpha1.WorkspaceBudget{Name: "Trial"}), ""},
		{"budget with a space", budget(clayv1alpha1.WorkspaceBudget{Name: "Trial "}), "name " + notOneLine},
		{"budget below nothing", budget(clayv1alpha1.WorkspaceBudget{Name: "Trial", CreditLimit: -1}), "spec.budgets[0].creditLimit"},
		{"budget twice", func(w *clayv1alpha1.ClayWorkspace) {
			w.Spec.Budgets = []clayv1alpha1.WorkspaceBudget{{Name: "Trial"}, {Name: "Trial", CreditLimit: 5}}
		}, "spec.budgets[1]: Duplicate value"},
		{"budget with a group twice", budget(clayv1alpha1.WorkspaceBudget{Name: "Trial", Groups: []string{"Sales", "Sales"}}),
			"spec.budgets[0].groups[1]: Duplicate value"},
		{"budget with a group of no name", budget(clayv1alpha1.WorkspaceBudget{Name: "Trial", Groups: []string{""}}), "spec.budgets[0].groups[0]"},
		{"budget with a group of two lines", budget(clayv1alpha1.WorkspaceBudget{Name: "Trial", Groups: []string{"Sales\nOps"}}),
			"the name of a group " + notOneLine},
		{"reset", budget(clayv1alpha1.WorkspaceBudget{Name: "Trial", Reset: "2026-07"}), ""},
		{"reset too long", budget(clayv1alpha1.WorkspaceBudget{Name: "Trial", Reset: strings.Repeat("2", 65)}), "spec.budgets[0].reset: Too long"},
		{"default limit below nothing", func(w *clayv1alpha1.ClayWorkspace) {
			w.Spec.MCP = &clayv1alpha1.MCP{DefaultCreditLimit: new(int64(-1))}
		}, "spec.mcp.defaultCreditLimit"},
		{"default limit of nothing", func(w *clayv1alpha1.ClayWorkspace) {
			w.Spec.MCP = &clayv1alpha1.MCP{DefaultCreditLimit: new(int64(0))}
		}, ""},
		{"rule", named("emea-1"), ""},
		{"rule with a capital", named("EMEA"), "name must consist of lower-case letters, digits and dashes"},
		{"rule with a dash behind", named("emea-"), "name must consist of lower-case letters, digits and dashes"},
		{"rule that is the spec", named("spec"), "name must consist of lower-case letters, digits and dashes, and not be"},
		{"rule without a name", named(""), "spec.accessRules[0].name"},
		{"rule twice", func(w *clayv1alpha1.ClayWorkspace) {
			named("emea")(w)
			w.Spec.AccessRules = append(w.Spec.AccessRules, w.Spec.AccessRules[0])
		}, "spec.accessRules[1]: Duplicate value"},
		{"rule without a condition", rule(clayv1alpha1.AccessRule{Name: "rule", Grant: clayv1alpha1.AccessGrant{Role: clayv1alpha1.RoleViewer}}),
			"spec.accessRules[0].match"},
		{"rule with a novel for a condition", rule(clayv1alpha1.AccessRule{
			Name: "rule", Match: strings.Repeat("true||", 200) + "true", Grant: clayv1alpha1.AccessGrant{Role: clayv1alpha1.RoleViewer},
		}), "spec.accessRules[0].match: Too long"},
		{"rule that grants nothing", granting(clayv1alpha1.AccessGrant{}), "spec.accessRules[0].grant"},
		{"rule that grants a role that is none", granting(clayv1alpha1.AccessGrant{Role: "Owner"}), "spec.accessRules[0].grant.role"},
		{"rule that grants a debt", granting(clayv1alpha1.AccessGrant{MCPCreditLimit: new(int64(-1))}), "spec.accessRules[0].grant.mcpCreditLimit"},
		{"rule that grants a group twice", granting(clayv1alpha1.AccessGrant{Groups: []string{"Sales", "Sales"}}),
			"spec.accessRules[0].grant.groups[1]: Duplicate value"},
		{"rule that grants a group of two lines", granting(clayv1alpha1.AccessGrant{Groups: []string{"Sales\nOps"}}),
			"the name of a group " + notOneLine},
		{"rule that grants a budget with a space", granting(clayv1alpha1.AccessGrant{Budgets: []string{"Trial "}}),
			"the name of a budget " + notOneLine},
		{"currency", cost(clayv1alpha1.Cost{Currency: "EUR"}), ""},
		{"currency in small letters", cost(clayv1alpha1.Cost{Currency: "eur"}), "currency must be three capital letters such as USD"},
		{"price", cost(clayv1alpha1.Cost{PlanPerMonth: "720.50", HourlyRate: "60"}), ""},
		{"price with a sign", cost(clayv1alpha1.Cost{PlanPerMonth: "$720"}), "planPerMonth must be a decimal number"},
		{"price with a comma", cost(clayv1alpha1.Cost{HourlyRate: "59,50"}), "hourlyRate must be a decimal number"},
		{"price below nothing", cost(clayv1alpha1.Cost{HourlyRate: "-1"}), "hourlyRate must be a decimal number"},
		{"no minutes", cost(clayv1alpha1.Cost{MinutesPerChange: new(int32(0))}), "spec.cost.minutesPerChange"},
		{"more than a day", cost(clayv1alpha1.Cost{MinutesPerChange: new(int32(481))}), "spec.cost.minutesPerChange"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h.tryCreate(t, h.workspace(test.bend), test.want)
		})
	}
}

// withAllAccess fills in every field about access.
func withAllAccess(w *clayv1alpha1.ClayWorkspace) {
	w.Spec.Groups = []clayv1alpha1.WorkspaceGroup{{Name: "Sales", Description: new("People who sell")}, {Name: "EMEA"}}
	w.Spec.Budgets = []clayv1alpha1.WorkspaceBudget{
		{Name: "Prospecting", CreditLimit: 50_000, Groups: []string{"Sales", "EMEA"}, Reset: "2026-07"}, {Name: "All hands", Everyone: true},
	}
	w.Spec.MCP = &clayv1alpha1.MCP{DefaultCreditLimit: new(int64(500))}
	w.Spec.AccessRules = []clayv1alpha1.AccessRule{{
		Name: "emea-sales", Match: `attributes.territory == "EMEA" && "sales" in groups`,
		Grant: clayv1alpha1.AccessGrant{
			Role: clayv1alpha1.RoleEditor, Groups: []string{"Sales", "EMEA"}, Budgets: []string{"Prospecting"}, MCPCreditLimit: new(int64(2_000)),
		},
	}}
	w.Spec.Cost = &clayv1alpha1.Cost{Currency: "USD", PlanPerMonth: "720", HourlyRate: "60", MinutesPerChange: new(int32(15))}
}

func TestUserAccessValidation(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	attributes := func(attributes map[string]string) func(*clayv1alpha1.ClayUser) {
		return func(user *clayv1alpha1.ClayUser) { user.Spec.Attributes = attributes }
	}
	const badAttribute = "the names of attributes must consist of letters, digits and underscores, and not begin with a digit"
	many := map[string]string{}
	for number := range 33 {
		many[fmt.Sprint("attribute", number)] = "value"
	}
	for _, test := range []struct {
		name string
		bend func(*clayv1alpha1.ClayUser)
		want string
	}{
		{"all fields", func(user *clayv1alpha1.ClayUser) {
			user.Spec.Attributes = map[string]string{"territory": "EMEA", "costCenter": "4711", "_x1": ""}
			user.Spec.Groups, user.Spec.Budgets, user.Spec.MCPCreditLimit = []string{"Sales"}, []string{"Prospecting"}, new(int64(0))
		}, ""},
		{"none", func(user *clayv1alpha1.ClayUser) { user.Spec.Groups, user.Spec.Budgets = []string{}, []string{} }, ""},
		{"attribute with a dash", attributes(map[string]string{"cost-center": "4711"}), badAttribute},
		{"attribute with a digit first", attributes(map[string]string{"1st": "x"}), badAttribute},
		{"attribute without a name", attributes(map[string]string{"": "x"}), badAttribute},
		{"attribute with a long name", attributes(map[string]string{strings.Repeat("a", 64): "x"}), badAttribute},
		{"attribute of 256 characters", attributes(map[string]string{"bio": strings.Repeat("ü", 256)}), ""},
		{"long attribute", attributes(map[string]string{"bio": strings.Repeat("x", 257)}), "256"},
		{"too many attributes", attributes(many), "spec.attributes: Too many"},
		{"group twice", func(user *clayv1alpha1.ClayUser) { user.Spec.Groups = []string{"Sales", "Sales"} }, "spec.groups[1]: Duplicate value"},
		{"group without a name", func(user *clayv1alpha1.ClayUser) { user.Spec.Groups = []string{""} }, "spec.groups[0]"},
		{"group too long", func(user *clayv1alpha1.ClayUser) { user.Spec.Groups = []string{strings.Repeat("s", 51)} }, "spec.groups[0]: Too long"},
		{"group of two lines", func(user *clayv1alpha1.ClayUser) { user.Spec.Groups = []string{"Sales\nOps"} }, "the name of a group " + notOneLine},
		{"group with a space", func(user *clayv1alpha1.ClayUser) { user.Spec.Groups = []string{" Sales"} }, "the name of a group " + notOneLine},
		{"budget with a tab", func(user *clayv1alpha1.ClayUser) { user.Spec.Budgets = []string{"A\tB"} }, "the name of a budget " + notOneLine},
		{"budget twice", func(user *clayv1alpha1.ClayUser) { user.Spec.Budgets = []string{"A", "A"} }, "spec.budgets[1]: Duplicate value"},
		{"debt", func(user *clayv1alpha1.ClayUser) { user.Spec.MCPCreditLimit = new(int64(-1)) }, "spec.mcpCreditLimit"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h.tryCreate(t, h.user("jo", test.bend), test.want)
		})
	}
	t.Run("an end that is no time", func(t *testing.T) {
		t.Parallel()
		user := &unstructured.Unstructured{Object: map[string]any{
			"metadata": map[string]any{"name": "jo", "namespace": h.namespace},
			"spec": map[string]any{
				"workspaceRef": map[string]any{"name": workspaceName}, "email": "jo@example.com", "expiresAt": "2026-12-31",
			},
		}}
		user.SetGroupVersionKind(clayv1alpha1.GroupVersion.WithKind("ClayUser"))
		h.tryCreate(t, user, "spec.expiresAt")
	})
}

// TestNoneIsNotNothing keeps an empty list apart from none at all, through whoever reads a ClayUser and writes it back.
func TestNoneIsNotNothing(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	jo := h.user("jo", func(user *clayv1alpha1.ClayUser) { user.Spec.Groups = []string{} })
	h.create(jo)
	jo.Labels = map[string]string{"seen": "true"}
	if err := h.client.Update(t.Context(), jo); err != nil {
		t.Fatal(err)
	}
	h.get(jo)
	if jo.Spec.Groups == nil || len(jo.Spec.Groups) > 0 || jo.Spec.Budgets != nil {
		t.Errorf("groups are %#v and budgets %#v, want an empty list and none", jo.Spec.Groups, jo.Spec.Budgets)
	}
}

func TestGroupValidation(t *testing.T) {
	t.Parallel()
	h := newIdleHarness(t, newClay(t))
	called := func(name string) func(*clayv1alpha1.ClayGroup) {
		return func(group *clayv1alpha1.ClayGroup) { group.Spec.DisplayName = name }
	}
	for _, test := range []struct {
		name string
		bend func(*clayv1alpha1.ClayGroup)
		want string
	}{
		{"fine", func(*clayv1alpha1.ClayGroup) {}, ""},
		{"all fields", func(group *clayv1alpha1.ClayGroup) {
			group.Spec.DisplayName, group.Spec.Description, group.Spec.ExternalID = "Sales EMEA", new("People who sell"), "0oa1b2c3"
			group.Spec.Members, group.Spec.Mirror = []clayv1alpha1.GroupMember{{Name: "jo"}, {Name: "kim"}}, true
		}, ""},
		{"no workspace", func(group *clayv1alpha1.ClayGroup) { group.Spec.WorkspaceRef.Name = "" }, "spec.workspaceRef.name"},
		{"display name with a space", called("Sales "), "displayName " + notOneLine},
		{"display name of two lines", called("Sales\nOps"), "displayName " + notOneLine},
		{"display name too long", called(strings.Repeat("s", 51)), "spec.displayName: Too long"},
		{"long name", func(group *clayv1alpha1.ClayGroup) { group.Name = strings.Repeat("s", 51) }, ""},
		{"long name in Clay", func(group *clayv1alpha1.ClayGroup) {
			group.Name, group.Spec.Mirror = strings.Repeat("s", 51), true
		}, "set spec.displayName"},
		{"long name with another in Clay", func(group *clayv1alpha1.ClayGroup) {
			group.Name, group.Spec.Mirror, group.Spec.DisplayName = strings.Repeat("l", 51), true, "Sales"
		}, ""},
		{"name of 50 letters in Clay", func(group *clayv1alpha1.ClayGroup) { group.Name, group.Spec.Mirror = strings.Repeat("s", 50), true }, ""},
		{"member twice", func(group *clayv1alpha1.ClayGroup) {
			group.Spec.Members = []clayv1alpha1.GroupMember{{Name: "jo"}, {Name: "jo"}}
		}, "spec.members[1]: Duplicate value"},
		{"member without a name", func(group *clayv1alpha1.ClayGroup) {
			group.Spec.Members = []clayv1alpha1.GroupMember{{}}
		}, "spec.members[0].name"},
		{"description too long", func(group *clayv1alpha1.ClayGroup) {
			group.Spec.Description = new(strings.Repeat("s", 501))
		}, "spec.description: Too long"},
		{"externalID too long", func(group *clayv1alpha1.ClayGroup) {
			group.Spec.ExternalID = strings.Repeat("s", 257)
		}, "spec.externalID: Too long"},
		{"5000 members", func(group *clayv1alpha1.ClayGroup) {
			for number := range 5_000 {
				group.Spec.Members = append(group.Spec.Members, clayv1alpha1.GroupMember{Name: fmt.Sprint("user-", number)})
			}
		}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h.tryCreate(t, h.group("sales", test.bend), test.want)
		})
	}
	group := h.group("fixed")
	h.create(group)
	t.Run("workspaceRef cannot be changed", func(t *testing.T) {
		const patch = `{"spec":{"workspaceRef":{"name":"other"}}}`
		checkRefusal(t, h.client.Patch(t.Context(), group, client.RawPatch("application/merge-patch+json", []byte(patch))),
			"workspaceRef cannot be changed: make a new ClayGroup in the other workspace and delete this one")
	})
}
