package e2e

import (
	"fmt"
	"slices"
	"strings"
)

const tableHeader = `# What happens when things go wrong

Made by ` + "`make chaos`" + `; do not edit. Each line was played: a real control plane, the operator with a real Chromium, and a simulated Clay in
which something goes wrong at one step of a pass. Before it one ClayUser is deleted (the leaver), one gets another role (the mover) and one is
created (the joiner); a member without a ClayUser and a protected one whose ClayUser asks for the end are there all the time.

The test fails unless in the end the seats are exactly as asked, nobody was invited twice or removed wrongly, nothing was written
twice, and no password, seed, session or token is in a log, a status, an event or a file of evidence.

It says nothing of live Clay: what a page shows there when things go wrong is not known, and the simulator shows likenesses. Nor does it cover
more than one fault at a time, or a list of members that is short for more than ten minutes and whose own count is short as well: that cannot
be told from the truth.

- **the operator says**: the reason that a condition Ready has while the fault lasts; "nothing" where the fault passes by itself,
  whatever was said for a moment.
- **person**: whether HumanNeeded is set meanwhile.
- **writes**: changes made in Clay while the fault lasted, of three that were asked for, and how many may be made at most.
- **e-mails**: invitations that went out, from first to last; one person is invited.
- **end**: what Clay has once the fault is over.

| fault | step | the operator says | person | writes | e-mails | end |
|---|---|---|---|---|---|---|
`

// table is the page of the documentation.
func table(rows []row, results map[string]result) string {
	var text strings.Builder
	text.WriteString(tableHeader)
	ordered := slices.Clone(rows)
	steps := []step{atLogin, atRead, beforeClick, duringClick, afterClick, atReadBack}
	slices.SortStableFunc(ordered, func(a, b row) int { return slices.Index(steps, a.step) - slices.Index(steps, b.step) })
	for _, r := range ordered {
		found := results[r.name()]
		says, person, end := "nothing", "no", "as asked"
		if r.shows != "" {
			says = "`" + r.shows + "`"
		}
		if r.person {
			person = "yes"
		}
		if len(r.never) > 0 {
			end = "as asked but for the " + strings.Join(r.never, ", the ")
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %d (at most %d) | %d | %s |\n", r.fault, r.step, says, person, found.writes, r.limit(), found.emails, end)
	}
	fmt.Fprintf(&text, "\n%d lines.\n", len(rows))
	return text.String()
}
