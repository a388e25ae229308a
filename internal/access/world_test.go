package access_test

import (
	"fmt"
	"slices"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

// scene is one input of Plan.
type scene struct {
	wish     access.Wish
	observed access.State
	policy   access.Policy
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
		return pick[seat.Email](c, "", "nobody", "jo d. <a@example.com>")
	}
	format := "%c@example.com"
	if c.rarely(8) {
		format = pick(c, "%c@Example.com", " %c@example.com")
	}
	return seat.Email(fmt.Sprintf(format, 'a'+rune(c.below(6))))
}

func (c *choices) emails(most int) []seat.Email {
	var emails []seat.Email
	for range c.below(most + 1) {
		emails = append(emails, c.email())
	}
	return emails
}

func (c *choices) name() string {
	if c.rarely(15) {
		return pick(c, "east", "West ", "SOUTH")
	}
	return pick(c, "East", "West", "South", "North")
}

// names draws some names, rarely one twice.
func (c *choices) names(most int) []string {
	var names []string
	for range c.below(most + 1) {
		if name := c.name(); !slices.Contains(names, name) || c.rarely(12) {
			names = append(names, name)
		}
	}
	return names
}

func (c *choices) credits() int64 { return int64(c.below(3) * 100) }

func (c *choices) limit() *int64 {
	if c.rarely(3) {
		return nil
	}
	return some(c.credits())
}

// sceneFrom builds a small world in which everything that can go wrong does so now and then.
func sceneFrom(data []byte) scene {
	c := &choices{bytes: data}
	return scene{policy: c.policy(), wish: c.wish(), observed: c.state()}
}

func (c *choices) policy() access.Policy {
	p := access.Policy{WorkspaceID: workspace, Observe: c.rarely(15), Suspended: c.rarely(15), Waits: map[access.Key]seat.BlockReason{}}
	for range c.below(4) {
		change := access.Change{Verb: pick(c, access.Verbs()...)}
		switch change.Verb.Section() {
		case access.SectionGroups:
			change.Group = c.name()
		case access.SectionBudgets:
			change.Budget = c.name()
		default:
		}
		switch change.Verb {
		case access.AddToGroup, access.RemoveFromGroup, access.GrantBudget, access.RevokeBudget, access.SetLimit:
			change.Email = pick[seat.Email](c, "a@example.com", "b@example.com", "c@example.com")
		default:
		}
		p.Waits[change.Key()] = pick(c, seat.BlockedRefused, seat.BlockedOutcomeUnknown)
	}
	return p
}

func (c *choices) wish() access.Wish {
	wish := access.Wish{DeleteGroups: c.names(1), DeleteBudgets: c.names(1)}
	for _, name := range c.names(3) {
		group := access.GroupWish{Name: name, Owner: pick(c, "", "z", "y")}
		if c.rarely(2) {
			group.Description = text(pick(c, "one", "two", ""))
		}
		wish.Groups = append(wish.Groups, group)
	}
	for _, name := range c.names(3) {
		wish.Budgets = append(wish.Budgets, access.BudgetWish{
			Name: name, CreditLimit: c.credits(), Everyone: c.rarely(4), Groups: c.names(3), Reset: c.rarely(3),
		})
	}
	if c.rarely(2) {
		wish.DefaultLimit = some(c.credits())
	}
	for n := range c.below(6) {
		p := access.Person{
			Owner: fmt.Sprintf("%c", 'z'-rune(n)), Email: c.email(), Groups: c.names(3), Budgets: c.names(3), Limit: c.limit(),
			HasOwnLimit: c.rarely(4), Active: !c.rarely(6), HandsOff: c.rarely(8),
		}
		wish.People = append(wish.People, p)
	}
	return wish
}

func (c *choices) state() access.State {
	offer := func() access.Offer {
		return pick(c, access.Offered, access.Offered, access.Offered, access.Offered, access.NotOffered, "")
	}
	s := access.State{WorkspaceID: workspace}
	s.Groups.Offer, s.Groups.Complete = offer(), !c.rarely(12)
	for n, name := range c.names(4) {
		s.Groups.Groups = append(s.Groups.Groups, access.Group{
			Name: name, ID: fmt.Sprintf("g%d", n), Description: pick(c, "", "one"), Members: c.emails(5), Complete: !c.rarely(12),
		})
	}
	s.Budgets.Offer, s.Budgets.Complete = offer(), !c.rarely(12)
	for n, name := range c.names(4) {
		budget := access.Budget{
			Name: name, ID: fmt.Sprintf("b%d", n), CreditLimit: c.credits(), Used: c.credits(), Everyone: c.rarely(4), Complete: !c.rarely(12),
		}
		if !budget.Everyone {
			budget.Users, budget.Groups = c.emails(4), c.names(2)
		}
		s.Budgets.Budgets = append(s.Budgets.Budgets, budget)
	}
	s.Limits = access.LimitList{Offer: offer(), Complete: !c.rarely(12), Default: c.limit()}
	for _, email := range c.emails(8) {
		s.Limits.People = append(s.Limits.People, access.PersonLimit{Email: email, Limit: c.limit(), Used: c.credits()})
	}
	return s
}
