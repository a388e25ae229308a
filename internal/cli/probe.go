package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers"
	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/clayweb"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	// passwordVariable may hold the password of a probe, so that it stands in no list of processes.
	passwordVariable = "CLAY_PASSWORD"
	// probeLimit bounds a probe: the slowest log-in, and a minute for each page that is looked at.
	probeLimit = 15 * time.Minute
	// probeDirectory begins the name of the directory that a probe makes where none is named.
	probeDirectory = "clay-probe-"
)

type probeOptions struct {
	log     logFlags
	browser browserFlags

	workspaceID  string
	appURL       string
	email        string
	passwordFile string
	sessionFile  string
	locatorsFile string

	workspace string
	namespace string

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

It reads the list of members, and opens and closes menus, lists of roles and the dialog for invitations. It chooses, sends,
removes and confirms nothing, and holds back every request of the page that is not a read while it clicks.

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
	return command
}

func (o *probeOptions) bind(flags *pflag.FlagSet) {
	flags.StringVar(&o.workspaceID, "workspace-id", "", "`number` of the workspace, as in https://app.clay.com/workspaces/12345")
	flags.StringVar(&o.email, "email", "", "`address` of an account that is an admin of the workspace")
	flags.StringVar(&o.appURL, "app-url", v1alpha1.DefaultAppURL, "`origin` of Clay's web app")
	flags.StringVar(&o.passwordFile, "password-file", "", "`path` of a file with the password (default $"+passwordVariable+")")
	flags.StringVar(&o.sessionFile, "session-file", "", "`path` of a file with a session, in place of or besides a password")
	flags.StringVar(&o.locatorsFile, "locators", "", "`path` of a file in the form of locators.yaml that overrides parts of it, to be tried")
	flags.StringVar(&o.workspace, "workspace", "", "`name` of a ClayWorkspace to take all that from")
	flags.StringVarP(&o.namespace, "namespace", "n", "", "`name` of its namespace (default that of the kubeconfig)")
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
	switch direct := o.workspaceID != "" || o.email != "" || o.passwordFile != "" || o.sessionFile != ""; {
	case o.workspace != "" && direct:
		return usagef("--workspace=%s says it all: leave out --workspace-id, --email, --password-file and --session-file", o.workspace)
	case o.workspace == "" && o.namespace != "":
		return usagef("--namespace=%s goes with --workspace", o.namespace)
	case o.workspace == "" && (o.workspaceID == "" || o.email == ""):
		return usagef("--workspace-id and --email are needed, or --workspace")
	}
	if o.workspace == "" && o.passwordFile == "" && o.sessionFile == "" && os.Getenv(passwordVariable) == "" {
		return usagef("--password-file, --session-file or the variable %s is needed", passwordVariable)
	}
	return o.browser.validateInstall()
}

// run makes the walk and tells of it.
func (o *probeOptions) run(ctx context.Context, log *slog.Logger, stdout io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	access, err := o.access(ctx)
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

// access gathers what the walk needs: from the flags, or from the cluster.
func (o *probeOptions) access(ctx context.Context) (access sidecar.Workspace, err error) {
	if o.workspace != "" {
		access, err = accessFromCluster(ctx, o.workspace, o.namespace)
	} else {
		access, err = o.accessFromFlags()
	}
	if err != nil || o.locatorsFile == "" {
		return access, err
	}
	locators, err := os.ReadFile(o.locatorsFile)
	if err != nil {
		return access, fmt.Errorf("--locators: %w", err)
	}
	access.Locators = string(locators)
	return access, nil
}

func (o *probeOptions) accessFromFlags() (sidecar.Workspace, error) {
	email, err := seat.ParseEmail(o.email)
	if err != nil {
		return sidecar.Workspace{}, usagef("--email: %w", err)
	}
	origin, err := controllers.OriginOf(&v1alpha1.ClayWorkspace{Spec: v1alpha1.ClayWorkspaceSpec{AppURL: o.appURL}})
	if err != nil {
		return sidecar.Workspace{}, usagef("--app-url=%s: use an origin such as %s; http is for this machine alone", o.appURL, v1alpha1.DefaultAppURL)
	}
	access := sidecar.Workspace{ID: o.workspaceID, AppURL: origin, Login: sidecar.Login{Email: email, Password: sidecar.Password(os.Getenv(passwordVariable))}}
	if o.passwordFile != "" {
		text, err := os.ReadFile(o.passwordFile)
		if err != nil {
			return sidecar.Workspace{}, fmt.Errorf("--password-file: %w", err)
		}
		access.Login.Password = sidecar.Password(strings.TrimRight(string(text), "\r\n"))
	}
	if o.sessionFile != "" {
		if access.Session, err = os.ReadFile(o.sessionFile); err != nil {
			return sidecar.Workspace{}, fmt.Errorf("--session-file: %w", err)
		}
	}
	return access, nil
}
