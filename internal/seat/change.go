package seat

// Verb is a kind of change in Clay.
type Verb string

// The four things that the operator does to a seat.
const (
	// Remove takes away the seat of an active member.
	Remove Verb = "Remove"
	// CancelInvitation withdraws an invitation that nobody accepted yet.
	CancelInvitation Verb = "CancelInvitation"
	// SetRole changes the role of an active member.
	SetRole Verb = "SetRole"
	// Invite sends an invitation.
	Invite Verb = "Invite"
)

// Change is one difference between what is and what should be, to be made in Clay.
type Change struct {
	Verb  Verb
	Email Email
	// MemberID is Clay's id of the member, where it is known.
	MemberID string
	// Role is the role to give, for SetRole and Invite.
	Role Role
	// From is the role that the member has now, for SetRole.
	From Role
	// Groups and Budgets are what an Invite should give at once, where Clay's dialog offers that. They are a convenience: what the
	// dialog does not take is given after the person has joined, and whether it was given no outcome of an Invite says.
	Groups, Budgets Names
	// Owner names the ClayUser that asks for the change; empty for the removal of an unmanaged member.
	Owner string
	// Resend marks both halves of a pair, a CancelInvitation and an Invite of one address, that replaces an invitation.
	// The plan holds both or neither. Whoever carries the plan out makes the Invite only after the cancellation is
	// proved; if that is not proved the Invite is dropped, and the next plan starts from what Clay shows then.
	Resend bool
}

// IsRemoval says whether the change takes a seat, or the offer of one, away from somebody for good. These are the
// changes that Policy.MaxRemovals limits and that RecentRemovals counts. A withdrawn invitation costs nobody any work,
// but many of them at once are as likely a mistake as many removals, so they count; half of a Resend does not.
func (c Change) IsRemoval() bool {
	return c.Verb == Remove || c.Verb == CancelInvitation && !c.Resend
}

// Phase orders verbs from 0 to 2: offboarding first, because a leaver with access is the worst state to be in, then roles, then invitations.
func (v Verb) Phase() int {
	switch v {
	case Remove, CancelInvitation:
		return 0
	case SetRole:
		return 1
	default:
		return 2
	}
}
