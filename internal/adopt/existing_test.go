package adopt

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// existing is a ClayUser in the cluster.
func existing(name, email string, change func(*clayv1alpha1.ClayUserSpec)) clayv1alpha1.ClayUser {
	user := clayv1alpha1.ClayUser{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "clay", ResourceVersion: "7", Labels: map[string]string{"a": "b"}}}
	user.Spec = clayv1alpha1.ClayUserSpec{Email: email, WorkspaceRef: clayv1alpha1.WorkspaceReference{Name: "sales"}}
	if change != nil {
		change(&user.Spec)
	}
	return user
}

// specs lists the ClayUsers by name.
func specs(users []clayv1alpha1.ClayUser) map[string]clayv1alpha1.ClayUserSpec {
	found := map[string]clayv1alpha1.ClayUserSpec{}
	for _, user := range users {
		user.Spec.WorkspaceRef = clayv1alpha1.WorkspaceReference{}
		found[user.Name] = user.Spec
	}
	return found
}

// TestWhatExistsStays imports a workspace of which a part is managed already.
func TestWhatExistsStays(t *testing.T) {
	t.Parallel()
	found := small()
	younger := existing("kim-again", "kim@example.com", nil)
	younger.CreationTimestamp = metav1.NewTime(time.Unix(1, 0))
	found.Users = []clayv1alpha1.ClayUser{
		existing("mister-kim", "Kim@example.com", func(spec *clayv1alpha1.ClayUserSpec) {
			spec.Role, spec.Attributes = clayv1alpha1.RoleViewer, map[string]string{"territory": "EMEA"}
		}),
		existing("jo", "new@example.com", nil),
		younger,
	}
	result := Resources(newWorkspace(), found)
	want := map[string]clayv1alpha1.ClayUserSpec{
		"guest-at-partner.example": {Email: "guest@partner.example", Role: clayv1alpha1.RoleViewer},
		"jo":                       {Email: "new@example.com"},
		"jo-at-example.com":        {Email: "jo@example.com", Role: clayv1alpha1.RoleAdmin, Groups: []string{"Sales"}},
		"mister-kim": {
			Email: "Kim@example.com", Role: clayv1alpha1.RoleViewer, Attributes: map[string]string{"territory": "EMEA"},
			Groups: []string{"Sales", "EMEA"}, Budgets: []string{"Outbound"},
		},
	}
	if diff := cmp.Diff(want, specs(result.Users)); diff != "" {
		t.Errorf("ClayUsers (-want +got):\n%s", diff)
	}
	for _, user := range result.Users {
		if user.ResourceVersion != "" || user.Labels != nil {
			t.Errorf("%s has what no manifest should: %+v", user.Name, user.ObjectMeta)
		}
	}
	if text := strings.Join(result.Notes, "\n"); !strings.Contains(text, "The ClayUser kim-again is left out: mister-kim has its address.") {
		t.Errorf("notes: %s", text)
	}
}

// TestRulesThatExist keeps new people from what rules would give them, and groups from being owned that somebody would fall out of.
func TestRulesThatExist(t *testing.T) {
	t.Parallel()
	found := small()
	found.Users = []clayv1alpha1.ClayUser{existing("kim", "kim@example.com", nil)}
	workspace := newWorkspace()
	workspace.Spec.Groups = []clayv1alpha1.WorkspaceGroup{{Name: "Sales"}}
	workspace.Spec.AccessRules = []clayv1alpha1.AccessRule{{
		Name: "all", Match: "true", Grant: clayv1alpha1.AccessGrant{Groups: []string{"Sales"}, MCPCreditLimit: new(int64(9))},
	}}
	result := Resources(workspace, found)
	want := map[string]clayv1alpha1.ClayUserSpec{
		"guest-at-partner.example": {Email: "guest@partner.example", Role: clayv1alpha1.RoleViewer, Groups: []string{}, Budgets: []string{}},
		"jo": {
			Email: "jo@example.com", Role: clayv1alpha1.RoleAdmin, Groups: []string{"Sales"}, Budgets: []string{}, MCPCreditLimit: new(int64(100)),
		},
		"kim": {Email: "kim@example.com"},
	}
	if diff := cmp.Diff(want, specs(result.Users)); diff != "" {
		t.Errorf("ClayUsers (-want +got):\n%s", diff)
	}
	var owned []string
	for _, group := range result.Workspace.Spec.Groups {
		owned = append(owned, group.Name)
	}
	if diff := cmp.Diff([]string{"Sales"}, owned); diff != "" || len(result.Suggestions) > 0 {
		t.Errorf("groups (-want +got):\n%s, suggestions %v", diff, result.Suggestions)
	}
	files, err := Files(result, FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if text := string(files["clayusers/guest-at-partner.example.yaml"]); !strings.Contains(text, "groups: []\n") || !strings.Contains(text, "budgets: []\n") {
		t.Errorf("no groups is not written down:\n%s", text)
	}
	load(t, files)
}

// TestMoreThanAManifestHolds has somebody in more groups than a ClayUser can name, and more groups than a ClayWorkspace can.
func TestMoreThanAManifestHolds(t *testing.T) {
	t.Parallel()
	found := Found{Account: account, Inventory: seat.Inventory{Complete: true, Members: []seat.Member{active("jo@example.com", seat.RoleEditor)}}}
	found.Access.Groups = access.GroupList{Offer: access.Offered, Complete: true}
	for i := range 120 {
		group := access.Group{Name: fmt.Sprintf("g%03d", i), Complete: true}
		if i%2 == 0 {
			group.Members = []seat.Email{"jo@example.com"}
		}
		found.Access.Groups.Groups = append(found.Access.Groups.Groups, group)
	}
	result := Resources(newWorkspace(), found)
	if got := len(result.Workspace.Spec.Groups); got != maxOwned {
		t.Errorf("%d groups are owned", got)
	}
	if got := len(result.Users[0].Spec.Groups); got > maxGranted || got == 0 {
		t.Errorf("jo is in %d groups", got)
	}
	for _, group := range result.Workspace.Spec.Groups {
		in := strings.ContainsAny(group.Name[3:], "02468")
		named := false
		for _, name := range result.Users[0].Spec.Groups {
			named = named || name == group.Name
		}
		if in != named {
			t.Errorf("jo would be moved in or out of %s", group.Name)
		}
	}
	files, err := Files(result, FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	load(t, files)
}

func TestWhatThePlanDoesNotOffer(t *testing.T) {
	t.Parallel()
	found := small()
	found.Access = access.State{Groups: access.GroupList{Offer: access.NotOffered}, Budgets: access.BudgetList{Offer: access.NotOffered}}
	result := Resources(newWorkspace(), found)
	spec := result.Workspace.Spec
	if len(spec.Groups)+len(spec.Budgets) > 0 || spec.MCP != nil {
		t.Errorf("%+v", spec)
	}
	if text := strings.Join(result.Notes, "\n"); !strings.Contains(text, "Groups: the plan of the workspace does not offer them.") {
		t.Errorf("notes: %s", text)
	}
}

// TestSuggestions has two teams and a partner whose people are alike.
func TestSuggestions(t *testing.T) {
	t.Parallel()
	found := Found{Account: account, Inventory: seat.Inventory{Complete: true}}
	groups := []access.Group{{Name: "Sales", Complete: true}, {Name: "EMEA", Complete: true}, {Name: "Partners", Complete: true}}
	for i := range 9 {
		email := seat.Email(fmt.Sprintf("p%d@example.com", i))
		role := seat.RoleEditor
		switch {
		case i < 4:
			groups[0].Members = append(groups[0].Members, email)
			groups[1].Members = append(groups[1].Members, email)
		case i < 7:
			groups[0].Members = append(groups[0].Members, email)
		case i == 8:
			email = "one@other.example"
		}
		found.Inventory.Members = append(found.Inventory.Members, active(email, role))
	}
	for i := range 3 {
		email := seat.Email(fmt.Sprintf("q%d@partner.example", i))
		groups[2].Members = append(groups[2].Members, email)
		found.Inventory.Members = append(found.Inventory.Members, active(email, seat.RoleViewer))
	}
	found.Access.Groups = access.GroupList{Offer: access.Offered, Complete: true, Groups: groups}
	result := Resources(newWorkspace(), found)
	got := map[string]string{}
	for _, each := range result.Suggestions {
		got[each.Rule.Name+": "+each.Rule.Match] = fmt.Sprintf("%s %v for %d", each.Rule.Grant.Role, each.Rule.Grant.Groups, len(each.Who))
	}
	want := map[string]string{
		`domain-partner-example: email.endsWith("@partner.example")`: "Viewer [Partners] for 3",
		`emea-sales: attributes.profile == "emea-sales"`:             " [EMEA Sales] for 4",
		`sales: attributes.profile == "sales"`:                       " [Sales] for 3",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("suggestions (-want +got):\n%s", diff)
	}
	files, err := Files(result, FileOptions{Suggest: true})
	if err != nil {
		t.Fatal(err)
	}
	text := string(files[WorkspaceFile])
	t.Log(text)
	load(t, files)
	// The block is ready: without the signs of comments the resource definition takes it.
	var bare []string
	inBlock := false
	for line := range strings.SplitSeq(text, "\n") {
		if line == "  # accessRules:" {
			inBlock = true
		}
		if inBlock {
			line = strings.Replace(line, "  # ", "  ", 1)
		}
		bare = append(bare, line)
	}
	files[WorkspaceFile] = []byte(strings.Join(bare, "\n"))
	for _, each := range load(t, files).Manifests {
		if workspace, is := each.Object.(*clayv1alpha1.ClayWorkspace); is && len(workspace.Spec.AccessRules) != len(want) {
			t.Errorf("%d rules are read", len(workspace.Spec.AccessRules))
		}
	}
}
