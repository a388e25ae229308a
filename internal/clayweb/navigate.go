package clayweb

import (
	"context"
	"errors"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// openTeam leads to the Team page of the workspace in a new document, signing in on the way if need be: by the address that it had
// before, or else through the menu.
func (v *visit) openTeam(ctx context.Context, page playwright.Page) error {
	if v.place.teamURL != "" {
		shown, err := v.openRemembered(ctx, page)
		if err != nil || shown {
			return err
		}
		v.log.Info("the remembered address does not show the Team page any more", "denied", v.denied)
		if !v.denied {
			v.place.teamURL = ""
		}
	}
	if err := v.openWorkspace(ctx, page); err != nil {
		return err
	}
	return v.walkToTeam(ctx, page)
}

// openRemembered loads the address that the Team page had and says whether it still has it.
func (v *visit) openRemembered(ctx context.Context, page playwright.Page) (bool, error) {
	for {
		if err := v.load(ctx, page, v.place.teamURL); err != nil {
			return false, err
		}
		seen, err := v.look(ctx, page, sightTeam)
		if err != nil {
			return false, err
		}
		switch seen {
		case sightTeam:
			return true, v.checkShown(page)
		case sightLogin:
			if err := v.signIn(ctx, page); err != nil {
				return false, err
			}
		case sightSecurityCheck:
			return false, v.refuseSecurityCheck(page)
		default:
			v.denied = seen == sightDenied
			return false, nil
		}
	}
}

// openWorkspace leads to the workspace by its own address. This also leads out of the onboarding that an account without a
// workspace of its own is kept in.
func (v *visit) openWorkspace(ctx context.Context, page playwright.Page) error {
	// Nothing is stored in a fresh context: the way to the workspace would end at the log-in page anyhow.
	if v.session.Fresh() && !v.began && len(v.workspace.Session) == 0 {
		if err := v.signIn(ctx, page); err != nil {
			return err
		}
	}
	for {
		if err := v.load(ctx, page, v.home()); err != nil {
			return err
		}
		seen, err := v.look(ctx, page, sightApp)
		if err != nil {
			return err
		}
		switch seen {
		case sightLogin:
			if err := v.signIn(ctx, page); err != nil {
				return err
			}
		case sightSecurityCheck:
			return v.refuseSecurityCheck(page)
		case sightDenied:
			return v.noAccess()
		case sightOnboarding:
			return v.trapped()
		case sightUnknown:
			if v.noDocument {
				return v.noAccess()
			}
			return pageChanged("the workspace's own page shows nothing that is known")
		default: // the app is there
			return v.checkShown(page)
		}
	}
}

// noAccess is what an account gets that is no member of the workspace.
func (v *visit) noAccess() error {
	return sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonWrongWorkspace,
		"the account has no access to workspace %s; check the id, and invite the account as an admin", v.workspace.ID)
}

// trapped is what an account gets that Clay makes a workspace of its own for, and that the workspace's own address does not lead out.
func (v *visit) trapped() error {
	return sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonOnboarding,
		"Clay keeps the account in its onboarding instead of showing workspace %s, as it does with one that nobody invited; "+
			"check that the Secret names the account that was invited, and that it accepted", v.workspace.ID)
}

// checkShown makes sure that the page is one of the workspace that was asked for, and of no other.
func (v *visit) checkShown(page playwright.Page) error {
	shown := v.shownWorkspace(page)
	if shown == v.workspace.ID {
		return nil
	}
	if shown == "" {
		return pageChanged("the address of the page does not name a workspace")
	}
	return sidecar.Faultf(sidecar.InvalidInput, sidecar.ReasonWrongWorkspace,
		"Clay led to workspace %s instead of %s; check the id and the account", shown, v.workspace.ID)
}

// walkToTeam goes through the menu as a person would, and remembers where it led.
func (v *visit) walkToTeam(ctx context.Context, page playwright.Page) error {
	if err := v.openSettings(ctx, page); err != nil {
		return err
	}
	if err := v.awaitAny(ctx, document(page), v.waits.page, appTeam, appDenied); err != nil {
		return err
	}
	entry, found, err := v.has(document(page), appTeam)
	if err != nil {
		return err
	}
	if !found {
		return v.noTeamEntry(page)
	}
	if err := entry.Click(); err != nil {
		return err
	}
	seen, err := v.look(ctx, page, sightTeam)
	if err != nil {
		return err
	}
	switch seen {
	case sightTeam:
	case sightDenied:
		return notAdmin()
	case sightLogin:
		return errSignedOut
	default:
		return pageChanged("the Team page shows no list of members")
	}
	if err := v.checkShown(page); err != nil {
		return err
	}
	v.place.teamURL = page.URL()
	return nil
}

// openSettings opens the menu of the profile and chooses the settings in it. A menu without them was another one: it is closed and
// the next rung tried. Opening a menu changes nothing.
func (v *visit) openSettings(ctx context.Context, page playwright.Page) error {
	steps := v.book.ladders[appProfileMenu]
	missing := &notFoundError{element: appProfileMenu, ladder: steps, counts: make([]int, len(steps)), scope: document(page)}
	var inMenu error
	for i, step := range steps {
		menu := step.in(document(page))
		count, err := menu.Count()
		if err != nil {
			return err
		}
		if missing.counts[i] = count; count != 1 {
			continue
		}
		v.rungs[appProfileMenu] = i + 1
		if err := menu.Click(); err != nil {
			return err
		}
		settings, err := v.awaitOne(ctx, document(page), v.waits.step, appSettings)
		if err == nil {
			return settings.Click()
		}
		if inMenu == nil {
			v.noteThere(err)
			inMenu = err
		}
		if err := page.Keyboard().Press("Escape"); err != nil {
			return err
		}
	}
	settings, found, err := v.has(document(page), appSettings)
	if err != nil {
		return err
	}
	switch {
	case found:
		return settings.Click()
	case inMenu != nil:
		return inMenu
	}
	return missing
}

// noTeamEntry says why the settings have no entry for the team. That the account is no admin is certain only where Clay denies it the page,
// here or at the address that the page had; beside the other settings the entry may as well have a new name.
func (v *visit) noTeamEntry(page playwright.Page) error {
	_, missing := v.find(document(page), appTeam)
	denied, err := v.shows(page, appDenied)
	if err != nil {
		return err
	}
	settings, err := v.shows(page, appSettingsMenu)
	switch {
	case err != nil:
		return err
	case denied || v.denied:
		return errors.Join(notAdmin(), missing)
	case settings:
		return errors.Join(perhapsNotAdmin("the settings have no known entry that leads to the list of members"), missing)
	}
	return missing
}

// notAdmin is what an account gets that may not see or change the members.
func notAdmin() error {
	return sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonNotAdmin,
		"the account may not manage the workspace's members; make it an admin in Clay (or, if it is one, the page has changed)")
}

// perhapsNotAdmin is a page that lacks what only admins see, without a proof that the account is none.
func perhapsNotAdmin(what string) error {
	return sidecar.Faultf(sidecar.Drift, sidecar.ReasonTeamPageNotFound,
		"%s: either the account is no admin, then make it one in Clay; or the page has changed, and nothing is written until it is known", what)
}

// ready makes sure, before a write, that the page still is the Team page of this workspace and that nobody signed it out.
func (v *visit) ready(page playwright.Page) error {
	amiss := v.union(document(page), loginExpired, loginPassword)
	for _, entry := range v.book.overlays {
		amiss = amiss.Or(entry.shows.in(document(page)))
	}
	if count, err := amiss.Count(); err != nil {
		return err
	} else if count > 0 {
		if err := v.putRight(page); err != nil {
			return err
		}
	}
	return v.checkShown(page)
}

// putRight sends away what lies over the page, and says if the page asks for a log-in.
func (v *visit) putRight(page playwright.Page) error {
	if err := v.clearOverlays(page); err != nil {
		return err
	}
	for _, name := range []element{loginExpired, loginPassword} {
		if shown, err := v.shows(page, name); err != nil || shown {
			if err != nil {
				return err
			}
			return errExpired
		}
	}
	return nil
}

// errExpired says that the session ended while the call worked in it. One log-in more helps.
var errExpired = sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonSessionExpired, "the session in Clay expired; the operator signs in again")

// closeOverlaid closes whatever menu or dialog is open, so that the page is clean for the next change. Failing to is no fault: the next
// change looks at the page before it acts.
func (v *visit) closeOverlaid(page playwright.Page) {
	if err := page.Keyboard().Press("Escape"); err != nil {
		v.log.Debug("menu could not be closed", "error", browser.Wrap("press Escape", err))
	}
}
