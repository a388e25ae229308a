package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/audit"
)

const (
	// taskWindow is how far apart the changes of one piece of work may begin: what is asked for about a person at one time is one ticket by
	// hand, however many clicks it takes, and the operator makes it in one pass, or in two.
	taskWindow = time.Hour
	// maxWeeks is how many weeks are told of one by one, a year and the weeks that it begins and ends in; a longer period is told of by month.
	maxWeeks = 54
	week     = 7 * day
)

// seatVerbs are the verbs about seats that would be work by hand.
func seatVerbs() []audit.Verb {
	return []audit.Verb{audit.VerbInvite, audit.VerbSetRole, audit.VerbRemove, audit.VerbCancelInvitation}
}

// Counted returns the verbs of the trail that would be work by hand, in the order of the report. All others are about the operator itself.
func Counted() []audit.Verb {
	verbs := seatVerbs()
	for _, verb := range access.Verbs() {
		verbs = append(verbs, audit.Verb(verb))
	}
	return verbs
}

// worklog counts changes.
type worklog struct {
	work Work
	// begun is when the last piece of work about a person began.
	begun map[string]time.Time
	verbs map[audit.Verb]int
	spans []time.Time
}

// countWork counts what the operator did in the workspace in the period.
func (b *builder) countWork() {
	work := &b.result.Figures.Work
	if !b.input.Trail.Read {
		return
	}
	log := newWorklog(b.input)
	changes := slices.Clone(b.input.Changes)
	slices.SortStableFunc(changes, func(x, y audit.Change) int { return x.Time.Compare(y.Time) })
	for i := range changes {
		if change := &changes[i]; b.concerns(change) {
			log.take(change)
		}
	}
	*work = log.finish()
}

// concerns says whether a change counts at all: by its time, by what it did, and by the workspace in Clay that it was made in.
func (b *builder) concerns(change *audit.Change) bool {
	return change.Workspace == b.result.path() &&
		(change.WorkspaceID == "" || change.WorkspaceID == b.result.WorkspaceID) &&
		!change.Time.Before(b.input.Since) && change.Time.Before(b.input.Until) && slices.Contains(Counted(), change.Verb)
}

func newWorklog(input *Input) *worklog {
	log := &worklog{begun: map[string]time.Time{}, verbs: map[audit.Verb]int{}, spans: spansOf(input.Since, input.Until)}
	for _, start := range log.spans {
		log.work.Buckets = append(log.work.Buckets, Bucket{Start: start})
	}
	return log
}

func (l *worklog) take(change *audit.Change) {
	others := &l.work.Others
	switch {
	case !change.Verified:
		others.NotVerified++
	case change.Outcome == string(audit.ResultAlreadyThere):
		others.AlreadyThere++
	case change.Outcome == string(audit.ResultFailed):
		others.Failed++
	case change.Outcome != string(audit.ResultApplied):
		others.Unknown++
	default:
		l.count(change)
	}
}

func (l *worklog) count(change *audit.Change) {
	l.work.Changes++
	l.verbs[change.Verb]++
	l.countTask(change)
	// The span that it lies in is the last that begins no later.
	place, exact := slices.BinarySearchFunc(l.spans, change.Time, time.Time.Compare)
	if !exact {
		place--
	}
	bucket := &l.work.Buckets[max(0, place)]
	switch change.Verb {
	case audit.VerbInvite:
		bucket.Invitations++
	case audit.VerbSetRole:
		bucket.Roles++
	case audit.VerbRemove, audit.VerbCancelInvitation:
		bucket.Removals++
	default:
		bucket.Access++
	}
}

// countTask counts a change as a piece of work of its own, unless it belongs to one about the same person. What is about nobody alone, such as
// a new group, is one each.
func (l *worklog) countTask(change *audit.Change) {
	if change.Person == "" {
		l.work.Tasks++
		return
	}
	begun, known := l.begun[change.Person]
	if known && change.Time.Sub(begun) < taskWindow {
		return
	}
	l.begun[change.Person] = change.Time
	l.work.Tasks++
}

func (l *worklog) finish() Work {
	l.work.ByVerb = countVerbs(l.verbs)
	return l.work
}

// countVerbs puts counts in the order of Counted.
func countVerbs(verbs map[audit.Verb]int) []VerbCount {
	var counts []VerbCount
	for _, verb := range Counted() {
		if verbs[verb] > 0 {
			counts = append(counts, VerbCount{Verb: string(verb), Count: verbs[verb]})
		}
	}
	return counts
}

// spansOf returns the first days of the weeks or months that a period touches.
func spansOf(since, until time.Time) []time.Time {
	since, until = since.UTC(), until.UTC()
	monday := time.Date(since.Year(), since.Month(), since.Day(), 0, 0, 0, 0, time.UTC)
	monday = monday.AddDate(0, 0, -(int(monday.Weekday())+int(week/day)-int(time.Monday))%int(week/day))
	var spans []time.Time
	if until.Sub(monday) <= maxWeeks*week {
		for at := monday; at.Before(until) || len(spans) == 0; at = at.AddDate(0, 0, int(week/day)) {
			spans = append(spans, at)
		}
		return spans
	}
	for at := monthOf(since); at.Before(until); at = at.AddDate(0, 1, 0) {
		spans = append(spans, at)
	}
	return spans
}

// isMonthly says whether spans are months.
func isMonthly(buckets []Bucket) bool {
	return len(buckets) > 1 && buckets[1].Start.Sub(buckets[0].Start) > week
}

// add takes in the work in another workspace in the same period.
func (w *Work) add(other *Work) {
	w.Changes += other.Changes
	w.Tasks += other.Tasks
	verbs := map[audit.Verb]int{}
	for _, count := range slices.Concat(w.ByVerb, other.ByVerb) {
		verbs[audit.Verb(count.Verb)] += count.Count
	}
	w.ByVerb = countVerbs(verbs)
	if w.Buckets == nil {
		w.Buckets = slices.Clone(other.Buckets)
	} else {
		for i := range other.Buckets {
			bucket := &w.Buckets[i]
			bucket.Invitations += other.Buckets[i].Invitations
			bucket.Roles += other.Buckets[i].Roles
			bucket.Removals += other.Buckets[i].Removals
			bucket.Access += other.Buckets[i].Access
		}
	}
	w.Others.AlreadyThere += other.Others.AlreadyThere
	w.Others.Failed += other.Others.Failed
	w.Others.Unknown += other.Others.Unknown
	w.Others.NotVerified += other.Others.NotVerified
}

// add takes in the figures of another workspace.
func (f *Figures) add(other *Figures) {
	seats, others := &f.Seats, &other.Seats
	seats.Active += others.Active
	seats.Pending += others.Pending
	seats.Admins += others.Admins
	seats.Managed += others.Managed
	seats.Unmanaged += others.Unmanaged
	seats.UnmanagedActive += others.UnmanagedActive
	seats.UnmanagedUnlisted += others.UnmanagedUnlisted
	listed := map[string]*RoleCount{}
	for _, count := range slices.Concat(seats.ByRole, others.ByRole) {
		if listed[count.Role] == nil {
			listed[count.Role] = &RoleCount{Role: count.Role}
		}
		listed[count.Role].Active += count.Active
		listed[count.Role].Pending += count.Pending
	}
	seats.ByRole = sortRoles(listed)
	f.Use.add(other.Use)
	f.OverLimit += other.OverLimit
	f.BudgetsAtLimit += other.BudgetsAtLimit
	f.BudgetsNear += other.BudgetsNear
	f.ExpiringAccess += other.ExpiringAccess
	f.MissingInGroups += other.MissingInGroups
	f.Work.add(&other.Work)
}

func (u *Use) add(other Use) {
	u.Used += other.Used
	u.Unused += other.Unused
	u.Unknown += other.Unknown
	unknown := map[string]int{}
	for _, reason := range slices.Concat(u.Reasons, other.Reasons) {
		unknown[reason.Reason] += reason.Seats
	}
	u.Reasons = sortReasons(unknown)
}

// byCurrency orders sums.
func byCurrency(a, b Money) int { return cmp.Or(strings.Compare(a.Currency, b.Currency)) }
