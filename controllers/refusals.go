package controllers

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// A log-in that was refused is not made again by itself for shortestRefusal, and after each further refusal for twice as long, up to longestRefusal:
// every try is a failed log-in in somebody's books, and an account is locked by the sum of them.
const (
	shortestRefusal = time.Hour
	longestRefusal  = 24 * time.Hour
)

// isRefusedLogin says whether a fault of a log-in that was tried comes back as long as nobody does anything: somebody refused the account, or
// wants to see a person. That no e-mail came in time may be better in an hour.
func isRefusedLogin(err error) bool {
	if err == nil {
		return false
	}
	fault := sidecar.AsFault(err)
	switch {
	case fault.Class != sidecar.AuthFailed && fault.Class != sidecar.HumanNeeded:
		return false
	case fault.Reason == sidecar.ReasonMailboxFailed:
		return fault.Class == sidecar.AuthFailed
	default:
		return triedLogin(err) || fault.Reason == sidecar.ReasonSecurityCheck || fault.Reason == sidecar.ReasonSessionExpired
	}
}

// noteRefusal takes in what a call says of the log-in: that Clay let the account in, or that one was tried and refused.
func (p *pass) noteRefusal(letIn, tried bool, err error) {
	s := &p.workspace.Status
	switch {
	case letIn:
		s.RefusedLogin = nil
	case tried && isRefusedLogin(err):
		next := &clayv1alpha1.RefusedLogin{Reason: fit(sidecar.AsFault(err).Reason, maxShort), Count: 1, SecretVersion: p.memory.secretVersion}
		if before := s.RefusedLogin; before != nil {
			next.Count += before.Count
		}
		next.NextTime = metav1.NewTime(p.timing.now().Add(refusalPause(next.Count)).Truncate(time.Second))
		s.RefusedLogin = next
	}
}

// refusalPause is how long nothing is tried after so many refusals.
func refusalPause(count int32) time.Duration {
	pause := shortestRefusal
	for ; count > 1 && pause < longestRefusal; count-- {
		pause *= 2
	}
	return min(pause, longestRefusal)
}

// meetRefusal forgets a refusal of other credentials. A Secret in which this process finds the same ones is still the same, whatever else
// was changed about it.
func (p *pass) meetRefusal(digest, version string) {
	refused := p.workspace.Status.RefusedLogin
	switch {
	case refused == nil || refused.SecretVersion == version:
	case refused.SecretVersion == p.memory.secretVersion && p.memory.secret == digest:
		refused.SecretVersion = version
	default:
		p.workspace.Status.RefusedLogin = nil
	}
}

// refusal is a refused log-in that is not to be made again yet.
type refusal struct {
	reason string
	opens  time.Time
	// by is the workspace whose log-in it was.
	by *clayv1alpha1.ClayWorkspace
}

// refused returns the refusal that stands against a log-in with the present credentials, of this workspace or of another one with the same
// account; nil where there is none, or a person has asked for another try.
func (p *pass) refused() *refusal {
	if request := requestOf(p.workspace); request != "" && request != p.workspace.Status.LastHandledReconcileAt {
		return nil
	}
	now := p.timing.now()
	var last *refusal
	for _, by := range append([]*clayv1alpha1.ClayWorkspace{p.workspace}, p.peers...) {
		known := by.Status.RefusedLogin
		if known == nil || known.SecretVersion != p.memory.secretVersion || !now.Before(known.NextTime.Time) {
			continue
		}
		opens := known.NextTime.Time
		if latest := now.Add(longestRefusal); opens.After(latest) {
			opens = latest // the clock was wrong
		}
		if last == nil || opens.After(last.opens) {
			last = &refusal{reason: known.Reason, opens: opens, by: by}
		}
	}
	return last
}

// refusedBefore is the problem of a log-in that is not made because it was refused.
func (p *pass) refusedBefore(refused *refusal) *problem {
	message := "The last log-in with these credentials was refused."
	if told := meta.FindStatusCondition(refused.by.Status.Conditions, clayv1alpha1.ConditionSessionReady); told != nil && told.Reason == refused.reason {
		message = told.Message
	}
	again := &problem{
		standing: status.Stalled(refused.reason, message), patience: appointed, pause: max(refused.opens.Sub(p.timing.now()), p.timing.soon), signedOut: true,
	}
	if refused.by != p.workspace {
		// Nothing tells when the other one is let in.
		again.patience = periodic
	}
	return again
}

// timeRetry says when a call that failed is made again, where that hangs on the log-in in it.
func (p *pass) timeRetry(trouble *problem) *problem {
	refused := p.workspace.Status.RefusedLogin
	switch {
	case trouble.standing.Reason == sidecar.ReasonSecurityCheck:
		// Whether a person has passed it, a look with the session that it came in tells, which types nothing.
		trouble.patience = periodic
	case refused != nil && refused.Reason == trouble.standing.Reason && refused.NextTime.After(p.timing.now()):
		trouble.patience, trouble.pause = appointed, refused.NextTime.Sub(p.timing.now())
	case p.counted:
		trouble.least = loginRetry
	}
	return trouble
}
