package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// planned is a workspace of which something is known, with a name that is held.
func planned() *controllers.Preview {
	return &controllers.Preview{
		Namespace: "clay", Name: "sales", WorkspaceID: "12345", Mode: v1alpha1.ModeEnforce, Source: controllers.PreviewOfStatus,
		LastReadTime:   metav1.NewTime(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)),
		PendingChanges: v1alpha1.ChangeCounts{Removals: 2, Roles: 1, Invitations: 2, Blocked: 2},
		Changes: []controllers.PreviewChange{
			{Verb: "Remove", Email: "lee@example.com", From: "Editor", User: "lee"},
			{Verb: "CancelInvitation", Email: "ann@example.com", From: "Viewer", User: "ann", Resend: true},
			{Verb: "SetRole", Email: "kim@example.com", From: "Viewer", Role: "Admin", User: "kim"},
			{Verb: "Invite", Email: "ann@example.com", Role: "Editor", User: "ann", Resend: true},
			{Verb: "Invite", Email: "jo@example.com", Role: "Editor", User: "jo"},
			{Verb: "Remove", Email: "max\x1b[31m@example.com", Reason: "RemovalsHeld", Message: "It is held."},
			{Verb: "CancelInvitation", Email: "may@example.com", From: "Viewer", Reason: "RemovalsHeld", Message: "It is held."},
		},
		HeldRemovals: "abc-1", ApproveCommand: "kubectl annotate abc-1",
		WaitsFor: &controllers.PreviewWait{Reason: "PageChanged", Message: "The page is another."},
		Notes:    []string{"2 lines are not known."},
	}
}

func TestPlanForPeople(t *testing.T) {
	fine := &controllers.Preview{
		Namespace: "clay", Name: "fine", Source: controllers.PreviewOfClay, LastReadTime: metav1.NewTime(time.Date(2026, 3, 2, 9, 4, 58, 0, time.UTC)),
	}
	report := planReport{Workspaces: []*controllers.Preview{planned(), fine}, Notes: []string{"ClayUser clay/stray is left out."}}
	var out bytes.Buffer
	if err := report.print(&out, outputTable, time.Date(2026, 3, 2, 9, 5, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	want := `WORKSPACE   CHANGE         EMAIL                      ROLE            ASKED BY            HELD BACK BY
clay/sales  remove         lee@example.com            Editor          lee                 -
clay/sales  cancel (anew)  ann@example.com            Viewer          ann                 -
clay/sales  role           kim@example.com            Viewer → Admin  kim                 -
clay/sales  invite (anew)  ann@example.com            Editor          ann                 -
clay/sales  invite         jo@example.com             Editor          jo                  -
clay/sales  remove         "max\x1b[31m@example.com"  -               nobody (unmanaged)  RemovalsHeld
clay/sales  cancel         may@example.com            Viewer          nobody (unmanaged)  RemovalsHeld

RemovalsHeld: It is held.

clay/sales: 1 to remove, 1 to change the role, 2 to invite, 2 held back. Clay was read by the operator, 2026-03-02T09:00:00Z (5m ago).
  The operator changes nothing before this is put right: PageChanged: The page is another.
  The removals that are held back have the name abc-1. To let exactly these go now:
    kubectl annotate abc-1
  Note: 2 lines are not known.
clay/fine: Clay is as the ClayUsers ask for. Clay was read just now, 2026-03-02T09:04:58Z (2s ago).
Note: ClayUser clay/stray is left out.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestPlanForPrograms(t *testing.T) {
	report := planReport{Workspaces: []*controllers.Preview{planned()}, Errors: []planError{{Namespace: "clay", Name: "other", Message: "It is not there."}}}
	decode := map[string]func([]byte, any) error{
		outputJSON: json.Unmarshal,
		outputYAML: func(text []byte, into any) error { return yaml.UnmarshalStrict(text, into) },
	}
	for format, unmarshal := range decode {
		t.Run(format, func(t *testing.T) {
			var out bytes.Buffer
			if err := report.print(&out, format, time.Now()); err != nil {
				t.Fatal(err)
			}
			var got planReport
			if err := unmarshal(out.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(report, got); diff != "" {
				t.Errorf("after a round trip (-want +got):\n%s", diff)
			}
			for _, field := range []string{"workspaceID", "lastReadTime", "pendingChanges", "heldRemovals", "approveCommand", "waitsFor", "verb", "email"} {
				if !strings.Contains(out.String(), field) {
					t.Errorf("no field %s in:\n%s", field, out.String())
				}
			}
		})
	}
}

func TestVerdictOfAPlan(t *testing.T) {
	fine := &controllers.Preview{}
	failed := []planError{{Namespace: "clay", Name: "sales", Message: "It is not there."}}
	for name, test := range map[string]struct {
		report planReport
		want   int
	}{
		"nothing differs":              {planReport{Workspaces: []*controllers.Preview{fine}}, exitOK},
		"something does":               {planReport{Workspaces: []*controllers.Preview{fine, planned()}}, exitFindings},
		"one of two cannot be told of": {planReport{Workspaces: []*controllers.Preview{planned()}, Errors: failed}, exitFailure},
	} {
		t.Run(name, func(t *testing.T) {
			code := exitOK
			if err := test.report.verdict(); err != nil {
				code = exitCode(err)
			}
			if code != test.want {
				t.Errorf("exit code %d, want %d", code, test.want)
			}
		})
	}
}

// plans runs the command as somebody with a kubeconfig, and returns the exit code.
func plans(t *testing.T, kubeconfig string, open openBackend, arguments ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, failures bytes.Buffer
	command := newPlan(open)
	command.SetArgs(append([]string{"--kubeconfig=" + kubeconfig}, arguments...))
	command.SetOut(&out)
	command.SetErr(&failures)
	command.SilenceErrors, command.SilenceUsage = true, true
	if err := command.ExecuteContext(t.Context()); err != nil {
		return exitCode(err), out.String(), err.Error()
	}
	return exitOK, out.String(), ""
}

// TestPlan runs the command with the rights that the project's role gives, against a cluster whose operator is not there.
func TestPlan(t *testing.T) {
	p := startPlane(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "config", "rbac", "clayworkspace_plan_role.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	role := &rbacv1.ClusterRole{}
	if err := yaml.UnmarshalStrict(text, role); err != nil {
		t.Fatal(err)
	}
	kubeconfig := p.person(t, p.environment, "planner", &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Name: role.Name, Namespace: loginNamespace}, Rules: role.Rules,
	})
	nobody := func(context.Context, ownBrowser, io.Writer, []string) (sidecar.Backend, func() error, error) {
		return nil, nil, errors.New("no browser is wanted here")
	}
	run := func(open openBackend, arguments ...string) (int, string, string) {
		return plans(t, kubeconfig, open, append([]string{"--namespace=" + loginNamespace}, arguments...)...)
	}
	if code, _, says := run(nobody); code != exitFailure || !strings.Contains(says, "there is no ClayWorkspace") {
		t.Errorf("an empty namespace: %d, %s", code, says)
	}
	p.fresh(t)
	if code, _, says := run(nobody); code != exitFailure || !strings.Contains(says, "--live") {
		t.Errorf("a workspace that was never read: %d, %s", code, says)
	}
	workspace := &v1alpha1.ClayWorkspace{ObjectMeta: metav1.ObjectMeta{Name: loginWorkspace, Namespace: loginNamespace}}
	if err := p.Get(t.Context(), client.ObjectKeyFromObject(workspace), workspace); err != nil {
		t.Fatal(err)
	}
	workspace.Status = v1alpha1.ClayWorkspaceStatus{
		Account: loginAccount, LastReadTime: &metav1.Time{Time: time.Now().Add(-5 * time.Minute)}, Seats: &v1alpha1.SeatCounts{Active: 1, Admins: 1},
	}
	if err := p.Status().Update(t.Context(), workspace); err != nil {
		t.Fatal(err)
	}
	if code, out, says := run(nobody); code != exitOK || !strings.Contains(out, "Clay is as the ClayUsers ask for") || !strings.Contains(out, "(5m") {
		t.Errorf("nothing to do: %d, %s%s", code, out, says)
	}
	user := func(name, workspace string) *v1alpha1.ClayUser {
		return &v1alpha1.ClayUser{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: loginNamespace},
			Spec:       v1alpha1.ClayUserSpec{Email: name + "@example.com", WorkspaceRef: v1alpha1.WorkspaceReference{Name: workspace}},
		}
	}
	p.create(t, user("jo", loginWorkspace), user("stray", "nowhere"))
	code, out, _ := run(nobody, "--output=json")
	var report planReport
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if code != exitFindings || len(report.Workspaces) != 1 || len(report.Workspaces[0].Changes) != 1 || len(report.Notes) != 1 {
		t.Errorf("somebody to invite, and a stray: %d, %s", code, out)
	}
	if code, out, _ := run(nobody, "--workspace="+loginWorkspace); code != exitFindings || strings.Contains(out, "stray") {
		t.Errorf("one workspace: %d, %s", code, out)
	}
	if code, _, says := run(nobody, "--workspace=other"); code != exitFailure || !strings.Contains(says, `no ClayWorkspace "other"`) {
		t.Errorf("a workspace that is not there: %d, %s", code, says)
	}
	if code, _, says := plans(t, kubeconfig, nobody, "--all-namespaces"); code != exitFailure || !strings.Contains(says, "forbidden") {
		t.Errorf("without the right to look everywhere: %d, %s", code, says)
	}
	p.testLivePlan(t, kubeconfig)
}

// testLivePlan reads a Clay that is as asked for, which the status does not know.
func (p *plane) testLivePlan(t *testing.T, kubeconfig string) {
	t.Helper()
	ended := 0
	open := func(context.Context, ownBrowser, io.Writer, []string) (sidecar.Backend, func() error, error) {
		return still{}, func() error {
			ended++
			return nil
		}, nil
	}
	arguments := []string{"--namespace=" + loginNamespace, "--workspace=" + loginWorkspace, "--live"}
	code, _, says := plans(t, kubeconfig, open, arguments...)
	if code != exitFailure || !strings.Contains(says, "read the Secret") || strings.Contains(says, loginPassword) {
		t.Errorf("without the right to read the Secret: %d, %s", code, says)
	}
	if code, out, says := plans(t, p.admin, open, arguments...); code != exitOK || !strings.Contains(out, "read just now") {
		t.Errorf("live: %d, %s%s", code, out, says)
	}
	if ended != 2 {
		t.Errorf("%d of 2 browsers ended", ended)
	}
}

// still is a Clay in which everybody is there, and nothing can be changed.
type still struct{ sidecar.Backend }

// Observe implements sidecar.Backend.
func (still) Observe(_ context.Context, workspace sidecar.Workspace) (sidecar.Observation, error) {
	return sidecar.Observation{Inventory: seat.Inventory{
		WorkspaceID: workspace.ID, Complete: true, Account: workspace.Login.Email, ReadAt: time.Now(), Members: []seat.Member{
			{Email: workspace.Login.Email, Role: seat.RoleAdmin, Presence: seat.Active},
			{Email: "jo@example.com", Role: seat.RoleEditor, Presence: seat.Active},
		},
	}}, nil
}

func TestMistakesInAPlanAreNoFindings(t *testing.T) {
	for arguments, want := range map[string]string{
		"plan --output=xml":               "--output=xml: use table, json, yaml or markdown",
		"plan --workspace=Not_One":        "--workspace=Not_One",
		"plan --namespace=Not_One":        "--namespace=Not_One",
		"plan --all-namespaces -n clay":   "--all-namespaces looks at everything",
		"plan --no-such-flag":             "--no-such-flag",
		"plan --prune":                    "--prune goes with --filename",
		"plan -A -f x":                    "--all-namespaces goes without --filename",
		"plan --email=a@example.com":      "go with --filename",
		"plan -f x --email=a@example.com": "--email and --live are needed",
		"plan now":                        "unexpected argument",
		"plan --sandbox=maybe":            "--sandbox=maybe",
		"plan --kubeconfig=/no/such/file": "no cluster was found",
	} {
		t.Run(arguments, func(t *testing.T) {
			var stderr bytes.Buffer
			if code := Run(strings.Fields(arguments), io.Discard, &stderr); code != exitFailure {
				t.Errorf("exit code %d, want %d", code, exitFailure)
			}
			if !strings.Contains(stderr.String(), want) {
				t.Errorf("it says %q, want %q", stderr.String(), want)
			}
		})
	}
}

func TestPlanOfAccessForPeople(t *testing.T) {
	preview := &controllers.Preview{
		Namespace: "clay", Name: "sales", Source: controllers.PreviewOfStatus, LastReadTime: metav1.NewTime(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)),
		PendingChanges: v1alpha1.ChangeCounts{Access: 5, Blocked: 1},
		Changes: []controllers.PreviewChange{
			{Verb: "CreateGroup", Group: "Sales, EMEA"},
			{Verb: "EditBudget", Budget: "Q1", Credits: new(int64(200)), FromCredits: new(int64(100))},
			{Verb: "SetDefaultLimit", Credits: new(int64(0))},
			{Verb: "AddToGroup", Email: "jo@example.com", Group: "Sales, EMEA", User: "jo"},
			{Verb: "SetLimit", Email: "jo@example.com", Credits: new(int64(50)), User: "jo", Reason: "NotListed", Message: "Clay does not list the person."},
		},
	}
	report := planReport{Workspaces: []*controllers.Preview{preview}}
	var out bytes.Buffer
	if err := report.print(&out, outputTable, time.Date(2026, 3, 2, 9, 5, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	want := `WORKSPACE   CHANGE         EMAIL           ROLE OR ACCESS  ASKED BY           HELD BACK BY
clay/sales  make group     -               Sales, EMEA     the ClayWorkspace  -
clay/sales  edit budget    -               Q1 100 → 200    the ClayWorkspace  -
clay/sales  default limit  -               0               the ClayWorkspace  -
clay/sales  into group     jo@example.com  Sales, EMEA     jo                 -
clay/sales  limit          jo@example.com  50              jo                 NotListed

NotListed: Clay does not list the person.

clay/sales: 0 to remove, 0 to change the role, 0 to invite, 4 to groups, budgets and limits, 1 held back. ` +
		`Clay was read by the operator, 2026-03-02T09:00:00Z (5m ago).
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}
