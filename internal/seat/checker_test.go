package seat_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/seatwright/clay-operator/internal/seat"
)

// checker judges a plan by what the documentation promises, one promise at a time and by exhaustive search. It shares no
// code with the implementation, and knows addresses only as text that is equal without regard to case.
type checker struct {
	desired  []seat.Desired
	observed seat.Inventory
	policy   seat.Policy
	result   seat.Result
	found    []string
}

func violations(desired []seat.Desired, observed seat.Inventory, policy seat.Policy, result seat.Result) []string {
	c := &checker{desired: desired, observed: observed, policy: policy, result: result}
	for _, change := range result.Changes {
		c.isAskedFor(change)
		c.sparesTheUntouchable(change)
		c.fitsWhatClayShows(change)
	}
	c.order()
	c.oneChangeEach()
	c.anAdminIsLeft()
	c.budget()
	c.mode()
	c.nothingIsForgotten()
	c.reports()
	return c.found
}

func (c *checker) reportf(format string, arguments ...any) {
	c.found = append(c.found, fmt.Sprintf(format, arguments...))
}

func same(a, b seat.Email) bool {
	return strings.EqualFold(strings.TrimSpace(string(a)), strings.TrimSpace(string(b)))
}

func legible(email seat.Email) bool {
	_, err := seat.ParseEmail(string(email))
	return err == nil
}

// holder finds the manifest that no other manifest of the address beats.
func (c *checker) holder(email seat.Email) (seat.Desired, bool) {
	for _, candidate := range c.desired {
		beaten := !same(candidate.Email, email)
		for _, rival := range c.desired {
			if !same(rival.Email, email) || rival.Owner == candidate.Owner {
				continue
			}
			switch {
			case rival.Deleting && !candidate.Deleting:
			case !rival.Deleting && candidate.Deleting, rival.Created.Before(candidate.Created),
				rival.Created.Equal(candidate.Created) && rival.Owner < candidate.Owner:
				beaten = true
			}
		}
		if !beaten {
			return candidate, true
		}
	}
	return seat.Desired{}, false
}

func (c *checker) lines(email seat.Email) []seat.Member {
	var lines []seat.Member
	for _, member := range c.observed.Members {
		if same(member.Email, email) {
			lines = append(lines, member)
		}
	}
	return lines
}

func (c *checker) isProtected(email seat.Email) bool {
	for protected, on := range c.policy.Protected {
		if on && same(protected, email) {
			return true
		}
	}
	return false
}

func (c *checker) allLegible() (manifests, members bool) {
	manifests, members = true, true
	for _, desired := range c.desired {
		manifests = manifests && legible(desired.Email)
	}
	for _, member := range c.observed.Members {
		members = members && legible(member.Email)
	}
	return manifests, members
}

func (c *checker) isAskedFor(change seat.Change) {
	wish, managed := c.holder(change.Email)
	if !managed {
		manifests, _ := c.allLegible()
		if !c.policy.RemoveUnmanaged || change.Owner != "" || !change.IsRemoval() || !manifests {
			c.reportf("%+v: nobody asked", change)
		}
		return
	}
	stays := wish.Active && !wish.Deleting
	wanted := wish.Role
	if wanted == "" {
		wanted = seat.DefaultRole
	}
	switch {
	case change.Owner != wish.Owner:
		c.reportf("%+v: asked for by %s", change, wish.Owner)
	case wish.Suspended || wish.Wait != "":
		c.reportf("%+v: suspended, or has to wait", change)
	case stays == change.IsRemoval():
		c.reportf("%+v: the opposite of what is wanted", change)
	case (change.Verb == seat.Invite || change.Verb == seat.SetRole) && change.Role != wanted:
		c.reportf("%+v: wanted is the role %s", change, wanted)
	case change.Verb == seat.Invite && !wish.Guarded:
		c.reportf("%+v: unguarded", change)
	case change.Verb == seat.Invite && wish.Invitation.Sent > 0 && wish.Invitation.Sent >= c.policy.MaxInvitations:
		c.reportf("%+v: invited %d times already", change, wish.Invitation.Sent)
	}
	for _, other := range c.desired {
		if same(other.Email, change.Email) && other.Wait == seat.BlockedOutcomeUnknown {
			c.reportf("%+v: an outcome is unknown", change)
		}
	}
}

func (c *checker) sparesTheUntouchable(change seat.Change) {
	if same(change.Email, c.observed.Account) {
		c.reportf("%+v: the operator's own account", change)
	}
	takes := change.Verb == seat.Remove || change.Verb == seat.CancelInvitation
	rises := change.Role == seat.RoleAdmin || change.From == seat.RoleViewer && change.Role == seat.RoleEditor
	if c.isProtected(change.Email) && (takes || change.Verb == seat.SetRole && !rises) {
		c.reportf("%+v: protected", change)
	}
	if !c.showsTheAccount() && (change.Verb == seat.Remove || change.Verb == seat.SetRole) {
		if line := c.lines(change.Email)[0]; line.Role == seat.RoleAdmin || !slices.Contains(seat.Roles(), line.Role) {
			c.reportf("%+v: may be the operator's own account", change)
		}
	}
}

// showsTheAccount looks for an active admin with the address that the operator signed in with.
func (c *checker) showsTheAccount() bool {
	for _, line := range c.lines(c.observed.Account) {
		if legible(line.Email) && line.Presence == seat.Active && line.Role == seat.RoleAdmin {
			return true
		}
	}
	return false
}

func (c *checker) fitsWhatClayShows(change seat.Change) {
	lines := c.lines(change.Email)
	_, members := c.allLegible()
	replaced := change.Verb == seat.Invite && change.Resend
	switch {
	case !legible(change.Email):
		c.reportf("%+v: no address", change)
	case len(lines) > 1:
		c.reportf("%+v: shown %d times", change, len(lines))
	case len(lines) == 0:
		if change.Verb != seat.Invite || !members {
			c.reportf("%+v: absent, or perhaps not", change)
		}
	case change.MemberID != lines[0].ID && change.Verb != seat.Invite:
		c.reportf("%+v: shown as %+v", change, lines[0])
	case (change.Verb == seat.Remove || change.Verb == seat.SetRole) && lines[0].Presence != seat.Active,
		(change.Verb == seat.CancelInvitation || replaced) && lines[0].Presence != seat.Pending,
		change.Verb == seat.Invite && !replaced:
		c.reportf("%+v: shown as %+v", change, lines[0])
	case change.Verb == seat.SetRole && (change.From != lines[0].Role || change.Role == lines[0].Role):
		c.reportf("%+v: shown as %+v", change, lines[0])
	}
	if change.Verb == seat.SetRole && !slices.Contains(seat.Roles(), change.From) {
		c.reportf("%+v: from an unknown role", change)
	}
	if (change.Verb == seat.SetRole || change.Verb == seat.Invite) && !slices.Contains(seat.Roles(), change.Role) {
		c.reportf("%+v: to an unknown role", change)
	}
}

func (c *checker) order() {
	key := func(change seat.Change) string { return fmt.Sprint(change.Verb.Phase(), string(change.Email)) }
	for i := 1; i < len(c.result.Changes); i++ {
		if before, after := c.result.Changes[i-1], c.result.Changes[i]; key(before) >= key(after) {
			c.reportf("%+v comes before %+v", before, after)
		}
	}
}

func (c *checker) oneChangeEach() {
	for _, change := range c.result.Changes {
		var verbs []string
		for _, other := range c.result.Changes {
			if same(change.Email, other.Email) {
				verbs = append(verbs, fmt.Sprint(other.Verb, other.Resend))
			}
		}
		pair := slices.Equal(verbs, []string{"CancelInvitationtrue", "Invitetrue"})
		if !pair && (len(verbs) != 1 || strings.HasSuffix(verbs[0], "true")) {
			c.reportf("%s: planned %v", change.Email, verbs)
		}
		for _, stays := range c.result.Blocked {
			if same(stays.Change.Email, change.Email) {
				c.reportf("%s: planned and blocked", change.Email)
			}
		}
	}
}

// anAdminIsLeft plays the plan without its promotions.
func (c *checker) anAdminIsLeft() {
	touched := map[seat.Email]bool{}
	risky := false
	for _, change := range c.result.Changes {
		if change.Verb != seat.Remove && change.Verb != seat.SetRole {
			continue
		}
		touched[change.Email] = true
		for _, line := range c.lines(change.Email) {
			risky = risky || line.Role == seat.RoleAdmin || !slices.Contains(seat.Roles(), line.Role)
		}
	}
	if !risky {
		return
	}
	for _, member := range c.observed.Members {
		email, err := seat.ParseEmail(string(member.Email))
		if err == nil && member.Presence == seat.Active && member.Role == seat.RoleAdmin && !touched[email] {
			return
		}
	}
	c.reportf("no admin is left")
}

func (c *checker) budget() {
	var held []string
	for _, stays := range c.result.Blocked {
		if stays.Reason == seat.BlockedRemovalsHeld {
			held = append(held, fmt.Sprintf("\"%s\" \"%s\"", stays.Change.Verb, stays.Change.Email))
		}
	}
	sort.Strings(held)
	digest := ""
	if len(held) > 0 {
		digest = fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(held, "\n"))))[:16]
	}
	if c.result.HeldDigest != digest {
		c.reportf("held digest %q, but held are %v", c.result.HeldDigest, held)
	}
	removals := 0
	for _, change := range c.result.Changes {
		takes := change.Verb == seat.Remove || change.Verb == seat.CancelInvitation
		if _, wanted := c.holder(change.Email); takes && (!wanted || !change.Resend) {
			removals++
		}
	}
	room := max(0, c.policy.MaxRemovals-max(0, c.policy.RecentRemovals))
	idle := c.policy.Observe || c.policy.Suspended
	if approved := c.result.ApprovedDigest; approved != "" && (removals <= room && !idle || approved != c.policy.ApprovedRemovals) {
		c.reportf("%q counts as approved, with %d of %d removals", approved, removals, room)
	}
	if removals > room && (c.policy.ApprovedRemovals == "" || len(held) > 0 || !c.approved(removals-room)) {
		c.reportf("%d removals where %d are allowed", removals, room)
	}
	if len(held) > 0 && removals < room && !c.policy.Observe && !c.policy.Suspended {
		c.reportf("removals held although %d of %d are used", removals, room)
	}
}

// approved looks for a set of so many removals of the plan that has the approved digest.
func (c *checker) approved(size int) bool {
	var removals []seat.Change
	for _, change := range c.result.Changes {
		if change.IsRemoval() {
			removals = append(removals, change)
		}
	}
	var search func(from int, chosen []seat.Change) bool
	search = func(from int, chosen []seat.Change) bool {
		if len(chosen) == size {
			return seat.Digest(chosen) == c.policy.ApprovedRemovals
		}
		for i := from; i < len(removals); i++ {
			if search(i+1, append(slices.Clone(chosen), removals[i])) {
				return true
			}
		}
		return false
	}
	return search(0, nil)
}

func (c *checker) mode() {
	if (c.policy.Observe || c.policy.Suspended) && len(c.result.Changes) > 0 {
		c.reportf("the mode allows no changes, planned are %d", len(c.result.Changes))
	}
}

// nothingIsForgotten makes sure that who is not as wanted is either changed or blocked, and nobody else is.
func (c *checker) nothingIsForgotten() {
	named := map[seat.Email]bool{}
	for _, change := range c.result.Changes {
		named[change.Email] = true
	}
	for _, stays := range c.result.Blocked {
		named[stays.Change.Email] = true
	}
	everybody := map[seat.Email]bool{}
	for _, desired := range c.desired {
		everybody[normal(desired.Email)] = true
	}
	for _, member := range c.observed.Members {
		everybody[normal(member.Email)] = true
	}
	for email := range everybody {
		if len(c.lines(email)) > 1 || !legible(email) {
			continue
		}
		if differs := c.differs(email); differs != named[email] {
			c.reportf("%s: differs %t, named in the plan %t", email, differs, named[email])
		}
	}
}

func normal(email seat.Email) seat.Email {
	if parsed, err := seat.ParseEmail(string(email)); err == nil {
		return parsed
	}
	return email
}

func (c *checker) differs(email seat.Email) bool {
	_, members := c.allLegible()
	wish, managed := c.holder(email)
	lines := c.lines(email)
	switch {
	case !managed:
		return c.policy.RemoveUnmanaged && !same(email, c.observed.Account) && !c.isProtected(email)
	case len(lines) == 0:
		return wish.Active && !wish.Deleting || !members
	case !wish.Active || wish.Deleting:
		return true
	}
	wanted := wish.Role
	if wanted == "" {
		wanted = seat.DefaultRole
	}
	line, sent := lines[0], wish.Invitation.SentAt
	known := slices.Contains(seat.Roles(), line.Role)
	expired := !sent.IsZero() && c.policy.InvitationLifetime > 0 && !sent.Add(c.policy.InvitationLifetime).After(c.policy.Now)
	switch line.Presence {
	case seat.Active:
		return line.Role != wanted || !known
	case seat.Pending:
		return known && line.Role != wanted || expired
	default:
		return true
	}
}

func (c *checker) reports() {
	var strangers []string
	for _, member := range c.observed.Members {
		_, managed := c.holder(member.Email)
		own := same(member.Email, c.observed.Account) && legible(member.Email)
		if !managed && !own && !c.isProtected(member.Email) {
			strangers = append(strangers, string(normal(member.Email)))
		}
	}
	sort.Strings(strangers)
	var listed []string
	for _, member := range c.result.Unmanaged {
		listed = append(listed, string(member.Email))
	}
	if !slices.Equal(strangers, listed) {
		c.reportf("unmanaged: listed %q, are %q", listed, strangers)
	}
	for _, desired := range c.desired {
		holder, _ := c.holder(desired.Email)
		loses := holder.Owner != desired.Owner
		if winner, listed := c.result.Duplicates[desired.Owner]; listed != loses || loses && winner != holder.Owner {
			c.reportf("duplicate %s: listed with %q, beaten by %q", desired.Owner, winner, holder.Owner)
		}
	}
}
