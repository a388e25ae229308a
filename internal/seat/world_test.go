package seat_test

import (
	"fmt"
	"time"

	"github.com/seatwright/clay-operator/internal/seat"
)

// scene is one input of Plan.
type scene struct {
	desired  []seat.Desired
	observed seat.Inventory
	policy   seat.Policy
}

// choices turns bytes into decisions. When they run out every decision is the first, which is the plain one.
type choices struct{ bytes []byte }

func (c *choices) below(limit int) int {
	if len(c.bytes) == 0 {
		return 0
	}
	choice := int(c.bytes[0]) % limit
	c.bytes = c.bytes[1:]
	return choice
}

// rarely is true in one of so many cases.
func (c *choices) rarely(cases int) bool { return c.below(cases) == cases-1 }

func pick[T any](c *choices, options ...T) T { return options[c.below(len(options))] }

func (c *choices) email() seat.Email {
	if c.rarely(40) {
		return pick[seat.Email](c, "", "nobody", "jo d. <a@example.com>", "b@example,com")
	}
	format := "%c@example.com"
	if c.rarely(6) {
		format = pick(c, "%c@Example.com", " %c@example.com", "%c@EXAMPLE.COM ")
	}
	return seat.Email(fmt.Sprintf(format, 'a'+rune(c.below(8))))
}

func (c *choices) role() seat.Role {
	return pick[seat.Role](c, seat.RoleEditor, seat.RoleAdmin, seat.RoleViewer, seat.RoleSalesRep, seat.RoleAdmin, "")
}

// sceneFrom builds a small world in which everything that can go wrong does so now and then.
func sceneFrom(data []byte) scene {
	c := &choices{bytes: data}
	return scene{policy: c.policy(), observed: c.inventory(), desired: c.manifests()}
}

func (c *choices) policy() seat.Policy {
	p := seat.Policy{
		WorkspaceID: workspace, Now: now, InvitationLifetime: lifetime,
		Observe: c.rarely(12), Suspended: c.rarely(15), RemoveUnmanaged: c.rarely(2),
		MaxRemovals: c.below(7) - 1, RecentRemovals: c.below(4) - 1, MaxInvitations: c.below(5),
	}
	if c.rarely(3) {
		p.Protected = map[seat.Email]bool{c.email(): true, c.email(): !c.rarely(3)}
	}
	return p
}

func (c *choices) inventory() seat.Inventory {
	i := seat.Inventory{WorkspaceID: workspace, Complete: !c.rarely(20), Account: operator}
	if c.rarely(4) {
		i.Account = c.email()
	} else {
		i.Members = append(i.Members, active(operator, seat.RoleAdmin))
		if c.rarely(6) {
			// Then the account is no admin beyond doubt, and another one has to stay.
			i.Members = append(i.Members, pending(operator, seat.RoleAdmin))
		}
	}
	used := map[seat.Email]bool{}
	for range c.below(9) {
		member := seat.Member{
			Email: c.email(), ID: pick(c, "", "1", "2"), Role: c.role(),
			Presence: pick(c, seat.Active, seat.Pending, seat.Active),
		}
		if c.rarely(30) {
			member.Presence = pick[seat.Presence](c, "", seat.Absent, "Frozen")
		}
		if c.rarely(30) {
			member.Role = "Owner"
		}
		if key := normal(member.Email); !used[key] || c.rarely(10) {
			used[key] = true
			i.Members = append(i.Members, member)
		}
	}
	return i
}

func (c *choices) manifests() []seat.Desired {
	var desired []seat.Desired
	for n := range c.below(12) {
		d := seat.Desired{
			Owner: fmt.Sprintf("%c", 'z'-rune(n)), Email: c.email(), Role: c.role(), Active: !c.rarely(4), Guarded: !c.rarely(8),
			Suspended: c.rarely(10), Deleting: c.rarely(4), Created: now.Add(time.Duration(c.below(3)) * time.Hour),
		}
		if c.rarely(8) {
			d.Wait = pick(c, seat.BlockedRefused, seat.BlockedOutcomeUnknown, seat.BlockedNotConverging, seat.BlockedRulesInvalid)
		}
		if c.rarely(3) {
			d.Invitation.Sent = c.below(5)
			d.Invitation.SentAt = now.Add(-pick(c, 0, lifetime-1, lifetime, 2*lifetime))
		}
		if c.rarely(30) {
			d.Role = "Owner"
		}
		desired = append(desired, d)
	}
	return desired
}
