package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

const (
	importedMembers = 250
	importedPending = 12
)

// grown is a workspace that people have looked after by hand for a long time.
func grown() claysim.Seed {
	seed := enterprise()
	there := &seed.Workspaces[0]
	roles := []claysim.Role{claysim.RoleEditor, claysim.RoleEditor, claysim.RoleViewer, claysim.RoleSalesRep, claysim.RoleAdmin}
	var first, second []string
	for i := range importedMembers - len(there.Members) {
		seat := claysim.Seat{Email: fmt.Sprintf("Person.%03d@example.com", i), Name: fmt.Sprintf("Person %03d", i), Role: roles[i%len(roles)], Used: int64(i % 40)}
		if i%4 == 0 {
			seat.Limit = new(int64(100 + i%3*50))
		}
		if i%3 == 0 {
			first = append(first, seat.Email)
		}
		if i%5 == 0 {
			second = append(second, seat.Email)
		}
		there.Members = append(there.Members, seat)
	}
	for i := range importedPending {
		there.Invitations = append(there.Invitations, claysim.PendingSeat{Email: fmt.Sprintf("newcomer-%02d@example.com", i), Role: roles[i%len(roles)]})
	}
	there.DefaultLimit = new(int64(50))
	there.Groups = []claysim.GroupSeed{{Name: "EMEA", Description: "Europe", Members: first}, {Name: `"Reps" & co`, Members: second}, {Name: "Nobody"}}
	there.Budgets = []claysim.BudgetSeed{
		{Name: "Outbound", CreditLimit: 5000, Used: 1200, Users: second, Groups: []string{"EMEA"}, Workbooks: 3},
		{Name: "All", CreditLimit: 900, Everyone: true},
	}
	return seed
}

// TestImport takes over a workspace that has grown by hand: what was imported is applied, the operator looks at it, and nothing changes.
func TestImport(t *testing.T) {
	h := newHouse(t, grown(), nil)
	directory := filepath.Join(t.TempDir(), "clay")
	h.imports(directory)
	before, imported := h.simulator.State(), contents(t, directory)
	command := exec.CommandContext(t.Context(), kubectl(), "apply", "--namespace="+h.namespace, "--kustomize="+directory)
	command.Env = append(os.Environ(), "KUBECONFIG="+plane.Kubeconfig)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("apply what was imported: %v\n%s", err, out)
	}
	if got, want := len(h.users(t.Context())), importedMembers-1+importedPending; got != want { // the operator's own account gets none
		t.Errorf("%d ClayUsers, want %d", got, want)
	}

	h.start()
	h.untilUsers("everybody to be as they are", allSettled)
	h.untilWorkspace("nothing to be left", func(w *clayv1alpha1.ClayWorkspace) bool {
		return w.Status.PendingChanges != nil && *w.Status.PendingChanges == (clayv1alpha1.ChangeCounts{}) && w.Status.Access != nil
	})
	if out, code := h.plan("--live"); code != 0 {
		t.Errorf("the plan is not empty: exit code %d\n%s", code, out)
	}
	h.imports(directory)
	if diff := cmp.Diff(imported, contents(t, directory)); diff != "" {
		t.Errorf("a second import is not the same:\n%s", diff)
	}
	after := h.simulator.State()
	if diff := cmp.Diff(before.Journal, after.Journal); diff != "" {
		t.Errorf("something changed in Clay:\n%s", diff)
	}
	if diff := cmp.Diff(invitations(before), invitations(after)); diff != "" {
		t.Errorf("invitations were sent:\n%s", diff)
	}
}

// imports runs the command for the house's workspace.
func (h *house) imports(directory string) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), settleTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, binary, "import", "--workspace="+workspaceName, "--namespace="+h.namespace, "--directory="+directory)
	command.Env = append(os.Environ(), "KUBECONFIG="+plane.Kubeconfig)
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	if err := command.Run(); err != nil {
		h.t.Fatalf("import: %v\n%s", err, out.String())
	}
	h.t.Logf("import:\n%s", out.String())
}

// contents are the files of a directory, by their paths.
func contents(t *testing.T, directory string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(directory, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// kubectl is the one that the control plane came with.
func kubectl() string { return filepath.Join(os.Getenv("KUBEBUILDER_ASSETS"), "kubectl") }
