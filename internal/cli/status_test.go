package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/seatwright/clay-operator/api/v1alpha1"
)

// inState is a ClayUser of the workspace clay/sales.
func inState(name string, ready metav1.ConditionStatus, reason, message string, stalled bool) v1alpha1.ClayUser {
	user := v1alpha1.ClayUser{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "clay", Generation: 2},
		Spec:       v1alpha1.ClayUserSpec{Email: name + "@example.com", WorkspaceRef: v1alpha1.WorkspaceReference{Name: "sales"}},
		Status: v1alpha1.ClayUserStatus{
			ObservedGeneration: 2, Seat: v1alpha1.SeatActive, Conditions: []metav1.Condition{{Type: "Ready", Status: ready, Reason: reason, Message: message}},
		},
	}
	if stalled {
		user.Status.Conditions = append(user.Status.Conditions, metav1.Condition{Type: "Stalled", Status: metav1.ConditionTrue, Reason: reason})
	}
	return user
}

func inTrouble() ([]v1alpha1.ClayWorkspace, []v1alpha1.ClayUser) {
	workspace := v1alpha1.ClayWorkspace{
		ObjectMeta: metav1.ObjectMeta{Name: "sales", Namespace: "clay"},
		Spec:       v1alpha1.ClayWorkspaceSpec{WorkspaceID: "12345"},
		Status: v1alpha1.ClayWorkspaceStatus{
			Conditions: []metav1.Condition{
				{Type: "Ready", Status: metav1.ConditionFalse, Reason: "RemovalsHeld", Message: "2 removals are held."},
				{Type: "Reconciling", Status: metav1.ConditionTrue, Reason: "RemovalsHeld", Message: "2 removals are held."},
				{Type: "SessionReady", Status: metav1.ConditionTrue, Reason: "SignedIn"},
				{Type: "HumanNeeded", Status: metav1.ConditionTrue, Reason: "RemovalsHeld", Message: "Approve them."},
			},
			Seats: &v1alpha1.SeatCounts{Active: 12, Pending: 1, Admins: 2, Managed: 3, Unmanaged: 2},
			UnmanagedMembers: []v1alpha1.UnmanagedMember{
				{Email: "ann@example.com", Since: &metav1.Time{Time: time.Date(2026, 2, 1, 9, 0, 0, 0, time.UTC)}},
				{Email: "max\x1b[31m@example.com"},
			},
			PendingChanges: &v1alpha1.ChangeCounts{Removals: 2, Blocked: 2}, HeldRemovals: "abc-1",
			LastReadTime: &metav1.Time{Time: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)},
		},
	}
	elsewhere := inState("elsewhere", metav1.ConditionTrue, "SeatActive", "", false)
	elsewhere.Spec.WorkspaceRef.Name = "other"
	changed := inState("changed", metav1.ConditionTrue, "SeatActive", "There is a seat.", false)
	changed.Generation = 3
	users := []v1alpha1.ClayUser{
		inState("jo", metav1.ConditionTrue, "SeatActive", "There is a seat.", false),
		inState("kim", metav1.ConditionFalse, "InvitationPending", "Invited.", false),
		inState("lee", metav1.ConditionFalse, "LastAdmin", "Make somebody an admin.", true),
		changed, elsewhere,
	}
	return []v1alpha1.ClayWorkspace{workspace}, users
}

func TestStatusForPeople(t *testing.T) {
	report := newStatusReport(inTrouble())
	got := report.describe(palette{}, time.Date(2026, 3, 2, 9, 5, 0, 0, time.UTC))
	want := `WORKSPACE   READY  SEATS  PENDING  ADMINS  UNMANAGED  PEOPLE  TO CHANGE  MODE     READ
clay/sales  False  12     1        2       2          1/4     2          Enforce  5m ago

clay/sales
  Ready=False: RemovalsHeld: 2 removals are held.
  HumanNeeded=True: RemovalsHeld: Approve them.
  Removals wait for an approval: kubectl clay approve --namespace=clay --workspace=sales
  stalled lee (lee@example.com): LastAdmin: Make somebody an admin.
  waits changed (changed@example.com): SeatActive: There is a seat.
  waits kim (kim@example.com): InvitationPending: Invited.
  2 without a ClayUser: ann@example.com since 2026-02-01, "max\x1b[31m@example.com"
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStatusForPrograms(t *testing.T) {
	var out bytes.Buffer
	report := newStatusReport(inTrouble())
	output := outputFlag{format: outputJSON}
	if err := output.write(&out, report, nil); err != nil {
		t.Fatal(err)
	}
	var got statusReport
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if people := got.Workspaces[0].People; people != (peopleCounts{Total: 4, Ready: 1, Waiting: 2, Stalled: 1}) {
		t.Errorf("it counts %+v", people)
	}
	if since := got.Workspaces[0].Unmanaged[0].Since; since == nil || since.UTC().Format(day) != "2026-02-01" {
		t.Errorf("the first without a ClayUser is known since %v", since)
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("there are escapes in what programs read")
	}
}

func TestStatusOfManyIsShort(t *testing.T) {
	workspaces, _ := inTrouble()
	var users []v1alpha1.ClayUser
	for i := range 300 {
		users = append(users, inState(fmt.Sprintf("user-%03d", i), metav1.ConditionFalse, "InvitationPending", "Invited.", false))
	}
	text := newStatusReport(workspaces, users).describe(palette{}, time.Now())
	if lines := strings.Count(text, "\n"); lines > 40 || !strings.Contains(text, "and 280 more people") {
		t.Errorf("%d lines:\n%s", lines, text)
	}
}

func TestStatusOfWhatNobodyLookedAt(t *testing.T) {
	workspaces := []v1alpha1.ClayWorkspace{{ObjectMeta: metav1.ObjectMeta{Name: "new", Namespace: "clay"}}}
	text := newStatusReport(workspaces, nil).describe(palette{}, time.Now())
	if !strings.Contains(text, "Does it run, and watch this namespace?") || !strings.Contains(text, "never") {
		t.Errorf("it says:\n%s", text)
	}
}

func TestColorsAreForTerminalsAlone(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // Nothing is written to it.
	if paletteOf(file).on || paletteOf(&bytes.Buffer{}).on {
		t.Error("what is no terminal gets colors")
	}
	painted := newStatusReport(inTrouble()).describe(palette{on: true}, time.Now())
	if !strings.Contains(painted, string(red)+"False") || !strings.Contains(painted, string(bold)+"WORKSPACE") {
		t.Errorf("a terminal gets no colors: %q", painted)
	}
	for _, escape := range []color{red, green, yellow, bold, plain} {
		painted = strings.ReplaceAll(painted, string(escape), "")
	}
	if bare := newStatusReport(inTrouble()).describe(palette{}, time.Now()); painted != bare {
		t.Errorf("colors move the columns:\n%s\n%s", painted, bare)
	}
}
