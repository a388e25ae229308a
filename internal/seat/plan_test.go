package seat_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/seat"
)

const (
	workspace = "4711"
	operator  = seat.Email("operator@example.com")
	lifetime  = 7 * 24 * time.Hour
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// manifest returns a ClayUser that asks for an Editor's seat.
func manifest(email seat.Email, edits ...func(*seat.Desired)) seat.Desired {
	desired := seat.Desired{
		Owner: "team/" + string(email), Email: email, Role: seat.RoleEditor, Active: true, Guarded: true, Created: now,
	}
	for _, edit := range edits {
		edit(&desired)
	}
	return desired
}

func inactive(d *seat.Desired)  { d.Active = false }
func deleting(d *seat.Desired)  { d.Deleting = true }
func suspended(d *seat.Desired) { d.Suspended = true }
func unguarded(d *seat.Desired) { d.Guarded = false }

func owner(name string) func(*seat.Desired) { return func(d *seat.Desired) { d.Owner = name } }
func role(r seat.Role) func(*seat.Desired)  { return func(d *seat.Desired) { d.Role = r } }
func wait(reason seat.BlockReason) func(*seat.Desired) {
	return func(d *seat.Desired) { d.Wait = reason }
}

func older(by time.Duration) func(*seat.Desired) {
	return func(d *seat.Desired) { d.Created = d.Created.Add(-by) }
}

func invited(ago time.Duration, times int) func(*seat.Desired) {
	return func(d *seat.Desired) { d.Invitation = seat.Invitation{SentAt: now.Add(-ago), Sent: times} }
}

func active(email seat.Email, r seat.Role) seat.Member {
	return seat.Member{Email: email, ID: "id-" + string(email), Role: r, Presence: seat.Active}
}

func pending(email seat.Email, r seat.Role) seat.Member {
	return seat.Member{Email: email, Role: r, Presence: seat.Pending}
}

func inventory(members ...seat.Member) seat.Inventory {
	all := append([]seat.Member{active(operator, seat.RoleAdmin)}, members...)
	return seat.Inventory{WorkspaceID: workspace, Complete: true, Account: operator, Members: all, ReadAt: now}
}

func policy(edits ...func(*seat.Policy)) seat.Policy {
	p := seat.Policy{
		WorkspaceID: workspace, MaxRemovals: 5, InvitationLifetime: lifetime, MaxInvitations: 4, Now: now,
	}
	for _, edit := range edits {
		edit(&p)
	}
	return p
}

func removeUnmanaged(p *seat.Policy) { p.RemoveUnmanaged = true }
func observe(p *seat.Policy)         { p.Observe = true }
func suspendAll(p *seat.Policy)      { p.Suspended = true }

func protect(email seat.Email) func(*seat.Policy) {
	return func(p *seat.Policy) { p.Protected = map[seat.Email]bool{email: true} }
}

func budget(allowed, used int) func(*seat.Policy) {
	return func(p *seat.Policy) { p.MaxRemovals, p.RecentRemovals = allowed, used }
}

func remove(email seat.Email) seat.Change {
	return seat.Change{Verb: seat.Remove, Email: email, MemberID: "id-" + string(email), Owner: "team/" + string(email)}
}

func cancel(email seat.Email) seat.Change {
	return seat.Change{Verb: seat.CancelInvitation, Email: email, Owner: "team/" + string(email)}
}

func setRole(email seat.Email, from, to seat.Role) seat.Change {
	change := remove(email)
	change.Verb, change.From, change.Role = seat.SetRole, from, to
	return change
}

func invite(email seat.Email, r seat.Role) seat.Change {
	return seat.Change{Verb: seat.Invite, Email: email, Role: r, Owner: "team/" + string(email)}
}

func resend(change seat.Change) seat.Change { change.Resend = true; return change }

func unmanaged(change seat.Change) seat.Change { change.Owner = ""; return change }

func ownedBy(name string, change seat.Change) seat.Change { change.Owner = name; return change }

func blocked(reason seat.BlockReason, changes ...seat.Change) []seat.Blocked {
	var all []seat.Blocked
	for _, change := range changes {
		all = append(all, seat.Blocked{Change: change, Reason: reason})
	}
	return all
}

type planTest struct {
	reason   string
	desired  []seat.Desired
	observed seat.Inventory
	policy   seat.Policy
	want     seat.Result
}

func runPlanTests(t *testing.T, tests []planTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			got, err := seat.Plan(test.desired, test.observed, test.policy)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
			for _, violation := range violations(test.desired, test.observed, test.policy, got) {
				t.Error(violation)
			}
		})
	}
}

func TestPlanRefusesToGuess(t *testing.T) {
	t.Parallel()
	desired := []seat.Desired{manifest("jo@example.com"), manifest("kim@example.com", deleting)}
	for _, test := range []struct {
		reason string
		spoil  func(*seat.Inventory, *seat.Policy)
		want   error
	}{
		{"incomplete", func(i *seat.Inventory, _ *seat.Policy) { i.Complete = false }, seat.ErrIncomplete},
		{"another workspace", func(i *seat.Inventory, _ *seat.Policy) { i.WorkspaceID = "1" }, seat.ErrWrongWorkspace},
		{"unknown workspace", func(i *seat.Inventory, _ *seat.Policy) { i.WorkspaceID = "" }, seat.ErrWrongWorkspace},
		{"no workspace wanted", func(_ *seat.Inventory, p *seat.Policy) { p.WorkspaceID = "" }, seat.ErrWrongWorkspace},
		{
			"neither known nor wanted",
			func(i *seat.Inventory, p *seat.Policy) { i.WorkspaceID, p.WorkspaceID = "", "" },
			seat.ErrWrongWorkspace,
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			observed, rules := inventory(active("kim@example.com", seat.RoleEditor)), policy()
			test.spoil(&observed, &rules)
			got, err := seat.Plan(desired, observed, rules)
			if !errors.Is(err, test.want) {
				t.Errorf("error: got %v, want %v", err, test.want)
			}
			if diff := cmp.Diff(seat.Result{}, got); diff != "" {
				t.Errorf("something was planned (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlanJoin(t *testing.T) {
	t.Parallel()
	const jo = seat.Email("jo@example.com")
	replaced := seat.Result{Changes: []seat.Change{resend(cancel(jo)), resend(invite(jo, seat.RoleEditor))}}
	exhausted := seat.Result{Blocked: blocked(
		seat.BlockedInvitations, resend(cancel(jo)), resend(invite(jo, seat.RoleEditor)),
	)}
	one := func(edits ...func(*seat.Desired)) []seat.Desired { return []seat.Desired{manifest(jo, edits...)} }
	runPlanTests(t, []planTest{
		{"nobody wants anything", nil, inventory(), policy(), seat.Result{}},
		{"absent", one(), inventory(), policy(), seat.Result{Changes: []seat.Change{invite(jo, seat.RoleEditor)}}},
		{
			"absent, default role", one(role("")), inventory(), policy(),
			seat.Result{Changes: []seat.Change{invite(jo, seat.DefaultRole)}},
		},
		{
			"absent, the first invitation needs no allowance", one(), inventory(),
			policy(func(p *seat.Policy) { p.MaxInvitations = 0 }),
			seat.Result{Changes: []seat.Change{invite(jo, seat.RoleEditor)}},
		},
		{
			"absent, the last allowed invitation", one(invited(lifetime, 3)), inventory(), policy(),
			seat.Result{Changes: []seat.Change{invite(jo, seat.RoleEditor)}},
		},
		{
			"absent, invited as often as allowed", one(invited(lifetime, 4)), inventory(), policy(),
			seat.Result{Blocked: blocked(seat.BlockedInvitations, invite(jo, seat.RoleEditor))},
		},
		{
			"absent, unguarded", one(unguarded), inventory(), policy(),
			seat.Result{Blocked: blocked(seat.BlockedUnguarded, invite(jo, seat.RoleEditor))},
		},
		{
			"absent, a role nobody knows", one(role("Owner")), inventory(), policy(),
			seat.Result{Blocked: blocked(seat.BlockedUnknownRole, invite(jo, "Owner"))},
		},
		{"pending", one(), inventory(pending(jo, seat.RoleEditor)), policy(), seat.Result{}},
		{"pending, role unknown", one(), inventory(pending(jo, "")), policy(), seat.Result{}},
		{"pending, new kind of role", one(), inventory(pending(jo, "Owner")), policy(), seat.Result{}},
		{"pending, another role", one(), inventory(pending(jo, seat.RoleViewer)), policy(), replaced},
		{"pending, another role, too often", one(invited(0, 4)), inventory(pending(jo, seat.RoleViewer)), policy(), exhausted},
		{
			"pending, another role, unguarded: the old invitation stays", one(unguarded),
			inventory(pending(jo, seat.RoleViewer)), policy(),
			seat.Result{Blocked: blocked(
				seat.BlockedUnguarded, resend(cancel(jo)), resend(invite(jo, seat.RoleEditor)),
			)},
		},
		{
			"pending, a role nobody knows", one(role("Owner")), inventory(pending(jo, seat.RoleViewer)), policy(),
			seat.Result{Blocked: blocked(seat.BlockedUnknownRole, resend(cancel(jo)), resend(invite(jo, "Owner")))},
		},
		{"too old", one(invited(lifetime, 1)), inventory(pending(jo, seat.RoleEditor)), policy(), replaced},
		{"too old, role unknown", one(invited(lifetime, 1)), inventory(pending(jo, "")), policy(), replaced},
		{"not yet too old", one(invited(lifetime-1, 1)), inventory(pending(jo, seat.RoleEditor)), policy(), seat.Result{}},
		{"sent in the future", one(invited(-lifetime, 1)), inventory(pending(jo, seat.RoleEditor)), policy(), seat.Result{}},
		{
			"no lifetime", one(invited(lifetime, 1)), inventory(pending(jo, seat.RoleEditor)),
			policy(func(p *seat.Policy) { p.InvitationLifetime = 0 }), seat.Result{},
		},
		{"too old, last allowed", one(invited(lifetime, 3)), inventory(pending(jo, seat.RoleEditor)), policy(), replaced},
		{"too old, too often", one(invited(lifetime, 4)), inventory(pending(jo, seat.RoleEditor)), policy(), exhausted},
		{
			"a resend uses up no removals", one(invited(lifetime, 1)), inventory(pending(jo, seat.RoleEditor)),
			policy(budget(0, 0)), replaced,
		},
		{"active", one(), inventory(active(jo, seat.RoleEditor)), policy(), seat.Result{}},
		{"active, default role", one(role("")), inventory(active(jo, seat.DefaultRole)), policy(), seat.Result{}},
		{
			"active, however old the invitation was", one(invited(lifetime, 4)), inventory(active(jo, seat.RoleEditor)),
			policy(), seat.Result{},
		},
		{
			"active, another role", one(unguarded), inventory(active(jo, seat.RoleViewer)), policy(),
			seat.Result{Changes: []seat.Change{setRole(jo, seat.RoleViewer, seat.RoleEditor)}},
		},
		{
			"active, role unknown", one(), inventory(active(jo, "")), policy(),
			seat.Result{Blocked: blocked(seat.BlockedUnknownRole, setRole(jo, "", seat.RoleEditor))},
		},
		{
			"active, a role nobody knows", one(role("Owner")), inventory(active(jo, seat.RoleEditor)), policy(),
			seat.Result{Blocked: blocked(seat.BlockedUnknownRole, setRole(jo, seat.RoleEditor, "Owner"))},
		},
		{
			"active, written with other case", one(func(d *seat.Desired) { d.Email = " JO@example.com" }),
			inventory(func() seat.Member { m := active(jo, seat.RoleEditor); m.Email = "Jo@Example.com"; return m }()),
			policy(removeUnmanaged), seat.Result{},
		},
	})
}

func TestPlanLeave(t *testing.T) {
	t.Parallel()
	const jo = seat.Email("jo@example.com")
	for name, edit := range map[string]func(*seat.Desired){"inactive": inactive, "deleting": deleting} {
		desired := []seat.Desired{manifest(jo, edit, unguarded)}
		waiting := []seat.Desired{manifest(jo, edit, wait(seat.BlockedRefused))}
		runPlanTests(t, []planTest{
			{name + ", absent", desired, inventory(), policy(), seat.Result{}},
			{
				name + ", pending", desired, inventory(pending(jo, seat.RoleViewer)), policy(),
				seat.Result{Changes: []seat.Change{cancel(jo)}},
			},
			{
				name + ", active", desired, inventory(active(jo, seat.RoleViewer)), policy(),
				seat.Result{Changes: []seat.Change{remove(jo)}},
			},
			{
				name + ", active, role unknown", desired, inventory(active(jo, "")), policy(),
				seat.Result{Changes: []seat.Change{remove(jo)}},
			},
			{
				name + ", active, waiting", waiting, inventory(active(jo, seat.RoleViewer)), policy(),
				seat.Result{Blocked: blocked(seat.BlockedRefused, remove(jo))},
			},
			{
				name + ", pending, waiting", waiting, inventory(pending(jo, seat.RoleViewer)), policy(),
				seat.Result{Blocked: blocked(seat.BlockedRefused, cancel(jo))},
			},
		})
	}
}

func TestPlanWaits(t *testing.T) {
	t.Parallel()
	const jo = seat.Email("jo@example.com")
	desired := []seat.Desired{manifest(jo, wait(seat.BlockedNotConverging))}
	runPlanTests(t, []planTest{
		{"nothing to do", desired, inventory(active(jo, seat.RoleEditor)), policy(), seat.Result{}},
		{
			"a member without a manifest", nil, inventory(active(jo, seat.RoleEditor)),
			policy(removeUnmanaged, func(p *seat.Policy) { p.Waits = map[seat.Email]seat.BlockReason{jo: seat.BlockedRefused} }),
			seat.Result{
				Blocked:   blocked(seat.BlockedRefused, unmanaged(remove(jo))),
				Unmanaged: []seat.Member{active(jo, seat.RoleEditor)},
			},
		},
		{
			"invite", desired, inventory(), policy(),
			seat.Result{Blocked: blocked(seat.BlockedNotConverging, invite(jo, seat.RoleEditor))},
		},
		{
			"role", desired, inventory(active(jo, seat.RoleViewer)), policy(),
			seat.Result{Blocked: blocked(seat.BlockedNotConverging, setRole(jo, seat.RoleViewer, seat.RoleEditor))},
		},
		{
			"resend", desired, inventory(pending(jo, seat.RoleViewer)), policy(),
			seat.Result{Blocked: blocked(
				seat.BlockedNotConverging, resend(cancel(jo)), resend(invite(jo, seat.RoleEditor)),
			)},
		},
		{
			"an unknown outcome outlives the manifest that caused it",
			[]seat.Desired{manifest(jo), manifest(jo, owner("b"), deleting, wait(seat.BlockedOutcomeUnknown))},
			inventory(), policy(),
			seat.Result{
				Blocked:    blocked(seat.BlockedOutcomeUnknown, invite(jo, seat.RoleEditor)),
				Duplicates: map[string]string{"b": "team/jo@example.com"},
			},
		},
		{
			"a refusal does not", []seat.Desired{manifest(jo), manifest(jo, owner("b"), deleting, wait(seat.BlockedRefused))},
			inventory(), policy(),
			seat.Result{
				Changes:    []seat.Change{invite(jo, seat.RoleEditor)},
				Duplicates: map[string]string{"b": "team/jo@example.com"},
			},
		},
	})
}

func TestPlanDuplicates(t *testing.T) {
	t.Parallel()
	const jo = seat.Email("jo@example.com")
	editor := inventory(active(jo, seat.RoleEditor))
	runPlanTests(t, []planTest{
		{
			"the older wins",
			[]seat.Desired{manifest(jo, owner("a")), manifest(jo, owner("b"), older(1), role(seat.RoleViewer))},
			editor, policy(),
			seat.Result{
				Changes:    []seat.Change{ownedBy("b", setRole(jo, seat.RoleEditor, seat.RoleViewer))},
				Duplicates: map[string]string{"a": "b"},
			},
		},
		{
			"of the same age the first by name wins",
			[]seat.Desired{manifest(jo, owner("b"), inactive), manifest(jo, owner("a")), manifest("JO@EXAMPLE.COM", owner("c"))},
			editor, policy(), seat.Result{Duplicates: map[string]string{"b": "a", "c": "a"}},
		},
		{
			"one being deleted removes nothing while another stays",
			[]seat.Desired{manifest(jo, owner("a"), deleting, older(time.Hour)), manifest(jo, owner("b"))},
			editor, policy(), seat.Result{Duplicates: map[string]string{"a": "b"}},
		},
		{
			"an older inactive one wins over a younger one",
			[]seat.Desired{manifest(jo, owner("a"), inactive, older(time.Hour)), manifest(jo, owner("b"))},
			editor, policy(),
			seat.Result{
				Changes:    []seat.Change{ownedBy("a", remove(jo))},
				Duplicates: map[string]string{"b": "a"},
			},
		},
		{
			"of two being deleted the older one asks",
			[]seat.Desired{manifest(jo, owner("a"), deleting), manifest(jo, owner("b"), deleting, older(time.Hour))},
			editor, policy(),
			seat.Result{
				Changes:    []seat.Change{ownedBy("b", remove(jo))},
				Duplicates: map[string]string{"a": "b"},
			},
		},
		{
			"a suspended winner keeps everybody's hands off",
			[]seat.Desired{manifest(jo, owner("a"), suspended, older(1), role(seat.RoleAdmin)), manifest(jo, owner("b"), inactive)},
			editor, policy(),
			seat.Result{
				Blocked:    blocked(seat.BlockedSuspended, ownedBy("a", setRole(jo, seat.RoleEditor, seat.RoleAdmin))),
				Duplicates: map[string]string{"b": "a"},
			},
		},
		{"suspended without a difference", []seat.Desired{manifest(jo, suspended)}, editor, policy(), seat.Result{}},
		{
			"suspended and being deleted", []seat.Desired{manifest(jo, suspended, deleting)}, editor, policy(),
			seat.Result{Blocked: blocked(seat.BlockedSuspended, remove(jo))},
		},
		{
			"a suspended loser does not matter",
			[]seat.Desired{manifest(jo, owner("a"), inactive, older(1)), manifest(jo, owner("b"), suspended)},
			editor, policy(),
			seat.Result{
				Changes:    []seat.Change{ownedBy("a", remove(jo))},
				Duplicates: map[string]string{"b": "a"},
			},
		},
	})
}

func TestPlanOrder(t *testing.T) {
	t.Parallel()
	runPlanTests(t, []planTest{{
		"offboarding, roles, invitations; by address",
		[]seat.Desired{
			manifest("f@example.com"), manifest("e@example.com", deleting), manifest("d@example.com"),
			manifest("c@example.com", inactive), manifest("b@example.com"), manifest("a@example.com"),
			manifest("g@example.com", invited(lifetime, 1)),
		},
		inventory(
			active("e@example.com", seat.RoleEditor), pending("c@example.com", seat.RoleEditor),
			active("d@example.com", seat.RoleViewer), active("b@example.com", seat.RoleViewer),
			pending("g@example.com", seat.RoleEditor),
		),
		policy(),
		seat.Result{Changes: []seat.Change{
			cancel("c@example.com"), remove("e@example.com"), resend(cancel("g@example.com")),
			setRole("b@example.com", seat.RoleViewer, seat.RoleEditor), setRole("d@example.com", seat.RoleViewer, seat.RoleEditor),
			invite("a@example.com", seat.RoleEditor), invite("f@example.com", seat.RoleEditor),
			resend(invite("g@example.com", seat.RoleEditor)),
		}},
	}})
}
