package clayweb

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// Probe is what a walk through Clay's pages found. Neither a name nor an address of a person is in its texts; pictures have them covered.
type Probe struct {
	Workspace string    `json:"workspace"`
	App       string    `json:"app"`
	At        time.Time `json:"at"`
	// ClayVersion and Plan are what the page tells, or empty.
	ClayVersion string `json:"clayVersion,omitempty"`
	Plan        string `json:"plan,omitempty"`
	// SignedIn is true where a log-in was made, false where the session was good.
	SignedIn bool `json:"signedIn"`
	// Source says how the members were read, and Complete whether that is everybody.
	Source      seat.Source `json:"source,omitempty"`
	Complete    bool        `json:"complete"`
	Members     int         `json:"members"`
	Invitations int         `json:"invitations"`
	// Overridden are the elements that the given locators override.
	Overridden []string        `json:"overridden,omitempty"`
	Elements   []ProbedElement `json:"elements"`
	Warnings   []string        `json:"warnings"`
	// Did says what was clicked and typed, and HeldBack which requests of the page were not let through meanwhile.
	Did      []string `json:"did"`
	HeldBack []string `json:"heldBack"`
	// Fault is why the walk ended early, or empty.
	Fault string `json:"fault,omitempty"`

	// Drift is a report about all that was not found, and Override a document that would find the likeliest candidates; empty where there is
	// nothing to report.
	Drift    []byte `json:"-"`
	Override string `json:"-"`
	// Pictures are those of the pages, in the order of the walk.
	Pictures []ProbePicture `json:"-"`
}

// ProbePicture is a redacted picture of a page.
type ProbePicture struct {
	// Name says what it shows, in a form that fits a file name.
	Name     string
	Evidence sidecar.Evidence
}

// ProbeResult is what became of the search for an element.
type ProbeResult string

// The results of a search.
const (
	// ProbeFound: a rung of its ladder found it, and nothing else.
	ProbeFound ProbeResult = "Found"
	// ProbeNotFound: the page is there, and no rung found it.
	ProbeNotFound ProbeResult = "NotFound"
	// ProbeNotSeen: the walk did not come to where it would be.
	ProbeNotSeen ProbeResult = "NotSeen"
)

// ProbedElement is an element and how it was found.
type ProbedElement struct {
	// Page is where the element belongs, in words.
	Page    string      `json:"page"`
	Element string      `json:"element"`
	Purpose string      `json:"purpose"`
	Result  ProbeResult `json:"result"`
	// Rung is the number of the rung that found it, from 1, and By describes it.
	Rung int    `json:"rung,omitempty"`
	By   string `json:"by,omitempty"`
	// Tried are the rungs that found none or several.
	Tried []TriedRung `json:"tried,omitempty"`
	// Note says why it was not looked for, or more about what was found.
	Note string `json:"note,omitempty"`
}

// AllFound says whether everything was found that was looked for.
func (p *Probe) AllFound() bool {
	missing := func(each ProbedElement) bool { return each.Result == ProbeNotFound }
	return p.Fault == "" && !slices.ContainsFunc(p.Elements, missing)
}

// probePages say on which page an element is, in the order of the walk, and why some are not seen there.
var probePages = []struct {
	page     string
	elements []element
	unseen   string
}{
	{"Log-in", []element{loginEmail, loginContinue, loginPassword}, "no log-in was made, because the session was good"},
	{"Log-in, now and then", []element{loginCode, loginAlert, loginExpired, loginSecurityCheck}, "it did not show"},
	{"Way to the Team page", []element{appProfileMenu, appSettings, appTeam}, "not reached"},
	{"Instead of the Team page", []element{appSettingsMenu, appDenied, appOnboarding}, "it is for accounts without access"},
	{"Team page", []element{teamInvite, teamRow}, "not reached"},
	{"Row of a member", []element{rowRole, rowMenu, rowTrash}, "not reached"},
	{"List of roles", []element{listOption}, "not reached"},
	{"Menu of a member", []element{menuOpen, menuRemove}, "not reached"},
	{"Row and menu of an invitation", []element{rowTrashInvitation, menuCancelInvitation}, "there is no open invitation, or its row was not reached"},
	{"Dialog for invitations", []element{inviteDialog, inviteAddress, inviteRole, inviteSubmit, inviteClose}, "not reached"},
	{"Dialog for invitations, on Enterprise", []element{inviteGroups, inviteBudgets}, "the dialog has no such field"},
	{"Pages of groups, budgets and limits", []element{listRow, accessDialog}, "not reached"},
	{"After a click that changes something", []element{
		inviteAlert, confirmDialog, confirmRemove, confirmCancelInvitation, confirmDeleteGroup, confirmDeleteBudget, pageNotice,
	}, probeOnlyLooks},
	{"After something was searched for", []element{searchOption, searchChip, searchChipRemove}, "the probe types nothing"},
}

// prober is one walk.
type prober struct {
	*visit
	probe Probe
	// found are the elements that were looked for or come upon.
	found map[element]ProbedElement
	// missing are those that were not found.
	missing []*notFoundError
	// list is what the walk began with.
	list seat.Inventory

	heldMu sync.Mutex
	// held counts the requests that were held back.
	held map[string]int
}

// Probe walks through Clay's pages and looks for everything that the operator would need there: it signs in if need be, reads the members,
// and opens and closes menus and dialogs. It chooses, sends, removes and confirms nothing, and while menus and dialogs are open it holds back
// every request of the page that is not a read.
//
// An error says that the walk could not be made; what was found before is in the Probe all the same. That an element is missing is no error.
func (b *Backend) Probe(ctx context.Context, workspace sidecar.Workspace) (Probe, error) {
	p := &prober{
		probe: Probe{
			Workspace: workspace.ID, App: workspace.AppURL, At: b.now().UTC().Truncate(time.Second),
			Warnings: []string{}, Did: []string{}, HeldBack: []string{},
		},
		found: map[element]ProbedElement{}, held: map[string]int{},
	}
	v, err := b.enter(ctx, workspace)
	if err != nil {
		fault := faultOf(err)
		p.probe.Fault = fault.Message
		return p.probe, fault
	}
	defer v.leave()
	v.session.Retire(browser.ReasonSelfTest) // it holds back requests, and nobody is to meet it again
	p.visit, p.probe.Overridden = v, v.overridden
	v.place.teamURL = "" // the way there is a part of the walk
	err = p.walk(ctx)
	p.conclude()
	if err == nil {
		return p.probe, nil
	}
	fault := sidecar.AsFault(v.fault(ctx, err))
	p.probe.Fault = fault.Message
	if evidence := fault.Evidence; evidence != nil {
		p.probe.Pictures = append(p.probe.Pictures, ProbePicture{Name: "where-it-ended", Evidence: p.withoutNames(*evidence)})
	}
	if fault.Class == sidecar.Drift || len(missingIn(err)) > 0 {
		return p.probe, nil
	}
	return p.probe, fault
}

// sum says what the reading says.
func (p *prober) sum(list seat.Inventory) {
	p.probe.ClayVersion, p.probe.Plan = list.ClayVersion, p.redactor().Text(list.Plan)
	p.probe.Source, p.probe.Complete, p.probe.SignedIn = list.Source, list.Complete, p.signedIn
	if p.signedIn {
		p.probe.Did = append(p.probe.Did, "signed in with the given account")
	}
	p.probe.Did = append(p.probe.Did, "went to the Team page by the account's menu, Settings and the entry of the team, and read the list of members")
	unknown := 0
	for _, member := range list.Members {
		if member.Presence == seat.Pending {
			p.probe.Invitations++
		} else {
			p.probe.Members++
		}
		if member.Role == "" {
			unknown++
		}
	}
	if unknown > 0 {
		p.warnf("%d members have a role whose label is not known", unknown)
	}
	if !list.Complete {
		p.warnf("the list of members could not be read to its end")
	}
	if list.ClayVersion == "" {
		p.warnf("the page did not tell Clay's build version (GET /v3)")
	}
	for _, doubt := range p.doubts {
		p.warnf("%s", doubt)
	}
}

func (p *prober) warnf(format string, arguments ...any) {
	p.probe.Warnings = append(p.probe.Warnings, fmt.Sprintf(format, arguments...))
}

// comeUpon notes what was found on the way.
func (p *prober) comeUpon() {
	for name, number := range p.rungs {
		if _, known := p.found[name]; !known {
			p.note(name, number, "")
		}
	}
}

// note notes that a rung found an element.
func (p *prober) note(name element, number int, remark string) {
	p.found[name] = ProbedElement{Result: ProbeFound, Rung: number, By: p.book.ladders[name][number-1].String(), Note: remark}
}

// unseen notes why an element was not looked for.
func (p *prober) unseen(name element, remark string) {
	p.found[name] = ProbedElement{Result: ProbeNotSeen, Note: remark}
}

// lack notes what an error says is missing. It returns nil for an error that says so, and any other error as it is.
func (p *prober) lack(err error) error {
	all := missingIn(err)
	for _, missing := range all {
		if p.found[missing.element].Result == ProbeNotFound {
			continue
		}
		p.noteThere(missing)
		p.found[missing.element] = ProbedElement{Result: ProbeNotFound, Tried: missing.tried()}
		p.missing = append(p.missing, missing)
	}
	if len(all) > 0 {
		return nil
	}
	return err
}

// conclude makes the table, and the report about what is missing.
func (p *prober) conclude() {
	listed := map[element]bool{}
	add := func(page string, name element, unseen string) {
		each, known := p.found[name]
		if !known {
			each = ProbedElement{Result: ProbeNotSeen, Note: unseen}
		}
		each.Page, each.Element, each.Purpose = page, string(name), purposes[name].purpose
		p.probe.Elements = append(p.probe.Elements, each)
		listed[name] = true
	}
	for _, page := range probePages {
		for _, name := range page.elements {
			add(page.page, name, page.unseen)
		}
	}
	for _, page := range accessPages {
		for _, name := range page.elements {
			add(page.page, name, "not reached")
		}
	}
	for _, name := range elements() {
		if !listed[name] {
			add("Other ways to sign in", name, "it did not show")
		}
	}
	p.heldMu.Lock()
	for _, request := range slices.Sorted(maps.Keys(p.held)) {
		p.probe.HeldBack = append(p.probe.HeldBack, fmt.Sprintf("%s (%d)", p.redactor().Text(request), p.held[request]))
	}
	p.heldMu.Unlock()
	if len(p.missing) == 0 {
		return
	}
	report := driftReport{Version: reportVersion, ClayVersion: p.place.clayVersion}
	if address, err := url.Parse(p.place.teamURL); err == nil {
		report.Path = address.Path
	}
	for _, missing := range p.missing {
		report.Missing = append(report.Missing, p.tell(missing))
	}
	report.Override = overrideText(report.Missing)
	p.probe.Drift, p.probe.Override = encodeReport(report), report.Override
}

const (
	// peopleInRows and addresses find what shows people: texts in rows, but for what can be clicked, and pictures; and whatever holds an address.
	peopleInRows = `xpath=//*[@role='row' or @role='listitem' or self::tr or self::li]//*[text()[normalize-space()] or self::img]` +
		`[not(ancestor-or-self::*[self::button or self::select or self::nav or self::th or @role='button' or @role='combobox' or @role='columnheader'])]`
	addresses = `xpath=//*[text()[contains(., '@')]]`
	// account is where the frame of the app shows who is signed in.
	account = `header button[aria-haspopup="menu"], nav button[aria-haspopup="menu"], aside button[aria-haspopup="menu"]`
)

// picture keeps a picture of the page. A walk without one goes on.
func (p *prober) picture(ctx context.Context, name string) {
	taken, err := p.session.Evidence(ctx, p.redactor().Covering(peopleInRows, addresses, account))
	if err != nil {
		p.log.Warn("there is no picture", "of", name, "error", err)
		p.warnf("there is no picture of %s", name)
	}
	evidence := sidecar.Evidence{Screenshot: taken.Screenshot, Snapshot: taken.AriaSnapshot}
	if address, err := url.Parse(taken.URL); err == nil {
		evidence.Path = address.Path
	}
	p.probe.Pictures = append(p.probe.Pictures, ProbePicture{Name: name, Evidence: evidence})
}

// withoutNames is evidence without the picture, which has nobody covered, and without names in its text.
func (p *prober) withoutNames(evidence sidecar.Evidence) sidecar.Evidence {
	return sidecar.Evidence{Snapshot: p.redactor().Text(evidence.Snapshot), Path: evidence.Path}
}
