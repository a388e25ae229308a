package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"text/tabwriter"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

const (
	// refreshEvery is how often the table looks at the cluster: quick enough to look live, slow enough to read.
	refreshEvery = 250 * time.Millisecond
	// statusWidth keeps a row on one line of a usual terminal.
	statusWidth = 64
)

// table shows the seats of the namespace, live where the output is a terminal, and line by line on change elsewhere.
type table struct {
	out io.Writer
	// width of the terminal in characters; 0 where the output is none.
	width   int
	client  client.Client
	started time.Time
	// last is what was shown last in the present scene.
	last string
}

// view is what the table shows.
type view struct {
	workspaces []clayv1alpha1.ClayWorkspace
	users      []clayv1alpha1.ClayUser
}

// until redraws the table until done says so or the context ends. The error of done ends it, too.
func (t *table) until(ctx context.Context, what string, done func(view) bool) error {
	fmt.Fprintf(t.out, "\n%s\n", t.bold("▸ "+what))
	if t.width > 0 {
		t.last = ""
	}
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	for {
		seen, err := t.draw(ctx)
		switch {
		case ctx.Err() != nil: // what was waited for says more than the call that was cut off
		case err != nil:
			return err
		case done(seen):
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for: %s: %w", what, context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// draw shows the present state once.
func (t *table) draw(ctx context.Context) (view, error) {
	var workspaces clayv1alpha1.ClayWorkspaceList
	var users clayv1alpha1.ClayUserList
	if err := t.client.List(ctx, &workspaces); err != nil {
		return view{}, fmt.Errorf("list workspaces: %w", err)
	}
	if err := t.client.List(ctx, &users); err != nil {
		return view{}, fmt.Errorf("list users: %w", err)
	}
	sort.Slice(users.Items, func(i, j int) bool { return users.Items[i].Name < users.Items[j].Name })
	seen := view{workspaces: workspaces.Items, users: users.Items}
	t.show(seen.render())
	return seen, nil
}

// show replaces the table on a terminal; elsewhere it prints the rows that are not as they were.
func (t *table) show(text string) {
	clock := fmt.Sprintf("  %5.1f s\n", time.Since(t.started).Seconds())
	if t.width > 0 {
		text = narrow(text, t.width)
		if t.last != "" {
			fmt.Fprintf(t.out, "\x1b[%dA\x1b[J", strings.Count(t.last, "\n")+1)
		}
		fmt.Fprint(t.out, clock, text)
		t.last = text
		return
	}
	if changed := newRows(t.last, text); changed != "" {
		fmt.Fprint(t.out, clock, changed)
	}
	t.last = text
}

// newRows returns the rows of a table that the one before it did not have.
func newRows(before, after string) string {
	known := slices.Collect(strings.Lines(before))
	return strings.Join(slices.DeleteFunc(slices.Collect(strings.Lines(after)), func(row string) bool {
		return slices.Contains(known, row)
	}), "")
}

// render formats the resources as the printer columns of kubectl would, and a little wider.
func (v view) render() string {
	var text strings.Builder
	columns := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for i := range v.workspaces {
		workspace := &v.workspaces[i]
		ready, message := readiness(workspace.Status.Conditions)
		fmt.Fprintf(columns, "  clayworkspace/%s\t%s\t%s\n", workspace.Name, ready, message)
	}
	_ = columns.Flush()
	fmt.Fprintln(columns, "  CLAYUSER\tEMAIL\tASKED\tSEAT\tROLE\tREADY\tSTATUS")
	for i := range v.users {
		user := &v.users[i]
		ready, message := readiness(user.Status.Conditions)
		asked := string(user.GetRole())
		if !user.IsActive() {
			asked = "no seat"
		}
		if !user.DeletionTimestamp.IsZero() {
			asked = "deleted"
		}
		fmt.Fprintf(columns, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\n", user.Name, user.Spec.Email, asked,
			dash(string(user.Status.Seat)), dash(string(user.Status.Role)), ready, message)
	}
	_ = columns.Flush()
	return text.String()
}

func readiness(conditions []metav1.Condition) (status, message string) {
	ready := meta.FindStatusCondition(conditions, clayv1alpha1.ConditionReady)
	if ready == nil {
		return "-", "waiting"
	}
	message = ready.Message
	if runes := []rune(message); len(runes) > statusWidth {
		message = string(runes[:statusWidth-1]) + "…"
	}
	return string(ready.Status), message
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// narrow cuts lines that a terminal would wrap: redrawing counts on one line for each.
func narrow(text string, width int) string {
	var cut strings.Builder
	for line := range strings.Lines(text) {
		if runes := []rune(line); len(runes) > width {
			line = string(runes[:width-1]) + "\n"
		}
		cut.WriteString(line)
	}
	return cut.String()
}

func (t *table) bold(text string) string {
	if t.width == 0 {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}
