package adopt

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/manifest"
	"github.com/seatwright/clay-operator/internal/seat"
)

const account = seat.Email("clay-operator@example.com")

func newWorkspace() *clayv1alpha1.ClayWorkspace {
	return &clayv1alpha1.ClayWorkspace{
		ObjectMeta: metav1.ObjectMeta{Name: "sales", Namespace: "clay"},
		Spec: clayv1alpha1.ClayWorkspaceSpec{
			WorkspaceID: "12345", Login: clayv1alpha1.Login{SecretRef: clayv1alpha1.SecretReference{Name: "clay-login"}}, Mode: clayv1alpha1.ModeObserve,
		},
	}
}

func active(email seat.Email, role seat.Role) seat.Member {
	return seat.Member{Email: email, Role: role, Presence: seat.Active}
}

// small is a workspace with a little of everything.
func small() Found {
	limit := func(credits int64) *int64 { return &credits }
	return Found{
		Account: account,
		Inventory: seat.Inventory{WorkspaceID: "12345", Complete: true, Account: account, Members: []seat.Member{
			active(account, seat.RoleAdmin), active("jo@example.com", seat.RoleAdmin), active("kim@example.com", seat.RoleEditor),
			{Email: "guest@partner.example", Role: seat.RoleViewer, Presence: seat.Pending},
			active("odd@example.com", ""), active("twice@example.com", seat.RoleEditor), active("twice@example.com", seat.RoleViewer),
			active("not an address", seat.RoleEditor),
		}},
		Access: access.State{
			Groups: access.GroupList{Offer: access.Offered, Complete: true, Groups: []access.Group{
				{Name: "Sales", Description: "Who sells", Members: []seat.Email{account, "kim@example.com", "jo@example.com"}, Complete: true},
				{Name: "EMEA", Members: []seat.Email{"kim@example.com"}, Complete: true},
				{Name: "Half", Members: []seat.Email{"kim@example.com"}},
				{Name: " padded", Complete: true}, {Name: "Same", Complete: true}, {Name: "Same", Complete: true},
			}},
			Budgets: access.BudgetList{Offer: access.Offered, Complete: true, Budgets: []access.Budget{
				{Name: "Outbound", CreditLimit: 5000, Used: 10, Users: []seat.Email{"kim@example.com"}, Groups: []string{"Sales"}, Complete: true},
				{Name: "All", CreditLimit: maxCredits, Everyone: true, Complete: true},
				{Name: "Foreign", CreditLimit: 1, Groups: []string{"Half"}, Complete: true},
			}},
			Limits: access.LimitList{Offer: access.Offered, Complete: true, Default: limit(100), People: []access.PersonLimit{
				{Email: "jo@example.com", Limit: limit(100)}, {Email: "kim@example.com", Limit: limit(0), Used: 3}, {Email: account, Limit: limit(7)},
			}},
		},
	}
}

func TestFilesOfASmallWorkspace(t *testing.T) {
	t.Parallel()
	files, err := Files(Resources(newWorkspace(), small()), FileOptions{Adopting: true})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, name := range sortedKeys(files) {
		fmt.Fprintf(&got, "## %s\n%s", name, files[name])
	}
	const want = `## clayusers/guest-at-partner.example.yaml
apiVersion: clay.seatwright.dev/v1alpha1
kind: ClayUser
metadata:
  name: guest-at-partner.example
  namespace: clay
spec:
  email: guest@partner.example
  role: Viewer
  workspaceRef:
    name: sales
## clayusers/jo.yaml
apiVersion: clay.seatwright.dev/v1alpha1
kind: ClayUser
metadata:
  name: jo
  namespace: clay
spec:
  email: jo@example.com
  groups:
  - Sales
  role: Admin
  workspaceRef:
    name: sales
## clayusers/kim.yaml
apiVersion: clay.seatwright.dev/v1alpha1
kind: ClayUser
metadata:
  name: kim
  namespace: clay
spec:
  budgets:
  - Outbound
  email: kim@example.com
  groups:
  - EMEA
  - Sales
  mcpCreditLimit: 0
  workspaceRef:
    name: sales
## clayworkspace.yaml
apiVersion: clay.seatwright.dev/v1alpha1
kind: ClayWorkspace
metadata:
  name: sales
  namespace: clay
spec:
  budgets:
  - creditLimit: 1000000000000
    everyone: true
    name: All
  - creditLimit: 5000
    groups:
    - Sales
    name: Outbound
  groups:
  - name: EMEA
  - description: Who sells
    name: Sales
  login:
    secretRef:
      name: clay-login
  mcp:
    defaultCreditLimit: 100
  # The operator reads and reports, and changes nothing. Take this line out once "clay-operator plan" shows no
  # difference.
  mode: Observe
  workspaceID: "12345"
## kustomization.yaml
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- clayusers/guest-at-partner.example.yaml
- clayusers/jo.yaml
- clayusers/kim.yaml
- clayworkspace.yaml
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	wantNotes := []string{
		`A line of Clay's list is left out: it shows no e-mail address.`,
		`The budget "Foreign" is left out: the group "Half" has access to it, which is left out itself. It stays as it is in Clay.`,
		`The group " padded" is left out: a manifest cannot hold its name. It stays as it is in Clay.`,
		`The group "Half" is left out: not all of its members could be read. It stays as it is in Clay.`,
		`The group "Same" is left out: there are two of that name. It stays as it is in Clay.`,
		`odd@example.com is left out: Clay shows a role that this version does not know. Give it another one there, or write the ClayUser by hand.`,
		`twice@example.com is left out: Clay's list shows the address more than once.`,
	}
	if diff := cmp.Diff(wantNotes, Resources(newWorkspace(), small()).Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

// TestNothingIsToBeChanged makes resources of many workspaces, in any order that Clay may show them, and plans with them.
func TestNothingIsToBeChanged(t *testing.T) {
	t.Parallel()
	for seed := range uint64(80) {
		random := rand.New(rand.NewPCG(seed, 1))
		found := anyWorld(random)
		result := Resources(newWorkspace(), found)
		files, err := Files(result, FileOptions{Single: seed%2 == 0, Suggest: seed%3 == 0, Adopting: true})
		if err != nil {
			t.Fatal(err)
		}
		shuffle(random, &found)
		again, err := Files(Resources(newWorkspace(), found), FileOptions{Single: seed%2 == 0, Suggest: seed%3 == 0, Adopting: true})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(files, again); diff != "" {
			t.Fatalf("seed %d: another order gives other files:\n%s", seed, diff)
		}
		set := load(t, files)
		checkRead(t, seed, result, set)
		checkPlan(t, seed, found, set)
		// Once applied, an import that knows the cluster says the same.
		found.Users = nil
		for _, each := range set.Manifests {
			if user, is := each.Object.(*clayv1alpha1.ClayUser); is {
				found.Users = append(found.Users, *user)
			}
		}
		applied, err := Files(Resources(result.Workspace, found), FileOptions{Single: seed%2 == 0, Suggest: seed%3 == 0, Adopting: true})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(files, applied); diff != "" {
			t.Fatalf("seed %d: applied, it is another:\n%s", seed, diff)
		}
	}
}

// load reads the files as the plan does, which checks them against the resource definitions.
func load(t *testing.T, files map[string][]byte) manifest.Set {
	t.Helper()
	var sources []manifest.Source
	for _, name := range sortedKeys(files) {
		sources = append(sources, manifest.Source{Name: name, Text: files[name]})
	}
	set, problems := manifest.Load(sources, "")
	if len(problems) > 0 {
		t.Fatalf("problems: %v in %s", problems, files[problems[0].File])
	}
	return set
}

// checkRead compares what was written with what is read.
func checkRead(t *testing.T, seed uint64, result Result, set manifest.Set) {
	t.Helper()
	var users []clayv1alpha1.ClayUser
	var workspace *clayv1alpha1.ClayWorkspace
	for _, each := range set.Manifests {
		switch object := each.Object.(type) {
		case *clayv1alpha1.ClayUser:
			object.TypeMeta = metav1.TypeMeta{}
			users = append(users, *object)
		case *clayv1alpha1.ClayWorkspace:
			object.TypeMeta = metav1.TypeMeta{}
			workspace = object
		}
	}
	slices.SortFunc(users, func(a, b clayv1alpha1.ClayUser) int { return strings.Compare(a.Name, b.Name) })
	if diff := cmp.Diff(result.Users, users); diff != "" {
		t.Fatalf("seed %d: users (-written +read):\n%s", seed, diff)
	}
	if diff := cmp.Diff(result.Workspace, workspace); diff != "" {
		t.Fatalf("seed %d: workspace (-written +read):\n%s", seed, diff)
	}
}

// checkPlan plans with what was read, in mode Enforce.
func checkPlan(t *testing.T, seed uint64, found Found, set manifest.Set) {
	t.Helper()
	var wishes []seat.Desired
	names := map[string]bool{}
	for _, each := range set.Manifests {
		user, is := each.Object.(*clayv1alpha1.ClayUser)
		if !is {
			continue
		}
		if names[user.Name] {
			t.Errorf("seed %d: two are called %s", seed, user.Name)
		}
		names[user.Name] = true
		wishes = append(wishes, seat.Desired{
			Owner: user.Name, Email: seat.Email(user.Spec.Email), Role: seat.Role(user.GetRole()), Active: true, Guarded: true,
		})
	}
	plan, err := seat.Plan(wishes, found.Inventory, seat.Policy{WorkspaceID: "12345", Now: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Changes)+len(plan.Blocked) > 0 {
		t.Errorf("seed %d: %v, blocked %v", seed, plan.Changes, plan.Blocked)
	}
}

// anyWorld is a workspace with odd people and names in it.
func anyWorld(random *rand.Rand) Found {
	locals := []string{"jo", "JO.doe", "o'neil", "jo+clay", "jo_doe", "jo-doe", "jörg", "yes", "123", "0x1f", "1e3", "null", "a.b.c", "kustomization", "x-at-y"}
	domains := []string{"example.com", "partner.example", "exämple.com", "mail.example.com"}
	found := Found{Account: account, Inventory: seat.Inventory{WorkspaceID: "12345", Complete: true, Account: account}}
	if random.IntN(5) > 0 {
		found.Inventory.Members = append(found.Inventory.Members, active(account, seat.RoleAdmin))
	}
	roles := append(seat.Roles(), "")
	var emails []seat.Email
	for range random.IntN(30) {
		email := seat.Email(strings.ToLower(locals[random.IntN(len(locals))] + "@" + domains[random.IntN(len(domains))]))
		presence := []seat.Presence{seat.Active, seat.Active, seat.Pending}[random.IntN(3)]
		found.Inventory.Members = append(found.Inventory.Members, seat.Member{Email: email, Role: roles[random.IntN(len(roles))], Presence: presence})
		emails = append(emails, email)
	}
	some := func() []seat.Email {
		return slices.DeleteFunc(slices.Clone(emails), func(seat.Email) bool { return random.IntN(3) > 0 })
	}
	names := []string{
		"Sales", "EMEA", "yes", "- dash", "# hash", "colon: x", "0123",
		"1_000", "*star", "&amp", "line\nbreak", " padded", "ünï", "'quoted\"", "~", strings.Repeat("x", 60),
	}
	found.Access.Groups = access.GroupList{Offer: access.Offered, Complete: random.IntN(5) > 0}
	found.Access.Budgets = access.BudgetList{Offer: access.Offered, Complete: true}
	for _, name := range names {
		if random.IntN(2) > 0 {
			found.Access.Groups.Groups = append(found.Access.Groups.Groups, access.Group{
				Name: name, Description: names[random.IntN(len(names))], Members: some(), Complete: random.IntN(6) > 0,
			})
		}
		if random.IntN(2) > 0 {
			budget := access.Budget{Name: name, CreditLimit: random.Int64N(maxCredits + 1), Complete: random.IntN(6) > 0}
			if budget.Everyone = random.IntN(3) == 0; !budget.Everyone {
				budget.Users, budget.Groups = some(), []string{names[random.IntN(len(names))]}
			}
			found.Access.Budgets.Budgets = append(found.Access.Budgets.Budgets, budget)
		}
	}
	found.Access.Limits = access.LimitList{Offer: access.Offered, Complete: true}
	if random.IntN(2) > 0 {
		found.Access.Limits.Default = new(random.Int64N(3))
	}
	for _, email := range some() {
		found.Access.Limits.People = append(found.Access.Limits.People, access.PersonLimit{Email: email, Limit: new(random.Int64N(3))})
	}
	return found
}

// shuffle puts everything into another order.
func shuffle(random *rand.Rand, found *Found) {
	shuffled(random, found.Inventory.Members)
	shuffled(random, found.Access.Groups.Groups)
	for _, group := range found.Access.Groups.Groups {
		shuffled(random, group.Members)
	}
	shuffled(random, found.Access.Budgets.Budgets)
	for _, budget := range found.Access.Budgets.Budgets {
		shuffled(random, budget.Users)
	}
}

func shuffled[T any](random *rand.Rand, list []T) {
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}
