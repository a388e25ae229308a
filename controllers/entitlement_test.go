package controllers

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// withRules gives a workspace access rules that grant a role each, as pairs of a role and a condition.
func withRules(rules ...string) func(*clayv1alpha1.ClayWorkspace) {
	return func(w *clayv1alpha1.ClayWorkspace) {
		w.Spec.AccessRules = nil
		for i := 0; i < len(rules); i += 2 {
			w.Spec.AccessRules = append(w.Spec.AccessRules, clayv1alpha1.AccessRule{
				Name: "rule-" + strings.ToLower(rules[i]), Match: rules[i+1], Grant: clayv1alpha1.AccessGrant{Role: clayv1alpha1.Role(rules[i])},
			})
		}
	}
}

func withAttributes(attributes map[string]string) func(*clayv1alpha1.ClayUser) {
	return func(user *clayv1alpha1.ClayUser) { user.Spec.Attributes = attributes }
}

func withMembers(names ...string) func(*clayv1alpha1.ClayGroup) {
	return func(group *clayv1alpha1.ClayGroup) {
		group.Spec.Members = nil
		for _, name := range names {
			group.Spec.Members = append(group.Spec.Members, clayv1alpha1.GroupMember{Name: name})
		}
	}
}

func inactive(user *clayv1alpha1.ClayUser) { user.Spec.Active = new(false) }

func endingAt(end time.Time) func(*clayv1alpha1.ClayUser) {
	return func(user *clayv1alpha1.ClayUser) { user.Spec.ExpiresAt = &metav1.Time{Time: end} }
}

// awaitRole waits until Clay shows an address with a role.
func awaitRole(h *harness, email string, role seat.Role) {
	h.t.Helper()
	h.clay.await("the role "+string(role)+" of "+email, func(c *clay) bool {
		member, there := c.inventory.Find(seat.Email(email))
		return there && member.Role == role
	})
}

func TestRolesFollowFromRules(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t, active("moved@example.com", seat.RoleEditor), active("plain@example.com", seat.RoleEditor)))
	joins := h.user("joins", withAttributes(map[string]string{"title": "Director"}))
	moved := h.user("moved", withAttributes(map[string]string{"territory": "EMEA"}))
	own := h.user("own", withAttributes(map[string]string{"title": "Director"}), withRole(clayv1alpha1.RoleSalesRep))
	plain := h.user("plain")
	h.create(joins, moved, own, plain, h.workspace(withRules(
		"Viewer", `attributes.territory == "EMEA"`, "Admin", `attributes.title.startsWith("Dir")`,
	)))
	awaitRole(h, "joins@example.com", seat.RoleAdmin)
	awaitRole(h, "moved@example.com", seat.RoleViewer)
	awaitRole(h, "own@example.com", seat.RoleSalesRep)
	awaitStanding(h, joins, isWaiting(clayv1alpha1.ReasonInvitationPending))
	moved = awaitStanding(h, moved, isSettled(clayv1alpha1.ReasonActive))
	if ready := conditionOf(moved.Status.Conditions, clayv1alpha1.ConditionReady); ready.Message != "There is a seat with the role Viewer." {
		t.Errorf("got %q", ready.Message)
	}
	plain = awaitStanding(h, plain, isSettled(clayv1alpha1.ReasonActive))
	if plain.Status.Role != clayv1alpha1.RoleEditor {
		t.Errorf("a person whom no rule fits is %s", plain.Status.Role)
	}

	// Another attribute, and another rule, move people without any field of theirs naming a role.
	update(h, moved, withAttributes(map[string]string{"territory": "AMER"}))
	awaitRole(h, "moved@example.com", seat.RoleEditor)
	workspace := h.workspace()
	h.get(workspace)
	update(h, workspace, withRules("Viewer", `email == "plain@example.com"`, "Admin", `attributes.title.startsWith("Dir")`))
	awaitRole(h, "plain@example.com", seat.RoleViewer)
	awaitStanding(h, plain, isSettled(clayv1alpha1.ReasonActive))
}

func TestClayGroupsDecideRoles(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t, active("jo@example.com", seat.RoleEditor), active("kim@example.com", seat.RoleEditor)))
	jo, kim := h.user("jo"), h.user("kim", func(user *clayv1alpha1.ClayUser) { user.Spec.Groups = []string{"Leads"} })
	group := h.group("leads", withMembers("jo"), func(group *clayv1alpha1.ClayGroup) { group.Spec.DisplayName = "Team leads" })
	h.create(jo, kim, group, h.workspace(withRules("Viewer", `"Team leads" in groups`, "Admin", `"Leads" in groups`)))
	awaitRole(h, "jo@example.com", seat.RoleViewer)
	awaitRole(h, "kim@example.com", seat.RoleAdmin)
	update(h, group, func(group *clayv1alpha1.ClayGroup) { group.Spec.DisplayName = "Leads" })
	awaitRole(h, "jo@example.com", seat.RoleAdmin)
	h.delete(group)
	awaitRole(h, "jo@example.com", seat.RoleEditor)
	h.poke()
	awaitStanding(h, jo, isSettled(clayv1alpha1.ReasonActive))
}

func TestInvalidRulesHoldOnlyWhatFollowsFromThem(t *testing.T) {
	t.Parallel()
	world := newClay(t, active("stays@example.com", seat.RoleViewer), active("leaves@example.com", seat.RoleEditor), active("ends@example.com", seat.RoleEditor))
	h := newHarness(t, world)
	stays, leaves, joins := h.user("stays"), h.user("leaves", inactive), h.user("joins")
	own := h.user("own", withRole(clayv1alpha1.RoleEditor))
	ends := h.user("ends", endingAt(h.clock.now().Add(-1)))
	workspace := h.workspace(withRules("Viewer", `attributes.territory == "EMEA"`, "Admin", `territory == "EMEA"`))
	h.create(stays, leaves, joins, own, ends, workspace)

	found := awaitStanding(h, workspace, isStalled(clayv1alpha1.ReasonRulesInvalid))
	ready := conditionOf(found.Status.Conditions, clayv1alpha1.ConditionAccessReady)
	const want = `spec.accessRules[1].match of the rule "rule-admin": column 1: undeclared reference to 'territory'. Until that is put right`
	if ready == nil || ready.Status != "False" || ready.Reason != clayv1alpha1.ReasonRulesInvalid || !strings.HasPrefix(ready.Message, want) {
		t.Errorf("the workspace says %+v", ready)
	}
	h.awaitEvent(workspaceName, clayv1alpha1.ReasonRulesInvalid)
	awaitStanding(h, leaves, isSettled(clayv1alpha1.ReasonAbsent))
	awaitStanding(h, ends, isSettled(clayv1alpha1.ReasonExpired))
	awaitStanding(h, own, isWaiting(clayv1alpha1.ReasonInvitationPending))
	awaitStanding(h, joins, isStalled(string(seat.BlockedRulesInvalid)))
	awaitStanding(h, stays, isSettled(clayv1alpha1.ReasonActive))
	h.clay.read(func(c *clay) {
		if member, _ := c.inventory.Find("stays@example.com"); member.Role != seat.RoleViewer || c.sent["joins@example.com"] > 0 {
			t.Errorf("somebody whose role is unclear was touched: %+v, %d invitations", member, c.sent["joins@example.com"])
		}
	})

	update(h, workspace, withRules("Viewer", `attributes.territory == "EMEA"`))
	awaitStanding(h, joins, isWaiting(clayv1alpha1.ReasonInvitationPending))
	awaitRole(h, "stays@example.com", seat.RoleEditor)
	found = awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	left := meta.FindStatusCondition(found.Status.Conditions, clayv1alpha1.ConditionAccessReady)
	if left != nil && left.Reason == clayv1alpha1.ReasonRulesInvalid {
		t.Errorf("the workspace still says %+v", left)
	}
}

// TestRuleThatFailsForSomebody: one whose condition cannot be evaluated for a person holds that person alone.
func TestRuleThatFailsForSomebody(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t))
	odd, fine := h.user("odd", withAttributes(map[string]string{"pattern": "("})), h.user("fine", withAttributes(map[string]string{"pattern": "f.*"}))
	workspace := h.workspace(withRules("Viewer", `email.matches(attributes.pattern)`))
	h.create(odd, fine, workspace)
	awaitRole(h, "fine@example.com", seat.RoleViewer)
	awaitStanding(h, odd, isStalled(string(seat.BlockedRulesInvalid)))
	found := awaitStanding(h, workspace, isStalled(clayv1alpha1.ReasonRulesInvalid))
	const want = `spec.accessRules[0].match of the rule "rule-viewer" fails for 1 ClayUser (odd): `
	if ready := conditionOf(found.Status.Conditions, clayv1alpha1.ConditionAccessReady); ready == nil || !strings.HasPrefix(ready.Message, want) {
		t.Errorf("the workspace says %+v", ready)
	}
}
