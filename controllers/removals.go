package controllers

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// removalWindow is an hour and the minute that a bucket may have begun before it: a removal counts for at least the hour.
const removalWindow = time.Hour + time.Minute

// recentRemovals counts the removals of the present window.
func recentRemovals(removals []clayv1alpha1.RemovalCount, now time.Time) int {
	total := 0
	for _, removal := range removals {
		if now.Before(removal.Minute.Add(removalWindow)) {
			total += int(removal.Count)
		}
	}
	return total
}

// addRemovals returns the buckets of the present window with some removals more.
func addRemovals(removals []clayv1alpha1.RemovalCount, count int32, now time.Time) []clayv1alpha1.RemovalCount {
	kept := keepRecent(removals, now)
	if count == 0 {
		return kept
	}
	minute := metav1.NewTime(now.UTC().Truncate(time.Minute))
	for i := range kept {
		if kept[i].Minute.Equal(&minute) {
			kept[i].Count += count
			return kept
		}
	}
	return append(kept, clayv1alpha1.RemovalCount{Minute: minute, Count: count})
}

// returnRemovals returns the buckets without some removals that were announced at a time and are proved not to have been
// made. The hour's removals are for those that were, or may have been.
func returnRemovals(removals []clayv1alpha1.RemovalCount, count int32, announcedAt time.Time) []clayv1alpha1.RemovalCount {
	minute := metav1.NewTime(announcedAt.UTC().Truncate(time.Minute))
	kept := slices.Clone(removals)
	for i := range kept {
		if kept[i].Minute.Equal(&minute) {
			kept[i].Count -= count
		}
	}
	return slices.DeleteFunc(kept, func(removal clayv1alpha1.RemovalCount) bool { return removal.Count <= 0 })
}

// keepRecent drops the buckets that no longer count. Those of a time to come, which a clock leaves behind that was put back, are
// taken for the present minute's: nothing is forgotten, and there are never more of them than a window has minutes.
func keepRecent(removals []clayv1alpha1.RemovalCount, now time.Time) []clayv1alpha1.RemovalCount {
	present := metav1.NewTime(now.UTC().Truncate(time.Minute))
	var kept []clayv1alpha1.RemovalCount
	ahead := clayv1alpha1.RemovalCount{Minute: present}
	for _, removal := range removals {
		switch {
		case !removal.Minute.Before(&present):
			ahead.Count += removal.Count
		case now.Before(removal.Minute.Add(removalWindow)):
			kept = append(kept, removal)
		}
	}
	if ahead.Count > 0 {
		kept = append(kept, ahead)
	}
	return kept
}

// windowMoves returns when the oldest bucket stops counting; zero where none does.
func windowMoves(removals []clayv1alpha1.RemovalCount) time.Time {
	var first time.Time
	for _, removal := range removals {
		if end := removal.Minute.Add(removalWindow); first.IsZero() || end.Before(first) {
			first = end
		}
	}
	return first
}
