package claysim

import (
	"net/http"
	"slices"
	"strings"
)

// challengeLocked reports whether the log-in of an account ends at a security
// check: FaultSecurityCheck asks for one, or nobody has passed an earlier one.
func (w *world) challengeLocked(owner *account) bool {
	return owner.challenged || w.takeCheckLocked(owner, func(route string) bool { return route == "" })
}

// challengeAmid puts a security check into the middle of a session, if FaultSecurityCheck asks for one at this request.
func (w *world) challengeAmid(in *http.Request, request string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := w.sessionLocked(in)
	if found != nil && w.takeCheckLocked(found.account, func(route string) bool { return route != "" && matches(route, request) }) {
		found.challenged = true
	}
}

// takeCheckLocked uses up a FaultSecurityCheck for an account, of those whose route is meant.
func (w *world) takeCheckLocked(owner *account, meant func(route string) bool) bool {
	fault, on := w.faults.takeIf(func(active *ActiveFault) bool {
		return active.Kind == FaultSecurityCheck && meant(active.Route) && !slices.Contains(owner.checksPassed, active.ID) &&
			(active.Email == "" || strings.EqualFold(active.Email, owner.Email))
	})
	if on {
		owner.challenged = true
		// Once somebody has passed it, the same fault leaves the account alone.
		owner.checksPassed = append(owner.checksPassed, fault.ID)
	}
	return on
}

// passSecurityCheck is what the button of the page does.
func (w *world) passSecurityCheck(request *http.Request) *refusal {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := w.sessionLocked(request)
	if found == nil {
		return unauthorized()
	}
	w.clearCheckLocked(found.account, found.account.Email)
	return nil
}

// clearSecurityChecks passes the checks of the accounts, of all without any.
func (w *world) clearSecurityChecks(emails ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, owner := range w.accounts {
		named := slices.ContainsFunc(emails, func(email string) bool { return strings.EqualFold(email, owner.Email) })
		if owner.challenged && (named || len(emails) == 0) {
			w.clearCheckLocked(owner, "")
		}
	}
}

func (w *world) clearCheckLocked(owner *account, actor string) {
	owner.challenged = false
	for _, waiting := range w.sessions {
		if waiting.account == owner {
			waiting.challenged = false
		}
	}
	w.recordLocked(Entry{Verb: VerbPassSecurityCheck, Actor: actor, Target: owner.Email})
}
