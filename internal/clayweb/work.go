package clayweb

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// jobState is how far a change has come.
type jobState int

const (
	// waiting: nothing was done for it yet, or what was done is proved to have had no effect.
	waiting jobState = iota
	// submitted: it was given to Clay, and only a read tells what became of it.
	submitted
	// settled: its outcome was reported.
	settled
)

// progress is how far a change has come, and what Clay said to it.
type progress struct {
	index int
	state jobState
	// refusal is why Clay said no, after it did.
	refusal *sidecar.Fault
	// about is what the refusal was about.
	about refusal
}

// job is one change on its way.
type job struct {
	progress

	change seat.Change
	// member is the line of the list that the change is about, for changes of somebody who is there.
	member seat.Member
	// group parts invitations that must not stand in one dialog again; see batches.
	group int
}

// refused notes that Clay said no.
func (p *progress) refused(about refusal) { p.about, p.refusal = about, about.fault() }

// work is one Apply: the changes, and what was read last.
type work struct {
	visit  *visit
	jobs   []*job
	report func(sidecar.Outcome)
	// last is the last complete reading.
	last seat.Inventory
	// withdrawn are the addresses whose invitation had to be cancelled first, and whether that is proved.
	withdrawn map[seat.Email]bool
	// groups is how many groups of invitations were made by halving refused dialogs.
	groups int
	// checked is true once the page was found to be as the changes need it.
	checked bool
}

func newWork(v *visit, changes []seat.Change, report func(sidecar.Outcome)) *work {
	w := &work{visit: v, report: report, withdrawn: map[seat.Email]bool{}}
	for i, change := range changes {
		w.jobs = append(w.jobs, &job{progress: progress{index: i}, change: change})
	}
	return w
}

// run makes the changes phase by phase: a complete read, the acts of a phase, the proof of them, and so on. Whatever ends it early, every
// change has an outcome when it returns.
func (w *work) run(ctx context.Context) error {
	err := w.start(ctx)
	for _, phase := range w.phases() {
		if err == nil {
			err = w.phase(ctx, phase)
		}
		if err != nil {
			w.giveUp(phase, err)
		}
	}
	return err
}

// start reads the list that the changes are checked against. It is always a new one, however short ago the last was read: a list that
// somebody changed meanwhile would lead to a second invitation.
func (w *work) start(ctx context.Context) error {
	inventory, err := w.visit.read(ctx)
	if err != nil {
		return err
	}
	if !inventory.Complete {
		return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonIncompleteList,
			"the list of members could not be read completely, so that nothing is changed; it is tried again")
	}
	w.last = inventory
	return nil
}

// phases groups the changes that stand together and belong to one phase: offboarding, roles, invitations.
func (w *work) phases() [][]*job {
	var phases [][]*job
	for i, next := range w.jobs {
		if i == 0 || next.change.Verb.Phase() != w.jobs[i-1].change.Verb.Phase() {
			phases = append(phases, nil)
		}
		phases[len(phases)-1] = append(phases[len(phases)-1], next)
	}
	return phases
}

// maxRounds of a phase: one act and proof for everybody, one more after a session that expired or after refused addresses were
// sorted out, and as many as halving a full dialog down to one address takes (six), twice over.
const maxPhaseRounds = 14

// phase makes and proves changes until none is waiting. Another round is needed where a read proved that an act had no effect, for a reason
// that does not lie in the change itself.
func (w *work) phase(ctx context.Context, jobs []*job) error {
	w.settleByList(jobs)
	for range maxPhaseRounds {
		if !anyIn(jobs, waiting) {
			return nil
		}
		err := w.checkContract(ctx)
		if err == nil {
			err = w.perform(ctx, jobs)
		}
		if anyIn(jobs, submitted) {
			if proofErr := w.prove(ctx, jobs, !isRateLimit(err)); err == nil || isExpired(err) {
				err = proofErr
			}
		} else if isExpired(err) {
			err = w.start(ctx)
		}
		if err != nil {
			return err
		}
		w.settleByList(jobs)
	}
	w.giveUp(jobs, sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonNotProved, "Clay refused it together with others too often in one call"))
	return nil
}

// perform acts on what is waiting, until something stops it.
func (w *work) perform(ctx context.Context, jobs []*job) error {
	if jobs[0].change.Verb == seat.Invite {
		return w.invite(ctx, jobs)
	}
	for _, next := range w.inListOrder(jobs) {
		if next.state != waiting {
			continue
		}
		err := w.attempt(ctx, next)
		if browser.KindOf(err) == browser.KindNavigationRaced && next.state == waiting {
			// The page drew the row anew at that moment, as it does after every write. Nothing was submitted.
			err = w.attempt(ctx, next)
		}
		if err = w.absorb(next, err); err != nil {
			return err
		}
	}
	return nil
}

// inListOrder orders changes as the list shows their members, for one way through it instead of one for each.
func (w *work) inListOrder(jobs []*job) []*job {
	places := make(map[seat.Email]int, len(w.last.Members))
	for place, member := range w.last.Members {
		places[member.Email] = place
	}
	return slices.SortedStableFunc(slices.Values(jobs), func(a, b *job) int {
		return cmp.Compare(places[a.change.Email], places[b.change.Email])
	})
}

// attempt makes one change of somebody who is in the list.
func (w *work) attempt(ctx context.Context, next *job) error {
	if next.change.Verb == seat.SetRole {
		return w.visit.setRole(ctx, next)
	}
	return w.visit.offboard(ctx, next, w.last)
}

// absorb settles the change that an error is about, where it is about that change alone, and returns any other error.
func (w *work) absorb(next *job, err error) error {
	var own *changeError
	if !errors.As(err, &own) {
		return err
	}
	w.settle(next, sidecar.Failed, own.fault)
	return nil
}

// changeError is a fault of one change, before anything was submitted for it. The others go on.
type changeError struct {
	fault *sidecar.Fault
	// job is the change, where the error ended the work on several.
	job *job
}

// Error implements error.
func (e *changeError) Error() string { return e.fault.Error() }

// settle reports the outcome of a change.
func (w *work) settle(j *job, result sidecar.Result, fault *sidecar.Fault) {
	if j.state == settled {
		return
	}
	j.state = settled
	if j.change.Verb == seat.CancelInvitation {
		w.withdrawn[j.change.Email] = result == sidecar.Applied || result == sidecar.AlreadyThere
	}
	if result == sidecar.Unknown {
		w.visit.session.Retire(browser.ReasonAmbiguousWrite)
	}
	w.visit.log.Info("change settled", "verb", j.change.Verb, "owner", j.change.Owner, "result", result)
	w.report(sidecar.Outcome{Index: j.index, Result: result, Fault: fault})
}

// giveUp settles what an error left over: what was submitted is unknown, and what was not is not made.
func (w *work) giveUp(jobs []*job, err error) {
	fault := *faultOf(err)
	for _, next := range jobs {
		switch next.state {
		case submitted:
			w.settle(next, sidecar.Unknown, notProved())
		case waiting:
			left := fault
			left.Message = "not attempted: " + fault.Message
			left.Evidence = nil
			w.settle(next, sidecar.Failed, &left)
		case settled: // its outcome stands
		}
	}
}

func notProved() *sidecar.Fault {
	return sidecar.Faultf(sidecar.OutcomeUnknown, sidecar.ReasonNotProved,
		"the change was given to Clay and could not be seen in the list of members; the next complete reading decides")
}

func anyIn(jobs []*job, state jobState) bool {
	for _, next := range jobs {
		if next.state == state {
			return true
		}
	}
	return false
}

func isExpired(err error) bool { return errors.Is(err, errExpired) }

// isRateLimit says that Clay asks for a pause, so that it is not asked more than once more.
func isRateLimit(err error) bool {
	var fault *sidecar.Fault
	return errors.As(err, &fault) && fault.Class == sidecar.RateLimited
}
