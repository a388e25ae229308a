package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"k8s.io/apimachinery/pkg/util/duration"
	"sigs.k8s.io/yaml"

	"github.com/seatwright/clay-operator/controllers"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/manifest"
	"github.com/seatwright/clay-operator/internal/seat"
)

// planReport is what the command prints; docs/plan.md describes it.
type planReport struct {
	Workspaces []*controllers.Preview `json:"workspaces"`
	Notes      []string               `json:"notes,omitempty"`
	Errors     []planError            `json:"errors,omitempty"`
	// Problems are mistakes in manifests that are not applied yet. Nothing is planned while there are any.
	Problems []manifest.Problem `json:"problems,omitempty"`
}

// planError is why nothing can be said about a workspace.
type planError struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Message   string `json:"message"`
}

// changes counts what differs in all workspaces.
func (r *planReport) changes() int {
	total := 0
	for _, preview := range r.Workspaces {
		total += len(preview.Changes)
	}
	return total
}

// verdict is what the command ends with.
func (r *planReport) verdict() error {
	if len(r.Problems) > 0 {
		return fmt.Errorf("the manifests have mistakes: %d; nothing was compared", len(r.Problems))
	}
	var failed []error
	for _, each := range r.Errors {
		failed = append(failed, fmt.Errorf("%s/%s: %s", each.Namespace, each.Name, each.Message))
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	if total := r.changes(); total > 0 {
		return &findingsError{fmt.Errorf("there are %d differences between Clay and the ClayUsers", total)}
	}
	return nil
}

// print writes the report in a format.
func (r *planReport) print(out io.Writer, format string, now time.Time) error {
	var text []byte
	var err error
	switch format {
	case outputJSON:
		text, err = json.MarshalIndent(r, "", "  ")
		text = append(text, '\n')
	case outputYAML:
		text, err = yaml.Marshal(r)
	case outputMarkdown:
		text = []byte(r.markdown(now))
	default:
		text = []byte(r.describe(now))
	}
	if err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	_, err = out.Write(text)
	return err
}

// describe writes the report for people.
func (r *planReport) describe(now time.Time) string {
	var text strings.Builder
	for _, problem := range r.Problems {
		fmt.Fprintf(&text, "%s\n", printable(problem.String()))
	}
	if r.changes() > 0 {
		r.writeChanges(&text)
		r.writeReasons(&text)
	}
	for _, preview := range r.Workspaces {
		writeSummary(&text, preview, now)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&text, "Note: %s\n", printable(note))
	}
	return text.String()
}

// writeChanges writes the table.
func (r *planReport) writeChanges(text *strings.Builder) {
	table := tabwriter.NewWriter(text, 0, 0, columnGap, ' ', 0)
	// Writing to a builder never fails.
	detail := "ROLE"
	if r.hasAccess() {
		detail = "ROLE OR ACCESS"
	}
	_, _ = fmt.Fprintf(table, "WORKSPACE\tCHANGE\tEMAIL\t%s\tASKED BY\tHELD BACK BY\n", detail)
	for _, preview := range r.Workspaces {
		for _, change := range preview.Changes {
			_, _ = fmt.Fprintf(table, "%s/%s\t%s\t%s\t%s\t%s\t%s\n", preview.Namespace, preview.Name, nameChange(change),
				orNone(printable(change.Email)), nameDetail(change), nameUser(change), orNone(change.Reason))
		}
	}
	_ = table.Flush()
	text.WriteString("\n")
}

// writeReasons explains each reason that the table names, once for each way of putting it.
func (r *planReport) writeReasons(text *strings.Builder) {
	var lines []string
	for _, preview := range r.Workspaces {
		for _, change := range preview.Changes {
			if change.Reason != "" {
				lines = append(lines, fmt.Sprintf("%s: %s\n", change.Reason, printable(change.Message)))
			}
		}
	}
	slices.Sort(lines)
	if lines = slices.Compact(lines); len(lines) > 0 {
		text.WriteString(strings.Join(lines, "") + "\n")
	}
}

// writeSummary says how it stands with a workspace, and what to do next.
func writeSummary(text *strings.Builder, preview *controllers.Preview, now time.Time) {
	by := "by the operator"
	if preview.Source == controllers.PreviewOfClay {
		by = "just now"
	}
	fmt.Fprintf(text, "%s/%s: %s. Clay was read %s, %s (%s ago).\n", preview.Namespace, preview.Name, countPlan(preview), by,
		preview.LastReadTime.UTC().Format(time.RFC3339), duration.HumanDuration(max(0, now.Sub(preview.LastReadTime.Time))))
	if preview.WaitsFor != nil {
		fmt.Fprintf(text, "  The operator changes nothing before this is put right: %s: %s\n", preview.WaitsFor.Reason, printable(preview.WaitsFor.Message))
	}
	if preview.ApproveCommand != "" {
		fmt.Fprintf(text, "  The removals that are held back have the name %s. To let exactly these go now:\n    %s\n", preview.HeldRemovals, preview.ApproveCommand)
	}
	for _, note := range preview.Notes {
		fmt.Fprintf(text, "  Note: %s\n", printable(note))
	}
}

// countPlan counts the changes that are made now, by what they are, and the others.
func countPlan(preview *controllers.Preview) string {
	if len(preview.Changes) == 0 {
		return "Clay is as the ClayUsers ask for"
	}
	var removals, roles, invitations, others, blocked int
	for _, change := range preview.Changes {
		switch {
		case change.Reason != "":
			blocked++
		case isAccess(change):
			others++
		case change.Verb == string(seat.SetRole):
			roles++
		case change.Verb == string(seat.Invite):
			invitations++
		case !change.Resend:
			removals++
		}
	}
	text := fmt.Sprintf("%d to remove, %d to change the role, %d to invite, ", removals, roles, invitations)
	if preview.PendingChanges.Access > 0 {
		text += fmt.Sprintf("%d to groups, budgets and limits, ", others)
	}
	return text + fmt.Sprintf("%d held back", blocked)
}

// hasAccess says whether some change is about groups, budgets or limits.
func (r *planReport) hasAccess() bool {
	return slices.ContainsFunc(r.Workspaces, func(preview *controllers.Preview) bool { return slices.ContainsFunc(preview.Changes, isAccess) })
}

func isAccess(change controllers.PreviewChange) bool {
	return slices.Contains(access.Verbs(), access.Verb(change.Verb))
}

// accessNames say in a few words what changes to access do.
var accessNames = map[access.Verb]string{
	access.AddToGroup: "into group", access.RemoveFromGroup: "out of group", access.CreateGroup: "make group",
	access.DescribeGroup: "describe group", access.DeleteGroup: "delete group",
	access.GrantBudget: "grant budget", access.RevokeBudget: "revoke budget", access.CreateBudget: "make budget",
	access.EditBudget: "edit budget", access.ResetBudget: "reset budget", access.DeleteBudget: "delete budget",
	access.SetLimit: "limit", access.SetDefaultLimit: "default limit",
}

// nameDetail says what a change gives or takes.
func nameDetail(change controllers.PreviewChange) string {
	if !isAccess(change) {
		return nameRoles(change)
	}
	name := printable(cmp.Or(change.Group, change.Budget))
	if change.Credits == nil {
		return orNone(name)
	}
	credits := strconv.FormatInt(*change.Credits, 10)
	if change.FromCredits != nil && *change.FromCredits != *change.Credits {
		credits = strconv.FormatInt(*change.FromCredits, 10) + " → " + credits
	}
	return strings.TrimSpace(name + " " + credits)
}

// nameChange says in a word what a change does.
func nameChange(change controllers.PreviewChange) string {
	if name, is := accessNames[access.Verb(change.Verb)]; is {
		return name
	}
	name := map[string]string{
		string(seat.Invite): "invite", string(seat.SetRole): "role", string(seat.Remove): "remove", string(seat.CancelInvitation): "cancel",
	}[change.Verb]
	if change.Resend {
		name += " (anew)"
	}
	return name
}

func nameRoles(change controllers.PreviewChange) string {
	switch {
	case change.From == "":
		return orNone(string(change.Role))
	case change.Role == "":
		return string(change.From)
	default:
		return fmt.Sprintf("%s → %s", change.From, change.Role)
	}
}

func nameUser(change controllers.PreviewChange) string {
	if change.User == "" && isAccess(change) {
		return "the ClayWorkspace"
	}
	if change.User == "" {
		return "nobody (unmanaged)"
	}
	return change.User
}

func orNone(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// printable returns a text that comes from elsewhere as a terminal can show it.
func printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
