package seattest

import (
	"slices"
	"time"

	"github.com/seatwright/clay-operator/internal/seat"
)

// Apply returns what Clay shows after the changes were made, one after the other. A change that Clay would have no row
// for, such as the removal of somebody who is not there, does nothing. The given inventory stays as it is.
func Apply(inventory seat.Inventory, changes []seat.Change) seat.Inventory {
	inventory.Members = slices.Clone(inventory.Members)
	for _, change := range changes {
		switch change.Verb {
		case seat.Remove:
			inventory.Members = without(inventory.Members, change.Email, seat.Active)
		case seat.CancelInvitation:
			inventory.Members = without(inventory.Members, change.Email, seat.Pending)
		case seat.SetRole:
			setRole(inventory.Members, change)
		case seat.Invite:
			inventory.Members = invite(inventory.Members, change)
		}
	}
	return inventory
}

// Remember returns the manifests with their memory of invitations brought up to date after the changes were made at the
// given time. The given manifests stay as they are.
func Remember(desired []seat.Desired, changes []seat.Change, at time.Time) []seat.Desired {
	desired = slices.Clone(desired)
	for _, change := range changes {
		if change.Verb != seat.Invite {
			continue
		}
		for i := range desired {
			if desired[i].Owner == change.Owner {
				desired[i].Invitation.Sent++
				desired[i].Invitation.SentAt = at
			}
		}
	}
	return desired
}

// Removals counts the changes that use up the allowance for removals.
func Removals(changes []seat.Change) int {
	count := 0
	for _, change := range changes {
		if change.IsRemoval() {
			count++
		}
	}
	return count
}

func without(members []seat.Member, email seat.Email, presence seat.Presence) []seat.Member {
	return slices.DeleteFunc(members, func(member seat.Member) bool {
		return is(member, email) && member.Presence == presence
	})
}

func setRole(members []seat.Member, change seat.Change) {
	for i := range members {
		if is(members[i], change.Email) && members[i].Presence == seat.Active {
			members[i].Role = change.Role
		}
	}
}

func invite(members []seat.Member, change seat.Change) []seat.Member {
	if slices.ContainsFunc(members, func(member seat.Member) bool { return is(member, change.Email) }) {
		return members
	}
	return append(members, seat.Member{Email: change.Email, Role: change.Role, Presence: seat.Pending})
}

// is compares without case, as Clay does.
func is(member seat.Member, email seat.Email) bool {
	parsed, err := seat.ParseEmail(string(member.Email))
	return err == nil && parsed == email
}
