package controllers

import (
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// memory is what one pass of a workspace leaves for the next. It belongs to the pass that runs. A restart loses it, and
// costs a log-in and some waiting, never a safeguard: what must survive is in the status of the workspace until the
// ClayUsers have it in theirs.
type memory struct {
	uid types.UID
	// session saves a log-in. It is a bearer credential, of the account. kept is its copy in a Secret.
	session sidecar.Session
	account seat.Email
	kept    kept
	// secret is the digest of the credentials, secretVersion which Secret they were in, and rotatedAt when this process saw others in their
	// place.
	secret, secretVersion string
	rotatedAt             time.Time
	// rules are the access rules that were compiled last.
	rules ruleMemory
	// hold keeps the workspace from being read again too soon.
	hold hold
	// accessHold keeps groups, budgets and limits alone from it, and heldAccess is what the pass knew that met its problem.
	accessHold hold
	heldAccess accessWork
	// latest and previous are the last two readings that were believed.
	latest, previous *reading
	// members is how many lines the last believed list had, zero where none is known, and ownRemovals how many of them the
	// operator has taken away since.
	members, ownRemovals int
	// interrupted is when this process found a writing that another one had not finished; zero once reads have settled
	// what became of it.
	interrupted time.Time
	// noticed is that writing.
	noticed clayv1alpha1.WorkspaceOperation
	// presumed is when that writing began, where it was to send invitations; zero where it was not, or once a plan
	// has taken them into account and it is settled.
	presumed time.Time
	// doubts are the addresses that may or may not have been invited, and when that was tried.
	doubts map[seat.Email]time.Time
	// refusals are the removals of members without a ClayUser that Clay refused. Nobody has a status for them.
	refusals map[seat.Email]clayv1alpha1.Operation
	// missing are the addresses that the list lacks for no known reason, and the beginning of the first reading that lacked them.
	missing map[seat.Email]time.Time
	// operations are those that the cache does not show in the status of their ClayUser yet, oldest first.
	operations map[types.UID][]clayv1alpha1.Operation
	// latestAccess and previousAccess are the last two readings of groups, budgets and limits.
	latestAccess, previousAccess *accessReading
	// attempts are the changes to access that were tried lately, by what they change.
	attempts map[access.Key]attempt
	// ownLimits are the ClayUsers to whom this process gave a limit of their own.
	ownLimits map[types.UID]bool
	// shortReadings counts the readings of access one after the other in which a list was short.
	shortReadings int
	// usages are what was last told of the spending of ClayUsers.
	usages map[types.UID]clayv1alpha1.CreditUsage
	// handled is the last annotation reconcile-at of a ClayUser that a pass acted on.
	handled map[types.UID]string
	// needs is what only a person could do about the last plan.
	needs []need
	// told is since when people are told that they are needed, by the matter; see matterOf.
	told map[string]time.Time
}

func newMemory(workspace *clayv1alpha1.ClayWorkspace) *memory {
	m := &memory{
		uid:        workspace.UID,
		doubts:     map[seat.Email]time.Time{},
		refusals:   map[seat.Email]clayv1alpha1.Operation{},
		missing:    map[seat.Email]time.Time{},
		operations: map[types.UID][]clayv1alpha1.Operation{},
		attempts:   map[access.Key]attempt{},
		ownLimits:  map[types.UID]bool{},
		usages:     map[types.UID]clayv1alpha1.CreditUsage{},
		handled:    map[types.UID]string{},
		told:       map[string]time.Time{},
	}
	if needed := meta.FindStatusCondition(workspace.Status.Conditions, clayv1alpha1.ConditionHumanNeeded); needed != nil {
		m.told[matterOf(needed.Reason, workspace)] = needed.LastTransitionTime.Time
	}
	if seats := workspace.Status.Seats; seats != nil {
		m.members = int(seats.Active + seats.Pending)
	}
	return m
}

// notice takes in a writing that another process announced: one that was cut off, or that of a leader which does not know yet
// that it leads no more. Either may have made any of its changes, or may be about to.
func (m *memory) notice(operation *clayv1alpha1.WorkspaceOperation, writer string, now time.Time) {
	if operation == nil || operation.Writer == writer {
		return
	}
	if operation.Writer == m.noticed.Writer && operation.StartedAt.Equal(&m.noticed.StartedAt) {
		return
	}
	m.noticed = *operation
	m.interrupted = now
	m.ownRemovals += int(operation.Removals)
	if operation.Invitations > 0 && m.presumed.IsZero() {
		m.presumed = operation.StartedAt.Time
	}
}

// believe takes a reading as the truth.
func (m *memory) believe(next *reading) {
	m.previous, m.latest = m.latest, next
	m.members, m.ownRemovals = len(next.inventory.Members), 0
}

// settled says whether reads have shown what became of an invitation that was tried. One that began late enough for Clay
// to have caught up tells, if it shows the address. To say that the address is not there takes another one before it,
// which began after the attempt.
func (m *memory) settled(email seat.Email, tried time.Time, cooldown time.Duration) bool {
	if m.latest.startedAt.Before(tried.Add(cooldown)) {
		return false
	}
	return !m.latest.lacks(email) || m.previous != nil && m.previous.startedAt.After(tried) && m.previous.lacks(email)
}

// settle forgets the doubts that the reads have cleared up.
func (m *memory) settle(cooldown time.Duration) {
	for email, tried := range m.doubts {
		shown := !m.latest.lacks(email) && m.latest.startedAt.After(tried)
		if shown || m.settled(email, tried, cooldown) {
			delete(m.doubts, email)
		}
	}
	over := m.previous != nil && m.previous.startedAt.After(m.interrupted) &&
		!m.latest.startedAt.Before(m.interrupted.Add(cooldown))
	if over {
		m.interrupted = time.Time{}
	}
}

// isInDoubt says whether somebody may have been invited without anybody knowing.
func (m *memory) isInDoubt() bool {
	return len(m.doubts) > 0 || !m.interrupted.IsZero() || !m.presumed.IsZero()
}

// clearsUp returns when a read can tell what became of the doubtful invitations; zero where there are none.
func (m *memory) clearsUp(cooldown time.Duration) time.Time {
	var last time.Time
	if !m.interrupted.IsZero() {
		last = m.interrupted.Add(cooldown)
	}
	for _, tried := range m.doubts {
		if end := tried.Add(cooldown); end.After(last) {
			last = end
		}
	}
	return last
}

// catchUp drops the operations that the status holds by now.
func (m *memory) catchUp(user *clayv1alpha1.ClayUser) {
	operations, some := m.operations[user.UID]
	if !some {
		return
	}
	operations = slices.DeleteFunc(slices.Clone(operations), func(operation clayv1alpha1.Operation) bool {
		return slices.ContainsFunc(user.Status.History, func(known clayv1alpha1.Operation) bool { return same(known, operation) })
	})
	if len(operations) == 0 {
		delete(m.operations, user.UID)
		return
	}
	m.operations[user.UID] = operations
}

// keepOnly drops what is remembered of ClayUsers that are no more.
func (m *memory) keepOnly(users []clayv1alpha1.ClayUser) {
	if len(m.operations)+len(m.handled)+len(m.ownLimits)+len(m.usages) == 0 {
		return
	}
	there := make(map[types.UID]bool, len(users))
	for i := range users {
		there[users[i].UID] = true
	}
	keepThose(m.operations, there)
	keepThose(m.handled, there)
	keepThose(m.ownLimits, there)
	keepThose(m.usages, there)
}

func keepThose[T any](of map[types.UID]T, there map[types.UID]bool) {
	maps.DeleteFunc(of, func(uid types.UID, _ T) bool { return !there[uid] })
}

// memories are those of all workspaces.
type memories struct {
	mutex sync.Mutex
	of    map[types.NamespacedName]*memory
}

// open returns the memory of a workspace. One of a namesake that was deleted is not it.
func (m *memories) open(workspace *clayv1alpha1.ClayWorkspace) *memory {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	key := types.NamespacedName{Namespace: workspace.Namespace, Name: workspace.Name}
	if found, known := m.of[key]; known && found.uid == workspace.UID {
		return found
	}
	made := newMemory(workspace)
	if m.of == nil {
		m.of = map[types.NamespacedName]*memory{}
	}
	m.of[key] = made
	return made
}

func (m *memories) forget(key types.NamespacedName) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	delete(m.of, key)
}
