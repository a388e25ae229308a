package controllers

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/seat/seattest"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	workspaceID     = "12345"
	operatorAccount = "operator@example.com"
	testPassword    = "correct-horse-battery-staple"
	testSession     = "claysession-"
	// pictureAfter is what a picture of the page after the changes shows.
	pictureAfter = "- table"
)

// clay is a Clay workspace in memory behind the contract of the sidecar, with faults where a test wants them.
type clay struct {
	t     *testing.T
	mutex sync.Mutex
	// changed is closed and replaced at every event, so that tests can wait for one.
	changed chan struct{}

	inventory seat.Inventory
	// access is what there is beside the members.
	access clayAccess
	// sent counts the invitations that went out to an address, whether or not anybody was told.
	sent map[seat.Email]int
	// observed and applied count the calls that have returned.
	observed, applied int
	// batches are the changes of each Apply.
	batches [][]seat.Change
	// sessions are those that Observe was given, and alive those that Clay accepts.
	sessions []string
	alive    map[string]bool
	// noLogins is what Observe was told of the budget.
	noLogins []bool
	// signsInToApply is true where Apply has to sign in.
	signsInToApply bool
	// logins counts those that were tried.
	logins int
	// afterLogin, if not nil, ends a call of Observe after a log-in that worked.
	afterLogin func() (sidecar.Observation, error)
	// makeSession makes the session that a call returns; sessionText unless a test sets it.
	makeSession func(call int) string
	// locators are the overrides that Observe was given.
	locators []string

	// onObserve may bend an answer or fail. It is called without the lock, with the number of the call from 1.
	onObserve func(call int, inventory *seat.Inventory) error
	// onApply decides what becomes of a change; nil makes them all.
	onApply func(ctx context.Context, call, index int, change seat.Change) fate
	// proof says whether Apply returns a complete list; true unless a test sets it.
	proof bool
}

// fate is what becomes of one change.
type fate struct {
	// effect is true where Clay makes the change.
	effect bool
	// silent is true where nobody is told.
	silent bool
	// fault makes the outcome Failed, or Unknown where its class says so.
	fault *sidecar.Fault
	// refused makes it Failed whatever the class.
	refused bool
	// end ends the call, after the change.
	end error
}

var made = fate{effect: true}

func newClay(t *testing.T, members ...seat.Member) *clay {
	t.Helper()
	c := &clay{
		t: t, changed: make(chan struct{}), sent: map[seat.Email]int{}, proof: true, alive: map[string]bool{}, makeSession: sessionText,
		inventory: seat.Inventory{
			WorkspaceID: workspaceID, Complete: true, Source: seat.SourceTraffic, Account: operatorAccount, Plan: "Growth",
			Members: []seat.Member{{Email: operatorAccount, ID: "1", Role: seat.RoleAdmin, Presence: seat.Active}},
		},
	}
	c.inventory.Members = append(c.inventory.Members, members...)
	return c
}

func active(email string, role seat.Role) seat.Member {
	return seat.Member{Email: seat.Email(email), ID: "id-" + email, Role: role, Presence: seat.Active}
}

func pending(email string, role seat.Role) seat.Member {
	return seat.Member{Email: seat.Email(email), Role: role, Presence: seat.Pending}
}

// Observe implements sidecar.Backend.
func (c *clay) Observe(_ context.Context, workspace sidecar.Workspace) (sidecar.Observation, error) {
	c.mutex.Lock()
	call := c.observed + 1
	hook, after := c.onObserve, c.afterLogin
	inventory := c.copyInventory()
	c.sessions, c.noLogins = append(c.sessions, string(workspace.Session)), append(c.noLogins, workspace.NoLogin)
	c.locators = append(c.locators, workspace.Locators)
	c.mutex.Unlock()
	defer c.count(&c.observed)
	if hook != nil {
		if err := hook(call, &inventory); err != nil {
			return sidecar.Observation{}, err
		}
	}
	signedIn, err := c.signIn(workspace)
	if err != nil {
		return sidecar.Observation{SignedIn: signedIn}, err
	}
	if after != nil && signedIn {
		return after()
	}
	return sidecar.Observation{
		Inventory: inventory, Session: c.newSession(call), SignedIn: signedIn, Usage: sidecar.Usage{PageLoads: 1},
		Overridden: overriddenBy(workspace),
	}, nil
}

// sessionText begins with what no status, event or log may hold.
func sessionText(call int) string { return testSession + strconv.Itoa(call) }

func (c *clay) newSession(call int) sidecar.Session {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	session := c.makeSession(call)
	c.alive[session] = true
	return sidecar.Session(session)
}

// signIn signs in where the session is none that Clay accepts, and says whether that was tried.
func (c *clay) signIn(workspace sidecar.Workspace) (tried bool, err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch {
	case c.alive[string(workspace.Session)]:
		return false, nil
	case !workspace.Login.CanLogin():
		return false, sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonLoginNeeded, "Clay asks for a log-in.")
	case workspace.NoLogin:
		return false, sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonLoginBudget, "Clay asks for a log-in.")
	}
	c.logins++
	if workspace.Login.Password != testPassword || workspace.Login.Email != operatorAccount {
		return true, sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonWrongPassword,
			"Clay did not accept the password. Correct it in the Secret.")
	}
	return true, nil
}

// expire has Clay accept no session of before.
func (c *clay) expire() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	clear(c.alive)
}

// Apply implements sidecar.Backend.
func (c *clay) Apply(
	ctx context.Context, workspace sidecar.Workspace, changes []seat.Change, report func(sidecar.Outcome),
) (sidecar.Observation, error) {
	c.mutex.Lock()
	call := c.applied + 1
	hook := c.onApply
	c.batches = append(c.batches, slices.Clone(changes))
	c.mutex.Unlock()
	defer c.count(&c.applied)
	for index, change := range changes {
		next := made
		if hook != nil {
			next = hook(ctx, call, index, change)
		}
		outcome := c.make(index, change, next)
		if !next.silent {
			report(outcome)
		}
		if next.end != nil {
			return sidecar.Observation{}, next.end
		}
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	inventory := c.copyInventory()
	inventory.Complete = c.proof
	observation := sidecar.Observation{
		Inventory: inventory, Usage: sidecar.Usage{Actions: map[string]int{"invite-dialog": 1}}, Overridden: overriddenBy(workspace),
	}
	if workspace.Evidence {
		observation.Evidence = &sidecar.Evidence{Snapshot: pictureAfter}
	}
	if c.signsInToApply {
		observation.SignedIn, observation.Session = true, sidecar.Session(testSession+"apply")
		c.alive[testSession+"apply"] = true
	}
	return observation, nil
}

// overriddenBy is what a real browser would say of the overrides.
func overriddenBy(workspace sidecar.Workspace) []string {
	if workspace.Locators == "" {
		return nil
	}
	return []string{"team.invite"}
}

// make gives a change its effect and its outcome.
func (c *clay) make(index int, change seat.Change, next fate) sidecar.Outcome {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	outcome := sidecar.Outcome{Index: index, Result: sidecar.Applied, Fault: next.fault}
	if next.effect {
		if _, there := c.inventory.Find(change.Email); change.Verb == seat.Invite && there {
			outcome.Result = sidecar.AlreadyThere
		} else if change.Verb == seat.Invite {
			c.sent[change.Email]++
		}
		c.inventory = seattest.Apply(c.inventory, []seat.Change{change})
		if change.Verb == seat.Remove {
			c.leaveAccess(change.Email)
		}
	}
	switch {
	case next.fault != nil && next.fault.Class == sidecar.OutcomeUnknown && !next.refused:
		outcome.Result = sidecar.Unknown
	case next.fault != nil:
		outcome.Result = sidecar.Failed
	}
	c.tell()
	return outcome
}

// edit changes the workspace by hand, as a person in Clay would.
func (c *clay) edit(change func(inventory *seat.Inventory)) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.inventory.Members = slices.Clone(c.inventory.Members)
	change(&c.inventory)
	c.tell()
}

// accept turns an invitation into a seat.
func (c *clay) accept(email seat.Email) {
	c.edit(func(inventory *seat.Inventory) {
		for i := range inventory.Members {
			if inventory.Members[i].Email == email {
				inventory.Members[i].Presence = seat.Active
			}
		}
	})
}

// script changes the hooks while the operator runs.
func (c *clay) script(change func(c *clay)) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	change(c)
}

// await waits until a condition on the workspace holds.
func (c *clay) await(what string, holds func(c *clay) bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patienceOfTests)
	defer cancel()
	for {
		c.mutex.Lock()
		done, changed := holds(c), c.changed
		c.mutex.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			c.t.Fatalf("waited in vain for Clay: %s", what)
		}
	}
}

func (c *clay) count(counter *int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	*counter++
	c.tell()
}

// tell wakes whoever awaits. The lock is held.
func (c *clay) tell() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// copyInventory is called with the lock held.
func (c *clay) copyInventory() seat.Inventory {
	inventory := c.inventory
	inventory.Members = slices.Clone(inventory.Members)
	inventory.ReadAt = time.Now()
	return inventory
}

func (c *clay) read(look func(c *clay)) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	look(c)
}

// writings returns the changes of each Apply so far.
func (c *clay) writings() [][]seat.Change {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return slices.Clone(c.batches)
}

// reads returns how often the members were read so far.
func (c *clay) reads() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.observed
}

// has says whether an address is in the list.
func (c *clay) has(email seat.Email) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	_, there := c.inventory.Find(email)
	return there
}
