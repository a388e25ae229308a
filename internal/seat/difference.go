package seat

import (
	"cmp"
	"slices"
)

// unclear is the presence of an address of which Clay's list does not say whether it has a seat, an invitation or nothing.
const unclear Presence = ""

// difference is what separates one line of Clay's list from what is wanted for its address. Its changes are one, or the
// two of a Resend; they are allowed or blocked together.
type difference struct {
	changes []Change
	// wish is the manifest that has the address; nil for an unmanaged member.
	wish *Desired
	// member is what Clay shows; its Presence is Absent where it shows nothing, and unclear where that cannot be told.
	member Member
	// valid is false where the address is none.
	valid bool
	// ambiguous is true where Clay's list does not say clearly what the address has.
	ambiguous bool
	// reason is why the difference stays; empty while nothing speaks against it.
	reason BlockReason
}

// differences lists everything that is not as it should be, the most urgent first.
func (w *world) differences() []difference {
	differences := make([]difference, 0, len(w.addresses))
	for _, place := range w.addresses {
		members := place.members
		if len(members) == 0 {
			members = []Member{{Email: place.email, Presence: w.missing()}}
		}
		for _, member := range members {
			changes := w.changes(place, member)
			if len(changes) == 0 {
				continue
			}
			differences = append(differences, difference{
				changes:   changes,
				wish:      place.wish(),
				member:    member,
				valid:     place.valid,
				ambiguous: !place.valid || len(members) > 1 || member.Presence == unclear,
			})
		}
	}
	slices.SortFunc(differences, compareUrgency)
	return differences
}

// missing is the presence of an address that Clay's list does not show. A line without a legible address may be its own.
func (w *world) missing() Presence {
	if w.unreadableMember {
		return unclear
	}
	return Absent
}

// compareUrgency orders differences by who goes first where the rules allow only some: by phase; what a manifest asks
// for before what follows from there being none; a seat, which gives access, before an invitation, which does not yet;
// and then by address. No wish carries the time at which it was made, so none can be served by age.
func compareUrgency(a, b difference) int {
	rank := func(d difference) int {
		class := 0
		if d.wish == nil {
			class += 2
		}
		if d.changes[0].Verb == CancelInvitation {
			class++
		}
		return class
	}
	return cmp.Or(
		cmp.Compare(a.changes[0].Verb.Phase(), b.changes[0].Verb.Phase()),
		cmp.Compare(rank(a), rank(b)),
		compareMembers(a.member, b.member),
	)
}

func (w *world) changes(place *address, member Member) []Change {
	wish := place.wish()
	switch {
	case wish == nil && w.policy.RemoveUnmanaged && w.isUnmanaged(place):
		return leave(member, "")
	case wish == nil:
		return nil
	case wish.Active && !wish.Deleting:
		return w.join(*wish, member)
	default:
		return leave(member, wish.Owner)
	}
}

// leave returns what takes away whatever seat or invitation there is.
func leave(member Member, owner string) []Change {
	change := Change{Verb: Remove, Email: member.Email, MemberID: member.ID, Owner: owner}
	if member.Presence == Absent {
		return nil
	}
	if member.Presence == Pending {
		change.Verb = CancelInvitation
	}
	return []Change{change}
}

// join returns what leads to a seat with the role wished for. The role of an invitation cannot be changed, so one with
// another role is withdrawn and sent again, like one that is too old; one whose role cannot be read is left alone.
func (w *world) join(wish Desired, member Member) []Change {
	invite := Change{Verb: Invite, Email: wish.Email, Role: wish.Role, Owner: wish.Owner}
	switch member.Presence {
	case Active:
		if member.Role == wish.Role {
			return nil
		}
		return []Change{{
			Verb: SetRole, Email: wish.Email, MemberID: member.ID, Role: wish.Role, From: member.Role, Owner: wish.Owner,
		}}
	case Pending:
		matches := member.Role == "" || member.Role == wish.Role
		if matches && !w.isTooOld(wish.Invitation) {
			return nil
		}
		invite.Resend = true
		withdraw := Change{
			Verb: CancelInvitation, Email: wish.Email, MemberID: member.ID, Owner: wish.Owner, Resend: true,
		}
		return []Change{withdraw, invite}
	default:
		return []Change{invite}
	}
}

func (w *world) isTooOld(invitation Invitation) bool {
	if invitation.SentAt.IsZero() || w.policy.InvitationLifetime <= 0 {
		return false
	}
	return w.policy.Now.Sub(invitation.SentAt) >= w.policy.InvitationLifetime
}
