package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/adopt"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// readDeadline bounds each of the readings, as the operator bounds its own.
const readDeadline = 5 * time.Minute

// workspaceReader reads all that there is of a workspace.
type workspaceReader struct {
	backend  sidecar.Backend
	access   sidecar.Workspace
	progress func(format string, arguments ...any)
}

// read reads the members, and then groups, budgets and limits. A part of the latter that cannot be read keeps nothing else from being so; faults
// say which, in sentences.
func (r *workspaceReader) read(ctx context.Context) (found adopt.Found, faults []string, err error) {
	r.progress("The members of workspace %s are read, which signs in first where there is no session.", r.access.ID)
	observation, err := r.observe(ctx)
	if err != nil {
		return adopt.Found{}, nil, err
	}
	found = adopt.Found{Inventory: observation.Inventory, Account: observation.Inventory.Account}
	if found.Account == "" {
		found.Account = r.access.Login.Email
	}
	pending := 0
	for _, member := range found.Inventory.Members {
		if member.Presence == seat.Pending {
			pending++
		}
	}
	r.progress("There are %d members and %d open invitations. Groups, budgets and limits are read.", len(found.Inventory.Members)-pending, pending)
	listed, faults, err := r.observeAccess(ctx, access.Scope{Sections: access.Sections()})
	if err != nil {
		return adopt.Found{}, nil, err
	}
	found.Access = listed
	scope := detailsOf(listed)
	if len(scope.Sections) == 0 {
		return found, faults, nil
	}
	r.progress("Who is in %d groups, and who has access to %d budgets, is read.", len(scope.Groups), len(scope.Budgets))
	detailed, more, err := r.observeAccess(ctx, scope)
	if err != nil {
		return adopt.Found{}, nil, err
	}
	found.Access.Groups, found.Access.Budgets = detailed.Groups, detailed.Budgets
	return found, append(faults, more...), nil
}

// observe reads the members, all of them.
func (r *workspaceReader) observe(ctx context.Context) (sidecar.Observation, error) {
	ctx, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	observation, err := r.backend.Observe(ctx, r.access)
	if err != nil {
		return sidecar.Observation{}, fmt.Errorf("read the members: %w", err)
	}
	if observation.Inventory.WorkspaceID != r.access.ID {
		return sidecar.Observation{}, fmt.Errorf("the browser is in workspace %q, not in %q: see whether the account belongs to it",
			observation.Inventory.WorkspaceID, r.access.ID)
	}
	if !observation.Inventory.Complete {
		return sidecar.Observation{}, fmt.Errorf("not all members of workspace %s could be read: try again", r.access.ID)
	}
	r.keep(observation)
	return observation, nil
}

func (r *workspaceReader) observeAccess(ctx context.Context, scope access.Scope) (access.State, []string, error) {
	ctx, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	observation, err := r.backend.ObserveAccess(ctx, r.access, scope)
	if err != nil {
		return access.State{}, nil, fmt.Errorf("read groups, budgets and limits: %w", err)
	}
	r.keep(observation.Observation)
	var faults []string
	for _, section := range scope.Sections {
		if fault := observation.Faults[section]; fault != nil {
			faults = append(faults, fmt.Sprintf("%s are left out, because they could not be read: %s", section, fault.Message))
		}
	}
	return observation.State, faults, nil
}

// keep goes on with the session of the last call, for as long as this process lives.
func (r *workspaceReader) keep(observation sidecar.Observation) {
	if observation.Session != nil {
		r.access.Session = observation.Session
	}
}

// detailsOf asks for what a list of groups and budgets does not tell.
func detailsOf(listed access.State) access.Scope {
	var scope access.Scope
	for _, group := range listed.Groups.Groups {
		scope.Groups = append(scope.Groups, group.Name)
	}
	for _, budget := range listed.Budgets.Budgets {
		scope.Budgets = append(scope.Budgets, budget.Name)
	}
	if len(scope.Groups) > 0 {
		scope.Sections = append(scope.Sections, access.SectionGroups)
	}
	if len(scope.Budgets) > 0 {
		scope.Sections = append(scope.Sections, access.SectionBudgets)
	}
	return scope
}
