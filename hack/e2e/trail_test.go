package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/claysim"
)

// recorded are the verbs of the trail for what the simulator writes into its journal.
var recorded = map[claysim.Verb]audit.Verb{
	claysim.VerbInvite: audit.VerbInvite, claysim.VerbCancelInvitation: audit.VerbCancelInvitation,
	claysim.VerbChangeRole: audit.VerbSetRole, claysim.VerbRemove: audit.VerbRemove,
}

// audit runs a command on the house's audit store, and returns what it prints and its exit code.
func (h *house) audit(arguments ...string) (stdout string, code int) {
	h.t.Helper()
	return auditStore(h.t, h.evidence, arguments...)
}

// auditStore runs a command on the audit store in a directory.
func auditStore(t *testing.T, directory string, arguments ...string) (stdout string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), settleTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, binary, append([]string{"audit", arguments[0], "--store=" + audit.FileURL(directory)}, arguments[1:]...)...)
	var out, failures bytes.Buffer
	command.Stdout, command.Stderr = &out, &failures
	err := command.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("audit: %v", err)
	}
	if failures.Len() > 0 {
		t.Logf("audit %s: %s", strings.Join(arguments, " "), failures.String())
	}
	return out.String(), command.ProcessState.ExitCode()
}

// recordedChanges exports the trail.
func (h *house) recordedChanges() []audit.Change {
	h.t.Helper()
	out, code := h.audit("export", "--format=json", "--workspace="+h.namespace+"/"+workspaceName)
	var changes []audit.Change
	if err := json.Unmarshal([]byte(out), &changes); err != nil || code != 0 {
		h.t.Fatalf("exit code %d, %v: %s", code, err, out)
	}
	return changes
}

// checkTrail makes sure that the trail is whole, and that everything that the operator wrote in Clay is in it.
func (h *house) checkTrail() {
	h.t.Helper()
	if out, code := h.audit("verify"); code != 0 {
		h.t.Errorf("the audit trail is not whole, exit code %d:\n%s", code, out)
	}
	type write struct {
		verb   audit.Verb
		person string
	}
	intended := map[write]int{}
	for _, change := range h.recordedChanges() {
		intended[write{change.Verb, change.Person}]++
	}
	for _, entry := range h.simulator.State().Journal {
		verb := recorded[entry.Verb]
		if entry.Actor != operatorEmail || verb == "" {
			continue
		}
		key := write{verb, entry.Target}
		if intended[key]--; intended[key] < 0 {
			h.t.Errorf("%s of %s was written in Clay and is not in the audit trail", entry.Verb, entry.Target)
		}
	}
}

// checkOutcomes makes sure that the trail says of everything that the operator did in Clay that it was done, and of everything that it intended
// what became of it.
func (h *house) checkOutcomes() {
	h.t.Helper()
	proved := map[string]int{}
	for _, change := range h.recordedChanges() {
		switch audit.Result(change.Outcome) {
		case audit.ResultApplied, audit.ResultAlreadyThere:
			proved[string(change.Verb)+" "+change.Person]++
		case audit.ResultFailed:
		default:
			// Where a new attempt takes the place of one whose outcome nobody knows, the trail says so, and that is its end.
			if !change.Settled && slices.Contains(slices.Collect(maps.Values(recorded)), change.Verb) {
				h.t.Errorf("%s of %s was intended, and the audit trail says of its outcome %q", change.Verb, change.Person, change.Outcome)
			}
		}
	}
	for _, entry := range h.simulator.State().Journal {
		verb := recorded[entry.Verb]
		if entry.Actor != operatorEmail || verb == "" || entry.Refused != "" {
			continue
		}
		if proved[string(verb)+" "+entry.Target]--; proved[string(verb)+" "+entry.Target] < 0 {
			h.t.Errorf("%s of %s was done in Clay, and the audit trail does not say so", entry.Verb, entry.Target)
		}
	}
}

// Whatever is written in Clay is on record before, with who asked for it, and nothing is written while nothing can be recorded.
func TestTrail(t *testing.T) {
	h := newHouse(t, enterprise(), nil)
	const gitOps = "argocd-controller"
	jo := h.user("jo", clayv1alpha1.RoleViewer)
	if err := plane.Client.Create(t.Context(), jo, client.FieldOwner(gitOps)); err != nil {
		t.Fatalf("create a user: %v", err)
	}
	h.start()
	h.untilUsers("the invitation", allSettled)
	h.checkTrail()
	var found *audit.Change
	for _, change := range h.recordedChanges() {
		if change.Verb == audit.VerbInvite {
			found = &change
		}
	}
	if found == nil || found.Person != jo.Spec.Email || found.AskedBy != "ClayUser "+h.namespace+"/jo" || found.UID != string(jo.UID) ||
		found.FieldManager != gitOps || found.Outcome != string(audit.ResultApplied) || found.Proof == "" || found.DurationMilliseconds == 0 {
		t.Fatalf("the invitation on record: %+v", found)
	}
	if !strings.Contains(h.log.String(), "reading="+found.Proof) {
		t.Errorf("the reading %s that proves the invitation is not in the log", found.Proof)
	}

	// The store is gone for a while.
	records, aside := filepath.Join(h.evidence, "trail"), filepath.Join(h.evidence, "aside")
	if err := errors.Join(os.Rename(records, aside), os.WriteFile(records, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	create(t, h.user("kim", clayv1alpha1.RoleEditor))
	h.untilWorkspace("the trouble with the audit store", func(w *clayv1alpha1.ClayWorkspace) bool {
		ready := meta.FindStatusCondition(w.Status.Conditions, clayv1alpha1.ConditionReady)
		return ready != nil && ready.Reason == audit.ReasonStoreUnavailable
	})
	if invited := h.simulator.Workspace(workspaceID).Invitations; len(invited) != 1 {
		t.Errorf("%d invitations, want none without a record", len(invited)-1)
	}
	if err := errors.Join(os.Remove(records), os.Rename(aside, records)); err != nil {
		t.Fatal(err)
	}
	h.untilUsers("the second invitation", allSettled)
	h.checkTrail()

	// Somebody gives themselves an alibi.
	files, err := filepath.Glob(filepath.Join(records, "0*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of records, %v", len(files), err)
	}
	changed := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if alibi := bytes.ReplaceAll(content, []byte(gitOps), []byte("somebody-else.....")); !bytes.Equal(alibi, content) {
			changed++
			if err := os.WriteFile(file, alibi, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if out, code := h.audit("verify"); code != 1 || changed == 0 {
		t.Errorf("%d files were changed, and verify ends with %d:\n%s", changed, code, out)
	}
}
