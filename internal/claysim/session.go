package claysim

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// sessionCookie is the name of Clay's session cookie.
const sessionCookie = "claysession"

const (
	sentenceWrongLogin  = "Incorrect email or password"
	sentenceWrongCode   = "This code is not correct"
	sentenceOldCode     = "This code has expired"
	sentenceSecurity    = "Complete the security check to continue"
	typeSecurityCheck   = "SecurityCheckRequired"
	landingOnboarding   = "/onboarding"
	landingSecurity     = "/security-check"
	sentenceEmailFormat = "Enter a valid email address"
)

// session is a log-in.
type session struct {
	account *account
	expires time.Time
	// challenged sessions may do nothing before the security check is passed.
	challenged bool
	// onboarding sessions are led into the onboarding flow until they open a workspace.
	onboarding bool
}

// signInMethod says how the address signs in, and where with SignInSSO. Unknown
// addresses get a password field like known ones, so that the answer tells nothing.
func (w *world) signInMethod(email string) (SignIn, IdentityProvider, *refusal) {
	if !strings.Contains(email, "@") {
		return "", "", badRequest(sentenceEmailFormat)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.accountLocked(email)
	if known == nil {
		w.logInLocked(LogIn{Email: email, Method: SignInPassword, Step: LogInEmail})
		return SignInPassword, "", nil
	}
	w.logInLocked(known.stepOf(LogInEmail, ""))
	if known.SignIn == SignInCode {
		code := fmt.Sprintf("%06d", (len(w.outbox)+1)*codeStep%codeRange)
		// It takes the place of the one that was sent before.
		w.codes[strings.ToLower(email)] = oneTimeCode{code: code, expires: w.now().Add(codeLife)}
		w.mailLocked(Mail{At: w.now(), Kind: MailCode, To: known.Email, Code: code})
	}
	if known.SignIn != SignInSSO {
		return known.SignIn, "", nil
	}
	return SignInSSO, known.Provider, nil
}

const (
	// codeStep and codeRange make one-time codes of six digits that differ from each other.
	codeStep  = 271_829
	codeRange = 1_000_000
	// codeLife is how long a one-time code works, as the e-mail says.
	codeLife = 10 * time.Minute
)

// oneTimeCode is a code that was sent by e-mail and not used yet.
type oneTimeCode struct {
	code    string
	expires time.Time
}

func (w *world) signInByPassword(email, password string) (string, string, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.accountLocked(email)
	if known == nil || known.SignIn != SignInPassword || known.Password == "" ||
		subtle.ConstantTimeCompare([]byte(known.Password), []byte(password)) != 1 {
		w.logInLocked(LogIn{Email: email, Method: SignInPassword, Step: LogInPassword, Refused: string(problemWrongPassword)})
		return "", "", &refusal{status: http.StatusUnauthorized, Type: "InvalidCredentials", Message: sentenceWrongLogin}
	}
	w.logInLocked(known.stepOf(LogInPassword, ""))
	token, landing := w.startSessionLocked(known)
	return token, landing, nil
}

func (w *world) signInByCode(email, code string) (string, string, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.accountLocked(email)
	key := strings.ToLower(email)
	sent := w.codes[key]
	wrong, sentence := problem(""), ""
	switch {
	case known == nil || sent.code == "" || sent.code != code:
		wrong, sentence = problemWrongCode, sentenceWrongCode
	case !w.now().Before(sent.expires):
		wrong, sentence = problemOldCode, sentenceOldCode
	}
	if wrong != "" {
		w.logInLocked(LogIn{Email: email, Method: SignInCode, Step: LogInCode, Refused: string(wrong)})
		return "", "", &refusal{status: http.StatusUnauthorized, Type: "InvalidCredentials", Message: sentence}
	}
	delete(w.codes, key)
	w.logInLocked(known.stepOf(LogInCode, ""))
	token, landing := w.startSessionLocked(known)
	return token, landing, nil
}

// startSessionLocked signs the account in and says where the browser goes:
// the empty string is "where it wanted to go".
func (w *world) startSessionLocked(owner *account) (token, landing string) {
	started := &session{account: owner, expires: w.now().Add(w.sessionLife)}
	stray := w.createStrayLocked(owner)
	if _, on := w.faults.take(FaultOnboarding, ""); on || stray {
		started.onboarding = true
		landing = landingOnboarding
	}
	if w.challengeLocked(owner) {
		started.challenged = true
		landing = landingSecurity
	}
	token = rand.Text()
	w.sessions[token] = started
	w.logInLocked(owner.stepOf(LogInSession, ""))
	return token, landing
}

// createStrayLocked gives an account without a workspace one of its own, as
// Clay does with everybody who signs in uninvited.
func (w *world) createStrayLocked(owner *account) bool {
	if len(w.workspacesOfLocked(owner)) > 0 {
		return false
	}
	w.lastStray++
	stray := &workspace{
		Workspace: Workspace{ID: w.lastStray, Name: owner.Name + "'s workspace", Plan: PlanLaunch},
		access:    access{spending: map[int]spending{}},
		createdBy: owner.id,
		members:   []Member{{UserID: owner.id, Email: owner.Email, Name: owner.Name, Role: RoleAdmin, JoinedAt: w.now()}},
	}
	w.workspaces = append(w.workspaces, stray)
	w.recordLocked(Entry{Verb: VerbCreateWorkspace, Workspace: stray.ID, Actor: owner.Email, Target: owner.Email, Role: RoleAdmin})
	return true
}

func (w *world) workspacesOfLocked(owner *account) []*workspace {
	var own []*workspace
	for _, ws := range w.workspaces {
		if ws.memberByID(owner.id) != nil {
			own = append(own, ws)
		}
	}
	return own
}

// startSession signs somebody in who proved the address by following a link.
func (w *world) startSession(owner *account) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	token, _ := w.startSessionLocked(owner)
	return token
}

// signedIn is the account behind the cookie of a request.
func (w *world) signedIn(request *http.Request) (*account, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := w.sessionLocked(request)
	if found == nil {
		return nil, unauthorized()
	}
	if found.challenged {
		return nil, &refusal{status: http.StatusForbidden, Type: typeSecurityCheck, Message: sentenceSecurity}
	}
	return found.account, nil
}

func (w *world) sessionLocked(request *http.Request) *session {
	cookie, err := request.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	found := w.sessions[cookie.Value]
	if found == nil || !w.now().Before(found.expires) {
		return nil
	}
	return found
}

// leaveOnboardingLocked notes that the session of a request opened a workspace.
func (w *world) leaveOnboardingLocked(request *http.Request) {
	if found := w.sessionLocked(request); found != nil {
		found.onboarding = false
	}
}

// endSession forgets the session of a request.
func (w *world) endSession(request *http.Request) {
	cookie, err := request.Cookie(sessionCookie)
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.sessions, cookie.Value)
}

// endSessions signs everybody out, everywhere.
func (w *world) endSessions() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.sessions)
	clear(w.providerSessions)
}

// setAccount adds an account or changes the one with the address.
func (w *world) setAccount(seed Account) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.accountLocked(seed.Email)
	if known == nil {
		w.addAccountLocked(seed)
		return
	}
	if seed.SignIn == "" {
		seed.SignIn = SignInPassword
	}
	if seed.Name == "" {
		seed.Name = known.Name
	}
	known.Account = seed
}
