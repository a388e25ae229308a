package access

import (
	"github.com/seatwright/clay-operator/internal/seat"
)

// planLimits plans the default and the limits of people. Clay shows one number for each person, whether it is their own or the default.
func (p *planner) planLimits() {
	limits := p.state.Limits
	if !p.canRead(SectionLimits, limits.Complete) {
		return
	}
	// later is the default once the plan is carried out.
	later := limits.Default
	if wanted := p.wish.DefaultLimit; wanted != nil && !equal(wanted, limits.Default) {
		change := Change{Verb: SetDefaultLimit, Credits: *wanted, From: limits.Default}
		if p.propose(change, "") == "" {
			later = wanted
		}
	}
	lines, unreadable := p.limitLines()
	for email, person := range p.people.movable {
		if wanted := person.limit(p.wish); wanted != nil {
			change := Change{Verb: SetLimit, Email: email, Credits: *wanted, Owner: person.Owner}
			p.planLimit(change, person.HasOwnLimit, lines[email], later, unreadable)
		}
	}
}

// limitLines are the lines of Clay's list by address, and whether one is nobody's.
func (p *planner) limitLines() (lines map[seat.Email][]PersonLimit, unreadable bool) {
	lines = make(map[seat.Email][]PersonLimit, len(p.state.Limits.People))
	for _, line := range p.state.Limits.People {
		email, valid := canonical(line.Email)
		lines[email] = append(lines[email], line)
		unreadable = unreadable || !valid
	}
	return lines, unreadable
}

// planLimit plans the limit of somebody, who has one of their own already or not. The default will be what later is.
func (p *planner) planLimit(change Change, own bool, lines []PersonLimit, later *int64, unreadable bool) {
	switch {
	case len(lines) == 0 && equal(&change.Credits, later):
		// Whoever has no limit of their own has the default.
	case len(lines) == 0 && unreadable, len(lines) > 1:
		p.propose(change, seat.BlockedAmbiguousMember)
	case len(lines) == 0:
		p.propose(change, BlockedNotListed)
	case !p.willHave(change.Credits, own, lines[0].Limit, later):
		change.From = lines[0].Limit
		p.propose(change, "")
	}
}

// willHave says whether somebody who has a limit now has the wanted one once the default has changed. What equals the old default may be it or
// the person's own. It is taken for the default where that spares a change and the operator gave nothing else; the next reading tells.
func (p *planner) willHave(wanted int64, own bool, now, later *int64) bool {
	old := p.state.Limits.Default
	if equal(old, later) || !equal(now, old) {
		return equal(now, &wanted)
	}
	return equal(later, &wanted) && !own
}

// equal compares limits; nil is none.
func equal(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
