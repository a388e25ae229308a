package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/audit"
)

// DefaultUnusedDays is how long a seat must be without use to count as unused: a month of holidays and quiet weeks is no reason to ask.
const DefaultUnusedDays = 30

// Input is what a report is made of.
type Input struct {
	Workspaces []clayv1alpha1.ClayWorkspace
	// Users and Groups may be those of other workspaces too.
	Users  []clayv1alpha1.ClayUser
	Groups []clayv1alpha1.ClayGroup
	// Changes are those of the trail, of other workspaces and of other times too.
	Changes []audit.Change
	Trail   Trail
	// Since and Until bound the period: Since is in, Until is out.
	Since, Until time.Time
	// UnusedDays is DefaultUnusedDays if zero.
	UnusedDays int
	Now        time.Time
}

// Build makes a report. It depends on nothing but the input.
func Build(input Input) *Report {
	input.UnusedDays = cmp.Or(input.UnusedDays, DefaultUnusedDays)
	input.Now = input.Now.UTC().Truncate(time.Second)
	report := &Report{
		Time: input.Now, Since: input.Since.UTC(), Until: input.Until.UTC(), UnusedDays: input.UnusedDays, Trail: input.Trail,
		Workspaces: []Workspace{},
	}
	report.Notes = trailNotes(&input)
	sum := newTotal()
	workspaces := slices.Clone(input.Workspaces)
	slices.SortFunc(workspaces, func(a, b clayv1alpha1.ClayWorkspace) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
	for i := range workspaces {
		b := newBuilder(&input, &workspaces[i])
		report.Workspaces = append(report.Workspaces, b.build())
		sum.add(&b.result, b.ledger)
	}
	report.Total = sum.result(&input)
	return report
}

// trailNotes say what the trail does not tell.
func trailNotes(input *Input) []string {
	trail := &input.Trail
	var notes []string
	switch {
	case !trail.Read:
		notes = append(notes, "Nothing is known of the changes in the period: "+trail.Problem)
	case trail.Problem != "":
		notes = append(notes, "Changes that are not verified are not counted: "+trail.Problem)
	case trail.FirstTime == nil:
		notes = append(notes, "The trail is empty: it may be another store than that of the operator. Name it with --store.")
	}
	if trail.FirstTime != nil && trail.FirstTime.After(input.Since) {
		notes = append(notes, fmt.Sprintf("The trail begins at %s, after the period does: what was done before is not counted.", stamp(*trail.FirstTime)))
	}
	return notes
}

// builder works out the part about one workspace.
type builder struct {
	input     *Input
	workspace *clayv1alpha1.ClayWorkspace
	// users are its ClayUsers, one for each address: of several the oldest, which is the one that counts.
	users  []clayv1alpha1.ClayUser
	groups []clayv1alpha1.ClayGroup
	result Workspace
	ledger ledger
}

func newBuilder(input *Input, workspace *clayv1alpha1.ClayWorkspace) *builder {
	b := &builder{input: input, workspace: workspace, result: Workspace{
		Namespace: workspace.Namespace, Name: workspace.Name, WorkspaceID: workspace.Spec.WorkspaceID, Plan: workspace.Status.Plan,
		LastReadTime: timeOf(workspace.Status.LastReadTime), Findings: []Finding{},
	}}
	for i := range input.Users {
		if user := &input.Users[i]; user.Namespace == workspace.Namespace && user.Spec.WorkspaceRef.Name == workspace.Name {
			b.users = append(b.users, *user)
		}
	}
	slices.SortFunc(b.users, func(x, y clayv1alpha1.ClayUser) int {
		return cmp.Or(x.CreationTimestamp.Compare(y.CreationTimestamp.Time), strings.Compare(x.Name, y.Name))
	})
	seen := map[string]bool{}
	b.users = slices.DeleteFunc(b.users, func(user clayv1alpha1.ClayUser) bool {
		email := addressOf(&user)
		twice := seen[email]
		seen[email] = true
		return twice
	})
	for i := range input.Groups {
		if group := &input.Groups[i]; group.Namespace == workspace.Namespace && group.Spec.WorkspaceRef.Name == workspace.Name {
			b.groups = append(b.groups, *group)
		}
	}
	return b
}

func (b *builder) build() Workspace {
	b.noteStanding()
	b.countSeats()
	b.findStrangers()
	b.findPeople()
	b.findUse()
	b.findCredits()
	b.findGroups()
	b.countWork()
	b.reckon()
	order := map[Kind]int{}
	for i, kind := range kinds() {
		order[kind] = i
	}
	slices.SortStableFunc(b.result.Findings, func(x, y Finding) int { return order[x.Kind] - order[y.Kind] })
	return b.result
}

func (b *builder) notef(format string, arguments ...any) {
	b.result.Notes = append(b.result.Notes, fmt.Sprintf(format, arguments...))
}

func (b *builder) find(findings ...Finding) {
	b.result.Findings = append(b.result.Findings, findings...)
}

// noteStanding says why the figures may be old.
func (b *builder) noteStanding() {
	if b.result.LastReadTime == nil {
		b.notef("The operator has not read this workspace yet: nothing is known of its seats.")
	}
	ready := meta.FindStatusCondition(b.workspace.Status.Conditions, clayv1alpha1.ConditionReady)
	if ready != nil && ready.Status != metav1.ConditionTrue {
		b.notef("The ClayWorkspace is not Ready (%s): %s", ready.Reason, ready.Message)
	}
	if b.workspace.Spec.Mode == clayv1alpha1.ModeObserve {
		b.notef("spec.mode is Observe: the operator changes nothing in Clay.")
	}
}

// day is what ages are counted in.
const day = 24 * time.Hour

// daysSince returns the whole days that have passed.
func (b *builder) daysSince(at *time.Time) *int {
	if at == nil {
		return nil
	}
	return new(int(max(0, b.input.Now.Sub(*at)) / day))
}

// addressOf returns the address of a ClayUser as Clay compares it.
func addressOf(user *clayv1alpha1.ClayUser) string {
	return strings.ToLower(strings.TrimSpace(user.Spec.Email))
}

// timeOf returns a time in UTC, or nil.
func timeOf(at *metav1.Time) *time.Time {
	if at == nil || at.IsZero() {
		return nil
	}
	return new(at.UTC())
}

// stamp writes a time for people.
func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// byAge puts what is oldest first, and what has no time last.
func byAge(a, b Finding) int {
	return cmp.Or(compareTimes(a.Since, b.Since), strings.Compare(a.Name, b.Name))
}

func compareTimes(a, b *time.Time) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	default:
		return a.Compare(*b)
	}
}
