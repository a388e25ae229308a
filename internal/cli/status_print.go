package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/seatwright/clay-operator/api/v1alpha1"
)

// maxListed is how many people a screen has room for. The rest is counted.
const maxListed = 20

// describe writes the report for people.
func (r *statusReport) describe(colors palette, now time.Time) string {
	table := grid{{"WORKSPACE", "READY", "SEATS", "PENDING", "ADMINS", "UNMANAGED", "PEOPLE", "TO CHANGE", "MODE", "READ"}}
	for i := range r.Workspaces {
		w := &r.Workspaces[i]
		changes := w.Pending.Removals + w.Pending.Roles + w.Pending.Invitations + w.Pending.Access
		table = append(table, []string{
			w.Namespace + "/" + w.Name, w.Ready.Status, number(w.Seats.Active), number(w.Seats.Pending), number(w.Seats.Admins),
			number(w.Seats.Unmanaged), fmt.Sprintf("%d/%d", w.People.Ready, w.People.Total), number(changes), string(w.Mode), since(w.LastReadTime, now),
		})
	}
	var text strings.Builder
	table.write(&text, func(row, column int, cell string) string {
		if row == 0 {
			return colors.paint(cell, bold)
		}
		if column == 1 {
			return colors.paint(cell, colorOf(strings.TrimSpace(cell)))
		}
		return cell
	})
	for i := range r.Workspaces {
		r.Workspaces[i].describe(&text, colors)
	}
	return text.String()
}

// describe writes what somebody should look at, if anything.
func (w *workspaceStanding) describe(text *strings.Builder, colors palette) {
	var lines []string
	if w.Ready.Status != string(metav1.ConditionTrue) {
		lines = append(lines, w.Ready.describe(colors))
	}
	for _, also := range w.Also {
		if also.Reason != w.Ready.Reason || also.Message != w.Ready.Message {
			lines = append(lines, also.describe(colors))
		}
	}
	if w.HeldRemovals != "" {
		lines = append(lines, fmt.Sprintf("Removals wait for an approval: %s approve --namespace=%s --workspace=%s", pluginName, w.Namespace, w.Name))
	}
	for i, person := range w.NotReady {
		if i == maxListed {
			lines = append(lines, fmt.Sprintf("and %d more people who are not ready", len(w.NotReady)-maxListed))
			break
		}
		lines = append(lines, person.describe(colors))
	}
	if unmanaged := int(w.Seats.Unmanaged); unmanaged > 0 {
		lines = append(lines, fmt.Sprintf("%d without a ClayUser: %s", unmanaged, listUnmanaged(w.Unmanaged, unmanaged)))
	}
	if len(lines) > 0 {
		fmt.Fprintf(text, "\n%s\n  %s\n", colors.paint(w.Namespace+"/"+w.Name, bold), strings.Join(lines, "\n  "))
	}
}

func (s standing) describe(colors palette) string {
	return fmt.Sprintf("%s: %s: %s", s.Type+"="+colors.paint(s.Status, colorOf(s.Status)), s.Reason, printable(s.Message))
}

func (p personStanding) describe(colors palette) string {
	word, in := "waits", yellow
	if p.Stalled {
		word, in = "stalled", red
	}
	return fmt.Sprintf("%s %s (%s): %s: %s", colors.paint(word, in), p.Name, printable(p.Email), p.Ready.Reason, printable(p.Ready.Message))
}

// listUnmanaged lists the members that the status names, and since when they are known.
func listUnmanaged(members []v1alpha1.UnmanagedMember, total int) string {
	var listed []string
	for _, member := range members[:min(len(members), maxListed)] {
		listed = append(listed, printable(member.Email)+sinceDay(" since ", member.Since))
	}
	if rest := total - len(listed); rest > 0 {
		listed = append(listed, fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(listed, ", ")
}

// colorOf is the color of the status of a condition of which true is good.
func colorOf(status string) color {
	switch status {
	case string(metav1.ConditionTrue):
		return green
	case string(metav1.ConditionFalse):
		return red
	default:
		return yellow
	}
}

// since says how long ago something was.
func since(at *metav1.Time, now time.Time) string {
	if at == nil {
		return "never"
	}
	return duration.HumanDuration(max(0, now.Sub(at.Time))) + " ago"
}

func number(count int32) string { return strconv.Itoa(int(count)) }
