package claysim

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

const (
	// wrongPasswords is how many wrong passwords in a row lock an account.
	wrongPasswords = 5
	// providerSessionLife is how long an identity provider lets somebody in again without asking: a working day.
	providerSessionLife = 12 * time.Hour
	// pushNumbers and firstPushNumber make the two digits that are to be picked on the phone.
	pushNumbers     = 90
	firstPushNumber = 10
)

// problem is what is wrong with an answer; each provider has its own words for it.
type problem string

const (
	problemMissing       problem = "missing"
	problemUnknownUser   problem = "unknown-user"
	problemWrongPassword problem = "wrong-password"
	problemWrongCode     problem = "wrong-code"
	problemOldCode       problem = "old-code"
	problemLocked        problem = "locked"
)

// flow is one browser's way through the pages of an identity provider.
type flow struct {
	provider IdentityProvider
	// relay is where in Clay the way ends.
	relay    string
	step     signInStep
	username string
	// account is set once the password was right.
	account *account
	problem problem
	// number is what the phone has to pick, while step is stepPush.
	number int
	// stay asks for a session that outlives the browser.
	stay bool
}

// providerSession lets a browser in again without asking.
type providerSession struct {
	provider IdentityProvider
	account  *account
	expires  time.Time
}

// assertion is what an identity provider tells Clay about somebody, once.
type assertion struct {
	account *account
	relay   string
}

// signInAnswer is what a page of an identity provider sends.
type signInAnswer struct {
	Step     signInStep `json:"step"`
	Username string     `json:"username"`
	Password string     `json:"password"`
	Code     string     `json:"code"`
	Factor   factor     `json:"factor"`
	Stay     bool       `json:"stay"`
	// Back leads to the first page, to try another user name.
	Back bool `json:"back"`
}

// signInView is what a page of an identity provider shows.
type signInView struct {
	Step     signInStep `json:"step"`
	Path     string     `json:"path"`
	Username string     `json:"username,omitempty"`
	Problem  problem    `json:"problem,omitempty"`
	Number   int        `json:"number,omitempty"`
	Factors  []factor   `json:"factors,omitempty"`
	// Load asks for a new document instead of drawing in place.
	Load bool `json:"load,omitempty"`
}

// beginFlow starts a way through an identity provider's pages. A browser that it
// knows is let in at once.
func (w *world) beginFlow(provider IdentityProvider, relay, known string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	started := &flow{provider: provider, relay: relay, step: stepIdentify}
	session := w.providerSessions[known]
	if session != nil && session.provider == provider && w.now().Before(session.expires) {
		started.account, started.step = session.account, stepDone
	}
	token := rand.Text()
	w.flows[token] = started
	return token
}

// flowView is what the browser with the token sees.
func (w *world) flowView(provider IdentityProvider, token string) (signInView, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := w.flows[token]
	if found == nil || found.provider != provider {
		return signInView{}, false
	}
	return found.view(), true
}

func (f *flow) view() signInView {
	shown := signInView{Step: f.step, Path: f.path(), Username: f.username, Problem: f.problem, Number: f.number}
	if f.account != nil {
		shown.Factors = f.account.factors()
	}
	return shown
}

func (f *flow) path() string {
	if path := providers[f.provider].paths[f.step]; path != "" {
		return path
	}
	return providers[f.provider].paths[stepIdentify]
}

// answerFlow takes what a page sent. An answer to another page than the one that
// is due changes nothing.
func (w *world) answerFlow(provider IdentityProvider, token string, answer signInAnswer) (signInView, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := w.flows[token]
	if found == nil || found.provider != provider {
		return signInView{}, false
	}
	if answer.Step == found.step {
		found.problem = w.stepLocked(found, answer)
		w.notifyLocked()
	}
	shown := found.view()
	shown.Load = slices.Contains(providers[provider].loads, answer.Step)
	return shown, true
}

// stepLocked goes one page on, or says what is wrong.
func (w *world) stepLocked(f *flow, answer signInAnswer) problem {
	if answer.Back {
		f.step, f.account = stepIdentify, nil
		return ""
	}
	switch f.step {
	case stepIdentify:
		return w.identifyLocked(f, answer)
	case stepPassword:
		return w.passwordLocked(f, answer.Password)
	case stepCode, stepPush, stepFactors:
		return w.factorLocked(f, answer)
	case stepStay:
		f.stay, f.step = answer.Stay, stepDone
	case stepRefused:
		f.step = stepIdentify
	case stepDone:
	}
	return ""
}

func (w *world) identifyLocked(f *flow, answer signInAnswer) problem {
	how := providers[f.provider]
	f.username = strings.TrimSpace(answer.Username)
	switch {
	case f.username == "" || (how.together && answer.Password == ""):
		return problemMissing
	case how.namesUnknown && w.providerAccountLocked(f) == nil:
		return problemUnknownUser
	case how.together:
		return w.passwordLocked(f, answer.Password)
	}
	f.step = stepPassword
	if f.provider == ProviderGoogle {
		if _, on := w.faults.take(FaultInsecureBrowser, ""); on {
			f.step = stepRefused
		}
	}
	return ""
}

// providerAccountLocked is the account that a flow's user name belongs to.
func (w *world) providerAccountLocked(f *flow) *account {
	for _, known := range w.accounts {
		if known.SignIn == SignInSSO && known.Provider == f.provider && strings.EqualFold(known.username(), f.username) {
			return known
		}
	}
	return nil
}

func (w *world) passwordLocked(f *flow, password string) problem {
	if password == "" {
		return problemMissing
	}
	known := w.providerAccountLocked(f)
	if known == nil {
		w.logInLocked(LogIn{Email: f.username, Method: SignInSSO, Provider: f.provider, Step: LogInPassword, Refused: string(problemUnknownUser)})
		return problemWrongPassword
	}
	wrong := known.tryPassword(password)
	w.logInLocked(known.stepOf(LogInPassword, wrong))
	if wrong != "" {
		return wrong
	}
	f.account = known
	factors := known.factors()
	switch {
	case len(factors) == 0:
		f.finish()
	case len(factors) > 1 && providers[f.provider].listsFactors:
		f.step = stepFactors
	default:
		f.begin(factors[0])
	}
	return ""
}

// tryPassword compares a password and counts the wrong ones.
func (a *account) tryPassword(password string) problem {
	if a.locked() {
		return problemLocked
	}
	if a.Password != "" && subtle.ConstantTimeCompare([]byte(a.Password), []byte(password)) == 1 {
		a.wrongPasswords = 0
		return ""
	}
	a.wrongPasswords++
	if a.locked() {
		return problemLocked
	}
	return problemWrongPassword
}

func (a *account) locked() bool { return a.wrongPasswords >= wrongPasswords }

// factorLocked takes a code, or another factor than the one shown.
func (w *world) factorLocked(f *flow, answer signInAnswer) problem {
	switch {
	case answer.Factor == factorOther:
		f.step = stepFactors
	case slices.Contains(f.account.factors(), answer.Factor):
		f.begin(answer.Factor)
	case f.step != stepCode:
		return problemMissing
	case answer.Code == "":
		return problemMissing
	default:
		return w.codeLocked(f, answer.Code)
	}
	return ""
}

func (w *world) codeLocked(f *flow, code string) problem {
	wrong, now := problem(""), w.now()
	if fault, on := w.faults.take(FaultClockSkew, ""); on {
		now = now.Add(fault.Delay)
	}
	if code = strings.ReplaceAll(code, " ", ""); !f.account.useTOTPLocked(code, now) {
		wrong = problemWrongCode
	}
	w.typed = append(w.typed, code)
	w.logInLocked(f.account.stepOf(LogInCode, wrong))
	if wrong == "" {
		f.finish()
	}
	return wrong
}

// begin shows the page of a factor.
func (f *flow) begin(with factor) {
	f.step = stepCode
	if with == factorPush {
		f.step, f.number = stepPush, pushNumber()
	}
}

func pushNumber() int {
	drawn, err := rand.Int(rand.Reader, big.NewInt(pushNumbers))
	if err != nil {
		panic(err) // The system has no random numbers.
	}
	return firstPushNumber + int(drawn.Int64())
}

// finish goes to the page after the last proof.
func (f *flow) finish() {
	f.step = stepDone
	if providers[f.provider].asksToStay {
		f.step = stepStay
	}
}

// approvePush does what the person with the phone does.
func (w *world) approvePush(email string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	approved := false
	for _, waiting := range w.flows {
		if waiting.step == stepPush && strings.EqualFold(waiting.account.Email, email) {
			w.logInLocked(waiting.account.stepOf(LogInPush, ""))
			waiting.finish()
			approved = true
		}
	}
	if !approved {
		return fmt.Errorf("approve the log-in of %s: no page waits for it", email)
	}
	w.notifyLocked()
	return nil
}

// endFlow ends a way that is done. It gives the token of the assertion that the
// browser carries to Clay and that of the provider's session.
func (w *world) endFlow(token string) (proof, session string, ended flow) {
	w.mu.Lock()
	defer w.mu.Unlock()
	done := w.flows[token]
	delete(w.flows, token)
	proof, session = rand.Text(), rand.Text()
	w.assertions[proof] = assertion{account: done.account, relay: done.relay}
	w.providerSessions[session] = &providerSession{
		provider: done.provider, account: done.account, expires: w.now().Add(providerSessionLife),
	}
	return proof, session, *done
}

// signInByAssertion starts a session for the person that an identity provider
// vouches for, and says where in Clay to go.
func (w *world) signInByAssertion(proof string) (token, landing string, found bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	vouched, found := w.assertions[proof]
	if !found {
		return "", "", false
	}
	delete(w.assertions, proof)
	token, landing = w.startSessionLocked(vouched.account)
	if landing == "" {
		landing = vouched.relay
	}
	return token, landing, true
}

// unlock lets an account try passwords again.
func (w *world) unlock(email string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.accountLocked(email)
	if known == nil {
		return fmt.Errorf("unlock %s: there is no such account", email)
	}
	known.wrongPasswords = 0
	w.notifyLocked()
	return nil
}
