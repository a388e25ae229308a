package audit

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// update writes the golden files anew: go test ./internal/audit -update.
var update = flag.Bool("update", false, "write the golden files anew")

// story is a trail with every kind of change, and with ids that are always the same.
func story(t *testing.T) *rig {
	t.Helper()
	rig := newRig(t)
	numbered := func(record Record, id string) Record {
		record.ID = id
		return record
	}
	later := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

	invite := numbered(invitation("casey@example.com", noon), "invite")
	hostile := numbered(invitation("=cmd|' /c calc'!A0", noon), "hostile")
	hostile.AskedBy.FieldManager = "@SUM(1+1)\nsecond line"
	role := numbered(Intend(Record{
		Time: noon, Verb: VerbSetRole, Person: "avery@example.com", FromRole: "Editor", Role: "Admin",
		Workspace: Workspace{Namespace: "team", Name: "sales", ID: "4711"},
		AskedBy:   Requester{Kind: "ClayUser", Namespace: "team", Name: "avery", UID: "11ab", Generation: 2, FieldManager: "kubectl-edit"},
	}), "role")
	remove := numbered(Intend(Record{
		Time: noon, Verb: VerbRemove, Person: "jo@example.com", FromRole: "Viewer", Workspace: Workspace{Namespace: "team", Name: "sales", ID: "4711"},
		AskedBy: Requester{Kind: "ClayWorkspace", Namespace: "team", Name: "sales", UID: "77cd", Generation: 9, FieldManager: "helm"},
	}), "remove")
	rig.append(t, invite, hostile, role, remove)

	invited, failed, unknown := invite.Became(ResultApplied, later(1)), hostile.Became(ResultFailed, later(1)), role.Became(ResultUnknown, later(1))
	invited.Proof = "read-1"
	failed.Class, failed.Reason = "InvalidInput", "AddressRefused"
	unknown.Class, unknown.Reason, unknown.Evidence = "OutcomeUnknown", "Timeout", "evidence/20260901T120100.000000000Z_team_sales_Timeout"
	unknown.EvidenceDigests = map[string]string{"txt": hashOf([]byte("a snapshot")), "png": hashOf([]byte("a picture"))}
	rig.append(t, invited, failed, unknown)
	rig.append(t, role.Settle(ResultApplied, "read-2", later(5)))
	rig.append(t, Record{
		Time: later(6), ID: "approval", Phase: PhaseNoted, Verb: VerbApproveRemovals, Digest: "sha256:ab12",
		Workspace: Workspace{Namespace: "team", Name: "sales", ID: "4711"},
		AskedBy:   Requester{Kind: "ClayWorkspace", Namespace: "team", Name: "sales", UID: "77cd", Generation: 9, FieldManager: "kubectl-annotate"},
	})
	rig.append(t, Record{
		Time: later(7), ID: "picture", Phase: PhaseNoted, Verb: VerbKeepEvidence, Reason: "PageChanged",
		Workspace: Workspace{Namespace: "team", Name: "sales", ID: "4711"},
		Evidence:  "evidence/20260901T120700.000000000Z_team_sales_PageChanged", EvidenceDigests: map[string]string{"txt": hashOf([]byte("another"))},
	})
	limit := numbered(Intend(Record{
		Time: later(8), Verb: VerbSetLimit, Person: "casey@example.com", FromCredits: new(int64(100)), Credits: new(int64(0)),
		Workspace: Workspace{Namespace: "team", Name: "sales", ID: "4711"},
		AskedBy:   Requester{Kind: "ClayUser", Namespace: "team", Name: "casey", UID: "0b5e", Generation: 4, FieldManager: "argocd-controller"},
	}), "limit")
	group := limit
	group.ID, group.Verb, group.Target, group.FromCredits, group.Credits = "group", VerbAddToGroup, "Sales, EMEA", nil, nil
	rig.append(t, limit, group)
	rig.append(t, limit.Became(ResultApplied, later(9)), group.Became(ResultApplied, later(9)))
	return rig
}

func TestGoldenExports(t *testing.T) {
	changes := story(t).changes(t, Selection{})
	for name, write := range map[string]func(*bytes.Buffer) error{
		"testdata/changes.csv":  func(out *bytes.Buffer) error { return WriteCSV(out, changes) },
		"testdata/changes.json": func(out *bytes.Buffer) error { return WriteJSON(out, changes) },
	} {
		var got bytes.Buffer
		if err := write(&got); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(name, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	texts := []string{"=1", "+1", "-1", "@A1", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", "a=1", "'=1", `a","=1`, "a\n=1", ""}
	for _, text := range texts {
		var out bytes.Buffer
		change := Change{Person: text, Workspace: text, FieldManager: text, Reason: text, ID: text}
		if err := WriteCSV(&out, []Change{change}); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[1]) != len(csvHeader) {
			t.Fatalf("%q: %d rows, %v", text, len(rows), err)
		}
		for i, cell := range rows[1] {
			if strings.IndexAny(cell, formulaStarts) == 0 {
				t.Errorf("%q: the cell %s is %q", text, csvHeader[i], cell)
			}
		}
		if !strings.HasSuffix(rows[1][3], strings.ReplaceAll(text, "\r\n", "\n")) {
			t.Errorf("%q became %q", text, rows[1][3])
		}
	}
}

func TestNoChangesAreAnEmptyArray(t *testing.T) {
	var out bytes.Buffer
	if err := WriteJSON(&out, nil); err != nil {
		t.Fatal(err)
	}
	if out.String() != "[]\n" {
		t.Errorf("got %q", out.String())
	}
}

func TestEveryFieldIsExported(t *testing.T) {
	data, err := json.Marshal(Change{})
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	if len(fields) != len(csvHeader) || len(new(Change).row()) != len(csvHeader) {
		t.Errorf("%d fields in JSON, %d columns, %d names of columns", len(fields), len(new(Change).row()), len(csvHeader))
	}
}

func TestSelections(t *testing.T) {
	rig := newRig(t)
	elsewhere := invitation("casey@example.com", noon)
	elsewhere.Workspace = Workspace{Namespace: "other", Name: "sales"}
	rig.append(t, elsewhere)
	rig.live(t, 3)
	// Known only after the time that is asked for.
	late := invitation("late@example.com", noon)
	rig.append(t, late)
	rig.append(t, late.Became(ResultApplied, noon.Add(9*24*time.Hour)))

	all := "casey person0 person1 person2 late"
	for name, test := range map[string]struct {
		selection Selection
		want      string
	}{
		"all":            {Selection{}, all},
		"person":         {Selection{Person: "person1@example.com"}, "person1"},
		"nobody":         {Selection{Person: "nobody@example.com"}, ""},
		"workspace":      {Selection{Workspace: "sales"}, all},
		"namespace":      {Selection{Namespace: "other", Workspace: "sales"}, "casey"},
		"no workspace":   {Selection{Workspace: "support"}, ""},
		"from":           {Selection{From: noon.Add(24 * time.Hour)}, "person1 person2"},
		"from is in":     {Selection{From: noon}, all},
		"until is out":   {Selection{Until: noon}, ""},
		"from and until": {Selection{From: noon.Add(time.Hour), Until: noon.Add(25 * time.Hour)}, "person1"},
	} {
		t.Run(name, func(t *testing.T) {
			var persons []string
			for _, change := range rig.changes(t, test.selection) {
				persons = append(persons, strings.TrimSuffix(change.Person, "@example.com"))
				if change.Person == "late@example.com" && change.Outcome != "Applied" {
					t.Errorf("the outcome is %q", change.Outcome)
				}
			}
			if got := strings.Join(persons, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestALateUnknownUndoesNothing(t *testing.T) {
	rig := newRig(t)
	intent := invitation("a@example.com", noon)
	rig.append(t, intent, intent.Settle(ResultApplied, "read-1", noon))
	rig.append(t, intent.Became(ResultUnknown, noon))
	if got := rig.changes(t, Selection{})[0]; got.Outcome != "Applied" || got.Proof != "read-1" {
		t.Errorf("%+v", got)
	}
}

// TestABrokenTrailIsExported says of each change whether the chain vouches for it.
func TestABrokenTrailIsExported(t *testing.T) {
	rig := newRig(t)
	rig.live(t, 3)
	was := content(t, rig.store)[batchKey(4)]
	put(t, rig.store, batchKey(4), bytes.ReplaceAll(was, []byte("Applied"), []byte("Failed!")))
	changes, report, err := (&Reader{objects: rig.store}).Changes(t.Context(), Selection{})
	if err != nil || report.Break == nil {
		t.Fatalf("%v, %v", report.Break, err)
	}
	got := map[string]string{}
	for _, change := range changes {
		got[change.Person] = fmt.Sprint(change.Outcome, " ", change.Verified)
	}
	want := map[string]string{
		"person0@example.com": "Applied true",
		// The forged outcome is no record any more.
		"person1@example.com": OutcomeMissing + " false",
		"person2@example.com": "Applied false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}
