package cli

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/seatwright/clay-operator/api/v1alpha1"
)

func TestWho(t *testing.T) {
	workspaces, users := inTrouble()
	at := func(hour int) metav1.Time { return metav1.NewTime(time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC)) }
	joined, expires, limit := at(8), at(20), int64(500)
	jo := &users[0]
	jo.Spec.Attributes = map[string]string{"territory": "EMEA", "title": "AE"}
	jo.Spec.ExpiresAt = &expires
	jo.Status.Role, jo.Status.MemberID, jo.Status.JoinedTime = v1alpha1.RoleEditor, "70002", &joined
	jo.Status.Access = &v1alpha1.UserAccess{
		Groups: []string{"EMEA"}, MCPCreditLimit: &limit, Usage: &v1alpha1.CreditUsage{Used: 120, Time: at(9)},
		Grants: []v1alpha1.Granted{
			{What: "Role", Value: "Editor", By: "spec"}, {What: "Group", Value: "EMEA", By: "emea"}, {What: "Group", Value: "Reps", By: "reps"},
			{What: "MCPCreditLimit", Value: "500", By: "reps"},
		},
	}
	jo.Status.History = []v1alpha1.Operation{
		{Verb: "SetRole", Role: v1alpha1.RoleEditor, Time: at(10), Outcome: "Applied"},
		{Verb: "Invite", Role: v1alpha1.RoleViewer, Time: at(7), Outcome: "Failed", Reason: "SeatLimit"},
	}
	groups := []v1alpha1.ClayGroup{
		{
			ObjectMeta: metav1.ObjectMeta{Name: "reps", Namespace: "clay"},
			Spec: v1alpha1.ClayGroupSpec{
				WorkspaceRef: v1alpha1.WorkspaceReference{Name: "sales"}, DisplayName: "Sales reps", Members: []v1alpha1.GroupMember{{Name: "jo"}},
			},
		},
		{
			ObjectMeta: metav1.ObjectMeta{Name: "reps", Namespace: "elsewhere"},
			Spec:       v1alpha1.ClayGroupSpec{WorkspaceRef: v1alpha1.WorkspaceReference{Name: "sales"}, Members: []v1alpha1.GroupMember{{Name: "jo"}}},
		},
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	want := `jo@example.com (ClayUser clay/jo, workspace sales)
  Ready       True SeatActive: There is a seat.
  Seat        Active since 2026-03-01, Clay's id 70002
  Role        Editor (by the ClayUser itself)
  Groups      EMEA (by the rule emea), Reps (by the rule reps; not given yet)
  Budgets     -
  MCP limit   500 (by the rule reps), 120 used until 2026-03-01
  ClayGroups  Sales reps
  Expires     on 2026-03-01T20:00:00Z
  Attributes  territory=EMEA, title=AE
  Done        2026-03-01T10:00:00Z  SetRole Editor  Applied
              2026-03-01T07:00:00Z  Invite Viewer  Failed: SeatLimit
`
	for _, person := range []string{"jo", "Jo@Example.com"} {
		got := newWhoReport(person, workspaces, users, groups).describe(palette{}, now)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", person, diff)
		}
	}
}

func TestWhoIsThereWithoutBeingAskedFor(t *testing.T) {
	workspaces, users := inTrouble()
	since := metav1.NewTime(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))
	workspaces[0].Status.UnmanagedMembers[0] = v1alpha1.UnmanagedMember{
		Email: "ann@example.com", Role: v1alpha1.RoleAdmin, Seat: v1alpha1.SeatActive, Since: &since,
	}
	got := newWhoReport("ANN@example.com", workspaces, users, nil).describe(palette{}, time.Now())
	want := "ann@example.com is in the workspace clay/sales without a ClayUser: Active, role Admin, first seen on 2026-02-01\n"
	if got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	if report := newWhoReport("nobody@example.com", workspaces, users, nil); len(report.Users)+len(report.Unmanaged) > 0 {
		t.Errorf("nobody is %+v", report)
	}
}
