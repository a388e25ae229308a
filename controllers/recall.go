package controllers

import (
	"fmt"
	"slices"
	"strings"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

// recall puts Clay's list of members together again from what the statuses hold of the last reading: the seats of the ClayUsers, and
// the members without one. It returns what cannot be known from them.
func (p *pass) recall() (gaps []string, err error) {
	s := &p.workspace.Status
	if s.LastReadTime == nil || s.Seats == nil {
		return nil, stalled(clayv1alpha1.ReasonReading, "The operator has not read this workspace yet. "+
			"Wait for its first reading, see the conditions of the ClayWorkspace for why there is none, or read Clay with --live.")
	}
	found := &recalled{members: map[seat.Email]seat.Member{}}
	for i := range p.users {
		found.addUser(p.emails[i], &p.users[i].Status)
	}
	for _, unmanaged := range s.UnmanagedMembers {
		found.add(seat.Member{
			Email: seat.Email(strings.ToLower(unmanaged.Email)), Role: seat.Role(unmanaged.Role), Presence: seat.Presence(unmanaged.Seat),
		})
	}
	protected, err := protectedEmails(p.workspace)
	if err != nil {
		return nil, err
	}
	gaps = found.fill(s, protected)
	inventory := seat.Inventory{
		WorkspaceID: p.workspace.Spec.WorkspaceID, Members: found.list(), Complete: true, Source: seat.Source(s.InventorySource),
		ReadAt: s.LastReadTime.Time, Account: seat.Email(s.Account),
	}
	p.believe(newReading(inventory, s.LastReadTime.Time, s.LastReadTime.Time))
	return gaps, nil
}

// recalled is a list of members under reconstruction.
type recalled struct{ members map[seat.Email]seat.Member }

func (r *recalled) add(member seat.Member) {
	if _, known := r.members[member.Email]; !known {
		r.members[member.Email] = member
	}
}

func (r *recalled) addUser(email seat.Email, status *clayv1alpha1.ClayUserStatus) {
	if status.Seat == clayv1alpha1.SeatPending || status.Seat == clayv1alpha1.SeatActive {
		r.add(seat.Member{Email: email, ID: status.MemberID, Role: seat.Role(status.Role), Presence: seat.Presence(status.Seat)})
	}
}

// list returns the members in the order of their addresses.
func (r *recalled) list() []seat.Member {
	members := make([]seat.Member, 0, len(r.members))
	for _, member := range r.members {
		members = append(members, member)
	}
	slices.SortFunc(members, func(a, b seat.Member) int { return strings.Compare(string(a.Email), string(b.Email)) })
	return members
}

// fill adds those whom no status lists: the operator's own account and protected addresses without a ClayUser. Whether they are there,
// and as what, follows from the counts where these leave one answer only.
func (r *recalled) fill(s *clayv1alpha1.ClayWorkspaceStatus, protected map[seat.Email]bool) (gaps []string) {
	listed := int32(len(s.UnmanagedMembers)) //nolint:gosec // At most a hundred.
	strangers := max(0, s.Seats.Unmanaged-listed)
	if strangers > 0 {
		gaps = append(gaps, fmt.Sprintf("%s without a ClayUser and not listed in the status, which lists %d: nothing is said about them here. "+
			"--live shows all of them.", count(int(strangers), "more member is", "more members are"), listed))
	}
	r.fillAccount(s, strangers)
	missing := r.missing(s, strangers)
	unlisted := r.unlisted(protected)
	sure := strangers == 0 && int(missing.lines) == len(unlisted) && missing.active == missing.lines &&
		(missing.admins == 0 || missing.admins == missing.lines)
	switch {
	case missing.lines < 0:
		gaps = append(gaps, "The statuses of the ClayUsers and of the ClayWorkspace do not fit together, as they do not while the operator is at work. "+
			"Ask again in a moment, or read Clay with --live.")
	case missing.lines == 0:
	case sure:
		for _, email := range unlisted {
			member := seat.Member{Email: email, Presence: seat.Active}
			if missing.admins > 0 {
				member.Role = seat.RoleAdmin
			}
			r.add(member)
		}
	default:
		gaps = append(gaps, fmt.Sprintf("%s of Clay's list cannot be told from the statuses, such as those of protected addresses without a ClayUser. "+
			"What follows may hold back more than the operator does. --live shows it exactly.", count(int(missing.lines), "line", "lines")))
	}
	return gaps
}

// fillAccount adds the operator's own account: as an admin, or nobody could have read the list, unless the counts say that the list
// knows it by another address or role.
func (r *recalled) fillAccount(s *clayv1alpha1.ClayWorkspaceStatus, strangers int32) {
	account := seat.Email(s.Account)
	if _, known := r.members[account]; known || account == "" {
		return
	}
	r.add(seat.Member{Email: account, Role: seat.RoleAdmin, Presence: seat.Active})
	switch missing := r.missing(s, strangers); {
	case missing.lines < 0:
		delete(r.members, account)
	case missing.admins < 0:
		r.members[account] = seat.Member{Email: account, Presence: seat.Active}
	}
}

// unlisted are the protected addresses that no status lists.
func (r *recalled) unlisted(protected map[seat.Email]bool) []seat.Email {
	var unlisted []seat.Email
	for email := range protected {
		if _, known := r.members[email]; !known {
			unlisted = append(unlisted, email)
		}
	}
	return unlisted
}

// tally counts lines of the list.
type tally struct{ lines, active, admins int32 }

// missing counts the lines that the workspace's counts tell of and that are not known, but for strangers whom no status lists. Of
// these nobody knows how many are active, or admins.
func (r *recalled) missing(s *clayv1alpha1.ClayWorkspaceStatus, strangers int32) tally {
	left := tally{lines: s.Seats.Active + s.Seats.Pending - strangers, active: s.Seats.Active, admins: s.Seats.Admins}
	for _, member := range r.members {
		left.lines--
		if member.Presence == seat.Active {
			left.active--
			if member.Role == seat.RoleAdmin {
				left.admins--
			}
		}
	}
	return left
}
