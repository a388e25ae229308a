package controllers

import (
	"fmt"
	"slices"
	"time"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/access"
)

// maxMissingMembers is how many names of missing members a status holds.
const maxMissingMembers = 20

// groupSight is what a ClayGroup can know of itself.
type groupSight struct {
	// missing is true where there is no such workspace.
	missing bool
	// holder is the ClayGroup that has the display name, where this one does not.
	holder string
	// unmirrored is the reason why the group is not mirrored although it asks for it; empty where there is none.
	unmirrored string
	// users are the names of the workspace's ClayUsers.
	users map[string]bool
	// mirrored is how many members the group has in Clay; nil where that is not known.
	mirrored *int32
}

// assessGroup works out the status of a ClayGroup.
func assessGroup(group *clayv1alpha1.ClayGroup, found groupSight, next *clayv1alpha1.ClayGroupStatus, now time.Time) {
	var missing []string
	for _, member := range group.Spec.Members {
		if !found.users[member.Name] {
			missing = append(missing, member.Name)
		}
	}
	slices.Sort(missing)
	members := len(group.Spec.Members) - len(missing)
	next.ObservedGeneration = group.Generation
	next.Members = int32(members) //nolint:gosec // A group has 5,000 members at most.
	next.MissingMembers = missing[:min(len(missing), maxMissingMembers):min(len(missing), maxMissingMembers)]
	next.Mirrored = found.mirrored
	judgeGroup(group, found, members, missing).Apply(&next.Conditions, group.Generation, now)
}

// judgeGroup says how a ClayGroup is doing. One that names people whom there is no ClayUser for is Ready nevertheless: they get nothing, and
// whoever left, and is still listed, holds up nobody.
func judgeGroup(group *clayv1alpha1.ClayGroup, found groupSight, members int, missing []string) status.Standing {
	switch {
	case found.missing:
		return status.Stalled(clayv1alpha1.ReasonWorkspaceNotFound,
			fmt.Sprintf("There is no ClayWorkspace %q in this namespace. Create it, or make a new ClayGroup that names another.",
				group.Spec.WorkspaceRef.Name))
	case found.holder != "":
		return status.Stalled(clayv1alpha1.ReasonDuplicateGroup,
			fmt.Sprintf("The ClayGroup %q has the display name %q too and comes first, so that this one counts for nothing. "+
				"Give one of the two another spec.displayName, or delete it.", found.holder, group.GetDisplayName()))
	case found.unmirrored == clayv1alpha1.ReasonNameTooLong:
		return status.Stalled(found.unmirrored,
			fmt.Sprintf("The name of a group in Clay has at most %d characters, and this one's has more, so that it is not mirrored there. "+
				"Set spec.displayName to a shorter one. Access rules see the group nevertheless.", access.MaxGroupName))
	case found.unmirrored == clayv1alpha1.ReasonTooManyMirrored:
		return status.Stalled(found.unmirrored,
			fmt.Sprintf("%d older ClayGroups of the workspace are mirrored in Clay, which is as many as may be, so that this one is not. "+
				"Set spec.mirror of one of them, or of this one, to false. Access rules see the group nevertheless.", maxMirrored))
	case len(missing) > 0:
		return status.Settled(clayv1alpha1.ReasonMembersMissing,
			fmt.Sprintf("%s found. For %s there is no ClayUser in the workspace: %s. Create what is missing, or take it out of spec.members.",
				count(members, "member", "members"), count(len(missing), "name", "names"), enumerate(missing)))
	default:
		return status.Settled(clayv1alpha1.ReasonMembersFound, count(members, "member", "members")+" found.")
	}
}
