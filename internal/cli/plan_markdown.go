package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/seatwright/clay-operator/controllers"
)

// mostRows is how many changes a comment lists: GitHub takes 65,536 characters.
const mostRows = 200

// markdown writes the report as a comment on a pull request. Names and addresses come from manifests that nobody has looked at yet: each stands in
// a code span of its own, so that none can be a link, a picture or a mention.
func (r *planReport) markdown(now time.Time) string {
	var text strings.Builder
	switch total := r.changes(); {
	case len(r.Problems) > 0:
		fmt.Fprintf(&text, "### Clay: the manifests have mistakes\n\n| Where | What |\n|---|---|\n")
		for i, problem := range r.Problems {
			if i == mostRows {
				fmt.Fprintf(&text, "| | and %d more |\n", len(r.Problems)-mostRows)
				break
			}
			where := problem
			where.Message = ""
			fmt.Fprintf(&text, "| %s | %s |\n", span(strings.TrimSuffix(where.String(), ": ")), span(problem.Message))
		}
		return text.String()
	case len(r.Errors) > 0:
		text.WriteString("### Clay: not everything can be said\n\n")
	case total == 0:
		text.WriteString("### Clay: nothing changes\n\n")
	default:
		fmt.Fprintf(&text, "### Clay: differences: %d\n\n", total)
	}
	r.writeRows(&text)
	for _, each := range r.Errors {
		fmt.Fprintf(&text, "- %s: %s\n", span(each.Namespace+"/"+each.Name), span(each.Message))
	}
	for _, preview := range r.Workspaces {
		var summary strings.Builder
		writeSummary(&summary, preview, now)
		for line := range strings.Lines(summary.String()) {
			fmt.Fprintf(&text, "- %s\n", span(strings.TrimSpace(line)))
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&text, "- %s\n", span(note))
	}
	return text.String()
}

// writeRows writes the changes as a table.
func (r *planReport) writeRows(text *strings.Builder) {
	if r.changes() == 0 {
		return
	}
	text.WriteString("| Workspace | Change | Person | Role or access | Asked by | Held back by |\n|---|---|---|---|---|---|\n")
	written := 0
	for _, preview := range r.Workspaces {
		for _, change := range preview.Changes {
			if written++; written > mostRows {
				continue
			}
			fmt.Fprintf(text, "| %s |\n", strings.Join(rowOf(preview, change), " | "))
		}
	}
	if written > mostRows {
		fmt.Fprintf(text, "| | and %d more | | | | |\n", written-mostRows)
	}
	text.WriteString("\n")
}

func rowOf(preview *controllers.Preview, change controllers.PreviewChange) []string {
	return []string{
		span(preview.Namespace + "/" + preview.Name), nameChange(change), span(orNone(change.Email)), span(nameDetail(change)), span(nameUser(change)),
		orNone(change.Reason),
	}
}

// inert puts a number in the place of every character that Markdown or HTML may take for anything but itself. Such a number is never structure.
var inert = func() *strings.Replacer {
	var pairs []string
	for _, character := range "&<>\"'|`*_[]()@\\~#:!" {
		pairs = append(pairs, string(character), fmt.Sprintf("&#%d;", character))
	}
	return strings.NewReplacer(pairs...)
}()

// span returns a text as code, in which nothing is more than text.
func span(text string) string { return "<code>" + inert.Replace(printable(text)) + "</code>" }
