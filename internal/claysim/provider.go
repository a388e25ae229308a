package claysim

import "fmt"

// IdentityProvider is a maker of company log-ins. Each has pages that look like
// the real ones, to the best of public knowledge, on an origin of its own.
type IdentityProvider string

// The identity providers.
const (
	ProviderOkta     IdentityProvider = "okta"
	ProviderEntra    IdentityProvider = "entra"
	ProviderGoogle   IdentityProvider = "google"
	ProviderOneLogin IdentityProvider = "onelogin"
	// ProviderGeneric has user name and password on one page, and a new document for each answer, as Keycloak does.
	ProviderGeneric IdentityProvider = "generic"
)

// signInStep is a page of an identity provider.
type signInStep string

const (
	stepIdentify signInStep = "identify"
	stepPassword signInStep = "password"
	stepFactors  signInStep = "factors"
	stepCode     signInStep = "code"
	stepPush     signInStep = "push"
	stepStay     signInStep = "stay"
	stepRefused  signInStep = "refused"
	// stepDone sends the browser back to Clay.
	stepDone signInStep = "done"
)

// factor is a second proof.
type factor string

const (
	factorTOTP factor = "totp"
	factorPush factor = "push"
	// factorOther asks for the list of factors.
	factorOther factor = "other"
)

// manners are what tells the pages of one identity provider from another's.
type manners struct {
	host, title string
	// entry is the path that Clay sends the browser to.
	entry string
	// paths are the URL of each page; absent ones have that of the page before.
	paths map[signInStep]string
	// together asks for user name and password on one page.
	together bool
	// namesUnknown says of a user name that it does not exist; the others refuse the password.
	namesUnknown bool
	// listsFactors lets somebody with two factors choose; the others begin with the phone.
	listsFactors bool
	// asksToStay ends with "Stay signed in?".
	asksToStay bool
	// loads are the pages whose answer is a new document; the others draw the next page in place.
	loads []signInStep
}

var providers = map[IdentityProvider]manners{
	ProviderOkta: {
		host: "okta.localhost", title: "Example - Sign In", entry: "/app/clay/exk7r2m1/sso/saml", listsFactors: true,
		paths: map[signInStep]string{stepIdentify: "/oauth2/v1/authorize"},
	},
	ProviderEntra: {
		host: "entra.localhost", title: "Sign in to your account", entry: "/6f1b0a52/saml2",
		namesUnknown: true, asksToStay: true, loads: []signInStep{stepPassword, stepCode, stepPush, stepStay},
		paths: map[signInStep]string{stepIdentify: "/6f1b0a52/login", stepCode: "/common/SAS/ProcessAuth", stepStay: "/kmsi"},
	},
	ProviderGoogle: {
		host: "google.localhost", title: "Sign in - Google Accounts", entry: "/o/saml2/idp", namesUnknown: true,
		paths: map[signInStep]string{
			stepIdentify: "/signin/identifier", stepPassword: "/signin/challenge/pwd", stepFactors: "/signin/challenge/selection",
			stepCode: "/signin/challenge/totp", stepPush: "/signin/challenge/dp", stepRefused: "/signin/rejected",
		},
	},
	ProviderOneLogin: {
		host: "onelogin.localhost", title: "OneLogin", entry: "/trust/saml2/http-post/sso/41b7",
		paths: map[signInStep]string{stepIdentify: "/login2/"},
	},
	ProviderGeneric: {
		host: "sso.localhost", title: "Sign in to Example", entry: "/realms/example/protocol/saml", together: true,
		loads: []signInStep{stepIdentify, stepFactors, stepCode, stepPush},
		paths: map[signInStep]string{stepIdentify: "/realms/example/login-actions/authenticate"},
	},
}

// IdentityProviders are all that the simulator has.
func IdentityProviders() []IdentityProvider {
	return []IdentityProvider{ProviderOkta, ProviderEntra, ProviderGoogle, ProviderOneLogin, ProviderGeneric}
}

// IdentityProviderURL is the origin of an identity provider's pages, without a slash at the end.
func (s *Server) IdentityProviderURL(provider IdentityProvider) string {
	return s.origin(providers[provider].host)
}

// username is what the account is called at its identity provider.
func (a *account) username() string {
	if a.Username != "" {
		return a.Username
	}
	return a.Email
}

// factors are the second proofs that the account's identity provider asks for.
func (a *account) factors() []factor {
	var all []factor
	if a.Push {
		all = append(all, factorPush)
	}
	if a.TOTPSecret != "" {
		all = append(all, factorTOTP)
	}
	return all
}

// check finds out whether the seed of an account contradicts itself.
func (a Account) check() error {
	if _, known := providers[a.Provider]; a.Provider != "" && !known {
		return fmt.Errorf("account %s: provider %q is none of %v", a.Email, a.Provider, IdentityProviders())
	}
	if a.TOTPSecret != "" {
		if _, err := totpKey(a.TOTPSecret); err != nil {
			return fmt.Errorf("account %s: totpSecret: %w", a.Email, err)
		}
	}
	return nil
}
