package seat_test

import (
	"testing"

	"github.com/seatwright/clay-operator/internal/seat"
)

func TestPlanOwnAccount(t *testing.T) {
	t.Parallel()
	const jo, kim = seat.Email("jo@example.com"), seat.Email("kim@example.com")
	admins := inventory(active(jo, seat.RoleAdmin))
	unknown := inventory(active(jo, seat.RoleEditor), active(kim, ""))
	unknown.Account = "who is that?"
	foreign := inventory()
	foreign.Account = "Jo@example.com"
	alias := inventory(active(jo, seat.RoleEditor))
	alias.Account = "alias@example.com"
	demoted := inventory(active(jo, seat.RoleEditor))
	demoted.Account = jo
	runPlanTests(t, []planTest{
		{
			"never removed", []seat.Desired{manifest(operator, deleting)}, admins, policy(),
			seat.Result{
				Blocked:   blocked(seat.BlockedOwnAccount, remove(operator)),
				Unmanaged: []seat.Member{active(jo, seat.RoleAdmin)},
			},
		},
		{
			"never demoted", []seat.Desired{manifest(operator), manifest(jo, role(seat.RoleAdmin))}, admins, policy(),
			seat.Result{Blocked: blocked(seat.BlockedOwnAccount, setRole(operator, seat.RoleAdmin, seat.RoleEditor))},
		},
		{
			"never withdrawn", []seat.Desired{manifest(jo, inactive)},
			func() seat.Inventory { i := foreign; i.Members = []seat.Member{pending(jo, seat.RoleAdmin)}; return i }(),
			policy(), seat.Result{Blocked: blocked(seat.BlockedOwnAccount, cancel(jo))},
		},
		{
			"never invited", []seat.Desired{manifest(jo), manifest(operator, role(seat.RoleAdmin))}, foreign, policy(),
			seat.Result{Blocked: blocked(seat.BlockedOwnAccount, invite(jo, seat.RoleEditor))},
		},
		{"never unmanaged", nil, inventory(), policy(removeUnmanaged), seat.Result{}},
		{
			"listed under another address: it may be any admin", nil, alias, policy(removeUnmanaged),
			seat.Result{
				Changes:   []seat.Change{unmanaged(remove(jo))},
				Blocked:   blocked(seat.BlockedOwnAccount, unmanaged(remove(operator))),
				Unmanaged: []seat.Member{active(jo, seat.RoleEditor), active(operator, seat.RoleAdmin)},
			},
		},
		{
			"listed as no admin: its address is spared, and so is every admin",
			[]seat.Desired{manifest(jo, deleting), manifest(operator, deleting)}, demoted, policy(),
			seat.Result{Blocked: blocked(seat.BlockedOwnAccount, remove(jo), remove(operator))},
		},
		{
			"unknown: it may be any admin, and anybody whose role is unknown",
			[]seat.Desired{
				manifest(operator, deleting), manifest(jo, deleting), manifest(kim, deleting), manifest("new@example.com"),
			},
			unknown, policy(),
			seat.Result{
				Changes: []seat.Change{remove(jo), invite("new@example.com", seat.RoleEditor)},
				Blocked: blocked(seat.BlockedOwnAccount, remove(kim), remove(operator)),
			},
		},
	})
}

func TestPlanProtected(t *testing.T) {
	t.Parallel()
	const jo = seat.Email("jo@example.com")
	lowered := func(from, to seat.Role) planTest {
		return planTest{
			string(from + " to " + to), []seat.Desired{manifest(jo, role(to))}, inventory(active(jo, from)), policy(protect(jo)),
			seat.Result{Blocked: blocked(seat.BlockedProtected, setRole(jo, from, to))},
		}
	}
	raised := func(from, to seat.Role) planTest {
		return planTest{
			string(from + " to " + to), []seat.Desired{manifest(jo, role(to))}, inventory(active(jo, from)), policy(protect(jo)),
			seat.Result{Changes: []seat.Change{setRole(jo, from, to)}},
		}
	}
	runPlanTests(t, []planTest{
		{
			"never removed", []seat.Desired{manifest(jo, deleting)}, inventory(active(jo, seat.RoleEditor)), policy(protect(jo)),
			seat.Result{Blocked: blocked(seat.BlockedProtected, remove(jo))},
		},
		{
			"never removed, however the address is written", []seat.Desired{manifest(jo, deleting)},
			inventory(active(jo, seat.RoleEditor)), policy(protect(" JO@example.com")),
			seat.Result{Blocked: blocked(seat.BlockedProtected, remove(jo))},
		},
		{
			"an entry that is false protects nobody", []seat.Desired{manifest(jo, deleting)},
			inventory(active(jo, seat.RoleEditor)),
			policy(func(p *seat.Policy) { p.Protected = map[seat.Email]bool{jo: false} }),
			seat.Result{Changes: []seat.Change{remove(jo)}},
		},
		{
			"never withdrawn", []seat.Desired{manifest(jo, deleting)}, inventory(pending(jo, seat.RoleEditor)),
			policy(protect(jo)), seat.Result{Blocked: blocked(seat.BlockedProtected, cancel(jo))},
		},
		{
			"not even to be invited again", []seat.Desired{manifest(jo, invited(lifetime, 1))},
			inventory(pending(jo, seat.RoleEditor)), policy(protect(jo)),
			seat.Result{Blocked: blocked(
				seat.BlockedProtected, resend(cancel(jo)), resend(invite(jo, seat.RoleEditor)),
			)},
		},
		{
			"may be invited", []seat.Desired{manifest(jo)}, inventory(), policy(protect(jo)),
			seat.Result{Changes: []seat.Change{invite(jo, seat.RoleEditor)}},
		},
		{"never unmanaged", nil, inventory(active(jo, seat.RoleEditor)), policy(protect(jo), removeUnmanaged), seat.Result{}},
		lowered(seat.RoleAdmin, seat.RoleEditor),
		lowered(seat.RoleEditor, seat.RoleViewer),
		lowered(seat.RoleViewer, seat.RoleSalesRep),
		lowered(seat.RoleSalesRep, seat.RoleViewer),
		lowered(seat.RoleSalesRep, seat.RoleEditor),
		raised(seat.RoleEditor, seat.RoleAdmin),
		raised(seat.RoleSalesRep, seat.RoleAdmin),
		raised(seat.RoleViewer, seat.RoleEditor),
	})
}

func TestPlanLastAdmin(t *testing.T) {
	t.Parallel()
	const a, b, c = seat.Email("a@example.com"), seat.Email("b@example.com"), seat.Email("c@example.com")
	// Clay's list shows the operator's account twice, so that it does not count as an admin who stays.
	beside := func(members ...seat.Member) seat.Inventory {
		return inventory(append(members, pending(operator, seat.RoleAdmin))...)
	}
	runPlanTests(t, []planTest{
		{
			"another one is left", []seat.Desired{manifest(a, deleting), manifest(b, role(seat.RoleAdmin))},
			beside(active(a, seat.RoleAdmin), active(b, seat.RoleAdmin)), policy(),
			seat.Result{Changes: []seat.Change{remove(a)}},
		},
		{
			"the last in order stays", []seat.Desired{manifest(b, deleting), manifest(a, deleting)},
			beside(active(b, seat.RoleAdmin), active(a, seat.RoleAdmin)), policy(),
			seat.Result{Changes: []seat.Change{remove(a)}, Blocked: blocked(seat.BlockedLastAdmin, remove(b))},
		},
		{
			"removals go before demotions", []seat.Desired{manifest(a), manifest(b, deleting)},
			beside(active(a, seat.RoleAdmin), active(b, seat.RoleAdmin)), policy(),
			seat.Result{
				Changes: []seat.Change{remove(b)},
				Blocked: blocked(seat.BlockedLastAdmin, setRole(a, seat.RoleAdmin, seat.RoleEditor)),
			},
		},
		{
			"manifests go before unmanaged members", []seat.Desired{manifest(b, deleting)},
			beside(active(a, seat.RoleAdmin), active(b, seat.RoleAdmin)), policy(removeUnmanaged),
			seat.Result{
				Changes:   []seat.Change{remove(b)},
				Blocked:   blocked(seat.BlockedLastAdmin, unmanaged(remove(a))),
				Unmanaged: []seat.Member{active(a, seat.RoleAdmin)},
			},
		},
		{
			"a promotion in the same plan does not count",
			[]seat.Desired{manifest(a, deleting), manifest(b, role(seat.RoleAdmin))},
			beside(active(a, seat.RoleAdmin), active(b, seat.RoleEditor)), policy(),
			seat.Result{
				Changes: []seat.Change{setRole(b, seat.RoleEditor, seat.RoleAdmin)},
				Blocked: blocked(seat.BlockedLastAdmin, remove(a)),
			},
		},
		{
			"an invited admin does not count", []seat.Desired{manifest(a, deleting), manifest(b, role(seat.RoleAdmin))},
			beside(active(a, seat.RoleAdmin), pending(b, seat.RoleAdmin)), policy(),
			seat.Result{Blocked: blocked(seat.BlockedLastAdmin, remove(a))},
		},
		{
			"a member with an unknown role does not count", []seat.Desired{manifest(a, deleting)},
			beside(active(a, seat.RoleAdmin), active(b, "")), policy(),
			seat.Result{Blocked: blocked(seat.BlockedLastAdmin, remove(a)), Unmanaged: []seat.Member{active(b, "")}},
		},
		{
			"without a known admin an unknown role may be the last one",
			[]seat.Desired{manifest(a, deleting), manifest(c, deleting)},
			beside(active(a, ""), active(c, seat.RoleEditor)), policy(),
			seat.Result{Changes: []seat.Change{remove(c)}, Blocked: blocked(seat.BlockedLastAdmin, remove(a))},
		},
		{
			"a member shown twice does not count", []seat.Desired{manifest(a, deleting)},
			beside(active(a, seat.RoleAdmin), active(b, seat.RoleAdmin), active(b, seat.RoleAdmin)), policy(protect(b)),
			seat.Result{Blocked: blocked(seat.BlockedLastAdmin, remove(a))},
		},
		{
			"one who may be gone already does not count",
			[]seat.Desired{manifest(a, deleting), manifest(b, deleting, wait(seat.BlockedOutcomeUnknown))},
			beside(active(a, seat.RoleAdmin), active(b, seat.RoleAdmin)), policy(),
			seat.Result{Blocked: []seat.Blocked{
				{Change: remove(a), Reason: seat.BlockedLastAdmin}, {Change: remove(b), Reason: seat.BlockedOutcomeUnknown},
			}},
		},
		{
			"a change that is blocked anyway takes no admin away",
			[]seat.Desired{manifest(a, deleting, wait(seat.BlockedRefused)), manifest(b, deleting)},
			beside(active(a, seat.RoleAdmin), active(b, seat.RoleAdmin)), policy(),
			seat.Result{Changes: []seat.Change{remove(b)}, Blocked: blocked(seat.BlockedRefused, remove(a))},
		},
	})
}

func TestPlanUnmanaged(t *testing.T) {
	t.Parallel()
	const jo, kim = seat.Email("jo@example.com"), seat.Email("kim@example.com")
	observed := inventory(pending(kim, seat.RoleViewer), active(jo, seat.RoleEditor))
	listed := []seat.Member{active(jo, seat.RoleEditor), pending(kim, seat.RoleViewer)}
	runPlanTests(t, []planTest{
		{"reported", nil, observed, policy(), seat.Result{Unmanaged: listed}},
		{
			"removed where the workspace says so", nil, observed, policy(removeUnmanaged),
			seat.Result{
				Changes:   []seat.Change{unmanaged(remove(jo)), unmanaged(cancel(kim))},
				Unmanaged: listed,
			},
		},
		{
			"any manifest manages, a suspended and an inactive one too",
			[]seat.Desired{manifest(jo, suspended), manifest(kim, inactive, wait(seat.BlockedRefused))},
			observed, policy(removeUnmanaged), seat.Result{Blocked: blocked(seat.BlockedRefused, cancel(kim))},
		},
		{
			"a manifest with a slip in its address may mean anybody",
			[]seat.Desired{manifest("jo@example,com")}, observed, policy(removeUnmanaged),
			seat.Result{
				Blocked: append(
					blocked(seat.BlockedInvalidEmail, unmanaged(remove(jo)), unmanaged(cancel(kim))),
					blocked(seat.BlockedInvalidEmail, invite("jo@example,com", seat.RoleEditor))...,
				),
				Unmanaged: listed,
			},
		},
	})
}

func TestPlanAmbiguous(t *testing.T) {
	t.Parallel()
	const jo, kim = seat.Email("jo@example.com"), seat.Email("kim@example.com")
	other := active("Jo@Example.com", seat.RoleEditor)
	other.ID = "2"
	change := func(email seat.Email, id string, change seat.Change) seat.Change {
		change.Email, change.MemberID = email, id
		return change
	}
	illegible := seat.Member{Email: "Jo D. <jo@", ID: "3", Role: seat.RoleEditor, Presence: seat.Active}
	odd := seat.Member{Email: jo, ID: "4", Role: seat.RoleEditor, Presence: "Frozen"}
	runPlanTests(t, []planTest{
		{
			"shown twice, to be removed", []seat.Desired{manifest(jo, deleting)}, inventory(active(jo, seat.RoleEditor), other),
			policy(),
			seat.Result{Blocked: blocked(seat.BlockedAmbiguousMember, change(jo, "2", remove(jo)), remove(jo))},
		},
		{
			"shown twice in the same way is said once", []seat.Desired{manifest(jo, deleting)},
			inventory(active(jo, seat.RoleEditor), active(jo, seat.RoleEditor)), policy(),
			seat.Result{Blocked: blocked(seat.BlockedAmbiguousMember, remove(jo))},
		},
		{
			"active and pending, one with another role", []seat.Desired{manifest(jo)},
			inventory(active(jo, seat.RoleEditor), pending(jo, seat.RoleViewer)), policy(),
			seat.Result{Blocked: blocked(
				seat.BlockedAmbiguousMember, resend(cancel(jo)), resend(invite(jo, seat.RoleEditor)),
			)},
		},
		{
			"shown twice and as wanted", []seat.Desired{manifest(jo)},
			inventory(active(jo, seat.RoleEditor), pending(jo, seat.RoleEditor)), policy(), seat.Result{},
		},
		{
			"shown twice and unmanaged", nil, inventory(active(jo, seat.RoleEditor), pending(jo, seat.RoleViewer)),
			policy(removeUnmanaged),
			seat.Result{
				Blocked:   blocked(seat.BlockedAmbiguousMember, unmanaged(cancel(jo)), unmanaged(remove(jo))),
				Unmanaged: []seat.Member{active(jo, seat.RoleEditor), pending(jo, seat.RoleViewer)},
			},
		},
		{
			"in a state that nobody knows, wanted", []seat.Desired{manifest(jo)}, inventory(odd), policy(),
			seat.Result{Blocked: blocked(seat.BlockedAmbiguousMember, invite(jo, seat.RoleEditor))},
		},
		{
			"in a state that nobody knows, not wanted", []seat.Desired{manifest(jo, inactive)}, inventory(odd), policy(),
			seat.Result{Blocked: blocked(seat.BlockedAmbiguousMember, change(jo, "4", remove(jo)))},
		},
		{
			"shown as absent is not absent", []seat.Desired{manifest(jo)},
			inventory(seat.Member{Email: jo, Presence: seat.Absent}), policy(),
			seat.Result{Blocked: blocked(seat.BlockedAmbiguousMember, invite(jo, seat.RoleEditor))},
		},
		{
			"an illegible line: who is missing may be there, who is there is clear",
			[]seat.Desired{manifest(jo), manifest("gone@example.com", deleting), manifest(kim, deleting)},
			inventory(illegible, active(kim, seat.RoleEditor)), policy(removeUnmanaged),
			seat.Result{
				Changes: []seat.Change{remove(kim)},
				Blocked: []seat.Blocked{
					{Change: change(illegible.Email, "3", unmanaged(remove(jo))), Reason: seat.BlockedAmbiguousMember},
					{Change: change("gone@example.com", "", remove("gone@example.com")), Reason: seat.BlockedAmbiguousMember},
					{Change: invite(jo, seat.RoleEditor), Reason: seat.BlockedAmbiguousMember},
				},
				Unmanaged: []seat.Member{illegible},
			},
		},
		{
			"a line without an address", nil,
			func() seat.Inventory { i := inventory(seat.Member{Presence: seat.Active}); i.Account = ""; return i }(), policy(),
			seat.Result{Unmanaged: []seat.Member{{Presence: seat.Active}, active(operator, seat.RoleAdmin)}},
		},
	})
}

func TestPlanMode(t *testing.T) {
	t.Parallel()
	const jo, kim = seat.Email("jo@example.com"), seat.Email("kim@example.com")
	desired := []seat.Desired{manifest(jo), manifest(kim, deleting), manifest(operator, deleting)}
	observed := inventory(active(kim, seat.RoleEditor))
	want := func(reason seat.BlockReason) seat.Result {
		return seat.Result{Blocked: []seat.Blocked{
			{Change: remove(kim), Reason: reason},
			{Change: remove(operator), Reason: seat.BlockedOwnAccount},
			{Change: invite(jo, seat.RoleEditor), Reason: reason},
		}}
	}
	held := want(seat.BlockedObserve)
	held.Blocked[0].Reason = seat.BlockedRemovalsHeld
	held.HeldDigest = seat.Digest([]seat.Change{remove(kim)})
	runPlanTests(t, []planTest{
		{"observe", desired, observed, policy(observe), want(seat.BlockedObserve)},
		{"suspended", desired, observed, policy(suspendAll), want(seat.BlockedSuspended)},
		{"suspended and observe", desired, observed, policy(suspendAll, observe), want(seat.BlockedSuspended)},
		{"observe shows what would be held", desired, observed, policy(observe, budget(0, 0)), held},
	})
}
