package seat

// rule looks at one difference alone and returns why it has to stay, or nothing.
type rule func(*world, difference) BlockReason

// enforce gives every difference that has to stay its reason, and returns the digests of the removals that the budget
// holds back and of those that only an approval lets pass. The rules about a single difference come first, so that what they
// block uses up no allowance; the mode comes last, so that Observe shows what the other rules would say.
func (w *world) enforce(differences []difference) (heldDigest, approvedDigest string) {
	for i := range differences {
		differences[i].reason = w.objection(differences[i])
	}
	w.keepAnAdmin(differences)
	heldDigest, approvedDigest = w.holdRemovals(differences)
	w.keepToMode(differences)
	return heldDigest, approvedDigest
}

// objection asks the rules about a single difference. The first that objects names the reason: first what a person asked
// for, then what can never be done, then what may go away by itself.
func (w *world) objection(d difference) BlockReason {
	rules := []rule{
		suspended, invalidEmail, ambiguousMember,
		ownAccount, protectedEmail, unknownRole,
		waiting, tooManyInvitations, unguarded,
	}
	for _, objects := range rules {
		if reason := objects(w, d); reason != "" {
			return reason
		}
	}
	return ""
}

func (w *world) keepToMode(differences []difference) {
	var reason BlockReason
	switch {
	case w.policy.Suspended:
		reason = BlockedSuspended
	case w.policy.Observe:
		reason = BlockedObserve
	default:
		return
	}
	for i := range differences {
		if differences[i].reason == "" {
			differences[i].reason = reason
		}
	}
}

func suspended(_ *world, d difference) BlockReason {
	if d.wish != nil && d.wish.Suspended {
		return BlockedSuspended
	}
	return ""
}

// invalidEmail also keeps unmanaged members while some manifest's address cannot be read: a slip of the pen in a
// manifest must not cost the seat of the person whom it means.
func invalidEmail(w *world, d difference) BlockReason {
	if d.wish != nil && !d.valid || d.wish == nil && w.unreadableManifest {
		return BlockedInvalidEmail
	}
	return ""
}

func ambiguousMember(_ *world, d difference) BlockReason {
	if d.ambiguous {
		return BlockedAmbiguousMember
	}
	return ""
}

// ownAccount lets the operator change nothing about the account that it works with. Where the list does not show that account
// as an admin it may be any member who is one, because only admins see the list of members, or whose role cannot be read.
func ownAccount(w *world, d difference) BlockReason {
	own := w.account != "" && d.member.Email == w.account
	if own || !w.accountShown && d.mayTouchAdmin() {
		return BlockedOwnAccount
	}
	return ""
}

// protectedEmail blocks a Resend too: between its two halves the person would have nothing.
func protectedEmail(w *world, d difference) BlockReason {
	if !w.protected[d.member.Email] {
		return ""
	}
	switch change := d.changes[0]; change.Verb {
	case Remove, CancelInvitation:
		return BlockedProtected
	case SetRole:
		if lowers(change.From, change.Role) {
			return BlockedProtected
		}
	case Invite:
		// Nothing is taken away.
	}
	return ""
}

// lowers is true unless the new role is known to allow everything that the old one allows.
func lowers(from, to Role) bool {
	return to != RoleAdmin && (from != RoleViewer || to != RoleEditor)
}

// unknownRole blocks the change of a role, and the gift of one, that this version does not know. Removing somebody is no
// question of roles, but keepAnAdmin allows for such a member being an admin.
func unknownRole(_ *world, d difference) BlockReason {
	for _, change := range d.changes {
		unknownNow := change.Verb == SetRole && change.From == ""
		gives := change.Verb == SetRole || change.Verb == Invite
		if unknownNow || gives && !isKnown(change.Role) {
			return BlockedUnknownRole
		}
	}
	return ""
}

func waiting(w *world, d difference) BlockReason {
	if d.wish != nil {
		return d.wish.Wait
	}
	return w.policy.Waits[d.member.Email]
}

// tooManyInvitations counts every invitation, those for a changed role too. Such a change is asked for by a person, but
// a manifest over which two tools disagree, or a Clay that ignores the role, would otherwise send mail without end.
func tooManyInvitations(w *world, d difference) BlockReason {
	if d.invites() && d.wish.Invitation.Sent >= max(w.policy.MaxInvitations, 1) {
		return BlockedInvitations
	}
	return ""
}

func unguarded(_ *world, d difference) BlockReason {
	if d.invites() && !d.wish.Guarded {
		return BlockedUnguarded
	}
	return ""
}

func (d difference) invites() bool { return d.changes[len(d.changes)-1].Verb == Invite }

// mayTouchAdmin is true where the difference removes or changes an active member who is an admin, or may be one.
func (d difference) mayTouchAdmin() bool {
	verb := d.changes[0].Verb
	return (verb == Remove || verb == SetRole) && (d.member.Role == RoleAdmin || d.member.Role == "")
}
