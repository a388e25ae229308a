package controllers

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// confirmPlan plans again from the API server's own list before anybody loses a seat or an invitation. The workspace is read past
// the cache, so the cache may lag behind it: a ClayUser that it lacks is no stranger, and one that it takes for a leaver's may have been
// given its seat back in the same moment in which the workspace was allowed to remove more. The same goes for invitations, which cannot be taken
// back, of people whose manifest may be gone by now; and for roles by rules: the rules are those of the workspace, and the ClayGroups that they ask
// for may have been applied with them.
func (p *pass) confirmPlan(ctx context.Context) error {
	ruled := len(p.workspace.Spec.AccessRules) > 0
	doubtful := func(change seat.Change) bool {
		return takesAway(change) || change.Verb == seat.Invite || ruled && change.Verb == seat.SetRole
	}
	if !slices.ContainsFunc(p.plan.Changes, doubtful) {
		return nil
	}
	return p.planPastCache(ctx)
}

// planPastCache plans again from the ClayUsers and ClayGroups as the API server has them.
func (p *pass) planPastCache(ctx context.Context) error {
	p.planned = false
	users, err := p.listPastCache(ctx)
	if err != nil {
		return err
	}
	p.know(users)
	if p.groups, err = p.groupsPastCache(ctx); err != nil {
		return err
	}
	return p.planForUsers(ctx)
}

// listPastCache lists the workspace's ClayUsers as the API server has them.
func (p *pass) listPastCache(ctx context.Context) ([]clayv1alpha1.ClayUser, error) {
	users := &clayv1alpha1.ClayUserList{}
	if err := p.reader.List(ctx, users, client.InNamespace(p.key.Namespace)); err != nil {
		return nil, fmt.Errorf("list the ClayUsers of %s past the cache: %w", p.key, err)
	}
	return slices.DeleteFunc(users.Items, func(user clayv1alpha1.ClayUser) bool { return workspaceKey(&user) != p.key }), nil
}

// takesAway says whether a change leaves somebody with less than before, be it only until an invitation is replaced.
func takesAway(change seat.Change) bool {
	return change.Verb == seat.Remove || change.Verb == seat.CancelInvitation
}

// rememberRefusal takes in what became of the removal of a member without a ClayUser: a refusal is Clay's last word for a while, as it is
// where a ClayUser's status holds it.
func (p *pass) rememberRefusal(change seat.Change, outcome sidecar.Outcome, now time.Time) {
	if operation := newOperation(change, outcome, 0, now); isRefused(operation) {
		p.memory.refusals[change.Email] = operation
	}
}

// forgetRefusals has Clay asked again at once, because a person asks for a pass.
func (p *pass) forgetRefusals() {
	if request := requestOf(p.workspace); request != "" && request != p.found.LastHandledReconcileAt {
		clear(p.memory.refusals)
	}
}

// unmanagedWaits says whose removal waits because Clay refused it lately.
func (p *pass) unmanagedWaits(now time.Time) map[seat.Email]seat.BlockReason {
	waits := map[seat.Email]seat.BlockReason{}
	for email, operation := range p.memory.refusals {
		no := refused([]clayv1alpha1.Operation{operation}, seat.Verb(operation.Verb), seat.Role(operation.Role), operation.Generation, now)
		if no.reason == "" {
			delete(p.memory.refusals, email)
			continue
		}
		waits[email] = no.reason
		p.wakeAt(no.until)
	}
	return waits
}

// refusedUnmanaged says which members without a ClayUser Clay refused to take away, and why; empty where there are none.
func (p *pass) refusedUnmanaged() string {
	var refusals []string
	for _, blocked := range p.plan.Blocked {
		if operation, known := p.memory.refusals[blocked.Change.Email]; known && blocked.Change.Owner == "" && blocked.Reason == seat.BlockedRefused {
			refusals = append(refusals, fmt.Sprintf("%s (%s)", blocked.Change.Email, operation.Reason))
		}
	}
	if len(refusals) == 0 {
		return ""
	}
	return fmt.Sprintf(" Clay refused to take away %s without a ClayUser: %s. It is asked again within the hour. %s",
		count(len(refusals), "member", "members"), enumerate(refusals), tryAgainHint)
}

// listUnmanaged returns the members without a ClayUser as the status lists them, in the order of their addresses, and since when each of them
// is one: since what the status lists already says, or since this reading. Where there are more than it may list, those that it lists stay,
// so that their times do.
func listUnmanaged(members []seat.Member, listed []clayv1alpha1.UnmanagedMember, readAt time.Time) []clayv1alpha1.UnmanagedMember {
	known := make(map[string]*metav1.Time, len(listed))
	for _, member := range listed {
		known[member.Email] = member.Since
	}
	now := &metav1.Time{Time: readAt.Truncate(time.Second)}
	byEmail := make(map[string]clayv1alpha1.UnmanagedMember, len(members))
	for _, member := range members {
		email := fit(string(member.Email), maxEmail)
		if _, twice := byEmail[email]; !twice {
			byEmail[email] = clayv1alpha1.UnmanagedMember{
				Email: email, Role: clayv1alpha1.Role(member.Role), Seat: clayv1alpha1.Seat(member.Presence), Since: cmp.Or(known[email], now),
			}
		}
	}
	emails := slices.Sorted(maps.Keys(byEmail))
	slices.SortStableFunc(emails, func(a, b string) int { return rank(known, a) - rank(known, b) })
	emails = emails[:min(len(emails), clayv1alpha1.MaxUnmanagedReported)]
	slices.Sort(emails)
	var unmanaged []clayv1alpha1.UnmanagedMember
	for _, email := range emails {
		unmanaged = append(unmanaged, byEmail[email])
	}
	return unmanaged
}

// rank puts what is known before what is not.
func rank(known map[string]*metav1.Time, email string) int {
	if _, is := known[email]; is {
		return 0
	}
	return 1
}
