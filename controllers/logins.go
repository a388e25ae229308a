package controllers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	// loginWindow is an hour and the second that the status cuts off: a log-in counts for at least the hour.
	loginWindow = time.Hour + time.Second
	// maxLogins is how many the status holds, and how many an hour sees at most, however often the credentials change.
	maxLogins = 20
)

// keepRecentLogins drops the log-ins that no longer count. One in the future is of a clock that was wrong, and counts from now.
func keepRecentLogins(logins []metav1.Time, now time.Time) []metav1.Time {
	var kept []metav1.Time
	for _, login := range logins {
		if login.After(now) {
			login = metav1.NewTime(now.Truncate(time.Second))
		}
		if now.Before(login.Add(loginWindow)) {
			kept = append(kept, login)
		}
	}
	return kept[max(0, len(kept)-maxLogins):]
}

// budgetOpens returns when a log-in may be made; zero where it may be made now. Log-ins with other credentials than the present
// ones do not count against the budget, as a person has changed something since, but for the most that an hour sees.
func budgetOpens(logins []metav1.Time, budget int, rotatedAt, now time.Time) time.Time {
	logins = keepRecentLogins(logins, now)
	present := slices.DeleteFunc(slices.Clone(logins), func(login metav1.Time) bool {
		return login.Time.Before(rotatedAt.Truncate(time.Second))
	})
	opens := opensAt(logins, maxLogins)
	if other := opensAt(present, budget); other.After(opens) {
		opens = other
	}
	return opens
}

// opensAt returns when fewer log-ins than the budget count; zero where that is so now.
func opensAt(logins []metav1.Time, budget int) time.Time {
	if len(logins) < budget {
		return time.Time{}
	}
	return logins[len(logins)-budget].Add(loginWindow)
}

// loginRetry is the least pause after a log-in that counted and came to nothing for a reason that passes: with the usual ones an outage of
// seconds would use up the hour's log-ins.
const loginRetry = time.Minute

// loginOpens returns when a log-in may be made; zero where it may be made now: there are log-ins left within the hour, and none was refused
// lately with the same credentials.
func (p *pass) loginOpens() time.Time {
	opens := budgetOpens(p.accountLogins(), p.workspace.GetMaxLoginsPerHour(), p.memory.rotatedAt, p.timing.now())
	if refused := p.refused(); refused != nil && refused.opens.After(opens) {
		return refused.opens
	}
	return opens
}

// meetCredentials takes note of who the operator signs in as, and with what.
func (p *pass) meetCredentials(login sidecar.Login, digest, version string) {
	m := p.memory
	p.meetRefusal(digest, version)
	if m.account != login.Email {
		// A session is of one account.
		m.session, m.account = nil, login.Email
	}
	if m.secret != "" && m.secret != digest {
		m.rotatedAt = p.timing.now()
	}
	m.secret, m.secretVersion = digest, version
}

// enter makes a call that reads Clay, signing in only if it must. Whether the session that there is still counts, a call finds out that may not sign in: no
// secret is given to anybody before that is on record.
func (p *pass) enter(
	ctx context.Context, call func(context.Context) (sidecar.Observation, error),
) (sidecar.Observation, error) {
	if len(p.access.Session) > 0 {
		p.access.NoLogin = true
		observation, err := call(ctx)
		if err == nil {
			return observation, nil
		}
		if sidecar.AsFault(err).Reason != sidecar.ReasonLoginBudget || !p.loginOpens().IsZero() {
			return observation, p.failedCall(ctx, observation, err)
		}
		p.memory.session, p.access.Session = nil, nil
	}
	if err := p.announceLogin(ctx); err != nil {
		return sidecar.Observation{}, err
	}
	observation, err := call(ctx)
	if err != nil {
		return observation, p.failedCall(ctx, observation, err)
	}
	return observation, nil
}

// announceLogin counts the log-in that a call without a session is about to make, before it is made: a process that ends in the middle
// has counted it, and of two that believe to be the leader only one gets the API server's consent.
func (p *pass) announceLogin(ctx context.Context) error {
	if !p.access.Login.CanLogin() {
		return p.loginNeeded()
	}
	// Those who share the account see each other's log-ins.
	p.announcing.Lock()
	defer p.announcing.Unlock()
	if err := p.meetLogin(ctx); err != nil || p.access.NoLogin {
		// The browser may be signed in although it may not sign in, if it has outlived the process that knew of it.
		return err
	}
	return p.claim(ctx, "announce the log-in")
}

// meetLogin counts a log-in ahead if one may be made, or has the browser make none. The status is yet to be written.
func (p *pass) meetLogin(ctx context.Context) error {
	if err := p.meetPeers(ctx); err != nil {
		return err
	}
	now := p.timing.now()
	s := &p.workspace.Status
	s.Logins = keepRecentLogins(s.Logins, now)
	if p.access.NoLogin = !p.access.Login.CanLogin() || !p.loginOpens().IsZero(); p.access.NoLogin {
		return nil
	}
	p.announcedLogin = metav1.NewTime(now.Truncate(time.Second))
	s.Logins = append(s.Logins, p.announcedLogin)
	return nil
}

// claim writes the status before something is done. The API server takes it only if nobody has changed the workspace since
// the pass read it.
func (p *pass) claim(ctx context.Context, what string) error {
	if err := p.client.Status().Update(ctx, p.workspace); err != nil {
		if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
			return errOutdated
		}
		return fmt.Errorf("%s: %w", what, err)
	}
	p.before = p.workspace.Status.DeepCopy()
	return nil
}

// countLogin takes in whether a call signed in, or tried to: one that was announced and not made is given back.
func (p *pass) countLogin(ctx context.Context, observation sidecar.Observation, err error) {
	now := p.timing.now()
	s := &p.workspace.Status
	announced := p.announcedLogin
	p.announcedLogin = metav1.Time{}
	tried := observation.SignedIn || triedLogin(err)
	// It may have worked, and the call failed later.
	letIn := err == nil || observation.SignedIn && len(observation.Session) > 0 && !isRefusedLogin(err)
	if tried {
		p.noteLogin(ctx, letIn, err)
	}
	p.noteRefusal(letIn, tried, err)
	p.counted = tried || !announced.IsZero() && len(p.access.Session) == 0 && isUnanswered(err)
	switch {
	case tried && announced.IsZero():
		s.Logins = append(s.Logins, metav1.NewTime(now.Truncate(time.Second)))
	case !tried && !announced.IsZero() && !isUnanswered(err):
		if place := slices.IndexFunc(s.Logins, func(login metav1.Time) bool { return login.Equal(&announced) }); place >= 0 {
			s.Logins = slices.Delete(slices.Clone(s.Logins), place, place+1)
		}
	}
	s.Logins = keepRecentLogins(s.Logins, now)
}

// refusesSession says whether a fault tells that Clay asked for a log-in that did not come about, so that the session of before
// is of no use any more.
func refusesSession(err error) bool {
	fault := sidecar.AsFault(err)
	return triedLogin(err) || fault.Reason == sidecar.ReasonLoginNeeded || fault.Reason == sidecar.ReasonLoginBudget
}

// triedLogin says whether a fault can only come from a log-in that was tried. What is not there now has refused nobody.
func triedLogin(err error) bool {
	if err == nil || sidecar.AsFault(err).Class == sidecar.Unavailable {
		return false
	}
	switch sidecar.AsFault(err).Reason {
	case sidecar.ReasonWrongPassword, sidecar.ReasonUnknownAccount, sidecar.ReasonAccountLocked, sidecar.ReasonIdentityProviderRefused,
		sidecar.ReasonApprovalNeeded, sidecar.ReasonCodeNeeded, sidecar.ReasonMailboxFailed, sidecar.ReasonUnsupportedLogin:
		return true
	default:
		return false
	}
}

func isUnanswered(err error) bool { return err != nil && sidecar.AsFault(err).Unanswered }

// failedCall is the problem of a call that failed, and what it means for the session.
func (p *pass) failedCall(ctx context.Context, observation sidecar.Observation, err error) *problem {
	trouble := p.timeRetry(fromFault(err))
	switch {
	case refusesSession(err):
		p.dropSession(ctx)
	case observation.SignedIn && len(observation.Session) > 0:
		// It failed later, and need not sign in again when it is tried again.
		p.memory.session, p.access.Session = observation.Session, observation.Session
	}
	switch sidecar.AsFault(err).Reason {
	case sidecar.ReasonLoginNeeded:
		if p.access.Login.CanLogin() {
			return trouble // it says who asks for what the Secret lacks
		}
		return p.loginNeeded()
	case sidecar.ReasonLoginBudget:
		return p.noLogin()
	}
	return trouble
}

// noLogin is the problem of a workspace that has to be signed in to when it may not be.
func (p *pass) noLogin() *problem {
	refused := p.refused()
	if refused != nil && !refused.opens.Before(p.loginOpens()) {
		return p.refusedBefore(refused)
	}
	return p.overBudget()
}

// loginNeeded is the problem of a workspace that only a person can sign in to.
func (p *pass) loginNeeded() *problem {
	return fromFault(sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonLoginNeeded,
		"There is no session that Clay accepts, and the Secret %q holds nothing to sign in with. Sign in by hand, on a machine with a screen: %s. "+
			"Or add the keys by which the account signs in: %s; %s; or %s and %s.",
		p.workspace.Spec.Login.SecretRef.Name, loginCommand(p.key.Namespace, p.key.Name),
		secretKeyPassword, secretKeyIdentityProviderPassword, secretKeyMailboxAddress, secretKeyMailboxPassword))
}

// loginCommand is what a person runs to sign in to a workspace by hand.
func loginCommand(namespace, name string) string {
	return strings.Join([]string{"clay-operator", "login", "--namespace", namespace, "--workspace", name}, " ")
}

// overBudget is the problem of a workspace that has to be signed in to, and was too often. It ends by itself, and the hold on
// the workspace by a session or credentials that a person puts there.
func (p *pass) overBudget() *problem {
	now, opens := p.timing.now(), p.loginOpens()
	return &problem{
		standing: status.Waiting(clayv1alpha1.ReasonLoginBudget, fmt.Sprintf(
			"Clay asks for a log-in, and the operator has signed in with this account, or tried to, %s within the hour; spec.login.maxPerHour allows %d. "+
				"It tries again at %s, because too many log-ins can lock an account. To go on sooner, sign in by hand: %s.",
			count(len(keepRecentLogins(p.accountLogins(), now)), "time", "times"), p.workspace.GetMaxLoginsPerHour(),
			opens.UTC().Format(dateFormat), loginCommand(p.key.Namespace, p.key.Name))),
		patience: appointed, pause: max(opens.Sub(now), p.timing.soon), signedOut: true,
	}
}
