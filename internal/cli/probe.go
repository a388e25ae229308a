package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/clayweb"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	// probeLimit bounds a probe: the slowest log-in, and a minute for each page that is looked at.
	probeLimit = 15 * time.Minute
	// probeDirectory begins the name of the directory that a probe makes where none is named.
	probeDirectory = "clay-probe-"
)

type probeOptions struct {
	log     logFlags
	browser browserFlags
	account accountFlags

	headed bool
	output string
	json   bool
}

func newProbe() *cobra.Command {
	var options probeOptions
	command := &cobra.Command{
		Use:   "probe",
		Short: "Look whether Clay's pages are as the operator knows them, and change nothing",
		Long: `probe signs in to a real workspace, walks through the pages that the operator works with, and tells which element was
found by which of the ways that the operator knows. It is how somebody with a Clay account tells the project what is true.

It reads the list of members, and opens and closes menus, lists of roles and the dialog for invitations; then it does so on the pages of
groups, budgets and limits, as far as the plan has them. It chooses, sends, removes and confirms nothing,
and holds back every request of the page that is not a read while it clicks.

It needs no cluster. The account has to be an admin of the workspace. With --workspace it takes everything from the
ClayWorkspace of that name in the cluster of your kubeconfig.

The exit code is 0 where everything was found, 2 where something was not, and 1 where the walk could not be made.`,
		Example: `  # The password is in a file:
  clay-operator probe --workspace-id=12345 --email=clay-operator@example.com --password-file=password.txt

  # Watch the browser, with what a ClayWorkspace in the cluster says:
  clay-operator probe --workspace=sales --namespace=clay --headed`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := options.validate(); err != nil {
				return err
			}
			handler, err := options.log.handler(command.ErrOrStderr())
			if err != nil {
				return err
			}
			return options.run(command.Context(), slog.New(handler), command.OutOrStdout())
		},
	}
	flags := command.Flags()
	flags.SortFlags = false
	options.bind(flags)
	completeWorkspace(command, &options.account.kubeconfig, &options.account.namespace)
	return command
}

func (o *probeOptions) bind(flags *pflag.FlagSet) {
	o.account.bind(flags)
	flags.StringVarP(&o.account.namespace, "namespace", "n", "", "`name` of its namespace (default that of the kubeconfig)")
	flags.BoolVar(&o.headed, "headed", false, "show the browser's window")
	flags.StringVar(&o.output, "output", "", "`path` of a new or empty directory for the report and the pictures (default "+probeDirectory+"TIME)")
	flags.BoolVar(&o.json, "json", false, "print the report as JSON")
	o.browser.bindInstall(flags)
	o.log.bind(flags)
	// Whoever waits for a table wants to read of what is amiss, and not of every step.
	o.log.level = "warn"
	flags.Lookup("log-level").DefValue = o.log.level
}

// validate returns a mistake in the flags.
func (o *probeOptions) validate() error {
	if o.account.workspace == "" && o.account.namespace != "" {
		return usagef("--namespace=%s goes with --workspace", o.account.namespace)
	}
	if err := o.account.validate(); err != nil {
		return err
	}
	return o.browser.validateInstall()
}

// run makes the walk and tells of it.
func (o *probeOptions) run(ctx context.Context, log *slog.Logger, stdout io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	access, err := o.account.access(ctx)
	if err != nil {
		return err
	}
	directory, err := o.directory()
	if err != nil {
		return err
	}
	probe, err := o.walk(ctx, access, log)
	if saveErr := saveProbe(directory, probe); saveErr != nil {
		return errors.Join(err, fmt.Errorf("write the report: %w", saveErr))
	}
	if printErr := o.print(stdout, probe, directory); printErr != nil {
		return errors.Join(err, printErr)
	}
	switch {
	case err != nil:
		return err
	case !probe.AllFound():
		return &findingsError{fmt.Errorf("not everything was found: see %s", directory)}
	}
	return nil
}

// print tells what was found.
func (o *probeOptions) print(stdout io.Writer, probe clayweb.Probe, directory string) error {
	text := []byte(describeProbe(probe) + afterwards(directory))
	if o.json {
		var err error
		if text, err = encodeProbe(probe); err != nil {
			return err
		}
	}
	_, err := stdout.Write(text)
	return err
}

// walk starts a browser and walks.
func (o *probeOptions) walk(ctx context.Context, access sidecar.Workspace, log *slog.Logger) (clayweb.Probe, error) {
	chromium, err := browser.Start(ctx, browser.Options{
		DriverDir: o.browser.driverDir, Node: o.browser.node, Chromium: o.browser.chromium,
		Sandbox: browser.SandboxMode(o.browser.sandbox), Headed: o.headed, Logger: log,
	})
	if err != nil {
		return clayweb.Probe{}, fmt.Errorf("start the browser: %w", err)
	}
	defer chromium.Close()
	backend, err := clayweb.New(chromium, log)
	if err != nil {
		return clayweb.Probe{}, err
	}
	return backend.Probe(ctx, access)
}
