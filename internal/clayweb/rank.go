package clayweb

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
)

// thing is something on a page that somebody could act on, as survey.js finds it.
type thing struct {
	Role string `json:"role"`
	Name string `json:"name"`
	// Tag is the name of the HTML element, and Popup its aria-haspopup.
	Tag   string `json:"tag"`
	Popup string `json:"popup,omitempty"`
	// Place is page, frame, row, menu, listbox or dialog.
	Place string `json:"place"`
	// Count is how many there are that are alike in all this.
	Count int `json:"count"`
}

// candidate is what may be meant by an element that was not found. It is a hint for a person and is never acted on.
type candidate struct {
	thing
	// Score is how much speaks for it, from 0 to 1.
	Score float64  `json:"score"`
	Why   []string `json:"why"`
	// Matches is how many elements its role and its name find.
	Matches int `json:"matches"`
	// usable is true where they find it alone, and its name was not redacted.
	usable bool
}

const (
	// byName, byRole and byStructure weigh what speaks for a candidate where names are known. A label says most about what a thing does, but a
	// new one that is altogether different must not lose to some other thing's that happens to look alike.
	byName      = 0.5
	byRole      = 0.25
	byStructure = 0.25
	// byRoleAlone and byStructureAlone weigh it where the element is known by its structure only.
	byRoleAlone      = 0.7
	byStructureAlone = 0.3
	// leastScore is what a candidate needs in order to be worth a look, and maxCandidates how many are shown.
	leastScore    = 0.35
	maxCandidates = 5
	// twoDigits rounds a score for people.
	twoDigits = 100
)

// looks are what is known of how an element looks.
type looks struct {
	names []string
	roles []string
	popup string
	place string
}

var (
	cssRole  = regexp.MustCompile(`\[role="(\w+)"\]`)
	cssTag   = regexp.MustCompile(`(?:^|[\s,>])(button|select|input|textarea|dialog|table|iframe)\b`)
	cssPopup = regexp.MustCompile(`aria-haspopup="(\w+)"`)
)

// roleOfTag is the role that an HTML element has by itself.
var roleOfTag = map[string]string{
	"button": "button", "select": "combobox", "input": "textbox", "textarea": "textbox", "dialog": "dialog", "table": "table",
}

// looksOf gathers from an element's ladder what it looks like.
func (b *book) looksOf(name element) looks {
	l := looks{place: purposes[name].place}
	for _, step := range b.ladders[name] {
		l.names = append(l.names, slices.Concat(step.Names, step.Label, step.Placeholder, step.Text)...)
		if step.Role != "" {
			l.roles = append(l.roles, step.Role)
		}
		if len(step.Label) > 0 || len(step.Placeholder) > 0 {
			l.roles = append(l.roles, "textbox")
		}
		for _, match := range cssRole.FindAllStringSubmatch(step.CSS, -1) {
			l.roles = append(l.roles, match[1])
		}
		for _, match := range cssTag.FindAllStringSubmatch(step.CSS, -1) {
			l.roles = append(l.roles, roleOfTag[match[1]])
		}
		if match := cssPopup.FindStringSubmatch(step.CSS); match != nil {
			l.popup = match[1]
		}
	}
	return l
}

// rank orders what is there by how much it speaks for being an element that was not found. What is known as another element is left out.
func (b *book) rank(name element, there []thing) []candidate {
	wanted := b.looksOf(name)
	others := b.namesOfOthers(name)
	var ranked []candidate
	for _, each := range there {
		if others[fold(each.Name)] {
			continue
		}
		if found := wanted.judge(each); found.Score >= leastScore {
			ranked = append(ranked, found)
		}
	}
	slices.SortStableFunc(ranked, func(one, two candidate) int { return cmp.Compare(two.Score, one.Score) })
	return ranked[:min(len(ranked), maxCandidates)]
}

// onAccessPages says whether an element is on the pages of groups, budgets and limits.
func onAccessPages(name element) bool {
	area, _, _ := strings.Cut(string(name), ".")
	return slices.Contains([]string{"access", "list", "search", "groups", "group", "budgets", "limits"}, area)
}

// namesOfOthers are the names by which other elements and their neighbours are known, and this one is not. What the pages of groups, budgets and
// limits call something says nothing about the others, where nothing of it shows.
func (b *book) namesOfOthers(name element) map[string]bool {
	others := maps.Clone(b.neighbours)
	for other, steps := range b.ladders {
		if onAccessPages(other) && !onAccessPages(name) {
			continue
		}
		for _, step := range steps {
			for _, known := range step.Names {
				others[fold(known)] = others[fold(known)] || other != name
			}
		}
	}
	for _, known := range b.looksOf(name).names {
		delete(others, fold(known))
	}
	return others
}

// judge says how much speaks for a thing.
func (l looks) judge(each thing) candidate {
	found := candidate{thing: each}
	nearest, how := "", 0.0
	for _, known := range l.names {
		if alike := likeness(known, each.Name); alike > how {
			nearest, how = known, alike
		}
	}
	if how >= nearEnough {
		found.Why = append(found.Why, fmt.Sprintf("its name is like %q", nearest))
	}
	sameRole := share(slices.Contains(l.roles, each.Role))
	if sameRole > 0 {
		found.Why = append(found.Why, fmt.Sprintf("it is a %s, as was expected", each.Role))
	}
	samePlace, samePopup := share(each.Place == l.place), share(each.Popup == l.popup)
	if samePlace > 0 {
		found.Why = append(found.Why, "it is in the same place: "+each.Place)
	}
	if samePopup > 0 && each.Popup != "" {
		found.Why = append(found.Why, fmt.Sprintf("it opens a %s, as was expected", each.Popup))
	}
	structure := (samePlace + samePopup) / 2
	found.Score = byName*how + byRole*sameRole + byStructure*structure
	if len(l.names) == 0 {
		found.Score = byRoleAlone*sameRole + byStructureAlone*structure
	}
	found.Score = math.Round(found.Score*twoDigits) / twoDigits
	return found
}

func share(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}
