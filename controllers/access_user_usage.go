package controllers

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
)

// userUsage is a CreditUsage that can be compared.
type userUsage struct {
	known           bool
	used            int64
	at, increasedAt int64
	// since is when the use was first read.
	since int64
}

// usageOf is what is to be told of somebody's spending: what was told last, until a day has passed or the limit is reached. It is told anew
// where nothing was spent, too: who reads it has to know how old it is.
func (p *pass) usageOf(user *clayv1alpha1.ClayUser, line *access.PersonLimit) userUsage {
	var last *clayv1alpha1.CreditUsage
	if user.Status.Access != nil {
		last = user.Status.Access.Usage
	}
	if told, is := p.memory.usages[user.UID]; is && (last == nil || told.Time.After(last.Time.Time)) {
		last = &told
	}
	if line == nil || last != nil && !isUsageDue(last, line, p.timing.now()) {
		return usageIn(last)
	}
	next := clayv1alpha1.CreditUsage{Used: line.Used, Time: metav1.NewTime(p.timing.now().Truncate(time.Second))}
	next.Since = &next.Time
	if last != nil {
		next.Since, next.LastIncrease = last.Since, last.LastIncrease
		if line.Used > usedBefore(last, next.Time.Time) {
			next.LastIncrease = &next.Time
		}
	}
	p.memory.usages[user.UID] = next
	return usageIn(&next)
}

// usedBefore is what the spending of a month began with when it was last read: each begins with none, on the first, 00:00 UTC.
func usedBefore(last *clayv1alpha1.CreditUsage, now time.Time) int64 {
	read, present := last.Time.UTC(), now.UTC()
	if read.Year() != present.Year() || read.Month() != present.Month() {
		return 0
	}
	return last.Used
}

// isUsageDue says whether somebody's spending is to be told anew.
func isUsageDue(last *clayv1alpha1.CreditUsage, line *access.PersonLimit, now time.Time) bool {
	reached := line.Limit != nil && line.Used >= *line.Limit && last.Used < *line.Limit
	return reached || !now.Before(last.Time.Add(usagePause))
}

func usageIn(told *clayv1alpha1.CreditUsage) userUsage {
	if told == nil {
		return userUsage{}
	}
	usage := userUsage{known: true, used: told.Used, at: told.Time.Unix()}
	if told.Since != nil {
		usage.since = told.Since.Unix()
	}
	if told.LastIncrease != nil {
		usage.increasedAt = told.LastIncrease.Unix()
	}
	return usage
}

// described makes of the usage what the status holds.
func (u userUsage) described() *clayv1alpha1.CreditUsage {
	if !u.known {
		return nil
	}
	told := &clayv1alpha1.CreditUsage{Used: u.used, Time: metav1.Unix(u.at, 0)}
	if u.since != 0 {
		told.Since = new(metav1.Unix(u.since, 0))
	}
	if u.increasedAt != 0 {
		told.LastIncrease = new(metav1.Unix(u.increasedAt, 0))
	}
	return told
}
