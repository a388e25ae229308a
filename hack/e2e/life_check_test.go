package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

// checkSeats compares Clay, the e-mails and all that the operator ever wrote there with what was asked for.
func (d *day) checkSeats() {
	d.t.Helper()
	state := d.simulator.State()
	workspace := state.Workspace(workspaceID)
	have := map[string]clayv1alpha1.Role{}
	for _, member := range workspace.Members {
		have[member.Email] = roleOf(member.Role)
	}
	for _, invitation := range workspace.Invitations {
		if role, is := have[invitation.Email]; is {
			d.t.Errorf("%s is invited, and has a seat as %s", invitation.Email, role)
		}
		have[invitation.Email] = roleOf(invitation.Role)
	}
	for _, email := range union(have, d.people.seats) {
		if have[email] != d.people.seats[email] {
			d.t.Errorf("%s has %q in Clay, and %q is asked for", email, have[email], d.people.seats[email])
		}
	}
	d.checkCounts("invitations e-mailed", invitations(state), d.people.invitations)
	written := operatorWrites(state.Journal)
	d.checkCounts("removals", count(written, claysim.VerbRemove, claysim.VerbCancelInvitation), d.people.removals)
	d.checkCounts("changes of role", count(written, claysim.VerbChangeRole, claysim.VerbChangeInvitation), d.people.roles)
	if sent := count(written, claysim.VerbResend); len(sent) > 0 {
		d.t.Errorf("invitations sent again: %v", sent)
	}
}

// checkCounts fails where something was done to somebody more often than was asked for.
func (d *day) checkCounts(what string, done, asked map[string]int) {
	d.t.Helper()
	for email, times := range done {
		if times > asked[email] {
			d.t.Errorf("%s: %d %s, of which %d were asked for", email, times, what, asked[email])
		}
	}
}

// checkLogins holds the passwords that were typed to the budget, in every hour of the real clock.
func (d *day) checkLogins() {
	d.t.Helper()
	typed := passwordsTyped(d.simulator.State())
	for i := range typed {
		end := typed[i].At.Add(time.Hour)
		within := slices.IndexFunc(typed[i:], func(login claysim.LogIn) bool { return login.At.After(end) })
		if within < 0 {
			within = len(typed) - i
		}
		if within > mostLogins {
			d.t.Errorf("%d log-ins within the hour from %s on, at most %d are allowed", within, typed[i].At, mostLogins)
		}
	}
}

// count counts the entries with one of the verbs, by address.
func count(journal []claysim.Entry, verbs ...claysim.Verb) map[string]int {
	counted := map[string]int{}
	for _, entry := range journal {
		if slices.Contains(verbs, entry.Verb) {
			counted[entry.Target]++
		}
	}
	return counted
}

func total(counts map[string]int) int {
	sum := 0
	for _, count := range counts {
		sum += count
	}
	return sum
}

// union are the keys of both, each once.
func union(a, b map[string]clayv1alpha1.Role) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}

// String is the line of the log.
func (h hour) String() string {
	return fmt.Sprintf("hour %d: %v; %s; helped %d times; %d writes, %d e-mails, %d log-ins, %d page loads; %s; %.0f s",
		h.number, h.asked, strings.Join(h.mishaps, "; "), h.helped, h.writes, h.emails, h.logins, h.loads, h.memory, h.took.Seconds())
}
