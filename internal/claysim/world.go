package claysim

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// firstUserID and firstInvitationID keep the kinds of ids apart to the eye.
	firstUserID       = 70_001
	firstInvitationID = 9_001
	// firstGroupID and firstBudgetID as well.
	firstGroupID  = 301
	firstBudgetID = 601
	// firstStrayWorkspaceID is far from ids that seeds use.
	firstStrayWorkspaceID = 900_001
	// seedTenure is how long ago the first member of a seed joined.
	seedTenure = 5 * 365 * 24 * time.Hour
	// seedStep is the time between two seeded members.
	seedStep = 24 * time.Hour
)

// world is the state that all pages and calls share. Its methods lock it;
// those that end in Locked expect the lock.
type world struct {
	now            func() time.Time
	sessionLife    time.Duration
	invitationLife time.Duration
	faults         *faults
	// appURL is where links in e-mails lead.
	appURL string

	mu         sync.Mutex
	accounts   []*account
	workspaces []*workspace
	sessions   map[string]*session
	codes      map[string]oneTimeCode
	outbox     []Mail
	// typed are the codes of authenticators that were typed at identity providers.
	typed      []string
	journal    []Entry
	logIns     []LogIn
	counters   Counters
	changed    chan struct{}
	lastUserID int
	lastInvite int
	lastStray  int
	lastGroup  int
	lastBudget int

	flows            map[string]*flow
	providerSessions map[string]*providerSession
	assertions       map[string]assertion
}

type account struct {
	Account
	id       int
	apiToken string
	// challenged accounts have a security check to pass, and checksPassed are the faults that asked for one.
	challenged   bool
	checksPassed []int
	// wrongPasswords counts those in a row at the identity provider.
	wrongPasswords int
	// lastCounter is the newest period of TOTP whose code was used.
	lastCounter int64
}

type workspace struct {
	Workspace
	access
	createdBy   int
	members     []Member
	invitations []Invitation
	lag         []laggedView
}

func newWorld(options Options, appURL string) (*world, error) {
	w := &world{
		now: options.Now, sessionLife: options.SessionLife, invitationLife: options.InvitationLife, appURL: appURL,
		faults: newFaults(), sessions: map[string]*session{}, codes: map[string]oneTimeCode{},
		counters: newCounters(), changed: make(chan struct{}),
		lastUserID: firstUserID - 1, lastInvite: firstInvitationID - 1, lastStray: firstStrayWorkspaceID - 1,
		lastGroup: firstGroupID - 1, lastBudget: firstBudgetID - 1,
		flows: map[string]*flow{}, providerSessions: map[string]*providerSession{}, assertions: map[string]assertion{},
	}
	if w.now == nil {
		w.now = time.Now
	}
	if w.sessionLife == 0 {
		w.sessionLife = defaultSessionLife
	}
	if w.invitationLife == 0 {
		w.invitationLife = defaultInvitationLife
	}
	for _, seed := range options.Seed.Accounts {
		if err := seed.check(); err != nil {
			return nil, err
		}
		w.addAccountLocked(seed)
	}
	for _, seed := range options.Seed.Workspaces {
		if err := w.seedWorkspaceLocked(seed); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *world) addAccountLocked(seed Account) *account {
	if seed.SignIn == "" {
		seed.SignIn = SignInPassword
	}
	if seed.Name == "" {
		seed.Name = seed.Email
	}
	w.lastUserID++
	added := &account{Account: seed, id: w.lastUserID, apiToken: "simulated-" + rand.Text()}
	w.accounts = append(w.accounts, added)
	return added
}

func (w *world) seedWorkspaceLocked(seed Workspace) error {
	if seed.ID <= 0 {
		return fmt.Errorf("workspace %q: give it an id above 0", seed.Name)
	}
	if w.workspaceLocked(seed.ID) != nil {
		return fmt.Errorf("workspace %d is seeded twice", seed.ID)
	}
	if seed.Plan == "" {
		seed.Plan = PlanLaunch
	}
	added := &workspace{Workspace: seed, access: access{spending: map[int]spending{}}}
	joined := w.now().Add(-seedTenure)
	for _, seat := range seed.Members {
		if seat.Role.ID() == 0 {
			return fmt.Errorf("workspace %d: member %s has the unknown role %q", seed.ID, seat.Email, seat.Role)
		}
		owner := w.accountLocked(seat.Email)
		if owner == nil {
			owner = w.addAccountLocked(Account{Email: seat.Email, Name: seat.Name})
		}
		if !seat.JoinedAt.IsZero() {
			joined = seat.JoinedAt
		}
		added.members = append(added.members, Member{UserID: owner.id, Email: owner.Email, Name: owner.Name, Role: seat.Role, JoinedAt: joined})
		joined = joined.Add(seedStep)
		if added.createdBy == 0 && seat.Role == RoleAdmin {
			added.createdBy = owner.id
		}
	}
	if err := w.seedAccessLocked(added); err != nil {
		return fmt.Errorf("workspace %d: %w", seed.ID, err)
	}
	w.workspaces = append(w.workspaces, added)
	return w.seedInvitationsLocked(added)
}

func (w *world) seedInvitationsLocked(ws *workspace) error {
	for _, pending := range ws.Invitations {
		if pending.Role.ID() == 0 {
			return fmt.Errorf("workspace %d: invitation of %s has the unknown role %q", ws.ID, pending.Email, pending.Role)
		}
		sent := pending.SentAt
		if sent.IsZero() {
			sent = w.now()
		}
		groups, err := ws.groupIDs(pending.Groups)
		if err != nil {
			return fmt.Errorf("workspace %d: invitation of %s: %w", ws.ID, pending.Email, err)
		}
		budgets, err := ws.budgetIDs(pending.Budgets)
		if err != nil {
			return fmt.Errorf("workspace %d: invitation of %s: %w", ws.ID, pending.Email, err)
		}
		w.sendInvitationLocked(ws, Invitation{Email: pending.Email, Role: pending.Role, SentAt: sent, groups: groups, budgets: budgets})
	}
	return nil
}

func (w *world) accountLocked(email string) *account {
	for _, known := range w.accounts {
		if strings.EqualFold(known.Email, email) {
			return known
		}
	}
	return nil
}

func (w *world) workspaceLocked(id int) *workspace {
	for _, known := range w.workspaces {
		if known.ID == id {
			return known
		}
	}
	return nil
}

// emailLocked is the address of a user id, empty if there is no such user.
func (w *world) emailLocked(userID int) string {
	// Ids are given in turn, and no account ever goes.
	if at := userID - firstUserID; at >= 0 && at < len(w.accounts) {
		return w.accounts[at].Email
	}
	return ""
}

func (ws *workspace) memberByID(userID int) *Member {
	for i := range ws.members {
		if ws.members[i].UserID == userID {
			return &ws.members[i]
		}
	}
	return nil
}

func (ws *workspace) memberByEmail(email string) *Member {
	for i := range ws.members {
		if strings.EqualFold(ws.members[i].Email, email) {
			return &ws.members[i]
		}
	}
	return nil
}

func (ws *workspace) invitationByID(id int) *Invitation {
	for i := range ws.invitations {
		if ws.invitations[i].ID == id {
			return &ws.invitations[i]
		}
	}
	return nil
}

func (ws *workspace) invitationByEmail(email string) *Invitation {
	for i := range ws.invitations {
		if strings.EqualFold(ws.invitations[i].Email, email) {
			return &ws.invitations[i]
		}
	}
	return nil
}

// recordLocked stamps and keeps a journal entry.
func (w *world) recordLocked(entry Entry) {
	entry.At = w.now()
	w.journal = append(w.journal, entry)
	w.notifyLocked()
}

// notifyLocked wakes everybody who waits for a change.
// notify lets those who wait look again.
func (w *world) notify() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notifyLocked()
}

func (w *world) notifyLocked() {
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *world) state() (State, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	state := State{
		Outbox: slices.Clone(w.outbox), Journal: slices.Clone(w.journal), LogIns: slices.Clone(w.logIns), Counters: w.counters.clone(),
	}
	for _, ws := range w.workspaces {
		known := WorkspaceState{
			ID: ws.ID, Name: ws.Name, Plan: ws.Plan, CreatedBy: w.emailLocked(ws.createdBy),
			Members: slices.Clone(ws.members), Invitations: slices.Clone(ws.invitations),
		}
		for i := range known.Invitations {
			pending := &known.Invitations[i]
			pending.Groups, pending.Budgets = ws.groupNames(pending.groups), ws.budgetNames(pending.budgets)
		}
		w.accessLocked(&known, ws)
		state.Workspaces = append(state.Workspaces, known)
	}
	return state, w.changed
}

func (w *world) wait(ctx context.Context, reached func(State) bool) error {
	for {
		state, changed := w.state()
		if reached(state) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for a state of the simulator: %w", context.Cause(ctx))
		}
	}
}

func newCounters() Counters {
	return Counters{Documents: map[string]int{}, API: map[string]int{}, Dialogs: map[string]int{}}
}

func (c Counters) clone() Counters {
	c.Documents, c.API, c.Dialogs = maps.Clone(c.Documents), maps.Clone(c.API), maps.Clone(c.Dialogs)
	return c
}

// count changes the counters and wakes those who wait.
func (w *world) count(change func(*Counters)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.counters)
	w.notifyLocked()
}
