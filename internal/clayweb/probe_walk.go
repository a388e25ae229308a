package clayweb

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// walk goes from page to page. What is missing on one is no reason not to look at the next.
func (p *prober) walk(ctx context.Context) error {
	p.lookAtLogin(ctx)
	list, err := p.read(ctx)
	p.comeUpon()
	if err != nil {
		_ = p.step(ctx, func(context.Context, playwright.Page) error { return p.lack(err) })
		return err
	}
	p.list = list
	p.sum(list)
	for _, look := range []func(context.Context) error{p.lookAtTeam, p.lookAtMember, p.lookAtInvitation, p.lookAtDialog, p.lookAtAccess} {
		err := look(ctx)
		if err == nil {
			continue
		}
		fault := faultOf(err)
		if fault.Class != sidecar.Drift {
			return err
		}
		p.warnf("%s", fault.Message)
		if err := p.startAnew(ctx); err != nil {
			return err
		}
	}
	return nil
}

// step does one thing on the page.
func (p *prober) step(ctx context.Context, fn func(context.Context, playwright.Page) error) error {
	return p.do(ctx, "probe", actLimit, fn)
}

// didf says what was clicked.
func (p *prober) didf(format string, arguments ...any) {
	p.probe.Did = append(p.probe.Did, fmt.Sprintf(format, arguments...))
}

// look looks for an element within a scope and notes what became of it. The locator is nil where it was not found.
func (p *prober) look(scope playwright.Locator, name element) (playwright.Locator, error) {
	located, err := p.find(scope, name)
	if err == nil {
		p.note(name, p.rungs[name], "")
		return located, nil
	}
	return nil, p.lack(err)
}

// startAnew loads the Team page, whatever is open.
func (p *prober) startAnew(ctx context.Context) error {
	return p.step(ctx, func(ctx context.Context, page playwright.Page) error {
		if err := p.load(ctx, page, p.place.teamURL); err != nil {
			return err
		}
		_, err := p.visit.look(ctx, page, sightTeam)
		return err
	})
}

// lookAtLogin looks at the log-in page as somebody sees it who is not signed in, in a context of its own, and types nothing there.
func (p *prober) lookAtLogin(ctx context.Context) {
	session, err := p.backend.browser.Acquire(ctx, browser.SessionOptions{Key: "probe of the log-in page"})
	if err != nil {
		p.warnf("the log-in page was not looked at: %v", browser.Wrap("open it", err))
		return
	}
	defer session.Release()
	own := p.session
	p.session = session
	defer func() { p.session = own }()
	err = p.step(ctx, func(ctx context.Context, page playwright.Page) error {
		if err := p.load(ctx, page, p.workspace.AppURL+loginPath); err != nil {
			return err
		}
		if err := p.awaitAny(ctx, document(page), p.waits.page, loginEmail); err != nil {
			return err
		}
		for _, name := range []element{loginEmail, loginContinue} {
			if _, err := p.look(document(page), name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		p.warnf("the log-in page was not looked at: %s", faultOf(err).Message)
		return
	}
	p.didf("opened the log-in page as a stranger")
	p.picture(ctx, "log-in")
}

// holdBack lets nothing but reads leave the page from here on: whatever a click turns out to mean, it changes nothing.
func (p *prober) holdBack(page playwright.Page) error {
	return page.Route(regexp.MustCompile(`.*`), func(route playwright.Route) {
		// This runs on a goroutine of Playwright's, which must not panic. A request that is neither let through nor held back waits.
		defer func() { _ = recover() }()
		request := route.Request()
		switch request.Method() {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
			_ = route.Continue()
			return
		}
		_ = route.Abort("blockedbyclient")
		target, err := url.Parse(request.URL())
		if err != nil {
			return
		}
		p.heldMu.Lock()
		defer p.heldMu.Unlock()
		p.held[request.Method()+" "+target.Host+target.Path]++
	})
}

// lookAtTeam looks at the Team page.
func (p *prober) lookAtTeam(ctx context.Context) error {
	err := p.step(ctx, func(_ context.Context, page playwright.Page) error {
		if err := p.holdBack(page); err != nil {
			return err
		}
		if _, err := p.look(document(page), teamInvite); err != nil {
			return err
		}
		if shown, err := p.shows(page, appSettingsMenu); err != nil {
			return err
		} else if shown {
			p.unseen(appSettingsMenu, "it shows, and is needed only where the entry of the team is missing")
		}
		selector, err := p.rowSelector(page, teamRow)
		if err != nil {
			return p.lack(err)
		}
		count, err := page.Locator(selector).Count()
		p.note(teamRow, p.rungs[teamRow], fmt.Sprintf("%d rows are in the document, with those of headings", count))
		return err
	})
	p.picture(ctx, "team")
	return err
}

// rowLike returns a row of somebody else with the presence, and whether there is one.
func (p *prober) rowLike(ctx context.Context, page playwright.Page, presence seat.Presence) (playwright.Locator, bool, error) {
	alike := slices.DeleteFunc(slices.Clone(p.list.Members), func(member seat.Member) bool {
		return member.Presence != presence || member.Email == p.workspace.Login.Email || len(linesOf(member.Email, p.list)) != 1
	})
	if len(alike) == 0 {
		return nil, false, nil
	}
	chooser := &work{visit: p.visit, last: p.list}
	rows, err := chooser.sample(ctx, page, alike)
	if err != nil || len(rows) == 0 {
		return nil, false, err
	}
	return rows[0], true, rows[0].Hover()
}

// lookAtMember looks at the row of a member, at its list of roles and at its menu.
func (p *prober) lookAtMember(ctx context.Context) error {
	var control, menu playwright.Locator
	err := p.step(ctx, func(ctx context.Context, page playwright.Page) error {
		row, there, err := p.rowLike(ctx, page, seat.Active)
		if err != nil || !there {
			return err
		}
		if control, err = p.look(row, rowRole); err != nil {
			return err
		}
		menu, err = p.beginning(row, rowTrash)
		return err
	})
	if err != nil {
		return err
	}
	if control != nil {
		if err := p.lookAtRoles(ctx, control, "the row of a member", "roles-of-a-member"); err != nil {
			return err
		}
	}
	if menu == nil {
		return nil
	}
	return p.lookAtMenu(ctx, menu, menuRemove, "member")
}

// beginning looks for what begins to take somebody out: the button of the row's menu, which it returns, or an icon in its place.
func (p *prober) beginning(row playwright.Locator, icon element) (playwright.Locator, error) {
	menu, err := p.find(row, rowMenu)
	if err == nil {
		p.note(rowMenu, p.rungs[rowMenu], "")
		p.unseen(icon, fmt.Sprintf("%s stands in its place", rowMenu))
		return menu, nil
	}
	noMenu := missingIn(err)
	if len(noMenu) == 0 {
		return nil, err
	}
	if located, err := p.look(row, icon); err != nil || located != nil {
		p.unseen(rowMenu, fmt.Sprintf("%s stands in its place", icon))
		p.unseen(menuOpen, "rows have no menu")
		for _, entry := range []element{menuRemove, menuCancelInvitation} {
			p.unseen(entry, "rows have no menu")
		}
		return nil, err
	}
	return nil, p.lack(err)
}

// lookAtMenu opens the menu of a row, looks for an entry, and closes it.
func (p *prober) lookAtMenu(ctx context.Context, menu playwright.Locator, entry element, whose string) error {
	err := p.step(ctx, func(ctx context.Context, page playwright.Page) error {
		if err := menu.Click(); err != nil {
			return err
		}
		if err := p.awaitAny(ctx, document(page), p.waits.step, menuOpen, entry); err != nil {
			return err
		}
		scope, err := p.look(document(page), menuOpen)
		if err != nil {
			return err
		}
		if scope == nil {
			scope = document(page)
		}
		_, err = p.look(scope, entry)
		return err
	})
	if err != nil {
		return err
	}
	p.didf("opened the menu in the row of one %s, and closed it with Escape", whose)
	p.picture(ctx, "menu-of-"+whose)
	return p.escape(ctx, menuOpen, entry)
}

// lookAtRoles opens a list of roles and closes it. A native one is read without being opened.
func (p *prober) lookAtRoles(ctx context.Context, control playwright.Locator, where, picture string) error {
	opened := false
	err := p.step(ctx, func(ctx context.Context, page playwright.Page) error {
		native, err := control.Evaluate("(node) => node.tagName === 'SELECT'", nil)
		if err != nil {
			return err
		}
		if native == true {
			offered, err := control.Locator("option:not([disabled])").AllTextContents()
			p.unseen(listOption, "the list of roles is the browser's own; "+p.offer(offered))
			return err
		}
		opened = true
		if err := control.Click(); err != nil {
			return err
		}
		return p.lookAtOptions(ctx, page)
	})
	if err != nil || !opened {
		return err
	}
	p.didf("opened the list of roles in %s, and closed it with Escape", where)
	p.picture(ctx, picture)
	return p.escape(ctx, listOption)
}

// lookAtOptions looks at the roles that an open list offers.
func (p *prober) lookAtOptions(ctx context.Context, page playwright.Page) error {
	if err := p.awaitAny(ctx, document(page), p.waits.step, listOption); err != nil {
		return err
	}
	steps := p.book.ladders[listOption]
	for i, step := range steps {
		offered, err := step.in(document(page)).AllInnerTexts()
		if err != nil {
			return err
		}
		if len(offered) > 0 {
			p.note(listOption, i+1, p.offer(offered))
			return nil
		}
	}
	return p.lack(&notFoundError{element: listOption, ladder: steps, counts: make([]int, len(steps)), scope: document(page)})
}

// offer says which roles a list offers, and warns of labels that are not known.
func (p *prober) offer(labels []string) string {
	var known []string
	for _, label := range labels {
		label, _, _ = strings.Cut(strings.TrimSpace(label), "\n")
		if role := p.book.role(label); role != "" {
			known = append(known, string(role))
			continue
		}
		p.warnf("a list of roles offers %q, which is not known as a role", p.shownThing(thing{Name: strings.TrimSpace(label)}).Name)
	}
	return "it offers " + strings.Join(known, ", ")
}

// escape closes what is open, and loads the page anew where it does not close.
func (p *prober) escape(ctx context.Context, open ...element) error {
	closed := false
	err := p.step(ctx, func(ctx context.Context, page playwright.Page) error {
		if err := page.Keyboard().Press("Escape"); err != nil {
			return err
		}
		closed = p.union(document(page), open...).First().WaitFor(playwright.LocatorWaitForOptions{
			State: playwright.WaitForSelectorStateHidden, Timeout: browser.Timeout(ctx, p.waits.step),
		}) == nil
		return nil
	})
	if err != nil || closed {
		return err
	}
	p.warnf("%s does not close with Escape", open[0])
	return p.startAnew(ctx)
}

// lookAtInvitation looks at the row of an open invitation and at its menu.
func (p *prober) lookAtInvitation(ctx context.Context) error {
	var menu playwright.Locator
	err := p.step(ctx, func(ctx context.Context, page playwright.Page) error {
		row, there, err := p.rowLike(ctx, page, seat.Pending)
		if err != nil || !there {
			return err
		}
		menu, err = p.beginning(row, rowTrashInvitation)
		return err
	})
	if err != nil || menu == nil {
		return err
	}
	return p.lookAtMenu(ctx, menu, menuCancelInvitation, "invitation")
}

// lookAtDialog opens the dialog that invites, looks at it and at its list of roles, and leaves it.
func (p *prober) lookAtDialog(ctx context.Context) error {
	control, err := p.openDialog(ctx)
	if err != nil || p.found[inviteDialog].Result != ProbeFound {
		return err
	}
	p.picture(ctx, "dialog-for-invitations")
	if control != nil {
		if err := p.lookAtRoles(ctx, control, "the dialog for invitations", "roles-of-an-invitation"); err != nil {
			return err
		}
	}
	err = p.step(ctx, func(_ context.Context, page playwright.Page) error {
		dialog, open, err := p.has(document(page), inviteDialog)
		if err == nil && open {
			p.closeInvite(page, dialog)
		}
		return err
	})
	if err != nil {
		return err
	}
	return p.escape(ctx, inviteDialog)
}

// openDialog opens the dialog that invites, looks at what is in it, and returns the control of its role.
func (p *prober) openDialog(ctx context.Context) (control playwright.Locator, err error) {
	err = p.step(ctx, func(ctx context.Context, page playwright.Page) error {
		dialog, err := p.openInvite(ctx, page)
		if err != nil {
			return p.lack(err)
		}
		p.didf("opened the dialog for invitations, typed nothing, and left it")
		p.note(inviteDialog, p.rungs[inviteDialog], "")
		for _, name := range []element{inviteAddress, inviteSubmit, inviteClose} {
			if _, err := p.look(dialog, name); err != nil {
				return err
			}
		}
		for _, name := range []element{inviteGroups, inviteBudgets} {
			if _, found, err := p.has(dialog, name); err != nil {
				return err
			} else if found {
				p.note(name, p.rungs[name], "")
			}
		}
		control, err = p.look(dialog, inviteRole)
		return err
	})
	return control, err
}
