package controllers

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
)

// DefaultExpiryWarning is how long before spec.expiresAt a ClayUser says that its seat is about to go: three days reach over a weekend.
const DefaultExpiryWarning = 72 * time.Hour

// wakeForExpiry has the workspace looked at when the next seat comes to its end.
func (p *pass) wakeForExpiry(now time.Time) {
	for i := range p.users {
		if user := &p.users[i]; expires(user, now) {
			p.wakeAt(user.Spec.ExpiresAt.Time)
		}
	}
}

// expires says whether a ClayUser's seat has an end that is still to come, and that the operator is to bring about.
func expires(user *clayv1alpha1.ClayUser, now time.Time) bool {
	return user.Spec.ExpiresAt != nil && user.WantsSeat(now) && user.DeletionTimestamp.IsZero() && !user.Spec.Suspend
}

// isExpiring says whether a seat goes within the time for which its ClayUser warns of that.
func isExpiring(user *clayv1alpha1.ClayUser, now time.Time, warning time.Duration) bool {
	return expires(user, now) && !now.Before(user.Spec.ExpiresAt.Add(-warning))
}

// untilNews returns how long it takes until time alone changes what a ClayUser has to tell; zero where it does not.
func untilNews(user *clayv1alpha1.ClayUser, now time.Time, warning time.Duration) time.Duration {
	if !expires(user, now) {
		return 0
	}
	end := user.Spec.ExpiresAt.Time
	if begins := end.Add(-warning); now.Before(begins) {
		return begins.Sub(now)
	}
	return end.Sub(now)
}

// reportExpiry tells of a seat that goes soon. What it says is the same at every look.
func reportExpiry(user *clayv1alpha1.ClayUser, next *clayv1alpha1.ClayUserStatus, now time.Time, warning time.Duration) {
	if !isExpiring(user, now, warning) {
		meta.RemoveStatusCondition(&next.Conditions, clayv1alpha1.ConditionExpiring)
		return
	}
	status.Set(&next.Conditions, clayv1alpha1.ConditionExpiring, metav1.ConditionTrue, user.Generation, clayv1alpha1.ReasonAccessExpiring,
		fmt.Sprintf("The seat goes on %s, as spec.expiresAt says. To keep it, set a later time before then, or take the field away.",
			user.Spec.ExpiresAt.UTC().Format(dateFormat)), now)
}

// expiredMessage says why there is no seat any more.
func expiredMessage(user *clayv1alpha1.ClayUser) string {
	return fmt.Sprintf("There is no seat and no invitation: they ended on %s, as spec.expiresAt says. "+
		"For a new invitation set a later time, or take the field away.", user.Spec.ExpiresAt.UTC().Format(dateFormat))
}
