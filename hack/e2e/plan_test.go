package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers"
)

// planDiffers is the exit code of a plan with something in it.
const planDiffers = 2

// plan runs the command, and returns what it prints and its exit code.
func (h *house) plan(arguments ...string) (stdout string, code int) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), settleTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, binary, append([]string{"plan", "--namespace=" + h.namespace}, arguments...)...)
	command.Env = append(os.Environ(), "KUBECONFIG="+plane.Kubeconfig)
	var out, failures bytes.Buffer
	command.Stdout, command.Stderr = &out, &failures
	err := command.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		h.t.Fatalf("plan: %v", err)
	}
	h.t.Logf("plan %s\n%s%s", strings.Join(arguments, " "), out.String(), failures.String())
	return out.String(), command.ProcessState.ExitCode()
}

// previews runs the command for a program.
func (h *house) previews(arguments ...string) ([]controllers.Preview, int) {
	h.t.Helper()
	out, code := h.plan(append(arguments, "--output=json")...)
	var report struct{ Workspaces []controllers.Preview }
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		h.t.Fatalf("read the plan: %v", err)
	}
	return report.Workspaces, code
}

// Everything is visible before it happens: in mode Observe, by plan from the statuses and from Clay, and with no operator at all.
func TestPlan(t *testing.T) {
	h := newHouse(t, enterprise(), func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.Mode, w.Spec.UnmanagedMembers = clayv1alpha1.ModeObserve, clayv1alpha1.UnmanagedRemove
	})
	create(t, h.user("jo", clayv1alpha1.RoleViewer))
	create(t, h.user("kim", clayv1alpha1.RoleAdmin))

	if _, code := h.plan(); code != 1 {
		t.Errorf("exit code %d before anything was read, want 1", code)
	}
	first, code := h.previews("--live")
	if code != planDiffers || len(first) != 1 || len(first[0].Changes) != 3 {
		t.Fatalf("without an operator: exit code %d, %+v", code, first)
	}

	h.start()
	h.untilWorkspace("the first reading", func(w *clayv1alpha1.ClayWorkspace) bool {
		return w.Status.PendingChanges != nil && w.Status.PendingChanges.Blocked == 3
	})
	second, code := h.previews()
	third, liveCode := h.previews("--live")
	if code != planDiffers || liveCode != planDiffers {
		t.Errorf("exit codes %d and %d, want %d", code, liveCode, planDiffers)
	}
	for name, preview := range map[string]controllers.Preview{"from the statuses": second[0], "from Clay": third[0]} {
		if diff := cmp.Diff(first[0].Changes, preview.Changes); diff != "" {
			t.Errorf("changes %s (-without an operator +with one):\n%s", name, diff)
		}
	}
	if journal := h.simulator.Journal(); len(journal) > 0 {
		t.Errorf("something was written in Clay: %v", journal)
	}

	workspace := h.untilWorkspace("itself", func(*clayv1alpha1.ClayWorkspace) bool { return true })
	patch := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"mode":"Enforce"}}`))
	if err := plane.Client.Patch(t.Context(), workspace, patch); err != nil {
		t.Fatal(err)
	}
	h.untilUsers("the seats to be as asked", func(users []clayv1alpha1.ClayUser) bool {
		return allSettled(users) && len(h.simulator.Workspace(workspaceID).Members) == 1
	})
	h.untilWorkspace("a rest", func(w *clayv1alpha1.ClayWorkspace) bool {
		return w.Status.Operation == nil && w.Status.PendingChanges.Invitations == 0
	})
	for _, arguments := range [][]string{{}, {"--live"}} {
		if _, code := h.plan(arguments...); code != 0 {
			t.Errorf("exit code %d of plan %v when all is done, want 0", code, arguments)
		}
	}
}
