package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/manifest"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// world is a Clay that can be read, and not written.
type world struct {
	sidecar.Backend

	members []seat.Member
	groups  []access.Group
	budgets []access.Budget
	limits  access.LimitList
	faults  map[access.Section]*sidecar.Fault
	// sessions are those that calls brought along.
	sessions []string
}

const worldSession = "claysession-of-this-world"

// Observe implements sidecar.Backend.
func (w *world) Observe(_ context.Context, workspace sidecar.Workspace) (sidecar.Observation, error) {
	w.sessions = append(w.sessions, string(workspace.Session))
	return sidecar.Observation{Session: sidecar.Session(worldSession), Inventory: seat.Inventory{
		WorkspaceID: workspace.ID, Complete: true, Account: workspace.Login.Email, ReadAt: time.Now(), Members: slices.Clone(w.members),
	}}, nil
}

// ObserveAccess implements sidecar.Backend. It tells who is in a group or a budget only where that is asked for.
func (w *world) ObserveAccess(_ context.Context, workspace sidecar.Workspace, scope access.Scope) (sidecar.AccessObservation, error) {
	w.sessions = append(w.sessions, string(workspace.Session))
	found := sidecar.AccessObservation{State: access.State{WorkspaceID: workspace.ID, ReadAt: time.Now()}, Faults: w.faults}
	if slices.Contains(scope.Sections, access.SectionGroups) && w.faults[access.SectionGroups] == nil {
		found.State.Groups = access.GroupList{Offer: access.Offered, Complete: true}
		for _, group := range w.groups {
			if !slices.Contains(scope.Groups, group.Name) {
				group.Members, group.Complete = nil, false
			}
			found.State.Groups.Groups = append(found.State.Groups.Groups, group)
		}
	}
	if slices.Contains(scope.Sections, access.SectionBudgets) {
		found.State.Budgets = access.BudgetList{Offer: access.Offered, Complete: true}
		for _, budget := range w.budgets {
			if !slices.Contains(scope.Budgets, budget.Name) {
				budget.Users, budget.Groups, budget.Complete = nil, nil, false
			}
			found.State.Budgets.Budgets = append(found.State.Budgets.Budgets, budget)
		}
	}
	if slices.Contains(scope.Sections, access.SectionLimits) {
		found.State.Limits = w.limits
	}
	return found, nil
}

// open is the seam of the commands.
func (w *world) open(context.Context, ownBrowser, io.Writer, []string) (sidecar.Backend, func() error, error) {
	return w, func() error { return nil }, nil
}

// company has 250 members and 12 open invitations, with groups, budgets and limits.
func company() *world {
	w := &world{members: []seat.Member{{Email: loginAccount, Role: seat.RoleAdmin, Presence: seat.Active}}}
	territories := []string{"AMER", "APAC", "DACH", "EMEA", "LATAM", "Nordics"}
	for _, name := range territories {
		w.groups = append(w.groups, access.Group{Name: name, Description: "Sales in " + name, Complete: true})
	}
	w.groups = append(w.groups, access.Group{Name: "Yes", Members: []seat.Email{loginAccount}, Complete: true})
	w.budgets = []access.Budget{
		{Name: "Outbound", CreditLimit: 250_000, Used: 1234, Groups: []string{"EMEA", "AMER"}, Complete: true},
		{Name: "Everybody", CreditLimit: 10, Everyone: true, Complete: true}, {Name: "Pilots", CreditLimit: 0, Complete: true},
	}
	w.limits = access.LimitList{Offer: access.Offered, Complete: true, Default: new(int64(500))}
	roles := []seat.Role{seat.RoleEditor, seat.RoleEditor, seat.RoleSalesRep, seat.RoleViewer, seat.RoleAdmin}
	for i := range 249 {
		email := seat.Email(fmt.Sprintf("person-%03d@example.com", i))
		if i%10 == 9 {
			email = seat.Email(fmt.Sprintf("p.%03d+clay@partner.example", i))
		}
		w.members = append(w.members, seat.Member{Email: email, Role: roles[i%len(roles)], Presence: seat.Active})
		w.groups[i%6].Members = append(w.groups[i%6].Members, email)
		if i%25 == 0 {
			w.budgets[2].Users = append(w.budgets[2].Users, email)
		}
		limit := int64(500)
		if i%7 == 0 {
			limit = int64(i)
		}
		w.limits.People = append(w.limits.People, access.PersonLimit{Email: email, Limit: &limit, Used: int64(i)})
	}
	for i := range 12 {
		w.members = append(w.members, seat.Member{Email: seat.Email(fmt.Sprintf("guest-%02d@example.com", i)), Role: roles[i%len(roles)], Presence: seat.Pending})
	}
	return w
}

// imports runs the command, and returns the exit code.
func imports(t *testing.T, w *world, arguments ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Setenv(passwordVariable, loginPassword)
	var out, errs bytes.Buffer
	command := newImport(w.open)
	command.SetArgs(arguments)
	command.SetOut(&out)
	command.SetErr(&errs)
	command.SilenceErrors, command.SilenceUsage = true, true
	if err := command.ExecuteContext(t.Context()); err != nil {
		return exitCode(err), out.String(), errs.String() + err.Error()
	}
	return exitOK, out.String(), errs.String()
}

// filesIn returns what a directory holds.
func filesIn(t *testing.T, directory string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(os.DirFS(directory), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(directory, path))
		found[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// direct are the flags of an import without a cluster.
func direct(directory string, more ...string) []string {
	return append([]string{
		"--workspace-id=12345", "--email=" + loginAccount, "--directory=" + directory, "--name=" + loginWorkspace, "--namespace=" + loginNamespace,
	}, more...)
}

func TestImportWritesTheSameTwice(t *testing.T) {
	w := company()
	for _, more := range [][]string{nil, {"--single-file", "--suggest-rules"}} {
		directory := filepath.Join(t.TempDir(), "clay")
		code, out, says := imports(t, w, direct(directory, more...)...)
		if code != exitOK {
			t.Fatalf("%d: %s", code, says)
		}
		for _, want := range []string{
			"261 ClayUsers, 7 groups, 3 budgets", "kubectl create secret generic clay-login --namespace=default --from-literal=email=" + loginAccount,
		} {
			if !strings.Contains(out, want) {
				t.Errorf("it does not say %q:\n%s", want, out)
			}
		}
		if !strings.Contains(says, "There are 250 members and 12 open invitations.") {
			t.Errorf("progress: %s", says)
		}
		first := filesIn(t, directory)
		slices.Reverse(w.members)
		slices.Reverse(w.groups)
		code, out, says = imports(t, w, direct(directory, more...)...)
		if code != exitOK || !strings.Contains(out, "0 files added, 0 changed, 0 removed") {
			t.Errorf("again: %d, %s%s", code, out, says)
		}
		if diff := cmp.Diff(first, filesIn(t, directory)); diff != "" {
			t.Errorf("files (-first +second):\n%s", diff)
		}
		for name, text := range first {
			if strings.Contains(text, loginPassword) || strings.Contains(text, worldSession) {
				t.Errorf("%s holds a secret", name)
			}
		}
		for _, line := range w.sessions[1:] {
			if line != worldSession && line != "" {
				t.Errorf("a call with the session %q", line)
			}
		}
	}
}

func TestImportKeepsItsHandsOffOthersFiles(t *testing.T) {
	w := company()
	directory := filepath.Join(t.TempDir(), "clay")
	if code, _, says := imports(t, w, direct(directory)...); code != exitOK {
		t.Fatal(says)
	}
	edited := filepath.Join(directory, "clayusers", "person-001.yaml")
	if err := os.WriteFile(edited, []byte("# mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	gone := w.members[3].Email
	w.members = slices.DeleteFunc(w.members, func(member seat.Member) bool { return member.Email == gone })
	before := filesIn(t, directory)
	code, _, says := imports(t, w, direct(directory)...)
	if code != exitFailure || !strings.Contains(says, "clayusers/person-001.yaml") || !strings.Contains(says, "--force") {
		t.Errorf("%d: %s", code, says)
	}
	if diff := cmp.Diff(before, filesIn(t, directory)); diff != "" {
		t.Errorf("it wrote (-before +after):\n%s", diff)
	}
	code, out, says := imports(t, w, direct(directory, "--force")...)
	if code != exitOK || !strings.Contains(out, "changed clayusers/person-001.yaml") || !strings.Contains(out, "removed clayusers/person-002.yaml") {
		t.Errorf("by force: %d, %s%s", code, out, says)
	}
}

func TestImportSaysWhatItLeavesOut(t *testing.T) {
	w := company()
	w.faults = map[access.Section]*sidecar.Fault{
		access.SectionGroups: sidecar.Faultf(sidecar.Drift, sidecar.ReasonPageChanged, "The page is another."),
	}
	directory := filepath.Join(t.TempDir(), "clay")
	code, out, says := imports(t, w, direct(directory, "--mode=Enforce")...)
	if code != exitFindings || !strings.Contains(out, "Groups are left out, because they could not be read: The page is another.") {
		t.Errorf("%d: %s%s", code, out, says)
	}
	if !strings.Contains(out, `The budget "Outbound" is left out: the group "EMEA" has access to it`) {
		t.Errorf("%s", out)
	}
	if text := filesIn(t, directory)["clayworkspace.yaml"]; strings.Contains(text, "mode:") || strings.Contains(text, "Sales in") {
		t.Errorf("%s", text)
	}
	w.faults = nil
	refusing := func(context.Context, ownBrowser, io.Writer, []string) (sidecar.Backend, func() error, error) {
		return nil, nil, errors.New("no browser is here")
	}
	command := newImport(refusing)
	command.SetArgs(direct(directory))
	command.SetOut(io.Discard)
	command.SetErr(io.Discard)
	command.SilenceErrors, command.SilenceUsage = true, true
	if err := command.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), "no browser is here") {
		t.Errorf("without a browser: %v", err)
	}
}

// TestFirstApplyChangesNothing takes a company from Clay to a real API server: the plan is empty before the apply, by the files, and after it, and
// a later import writes the same bytes, from Clay alone and with what the cluster has.
func TestFirstApplyChangesNothing(t *testing.T) {
	p := startPlane(t)
	w := company()
	for _, mode := range []string{"Enforce", "Observe"} {
		t.Run(mode, func(t *testing.T) {
			directory := filepath.Join(t.TempDir(), "clay")
			if code, _, says := imports(t, w, direct(directory, "--mode="+mode)...); code != exitOK {
				t.Fatal(says)
			}
			first := filesIn(t, directory)
			files := []string{"--namespace=" + loginNamespace, "--filename=" + directory, "--live"}
			if code, out, says := plans(t, p.admin, w.open, files...); code != exitOK || !strings.Contains(out, "Clay is as the ClayUsers ask for") {
				t.Errorf("before the apply: %d, %s%s", code, out, says)
			}
			if code, out, says := plans(t, "/no/such/file", w.open, append(files, "--email="+loginAccount, "--password-file="+passwordFile(t))...); code != exitOK {
				t.Errorf("without a cluster: %d, %s%s", code, out, says)
			}
			p.apply(t, directory)
			t.Cleanup(func() { p.clear(t) })
			if code, out, says := plans(t, p.admin, w.open, "--namespace="+loginNamespace, "--live"); code != exitOK {
				t.Errorf("after the apply: %d, %s%s", code, out, says)
			}
			if code, out, says := plans(t, p.admin, w.open, append(files, "--prune")...); code != exitOK {
				t.Errorf("the files over what is applied: %d, %s%s", code, out, says)
			}
			p.testPlanSeesAccess(t, w, directory, files)
			if code, _, says := imports(t, w, direct(directory, "--mode="+mode)...); code != exitOK {
				t.Error(says)
			}
			if diff := cmp.Diff(first, filesIn(t, directory)); diff != "" {
				t.Errorf("a second import (-first +second):\n%s", diff)
			}
			other := filepath.Join(t.TempDir(), "other")
			code, _, says := imports(t, w, "--kubeconfig="+p.admin, "--namespace="+loginNamespace, "--workspace="+loginWorkspace, "--directory="+other)
			if code != exitOK {
				t.Error(says)
			}
			if diff := cmp.Diff(without(first), without(filesIn(t, other))); diff != "" {
				t.Errorf("with what the cluster has (-first +second):\n%s", diff)
			}
		})
	}
	t.Run("and differences are seen", func(t *testing.T) { p.testPlanOfFiles(t) })
}

// testPlanSeesAccess takes somebody out of a group in a file, for a moment.
func (p *plane) testPlanSeesAccess(t *testing.T, w *world, directory string, arguments []string) {
	t.Helper()
	path := filepath.Join(directory, "clayusers", "person-001.yaml")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	moved := strings.Replace(string(before), "groups:\n  - APAC", "groups:\n  - EMEA", 1)
	if err := os.WriteFile(path, []byte(moved), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, says := plans(t, p.admin, w.open, arguments...)
	if code != exitFindings || strings.Count(out, "person-001@example.com") != 2 ||
		!strings.Contains(out, "out of group") || !strings.Contains(out, "into group") {
		t.Errorf("another group: %d, %s%s", code, out, says)
	}
	if err := os.WriteFile(path, before, 0o600); err != nil {
		t.Fatal(err)
	}
}

// without returns files without the index and the comments.
func without(files map[string]string) map[string]string {
	rest := map[string]string{}
	for name, text := range files {
		if name == manifest.IndexFile {
			continue
		}
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(strings.TrimSpace(line), "#") {
				rest[name] += line
			}
		}
	}
	return rest
}

func passwordFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte(loginPassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// apply puts all manifests of a directory into the cluster, as they are written.
func (p *plane) apply(t *testing.T, directory string) {
	t.Helper()
	for name, text := range filesIn(t, directory) {
		if filepath.Ext(name) != ".yaml" || name == "kustomization.yaml" {
			continue
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(text), &object.Object); err != nil {
			t.Fatal(err)
		}
		if err := p.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("kubectl")); err != nil {
			t.Fatalf("apply %s: %v", name, err)
		}
	}
}

// clear removes what was applied.
func (p *plane) clear(t *testing.T) {
	t.Helper()
	for _, object := range []client.Object{&v1alpha1.ClayUser{}, &v1alpha1.ClayGroup{}, &v1alpha1.ClayWorkspace{}} {
		if err := p.DeleteAllOf(context.Background(), object, client.InNamespace(loginNamespace)); err != nil {
			t.Error(err)
		}
	}
}

const bareUser = "apiVersion: clay.seatwright.dev/v1alpha1\nkind: ClayUser\nmetadata:\n  name: %[1]s\n" +
	"spec:\n  workspaceRef:\n    name: sales\n  email: %[1]s@example.com\n"

// testPlanOfFiles changes, adds and removes files against a small cluster.
func (p *plane) testPlanOfFiles(t *testing.T) {
	t.Helper()
	p.fresh(t)
	t.Cleanup(func() { p.clear(t) })
	w := &world{members: []seat.Member{
		{Email: loginAccount, Role: seat.RoleAdmin, Presence: seat.Active}, {Email: "jo@example.com", Role: seat.RoleEditor, Presence: seat.Active},
		{Email: "kim@example.com", Role: seat.RoleEditor, Presence: seat.Active}, {Email: "lee@example.com", Role: seat.RoleEditor, Presence: seat.Active},
	}}
	for name, policy := range map[string]v1alpha1.DeletionPolicy{"jo": "", "kim": "", "lee": v1alpha1.DeletionRetain} {
		p.create(t, &v1alpha1.ClayUser{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: loginNamespace, Finalizers: []string{v1alpha1.FinalizerSeat}},
			Spec: v1alpha1.ClayUserSpec{
				Email: name + "@example.com", WorkspaceRef: v1alpha1.WorkspaceReference{Name: loginWorkspace}, DeletionPolicy: policy,
			},
		})
	}
	t.Cleanup(func() { p.release(t) })
	directory := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(directory, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("jo.yaml", fmt.Sprintf(bareUser, "jo")+"  role: Viewer\n")
	write("new.yaml", fmt.Sprintf(bareUser, "new"))
	changes := func(more ...string) (int, []string) {
		t.Helper()
		arguments := append([]string{"--namespace=" + loginNamespace, "--filename=" + directory, "--live", "--output=json"}, more...)
		code, out, says := plans(t, p.admin, w.open, arguments...)
		var report planReport
		if err := json.Unmarshal([]byte(out), &report); err != nil {
			t.Fatalf("%v in %s%s", err, out, says)
		}
		var found []string
		for _, preview := range report.Workspaces {
			for _, change := range preview.Changes {
				found = append(found, fmt.Sprintf("%s %s %s by %s", change.Verb, change.Email, change.Role, change.User))
			}
		}
		for _, problem := range report.Problems {
			found = append(found, problem.String())
		}
		return code, found
	}
	want := []string{"SetRole jo@example.com Viewer by jo", "Invite new@example.com Editor by new"}
	if code, got := changes(); code != exitFindings || !slices.Equal(got, want) {
		t.Errorf("%d: %s", code, cmp.Diff(want, got))
	}
	want = append([]string{"Remove kim@example.com  by kim"}, want...)
	if code, got := changes("--prune"); code != exitFindings || !slices.Equal(got, want) {
		t.Errorf("with --prune: %d: %s", code, cmp.Diff(want, got))
	}
	code, out, _ := plans(t, p.admin, w.open, "--namespace="+loginNamespace, "--filename="+directory, "--live", "--output=markdown")
	if code != exitFindings || !strings.Contains(out, "### Clay: differences: 2") || !strings.Contains(out, "<code>new&#64;example.com</code>") {
		t.Errorf("as a comment: %d, %s", code, out)
	}
	write("jo.yaml", strings.Replace(fmt.Sprintf(bareUser, "jo"), "jo@", "john@", 1))
	want = []string{filepath.Join(directory, "jo.yaml") + `:8: ClayUser "jo": spec.email: email cannot be changed: Clay cannot change an address; ` +
		"make a new ClayUser and delete this one"}
	if code, got := changes(); code != exitFailure || !slices.Equal(got, want) {
		t.Errorf("a change that cannot be: %d: %s", code, cmp.Diff(want, got))
	}
}

// release takes the finalizers away, as an operator would.
func (p *plane) release(t *testing.T) {
	t.Helper()
	users := &v1alpha1.ClayUserList{}
	if err := p.List(context.Background(), users, client.InNamespace(loginNamespace)); err != nil {
		t.Fatal(err)
	}
	for i := range users.Items {
		users.Items[i].Finalizers = nil
		if err := p.Update(context.Background(), &users.Items[i]); err != nil {
			t.Error(err)
		}
	}
}

func TestMistakesInAnImport(t *testing.T) {
	t.Setenv(passwordVariable, "")
	const account = "import --directory=d --workspace-id=1 --email=jo@example.com --session-file=x "
	for arguments, want := range map[string]string{
		"import":               "--directory is needed",
		"import --directory=d": "--workspace-id and --email are needed, or --workspace",
		"import --directory=d --workspace=sales --name=x":              "--workspace=sales is there already",
		"import --directory=d --workspace-id=1 --email=jo@example.com": "--password-file, --session-file or the variable CLAY_PASSWORD is needed",
		account + "--mode=Dry":                   "--mode=Dry: use Observe or Enforce",
		account + "--name=Not_One":               "--name=Not_One",
		account + "-n Not_One":                   "--namespace=Not_One",
		account + "--session-file=/no/such/file": "--session-file",
	} {
		t.Run(arguments, func(t *testing.T) {
			var stderr bytes.Buffer
			if code := Run(strings.Fields(arguments), io.Discard, &stderr); code != exitFailure || !strings.Contains(stderr.String(), want) {
				t.Errorf("exit code %d, it says %q, want %q", code, stderr.String(), want)
			}
		})
	}
}
