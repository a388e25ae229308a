package access

import (
	"cmp"

	"github.com/seatwright/clay-operator/internal/seat"
)

// people are those who have a manifest.
type people struct {
	// all are the addresses that some manifest names.
	all map[seat.Email]bool
	// movable are those whose access follows their manifest, by address.
	movable map[seat.Email]Person
	// groups and budgets are the movable ones who should be in a group, or have access to a budget, by its name.
	groups, budgets map[string][]seat.Email
}

func newPeople(persons []Person) people {
	manifests := make(map[seat.Email]int, len(persons))
	p := people{
		all: make(map[seat.Email]bool, len(persons)), movable: make(map[seat.Email]Person, len(persons)),
		groups: map[string][]seat.Email{}, budgets: map[string][]seat.Email{},
	}
	for _, person := range persons {
		email, _ := canonical(person.Email)
		manifests[email]++
		p.all[email] = true
	}
	for _, person := range persons {
		email, valid := canonical(person.Email)
		if !person.Active || person.HandsOff || manifests[email] > 1 || !valid {
			continue
		}
		p.movable[email] = person
		for name := range set(person.Groups) {
			p.groups[name] = append(p.groups[name], email)
		}
		for name := range set(person.Budgets) {
			p.budgets[name] = append(p.budgets[name], email)
		}
	}
	return p
}

func set[T comparable](values []T) map[T]bool {
	members := make(map[T]bool, len(values))
	for _, value := range values {
		members[value] = true
	}
	return members
}

// crowd are those who are in one group, or have access to one budget.
type crowd struct {
	emails map[seat.Email]bool
	// unreadable is true where a line is no address: it may be anybody's, so that nobody is known to be missing.
	unreadable bool
}

func newCrowd(emails []seat.Email) crowd {
	c := crowd{emails: make(map[seat.Email]bool, len(emails))}
	for _, email := range emails {
		if key, valid := canonical(email); valid {
			c.emails[key] = true
		} else {
			c.unreadable = true
		}
	}
	return c
}

// doubt is the reason against concluding that somebody is missing; empty where there is none.
func (c crowd) doubt() seat.BlockReason {
	if c.unreadable {
		return seat.BlockedAmbiguousMember
	}
	return ""
}

// planCrowd plans who comes into a group or budget, which the change names, and who leaves it.
func (p *planner) planCrowd(change Change, give, take Verb, wanting []seat.Email, present crowd, reason seat.BlockReason) {
	wanted := set(wanting)
	for _, email := range wanting {
		if !present.emails[email] {
			change.Verb, change.Email, change.Owner = give, email, p.people.movable[email].Owner
			p.propose(change, cmp.Or(reason, present.doubt()))
		}
	}
	for email := range present.emails {
		if person, movable := p.people.movable[email]; movable && !wanted[email] {
			change.Verb, change.Email, change.Owner = take, email, person.Owner
			p.propose(change, reason)
		}
	}
}

// strangers are those without a manifest.
func (p *planner) strangers(section Section, name string, present crowd) {
	for email := range present.emails {
		if !p.people.all[email] {
			p.result.Strangers = append(p.result.Strangers, Stranger{Section: section, Name: name, Email: email})
		}
	}
}

// canonical returns the normalised form of an address that may come from a careless caller, and whether it is one. What is none keeps its text.
func canonical(email seat.Email) (seat.Email, bool) {
	parsed, err := seat.ParseEmail(string(email))
	if err != nil {
		return email, false
	}
	return parsed, true
}
