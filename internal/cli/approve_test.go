package cli

import (
	"bytes"
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
	"github.com/seatwright/clay-operator/internal/seat"
)

// approves runs the command with a person's answer, or with none where nobody can be asked.
func (p *plane) approves(t *testing.T, answer string, arguments ...string) (says string, err error) {
	t.Helper()
	options := approveOptions{isTerminal: func(io.Reader) bool { return answer != "" }}
	options.target = targetFlags{namespace: loginNamespace, kubeconfig: p.approver}
	command := newApprove()
	if err := command.ParseFlags(arguments); err != nil {
		t.Fatal(err)
	}
	options.name, _ = command.Flags().GetString("set")
	options.target.workspace, _ = command.Flags().GetString("workspace")
	var out bytes.Buffer
	err = options.run(t.Context(), strings.NewReader(answer), &out)
	return out.String(), err
}

// hold puts two leavers into the cluster whose removals the operator holds back, and returns the name of the set.
func (p *plane) hold(t *testing.T) string {
	t.Helper()
	p.fresh(t)
	var changes []seat.Change
	for _, name := range []string{"leaver-one", "leaver-two"} {
		user := &v1alpha1.ClayUser{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: loginNamespace},
			Spec: v1alpha1.ClayUserSpec{
				Email: name + "@example.com", WorkspaceRef: v1alpha1.WorkspaceReference{Name: loginWorkspace}, Active: new(bool),
			},
		}
		p.create(t, user)
		user.Status = v1alpha1.ClayUserStatus{Seat: v1alpha1.SeatActive, Role: v1alpha1.RoleEditor, MemberID: name}
		if err := p.Status().Update(t.Context(), user); err != nil {
			t.Fatal(err)
		}
		changes = append(changes, seat.Change{Verb: seat.Remove, Email: seat.Email(name + "@example.com")})
	}
	workspace := p.workspace(t)
	workspace.Spec.Removals = &v1alpha1.Removals{MaxPerHour: new(int32)}
	if err := p.Update(t.Context(), workspace); err != nil {
		t.Fatal(err)
	}
	name := seat.Digest(changes) + "-1"
	workspace.Status = v1alpha1.ClayWorkspaceStatus{
		Account: loginAccount, LastReadTime: &metav1.Time{Time: time.Now()}, Seats: &v1alpha1.SeatCounts{Active: 3, Admins: 1, Managed: 2}, HeldRemovals: name,
	}
	if err := p.Status().Update(t.Context(), workspace); err != nil {
		t.Fatal(err)
	}
	return name
}

func (p *plane) workspace(t *testing.T) *v1alpha1.ClayWorkspace {
	t.Helper()
	workspace := &v1alpha1.ClayWorkspace{ObjectMeta: metav1.ObjectMeta{Name: loginWorkspace, Namespace: loginNamespace}}
	if err := p.Get(t.Context(), client.ObjectKeyFromObject(workspace), workspace); err != nil {
		t.Fatal(err)
	}
	return workspace
}

func (p *plane) approval(t *testing.T) string {
	t.Helper()
	return p.workspace(t).Annotations[v1alpha1.AnnotationApproveRemovals]
}

// roleOf reads a role that the project offers, for one namespace.
func roleOf(t *testing.T, files ...string) *rbacv1.Role {
	t.Helper()
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "offered", Namespace: loginNamespace}}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join("..", "..", "config", "rbac", file))
		if err != nil {
			t.Fatal(err)
		}
		offered := &rbacv1.ClusterRole{}
		if err := yaml.UnmarshalStrict(text, offered); err != nil {
			t.Fatal(err)
		}
		role.Rules = append(role.Rules, offered.Rules...)
	}
	return role
}

// TestApprove approves with the rights that the project's roles give.
func TestApprove(t *testing.T) {
	p := startPlane(t)
	p.approver = p.person(t, p.environment, "approver", roleOf(t, "clayworkspace_plan_role.yaml", "clayworkspace_approve_role.yaml"))
	p.fresh(t)
	if _, err := p.approves(t, loginWorkspace+"\n"); err == nil || !strings.Contains(err.Error(), "nothing to approve") {
		t.Errorf("with nothing held: %v", err)
	}
	name := p.hold(t)
	for about, test := range map[string]struct {
		answer    string
		arguments []string
		want      string
	}{
		"another answer":     {answer: "yes\n", want: "nothing is approved"},
		"no answer":          {answer: "\n", want: "nothing is approved"},
		"nobody to ask":      {want: "--set=" + name},
		"another set":        {arguments: []string{"--set=0000000000000000-1"}, want: name},
		"another workspace":  {answer: "x\n", arguments: []string{"--workspace=other"}, want: `no ClayWorkspace "other"`},
		"a set and a person": {answer: loginWorkspace + "\n", arguments: []string{"--set=" + name + "0"}, want: "another one"},
	} {
		out, err := p.approves(t, test.answer, test.arguments...)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q in it", about, err, test.want)
		}
		if p.approval(t) != "" {
			t.Fatalf("%s: it is approved: %s", about, out)
		}
	}
	out, err := p.approves(t, loginWorkspace+"\n")
	if err != nil || p.approval(t) != name {
		t.Errorf("a person said yes: %v, %q", err, p.approval(t))
	}
	for _, want := range []string{"leaver-one@example.com", "leaver-two@example.com", "2 removals", name, "next pass"} {
		if !strings.Contains(out, want) {
			t.Errorf("it says no %q:\n%s", want, out)
		}
	}
	p.testApprovalOfChange(t)
}

// testApprovalOfChange has the workspace change while the person thinks.
func (p *plane) testApprovalOfChange(t *testing.T) {
	t.Helper()
	p.fresh(t)
	shown := p.workspace(t)
	shown.Status.HeldRemovals = "shown-1"
	now := p.workspace(t)
	now.Status.HeldRemovals = "other-1"
	if err := p.Status().Update(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if err := approve(t.Context(), p, shown); err == nil || !strings.Contains(err.Error(), "has changed meanwhile") || p.approval(t) != "" {
		t.Errorf("what was not shown: %v, %q", err, p.approval(t))
	}
}

// TestStatusAndWhoReadTheCluster runs both against a real API server.
func TestStatusAndWhoReadTheCluster(t *testing.T) {
	p := startPlane(t)
	p.hold(t)
	reader := p.person(t, p.environment, "reader", roleOf(t, "clayworkspace_plan_role.yaml"))
	for arguments, want := range map[string]string{
		"status":                               "Removals wait for an approval",
		"status --workspace=" + loginWorkspace: "leaver-one",
		"status --output=yaml":                 "heldRemovals:",
		"who leaver-one":                       "leaver-one@example.com",
		"who LEAVER-TWO@example.com":           "ClayUser " + loginNamespace + "/leaver-two",
	} {
		var out, says bytes.Buffer
		code := Main(append([]string{"kubectl-clay"}, strings.Fields(arguments+" --namespace="+loginNamespace+" --kubeconfig="+reader)...), &out, &says)
		if code != exitOK || !strings.Contains(out.String(), want) {
			t.Errorf("%s: %d, %s%s", arguments, code, out.String(), says.String())
		}
	}
	var says bytes.Buffer
	code := Main([]string{"kubectl-clay", "who", "nobody@example.com", "--namespace=" + loginNamespace, "--kubeconfig=" + reader}, io.Discard, &says)
	if code != exitFailure || !strings.Contains(says.String(), "nothing is known") {
		t.Errorf("nobody: %d, %s", code, says.String())
	}
	p.completesWorkspaces(t)
}

// completesWorkspaces asks every command that works with a ClayWorkspace which there are.
func (p *plane) completesWorkspaces(t *testing.T) {
	t.Helper()
	t.Setenv("KUBECONFIG", p.admin)
	for _, command := range []string{"status", "who", "plan", "report", "approve", "login", "probe", "import"} {
		for namespace, want := range map[string]bool{loginNamespace: true, "elsewhere": false} {
			var out bytes.Buffer
			code := Main([]string{"kubectl_complete-clay", command, "--namespace=" + namespace, "--workspace", ""}, &out, io.Discard)
			if got := strings.Contains(out.String(), loginWorkspace+"\t"); code != exitOK || got != want {
				t.Errorf("%s in the namespace %s is completed by %q", command, namespace, out.String())
			}
		}
	}
	var out bytes.Buffer
	code := Main([]string{"kubectl_complete-clay", "login", "--kubeconfig=" + p.admin + "-none", "--workspace", ""}, &out, io.Discard)
	if code != exitOK || strings.Contains(out.String(), loginWorkspace) {
		t.Errorf("of a cluster that is not there %q is known", out.String())
	}
}
