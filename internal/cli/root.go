package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	// exitUsage says that the command line was wrong and nothing was begun.
	exitUsage = 2
	// exitFindings says that the command did what it was asked to, and found something that somebody should look at.
	exitFindings = 2
	// exitInterrupted is what a shell makes of SIGINT, for commands that a person waits for.
	exitInterrupted = 130
)

// errInterrupted is why a command that a person waits for ends without having done its work.
var errInterrupted = errors.New("interrupted")

// Run executes the subcommand that the arguments name, until it ends or the process is told to end by SIGINT or SIGTERM, and returns
// the exit code. A second signal ends the process at once.
func Run(arguments []string, stdout, stderr io.Writer) int {
	return execute(newRoot(), arguments, stdout, stderr)
}

// execute runs one of the program's two faces.
func execute(root *cobra.Command, arguments []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	root.SetArgs(arguments)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	// Where standard error is gone there is nobody to tell.
	_, _ = fmt.Fprintf(stderr, "%s: %v\n", command.CommandPath(), err)
	if usage := (*usageError)(nil); errors.As(err, &usage) {
		_, _ = fmt.Fprintf(stderr, "See %q.\n", command.CommandPath()+" --help")
		if _, only := command.Annotations[onlyFindings]; only {
			return exitFailure
		}
	}
	return exitCode(err)
}

// onlyFindings marks a command whose exit code 2 says that there are findings, and nothing else: programs rely on it.
const onlyFindings = "only-findings"

// exitCode is what the process ends with after an error.
func exitCode(err error) int {
	usage, findings := (*usageError)(nil), (*findingsError)(nil)
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &findings):
		return exitFindings
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	default:
		return exitFailure
	}
}

// usageError is a mistake in the command line.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

// usagef says what is wrong with the command line, and how to mend it.
func usagef(format string, arguments ...any) error {
	return &usageError{fmt.Errorf(format, arguments...)}
}

// findingsError is what a command found that somebody should look at.
type findingsError struct{ error }

func (e *findingsError) Unwrap() error { return e.error }

func newRoot() *cobra.Command {
	root := prepare(&cobra.Command{
		Use:   programName,
		Short: "Manage the members of Clay workspaces as Kubernetes resources",
		Long: `clay-operator makes the members of Clay workspaces a Kubernetes resource.

It reads ClayWorkspace, ClayUser and ClayGroup manifests, signs in to Clay with a real browser, compares who has a seat
with who should have one, makes exactly those changes, and reads back whether they are there.

It runs as two processes: "manager" talks to Kubernetes, "browser" talks to Clay. On a laptop, "manager" starts
its own browser; in a cluster both are containers of one pod, joined by a socket.`,
		Example: `  # Run against the cluster of your kubeconfig:
  clay-operator manager

  # The commands for people are a plugin of kubectl too, where the program is called kubectl-clay:
  kubectl clay status`,
	})
	root.AddCommand(newManager())
	root.AddCommand(browserCommands()...)
	root.AddCommand(peopleCommands()...)
	root.AddCommand(newAudit(), newVersion())
	return root
}

// peopleCommands are those that a person uses. They are new ones with each call.
func peopleCommands() []*cobra.Command {
	return []*cobra.Command{
		newStatus(), newWho(), newPlan(inOwnBrowser), newReport(), newApprove(),
	}
}

// prepare gives a root what both have in common.
func prepare(root *cobra.Command) *cobra.Command {
	root.Args = noSubcommand
	root.RunE = func(command *cobra.Command, _ []string) error { return command.Help() }
	root.SilenceUsage, root.SilenceErrors = true, true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.SetUsageFunc(writeUsage)
	return root
}

func noSubcommand(command *cobra.Command, arguments []string) error {
	if len(arguments) == 0 {
		return nil
	}
	var names []string
	for _, each := range command.Commands() {
		if each.IsAvailableCommand() {
			names = append(names, each.Name())
		}
	}
	return usagef("there is no subcommand %q: use %s or %s", arguments[0], strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
}

// noArguments is for subcommands that take flags only.
func noArguments(_ *cobra.Command, arguments []string) error {
	if len(arguments) > 0 {
		return usagef("unexpected argument %q: flags begin with --", arguments[0])
	}
	return nil
}
