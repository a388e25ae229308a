package controllers

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
)

// TestUsageOverTheMonths follows what is told of somebody's spending from one month into the next.
func TestUsageOverTheMonths(t *testing.T) {
	now := time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)
	p := &pass{
		ClayWorkspaceReconciler: &ClayWorkspaceReconciler{timing: timing{now: func() time.Time { return now }}.withDefaults()},
		memory:                  newMemory(&clayv1alpha1.ClayWorkspace{}),
	}
	user := &clayv1alpha1.ClayUser{ObjectMeta: metav1.ObjectMeta{UID: types.UID("jo")}, Status: clayv1alpha1.ClayUserStatus{Access: &clayv1alpha1.UserAccess{}}}
	first := now
	for _, step := range []struct {
		about         string
		after         time.Duration
		used          int64
		want          int64
		told, growing time.Duration
	}{
		{about: "the first reading", used: 10, want: 10, growing: -1},
		{about: "an hour later", after: time.Hour, used: 12, want: 10, growing: -1},
		{about: "the limit is reached", after: 2 * time.Hour, used: 50, want: 50, told: 2 * time.Hour, growing: 2 * time.Hour},
		{about: "a day later, nothing spent", after: 26 * time.Hour, used: 50, want: 50, told: 26 * time.Hour, growing: 2 * time.Hour},
		{about: "a new month, nothing spent", after: 74 * time.Hour, used: 0, want: 0, told: 74 * time.Hour, growing: 2 * time.Hour},
		{about: "the first of that month", after: 98 * time.Hour, used: 4, want: 4, told: 98 * time.Hour, growing: 98 * time.Hour},
		{about: "less than that in the month after", after: 34 * 24 * time.Hour, used: 3, want: 3, told: 34 * 24 * time.Hour, growing: 34 * 24 * time.Hour},
	} {
		now = first.Add(step.after)
		got := p.usageOf(user, &access.PersonLimit{Limit: new(int64(50)), Used: step.used}).described()
		user.Status.Access.Usage = got
		want := &clayv1alpha1.CreditUsage{Used: step.want, Time: metav1.Unix(first.Add(step.told).Unix(), 0), Since: new(metav1.Unix(first.Unix(), 0))}
		if step.growing >= 0 {
			want.LastIncrease = new(metav1.Unix(first.Add(step.growing).Unix(), 0))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.about, diff)
		}
	}
}
