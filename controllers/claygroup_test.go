package controllers

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

func TestGroupFindsItsMembers(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t))
	group := h.group("sales", withMembers("kim", "jo", "lee"))
	stranger := h.user("lee", func(user *clayv1alpha1.ClayUser) { user.Spec.WorkspaceRef.Name = "other" })
	h.create(h.user("jo"), stranger, group)
	found := awaitStanding(h, group, isStalled(clayv1alpha1.ReasonWorkspaceNotFound))
	if ready := conditionOf(found.Status.Conditions, clayv1alpha1.ConditionReady); !strings.Contains(ready.Message, `"acme"`) {
		t.Errorf("got %q", ready.Message)
	}
	h.create(h.workspace())
	found = awaitStanding(h, group, isSettled(clayv1alpha1.ReasonMembersMissing))
	if diff := cmp.Diff([]string{"kim", "lee"}, found.Status.MissingMembers); diff != "" || found.Status.Members != 1 || found.Status.Mirrored != nil {
		t.Errorf("%+v: %s", found.Status, diff)
	}
	const want = "1 member found. For 2 names there is no ClayUser in the workspace: kim, lee. Create what is missing, or take it out of spec.members."
	if ready := conditionOf(found.Status.Conditions, clayv1alpha1.ConditionReady); ready.Message != want {
		t.Errorf("got %q", ready.Message)
	}

	kim := h.user("kim")
	h.create(kim)
	await(h, group, "two members", func(group *clayv1alpha1.ClayGroup) bool { return group.Status.Members == 2 })
	update(h, group, withMembers("kim", "jo"))
	found = awaitStanding(h, group, isSettled(clayv1alpha1.ReasonMembersFound))
	if len(found.Status.MissingMembers) > 0 || found.Status.Members != 2 {
		t.Errorf("got %+v", found.Status)
	}
	h.delete(kim)
	h.awaitGone(kim)
	awaitStanding(h, group, isSettled(clayv1alpha1.ReasonMembersMissing))
}

func TestOlderGroupHasTheName(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t))
	named := func(group *clayv1alpha1.ClayGroup) { group.Spec.DisplayName = "Sales" }
	// Of one second, so that the name decides.
	first, second := h.group("a", named), h.group("b", named)
	third := h.group("Sales")
	third.Name = "c"
	elsewhere := h.group("d", named, func(group *clayv1alpha1.ClayGroup) { group.Spec.WorkspaceRef.Name = "other" })
	h.create(h.workspace(), first)
	awaitStanding(h, first, isSettled(clayv1alpha1.ReasonMembersFound))
	h.create(second, third, elsewhere)
	found := awaitStanding(h, second, isStalled(clayv1alpha1.ReasonDuplicateGroup))
	const want = `The ClayGroup "a" has the display name "Sales" too`
	if ready := conditionOf(found.Status.Conditions, clayv1alpha1.ConditionReady); !strings.HasPrefix(ready.Message, want) {
		t.Errorf("got %q", ready.Message)
	}
	awaitStanding(h, third, isSettled(clayv1alpha1.ReasonMembersFound))
	awaitStanding(h, elsewhere, isStalled(clayv1alpha1.ReasonWorkspaceNotFound))
	h.awaitEvent("b", clayv1alpha1.ReasonDuplicateGroup)
	// Another name for the first, and the second's turn has come; the first back, and it is older still.
	update(h, first, func(group *clayv1alpha1.ClayGroup) { group.Spec.DisplayName = "Selling" })
	awaitStanding(h, second, isSettled(clayv1alpha1.ReasonMembersFound))
	update(h, first, named)
	awaitStanding(h, second, isStalled(clayv1alpha1.ReasonDuplicateGroup))
	h.delete(first)
	awaitStanding(h, second, isSettled(clayv1alpha1.ReasonMembersFound))
}

// TestGroupsAreQuiet: what changes nothing writes nothing, and a status has room for whatever a spec may hold.
func TestGroupsAreQuiet(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t))
	var names []string
	for number := range 5_000 {
		names = append(names, fmt.Sprintf("nobody-%04d-with-a-name-of-some-length", number))
	}
	slices.Reverse(names)
	group := h.group("many", withMembers(names...))
	h.create(h.workspace(), group)
	found := awaitStanding(h, group, isSettled(clayv1alpha1.ReasonMembersMissing))
	if len(found.Status.MissingMembers) != 20 || !strings.HasPrefix(found.Status.MissingMembers[0], "nobody-0000-") {
		t.Errorf("%d missing members, the first %.20s", len(found.Status.MissingMembers), found.Status.MissingMembers[0])
	}
	isOfGroup := func(write string) bool { return strings.Contains(write, "/claygroups/") }
	before := len(slices.DeleteFunc(h.written(), func(write string) bool { return !isOfGroup(write) }))
	h.restart()
	h.poke()
	jo := h.user("jo")
	h.create(jo)
	h.awaitFinalizers(1)
	h.poke()
	if after := slices.DeleteFunc(h.written(), func(write string) bool { return !isOfGroup(write) }); len(after) != before {
		t.Errorf("written without need: %v", after[before:])
	}
	if found.ResourceVersion != func() string { h.get(group); return group.ResourceVersion }() {
		t.Error("the group changed")
	}
}

// TestGroupsThatNobodyAsksAbout cost no reading of Clay, and those that a rule may ask about do.
func TestGroupsThatNobodyAsksAbout(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newClay(t))
	workspace, group := h.workspace(), h.group("sales")
	h.create(workspace)
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	h.poke()
	before := h.clay.reads()
	h.create(group)
	awaitStanding(h, group, isSettled(clayv1alpha1.ReasonMembersFound))
	update(h, group, withMembers("jo"))
	awaitStanding(h, group, isSettled(clayv1alpha1.ReasonMembersMissing))
	h.poke()
	if after := h.clay.reads(); after != before+1 {
		t.Errorf("Clay was read %d times for one request", after-before)
	}
	update(h, workspace, withRules("Viewer", `"sales" in groups`))
	awaitStanding(h, workspace, isSettled(clayv1alpha1.ReasonSucceeded))
	h.poke()
	before = h.clay.reads()
	h.delete(group)
	h.clay.await("a reading", func(c *clay) bool { return c.observed > before })
}
