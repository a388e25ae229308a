package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/report"
)

// leaveWork makes a trail of two invitations, a month and a day ago.
func leaveWork(t *testing.T, address string, now time.Time) {
	t.Helper()
	trail, err := audit.Open(t.Context(), address, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, age := range []time.Duration{40 * 24 * time.Hour, 24 * time.Hour} {
		intent := audit.Intend(audit.Record{
			Time: now.Add(-age), Verb: audit.VerbInvite, Person: "jo@example.com", Role: "Editor",
			Workspace: audit.Workspace{Namespace: loginNamespace, Name: loginWorkspace},
		})
		if err := trail.Append(t.Context(), intent, intent.Became(audit.ResultApplied, intent.Time.Add(time.Second))); err != nil {
			t.Fatal(err)
		}
	}
	if err := trail.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestReport runs the command with the rights that the project's role gives.
func TestReport(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	p := startPlane(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "config", "rbac", "clayworkspace_report_role.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	role := &rbacv1.ClusterRole{}
	if err := yaml.UnmarshalStrict(text, role); err != nil {
		t.Fatal(err)
	}
	kubeconfig := p.person(t, p.environment, "reporter", &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Name: role.Name, Namespace: loginNamespace}, Rules: role.Rules,
	})
	store := filepath.Join(t.TempDir(), "store")
	leaveWork(t, audit.FileURL(store), time.Now())
	reports := func(want int, arguments ...string) (string, string) {
		t.Helper()
		return run(t, want, append([]string{"report", "--kubeconfig=" + kubeconfig, "--namespace=" + loginNamespace}, arguments...)...)
	}
	if _, says := reports(exitFailure); !strings.Contains(says, "there is no ClayWorkspace") {
		t.Errorf("an empty namespace: %s", says)
	}
	p.seedReport(t)

	// Without --store there is no trail on this machine, and a report all the same.
	out, _ := reports(exitOK)
	for _, want := range []string{
		"default/sales  Growth", "stranger@example.com", "no audit trail was found on this machine", "spec.cost.hourlyRate is not set",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "TASKS BY HAND") {
		t.Errorf("it tells of work without a trail:\n%s", out)
	}
	if _, says := reports(exitFailure, "--store="+audit.FileURL(store+"-not")); !strings.Contains(says, "--store") {
		t.Errorf("a store that is not there: %s", says)
	}

	for name, test := range map[string]struct {
		arguments []string
		changes   int
	}{
		"the last 30 days":    {nil, 1},
		"two months":          {[]string{"--since=" + time.Now().AddDate(0, -2, 0).UTC().Format(time.DateOnly)}, 2},
		"until two weeks ago": {[]string{"--until=" + time.Now().AddDate(0, 0, -15).UTC().Format(time.DateOnly)}, 1},
	} {
		var made report.Report
		out, _ := reports(exitOK, append([]string{"--store=" + audit.FileURL(store), "--output=json"}, test.arguments...)...)
		if err := json.Unmarshal([]byte(out), &made); err != nil {
			t.Fatal(err)
		}
		if got := made.Total.Figures.Work.Changes; got != test.changes || made.Total.Figures.Work.HoursByHand == "" || !made.Trail.Read {
			t.Errorf("%s: %d changes, want %d: %+v", name, got, test.changes, made.Total.Figures.Work)
		}
	}
	testReportFiles(t, store, reports)
	if _, says := run(t, exitFailure, "report", "--kubeconfig="+kubeconfig, "--all-namespaces"); !strings.Contains(says, "forbidden") {
		t.Errorf("without the right to look everywhere: %s", says)
	}
	if _, says := reports(exitFailure, "--workspace=other"); !strings.Contains(says, `no ClayWorkspace "other"`) {
		t.Errorf("a workspace that is not there: %s", says)
	}
}

// seedReport makes a workspace that was read, with a ClayUser, a stranger and a group.
func (p *plane) seedReport(t *testing.T) {
	t.Helper()
	p.fresh(t)
	workspace := &v1alpha1.ClayWorkspace{ObjectMeta: metav1.ObjectMeta{Name: loginWorkspace, Namespace: loginNamespace}}
	if err := p.Get(t.Context(), client.ObjectKeyFromObject(workspace), workspace); err != nil {
		t.Fatal(err)
	}
	workspace.Spec.Cost = &v1alpha1.Cost{Currency: "EUR", PlanPerMonth: "314", MinutesPerChange: new(int32(20))}
	if err := p.Update(t.Context(), workspace); err != nil {
		t.Fatal(err)
	}
	workspace.Status = v1alpha1.ClayWorkspaceStatus{
		Plan: "Growth", LastReadTime: &metav1.Time{Time: time.Now().Add(-5 * time.Minute)},
		Seats:            &v1alpha1.SeatCounts{Active: 2, Managed: 1, Unmanaged: 1, Admins: 1},
		UnmanagedMembers: []v1alpha1.UnmanagedMember{{Email: "stranger@example.com", Role: v1alpha1.RoleEditor, Seat: v1alpha1.SeatActive}},
	}
	if err := p.Status().Update(t.Context(), workspace); err != nil {
		t.Fatal(err)
	}
	reference := v1alpha1.WorkspaceReference{Name: loginWorkspace}
	p.create(t, &v1alpha1.ClayUser{
		ObjectMeta: metav1.ObjectMeta{Name: "jo", Namespace: loginNamespace},
		Spec:       v1alpha1.ClayUserSpec{Email: "jo@example.com", WorkspaceRef: reference},
	}, &v1alpha1.ClayGroup{
		ObjectMeta: metav1.ObjectMeta{Name: "emea", Namespace: loginNamespace},
		Spec:       v1alpha1.ClayGroupSpec{WorkspaceRef: reference, Members: []v1alpha1.GroupMember{{Name: "jo"}}},
	})
}

// testReportFiles writes the report in the other formats, to the output and into files.
func testReportFiles(t *testing.T, store string, reports func(int, ...string) (string, string)) {
	t.Helper()
	address := "--store=" + audit.FileURL(store)
	out, _ := reports(exitOK, address, "-o", "yaml")
	var made report.Report
	if err := yaml.UnmarshalStrict([]byte(out), &made); err != nil || len(made.Workspaces) != 1 || len(made.Workspaces[0].Groups) != 1 {
		t.Errorf("YAML: %v in %s", err, out)
	}
	out, _ = reports(exitOK, address, "-o", "csv")
	if rows, err := csv.NewReader(strings.NewReader(out)).ReadAll(); err != nil || len(rows) < 20 {
		t.Errorf("CSV: %v in %s", err, out)
	}
	page := filepath.Join(t.TempDir(), "report.html")
	if out, _ = reports(exitOK, address, "-o", "html", "--output-file="+page); out != "" {
		t.Errorf("it prints %s", out)
	}
	text, err := os.ReadFile(page)
	if err != nil || !bytes.HasPrefix(text, []byte("<!DOCTYPE html>")) || !bytes.Contains(text, []byte("157.00 EUR")) {
		t.Errorf("%v, and the page begins with %.100s", err, text)
	}
	if info, err := os.Stat(page); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}

	// Somebody changes a record: what comes after it counts no more.
	record := filepath.Join(store, "trail", "0000000000000001.jsonl")
	data, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(record, bytes.Replace(data, []byte("jo@"), []byte("ko@"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	out, says := reports(exitFailure, address, "-o", "json")
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		t.Fatal(err)
	}
	if work := made.Total.Figures.Work; work.Changes != 0 || work.Others.NotVerified != 1 || !strings.Contains(says, "the trail breaks at record 1") {
		t.Errorf("a broken trail: %+v, %s", work, says)
	}
}

func TestMistakesInAReport(t *testing.T) {
	for arguments, want := range map[string]string{
		"report --output=pdf":                                "--output=pdf: use table, json, yaml, csv or html",
		"report --workspace=Not_One":                         "--workspace=Not_One",
		"report --namespace=Not_One":                         "--namespace=Not_One",
		"report --all-namespaces -n clay":                    "--all-namespaces looks at everything",
		"report --since=31.01.2026":                          "--since=31.01.2026: use a date",
		"report --until=yesterday":                           "--until=yesterday: use a date",
		"report --since=2026-02-01 --until=2026-01-31":       "nothing that has happened is between them",
		"report --since=9999-01-01":                          "nothing that has happened is between them",
		"report --since=0001-02-01":                          "at most ten years before --until",
		"report --unused-days=0":                             "--unused-days=0: use a number from 1",
		"report --unused-days=many":                          "--unused-days",
		"report --live":                                      "--live",
		"report now":                                         "unexpected argument",
		"report --store=nowhere --kubeconfig=/no/such/file":  "no cluster was found",
		"report --since=2026-01-01T08:00 --until=2026-01-02": "--since=2026-01-01T08:00: use a date",
	} {
		t.Run(arguments, func(t *testing.T) {
			var stderr bytes.Buffer
			code := Run(strings.Fields(arguments), io.Discard, &stderr)
			if wantCode := exitUsage; code != wantCode && !strings.Contains(arguments, "/no/such/file") {
				t.Errorf("exit code %d, want %d", code, wantCode)
			}
			if !strings.Contains(stderr.String(), want) {
				t.Errorf("it says %q, want %q", stderr.String(), want)
			}
		})
	}
}

func TestPeriodOfAReport(t *testing.T) {
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct{ since, until, wantSince, wantUntil string }{
		"nothing is said":       {"", "", "2026-03-01T12:00:00Z", "2026-03-31T12:00:00Z"},
		"a quarter":             {"2025-10-01", "2025-12-31", "2025-10-01T00:00:00Z", "2026-01-01T00:00:00Z"},
		"until the end of time": {"2026-03-30", "2026-12-31", "2026-03-30T00:00:00Z", "2026-03-31T12:00:00Z"},
		"until a moment":        {"", "2026-03-31T02:00:00+02:00", "2026-03-01T00:00:00Z", "2026-03-31T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			options := reportOptions{since: test.since, until: test.until, now: func() time.Time { return now }}
			since, until, err := options.period()
			if err != nil {
				t.Fatal(err)
			}
			gotSince, gotUntil := since.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339)
			if gotSince != test.wantSince || gotUntil != test.wantUntil {
				t.Errorf("from %s to %s", gotSince, gotUntil)
			}
		})
	}
}
