package clayweb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// accessReading is what was read of a workspace's groups, budgets and limits in one call.
type accessReading struct {
	visit *visit
	state access.State
	// faults say why a section could not be read.
	faults map[access.Section]*sidecar.Fault
	// lacking are the elements that a section has to have before something is written there, and that a reading missed.
	lacking map[access.Section][]*notFoundError
	// people are the names of those who were seen in the lists.
	people map[string]bool
}

func newAccessReading(v *visit) *accessReading {
	return &accessReading{
		visit: v, state: access.State{WorkspaceID: v.workspace.ID},
		faults: map[access.Section]*sidecar.Fault{}, lacking: map[access.Section][]*notFoundError{}, people: map[string]bool{},
	}
}

// read reads what the scope names from new documents. What is wrong with one section alone becomes its fault.
func (r *accessReading) read(ctx context.Context, scope access.Scope) error {
	err := r.readOnce(ctx, scope)
	if isExpired(err) {
		err = r.readOnce(ctx, scope) // it signs in again on its way
	}
	return err
}

func (r *accessReading) readOnce(ctx context.Context, scope access.Scope) error {
	if err := r.visit.enterSettings(ctx, &r.state); err != nil {
		return err
	}
	for _, section := range access.Sections() {
		if !slices.Contains(scope.Sections, section) {
			continue
		}
		delete(r.faults, section)
		r.lacking[section] = nil
		err := r.readSection(ctx, section, scope)
		if err == nil {
			continue
		}
		if !isOfSection(err) {
			return err
		}
		r.blame(ctx, section, err)
		// Whatever is open there must not stand in the way of the next section.
		if err := r.visit.enterSettings(ctx, &r.state); err != nil {
			return err
		}
	}
	r.state.ReadAt = r.visit.backend.now()
	return nil
}

// blame keeps what is wrong with a section, with a picture of the page.
func (r *accessReading) blame(ctx context.Context, section access.Section, err error) {
	if fault, ok := errors.AsType[*sidecar.Fault](err); ok && fault == r.faults[section] {
		return // it has its picture already
	}
	r.faults[section] = sidecar.AsFault(r.visit.fault(ctx, err))
}

// isOfSection says whether an error lies in the pages of one section.
func isOfSection(err error) bool { return faultOf(err).Class == sidecar.Drift }

func (r *accessReading) readSection(ctx context.Context, section access.Section, scope access.Scope) error {
	var offer access.Offer
	var err error
	switch section {
	case access.SectionGroups:
		r.state.Groups = access.GroupList{}
		r.state.Groups, err = r.readGroups(ctx, scope.Groups)
		offer = r.state.Groups.Offer
	case access.SectionBudgets:
		r.state.Budgets = access.BudgetList{}
		r.state.Budgets, err = r.readBudgets(ctx, scope.Budgets)
		offer = r.state.Budgets.Offer
	default:
		r.state.Limits = access.LimitList{}
		r.state.Limits, err = r.readLimits(ctx)
		offer = r.state.Limits.Offer
	}
	r.visit.log.Info("access read", "section", section, "offer", offer)
	return err
}

// inSection goes to a section and reads there. The offer is NotOffered where the plan does not have it; then nothing was read.
func (r *accessReading) inSection(
	ctx context.Context, section access.Section, read func(context.Context, playwright.Page) error,
) (offer access.Offer, err error) {
	err = r.visit.do(ctx, "read "+string(section), readLimit, func(ctx context.Context, page playwright.Page) error {
		err := r.visit.openSection(ctx, page, section, r.state.Plan)
		if errors.Is(err, errNotOffered) {
			offer = access.NotOffered
			return nil
		}
		if err != nil {
			return err
		}
		offer = access.Offered
		return read(ctx, page)
	})
	return offer, err
}

// enterSettings loads the Team page anew, from which all the sections can be reached, and learns the plan.
func (v *visit) enterSettings(ctx context.Context, state *access.State) error {
	watch := v.session.Watch(trafficPattern)
	v.lists = watch
	defer func() {
		watch.Close()
		v.lists = nil
	}()
	v.session.TakeHints()
	return v.do(ctx, "open settings", readLimit, func(ctx context.Context, page playwright.Page) error {
		if err := v.openTeam(ctx, page); err != nil {
			return err
		}
		plan, version := v.aboutWorkspace(watch)
		if plan != "" {
			state.Plan = plan
		}
		if version != "" {
			v.place.clayVersion = version
		}
		v.learnNames(watch)
		return nil
	})
}

// learnNames takes the names of the members from the data that the Team page loaded, where it has the known shape. They help to search, and
// nothing depends on them.
func (v *visit) learnNames(watch *browser.Watch) {
	answers, _ := watch.Answers()
	for _, answer := range answers {
		if what, ours := v.meaning(answer); !ours || what != "users" || answer.Body == nil {
			continue
		}
		users, err := decodeUsers(answer.Body)
		if err != nil {
			continue
		}
		v.names = make(map[seat.Email]string, len(users))
		var members []seat.Member
		for _, user := range users {
			name := cmp.Or(user.FullName, user.Name)
			v.names[asEmail(user.Email)] = name
			members = append(members, seat.Member{Name: name})
		}
		v.know(members)
	}
}

// sectionPages say of each section which element leads to it, and by which its page is known.
var sectionPages = map[access.Section]struct {
	entry element
	known []element
}{
	access.SectionGroups:  {groupsTab, []element{groupsCreate, groupsCountColumn}},
	access.SectionBudgets: {budgetsEntry, []element{budgetsCreate, budgetsAccessColumn}},
	access.SectionLimits:  {limitsEntry, []element{limitsSetDefault, limitsLimitColumn}},
}

// showsAny says whether any of the elements is on the page.
func (v *visit) showsAny(page playwright.Page, names ...element) (bool, error) {
	count, err := v.union(document(page), names...).Count()
	return count > 0, err
}

// errNotOffered says that the workspace's plan does not have a section.
var errNotOffered = errors.New("the plan does not have it")

// openSection leads from any page of the settings to a section. The error is errNotOffered where the plan is known not to have it and
// nothing leads there.
func (v *visit) openSection(ctx context.Context, page playwright.Page, section access.Section, plan string) error {
	pages, offers := sectionPages[section], offersOf(plan, section)
	if offers != planLacks {
		if err := v.awaitAny(ctx, document(page), v.waits.step, pages.entry); err != nil {
			return err
		}
	}
	entry, err := v.find(document(page), pages.entry)
	switch {
	case len(missingIn(err)) == 0 && err != nil:
		return err
	case err != nil && offers == planLacks:
		return errNotOffered
	case err != nil:
		return errors.Join(accessPageNotFound(section, plan), err)
	}
	if err := v.opens(ctx, page, func() error { return entry.Click() }, pages.known...); err != nil {
		return err
	}
	if err := v.awaitShown(ctx, page, pages.known...); err != nil {
		if len(missingIn(err)) > 0 {
			return errors.Join(accessPageNotFound(section, plan), err)
		}
		return err
	}
	return v.checkShown(page)
}

// accessPageNotFound is the fault of a section that nothing known leads to although the plan, empty where it is not known, may have it.
func accessPageNotFound(section access.Section, plan string) error {
	named := "plan"
	if plan != "" {
		named = fmt.Sprintf("plan %q", plan)
	}
	return sidecar.Faultf(sidecar.Drift, sidecar.ReasonAccessPageNotFound,
		"nothing that is known leads to Clay's page of %s, which the workspace's %s may have: the page has changed, or the plan does not have it; "+
			"nothing is changed there until it is known", strings.ToLower(string(section)), named)
}

// planOffer is what is known of a plan and a section.
type planOffer int

const (
	// planUnknown: the plan is not known, or is one that this version does not know.
	planUnknown planOffer = iota
	planHas
	planLacks
)

// notLetters are what the names of plans may hold beside their words.
var notLetters = regexp.MustCompile(`[^a-z]+`)

// offersOf says whether a plan has a section, as far as Clay documents it: groups and budgets are for Enterprise, and limits for all but the
// plans that were sold before, of which the older Enterprise has them too; whether that has groups and budgets is not documented. What Clay's
// traffic calls the older plans is not known; so a name only has to hold the words that the documentation uses.
func offersOf(plan string, section access.Section) planOffer {
	words := strings.Fields(notLetters.ReplaceAllString(strings.ToLower(plan), " "))
	holds := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(words, name) })
	}
	switch {
	case holds("enterprise") && holds("legacy") && section != access.SectionLimits:
		return planUnknown
	case holds("enterprise"):
		return planHas
	case holds("launch", "growth"):
		if section == access.SectionLimits {
			return planHas
		}
		return planLacks
	case holds("starter", "explorer", "pro", "free"):
		return planLacks
	}
	return planUnknown
}

// knows takes in the name of a person, in order to keep it out of reports.
func (r *accessReading) knows(name string) {
	v := r.visit
	if len(name) >= minPersonName && v.book.role(name) == "" && !r.people[name] {
		r.people[name] = true
		v.people, v.withoutPeople = append(v.people, name), nil
	}
}

// namedOnce are the places of those things of a list that are named, and have their name alone.
func namedOnce(names, all []string) []int {
	var places []int
	for at, name := range all {
		alone := slices.Index(all, name) == at && !slices.Contains(all[at+1:], name)
		if alone && slices.Contains(names, name) {
			places = append(places, at)
		}
	}
	return places
}
