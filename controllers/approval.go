package controllers

import (
	"strconv"
	"strings"
	"time"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// heldSeparator stands between the digest of a held set and the time since when it is held.
const heldSeparator = "-"

// heldSinceBase writes that time shortly, so that a person can still compare two names.
const heldSinceBase = 36

// nameHeld returns the name by which a person can approve the removals with the digest. It stays the same while the same set is
// held. A set that is held again, after it was not, has another name: an approval that was left standing is not meant for it.
func nameHeld(last, digest string, now time.Time) string {
	switch {
	case digest == "":
		return ""
	case digestOfHeld(last) == digest:
		return last
	default:
		return digest + heldSeparator + strconv.FormatInt(now.UnixMilli(), heldSinceBase)
	}
}

// digestOfHeld returns the digest in the name of a held set.
func digestOfHeld(name string) string {
	digest, _, _ := strings.Cut(name, heldSeparator)
	return digest
}

// approvedDigest returns the digest of the removals that a person has approved; empty where none are. An approval counts
// while the status names the same set, which it does until the set was carried out or is another one.
func approvedDigest(workspace *clayv1alpha1.ClayWorkspace) string {
	approval := workspace.Annotations[clayv1alpha1.AnnotationApproveRemovals]
	if approval != workspace.Status.HeldRemovals {
		return ""
	}
	return digestOfHeld(approval)
}

// isApprovalSpent says whether an approval stands that counts for nothing that is held.
func isApprovalSpent(workspace *clayv1alpha1.ClayWorkspace) bool {
	approval := workspace.Annotations[clayv1alpha1.AnnotationApproveRemovals]
	return approval != "" && approval != workspace.Status.HeldRemovals
}

// approveCommand is the command that approves the held removals that the status names.
func approveCommand(workspace *clayv1alpha1.ClayWorkspace) string {
	return "kubectl annotate --overwrite --namespace " + workspace.Namespace + " clayworkspace " + workspace.Name + " " +
		clayv1alpha1.AnnotationApproveRemovals + "=" + workspace.Status.HeldRemovals
}
