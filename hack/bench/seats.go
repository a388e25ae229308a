package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

const (
	// maxInviteDialogs and maxPageLoads are what inviting everybody may cost at most, however many they are.
	maxInviteDialogs = 10
	maxPageLoads     = 10
	// leastRatio is how many times as long the script that proves each invitation has to take as the operator, which proves them
	// all too. It is a ratio within one run, and so it may fail the run.
	leastRatio = 10
)

// errand is what the part "seats" asks for: first all invitations, then all role changes, then all removals.
type errand struct {
	invitations, roles, removals []person
	callDelay, pageDelay         time.Duration
}

// outcome is what an errand took.
type outcome struct {
	invitations, roles, removals time.Duration
	effort                       effort
}

func (o outcome) total() time.Duration { return o.invitations + o.roles + o.removals }

// measureSeats lets the operator and the script run the same errand, each in a fresh world, without latency and with it.
func measureSeats(ctx context.Context, b *bench) ([]table, error) {
	work := errand{
		invitations: people("invited", b.size.Invitations, givenRoles()...),
		roles:       people("mover", b.size.RoleChanges, claysim.RoleViewer),
		removals:    people("leaver", b.size.Removals, givenRoles()...),
	}
	for i := range work.roles {
		work.roles[i].From = claysim.RoleEditor
	}
	delayed := work
	delayed.callDelay, delayed.pageDelay = b.size.CallDelay, b.size.PageDelay
	errands := []errand{work}
	if delayed.callDelay+delayed.pageDelay > 0 {
		errands = append(errands, delayed)
	}
	var tables []table
	for _, work := range errands {
		b.progress.stepf("seats, a call takes %s and a document %s longer", work.callDelay, work.pageDelay)
		operated, err := b.runOperator(ctx, work)
		if err != nil {
			return nil, fmt.Errorf("the operator: %w", err)
		}
		proved, err := b.runScript(ctx, work, true)
		if err != nil {
			return nil, fmt.Errorf("one by one: %w", err)
		}
		unproved, err := b.runScript(ctx, work, false)
		if err != nil {
			return nil, fmt.Errorf("one by one, without proof: %w", err)
		}
		b.checkRatio(proved.invitations, operated.invitations)
		tables = append(tables, seatsTable(work, operated, proved, unproved))
	}
	return tables, nil
}

// world starts a simulator in which the errand can be run.
func (e errand) world() (*claysim.Server, error) {
	simulator, err := startSimulator(e.members())
	if err != nil {
		return nil, err
	}
	if e.callDelay > 0 {
		simulator.Inject(claysim.Fault{Kind: claysim.FaultLatency, Route: "/v3/**", Delay: e.callDelay})
	}
	if e.pageDelay > 0 {
		simulator.Inject(claysim.Fault{Kind: claysim.FaultLatency, Delay: e.pageDelay})
	}
	return simulator, nil
}

// runOperator runs the errand by manifests. The clock of each step runs from the first manifest sent to the last status that
// is current.
func (b *bench) runOperator(ctx context.Context, work errand) (_ outcome, err error) {
	simulator, err := work.world()
	if err != nil {
		return outcome{}, err
	}
	defer func() { err = errors.Join(err, simulator.Close()) }()
	b.progress.stepf("  starting a control plane")
	c, err := startCluster(ctx)
	if err != nil {
		return outcome{}, err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	members := work.members()
	err = errors.Join(
		c.createSecret(ctx, accountEmail, accountPassword),
		c.Client.Create(ctx, newWorkspace(workspaceName, workspaceID, simulator.AppURL())),
		c.createAll(ctx, manifests(members)))
	if err != nil {
		return outcome{}, err
	}
	b.progress.stepf("  the operator signs in and reads the %d members that are there", len(members)+1)
	op, err := b.startOperator(ctx, c, fmt.Sprintf("seats-%s", work.callDelay))
	if err != nil {
		return outcome{}, err
	}
	defer func() { err = errors.Join(err, op.Stop()) }()
	if err := c.awaitUsers(ctx, b.progress, op, len(members), hasSeat); err != nil {
		return outcome{}, err
	}
	simulator.ResetCounters()
	done, err := b.timeOperator(ctx, c, op, simulator, work)
	if err != nil {
		return outcome{}, err
	}
	b.checkWorld(simulator, work, "the operator")
	return done, nil
}

// members are the people who have a seat before the errand: the leavers, and the movers with their old role.
func (e errand) members() []person {
	members := slices.Clone(e.removals)
	for _, mover := range e.roles {
		members = append(members, person{Email: mover.Email, Role: mover.From})
	}
	return members
}

func (b *bench) timeOperator(ctx context.Context, c *cluster, op *operator, simulator *claysim.Server, work errand) (outcome, error) {
	var done outcome
	total := len(work.roles) + len(work.removals)
	settled := func(user *clayv1alpha1.ClayUser) bool {
		return user.Status.Role == user.GetRole() && (hasSeat(user) || isInvited(user))
	}
	steps := []struct {
		what  string
		took  *time.Duration
		total int
		apply func() error
	}{
		{what: "invitations", took: &done.invitations, total: total + len(work.invitations), apply: func() error {
			return c.createAll(ctx, manifests(work.invitations))
		}},
		{what: "role changes", took: &done.roles, total: total + len(work.invitations), apply: func() error {
			return together(ctx, work.roles, func(ctx context.Context, mover person) error {
				user := mover.manifest()
				patch := fmt.Appendf(nil, `{"spec":{"role":%q}}`, mover.wanted())
				return c.Client.Patch(ctx, user, client.RawPatch("application/merge-patch+json", patch))
			})
		}},
		{what: "removals", took: &done.removals, total: len(work.roles) + len(work.invitations), apply: func() error {
			return together(ctx, work.removals, func(ctx context.Context, leaver person) error {
				return c.Client.Delete(ctx, leaver.manifest())
			})
		}},
	}
	for _, step := range steps {
		b.progress.stepf("  the operator makes the %s", step.what)
		started := time.Now()
		if err := step.apply(); err != nil {
			return outcome{}, fmt.Errorf("apply manifests: %w", err)
		}
		if err := c.awaitUsers(ctx, b.progress, op, step.total, settled); err != nil {
			return outcome{}, err
		}
		*step.took = time.Since(started)
		if step.took == &done.invitations {
			b.checkInvitations(effortOf(simulator.Counters()))
		}
	}
	done.effort = effortOf(simulator.Counters())
	return done, nil
}

func (b *bench) checkInvitations(cost effort) {
	b.progress.stepf("  %d invitation dialogs, %d page loads, %d calls", cost.inviteDialogs, cost.pages, cost.calls)
	b.checkf(cost.inviteDialogs <= maxInviteDialogs, "inviting took %d dialogs, at most %d are allowed", cost.inviteDialogs, maxInviteDialogs)
	b.checkf(cost.pages <= maxPageLoads, "inviting took %d page loads, at most %d are allowed", cost.pages, maxPageLoads)
}

// checkRatio looks at a whole run only: with a handful of people what comes once, the log-in and the read, is most of it.
func (b *bench) checkRatio(proved, operated time.Duration) {
	b.checkf(b.size.Invitations < defaultInvitations || proved >= leastRatio*operated,
		"one by one, each proved, inviting took %s times as long as by the operator, and not at least %d", ratio(proved, operated), leastRatio)
}

// checkWorld compares what the simulator holds after the errand with what was asked for.
func (b *bench) checkWorld(simulator *claysim.Server, work errand, who string) {
	state := simulator.State()
	sent := map[string]int{}
	for _, mail := range state.Outbox {
		if mail.Kind == claysim.MailInvitation {
			sent[mail.To]++
		}
	}
	b.checkf(len(sent) == len(work.invitations), "%s sent e-mails to %d people, and %d were to be invited", who, len(sent), len(work.invitations))
	workspace := state.Workspace(workspaceID)
	for _, each := range work.invitations {
		invitation, found := workspace.Invitation(each.Email)
		b.checkf(sent[each.Email] == 1 && found && invitation.Role == each.Role,
			"%s sent %d e-mails to %s and left an invitation with the role %q", who, sent[each.Email], each.Email, invitation.Role)
	}
	for _, each := range work.roles {
		member, _ := workspace.Member(each.Email)
		b.checkf(member.Role == each.Role, "%s left %s with the role %q", who, each.Email, member.Role)
	}
	for _, each := range work.removals {
		_, found := workspace.Member(each.Email)
		b.checkf(!found, "%s left %s with a seat", who, each.Email)
	}
	b.checkf(len(workspace.Members) == len(work.roles)+1, "%s left %d members, not %d", who, len(workspace.Members), len(work.roles)+1)
}

func seatsTable(work errand, operated, proved, unproved outcome) table {
	row := func(who string, done outcome) []string {
		return []string{
			who, seconds(done.invitations), seconds(done.roles), seconds(done.removals), seconds(done.total()),
			number(done.effort.pages), number(done.effort.inviteDialogs), number(done.effort.otherDialogs), number(done.effort.calls),
		}
	}
	ratios := func(who string, done outcome) []string {
		return []string{
			who, ratio(done.invitations, operated.invitations), ratio(done.roles, operated.roles),
			ratio(done.removals, operated.removals), ratio(done.total(), operated.total()),
			ratio(done.effort.pages, operated.effort.pages), ratio(done.effort.inviteDialogs, operated.effort.inviteDialogs),
			ratio(done.effort.otherDialogs, operated.effort.otherDialogs), ratio(done.effort.calls, operated.effort.calls),
		}
	}
	return table{
		title: fmt.Sprintf("A call takes %s longer than on this machine, a document %s longer", work.callDelay, work.pageDelay),
		header: []string{
			"", fmt.Sprintf("invite %d, s", len(work.invitations)), fmt.Sprintf("change %d roles, s", len(work.roles)),
			fmt.Sprintf("remove %d, s", len(work.removals)), "all, s", "page loads", "invitation dialogs", "other dialogs", "API calls",
		},
		rows: [][]string{
			row("operator", operated),
			row("one by one, each proved", proved),
			row("one by one, nothing proved", unproved),
			ratios("each proved / operator", proved),
			ratios("nothing proved / operator", unproved),
		},
	}
}
