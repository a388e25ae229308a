package manifest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// cluster lists a workspace and its people, and has nothing else.
type cluster struct {
	client.Reader

	workspace clayv1alpha1.ClayWorkspace
	users     []clayv1alpha1.ClayUser
	groups    []clayv1alpha1.ClayGroup
}

// List implements client.Reader.
func (c *cluster) List(_ context.Context, into client.ObjectList, _ ...client.ListOption) error {
	switch into := into.(type) {
	case *clayv1alpha1.ClayWorkspaceList:
		into.Items = []clayv1alpha1.ClayWorkspace{*c.workspace.DeepCopy()}
	case *clayv1alpha1.ClayUserList:
		into.Items = slices.Clone(c.users)
	case *clayv1alpha1.ClayGroupList:
		into.Items = slices.Clone(c.groups)
	}
	return nil
}

// seated is a ClayUser whose seat the operator has seen.
func seated(name, workspace string, finalizers ...string) clayv1alpha1.ClayUser {
	return clayv1alpha1.ClayUser{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "clay", Generation: 4, Finalizers: finalizers},
		Spec:       clayv1alpha1.ClayUserSpec{Email: name + "@example.com", WorkspaceRef: clayv1alpha1.WorkspaceReference{Name: workspace}},
		Status:     clayv1alpha1.ClayUserStatus{Seat: clayv1alpha1.SeatActive, Role: clayv1alpha1.RoleEditor},
	}
}

// sales is a cluster with three people in a workspace, and one in another.
func sales() *cluster {
	kept := seated("lee", "sales")
	kept.Spec.DeletionPolicy = clayv1alpha1.DeletionRetain
	c := &cluster{users: []clayv1alpha1.ClayUser{
		seated("jo", "sales", clayv1alpha1.FinalizerSeat), seated("kim", "sales", clayv1alpha1.FinalizerSeat), kept,
		seated("max", "other", clayv1alpha1.FinalizerSeat),
	}}
	c.workspace.Name, c.workspace.Namespace = "sales", "clay"
	c.workspace.Status.Seats = &clayv1alpha1.SeatCounts{Active: 8, Managed: 3, Unmanaged: 5}
	c.workspace.Status.UnmanagedMembers = []clayv1alpha1.UnmanagedMember{{Email: "ann@example.com", Seat: clayv1alpha1.SeatActive}}
	c.groups = []clayv1alpha1.ClayGroup{{
		ObjectMeta: metav1.ObjectMeta{Name: "team", Namespace: "clay"},
		Spec:       clayv1alpha1.ClayGroupSpec{WorkspaceRef: clayv1alpha1.WorkspaceReference{Name: "sales"}},
	}}
	return c
}

func TestOverlay(t *testing.T) {
	t.Parallel()
	text := goodUser + "  role: Viewer\n"
	for _, name := range []string{"ann", "new"} {
		text += fmt.Sprintf("---\napiVersion: clay.seatwright.dev/v1alpha1\nkind: ClayUser\nmetadata: {name: %[1]s}\nspec:\n"+
			"  workspaceRef: {name: sales}\n  email: %[1]s@example.com\n", name)
	}
	set, problems := Load([]Source{{Name: "a.yaml", Text: []byte(text)}}, "clay")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, prune := range []bool{false, true} {
		t.Run(fmt.Sprintf("prune %t", prune), func(t *testing.T) {
			t.Parallel()
			overlay, problems, err := NewOverlay(t.Context(), sales(), set, prune, time.Now())
			if err != nil || len(problems) > 0 {
				t.Fatal(problems, err)
			}
			checkOverlay(t, overlay, prune)
		})
	}
}

func checkOverlay(t *testing.T, overlay *Overlay, prune bool) {
	t.Helper()
	users := &clayv1alpha1.ClayUserList{}
	if err := overlay.List(t.Context(), users, client.InNamespace("clay")); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, user := range users.Items {
		mark := ""
		if !user.DeletionTimestamp.IsZero() {
			mark = "†"
		}
		got = append(got, fmt.Sprintf("%s%s %s/%d", user.Name, mark, user.Spec.Role, user.Generation))
		if user.Name == "jo" && user.Status.Seat != clayv1alpha1.SeatActive {
			t.Error("what the operator knows of jo is forgotten")
		}
	}
	want := []string{"ann /1", "jo Viewer/5", "kim /4", "lee /4", "max /4", "new /1"}
	if prune {
		want = []string{"ann /1", "jo Viewer/5", "kim† /4", "max /4", "new /1"}
	}
	if !slices.Equal(got, want) {
		t.Errorf("ClayUsers %q, want %q", got, want)
	}
	workspaces, missing := overlay.Named()
	if len(workspaces) != 1 || len(missing) > 0 {
		t.Fatalf("%d workspaces, missing %v", len(workspaces), missing)
	}
	// Ann is listed as unmanaged; of the new one nobody knows.
	if unseen := overlay.Unseen(&workspaces[0]); unseen != 1 {
		t.Errorf("%d are unseen", unseen)
	}
	listed := workspaces[0].Status.UnmanagedMembers
	released := slices.ContainsFunc(listed, func(member clayv1alpha1.UnmanagedMember) bool { return member.Email == "lee@example.com" })
	if released != prune || int(workspaces[0].Status.Seats.Unmanaged) != 4+len(listed) {
		t.Errorf("unmanaged: %v of %d", listed, workspaces[0].Status.Seats.Unmanaged)
	}
	groups := &clayv1alpha1.ClayGroupList{}
	if err := overlay.List(t.Context(), groups); err != nil || len(groups.Items) == 0 != prune {
		t.Errorf("%d ClayGroups, %v", len(groups.Items), err)
	}
	if err := overlay.List(t.Context(), users, client.MatchingFields{"spec.email": "jo@example.com"}); err == nil {
		t.Error("fields are not looked at, and nothing says so")
	}
	err := overlay.Get(t.Context(), client.ObjectKey{Namespace: "clay", Name: "nobody"}, &clayv1alpha1.ClayUser{})
	if client.IgnoreNotFound(err) != nil || err == nil {
		t.Errorf("somebody who is not there: %v", err)
	}
}
