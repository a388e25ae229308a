package sidecar

import (
	"errors"
	"fmt"
	"time"
)

// Class is the kind of a fault, and with it what the manager does about it. The set is closed.
type Class string

// The classes of faults.
const (
	// InvalidInput: what was asked for cannot be right; it is not tried again until it changes.
	InvalidInput Class = "InvalidInput"
	// Refused: Clay said no (last admin, plan, seat limit); not tried again until something changes.
	Refused Class = "Refused"
	// AuthFailed: Clay does not accept the account; a person must change the credentials or the account's rights.
	AuthFailed Class = "AuthFailed"
	// HumanNeeded: only a person can go on (CAPTCHA, one-time code, security check).
	HumanNeeded Class = "HumanNeeded"
	// Drift: the page is not one that this version knows; writing stops.
	Drift Class = "Drift"
	// RateLimited: Clay asks for a pause; the whole workspace waits for After.
	RateLimited Class = "RateLimited"
	// Unavailable: Clay, the network or the browser is not there now; tried again with back-off.
	Unavailable Class = "Unavailable"
	// OutcomeUnknown: an action may or may not have worked; a read comes before anything else.
	OutcomeUnknown Class = "OutcomeUnknown"
)

// The reasons of faults. Each is also the reason of a condition and of an event.
const (
	ReasonWrongPassword    = "WrongPassword"
	ReasonUnknownAccount   = "UnknownAccount"
	ReasonNotAdmin         = "NotAdmin"
	ReasonWrongWorkspace   = "WrongWorkspace"
	ReasonSessionExpired   = "SessionExpired"
	ReasonSecurityCheck    = "SecurityCheck"
	ReasonCodeNeeded       = "CodeNeeded"
	ReasonUnsupportedLogin = "UnsupportedLogin"
	// ReasonLoginNeeded: there is no session that Clay accepts, and nothing to sign in with.
	ReasonLoginNeeded = "LoginNeeded"
	// ReasonLoginBudget: a log-in is needed, and there were too many within the hour.
	ReasonLoginBudget = "LoginBudget"
	// ReasonIdentityProviderRefused: the identity provider does not accept the account, the password or the code.
	ReasonIdentityProviderRefused = "IdentityProviderRefused"
	// ReasonApprovalNeeded: the identity provider waits for a person's telephone, key or finger.
	ReasonApprovalNeeded = "ApprovalNeeded"
	// ReasonAccountLocked: Clay or the identity provider has locked the account.
	ReasonAccountLocked = "AccountLocked"
	// ReasonMailboxFailed: the mailbox could not be read, or held no code in time.
	ReasonMailboxFailed = "MailboxFailed"
	// ReasonOnboarding: Clay leads into its onboarding, as it does for an account without a workspace.
	ReasonOnboarding = "Onboarding"
	// ReasonLocatorsInvalid: the overrides of locators cannot be used.
	ReasonLocatorsInvalid = "LocatorsInvalid"
	ReasonPageChanged     = "PageChanged"
	// ReasonTeamPageNotFound: nothing that is known leads to the members. Either the account is no admin, or the page has changed.
	ReasonTeamPageNotFound   = "TeamPageNotFound"
	ReasonAmbiguousMember    = "AmbiguousMember"
	ReasonMemberNotFound     = "MemberNotFound"
	ReasonIncompleteList     = "IncompleteList"
	ReasonRoleNotOffered     = "RoleNotOffered"
	ReasonLastAdmin          = "LastAdmin"
	ReasonSeatLimit          = "SeatLimit"
	ReasonAddressRefused     = "AddressRefused"
	ReasonRefused            = "Refused"
	ReasonRateLimited        = "RateLimited"
	ReasonClayUnreachable    = "ClayUnreachable"
	ReasonClayError          = "ClayError"
	ReasonBrowserUnavailable = "BrowserUnavailable"
	ReasonTimeout            = "Timeout"
	ReasonNotProved          = "NotProved"
	// ReasonAccessPageNotFound: nothing that is known leads to the groups, the budgets or the limits, although the plan may have them.
	ReasonAccessPageNotFound = "AccessPageNotFound"
	// ReasonNotOfferedByPlan: the workspace's plan does not have what was asked for.
	ReasonNotOfferedByPlan = "NotOfferedByPlan"
	// ReasonAmbiguousName: more than one group or budget has the name.
	ReasonAmbiguousName = "AmbiguousName"
	// ReasonNameNotFound: there is no group or budget with the name.
	ReasonNameNotFound = "NameNotFound"
	// ReasonNameTaken: Clay has a group or budget of that name, or one that it takes for the same.
	ReasonNameTaken = "NameTaken"
	// ReasonNameRefused: Clay's page does not take the name.
	ReasonNameRefused = "NameRefused"
	// ReasonBudgetInUse: Clay does not delete a budget that workbooks use.
	ReasonBudgetInUse = "BudgetInUse"
)

// Fault is an error of the browser's side, with what the manager needs in order to act on it.
type Fault struct {
	Class Class
	// Reason is one of the Reason constants.
	Reason string
	// Message is a sentence for a person: what happened and what to do. It never holds a secret or text of a page.
	Message string
	// After is how long to wait, for RateLimited; zero where Clay did not say.
	After time.Duration
	// Evidence is a redacted picture of the page at the time, where one could be taken.
	Evidence *Evidence
	// Unanswered is true where the call was made and its answer was lost, or its work broke off: nobody knows how far it came.
	Unanswered bool
}

// Error implements error.
func (f *Fault) Error() string { return fmt.Sprintf("%s (%s): %s", f.Class, f.Reason, f.Message) }

// Faultf makes a Fault with a formatted message.
func Faultf(class Class, reason, format string, arguments ...any) *Fault {
	return &Fault{Class: class, Reason: reason, Message: fmt.Sprintf(format, arguments...)}
}

// AsFault returns err as a *Fault. Any other error becomes Unavailable, because nothing better is known of it.
func AsFault(err error) *Fault {
	if err == nil {
		return nil
	}
	if fault, ok := errors.AsType[*Fault](err); ok {
		return fault
	}
	return Faultf(Unavailable, ReasonBrowserUnavailable, "%v", err)
}
