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
twice, everything that was written is in the audit trail with its intent and its outcome, a person who is needed was told by a signed notice
and told when it was over, and no password, seed, one-time code, session, token, address of a webhook or key is in a log, a status, an event,
a notice, the trail or a file of evidence.

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

// tableFooter says why some lines are not there.
const tableFooter = `
## What is not in the table

A fault stands at every step where it can strike. Where it does not stand, it cannot strike, or strikes as it does at a step that is there:

- **An answer of the network** (a status, a lost or slow request, HTML, broken JSON) has no line *before the click*: between the reading and the
  click the operator asks Clay for nothing. Its lines *during* and *after the click* differ in whether Clay did what it was asked for.
- **A document** (maintenance, 204, a download, a redirect loop, a slow one) is loaded to read and to read back. The log-in page comes with
  that same document, and a click loads none.
- **The list** (a part of it, one that lags, somebody twice) is asked for by the reading and the read-back alone.
- **Passwords, codes, mailboxes and identity providers** are met at the log-in alone. A session that ends at another step leads there.
- **Labels, clicks, dialogs and rows** strike what is clicked: at the log-in and before a click. To read, nothing is clicked once the address of
  the Team page is known.
- **The onboarding** is where Clay may lead after a log-in, and nothing else leads there.
- **A name that does not resolve** has no line: Chromium resolves the simulator's names by itself. "Connections are refused" goes through the
  same code, which goes by the network's error and not by its kind.
- **A clock that jumps, a full disk, the API server gone for a minute, two managers** are tests of their own beside this table, and
  kills at random moments are in [kills.md](kills.md).
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
	text.WriteString(tableFooter)
	return text.String()
}
