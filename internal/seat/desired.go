package seat

import "time"

// Desired is what one ClayUser asks for.
type Desired struct {
	// Owner names the ClayUser, for example by its namespace and name; unique within a plan.
	Owner string
	// Email is the address the seat belongs to.
	Email Email
	// Role is the role asked for; empty means DefaultRole.
	Role Role
	// Active is false where the person should have no seat although the manifest stays.
	Active bool
	// Suspended means hands off: whatever Clay shows for this address stays as it is.
	Suspended bool
	// Deleting is true once the manifest is being deleted and its seat should go with it.
	Deleting bool
	// Created orders manifests that name the same address: the older one wins.
	Created time.Time
	// Guarded is false until the manifest carries the finalizer that makes sure that its seat is not forgotten.
	// Without it nobody is invited.
	Guarded bool
	// Invitation is what is remembered of the invitation that is out, if any.
	Invitation Invitation
	// Wait, if not empty, says why nothing may be written for this address now although a difference may exist: Clay
	// refused it lately, its last outcome is unknown, or it did not converge. The plan repeats it as a Blocked entry.
	Wait BlockReason
}

// Invitation is what the operator remembers of an invitation, because Clay does not show its age.
type Invitation struct {
	// SentAt is when it was sent or first seen; zero where it is not known.
	SentAt time.Time
	// Sent counts the invitations sent to this address for the present manifest, the first one included and those
	// sent because the role had changed too. It starts again at zero once the member is Active.
	Sent int
}

// Policy holds a workspace's safety rules and limits. Its zero value removes nobody unmanaged and allows no removal.
type Policy struct {
	// Observe plans and reports, and lets nothing be written.
	Observe bool
	// Suspended lets nothing be written, like Observe, and says so.
	Suspended bool
	// RemoveUnmanaged removes members without a ClayUser; otherwise they are only reported.
	RemoveUnmanaged bool
	// Protected addresses are never removed or demoted, and their invitations are not withdrawn, not even to be replaced.
	Protected map[Email]bool
	// Waits says of members without a manifest why nothing may be done about them now, as Desired.Wait does of the others.
	Waits map[Email]BlockReason
	// MaxRemovals is how many removals (see Change.IsRemoval) a window of one hour may see.
	MaxRemovals int
	// RecentRemovals is how many the present window has seen already.
	RecentRemovals int
	// ApprovedRemovals is the digest of a held set of removals that a person has approved; see Digest.
	ApprovedRemovals string
	// WorkspaceID is the id that the inventory must carry.
	WorkspaceID string
	// InvitationLifetime is the age at which an invitation can no longer be accepted; zero means that it never ends.
	InvitationLifetime time.Duration
	// MaxInvitations is how often an address is invited before a person has to look, the first time included. It bounds
	// every repetition, whatever its cause: an invitation that was too old, one with another role, one that vanished
	// from Clay. The first invitation is always allowed, so values below one mean one.
	MaxInvitations int
	// Now is the present time.
	Now time.Time
}

// BlockReason says why a wanted change is not made.
type BlockReason string

// The reasons of rules and waits. Each is also the reason of a condition.
const (
	// BlockedLastAdmin: it would leave the workspace without an admin.
	BlockedLastAdmin BlockReason = "LastAdmin"
	// BlockedOwnAccount: the address is the operator's own account; or it may be, because Clay's list shows no active admin
	// with the address that the operator signed in with, which an alias or a change of the address brings about.
	BlockedOwnAccount BlockReason = "OwnAccount"
	// BlockedProtected: the address is in protectedEmails.
	BlockedProtected BlockReason = "ProtectedEmail"
	// BlockedDuplicate: an older manifest names the same address.
	BlockedDuplicate BlockReason = "DuplicateEmail"
	// BlockedAmbiguousMember: Clay's list shows the address twice or in a state that makes no sense; or it holds a line
	// whose address cannot be read, so that nobody who is missing from it is known to be absent.
	BlockedAmbiguousMember BlockReason = "AmbiguousMember"
	// BlockedInvalidEmail: the manifest's address is not one; or, for a member without a ClayUser, some manifest's address
	// cannot be read, so that it may be this member's.
	BlockedInvalidEmail BlockReason = "InvalidEmail"
	// BlockedInvitations: the address was invited as often as allowed and nobody accepted.
	BlockedInvitations BlockReason = "InvitationNotAccepted"
	// BlockedUnknownRole: Clay shows, or the manifest asks for, a role that this version does not know; such a role is
	// neither given nor changed.
	BlockedUnknownRole BlockReason = "UnknownRole"
	// BlockedRemovalsHeld: the hour's removals are used up.
	BlockedRemovalsHeld BlockReason = "RemovalsHeld"
	// BlockedObserve: the workspace is in mode Observe.
	BlockedObserve BlockReason = "ObserveMode"
	// BlockedSuspended: the manifest or the workspace is suspended.
	BlockedSuspended BlockReason = "Suspended"
	// BlockedUnguarded: the manifest has no finalizer yet; it gets one in a moment.
	BlockedUnguarded BlockReason = "FinalizerMissing"
	// BlockedRefused: Clay refused this change lately.
	BlockedRefused BlockReason = "Refused"
	// BlockedOutcomeUnknown: the last attempt may or may not have worked; reads decide, not repetition.
	BlockedOutcomeUnknown BlockReason = "OutcomeUnknown"
	// BlockedAbsenceUnconfirmed: Clay's list lacks somebody whom it showed before and whom the operator did not remove; a later reading
	// has to show the same.
	BlockedAbsenceUnconfirmed BlockReason = "AbsenceUnconfirmed"
	// BlockedNotConverging: the same change was made more than once and the difference is still there.
	BlockedNotConverging BlockReason = "NotConverging"
	// BlockedRulesInvalid: the role follows from the workspace's access rules, and what these say is not known: a condition cannot be used.
	BlockedRulesInvalid BlockReason = "RulesInvalid"
)

// Blocked is a change that is wanted and not made, and why.
type Blocked struct {
	Change Change
	Reason BlockReason
}

// Result is a plan after the policy.
type Result struct {
	// Changes are to be made now, in this order: offboarding, roles, invitations; within each by address. No address has
	// more than one, but for the two of a Resend.
	Changes []Change
	// Blocked are the differences that stay, by rule or for now, in the same order.
	Blocked []Blocked
	// Unmanaged are the members without a ClayUser, sorted by address, whether or not they are to be removed. The
	// operator's own account and protected addresses are not among them: the workspace's manifest names those already,
	// and a report that lists them for ever hides the people whom nobody knows about.
	Unmanaged []Member
	// Duplicates maps the owner of a manifest that lost its address to the owner of the one that has it. A manifest being
	// deleted loses to every one that stays: its seat is not its own to remove. Nil where nobody lost.
	Duplicates map[string]string
	// HeldDigest names the set of removals that the budget holds back; empty where none is held.
	HeldDigest string
	// ApprovedDigest names the set of removals for which the budget has no room and that pass because they are approved;
	// empty where none is.
	ApprovedDigest string
}
