package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

// measureReads measures passes that find nothing to do, with a small and with a large team.
func measureReads(ctx context.Context, b *bench) ([]table, error) {
	result := table{
		title:  "A pass that finds nothing to do",
		header: []string{"members", "median, s", "slowest, s", "page loads per pass", "API calls per pass", "dialogs", "ClayUser writes"},
	}
	for _, members := range []int{b.size.SmallTeam, b.size.LargeTeam} {
		row, err := b.measureReading(ctx, members)
		if err != nil {
			return nil, fmt.Errorf("%d members: %w", members, err)
		}
		result.rows = append(result.rows, row)
	}
	return []table{result}, nil
}

func (b *bench) measureReading(ctx context.Context, count int) (_ []string, err error) {
	members := people("member", count-1, givenRoles()...) // the operator's account is one, too
	simulator, err := startSimulator(members)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, simulator.Close()) }()
	b.progress.stepf("reads, %d members: starting a control plane", count)
	c, err := startCluster(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	workspace := newWorkspace(workspaceName, workspaceID, simulator.AppURL())
	err = errors.Join(
		c.createSecret(ctx, accountEmail, accountPassword),
		c.Client.Create(ctx, workspace),
		c.createAll(ctx, manifests(members)))
	if err != nil {
		return nil, err
	}
	b.progress.stepf("  the operator signs in and reads for the first time")
	op, err := b.startOperator(ctx, c, fmt.Sprintf("reads-%d", count))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, op.Stop()) }()
	if err := c.awaitUsers(ctx, b.progress, op, len(members), hasSeat); err != nil {
		return nil, err
	}
	return b.measurePasses(ctx, c, op, simulator, workspace, count)
}

// measurePasses asks for passes and looks at what they cost.
func (b *bench) measurePasses(
	ctx context.Context, c *cluster, op *operator, simulator *claysim.Server, workspace *clayv1alpha1.ClayWorkspace, count int,
) ([]string, error) {
	workspaces := []*clayv1alpha1.ClayWorkspace{workspace}
	// The first one that is asked for ends what the start has left to do.
	if _, err := c.pass(ctx, op, workspaces); err != nil {
		return nil, err
	}
	before, err := c.versions(ctx)
	if err != nil {
		return nil, err
	}
	simulator.ResetCounters()
	var took []time.Duration
	for pass := range b.size.Passes {
		b.progress.count(pass, b.size.Passes, "passes")
		once, err := c.pass(ctx, op, workspaces)
		if err != nil {
			return nil, err
		}
		took = append(took, once)
	}
	after, err := c.versions(ctx)
	if err != nil {
		return nil, err
	}
	cost, writes := effortOf(simulator.Counters()), differing(before, after)
	b.checkf(cost.pages == b.size.Passes, "%d passes without a change loaded %d pages, not one each", b.size.Passes, cost.pages)
	b.checkf(cost.inviteDialogs+cost.otherDialogs == 0, "passes without a change opened %d dialogs", cost.inviteDialogs+cost.otherDialogs)
	b.checkf(writes == 0, "passes without a change wrote %d ClayUsers", writes)
	slices.Sort(took)
	return []string{
		number(count), seconds(took[len(took)/2]), seconds(took[len(took)-1]),
		perPass(cost.pages, b.size.Passes), perPass(cost.calls, b.size.Passes), number(cost.inviteDialogs + cost.otherDialogs), number(writes),
	}, nil
}

// differing counts the users that were written between two looks.
func differing(before, after map[string]string) int {
	changed := maps.Clone(after)
	maps.DeleteFunc(changed, func(name, version string) bool { return before[name] == version })
	return len(changed)
}

func perPass(count, passes int) string {
	if count%passes == 0 {
		return number(count / passes)
	}
	return fmt.Sprintf("%.1f", float64(count)/float64(passes))
}
