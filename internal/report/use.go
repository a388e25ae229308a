package report

import (
	"slices"
	"strings"
	"time"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// useReadEvery is how old the last reading of somebody's use may be before nothing can be said of the time after it. It is made once a day;
// a second day is for an outage.
const useReadEvery = 2 * day

// Why the use of a seat is not known.
const (
	useNotShown  = "Clay shows no use of this person"
	useNotLong   = "the seat, or the reading of its use, is younger than that"
	useDayUnsure = "used at a time that is not known exactly"
	useNotRead   = "the last reading of use is too old"
)

// findUse sorts the seats of ClayUsers by whether they were used, going by what Clay attributes to a person: credits spent through MCP.
// Who is not known to have used nothing is never called unused.
func (b *builder) findUse() {
	var unused []Finding
	unknown := map[string]int{}
	use := &b.result.Figures.Use
	for i := range b.users {
		user := &b.users[i]
		if user.Status.Seat != clayv1alpha1.SeatActive {
			continue
		}
		since, reason := b.unusedSince(user)
		switch {
		case reason != "":
			use.Unknown++
			unknown[reason]++
		case since == nil:
			use.Used++
		default:
			use.Unused++
			unused = append(unused, Finding{
				Kind: UnusedSeat, Name: addressOf(user), User: user.Name, Role: string(user.Status.Role), Seat: string(user.Status.Seat),
				Since: since, Days: b.daysSince(since),
			})
		}
	}
	slices.SortStableFunc(unused, byAge)
	b.find(unused...)
	use.Reasons = sortReasons(unknown)
}

func sortReasons(unknown map[string]int) []UnknownUse {
	var reasons []UnknownUse
	for reason, seats := range unknown {
		reasons = append(reasons, UnknownUse{Reason: reason, Seats: seats})
	}
	slices.SortFunc(reasons, func(a, b UnknownUse) int { return strings.Compare(a.Reason, b.Reason) })
	return reasons
}

// unusedSince returns since when a seat is known to be without use, where that is long enough; nil where it was used, and a reason where
// neither is known.
func (b *builder) unusedSince(user *clayv1alpha1.ClayUser) (since *time.Time, unknown string) {
	if user.Status.Access == nil || user.Status.Access.Usage == nil {
		return nil, useNotShown
	}
	usage := user.Status.Access.Usage
	increase, month := timeOf(usage.LastIncrease), monthOf(usage.Time.Time)
	// Use after this is recent.
	horizon := b.input.Now.Add(-time.Duration(b.input.UnusedDays) * day)
	// Some day of the month, and no reading tells which.
	someDay := usage.Used > 0 && (increase == nil || increase.Before(month))
	quiet := increase
	if increase == nil {
		quiet = quietSince(usage, month)
	}
	switch {
	case increase != nil && !increase.Before(horizon), someDay && !month.Before(horizon):
		return nil, ""
	case usage.Time.Time.Before(b.input.Now.Add(-useReadEvery)):
		return nil, useNotRead
	case someDay && (quiet == nil || quiet.Before(month) || quiet.After(horizon)):
		return nil, useDayUnsure
	case quiet.After(horizon), joinedAfter(user, horizon):
		return nil, useNotLong
	default:
		return quiet, ""
	}
}

// quietSince returns since when no reading has shown any use: since the first one, or since the month began, of which Clay itself says that
// nothing was used. It is nil where something was used in the month and nothing else is known.
func quietSince(usage *clayv1alpha1.CreditUsage, month time.Time) *time.Time {
	since := timeOf(usage.Since)
	if usage.Used == 0 && (since == nil || month.Before(*since)) {
		return &month
	}
	return since
}

// joinedAfter says whether the person has the seat since a later time, so that there was none to use before.
func joinedAfter(user *clayv1alpha1.ClayUser, at time.Time) bool {
	joined := timeOf(user.Status.JoinedTime)
	return joined != nil && joined.After(at)
}

// monthOf returns when the month of a time began, in UTC, as Clay counts what is used.
func monthOf(at time.Time) time.Time {
	return time.Date(at.UTC().Year(), at.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
}
