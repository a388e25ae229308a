package clayweb

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	// otpSecret is the secret of RFC 6238's test vectors.
	otpSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	// providerPassword is another one than Clay's, so that a mix-up shows.
	providerPassword = "Provider-password-4711"
	// providerUsername is what the provider calls the account.
	providerUsername = "operator.account@corp.example.com"
)

// useProvider has the account sign in at an identity provider, and gives the operator what it needs there and nothing else.
func (w *world) useProvider(account claysim.Account) {
	account.Email, account.Name, account.SignIn = claysim.SampleEmail, "Clay Operator", claysim.SignInSSO
	account.Username, account.Password = providerUsername, providerPassword
	w.AddAccount(account)
	w.backend.waits.page = pageWait // there are many pages on the way, and none that does not come
	w.workspace.Login = sidecar.Login{
		Email: claysim.SampleEmail,
		IdentityProvider: sidecar.IdentityProvider{
			Username: providerUsername, Password: providerPassword, OTPSecret: sidecar.Password(account.TOTPSecret),
		},
	}
}

// steps are what the simulator saw of log-ins.
func (w *world) steps() []string {
	var steps []string
	for _, step := range w.LogIns() {
		text := string(step.Step)
		if step.Refused != "" {
			text += " " + step.Refused
		}
		steps = append(steps, text)
	}
	return steps
}

// wantSteps fails the test unless the log-ins were these.
func (w *world) wantSteps(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.steps()); diff != "" {
		w.t.Errorf("steps of log-ins (-want +got):\n%s", diff)
	}
}

func TestIdentityProviders(t *testing.T) {
	t.Parallel()
	for _, provider := range claysim.IdentityProviders() {
		for _, way := range []struct {
			name    string
			account claysim.Account
			steps   string
		}{
			{"password", claysim.Account{Provider: provider}, "email password session"},
			{"code", claysim.Account{Provider: provider, TOTPSecret: otpSecret}, "email password code session"},
			// The telephone comes first, or in a list with the code.
			{"code instead of telephone", claysim.Account{Provider: provider, TOTPSecret: otpSecret, Push: true}, "email password code session"},
		} {
			t.Run(string(provider)+" "+way.name, func(t *testing.T) {
				w := newWorld(t, nil)
				w.useProvider(way.account)
				observation := w.mustObserve()
				if !observation.SignedIn || observation.Inventory.Source != seat.SourceTraffic {
					t.Errorf("signed in %v, source %s", observation.SignedIn, observation.Inventory.Source)
				}
				compareMembers(t, observation.Inventory.Members, sampleMembers())
				w.wantSteps(strings.Fields(way.steps)...)
			})
		}
	}
}

// only gives the operator the account's address and nothing to sign in with but these.
func (w *world) only(login sidecar.Login) {
	login.Email = w.workspace.Login.Email
	w.workspace.Login = login
}

// otherOTP makes other codes than otpSecret.
const otherOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

func TestLoginRefused(t *testing.T) {
	t.Parallel()
	type test struct {
		name   string
		edit   func(*world)
		class  sidecar.Class
		reason string
		steps  string
	}
	tests := []test{
		{"nothing to sign in with", func(w *world) { w.only(sidecar.Login{}) }, sidecar.HumanNeeded, sidecar.ReasonLoginNeeded, ""},
		{"too many log-ins", func(w *world) { w.workspace.NoLogin = true }, sidecar.AuthFailed, sidecar.ReasonLoginBudget, ""},
		{"Clay's password alone, at a provider", func(w *world) {
			w.useProvider(claysim.Account{Provider: claysim.ProviderOkta})
			w.only(sidecar.Login{Password: claysim.SamplePassword})
		}, sidecar.HumanNeeded, sidecar.ReasonLoginNeeded, "email"},
		{"a provider's password alone, at Clay", func(w *world) {
			w.only(sidecar.Login{IdentityProvider: sidecar.IdentityProvider{Password: providerPassword}})
		}, sidecar.HumanNeeded, sidecar.ReasonLoginNeeded, "email"},
		{"a code by e-mail and no mailbox", func(w *world) {
			w.AddAccount(claysim.Account{Email: claysim.SampleEmail, SignIn: claysim.SignInCode})
		}, sidecar.HumanNeeded, sidecar.ReasonCodeNeeded, "email"},
		{"Google does not trust the browser", func(w *world) {
			w.useProvider(claysim.Account{Provider: claysim.ProviderGoogle})
			w.Inject(claysim.Fault{Kind: claysim.FaultInsecureBrowser})
		}, sidecar.HumanNeeded, sidecar.ReasonUnsupportedLogin, "email"},
		{"Entra ID does not know the name", func(w *world) {
			w.useProvider(claysim.Account{Provider: claysim.ProviderEntra})
			w.workspace.Login.IdentityProvider.Username = "nobody@corp.example.com"
		}, sidecar.AuthFailed, sidecar.ReasonIdentityProviderRefused, "email"},
		{"Google does not know the name", func(w *world) {
			w.useProvider(claysim.Account{Provider: claysim.ProviderGoogle})
			w.workspace.Login.IdentityProvider.Username = "nobody@corp.example.com"
		}, sidecar.AuthFailed, sidecar.ReasonIdentityProviderRefused, "email"},
		{"a secret of codes that is none", func(w *world) {
			w.useProvider(claysim.Account{Provider: claysim.ProviderOkta, TOTPSecret: otpSecret})
			w.workspace.Login.IdentityProvider.OTPSecret = "123456"
		}, sidecar.AuthFailed, sidecar.ReasonIdentityProviderRefused, "email password"},
	}
	for _, provider := range claysim.IdentityProviders() {
		use := func(account claysim.Account, edit func(*sidecar.IdentityProvider)) func(*world) {
			account.Provider = provider
			return func(w *world) {
				w.useProvider(account)
				edit(&w.workspace.Login.IdentityProvider)
			}
		}
		tests = append(tests,
			test{string(provider) + " wrong password", use(claysim.Account{}, func(own *sidecar.IdentityProvider) { own.Password = "wrong" }),
				sidecar.AuthFailed, sidecar.ReasonIdentityProviderRefused, "email password/wrong-password"},
			test{string(provider) + " wrong code", use(claysim.Account{TOTPSecret: otpSecret}, func(own *sidecar.IdentityProvider) { own.OTPSecret = otherOTP }),
				sidecar.AuthFailed, sidecar.ReasonIdentityProviderRefused, "email password code/wrong-code"},
			test{string(provider) + " code without a secret", use(claysim.Account{TOTPSecret: otpSecret}, func(own *sidecar.IdentityProvider) { own.OTPSecret = "" }),
				sidecar.HumanNeeded, sidecar.ReasonCodeNeeded, "email password"},
			test{string(provider) + " telephone", use(claysim.Account{Push: true}, func(*sidecar.IdentityProvider) {}),
				sidecar.HumanNeeded, sidecar.ReasonApprovalNeeded, "email password"},
			test{string(provider) + " telephone with a secret that the provider does not know",
				use(claysim.Account{Push: true}, func(own *sidecar.IdentityProvider) { own.OTPSecret = otpSecret }),
				sidecar.HumanNeeded, sidecar.ReasonApprovalNeeded, "email password"},
		)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			test.edit(w)
			observation, err := w.observe()
			w.picture(err)
			wantFault(t, err, test.class, test.reason)
			t.Log(sidecar.AsFault(err).Message)
			var want []string
			for step := range strings.FieldsSeq(test.steps) {
				want = append(want, strings.ReplaceAll(step, "/", " "))
			}
			w.wantSteps(want...)
			codeSent := test.name == "a code by e-mail and no mailbox"
			if tried := strings.Contains(test.steps, "password") || codeSent; observation.SignedIn != tried {
				t.Errorf("signed in %v: a secret that was given counts, and an address does not", observation.SignedIn)
			}
			if len(want) > 0 && len(observation.Session) > 0 {
				t.Error("a log-in that failed left a session")
			}
		})
	}
}

// A provider that locks the account after too many wrong passwords says so, and is asked once in each call.
func TestProviderLocksTheAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.useProvider(claysim.Account{Provider: claysim.ProviderOkta})
	w.workspace.Login.IdentityProvider.Password = "wrong"
	reasons := map[string]int{}
	for calls := 1; reasons[sidecar.ReasonAccountLocked] == 0; calls++ {
		_, err := w.observe()
		reasons[sidecar.AsFault(err).Reason]++
		if steps := w.steps(); len(steps) != 2*calls {
			t.Fatalf("steps %q after %d calls", steps, calls)
		}
	}
	t.Log(reasons)
	if reasons[sidecar.ReasonIdentityProviderRefused] == 0 || len(reasons) != 2 {
		t.Errorf("reasons %v", reasons)
	}
}

func TestProviderSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.useProvider(claysim.Account{Provider: claysim.ProviderEntra, TOTPSecret: otpSecret})
	first := w.mustObserve()

	t.Run("a stored session makes no log-in", func(t *testing.T) {
		w.t = t
		cold := newColdBackend(t)
		later, err := cold.Observe(t.Context(), w.workspace)
		if err != nil {
			t.Fatal(err)
		}
		if later.SignedIn || !first.SignedIn {
			t.Errorf("signed in %v, and before %v", later.SignedIn, first.SignedIn)
		}
		w.wantSteps("email", "password", "code", "session")
	})

	t.Run("one that expires in the middle of a pass is made anew by the provider's", func(t *testing.T) {
		w.t = t
		w.Inject(claysim.Fault{Kind: claysim.FaultSessionExpired, Route: "POST /v3/workspaces/*/invitations", Times: 1})
		outcomes, observation, err := w.apply(
			seat.Change{Verb: seat.Remove, Email: "theo@example.com"},
			seat.Change{Verb: seat.Invite, Email: "ada@example.com", Role: seat.RoleEditor},
		)
		if err != nil {
			t.Fatal(err)
		}
		wantResults(t, outcomes, "Applied", "Applied")
		if !observation.SignedIn || w.mails()["ada@example.com"] != 1 {
			t.Errorf("signed in %v, %d e-mails", observation.SignedIn, w.mails()["ada@example.com"])
		}
		w.wantSteps("email", "password", "code", "session", "email", "session")
	})

	t.Run("without the provider's there is a whole log-in", func(t *testing.T) {
		w.t = t
		w.EndSessions()
		if !w.mustObserve().SignedIn {
			t.Error("it did not sign in")
		}
		w.wantSteps("email", "password", "code", "session", "email", "session", "email", "password", "code", "session")
	})

	t.Run("and none where there may be none", func(t *testing.T) {
		w.t = t
		w.EndSessions()
		w.workspace.NoLogin = true
		_, err := w.observe()
		wantFault(t, err, sidecar.AuthFailed, sidecar.ReasonLoginBudget)
	})
}

// A security check stops the operator, and it goes on by itself when a person has passed it.
func TestSecurityCheckIsClearedByAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.Inject(claysim.Fault{Kind: claysim.FaultSecurityCheck})
	for range 2 {
		_, err := w.observe()
		wantFault(t, err, sidecar.HumanNeeded, sidecar.ReasonSecurityCheck)
		w.workspace.Session = nil // as the manager forgets one that does not lead in
	}
	w.ClearSecurityChecks()
	if w.mustObserve().SignedIn {
		t.Error("it signed in once more, although the check was of a session that there was")
	}
	w.wantSteps("email", "password", "session")
}
