// Command bench measures clay-operator on real parts: a real control plane, the operator as its own process, a real Chromium
// for what concerns pages, and a simulator in Clay's place. `make bench` sets KUBEBUILDER_ASSETS, which it needs, and runs it;
// the figures go to the terminal and to docs/benchmarks.md.
//
// It fails where something was done wrong or done too often: a second e-mail, a dialog or a page load too many, a write
// without a change, and where inviting is not ten times as fast as one by one. Seconds and mebibytes are printed beside their
// targets and fail nothing, because they are the machine's as much as the operator's.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/seatwright/clay-operator/hack/internal/embedded"
)

// sizes are how much is measured. The defaults are those of docs/benchmarks.md; smaller ones make a quick test of the
// benchmark itself.
type sizes struct {
	// Invitations, RoleChanges and Removals are the people of the part "seats".
	Invitations, RoleChanges, Removals int
	// CallDelay and PageDelay are the latency that the part "seats" is repeated with; no repetition where both are zero.
	CallDelay, PageDelay time.Duration
	// SmallTeam and LargeTeam are the members of the part "reads", and Passes how many passes are measured for each.
	SmallTeam, LargeTeam, Passes int
	// Workspaces and Users are those of the part "scale", the users in all.
	Workspaces, Users int
}

// The sizes of docs/benchmarks.md. Those of the people and teams are of a company of some hundreds that lets a quarter be
// onboarded at once, and of one that is among the largest; the latencies are what a usual web application takes, because
// Clay's cannot be measured here; the scale is the operator's own promise.
const (
	defaultInvitations = 200
	defaultRoleChanges = 50
	defaultRemovals    = 50
	defaultCallDelay   = 150 * time.Millisecond
	defaultPageDelay   = 800 * time.Millisecond
	defaultSmallTeam   = 10
	defaultLargeTeam   = 2000
	defaultPasses      = 5
	defaultWorkspaces  = 50
	defaultUsers       = 10_000
)

func main() {
	var size sizes
	only := flag.String("only", "", "run one part alone: "+strings.Join(partNames(), ", ")+"; prints, and writes no file")
	output := flag.String("output", filepath.Join("docs", "benchmarks.md"), "the file for the results of all parts")
	binary := flag.String("binary", "", "measure this clay-operator instead of compiling the present sources")
	flag.IntVar(&size.Invitations, "invitations", defaultInvitations, "seats: people to invite")
	flag.IntVar(&size.RoleChanges, "role-changes", defaultRoleChanges, "seats: roles to change")
	flag.IntVar(&size.Removals, "removals", defaultRemovals, "seats: members to remove")
	flag.DurationVar(&size.CallDelay, "call-delay", defaultCallDelay, "seats: latency of a call in the repetition")
	flag.DurationVar(&size.PageDelay, "page-delay", defaultPageDelay, "seats: latency of a document in the repetition; 0 for both: no repetition")
	flag.IntVar(&size.SmallTeam, "small-team", defaultSmallTeam, "reads: members of the small workspace")
	flag.IntVar(&size.LargeTeam, "large-team", defaultLargeTeam, "reads: members of the large workspace")
	flag.IntVar(&size.Passes, "passes", defaultPasses, "reads and scale: passes without a change to measure")
	flag.IntVar(&size.Workspaces, "workspaces", defaultWorkspaces, "scale: ClayWorkspaces")
	flag.IntVar(&size.Users, "users", defaultUsers, "scale: ClayUsers, in all workspaces together")
	flag.Parse()

	ctrl.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, &bench{size: size, binary: *binary, progress: newProgress(os.Stdout)}, *only, *output)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\nbench:", err)
		os.Exit(1)
	}
}

// part is one thing that is measured, in its own world.
type part struct {
	name    string
	measure func(context.Context, *bench) ([]table, error)
}

func parts() []part {
	return []part{
		{name: "seats", measure: measureSeats},
		{name: "reads", measure: measureReads},
		{name: "scale", measure: measureScale},
	}
}

func partNames() []string {
	var names []string
	for _, part := range parts() {
		names = append(names, part.name)
	}
	return names
}

// bench is what every part works with.
type bench struct {
	size     sizes
	progress *progress
	// binary is the operator that is measured, and logs the directory for what it prints.
	binary, logs string
	// wrong are the findings that fail the run.
	wrong []string
}

// checkf notes a finding that fails the run, unless it is as it should be.
func (b *bench) checkf(ok bool, format string, arguments ...any) {
	if ok {
		return
	}
	finding := fmt.Sprintf(format, arguments...)
	b.wrong = append(b.wrong, finding)
	b.progress.stepf("WRONG: %s", finding)
}

func run(ctx context.Context, b *bench, only, output string) error {
	if only != "" && !slices.Contains(partNames(), only) {
		return fmt.Errorf("there is no part %q; the parts are %s", only, strings.Join(partNames(), ", "))
	}
	var err error
	if b.logs, err = os.MkdirTemp("", "clay-operator-bench-"); err != nil {
		return fmt.Errorf("make a directory for logs: %w", err)
	}
	if b.binary == "" {
		b.progress.stepf("compiling bin/clay-operator")
		if b.binary, err = embedded.BuildOperator(ctx); err != nil {
			return err
		}
	}
	results := map[string][]table{}
	for _, part := range parts() {
		if only != "" && part.name != only {
			continue
		}
		if results[part.name], err = part.measure(ctx, b); err != nil {
			return fmt.Errorf("%s: %w (the operator's logs are in %s)", part.name, err, b.logs)
		}
	}
	for _, part := range parts() {
		for _, table := range results[part.name] {
			table.print(os.Stdout)
		}
	}
	if len(b.wrong) > 0 {
		return fmt.Errorf("%s\n(the operator's logs are in %s)", strings.Join(b.wrong, "\n"), b.logs)
	}
	if only == "" {
		if err := writeReport(ctx, output, b, results); err != nil {
			return err
		}
		b.progress.stepf("wrote %s", output)
	}
	return os.RemoveAll(b.logs)
}
