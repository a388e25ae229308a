package clayweb

import (
	"context"

	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// prove decides by fresh reads what became of the submitted changes. A list may lag behind a write, so that absence is believed after
// the last of several reads only; patient is false where there is no use in waiting.
//
// A change that is not seen afterwards, and that Clay refused, has failed; one that Clay could not look at because the session was
// over waits again; any other is unknown.
func (w *work) prove(ctx context.Context, jobs []*job, patient bool) error {
	pauses := w.visit.waits.proofs
	if !patient {
		pauses = nil
	}
	for round := 0; ; round++ {
		inventory, err := w.visit.read(ctx)
		if err != nil {
			return err
		}
		if inventory.Complete {
			w.last = inventory
		}
		w.settleSeen(jobs, inventory)
		if !anyIn(jobs, submitted) {
			return nil
		}
		if round == len(pauses) {
			w.settleUnseen(jobs, inventory.Complete)
			return nil
		}
		if err := w.visit.backend.pause(ctx, pauses[round]); err != nil {
			return err
		}
	}
}

// settleSeen settles the submitted changes that a reading shows.
func (w *work) settleSeen(jobs []*job, inventory seat.Inventory) {
	for _, next := range jobs {
		if next.state != submitted || !met(next.change, inventory) {
			continue
		}
		if next.about == refusedAlreadyMember {
			w.settle(next, sidecar.AlreadyThere, nil)
			continue
		}
		w.settle(next, sidecar.Applied, nil)
	}
}

// settleUnseen decides about the submitted changes that the last reading did not show.
func (w *work) settleUnseen(jobs []*job, complete bool) {
	for _, next := range jobs {
		switch {
		case next.state != submitted:
		case !complete || next.refusal == nil:
			w.settle(next, sidecar.Unknown, notProved())
		case next.refusal == notLooked:
			next.state, next.refusal = waiting, nil
		default:
			w.settle(next, sidecar.Failed, next.refusal)
		}
	}
}

// notLooked marks a change that Clay did not look at for a reason that is not the change's own: the session was over, or it stood in
// one dialog with an address that Clay refused. A complete reading that lacks it sends it back to wait.
var notLooked = sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonNotProved, "Clay did not look at the change")

// met says whether a reading shows what a change asks for.
func met(change seat.Change, inventory seat.Inventory) bool {
	lines := linesOf(change.Email, inventory)
	switch change.Verb {
	case seat.Invite:
		return len(lines) > 0
	case seat.SetRole:
		return len(lines) == 1 && lines[0].Presence == seat.Active && lines[0].Role == change.Role
	default:
		return len(lines) == 0 && inventory.Complete
	}
}

// linesOf are the lines of a list with an address. More than one is a list that does not say what is true.
func linesOf(email seat.Email, inventory seat.Inventory) []seat.Member {
	var lines []seat.Member
	for _, member := range inventory.Members {
		if member.Email == email {
			lines = append(lines, member)
		}
	}
	return lines
}

// settleByList settles the waiting changes that the last complete reading decides: what is there already, and what cannot be.
func (w *work) settleByList(jobs []*job) {
	for _, next := range jobs {
		if next.state != waiting {
			continue
		}
		if proved, asked := w.withdrawn[next.change.Email]; next.change.Verb == seat.Invite && asked && !proved {
			w.settle(next, sidecar.Failed, sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonNotProved,
				"not invited: the earlier invitation had to be cancelled first, and that is not proved"))
			continue
		}
		if met(next.change, w.last) {
			w.settle(next, sidecar.AlreadyThere, nil)
			continue
		}
		lines := linesOf(next.change.Email, w.last)
		if fault := impossible(next.change, lines); fault != nil {
			w.settle(next, sidecar.Failed, fault)
			continue
		}
		if len(lines) == 1 {
			next.member = lines[0]
		}
	}
}

// impossible says why a change cannot be made to what the list shows, or nil.
func impossible(change seat.Change, lines []seat.Member) *sidecar.Fault {
	if change.Verb == seat.Invite {
		return nil
	}
	switch {
	case len(lines) > 1:
		return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonAmbiguousMember,
			"Clay lists the address more than once; a person has to look at it")
	case len(lines) == 0: // for SetRole only: the others would be met
		return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonMemberNotFound, "the address is not in the workspace")
	}
	pending := lines[0].Presence == seat.Pending
	switch {
	case change.Verb == seat.CancelInvitation && !pending:
		return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonMemberNotFound,
			"there is no invitation to cancel: it was accepted, and the address is a member now")
	case change.Verb != seat.CancelInvitation && pending:
		return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonMemberNotFound,
			"the address is not a member: its invitation is not accepted yet")
	case change.Verb == seat.SetRole:
		return movedMeanwhile(change, lines[0].Role)
	}
	return nil
}

// movedMeanwhile is the fault of a change of a role that was planned from another role than the member has now: a person gave it meanwhile, and
// what was harmless may be somebody's demotion by now. It is nil where the roles are the same, or one of them is not known.
func movedMeanwhile(change seat.Change, now seat.Role) *sidecar.Fault {
	if change.From == "" || now == "" || now == change.From {
		return nil
	}
	return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonNotProved,
		"the member's role is %s by now and was %s when the change was planned; it is planned anew", now, change.From)
}
