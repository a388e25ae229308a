package controllers

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// attempt is what is remembered of a change to access that was tried. A process that starts knows of none: what Clay shows then decides, and a
// change that was refused is tried once more.
type attempt struct {
	// wanted tells the same change from one with other values, or of another manifest.
	wanted string
	// at is when it was tried last.
	at time.Time
	// result is empty once a reading has cleared up an unknown one.
	result sidecar.Result
	// refused is true where Clay said no; reason and message are those of the fault.
	refused         bool
	reason, message string
	// made are the times at which Clay showed it as made, or may have made it.
	made []time.Time
	// from is what was used of a budget before it was reset.
	from *int64
}

// wanted tells changes with one key apart: by what they set and by the generation of the manifests that ask for it.
func (p *pass) wanted(change access.Change) string {
	values := struct {
		Generations [2]int64
		Description string
		Credits     int64
		Everyone    bool
		Groups      []string
	}{[2]int64{p.workspace.Generation, p.generationOf(change)}, change.Description, change.Credits, change.Everyone, change.Groups}
	// There is nothing in it that cannot be written, and nobody reads it.
	text, _ := json.Marshal(values) //nolint:errchkjson,musttag // As above.
	return string(text)
}

// generationOf is that of the ClayUser that asks for a change; zero where a workspace does.
func (p *pass) generationOf(change access.Change) int64 {
	if user := p.askerOf(change); user != nil {
		return user.Generation
	}
	return 0
}

// askerOf returns the ClayUser that asks for a change, or nil.
func (p *pass) askerOf(change access.Change) *clayv1alpha1.ClayUser {
	if change.Email == "" {
		return nil
	}
	return p.userNamed(change.Owner)
}

// rememberAttempt takes in what became of a change.
func (p *pass) rememberAttempt(change access.Change, outcome sidecar.Outcome, now time.Time) {
	next := attempt{wanted: p.wanted(change), at: now, result: outcome.Result}
	if known, is := p.memory.attempts[change.Key()]; is && known.wanted == next.wanted {
		next.made = slices.DeleteFunc(known.made, func(at time.Time) bool { return !now.Before(at.Add(convergenceWindow)) })
	}
	if change.Verb == access.ResetBudget {
		next.from = change.From
	}
	if fault := outcome.Fault; fault != nil {
		next.reason, next.message = fit(fault.Reason, maxShort), sentence(fault.Message)
		next.refused = outcome.Result == sidecar.Failed && (fault.Class == sidecar.Refused || fault.Class == sidecar.InvalidInput || isRefusal(fault.Reason))
		if outcome.Result == sidecar.Failed && mayBeOut(outcome) {
			next.result = sidecar.Unknown
		}
	}
	if next.result == sidecar.Applied || next.result == sidecar.Unknown {
		// What never shows would be tried for ever.
		next.made = append(next.made, now)
	}
	p.memory.attempts[change.Key()] = next
}

// settleAttempts forgets the attempts that nothing hangs on any more.
func (p *pass) settleAttempts() {
	now := p.timing.now()
	for key, tried := range p.memory.attempts {
		unclear := tried.result == sidecar.Unknown && !p.isAttemptSettled(key, tried)
		refused := tried.refused && now.Before(tried.at.Add(retryRefusedAfter))
		repeated := len(tried.made) > 0 && now.Before(tried.made[len(tried.made)-1].Add(convergenceWindow))
		if tried.result == sidecar.Unknown && !unclear {
			p.learnLate(key, tried)
			tried.result = ""
			p.memory.attempts[key] = tried
		}
		if !unclear && !refused && !repeated {
			delete(p.memory.attempts, key)
		}
	}
}

// isAttemptSettled says whether a reading tells what became of a change: one that began once Clay has had the time to show it.
func (p *pass) isAttemptSettled(key access.Key, tried attempt) bool {
	return !p.work.reading.began(key.Verb.Section()).Before(tried.at.Add(p.timing.cooldown))
}

// learnLate takes in that what was unknown is there. A group or budget that is there may as well have been made by a person meanwhile: only one
// that Clay was seen to make for the operator is its own, and may be deleted by it.
func (p *pass) learnLate(key access.Key, tried attempt) {
	if key.Verb != access.ResetBudget {
		return
	}
	change := access.Change{Verb: key.Verb, Budget: key.Budget, From: tried.from}
	if met, known := access.Met(change, p.work.reading.stateOrNone()); met && known {
		p.noteReset(key.Budget)
	}
}

// accessWaits says which changes may not be made now, and has the pass come back when they may.
func (p *pass) accessWaits() map[access.Key]seat.BlockReason {
	now := p.timing.now()
	waits := map[access.Key]seat.BlockReason{}
	for key, tried := range p.memory.attempts {
		wait := p.accessWait(key, tried, now)
		if wait.reason != "" {
			waits[key] = wait.reason
			p.wakeAt(wait.until)
		}
	}
	if p.memory.interrupted.IsZero() || p.memory.noticed.Access == 0 {
		return waits
	}
	// The process that was cut off may have reset a budget, and Clay may not show it yet. Whatever else it did can be done twice without harm.
	for i := range p.work.wish.Budgets {
		if budget := &p.work.wish.Budgets[i]; budget.Reset {
			waits[access.Key{Verb: access.ResetBudget, Budget: budget.Name}] = seat.BlockedOutcomeUnknown
		}
	}
	return waits
}

// isResetInDoubt says whether a budget may have been reset that no reading shows so yet.
func (p *pass) isResetInDoubt() bool {
	for key, tried := range p.memory.attempts {
		if key.Verb == access.ResetBudget && tried.result == sidecar.Unknown {
			return true
		}
	}
	return false
}

// accessWait is what the last attempt at a change means for the next. It is dropped where something else is wanted by now.
func (p *pass) accessWait(key access.Key, tried attempt, now time.Time) wait {
	if tried.result == sidecar.Unknown && !p.isAttemptSettled(key, tried) {
		return wait{reason: seat.BlockedOutcomeUnknown, until: tried.at.Add(p.timing.cooldown)}
	}
	if until := tried.at.Add(retryRefusedAfter); tried.refused && now.Before(until) {
		return wait{reason: seat.BlockedRefused, until: until}
	}
	recent := slices.DeleteFunc(slices.Clone(tried.made), func(at time.Time) bool { return !now.Before(at.Add(convergenceWindow)) })
	if len(recent) >= convergenceTries {
		return wait{reason: seat.BlockedNotConverging, until: recent[0].Add(convergenceWindow)}
	}
	return wait{}
}

// forgetAttempts has Clay asked again at once for those for whom a person asks, for the workspace or for single people. What is unknown stays
// so, and so does what another manifest wants now. What this pass has tried itself is for the next one to try again.
func (p *pass) forgetAttempts() {
	if len(p.memory.attempts) == 0 || p.work.writing {
		return
	}
	request := requestOf(p.workspace)
	all := request != "" && request != p.found.LastHandledReconcileAt
	asked := map[seat.Email]bool{}
	for i := range p.users {
		asked[p.emails[i]] = p.isRequested(&p.users[i])
	}
	for key, tried := range p.memory.attempts {
		if tried.result != sidecar.Unknown && (all && key.Email == "" && tried.refused || key.Email != "" && asked[key.Email]) {
			delete(p.memory.attempts, key)
		}
	}
}

// dropOutdated forgets the attempts at what is no longer wanted in the same way.
func (p *pass) dropOutdated(blocked []access.Blocked) (dropped bool) {
	for i := range blocked {
		change := blocked[i].Change
		tried, known := p.memory.attempts[change.Key()]
		if known && tried.result != sidecar.Unknown && tried.wanted != p.wanted(change) {
			delete(p.memory.attempts, change.Key())
			dropped = true
		}
	}
	return dropped
}

// refusalOf says in a sentence what Clay objected to when a change was tried last.
func (p *pass) refusalOf(change access.Change) (reason, message string) {
	tried := p.memory.attempts[change.Key()]
	if tried.reason == "" {
		return sidecar.ReasonRefused, "Clay refused the change."
	}
	return tried.reason, fmt.Sprintf("Clay refused: %s", tried.message)
}
