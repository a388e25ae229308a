package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers"
	"github.com/seatwright/clay-operator/internal/rules"
)

// day is how a date is written where the hour does not matter.
const day = "2006-01-02"

// describe writes the report for people.
func (r *whoReport) describe(colors palette, now time.Time) string {
	var text strings.Builder
	for i := range r.Users {
		if i > 0 {
			text.WriteString("\n")
		}
		r.Users[i].describe(&text, colors, now)
	}
	for _, each := range r.Unmanaged {
		member := each.Member
		fmt.Fprintf(&text, "%s is in the workspace %s/%s without a ClayUser: %s%s%s\n", printable(member.Email), each.Namespace, each.Workspace,
			member.Seat, prefixed(", role ", string(member.Role)), sinceDay(", first seen on ", member.Since))
	}
	return text.String()
}

func (p *personReport) describe(text *strings.Builder, colors palette, now time.Time) {
	s := &p.Status
	ready := readyOf(s.Conditions)
	fmt.Fprintf(text, "%s (ClayUser %s/%s, workspace %s)\n", colors.paint(printable(p.Email), bold), p.Namespace, p.Name, p.Workspace)
	rows := grid{
		{"Ready", colors.paint(ready.Status, colorOf(ready.Status)) + " " + ready.Reason + ": " + printable(ready.Message)},
		{"Seat", p.seat()},
		{"Role", withSources(string(s.Role), p.granted(rules.WhatRole))},
	}
	if s.Access != nil {
		rows = append(rows,
			[]string{"Groups", p.listed(s.Access.Groups, rules.WhatGroup)},
			[]string{"Budgets", p.listed(s.Access.Budgets, rules.WhatBudget)},
			[]string{"MCP limit", p.limit()})
	}
	if len(p.Groups) > 0 {
		rows = append(rows, []string{"ClayGroups", strings.Join(p.Groups, ", ")})
	}
	if p.ExpiresAt != nil {
		rows = append(rows, []string{"Expires", expiry(p.ExpiresAt.Time, now)})
	}
	if len(p.Attributes) > 0 {
		var pairs []string
		for _, name := range slices.Sorted(maps.Keys(p.Attributes)) {
			pairs = append(pairs, name+"="+printable(p.Attributes[name]))
		}
		rows = append(rows, []string{"Attributes", strings.Join(pairs, ", ")})
	}
	for i, operation := range s.History {
		name := ""
		if i == 0 {
			name = "Done"
		}
		rows = append(rows, []string{name, operation.Time.UTC().Format(time.RFC3339) + "  " + operation.Verb + prefixed(" ", string(operation.Role)) +
			prefixed(" ", printable(operation.Target)) +
			"  " + operation.Outcome + prefixed(": ", operation.Reason)})
	}
	rows.write(text, func(_, column int, cell string) string {
		if column == 0 {
			return "  " + cell
		}
		return cell
	})
}

// seat says how far the person is on the way to a seat, and since when.
func (p *personReport) seat() string {
	s := &p.Status
	switch {
	case s.Seat == v1alpha1.SeatActive:
		return string(s.Seat) + sinceDay(" since ", s.JoinedTime) + prefixed(", Clay's id ", s.MemberID)
	case s.Seat == v1alpha1.SeatPending:
		return fmt.Sprintf("%s%s, invited %d times", s.Seat, sinceDay(" since ", s.InvitedTime), s.InvitationsSent)
	case !p.Active:
		return "none, as spec.active: false asks for"
	default:
		return orNone(string(s.Seat))
	}
}

// granted says what grants things of a kind, by their values.
func (p *personReport) granted(what rules.What) map[string]string {
	sources := map[string]string{}
	if p.Status.Access != nil {
		for _, grant := range p.Status.Access.Grants {
			if grant.What == string(what) {
				sources[grant.Value] = grant.By
			}
		}
	}
	return sources
}

// listed lists what the person has, with what grants it, and what is granted and not there yet.
func (p *personReport) listed(names []string, what rules.What) string {
	sources := p.granted(what)
	var parts []string
	for _, name := range names {
		parts = append(parts, withSources(printable(name), map[string]string{printable(name): sources[name]}))
	}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		if !slices.Contains(names, name) {
			parts = append(parts, fmt.Sprintf("%s (%s; not given yet)", printable(name), sourceOf(sources[name])))
		}
	}
	return orNone(strings.Join(parts, ", "))
}

func (p *personReport) limit() string {
	access := p.Status.Access
	limit := "-"
	if access.MCPCreditLimit != nil {
		limit = strconv.FormatInt(*access.MCPCreditLimit, 10)
	}
	limit = withSources(limit, p.granted(rules.WhatLimit))
	if access.Usage != nil {
		limit += fmt.Sprintf(", %d used until %s", access.Usage.Used, access.Usage.Time.UTC().Format(day))
	}
	return limit
}

// withSources adds what grants a value, where that is known.
func withSources(value string, sources map[string]string) string {
	if by := sources[value]; by != "" {
		return value + " (" + sourceOf(by) + ")"
	}
	return orNone(value)
}

func sourceOf(by string) string {
	if by == rules.BySpec {
		return "by the ClayUser itself"
	}
	if by == controllers.GrantedByGroup {
		return "by a mirrored ClayGroup"
	}
	return "by the rule " + by
}

func expiry(at, now time.Time) string {
	if !now.Before(at) {
		return "expired on " + at.UTC().Format(time.RFC3339)
	}
	return "on " + at.UTC().Format(time.RFC3339)
}

func sinceDay(words string, at *metav1.Time) string {
	if at == nil {
		return ""
	}
	return words + at.UTC().Format(day)
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
