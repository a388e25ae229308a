package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/report"
)

// outputHTML is a page to print.
const outputHTML = "html"

// reportFormats are what --output of a report may be.
var reportFormats = []string{outputTable, outputJSON, outputYAML, formatCSV, outputHTML}

const (
	// defaultPeriod is the time that a report is about, where no flag says otherwise: a month, as prices are.
	defaultPeriod = 30 * 24 * time.Hour
	// maxPeriod keeps a slip of the year from making a report of centuries.
	maxPeriod = 10 * 366 * 24 * time.Hour
	// maxUnusedDays is a year. Nothing is known of what was used before.
	maxUnusedDays = 366
)

type reportOptions struct {
	store  storeFlag
	target targetFlags

	output       string
	outputFile   string
	since, until string
	unusedDays   int

	// storeNamed is true where a flag names the store, so that it has to be there.
	storeNamed bool
	// now is what tests replace.
	now func() time.Time
}

func newReport() *cobra.Command {
	options := reportOptions{now: time.Now}
	command := &cobra.Command{
		Use:   "report",
		Short: "Tell of orphans, unused seats, credits, work and money",
		Long: `report tells what somebody should look at in the workspaces: members nobody asked for, invitations nobody accepted, seats without
use, people and budgets at their limits, access that comes to its end, admins; and how much work the operator did in a period, how
long that would have taken by hand, and what it and the seats cost, by the prices in spec.cost of the ClayWorkspace.

It goes by what the operator wrote into the statuses and into its audit trail, and says how old that is. It changes nothing, and needs to
read ClayWorkspaces, ClayUsers, ClayGroups and the audit store, and nothing else. Without a trail it leaves out what follows from it.

The exit code is 0 where the report is made, 2 for a mistake in the flags, and 1 for every other error; of these a trail that is broken
still leaves a report, of what is verified. docs/report.md has every formula.`,
		Example: `  # The last 30 days, for people:
  clay-operator report --store='s3://bucket?prefix=clay/'

  # A quarter, as a page to print:
  clay-operator report --since=2026-01-01 --until=2026-03-31 --output=html --output-file=first-quarter.html`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			options.storeNamed = command.Flags().Changed("store")
			since, until, err := options.validate()
			if err != nil {
				return err
			}
			return options.run(command.Context(), command.OutOrStdout(), since, until)
		},
	}
	flags := command.Flags()
	flags.SortFlags = false
	options.bind(flags)
	completeWorkspace(command, &options.target.kubeconfig, &options.target.namespace)
	completeOutput(command, reportFormats)
	return command
}

func (o *reportOptions) bind(flags *pflag.FlagSet) {
	o.target.bind(flags)
	flags.StringVarP(&o.output, "output", "o", outputTable, "`format` of the output: table, json, yaml, csv or html")
	flags.StringVar(&o.outputFile, "output-file", "", "`path` of the file to write, for you alone to read (default standard output)")
	flags.StringVar(&o.since, "since", "",
		"`time` of the first change to count, such as 2026-01-31 (in UTC) or 2026-01-31T08:00:00+01:00 (default 30 days before --until)")
	flags.StringVar(&o.until, "until", "", "`time` before which the last change is; a date takes in the whole of its day (default now)")
	flags.IntVar(&o.unusedDays, "unused-days", report.DefaultUnusedDays, "`days` without use that make a seat unused")
	o.store.bind(flags)
}

// validate returns the period, or a mistake in the flags.
func (o *reportOptions) validate() (since, until time.Time, err error) {
	if !slices.Contains(reportFormats, o.output) {
		return since, until, usagef("--output=%s: use %s, %s, %s, %s or %s", o.output, outputTable, outputJSON, outputYAML, formatCSV, outputHTML)
	}
	if err := o.target.validate(); err != nil {
		return since, until, err
	}
	if o.unusedDays < 1 || o.unusedDays > maxUnusedDays {
		return since, until, usagef("--unused-days=%d: use a number from 1 to %d", o.unusedDays, maxUnusedDays)
	}
	return o.period()
}

// period reads the flags that bound it. It ends now at the latest, because nothing was done after that.
func (o *reportOptions) period() (since, until time.Time, err error) {
	now := o.now().UTC()
	until, isDate, err := parseTime("until", o.until)
	if err != nil {
		return since, until, err
	}
	if isDate {
		until = until.AddDate(0, 0, 1)
	}
	if until.IsZero() || until.After(now) {
		until = now
	}
	if since, _, err = parseTime("since", o.since); err != nil {
		return since, until, err
	}
	if since.IsZero() {
		since = until.Add(-defaultPeriod)
	}
	switch {
	case !since.Before(until):
		return since, until, usagef("--since=%s --until=%s: nothing that has happened is between them", o.since, o.until)
	case until.Sub(since) > maxPeriod:
		return since, until, usagef("--since=%s: use a time at most ten years before --until", o.since)
	default:
		return since, until, nil
	}
}

func (o *reportOptions) run(ctx context.Context, stdout io.Writer, since, until time.Time) error {
	input := report.Input{Since: since, Until: until, UnusedDays: o.unusedDays, Now: o.now()}
	if err := o.readCluster(ctx, &input); err != nil {
		return err
	}
	broken, err := o.readTrail(ctx, &input)
	if err != nil {
		return err
	}
	made := report.Build(input)
	into := func(out io.Writer) error { return writeReport(out, made, o.output) }
	if o.outputFile == "" {
		err = into(stdout)
	} else {
		err = writeFile(o.outputFile, into)
	}
	if err == nil && broken != nil {
		return fmt.Errorf("%w; the report counts what is verified", broken)
	}
	return err
}

// readCluster reads the resources.
func (o *reportOptions) readCluster(ctx context.Context, input *report.Input) error {
	cluster, err := o.target.connect(ctx)
	if err != nil {
		return err
	}
	workspaces, err := o.target.find(ctx, cluster)
	if err != nil {
		return err
	}
	users, groups := &v1alpha1.ClayUserList{}, &v1alpha1.ClayGroupList{}
	if err := cluster.List(ctx, users, client.InNamespace(o.target.namespace)); err != nil {
		return fmt.Errorf("list the ClayUsers: %w", err)
	}
	if err := cluster.List(ctx, groups, client.InNamespace(o.target.namespace)); err != nil {
		return fmt.Errorf("list the ClayGroups: %w", err)
	}
	input.Workspaces, input.Users, input.Groups = workspaces, users.Items, groups.Items
	return nil
}

// readTrail reads what was done in Clay. A store that a flag names must be there; the one that is looked for without a flag need not be,
// because the operator of a cluster keeps its own elsewhere. The first of the errors says where the trail is broken.
func (o *reportOptions) readTrail(ctx context.Context, input *report.Input) (broken, err error) {
	err = o.store.read(ctx, func(reader *audit.Reader) error {
		changes, found, err := reader.Changes(ctx, audit.Selection{From: input.Since, Until: input.Until})
		if err != nil {
			return err
		}
		input.Changes, input.Trail.Read = changes, true
		if !found.FirstTime.IsZero() {
			input.Trail.FirstTime, input.Trail.LastTime = new(found.FirstTime.UTC()), new(found.LastTime.UTC())
		}
		if found.Break != nil {
			broken, input.Trail.Problem = found.Break, found.Break.Error()+"."
		}
		return nil
	})
	if err == nil || o.storeNamed {
		return broken, err
	}
	input.Trail = report.Trail{Problem: "no audit trail was found on this machine. Name the operator's with --store."}
	return nil, nil
}

// writeReport writes a report in a format.
func writeReport(out io.Writer, made *report.Report, format string) error {
	var text []byte
	var err error
	switch format {
	case outputJSON:
		text, err = json.MarshalIndent(made, "", "  ")
		text = append(text, '\n')
	case outputYAML:
		text, err = yaml.Marshal(made)
	case formatCSV:
		return made.WriteCSV(out)
	case outputHTML:
		return made.WriteHTML(out)
	default:
		return made.WriteTable(out)
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = out.Write(text)
	return err
}
