package clayweb

import (
	"context"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// handLimit is how long a person may take to sign in: long enough to look for a telephone, and not for ever.
const handLimit = 30 * time.Minute

// SignInByHand opens Clay's log-in page and waits until a person has signed in there, in a browser whose window that person sees. It types
// the address of the account and nothing else. Then it reads the workspace once, which shows that the account is an admin of it, and
// returns the reading with the session to keep. Progress gets a sentence for each thing that happens, which holds no secret.
//
// It ends with ctx, after half an hour, and when the window is closed. The error is a *sidecar.Fault: AuthFailed where the account that
// signed in has no access to the workspace or is proved to be no admin of it, and Drift where it may be none.
func (b *Backend) SignInByHand(
	ctx context.Context, workspace sidecar.Workspace, progress func(string),
) (sidecar.Observation, error) {
	v, err := b.enter(ctx, workspace)
	if err != nil {
		return sidecar.Observation{}, faultOf(err)
	}
	defer v.leave()
	v.began, v.signedIn = true, true // nothing is typed into a log-in page while a person is at it
	err = v.do(ctx, "sign in by hand", handLimit, func(ctx context.Context, page playwright.Page) error {
		return v.awaitPerson(ctx, page, progress)
	})
	if err != nil {
		return sidecar.Observation{}, v.fault(ctx, err)
	}
	progress("Signed in. Looking whether the account is an admin of workspace " + workspace.ID + ".")
	inventory, err := v.read(ctx)
	if err != nil {
		return sidecar.Observation{}, v.fault(ctx, err)
	}
	v.place.around.closeWindows()
	return v.observation(ctx, inventory), nil
}

// awaitPerson opens the log-in page and waits until the app shows.
func (v *visit) awaitPerson(ctx context.Context, page playwright.Page, progress func(string)) error {
	if err := v.load(ctx, page, v.workspace.AppURL+loginPath); err != nil {
		return err
	}
	if err := v.awaitAny(ctx, document(page), v.waits.page, loginEmail, appProfileMenu, loginSecurityCheck); err != nil {
		return err
	}
	if field, found, err := v.has(document(page), loginEmail); err != nil {
		return err
	} else if found && v.onApp(page) {
		if err := browser.Wrap("type the address", field.Fill(string(v.workspace.Login.Email))); err != nil {
			return err
		}
	}
	progress("Sign in to Clay in the browser's window, as " + string(v.workspace.Login.Email) + ".")
	shown := v.union(document(page), appProfileMenu, appOnboarding, appDenied)
	for {
		err := shown.First().WaitFor(playwright.LocatorWaitForOptions{Timeout: browser.Timeout(ctx, lookSlice)})
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case page.IsClosed():
			return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonLoginNeeded, "the window was closed before anybody had signed in; try again")
		case v.onApp(page) && (err == nil || v.shownWorkspace(page) != ""):
			return nil
		case err == nil:
			// Another site shows something of the kind. It goes away with its page.
			if err := v.backend.pause(ctx, loginSlice); err != nil {
				return err
			}
		case !notYet(err) && browser.KindOf(err) != browser.KindNavigationRaced:
			return err
		}
	}
}
