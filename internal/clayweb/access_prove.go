package clayweb

import (
	"context"
	"slices"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// prove decides by fresh readings what became of the submitted changes, as the proof of seats does: absence is believed after the last of
// several readings only.
func (w *accessWork) prove(ctx context.Context, jobs []*accessJob, patient bool) error {
	pauses := w.visit.waits.proofs
	if !patient {
		pauses = nil
	}
	for round := 0; ; round++ {
		if err := w.read(ctx, jobs); err != nil {
			return err
		}
		w.settleSeen(jobs)
		if !anyAccessIn(jobs, submitted) {
			return nil
		}
		if round == len(pauses) {
			w.settleUnseen(jobs)
			return nil
		}
		if err := w.visit.backend.pause(ctx, pauses[round]); err != nil {
			return err
		}
	}
}

// settleSeen settles the submitted changes that the reading shows. What is there although Clay refused to make it, in whatever words, somebody else
// has made.
func (w *accessWork) settleSeen(jobs []*accessJob) {
	for _, next := range jobs {
		if next.state != submitted {
			continue
		}
		if met, _ := access.Met(next.change, w.reading.state); !met {
			continue
		}
		if next.about == refusedName || next.about == refusedAlreadyMember || creates(next.change.Verb) && next.refusal != nil {
			w.settle(next, sidecar.AlreadyThere, nil)
			continue
		}
		w.settle(next, sidecar.Applied, nil)
	}
}

func creates(verb access.Verb) bool { return verb == access.CreateGroup || verb == access.CreateBudget }

// settleUnseen decides about the submitted changes that the last reading did not show.
func (w *accessWork) settleUnseen(jobs []*accessJob) {
	for _, next := range jobs {
		if next.state != submitted {
			continue
		}
		_, known := access.Met(next.change, w.reading.state)
		switch {
		case !known || next.refusal == nil:
			w.settle(next, sidecar.Unknown, accessNotProved())
		case next.refusal == notLooked:
			next.state, next.refusal = waiting, nil
		default:
			w.settle(next, sidecar.Failed, next.refusal)
		}
	}
}

func accessNotProved() *sidecar.Fault {
	return sidecar.Faultf(sidecar.OutcomeUnknown, sidecar.ReasonNotProved,
		"the change was given to Clay and could not be seen on its page; the next complete reading decides")
}

// settleByState settles the waiting changes that the last reading decides: what is there already, and what cannot be.
func (w *accessWork) settleByState(jobs []*accessJob) {
	for _, next := range jobs {
		if next.state != waiting {
			continue
		}
		met, known := access.Met(next.change, w.reading.state)
		switch fault := w.impossible(next, jobs, met, known); {
		case fault != nil:
			w.settle(next, sidecar.Failed, fault)
		case met && !w.undone(next, jobs):
			w.settle(next, sidecar.AlreadyThere, nil)
		}
	}
}

// undone says whether another change that is waiting would undo what the reading shows: who has access as everybody has, has none when that
// ends.
func (w *accessWork) undone(j *accessJob, jobs []*accessJob) bool {
	if j.change.Verb != access.GrantBudget {
		return false
	}
	budget, _ := budgetNamed(w.reading.state.Budgets, j.change.Budget)
	for _, edit := range waitingFor(jobs, j.change.Budget, access.EditBudget) {
		if budget.Everyone && !edit.change.Everyone {
			return true
		}
	}
	return false
}

// impossible says why a change cannot be made to what the reading shows, or nil.
func (w *accessWork) impossible(j *accessJob, jobs []*accessJob, met, known bool) *sidecar.Fault {
	change, state := j.change, w.reading.state
	section := change.Verb.Section()
	if state.Offer(section) == access.NotOffered {
		return sidecar.Faultf(sidecar.Refused, sidecar.ReasonNotOfferedByPlan,
			"Clay's plan of the workspace does not offer this; change the plan, or take it out of the manifests")
	}
	switch section {
	case access.SectionLimits:
		if change.Verb == access.SetDefaultLimit && w.reading.lacks(section, limitsSetDefault) {
			return nil // the page's contract says so
		}
		return impossibleLimit(change, state.Limits, known)
	case access.SectionBudgets:
		_, count := budgetNamed(state.Budgets, change.Budget)
		if change.Verb == access.CreateBudget && count == 1 && !met {
			return refusedName.fault() // the next plan edits it
		}
		creates := len(waitingFor(jobs, change.Budget, access.CreateBudget)) > 0
		return impossibleNamed(change.Verb, "budget", count, state.Budgets.Complete, known, creates)
	default:
		if change.Verb == access.CreateGroup && len([]rune(change.Group)) > access.MaxGroupName {
			return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonNameRefused,
				"Clay lets the name of a group have %d characters at most; choose a shorter one", access.MaxGroupName)
		}
		_, count := groupNamed(state.Groups, change.Group)
		creates := len(waitingFor(jobs, change.Group, access.CreateGroup)) > 0
		return impossibleNamed(change.Verb, "group", count, state.Groups.Complete, known, creates)
	}
}

// impossibleNamed says why a change to something with a name cannot be made: there are so many with the name, the list is complete or not, it
// is known whether the change is there, and a change that is waiting creates it or not.
func impossibleNamed(verb access.Verb, what string, count int, complete, known, creates bool) *sidecar.Fault {
	switch {
	case count > 1:
		return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonAmbiguousName,
			"Clay has more than one %s of this name; rename or delete the others in Clay", what)
	case !complete || !known:
		return incompleteList()
	}
	switch verb {
	case access.CreateGroup, access.CreateBudget, access.DeleteGroup, access.DeleteBudget, access.RemoveFromGroup, access.RevokeBudget:
		return nil // where it is not there, it is made or met
	default:
		if count == 0 && !creates {
			return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonNameNotFound, "Clay has no %s of this name", what)
		}
		return nil
	}
}

// lacks says whether a reading missed an element that changes in a section need.
func (r *accessReading) lacks(section access.Section, name element) bool {
	return slices.ContainsFunc(r.lacking[section], func(missing *notFoundError) bool { return missing.element == name })
}

func incompleteList() *sidecar.Fault {
	return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonIncompleteList,
		"what the change is about could not be read completely, so that nothing is changed; it is tried again")
}

func impossibleLimit(change access.Change, list access.LimitList, known bool) *sidecar.Fault {
	if change.Verb == access.SetDefaultLimit {
		if !list.Complete && !known {
			return incompleteList()
		}
		return nil
	}
	lines := 0
	for _, line := range list.People {
		if asEmail(string(line.Email)) == asEmail(string(change.Email)) {
			lines++
		}
	}
	switch {
	case lines > 1:
		return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonAmbiguousMember,
			"Clay lists the address more than once; a person has to look at it")
	case lines == 0 && !list.Complete:
		return incompleteList()
	case lines == 0:
		return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonMemberNotFound,
			"Clay's list of limits does not have the address; only active members are in it")
	}
	return nil
}
