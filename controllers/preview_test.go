package controllers

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// preview makes one of the test's workspace: from the status, and from Clay where live.
func (h *harness) preview(live bool) (*Preview, error) {
	h.t.Helper()
	options := PreviewOptions{Reader: h.client, now: h.clock.now}
	if live {
		options.Backend = h.clay
	}
	workspace := h.workspace()
	h.get(workspace)
	return NewPreview(h.t.Context(), workspace, options)
}

func (h *harness) mustPreview(live bool) *Preview {
	h.t.Helper()
	preview, err := h.preview(live)
	if err != nil {
		h.t.Fatal(err)
	}
	return preview
}

// sameWhatever compares previews but for how they were made.
var sameWhatever = cmpopts.IgnoreFields(Preview{}, "Source", "LastReadTime")

// TestPreviewIsWhatThePassDoes looks ahead in mode Observe, from the status and from Clay, and then lets the operator act.
func TestPreviewIsWhatThePassDoes(t *testing.T) {
	t.Parallel()
	world := newClay(t,
		active("mover@example.com", seat.RoleEditor), active("leaver@example.com", seat.RoleViewer), pending("guest@example.com", seat.RoleEditor),
		active("owner@example.com", seat.RoleAdmin), active("chief@example.com", seat.RoleAdmin), active("quiet@example.com", seat.RoleViewer),
		active("stranger@example.com", seat.RoleEditor), pending("temp@example.com", seat.RoleViewer), active("fine@example.com", seat.RoleEditor),
	)
	h := newHarness(t, world)
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.Mode, w.Spec.UnmanagedMembers = clayv1alpha1.ModeObserve, clayv1alpha1.UnmanagedRemove
		w.Spec.ProtectedEmails = []string{"owner@example.com", "chief@example.com"}
	})
	h.create(
		h.user("joiner"), h.user("mover", withRole(clayv1alpha1.RoleAdmin)), h.user("guest", withRole(clayv1alpha1.RoleViewer)), h.user("fine"),
		h.user("leaver", func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) }),
		h.user("chief", withRole(clayv1alpha1.RoleEditor)), h.user("operator", withRole(clayv1alpha1.RoleViewer)),
		h.user("quiet", func(user *clayv1alpha1.ClayUser) { user.Spec.Suspend = true }),
		h.user("twin", func(user *clayv1alpha1.ClayUser) { user.Spec.Email = "FINE@example.com" }),
	)
	h.create(workspace)
	await(h, workspace, "all differences", func(w *clayv1alpha1.ClayWorkspace) bool {
		return w.Status.PendingChanges != nil && w.Status.PendingChanges.Blocked == 9
	})
	h.awaitSeats()
	fromStatus, fromClay := h.mustPreview(false), h.mustPreview(true)
	if fromStatus.Source != PreviewOfStatus || fromClay.Source != PreviewOfClay {
		t.Errorf("sources: %s and %s", fromStatus.Source, fromClay.Source)
	}
	if diff := cmp.Diff(fromClay, fromStatus, sameWhatever); diff != "" {
		t.Errorf("preview (-Clay +status):\n%s", diff)
	}
	for _, change := range fromClay.Changes {
		if change.Reason == "" {
			t.Errorf("in mode Observe this is to be made: %+v", change)
		}
	}
	notes := strings.Join(fromClay.Notes, "\n")
	if !strings.Contains(notes, "ClayUser twin is left out") && !strings.Contains(notes, "ClayUser fine is left out") {
		t.Errorf("notes: %s", notes)
	}

	enforced := h.workspace()
	h.get(enforced)
	enforced.Spec.Mode = clayv1alpha1.ModeEnforce
	ahead, err := NewPreview(t.Context(), enforced, PreviewOptions{Reader: h.client, Backend: world, now: h.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	var told []seat.Change
	for _, change := range ahead.Changes {
		if change.Reason == "" {
			told = append(told, seat.Change{
				Verb: seat.Verb(change.Verb), Email: seat.Email(change.Email), Role: seat.Role(change.Role), Owner: change.User, Resend: change.Resend,
			})
		}
	}
	update(h, workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Mode = clayv1alpha1.ModeEnforce })
	world.await("the changes", func(c *clay) bool { return c.applied == 1 })
	if diff := cmp.Diff(told, world.writings()[0], cmpopts.IgnoreFields(seat.Change{}, "From", "MemberID")); diff != "" {
		t.Errorf("changes (-told +made):\n%s", diff)
	}
}

// awaitSeats waits until every ClayUser knows what Clay shows of it.
func (h *harness) awaitSeats() {
	h.t.Helper()
	users := &clayv1alpha1.ClayUserList{}
	if err := h.client.List(h.t.Context(), users, client.InNamespace(h.namespace)); err != nil {
		h.t.Fatal(err)
	}
	for i := range users.Items {
		await(h, &users.Items[i], "a status", func(user *clayv1alpha1.ClayUser) bool { return user.Status.Seat != "" })
	}
}

func TestPreviewOfHeldRemovals(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 3, 1)
	c.dismiss(c.users...)
	held := c.awaitHeld(2)
	awaitStanding(c.harness, c.users[0], isSettled(clayv1alpha1.ReasonAbsent))
	for _, live := range []bool{false, true} {
		preview := c.mustPreview(live)
		if preview.HeldRemovals != held.Status.HeldRemovals || !strings.HasSuffix(preview.ApproveCommand, "approve-removals="+held.Status.HeldRemovals) {
			t.Errorf("live %t: held %q, approved by %q", live, preview.HeldRemovals, preview.ApproveCommand)
		}
		if len(preview.Changes) != 2 || preview.PendingChanges.Blocked != 2 {
			t.Errorf("live %t: %+v", live, preview.Changes)
		}
		for _, change := range preview.Changes {
			if change.Reason != string(seat.BlockedRemovalsHeld) || change.From != clayv1alpha1.RoleEditor || change.Message == "" {
				t.Errorf("live %t: %+v", live, change)
			}
		}
	}
	// A set that the operator does not know of yet has no name yet.
	c.stop()
	c.get(c.workspace)
	update(c.harness, c.workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Removals.MaxPerHour = new(int32(0)) })
	c.users = append(c.users, c.user("late", func(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) }))
	c.join(c.users[3])
	c.create(c.users[3])
	preview := c.mustPreview(true)
	if preview.HeldRemovals != "" || len(preview.Changes) != 3 || !strings.Contains(strings.Join(preview.Notes, " "), "after its next pass") {
		t.Errorf("%+v", preview)
	}
}

// TestPreviewOfNobodysWork has no operator run at all: Clay is read all the same, and nothing is written anywhere.
func TestPreviewOfNobodysWork(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("kim@example.com", seat.RoleViewer))
	h := newIdleHarness(t, world)
	h.create(h.workspace(), h.user("jo"), h.user("kim"))
	if _, err := h.preview(false); err == nil || !strings.Contains(err.Error(), "--live") {
		t.Errorf("without a reading: %v", err)
	}
	preview := h.mustPreview(true)
	want := []PreviewChange{
		{Verb: "SetRole", Email: "kim@example.com", Role: clayv1alpha1.RoleEditor, From: clayv1alpha1.RoleViewer, User: "kim"},
		{Verb: "Invite", Email: "jo@example.com", Role: clayv1alpha1.RoleEditor, User: "jo"},
	}
	if diff := cmp.Diff(want, preview.Changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	users, secrets := &clayv1alpha1.ClayUserList{}, &corev1.SecretList{}
	for _, list := range []client.ObjectList{users, secrets} {
		if err := h.client.List(t.Context(), list, client.InNamespace(h.namespace)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range users.Items {
		if user := &users.Items[i]; len(user.Finalizers) > 0 || user.Status.Seat != "" {
			t.Errorf("%s was written: %+v", user.Name, user)
		}
	}
	if len(secrets.Items) != 1 {
		t.Errorf("%d Secrets, want the one with the account", len(secrets.Items))
	}
	if written := world.writings(); len(written) != 0 {
		t.Errorf("written in Clay: %v", written)
	}
}

func TestPreviewOfTrouble(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 2, 5)
	c.stop()
	c.clay.script(func(world *clay) {
		world.onObserve = func(int, *seat.Inventory) error {
			return sidecar.Faultf(sidecar.Drift, sidecar.ReasonPageChanged, "The page is another.")
		}
	})
	if _, err := c.preview(true); err == nil || !strings.Contains(err.Error(), "The page is another.") {
		t.Errorf("a page that cannot be read: %v", err)
	}
	c.start()
	c.poke()
	awaitStanding(c.harness, c.workspace, isStalled(sidecar.ReasonPageChanged))
	if waits := c.mustPreview(false).WaitsFor; waits == nil || waits.Reason != sidecar.ReasonPageChanged {
		t.Errorf("waits for %+v", waits)
	}
	c.get(c.workspace)
	update(c.harness, c.workspace, func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Suspend = true })
	c.dismiss(c.users[0])
	awaitStanding(c.harness, c.workspace, isUnknown(clayv1alpha1.ReasonSuspended))
	preview := c.mustPreview(false)
	if len(preview.Changes) != 1 || preview.Changes[0].Reason != string(seat.BlockedSuspended) {
		t.Errorf("of a suspended workspace: %+v", preview.Changes)
	}
}

// TestRecall puts lists together from statuses that leave more or less open.
func TestRecall(t *testing.T) {
	t.Parallel()
	type status = clayv1alpha1.ClayWorkspaceStatus
	seats := func(active, pending, admins, unmanaged int32) func(*status) {
		return func(s *status) {
			s.Seats = &clayv1alpha1.SeatCounts{Active: active, Pending: pending, Admins: admins, Unmanaged: unmanaged}
		}
	}
	protect := []string{"owner@example.com", "chief@example.com"}
	for _, test := range []struct {
		name      string
		counts    func(*status)
		protected []string
		// want are the addresses besides jo's, an active Editor, and kim's, who is nobody's and pending.
		want []string
		gap  string
	}{
		{"the account besides", seats(2, 1, 1, 1), nil, []string{operatorAccount + " Admin"}, ""},
		{"the account is no admin", seats(2, 1, 0, 1), nil, []string{operatorAccount + " "}, ""},
		{"the account has another address", seats(1, 1, 0, 1), nil, nil, ""},
		{"protected admins", seats(4, 1, 3, 1), protect, []string{"chief@example.com Admin", operatorAccount + " Admin", "owner@example.com Admin"}, ""},
		{"protected members", seats(4, 1, 1, 1), protect, []string{"chief@example.com ", operatorAccount + " Admin", "owner@example.com "}, ""},
		{"protected and absent", seats(2, 1, 1, 1), protect, []string{operatorAccount + " Admin"}, ""},
		{"one of two protected", seats(3, 1, 2, 1), protect, []string{operatorAccount + " Admin"}, "1 line of Clay's list"},
		{"one of two protected is an admin", seats(4, 1, 2, 1), protect, []string{operatorAccount + " Admin"}, "2 lines of Clay's list"},
		{"strangers beyond the list", seats(5, 1, 2, 4), nil, []string{operatorAccount + " Admin"}, "3 more members are without a ClayUser"},
		{"the statuses contradict each other", seats(0, 1, 0, 1), nil, nil, "do not fit together"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			at := metav1.NewTime(testTime)
			workspace := &clayv1alpha1.ClayWorkspace{
				Spec: clayv1alpha1.ClayWorkspaceSpec{WorkspaceID: workspaceID, ProtectedEmails: test.protected},
				Status: status{
					LastReadTime: &at, Account: operatorAccount, InventorySource: string(seat.SourceTraffic),
					UnmanagedMembers: []clayv1alpha1.UnmanagedMember{{Email: "kim@example.com", Seat: clayv1alpha1.SeatPending}},
				},
			}
			test.counts(&workspace.Status)
			p := &pass{ClayWorkspaceReconciler: &ClayWorkspaceReconciler{}, workspace: workspace, memory: newMemory(workspace)}
			p.know([]clayv1alpha1.ClayUser{
				{Spec: clayv1alpha1.ClayUserSpec{Email: "jo@example.com"}, Status: clayv1alpha1.ClayUserStatus{
					Seat: clayv1alpha1.SeatActive, Role: clayv1alpha1.RoleEditor,
				}},
				{Spec: clayv1alpha1.ClayUserSpec{Email: "new@example.com"}},
			})
			gaps, err := p.recall()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, member := range p.reading.inventory.Members {
				if member.Email != "jo@example.com" && member.Email != "kim@example.com" {
					got = append(got, fmt.Sprintf("%s %s", member.Email, member.Role))
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
			if text := strings.Join(gaps, " "); (text == "") != (test.gap == "") || !strings.Contains(text, test.gap) {
				t.Errorf("gaps: %q, want %q", text, test.gap)
			}
		})
	}
}

// TestPreviewKeepsItsHandsOff gives it a cluster that can only be read, and a browser that can only look.
func TestPreviewKeepsItsHandsOff(t *testing.T) {
	t.Parallel()
	world := newClay(t)
	world.onApply = func(context.Context, int, int, seat.Change) fate {
		t.Error("a preview writes in Clay")
		return fate{}
	}
	h := newHarness(t, world)
	workspace := h.workspace(func(w *clayv1alpha1.ClayWorkspace) { w.Spec.Mode = clayv1alpha1.ModeObserve })
	h.create(workspace)
	workspace = awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	h.stop()
	h.create(h.user("jo"))
	before := workspace.DeepCopy()
	h.get(before)
	h.clock.advance(time.Minute)
	for _, live := range []bool{false, true} {
		if got := len(h.mustPreview(live).Changes); got != 1 {
			t.Errorf("live %t: %d changes", live, got)
		}
	}
	h.get(workspace)
	if workspace.ResourceVersion != before.ResourceVersion {
		t.Error("a preview wrote the ClayWorkspace")
	}
}
