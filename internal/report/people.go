package report

import (
	"cmp"
	"slices"
	"strings"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// expiringDays is how soon a seat must come to its end to be told of: time for its owner to ask for more.
const expiringDays = 30

// countSeats counts members and invitations, by what the operator counted, and by role, by what the statuses list.
func (b *builder) countSeats() {
	seats := &b.result.Figures.Seats
	if counted := b.workspace.Status.Seats; counted != nil {
		seats.Active, seats.Pending, seats.Admins = int(counted.Active), int(counted.Pending), int(counted.Admins)
		seats.Managed, seats.Unmanaged = int(counted.Managed), int(counted.Unmanaged)
	}
	listed := map[string]*RoleCount{}
	count := func(role clayv1alpha1.Role, seat clayv1alpha1.Seat) {
		if listed[string(role)] == nil {
			listed[string(role)] = &RoleCount{Role: string(role)}
		}
		switch seat {
		case clayv1alpha1.SeatActive:
			listed[string(role)].Active++
		case clayv1alpha1.SeatPending:
			listed[string(role)].Pending++
		default:
		}
	}
	for i := range b.users {
		count(b.users[i].Status.Role, b.users[i].Status.Seat)
	}
	for _, stranger := range b.strangers() {
		count(stranger.Role, stranger.Seat)
		if stranger.Seat == clayv1alpha1.SeatActive {
			seats.UnmanagedActive++
		}
	}
	seats.UnmanagedUnlisted = max(0, seats.Unmanaged-len(b.strangers()))
	// The rest is known by number alone.
	rest := RoleCount{Active: seats.Active, Pending: seats.Pending}
	if nobody := listed[""]; nobody != nil {
		delete(listed, "")
	}
	for _, known := range listed {
		rest.Active, rest.Pending = rest.Active-known.Active, rest.Pending-known.Pending
	}
	rest.Active, rest.Pending = max(0, rest.Active), max(0, rest.Pending)
	listed[""] = &rest
	seats.ByRole = sortRoles(listed)
}

// roles lists the roles from the highest, and last those whose role is not known.
func roles() []string {
	return []string{
		string(clayv1alpha1.RoleAdmin), string(clayv1alpha1.RoleEditor), string(clayv1alpha1.RoleViewer), string(clayv1alpha1.RoleSalesRep), "",
	}
}

// sortRoles puts counts in the order of the roles, without those that count nobody. A role that this program does not know comes last.
func sortRoles(listed map[string]*RoleCount) []RoleCount {
	sorted := []RoleCount{}
	for _, count := range listed {
		if count.Active+count.Pending > 0 {
			sorted = append(sorted, *count)
		}
	}
	rank := func(role string) int {
		if place := slices.Index(roles(), role); place >= 0 {
			return place
		}
		return len(roles())
	}
	slices.SortFunc(sorted, func(a, b RoleCount) int {
		return cmp.Or(rank(a.Role)-rank(b.Role), strings.Compare(a.Role, b.Role))
	})
	return sorted
}

// strangers are the members without a ClayUser, as the last pass listed them. Who has got a ClayUser since is none any more.
func (b *builder) strangers() []clayv1alpha1.UnmanagedMember {
	named := map[string]bool{}
	for i := range b.users {
		named[addressOf(&b.users[i])] = true
	}
	return slices.DeleteFunc(slices.Clone(b.workspace.Status.UnmanagedMembers), func(member clayv1alpha1.UnmanagedMember) bool {
		return named[strings.ToLower(member.Email)]
	})
}

func (b *builder) findStrangers() {
	var found []Finding
	for _, member := range b.strangers() {
		since := timeOf(member.Since)
		found = append(found, Finding{
			Kind: UnmanagedMember, Name: member.Email, Role: string(member.Role), Seat: string(member.Seat), Since: since, Days: b.daysSince(since),
		})
		if member.Seat == clayv1alpha1.SeatActive && member.Role == clayv1alpha1.RoleAdmin {
			b.find(Finding{Kind: Admin, Name: member.Email, Role: string(member.Role), Seat: string(member.Seat)})
		}
	}
	slices.SortStableFunc(found, byAge)
	b.find(found...)
	if unlisted := b.result.Figures.Seats.UnmanagedUnlisted; unlisted > 0 {
		b.notef("%d more without a ClayUser are known by number alone: the status of a ClayWorkspace lists %d.",
			unlisted, clayv1alpha1.MaxUnmanagedReported)
	}
}

// findPeople finds the invitations that are open, the admins, and the seats that come to their end.
func (b *builder) findPeople() {
	var invited, expiring, admins []Finding
	for i := range b.users {
		user := &b.users[i]
		found := Finding{Name: addressOf(user), User: user.Name, Role: string(user.Status.Role), Seat: string(user.Status.Seat)}
		switch user.Status.Seat {
		case clayv1alpha1.SeatPending:
			invitation := found
			invitation.Kind, invitation.Since, invitation.Sent = OpenInvitation, timeOf(user.Status.InvitedTime), int(user.Status.InvitationsSent)
			invitation.Days = b.daysSince(invitation.Since)
			invited = append(invited, invitation)
		case clayv1alpha1.SeatActive:
			if user.Status.Role == clayv1alpha1.RoleAdmin {
				admin := found
				admin.Kind, admin.Since = Admin, timeOf(user.Status.JoinedTime)
				admin.Days = b.daysSince(admin.Since)
				admins = append(admins, admin)
			}
		default:
			continue
		}
		if expiry, soon := b.expiry(user); soon {
			found.Kind, found.Until, found.Days = ExpiringAccess, expiry.Until, expiry.Days
			expiring = append(expiring, found)
		}
	}
	slices.SortStableFunc(invited, byAge)
	slices.SortStableFunc(admins, byAge)
	slices.SortStableFunc(expiring, func(a, b Finding) int { return cmp.Or(a.Until.Compare(*b.Until), strings.Compare(a.Name, b.Name)) })
	b.find(slices.Concat(invited, expiring, admins)...)
	b.result.Figures.ExpiringAccess = len(expiring)
	b.noteAdmins()
}

// noteAdmins says that there are admins whom no status lists.
func (b *builder) noteAdmins() {
	listed := 0
	for _, found := range b.result.Findings {
		if found.Kind == Admin {
			listed++
		}
	}
	if unlisted := b.result.Figures.Seats.Admins - listed; unlisted > 0 {
		b.notef("%d more of the admins are known by number alone, such as the operator's own account and protected addresses without a ClayUser.", unlisted)
	}
}

// expiry says when a seat comes to its end, and whether that is soon, or should have been.
func (b *builder) expiry(user *clayv1alpha1.ClayUser) (Finding, bool) {
	until := timeOf(user.Spec.ExpiresAt)
	if until == nil || !user.IsActive() {
		return Finding{}, false
	}
	left := until.Sub(b.input.Now)
	days := int(left / day)
	if left < 0 {
		// A day that has begun is over: what should have gone an hour ago is a day late.
		days = -int((-left + day - 1) / day)
	}
	return Finding{Until: until, Days: &days}, left <= expiringDays*day
}
