package seat

// holdRemovals blocks the removals that the present window has no room for, unless a person has approved exactly these,
// and returns the digest of those that it holds and of those that only the approval lets pass. One of the two is empty.
//
// An approval that was carried out in part no longer fits: what is left has another digest, is held again, and has to be
// approved again. The same happens when the window moves on and lets some of the held removals pass. That is on purpose.
// A person said yes to one set, and something has happened to it since; asking once more costs a minute, and guessing
// wrong costs seats. Whoever carries out an approved set should therefore not split it.
func (w *world) holdRemovals(differences []difference) (heldDigest, approvedDigest string) {
	room := max(0, w.policy.MaxRemovals-max(0, w.policy.RecentRemovals))
	var excess []*difference
	var held []Change
	for i := range differences {
		d := &differences[i]
		if d.reason != "" || !d.changes[0].IsRemoval() {
			continue
		}
		if room > 0 {
			room--
			continue
		}
		excess = append(excess, d)
		held = append(held, d.changes...)
	}
	digest := Digest(held)
	if digest == w.policy.ApprovedRemovals {
		return "", digest
	}
	for _, d := range excess {
		d.reason = BlockedRemovalsHeld
	}
	return digest, ""
}
