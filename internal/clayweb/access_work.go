package clayweb

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// accessJob is one change to access on its way.
type accessJob struct {
	progress

	change access.Change
	// result is the outcome of a settled change.
	result sidecar.Result
	// described is true for a group that was made once its description follows.
	described bool
	// wished are the groups that an edit of a budget was asked to leave there.
	wished []string
	// part parts people who must not stand in one dialog again; see blame.
	part int
}

// accessWork is one ApplyAccess: the changes, and what was read last.
type accessWork struct {
	visit   *visit
	jobs    []*accessJob
	report  func(sidecar.Outcome)
	reading *accessReading
	// parts is how many parts were made by halving refused dialogs.
	parts int
	// checked are the sections whose page was found to be as the changes need it.
	checked map[access.Section]bool
}

func newAccessWork(v *visit, changes []access.Change, report func(sidecar.Outcome)) *accessWork {
	v.meets = accessRefusals
	w := &accessWork{visit: v, report: report, reading: newAccessReading(v), checked: map[access.Section]bool{}}
	for i, change := range changes {
		w.jobs = append(w.jobs, &accessJob{progress: progress{index: i}, change: change, wished: change.Groups})
	}
	return w
}

// run makes the changes section by section, and last of all what deletes something, because a budget may name a group that goes. Whatever ends
// it early, every change has an outcome when it returns. What is wrong with one section ends the work in that section alone.
func (w *accessWork) run(ctx context.Context) error {
	var err error
	for _, stage := range w.stages() {
		if err == nil {
			err = w.stage(ctx, stage)
		}
		if err != nil {
			w.giveUp(stage, err)
		}
		if err != nil && isOfSection(err) {
			w.reading.blame(ctx, stage[0].change.Verb.Section(), err)
			err = nil
		}
	}
	return err
}

// stages are the changes that are made and proved together: those of a section, in the order of the sections, and then deletions.
func (w *accessWork) stages() [][]*accessJob {
	var stages [][]*accessJob
	add := func(belongs func(access.Verb) bool) {
		var jobs []*accessJob
		for _, next := range w.jobs {
			if belongs(next.change.Verb) {
				jobs = append(jobs, next)
			}
		}
		if len(jobs) > 0 {
			stages = append(stages, jobs)
		}
	}
	deletes := func(verb access.Verb) bool { return verb == access.DeleteGroup || verb == access.DeleteBudget }
	for _, section := range access.Sections() {
		add(func(verb access.Verb) bool { return verb.Section() == section && !deletes(verb) })
	}
	for _, verb := range []access.Verb{access.DeleteBudget, access.DeleteGroup} {
		add(func(other access.Verb) bool { return other == verb })
	}
	return stages
}

// maxAccessRounds of a stage: what is made, what is put into it, and a few more after a session that expired or a refusal that named nobody,
// which halves a dialog of fifty down to one in six.
const maxAccessRounds = 10

// stage makes and proves the changes of one stage until none is waiting.
func (w *accessWork) stage(ctx context.Context, jobs []*accessJob) error {
	if err := w.read(ctx, jobs); err != nil {
		return err
	}
	w.settleByState(jobs)
	for range maxAccessRounds {
		if !anyAccessIn(jobs, waiting) {
			return nil
		}
		err := w.checkContract(ctx, jobs)
		if err == nil {
			err = w.perform(ctx, jobs)
		}
		if anyAccessIn(jobs, submitted) {
			if proofErr := w.prove(ctx, jobs, !isRateLimit(err)); err == nil || isExpired(err) {
				err = proofErr
			}
		} else if isExpired(err) {
			err = w.read(ctx, jobs)
		}
		if err != nil {
			return err
		}
		jobs = append(jobs, w.descriptions(jobs)...)
		w.settleByState(jobs)
	}
	w.giveUp(jobs, sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonNotProved, "Clay refused it together with others too often in one call"))
	return nil
}

// ownIndex is the place of a change that nobody asked for by itself, and whose outcome nobody is told.
const ownIndex = -1

// descriptions are further changes that describe the groups which were made, each once: the dialog that makes one has no field for it.
func (w *accessWork) descriptions(jobs []*accessJob) []*accessJob {
	var more []*accessJob
	for _, next := range jobs {
		made := next.change
		if made.Verb != access.CreateGroup || made.Description == "" || next.result != sidecar.Applied || next.described {
			continue
		}
		next.described = true
		more = append(more, &accessJob{
			progress: progress{index: ownIndex},
			change:   access.Change{Verb: access.DescribeGroup, Group: made.Group, Description: made.Description, Owner: made.Owner},
		})
	}
	return more
}

// read reads the section of a stage anew, with what its changes are about. The error is the section's where only that is amiss.
func (w *accessWork) read(ctx context.Context, jobs []*accessJob) error {
	section := jobs[0].change.Verb.Section()
	scope := access.Scope{Sections: []access.Section{section}}
	for _, next := range jobs {
		if next.change.Verb == access.DeleteGroup || next.change.Verb == access.DeleteBudget {
			continue // who is in it does not matter
		}
		if next.change.Group != "" {
			scope.Groups = append(scope.Groups, next.change.Group)
		}
		if next.change.Budget != "" {
			scope.Budgets = append(scope.Budgets, next.change.Budget)
		}
	}
	if err := w.reading.read(ctx, scope); err != nil {
		return err
	}
	if fault := w.reading.faults[section]; fault != nil {
		return fault
	}
	w.followBudgets(jobs)
	return nil
}

// perform acts on what is waiting, until something stops it.
func (w *accessWork) perform(ctx context.Context, jobs []*accessJob) error {
	section := jobs[0].change.Verb.Section()
	err := w.visit.do(ctx, "open "+string(section), actLimit, func(ctx context.Context, page playwright.Page) error {
		return w.visit.reopenSection(ctx, page, section, w.reading.state.Plan)
	})
	if err != nil {
		return err
	}
	switch section {
	case access.SectionGroups:
		return w.performGroups(ctx, jobs)
	case access.SectionBudgets:
		return w.performBudgets(ctx, jobs)
	default:
		return w.performLimits(ctx, jobs)
	}
}

// reopenSection leads to a section from wherever in the settings the page is.
func (v *visit) reopenSection(ctx context.Context, page playwright.Page, section access.Section, plan string) error {
	if err := v.ready(page); err != nil {
		return err
	}
	if shown, err := v.showsAny(page, sectionPages[section].known...); err != nil || shown {
		return err
	}
	return v.openSection(ctx, page, section, plan)
}

// attempt does something for changes that are waiting: once more where the page moved under it before anything was given to Clay. What is wrong
// with one change alone settles that.
func (w *accessWork) attempt(ctx context.Context, name string, jobs []*accessJob, act func(context.Context, playwright.Page) error) error {
	try := func() error { return w.visit.do(ctx, name, actLimit, act) }
	err := try()
	if browser.KindOf(err) == browser.KindNavigationRaced && !anyAccessIn(jobs, submitted) {
		err = try()
	}
	own, ok := errors.AsType[*changeError](err)
	if !ok {
		return err
	}
	for _, next := range jobs {
		if next.state == waiting {
			told := *own.fault
			w.settle(next, sidecar.Failed, &told)
		}
	}
	return nil
}

// give gives changes to Clay by a click, exactly once. Whatever becomes of it, the changes count as submitted until a reading decides, unless
// Clay certainly took nothing.
func (w *accessWork) give(
	ctx context.Context, page playwright.Page, action string, jobs []*accessJob, click func() error, dialog playwright.Locator,
) error {
	v := w.visit
	if err := v.ready(page); err != nil {
		return err
	}
	for _, next := range jobs {
		next.state = submitted
	}
	heard := v.submit(ctx, page, action, click, dialog)
	w.hear(jobs, heard)
	if dialog != nil && !heard.closed {
		v.closeInvite(page, dialog)
	}
	return heard.ended()
}

// hear notes what Clay said to changes that were given to it together. Where it certainly took nothing, and several people stood in one dialog,
// the ones that it names are refused, and the others wait for the next dialog: where it names nobody they are halved until the one to blame
// stands alone.
func (w *accessWork) hear(jobs []*accessJob, heard answer) {
	crowd := len(jobs) > 1 && heard.refused && heard.untaken && heard.stop == nil
	for _, next := range jobs {
		crowd = crowd && next.change.Email != ""
	}
	if !crowd {
		for _, next := range jobs {
			next.note(heard)
		}
		return
	}
	blames := w.visit.book.blames(heard, w.visit.meets...)
	named := slices.DeleteFunc(slices.Clone(jobs), func(j *accessJob) bool {
		return !slices.ContainsFunc(blames, func(text string) bool { return namesAddress(text, j.change.Email) })
	})
	for i, next := range jobs {
		switch {
		case slices.Contains(named, next):
			next.refused(heard.about)
		default:
			next.refusal = notLooked
			if len(named) == 0 {
				next.part = w.parts + 1 + i*2/len(jobs)
			}
		}
	}
	w.parts += 2
}

// inParts are changes about people as they may stand in one dialog: at most fifty, and only those of one part.
func inParts(jobs []*accessJob) [][]*accessJob {
	var all [][]*accessJob
	open := map[int]int{}
	for _, next := range jobs {
		at, ok := open[next.part]
		if !ok || len(all[at]) == maxAddresses {
			all = append(all, nil)
			at = len(all) - 1
			open[next.part] = at
		}
		all[at] = append(all[at], next)
	}
	return all
}

// giveDialog does the same by the button of a dialog that was filled in. Where the page itself does not take what was filled in, the button
// stays off, and nothing was given to Clay.
func (w *accessWork) giveDialog(
	ctx context.Context, page playwright.Page, action string, jobs []*accessJob, dialog playwright.Locator, button element,
) error {
	v := w.visit
	send, err := v.find(dialog, button)
	if err != nil {
		return err
	}
	if ready, err := send.IsEnabled(); err != nil {
		return err
	} else if !ready {
		about := v.book.refusal(strings.Join(v.saidBy(dialog, inviteAlert), " "), v.meets...)
		v.closeInvite(page, dialog)
		return &changeError{fault: about.fault()}
	}
	return w.give(ctx, page, action, jobs, func() error { return send.Click() }, dialog)
}

// inDialog opens a dialog with a field by a click, and does something in it. A dialog that cannot be filled in is left, and one that closes by
// itself before anything was given to Clay is opened once more.
func (v *visit) inDialog(
	ctx context.Context, page playwright.Page, open func() error, fill func(dialog playwright.Locator) error,
) error {
	try := func() error {
		if err := v.ready(page); err != nil {
			return err
		}
		if shown, err := v.shows(page, accessDialog); err != nil {
			return err
		} else if shown {
			return pageChanged("a dialog with a field is open before one was asked for")
		}
		if err := v.opens(ctx, page, open, accessDialog); err != nil {
			return err
		}
		dialog, err := v.find(document(page), accessDialog)
		if err != nil {
			return err
		}
		since := v.moment(page)
		if err := fill(dialog); err != nil {
			if shown, lookErr := v.shows(page, accessDialog); lookErr == nil && !shown && v.isUnmoved(page, since) {
				return errors.Join(errDialogGone, err)
			}
			v.noteThere(err)
			v.closeInvite(page, dialog)
			return err
		}
		return nil
	}
	err := try()
	if errors.Is(err, errDialogGone) {
		err = try()
	}
	return err
}

// settle reports the outcome of a change.
func (w *accessWork) settle(j *accessJob, result sidecar.Result, fault *sidecar.Fault) {
	if j.state == settled {
		return
	}
	j.state, j.result = settled, result
	if result == sidecar.Unknown {
		w.visit.session.Retire(browser.ReasonAmbiguousWrite)
	}
	w.visit.log.Info("change of access settled", "verb", j.change.Verb, "owner", j.change.Owner, "result", result)
	if j.index != ownIndex {
		w.report(sidecar.Outcome{Index: j.index, Result: result, Fault: fault})
	}
}

// giveUp settles what an error left over: what was submitted is unknown, and what was not is not made.
func (w *accessWork) giveUp(jobs []*accessJob, err error) {
	fault := *faultOf(err)
	for _, next := range jobs {
		switch next.state {
		case submitted:
			w.settle(next, sidecar.Unknown, accessNotProved())
		case waiting:
			left := fault
			left.Message = "not attempted: " + fault.Message
			left.Evidence = nil
			w.settle(next, sidecar.Failed, &left)
		case settled: // its outcome stands
		}
	}
}

func anyAccessIn(jobs []*accessJob, state jobState) bool {
	return slices.ContainsFunc(jobs, func(next *accessJob) bool { return next.state == state })
}

// waitingFor are the waiting changes of some verbs about one thing, in their order.
func waitingFor(jobs []*accessJob, name string, verbs ...access.Verb) []*accessJob {
	var found []*accessJob
	for _, next := range jobs {
		if next.state == waiting && next.change.Name() == name && slices.Contains(verbs, next.change.Verb) {
			found = append(found, next)
		}
	}
	return found
}

// namesOf are the groups or budgets that waiting changes are about, in the order in which they come first.
func namesOf(jobs []*accessJob) []string {
	var names []string
	known := map[string]bool{}
	for _, next := range jobs {
		if name := next.change.Name(); next.state == waiting && !known[name] {
			known[name] = true
			names = append(names, name)
		}
	}
	return names
}
