package access

import (
	"cmp"
	"slices"
	"strings"

	"github.com/seatwright/clay-operator/internal/seat"
)

func (g Group) name() string { return g.Name }

func (p *planner) planGroups() {
	if !p.canRead(SectionGroups, p.state.Groups.Complete) {
		return
	}
	wishes := p.groupWishes()
	deletions := names(p.wish.DeleteGroups, itself)
	deletions = slices.DeleteFunc(deletions, func(name string) bool { return p.groups[name] })
	shown := newIndex(p.state.Groups.Groups, Group.name, compareGroups, append(names(wishes, GroupWish.name), deletions...))
	for _, wish := range wishes {
		lines, certain := shown.find(wish.Name)
		p.settled[wish.Name] = certain
		p.planGroup(wish, lines, p.ambiguity(SectionGroups, wish.Name, certain))
	}
	for _, name := range deletions {
		lines, certain := shown.find(name)
		p.settled[name] = certain
		if len(lines) > 0 {
			p.propose(Change{Verb: DeleteGroup, Group: name}, p.ambiguity(SectionGroups, name, certain))
		}
	}
}

func compareGroups(a, b *Group) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Description, b.Description), slices.Compare(a.Members, b.Members))
}

// groupWishes are the owned groups by name, each once.
func (p *planner) groupWishes() []GroupWish {
	wishes := slices.Clone(p.wish.Groups)
	slices.SortFunc(wishes, func(a, b GroupWish) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Owner, b.Owner), compareDescriptions(a.Description, b.Description))
	})
	merged := wishes[:0]
	for _, wish := range wishes {
		if last := len(merged) - 1; last >= 0 && merged[last].Name == wish.Name {
			if merged[last].Description == nil {
				merged[last].Description = wish.Description
			}
			continue
		}
		merged = append(merged, wish)
	}
	return merged
}

func compareDescriptions(a, b *string) int {
	if a == nil || b == nil {
		return cmp.Compare(len(pointed(a)), len(pointed(b)))
	}
	return cmp.Compare(*a, *b)
}

func pointed(text *string) []string {
	if text == nil {
		return nil
	}
	return []string{*text}
}

// ambiguity notes a name that is in doubt, and returns the reason that speaks against every change to what it names.
func (p *planner) ambiguity(section Section, name string, certain bool) seat.BlockReason {
	if certain {
		return ""
	}
	p.result.Ambiguous = append(p.result.Ambiguous, Thing{Section: section, Name: name})
	return BlockedAmbiguousName
}

// planGroup plans one group. Where Clay shows several of its name, the first stands for all: what is planned is blocked then.
func (p *planner) planGroup(wish GroupWish, lines []*Group, reason seat.BlockReason) {
	if len(lines) == 0 {
		create := Change{Verb: CreateGroup, Group: wish.Name, Owner: wish.Owner}
		if wish.Description != nil {
			create.Description = strings.TrimSpace(*wish.Description)
		}
		reason = p.propose(create, reason)
		p.usable[wish.Name] = reason == ""
		p.planMembers(wish.Name, crowd{}, reason)
		return
	}
	group := lines[0]
	p.usable[wish.Name] = reason == ""
	if !group.Complete {
		p.unread(SectionGroups, wish.Name)
		return
	}
	if wish.Description != nil && !sameDescription(*wish.Description, group.Description) {
		describe := Change{Verb: DescribeGroup, Group: wish.Name, Description: strings.TrimSpace(*wish.Description), Owner: wish.Owner}
		p.propose(describe, reason)
	}
	present := newCrowd(group.Members)
	p.planMembers(wish.Name, present, reason)
	p.strangers(SectionGroups, wish.Name, present)
}

// sameDescription compares two descriptions without the white space around them, such as the line break at the end of a block of YAML.
func sameDescription(a, b string) bool { return strings.TrimSpace(a) == strings.TrimSpace(b) }

func (p *planner) planMembers(name string, present crowd, reason seat.BlockReason) {
	p.planCrowd(Change{Group: name}, AddToGroup, RemoveFromGroup, p.people.groups[name], present, reason)
}
