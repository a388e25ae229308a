package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
)

const (
	// The targets of the part "scale".
	targetStart    = 60 * time.Second
	targetResident = 150.0 // MiB
	targetLook     = 5 * time.Millisecond

	// firstScaleWorkspace is the id of the first scripted workspace.
	firstScaleWorkspace = 1001
	// half and nearlyAll are the quantiles that are reported.
	half, nearlyAll = 0.5, 0.99

	reconcileTime = "controller_runtime_reconcile_time_seconds"
)

// fleet is the world of the part "scale".
type fleet struct {
	backend    *scripted
	workspaces []*clayv1alpha1.ClayWorkspace
	users      []*clayv1alpha1.ClayUser
}

// newFleet spreads the users evenly over the workspaces, and gives everybody the seat that the manifest asks for.
func newFleet(size sizes) fleet {
	made := fleet{backend: &scripted{members: map[string][]seat.Member{}}}
	roles := []clayv1alpha1.Role{clayv1alpha1.RoleEditor, clayv1alpha1.RoleViewer, clayv1alpha1.RoleSalesRep}
	for number := range size.Workspaces {
		id := firstScaleWorkspace + number
		name := fmt.Sprintf("workspace-%03d", number)
		// Nobody connects to this address: the scripted sidecar answers.
		made.workspaces = append(made.workspaces, newWorkspace(name, id, "https://app.clay.com"))
		made.backend.members[strconv.Itoa(id)] = []seat.Member{{
			Email: accountEmail, ID: strconv.Itoa(id), Name: accountName, Role: seat.RoleAdmin, Presence: seat.Active,
		}}
	}
	for number := range size.Users {
		workspace := made.workspaces[number%size.Workspaces]
		email, role := fmt.Sprintf("person.%05d@example.com", number), roles[number%len(roles)]
		made.users = append(made.users, newUser(fmt.Sprintf("person-%05d", number), workspace.Name, email, role))
		id := workspace.Spec.WorkspaceID
		made.backend.members[id] = append(made.backend.members[id], seat.Member{
			Email: seat.Email(email), ID: strconv.Itoa(number), Name: "Person " + strconv.Itoa(number),
			Role: seat.Role(role), Presence: seat.Active,
		})
	}
	return made
}

// measureScale measures the operator with many users: two starts, and passes without a change.
func measureScale(ctx context.Context, b *bench) (_ []table, err error) {
	world := newFleet(b.size)
	b.progress.stepf("scale: starting a control plane")
	c, err := startCluster(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	socket, stop, err := world.backend.serve(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := b.createFleet(ctx, c, world); err != nil {
		return nil, err
	}
	cold, err := b.coldStart(ctx, c, world, socket)
	if err != nil {
		return nil, fmt.Errorf("cold start: %w", err)
	}
	warm, err := b.restart(ctx, c, world, socket)
	if err != nil {
		return nil, fmt.Errorf("restart: %w", err)
	}
	b.checkf(world.backend.writes.Load() == 0, "the operator wanted %d changes in workspaces that are as asked", world.backend.writes.Load())
	return []table{cold.table(b.size), warm.table(b.size)}, nil
}

func (b *bench) createFleet(ctx context.Context, c *cluster, world fleet) error {
	b.progress.stepf("  creating %d workspaces and %d users", len(world.workspaces), len(world.users))
	if err := c.createSecret(ctx, accountEmail, accountPassword); err != nil {
		return err
	}
	if err := together(ctx, world.workspaces, func(ctx context.Context, workspace *clayv1alpha1.ClayWorkspace) error {
		return c.Client.Create(ctx, workspace)
	}); err != nil {
		return fmt.Errorf("create workspaces: %w", err)
	}
	return c.createAll(ctx, world.users)
}

// coldResult is a first start: every user gets its finalizer and its first status.
type coldResult struct {
	took   time.Duration
	writes writes
	memory memory
}

func (b *bench) coldStart(ctx context.Context, c *cluster, world fleet, socket string) (_ coldResult, err error) {
	before, err := c.writes(ctx)
	if err != nil {
		return coldResult{}, err
	}
	b.progress.stepf("  cold start: no user has a status")
	op, err := b.startOperator(ctx, c, "scale-cold", "--browser-socket="+socket)
	if err != nil {
		return coldResult{}, err
	}
	defer func() { err = errors.Join(err, op.Stop()) }()
	if err := c.awaitUsers(ctx, b.progress, op, len(world.users), hasSeat); err != nil {
		return coldResult{}, err
	}
	result := coldResult{took: time.Since(op.started)}
	b.progress.stepf("  every status is current after %s s", seconds(result.took))
	if result.memory, err = memoryOf(op.PID); err != nil {
		return coldResult{}, err
	}
	after, err := c.writes(ctx)
	if err != nil {
		return coldResult{}, err
	}
	result.writes = after.since(before)
	return result, nil
}

func (r coldResult) table(size sizes) table {
	return table{
		title:  fmt.Sprintf("Cold start: %d ClayUsers without a status, in %d ClayWorkspaces", size.Users, size.Workspaces),
		header: []string{"", "measured", "target"},
		rows: [][]string{
			{"from the start of the process until every status is current, s", seconds(r.took), "at most " + seconds(targetStart)},
			{"writes of ClayUsers (finalizers and statuses)", number(r.writes.users), ""},
			{"writes of ClayWorkspaces (finalizers and statuses)", number(r.writes.workspaces), ""},
			{"writes of Events", number(r.writes.events), ""},
			{"resident memory when all is current, MiB", mebibytes(r.memory.resident), fmt.Sprintf("at most %.0f", targetResident)},
			{"of which not the program's own file, MiB", mebibytes(r.memory.anonymous), ""},
			{"most resident memory until then, MiB", mebibytes(r.memory.peak), ""},
		},
	}
}

// warmResult is a start at which everything is current, and passes after it.
type warmResult struct {
	took        time.Duration
	startWrites writes
	looks       spread
	passes      spread
	rounds      int
	roundWrites writes
	roundUsers  int
	slowest     time.Duration
	memory      memory
}

// restartPoll is how often the operator is asked whether it has looked at everything.
const restartPoll = 250 * time.Millisecond

func (b *bench) restart(ctx context.Context, c *cluster, world fleet, socket string) (_ warmResult, err error) {
	result := warmResult{rounds: b.size.Passes}
	versions, err := c.versions(ctx)
	if err != nil {
		return result, err
	}
	before, err := c.writes(ctx)
	if err != nil {
		return result, err
	}
	reads := world.backend.reads.Load()
	b.progress.stepf("  restart: every status is current")
	op, err := b.startOperator(ctx, c, "scale-warm", "--browser-socket="+socket)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, op.Stop()) }()
	if err := b.awaitLooks(ctx, op, len(world.users), func() int { return int(world.backend.reads.Load() - reads) }, len(world.workspaces)); err != nil {
		return result, err
	}
	result.took = time.Since(op.started)
	started, err := c.writes(ctx)
	if err != nil {
		return result, err
	}
	result.startWrites = started.since(before)

	b.progress.stepf("  %d passes of every workspace without a change", result.rounds)
	for round := range result.rounds {
		b.progress.count(round, result.rounds, "passes")
		took, err := c.pass(ctx, op, world.workspaces)
		if err != nil {
			return result, err
		}
		result.slowest = max(result.slowest, took)
	}
	return result, b.finishRestart(ctx, c, op, world, versions, started, &result)
}

// finishRestart reads what the restart and its passes have cost.
func (b *bench) finishRestart(
	ctx context.Context, c *cluster, op *operator, world fleet, versions map[string]string, started writes, result *warmResult,
) error {
	ended, err := c.writes(ctx)
	if err != nil {
		return err
	}
	result.roundWrites = ended.since(started)
	// The benchmark itself asked for each pass by a write to the workspace.
	result.roundWrites.workspaces -= result.rounds * len(world.workspaces)
	now, err := c.versions(ctx)
	if err != nil {
		return err
	}
	result.roundUsers = differing(versions, now)
	b.checkf(result.roundUsers == 0, "a restart and passes without a change wrote %d ClayUsers", result.roundUsers)
	b.checkf(result.roundWrites.workspaces == result.rounds*len(world.workspaces),
		"%d passes of %d workspaces wrote %d statuses of workspaces, not one each", result.rounds, len(world.workspaces), result.roundWrites.workspaces)

	measured, err := op.scrape(ctx)
	if err != nil {
		return err
	}
	if result.looks, err = reconciles(measured, "clayuser"); err != nil {
		return err
	}
	if result.passes, err = reconciles(measured, "clayworkspace"); err != nil {
		return err
	}
	result.memory, err = memoryOf(op.PID)
	return err
}

// spread is how long the reconciles of a controller took.
type spread struct {
	half, nearlyAll time.Duration
	count           uint64
}

func reconciles(measured metrics, controller string) (spread, error) {
	which := labels{"controller": controller}
	median, _, err := measured.quantile(reconcileTime, which, half)
	if err != nil {
		return spread{}, err
	}
	high, count, err := measured.quantile(reconcileTime, which, nearlyAll)
	return spread{half: fromSeconds(median), nearlyAll: fromSeconds(high), count: count}, err
}

// awaitLooks returns once the operator has read every workspace and reconciled every user since it started, and has
// nothing left to do. The operator may not serve its metrics yet.
func (b *bench) awaitLooks(ctx context.Context, op *operator, users int, reads func() int, workspaces int) error {
	ticker := time.NewTicker(restartPoll)
	defer ticker.Stop()
	for {
		if measured, err := op.scrape(ctx); err == nil {
			looked := int(measured.sum("controller_runtime_reconcile_total", labels{"controller": "clayuser"}))
			left := measured.sum("workqueue_depth", nil) + measured.sum("controller_runtime_active_workers", nil)
			b.progress.count(min(looked, users), users, "users looked at")
			if looked >= users && reads() >= workspaces && left == 0 {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-op.Done():
			return fmt.Errorf("the operator ended: %w", op.Err())
		case <-ticker.C:
		}
	}
}

func (r warmResult) table(size sizes) table {
	return table{
		title:  fmt.Sprintf("Restart with all of them current, and %d passes of every workspace without a change", r.rounds),
		header: []string{"", "measured", "target"},
		rows: [][]string{
			{"from the start of the process until everything has been read and looked at, s", seconds(r.took), "at most " + seconds(targetStart)},
			{"writes of ClayUsers by all of it", number(r.roundUsers), "0"},
			{"writes of ClayWorkspaces at the start, per workspace", perPass(r.startWrites.workspaces, size.Workspaces), ""},
			{"writes of ClayWorkspaces per interval", perPass(r.roundWrites.workspaces, r.rounds), number(size.Workspaces)},
			{"writes of Events per interval", perPass(r.roundWrites.events, r.rounds), "0"},
			{
				fmt.Sprintf("reconcile of a ClayUser without a change, 99th percentile of %d, ms", r.looks.count),
				milliseconds(r.looks.nearlyAll), "at most " + milliseconds(targetLook),
			},
			{"the same, median, ms", milliseconds(r.looks.half), ""},
			{
				fmt.Sprintf("pass of a ClayWorkspace without a change, 99th percentile of %d, ms", r.passes.count),
				milliseconds(r.passes.nearlyAll), "",
			},
			{"the same, median, ms", milliseconds(r.passes.half), ""},
			{fmt.Sprintf("all %d workspaces asked for a pass at once, slowest time, s", size.Workspaces), seconds(r.slowest), ""},
			{"resident memory, MiB", mebibytes(r.memory.resident), fmt.Sprintf("at most %.0f", targetResident)},
			{"of which not the program's own file, MiB", mebibytes(r.memory.anonymous), ""},
			{"most resident memory since the start, MiB", mebibytes(r.memory.peak), ""},
		},
	}
}
