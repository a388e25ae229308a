package clayweb

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// person is somebody at the browser's window: a script that the pages run. It types and clicks what a person would, each thing once on
// a page.
const person = `(() => {
	const done = new Set();
	const find = (selector) => [...document.querySelectorAll(selector)].find((field) => field.checkVisibility() && !field.ariaHidden);
	const enter = (selector, text) => {
		const field = find(selector);
		if (!field || done.has(field) || (text === null && !field.value)) return;
		done.add(field);
		if (text !== null) field.value = text;
		field.form.requestSubmit();
	};
	setInterval(() => {
		enter('input[name="email"]', null);
		enter('input[name="identifier"]', %q);
		enter('input[type="password"]', %q);
	}, 50);
})()`

// seat puts the person at the window.
func (w *world) seatPerson(username, password string) {
	w.t.Helper()
	w.addScript(fmt.Sprintf(person, username, password))
}

// addScript has every document run a script.
func (w *world) addScript(script string) {
	w.t.Helper()
	v, err := w.backend.enter(w.t.Context(), w.workspace)
	if err != nil {
		w.t.Fatal(err)
	}
	defer v.leave()
	err = v.do(w.t.Context(), "add a script", callLimit, func(_ context.Context, page playwright.Page) error {
		return page.AddInitScript(playwright.Script{Content: &script})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) signInByHand() (sidecar.Observation, []string, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), callLimit)
	defer cancel()
	var said []string
	observation, err := w.backend.SignInByHand(ctx, w.workspace, func(text string) { said = append(said, text) })
	return observation, said, err
}

func TestSignInByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.workspace.Login.Password = "" // a person knows it, and the operator does not
	w.seatPerson("", claysim.SamplePassword)
	observation, said, err := w.signInByHand()
	if err != nil {
		w.picture(err)
		t.Fatal(err)
	}
	compareMembers(t, observation.Inventory.Members, sampleMembers())
	if !observation.SignedIn || len(said) != 2 {
		t.Errorf("signed in %v, said %q", observation.SignedIn, said)
	}
	// The session is all that another process needs, without a password and without a log-in.
	w.workspace.Session = observation.Session
	later, err := newColdBackend(t).Observe(t.Context(), w.workspace)
	if err != nil {
		t.Fatal(err)
	}
	if later.SignedIn {
		t.Error("the session did not save the log-in")
	}
	w.wantSteps("email", "password", "session")
}

// A person may need a telephone.
func TestSignInByHandWithATelephone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.useProvider(claysim.Account{Provider: claysim.ProviderOkta, Push: true})
	w.workspace.Login.IdentityProvider = sidecar.IdentityProvider{}
	w.seatPerson(providerUsername, providerPassword)
	approved := make(chan error, 1)
	go func() {
		err := w.Wait(t.Context(), func(state claysim.State) bool {
			return len(state.LogIns) > 0 && state.LogIns[len(state.LogIns)-1].Step == claysim.LogInPassword
		})
		if err == nil {
			err = w.ApprovePush(claysim.SampleEmail)
		}
		approved <- err
	}()
	observation, _, err := w.signInByHand()
	if err != nil {
		w.picture(err)
		t.Fatal(err)
	}
	if err := <-approved; err != nil {
		t.Error(err)
	}
	compareMembers(t, observation.Inventory.Members, sampleMembers())
	w.wantSteps("email", "password", "push", "session")
}

// Whoever signs in has to be an admin of the workspace that was asked for.
func TestSignInByHandAsSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.workspace.Login.Email = "theo@example.com"
	w.seatPerson("", claysim.SamplePassword)
	observation, _, err := w.signInByHand()
	wantFault(t, err, sidecar.Drift, sidecar.ReasonTeamPageNotFound)
	if message := sidecar.AsFault(err).Message; !strings.Contains(message, "the account is no admin") {
		t.Errorf("it does not say what may be wrong: %s", message)
	}
	if len(observation.Session) > 0 {
		t.Error("there is a session to keep")
	}
}

func TestSignInByHandIsGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := w.backend.SignInByHand(ctx, w.workspace, func(string) { cancel() })
	wantFault(t, err, sidecar.Unavailable, sidecar.ReasonTimeout)
	w.wantSteps()
	// The browser is free for the next one.
	w.mustObserve()
}

// A session that a person made elsewhere takes the place of the one in the browser, which is of no use any more.
func TestSessionFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.mustObserve()
	w.EndSessions()
	w.workspace.Login.Password = ""
	_, err := w.observe()
	wantFault(t, err, sidecar.HumanNeeded, sidecar.ReasonLoginNeeded)

	elsewhere := *w
	elsewhere.backend = newColdBackend(t)
	elsewhere.workspace.Session = nil
	elsewhere.seatPerson("", claysim.SamplePassword)
	observation, _, err := elsewhere.signInByHand()
	if err != nil {
		t.Fatal(err)
	}
	w.workspace.Session = observation.Session
	if w.mustObserve().SignedIn {
		t.Error("it signed in")
	}
	// From then on it is the browser's own, whatever the manager has of it.
	w.workspace.Session = observation.Session
	if second := w.mustObserve(); second.SignedIn || second.Usage.PageLoads != 1 {
		t.Errorf("signed in %v, and loaded %d pages", second.SignedIn, second.Usage.PageLoads)
	}
}
