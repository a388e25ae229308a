package e2e

import (
	"fmt"
	"time"

	"github.com/seatwright/clay-operator/internal/claysim"
)

// providerNames are what people call the identity providers.
var providerNames = map[claysim.IdentityProvider]string{
	claysim.ProviderOkta: "Okta", claysim.ProviderEntra: "Entra ID", claysim.ProviderGoogle: "Google", claysim.ProviderOneLogin: "OneLogin",
	claysim.ProviderGeneric: "a form",
}

// providerRows are log-ins at an identity provider, with a password and the code of an authenticator app: first when nobody has a session,
// and once more when the session ends.
func providerRows() []row {
	at := func(provider claysim.IdentityProvider) func(*claysim.Seed) {
		return func(seed *claysim.Seed) {
			seed.Accounts[0].SignIn, seed.Accounts[0].Provider = claysim.SignInSSO, provider
		}
	}
	rows := []row{
		{
			fault: "the identity provider asks for a telephone", step: atLogin, shows: "ApprovalNeeded", person: true, seed: at(claysim.ProviderOkta),
			inject: func(s *scene) {
				account := s.account()
				account.Push, account.TOTPSecret = true, ""
				s.simulator.AddAccount(account)
			},
			undo: func(s *scene) { s.simulator.AddAccount(s.account()) },
		},
		{
			fault: "the identity provider takes another password", step: atLogin, shows: "IdentityProviderRefused", person: true,
			seed:   at(claysim.ProviderEntra),
			inject: func(s *scene) { s.simulator.AddAccount(s.newAccount()) },
			undo:   func(s *scene) { s.simulator.AddAccount(s.account()) },
		},
	}
	rows = append(rows, row{
		fault: "the identity provider's clock is an hour ahead", step: atLogin, shows: "IdentityProviderRefused", person: true, seed: at(claysim.ProviderOkta),
		faults: one(claysim.Fault{Kind: claysim.FaultClockSkew, Delay: time.Hour}),
	})
	for _, provider := range claysim.IdentityProviders() {
		rows = append(rows, row{
			fault: fmt.Sprintf("signed out, and the way in is %s with a one-time code", providerNames[provider]), step: atLogin, seed: at(provider),
			long: provider != claysim.ProviderOkta,
		})
	}
	return rows
}
