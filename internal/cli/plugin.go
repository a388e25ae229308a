package cli

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

const (
	// programName is the program's own name.
	programName = "clay-operator"
	// pluginProgram is the name under which kubectl finds a program for "kubectl clay".
	pluginProgram = "kubectl-clay"
	// completionProgram is the name under which kubectl finds a program that completes the arguments of "kubectl clay".
	completionProgram = "kubectl_complete-clay"
	// pluginName is how a person calls it.
	pluginName = "kubectl clay"
)

// Main executes what a command line asks for and returns the exit code. Its first argument is the name that the program was called by: under
// kubectl-clay it is a plugin of kubectl, with the subcommands that people use. See Run.
func Main(arguments []string, stdout, stderr io.Writer) int {
	var called string
	if len(arguments) > 0 {
		called = strings.TrimSuffix(filepath.Base(arguments[0]), ".exe")
		arguments = arguments[1:]
	}
	switch called {
	case pluginProgram:
		return execute(newPlugin(), arguments, stdout, stderr)
	case completionProgram:
		return execute(newPlugin(), append([]string{cobra.ShellCompRequestCmd}, arguments...), stdout, stderr)
	default:
		return Run(arguments, stdout, stderr)
	}
}

// Commands returns the two faces of the program, for whoever describes them.
func Commands() []*cobra.Command { return []*cobra.Command{newRoot(), newPlugin()} }

// newPlugin has what people use of the operator. What runs it is not among it.
func newPlugin() *cobra.Command {
	root := prepare(&cobra.Command{
		Use:         pluginProgram,
		Annotations: map[string]string{cobra.CommandDisplayNameAnnotation: pluginName},
		Short:       "See and manage who has a seat in Clay",
		Long: `kubectl clay shows how it stands with the members of Clay workspaces, and helps with what only a person can do.

It is the program clay-operator under another name: a link or a copy of it called kubectl-clay somewhere in PATH. For completion in
the shell make a second one called kubectl_complete-clay.`,
		Example: `  # What is going on?
  kubectl clay status

  # What does Casey have, and why?
  kubectl clay who casey@example.com`,
	})
	root.AddCommand(peopleCommands()...)
	root.AddCommand(handCommands()...)
	root.AddCommand(newExport(), newVersion())
	for _, command := range root.Commands() {
		command.Example = strings.ReplaceAll(command.Example, "  "+programName+" ", "  "+pluginName+" ")
	}
	return root
}

// newExport is "audit export" for those who have no other use of the trail.
func newExport() *cobra.Command {
	command := newAuditExport()
	command.Example = strings.ReplaceAll(command.Example, programName+" audit export", programName+" export")
	return command
}
