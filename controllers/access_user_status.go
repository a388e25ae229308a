package controllers

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/rules"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// usagePause is how often a ClayUser tells what the person spent, at most: the figure changes all day long, and everybody's.
const usagePause = 24 * time.Hour

// GrantedByGroup is the source of a group that mirrors a ClayGroup. No rule can have this name.
const GrantedByGroup = "ClayGroup"

// accessVerdict is what a pass found out about the access of one ClayUser. Two that are equal lead to the same status.
type accessVerdict struct {
	// wish is the part of the spec that access follows from, as the pass saw it.
	wish string
	// groups and budgets are those that the person is in or was given, limit what Clay shows, where it shows one.
	groups, budgets seat.Names
	limited         bool
	limit           int64
	ownLimit        bool
	// grants say who gave what, one to a line.
	grants string
	// usage is what is told of the spending.
	usage userUsage
	// standing is that of the condition AccessReady; without a reason there is none.
	standing status.Standing
	// waitsForReading is true where only a reading of Clay can tell whether the person has what they should have.
	waitsForReading bool
}

// hinders says whether the ClayUser is not ready for the sake of its access.
func (v *accessVerdict) hinders() bool {
	return v.standing.Reason != "" && v.standing.Ready != metav1.ConditionTrue
}

// isMet says whether a pass saw that the person has what the present spec asks for, although it may have known an older one.
func (v *accessVerdict) isMet(user *clayv1alpha1.ClayUser) bool {
	return !v.hinders() && v.wish == accessWishOf(user)
}

// accessWishOf is the part of a spec that access follows from; empty where there is none.
func accessWishOf(user *clayv1alpha1.ClayUser) string {
	spec := &user.Spec
	if spec.Groups == nil && spec.Budgets == nil && spec.MCPCreditLimit == nil && len(spec.Attributes) == 0 {
		return ""
	}
	// There is nothing in it that cannot be written.
	text, _ := json.Marshal([]any{spec.Groups, spec.Budgets, spec.MCPCreditLimit, spec.Attributes}) //nolint:errchkjson // As above.
	return digestText(string(text))
}

// addAccessVerdicts adds what was found out about everybody's access.
func (p *pass) addAccessVerdicts(verdicts map[string]verdict) {
	if !p.work.asked {
		for i := range p.users {
			found := verdicts[p.users[i].Name]
			found.access = accessVerdict{wish: accessWishOf(&p.users[i]), grants: grantsOf(&p.entitlements[i], nil)}
			verdicts[p.users[i].Name] = found
		}
		return
	}
	holdings, hindrances, mirrored := p.holdings(), p.hindrances(), p.mirrored()
	persons := make(map[string]*access.Person, len(p.work.wish.People))
	for i := range p.work.wish.People {
		persons[p.work.wish.People[i].Owner] = &p.work.wish.People[i]
	}
	for i := range p.users {
		user := &p.users[i]
		found := verdicts[user.Name]
		found.access = p.recordedAccess(user)
		found.access.wish, found.access.grants = accessWishOf(user), grantsOf(&p.entitlements[i], mirrored[user.Name])
		found.access.ownLimit = p.hasOwnLimit(user)
		if person := persons[user.Name]; person != nil && !found.deleting {
			holdings.describe(p.emails[i], person.Active, &found.access)
			found.access.usage = p.usageOf(user, holdings.limits[p.emails[i]])
			p.judgeAccess(user, person, p.entitlements[i].unclear, found.presence, hindrances, &found.access)
		}
		verdicts[user.Name] = found
	}
}

// recordedAccess is what the status of a ClayUser tells, which stays true of what was not read.
func (p *pass) recordedAccess(user *clayv1alpha1.ClayUser) accessVerdict {
	known := user.Status.Access
	if known == nil {
		return accessVerdict{}
	}
	v := accessVerdict{groups: seat.NewNames(known.Groups), budgets: seat.NewNames(known.Budgets), usage: usageIn(known.Usage)}
	if known.MCPCreditLimit != nil {
		v.limited, v.limit = true, *known.MCPCreditLimit
	}
	return v
}

// holdings are what a reading shows of everybody.
type holdings struct {
	state access.State
	// groups and budgets are the names of the owned ones by the addresses of those in them, and limits the lines of the list of limits.
	groups, budgets map[seat.Email][]string
	limits          map[seat.Email]*access.PersonLimit
	// allGroups and allBudgets are true where every owned one was read to its end.
	allGroups, allBudgets bool
}

func (p *pass) holdings() *holdings {
	h := &holdings{
		state: p.work.reading.stateOrNone(), groups: map[seat.Email][]string{}, budgets: map[seat.Email][]string{},
		limits: map[seat.Email]*access.PersonLimit{},
	}
	h.allGroups = h.state.Groups.Offer == access.Offered && h.state.Groups.Complete
	for _, wish := range p.work.wish.Groups {
		shown := onlyGroup(h.state.Groups, wish.Name)
		if shown == nil {
			continue
		}
		h.allGroups = h.allGroups && shown.Complete
		for _, email := range shown.Members {
			h.groups[email] = append(h.groups[email], wish.Name)
		}
	}
	h.allBudgets = h.state.Budgets.Offer == access.Offered && h.state.Budgets.Complete
	for _, wish := range p.work.wish.Budgets {
		shown := onlyBudget(h.state.Budgets, wish.Name)
		if shown == nil {
			continue
		}
		h.allBudgets = h.allBudgets && shown.Complete
		for _, email := range shown.Users {
			h.budgets[email] = append(h.budgets[email], wish.Name)
		}
	}
	for i := range h.state.Limits.People {
		h.limits[h.state.Limits.People[i].Email] = &h.state.Limits.People[i]
	}
	return h
}

// describe says what somebody has. What was not read stays as it was.
func (h *holdings) describe(email seat.Email, active bool, v *accessVerdict) {
	if !active {
		v.groups, v.budgets, v.limited, v.limit = "", "", false, 0
		return
	}
	if h.allGroups {
		v.groups = seat.NewNames(h.groups[email])
	}
	if h.allBudgets {
		v.budgets = seat.NewNames(h.budgets[email])
	}
	if h.state.Limits.Offer == access.Offered && h.state.Limits.Complete {
		line := h.limits[email]
		if v.limited, v.limit = line != nil && line.Limit != nil, 0; v.limited {
			v.limit = *line.Limit
		}
	}
}

// hindrances are what stands between people and what they should have, by the names of their ClayUsers.
type hindrances struct {
	unknown map[string]access.UnknownName
	blocked map[string]access.Blocked
	changes map[string]access.Change
	// unread is what could not be read to its end.
	unread map[access.Thing]bool
	// everyones are the budgets that everybody has.
	everyones map[string]bool
}

func (p *pass) hindrances() *hindrances {
	h := &hindrances{
		unknown: map[string]access.UnknownName{}, blocked: map[string]access.Blocked{}, changes: map[string]access.Change{},
		unread: map[access.Thing]bool{}, everyones: map[string]bool{},
	}
	for _, budget := range p.work.wish.Budgets {
		h.everyones[budget.Name] = budget.Everyone
	}
	for section := range p.work.unreadable {
		h.unread[access.Thing{Section: section}] = true
	}
	if !p.work.planned {
		for _, section := range access.ScopeOf(p.work.wish).Sections {
			h.unread[access.Thing{Section: section}] = true
		}
		return h
	}
	for _, thing := range p.work.plan.Unread {
		h.unread[thing] = true
	}
	for _, unknown := range p.work.plan.Unknown {
		if _, known := h.unknown[unknown.Owner]; !known && unknown.Budget == "" {
			h.unknown[unknown.Owner] = unknown
		}
	}
	for _, blocked := range p.work.plan.Blocked {
		if _, known := h.blocked[blocked.Change.Owner]; !known && blocked.Change.Email != "" {
			h.blocked[blocked.Change.Owner] = blocked
		}
	}
	for _, change := range p.work.plan.Changes {
		if _, known := h.changes[change.Owner]; !known && change.Email != "" {
			h.changes[change.Owner] = change
		}
	}
	return h
}

// judgeAccess says how it stands with somebody's access.
func (p *pass) judgeAccess(
	user *clayv1alpha1.ClayUser, person *access.Person, unclear string, presence seat.Presence, h *hindrances, v *accessVerdict,
) {
	asks := len(person.Groups)+len(person.Budgets) > 0 || person.Limit != nil
	blocked, isBlocked := h.blocked[user.Name]
	change, isLeft := h.changes[user.Name]
	unknown, isUnknown := h.unknown[user.Name]
	section, isLacking := p.lacks(person)
	switch {
	case !user.WantsSeat(p.plannedAt):
	case unclear != "":
		v.standing = unclearStanding(user, asks)
	case user.Spec.Suspend && asks:
		v.standing = status.Unknown(clayv1alpha1.ReasonSuspended, "spec.suspend is true: groups, budgets and the limit are left as they are.")
	case user.Spec.Suspend:
	case presence != seat.Active && asks:
		v.standing = status.Waiting(clayv1alpha1.ReasonInvitationPending, "Groups, budgets and the limit are given once the person has joined.")
	case isUnknown:
		v.standing = unknownStanding(access.Thing{Section: unknown.Section, Name: unknown.Name}, "The ClayUser, or a rule that fits it,")
	case isLacking:
		v.standing = status.Stalled(clayv1alpha1.ReasonNotOfferedByPlan, p.notOfferedMessage([]access.Section{section})+
			" The person has the seat and what else there is. Take it out of the manifests, or choose another plan.")
	case isBlocked:
		v.standing = p.accessBlocked(blocked)
	case isLeft && p.work.faultOf(change.Verb.Section()) != nil:
		v.standing = p.faultStanding(change.Verb.Section())
	case isLeft && p.work.trouble != nil:
		v.standing = p.troubledStanding()
	case isLeft:
		v.standing = status.Waiting(clayv1alpha1.ReasonProgressing,
			fmt.Sprintf("This change is on its way: %s.", describeAccess(change)))
	case asks && !p.isKnownToHave(user, person, h):
		v.waitsForReading, v.standing = true, p.unreadStanding(person, h)
	case asks:
		v.standing = status.Settled(clayv1alpha1.ReasonAccessApplied, "Groups, budgets and the limit are as asked.")
	}
}

// unclearStanding is the standing of somebody of whom no rule can tell what they should have. What they had stays, and so does what is told of it.
func unclearStanding(user *clayv1alpha1.ClayUser, asks bool) status.Standing {
	known := meta.FindStatusCondition(user.Status.Conditions, clayv1alpha1.ConditionAccessReady)
	switch {
	case known != nil && known.Status == metav1.ConditionTrue && known.ObservedGeneration == user.Generation:
		return status.Settled(known.Reason, known.Message)
	case known != nil || asks:
		return status.Waiting(clayv1alpha1.ReasonRulesInvalid,
			"An access rule of the ClayWorkspace cannot be used, so that groups, budgets and the limit stay as they are. The ClayWorkspace names it.")
	default:
		return status.Standing{}
	}
}

// lacks returns a section that somebody should have something of and that the plan does not have.
func (p *pass) lacks(person *access.Person) (access.Section, bool) {
	for _, section := range p.work.plan.NotOffered {
		if asksFor(person, section) {
			return section, true
		}
	}
	return "", false
}

func asksFor(person *access.Person, section access.Section) bool {
	switch section {
	case access.SectionGroups:
		return len(person.Groups) > 0
	case access.SectionBudgets:
		return len(person.Budgets) > 0
	default:
		return person.Limit != nil
	}
}

// accessBlocked is the standing of somebody whose access a rule or a wait stands against.
func (p *pass) accessBlocked(blocked access.Blocked) status.Standing {
	message := p.accessBlockedMessage(blocked.Change, blocked.Reason)
	switch blocked.Reason {
	case seat.BlockedObserve:
		return status.Left(string(blocked.Reason), message)
	case seat.BlockedSuspended:
		return status.Unknown(clayv1alpha1.ReasonWorkspaceNotReady, message)
	case seat.BlockedOutcomeUnknown, access.BlockedNotListed:
		return status.Waiting(string(blocked.Reason), message)
	case seat.BlockedRefused:
		reason, _ := p.refusalOf(blocked.Change)
		return status.Stalled(reason, message)
	default:
		return status.Stalled(string(blocked.Reason), message)
	}
}

// isKnownToHave says whether somebody has what they should have as far as that was not read: by the status, which tells of the reading before.
func (p *pass) isKnownToHave(user *clayv1alpha1.ClayUser, person *access.Person, h *hindrances) bool {
	known := cmp.Or(user.Status.Access, &clayv1alpha1.UserAccess{})
	if h.isUnread(access.SectionGroups, person.Groups) && !sameNames(known.Groups, person.Groups) {
		return false
	}
	own := slices.DeleteFunc(slices.Clone(person.Budgets), func(name string) bool { return h.everyones[name] })
	if h.isUnread(access.SectionBudgets, person.Budgets) && !sameNames(known.Budgets, own) {
		return false
	}
	return person.Limit == nil || !h.isUnread(access.SectionLimits, nil) ||
		known.MCPCreditLimit != nil && *known.MCPCreditLimit == *person.Limit
}

// isUnread says whether a section was not read, or one of some things in it.
func (h *hindrances) isUnread(section access.Section, names []string) bool {
	return h.unread[access.Thing{Section: section}] || slices.ContainsFunc(names, func(name string) bool {
		return h.unread[access.Thing{Section: section, Name: name}]
	})
}

func sameNames(a, b []string) bool { return seat.NewNames(a) == seat.NewNames(b) }

// unreadStanding is the standing of somebody whose access was not read, or could not be.
func (p *pass) unreadStanding(person *access.Person, h *hindrances) status.Standing {
	for _, section := range access.Sections() {
		if p.work.faultOf(section) != nil && asksFor(person, section) && h.isUnread(section, nil) {
			return p.faultStanding(section)
		}
	}
	if p.work.trouble != nil {
		return p.troubledStanding()
	}
	if p.work.reading == nil {
		return status.Waiting(clayv1alpha1.ReasonProgressing, "Groups, budgets and the limit are looked at after the seats.")
	}
	return status.Waiting(sidecar.ReasonIncompleteList, "What the person has in Clay beside the seat could not be read. It is read again.")
}

// faultStanding is the standing of somebody whose access lies in a section that cannot be worked with now.
func (p *pass) faultStanding(section access.Section) status.Standing {
	return status.Waiting(fit(p.work.faultOf(section).Reason, maxShort),
		fmt.Sprintf("%s cannot be read or changed in Clay now. The ClayWorkspace says what to do.", nameSection(section)))
}

// troubledStanding is the standing of somebody whose access waits until it can be worked with.
func (p *pass) troubledStanding() status.Standing {
	return status.Waiting(p.work.trouble.standing.Reason,
		"Groups, budgets and the limit cannot be read or changed in Clay now. The ClayWorkspace says what to do.")
}

// grantsOf says who gave what, one to a line; nothing where that is only what the spec says of the role.
func grantsOf(entitled *entitlement, mirrored []string) string {
	var lines []string
	beside := len(mirrored) > 0
	for _, source := range entitled.Sources {
		beside = beside || source.What != rules.WhatRole || source.By != rules.BySpec
		lines = append(lines, grantLine(string(source.What), source.Value, source.By))
	}
	for _, name := range slices.Sorted(slices.Values(mirrored)) {
		if !slices.Contains(entitled.Groups, name) {
			lines = append(lines, grantLine(string(rules.WhatGroup), name, GrantedByGroup))
		}
	}
	if !beside {
		return ""
	}
	return strings.Join(lines, "\n")
}

func grantLine(what, value, by string) string { return strings.Join([]string{what, value, by}, "\t") }

// maxGrants is how many grants the status of a ClayUser holds.
const maxGrants = 304

// readGrants makes of such lines what the status holds.
func readGrants(lines string) []clayv1alpha1.Granted {
	if lines == "" {
		return nil
	}
	var granted []clayv1alpha1.Granted
	for line := range strings.SplitSeq(lines, "\n") {
		what, rest, _ := strings.Cut(line, "\t")
		last := strings.LastIndex(rest, "\t")
		if last < 0 {
			continue // A piece of a name of several lines, which a manifest of an older schema may hold.
		}
		granted = append(granted, clayv1alpha1.Granted{What: what, Value: rest[:last], By: rest[last+1:]})
	}
	return granted[:min(len(granted), maxGrants)]
}

// describeUserAccess copies what was found out about somebody's access into their status.
func describeUserAccess(user *clayv1alpha1.ClayUser, v accessVerdict, next *clayv1alpha1.ClayUserStatus, now time.Time) {
	shown := &clayv1alpha1.UserAccess{
		Groups: v.groups.List(), Budgets: v.budgets.List(), OwnLimit: v.ownLimit, Grants: readGrants(v.grants), Usage: v.usage.described(),
	}
	if v.limited {
		shown.MCPCreditLimit = new(v.limit)
	}
	next.Access = shown
	if len(shown.Groups)+len(shown.Budgets)+len(shown.Grants) == 0 && shown.MCPCreditLimit == nil && !shown.OwnLimit && shown.Usage == nil {
		next.Access = nil
	}
	if v.wish != accessWishOf(user) {
		v.standing = status.Waiting(clayv1alpha1.ReasonProgressing, "The change of the manifest is looked at in the workspace's next pass.")
	}
	if v.standing.Reason == "" {
		meta.RemoveStatusCondition(&next.Conditions, clayv1alpha1.ConditionAccessReady)
		return
	}
	status.Set(&next.Conditions, clayv1alpha1.ConditionAccessReady, v.standing.Ready, user.Generation, v.standing.Reason, v.standing.Message, now)
}
