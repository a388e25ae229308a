package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// helpWidth is the width of the lists of flags, in columns: a terminal on a laptop, beside another window.
const helpWidth = 110

// writeUsage says how a command is called, in cobra's words, with the flags as wide as helpWidth. Cobra would take a template too; but
// a template calls methods by name, and for the sake of one the linker keeps every exported method of every type: a quarter of the program.
func writeUsage(command *cobra.Command) error {
	var text strings.Builder
	fmt.Fprint(&text, "Usage:")
	if command.Runnable() {
		fmt.Fprintf(&text, "\n  %s", command.UseLine())
	}
	if command.HasAvailableSubCommands() {
		fmt.Fprintf(&text, "\n  %s [command]", command.CommandPath())
	}
	if command.HasExample() {
		fmt.Fprintf(&text, "\n\nExamples:\n%s", command.Example)
	}
	if command.HasAvailableSubCommands() {
		fmt.Fprint(&text, "\n\nAvailable Commands:")
		for _, subcommand := range command.Commands() {
			if subcommand.IsAvailableCommand() || subcommand.Name() == "help" {
				fmt.Fprintf(&text, "\n  %-*s %s", subcommand.NamePadding(), subcommand.Name(), subcommand.Short)
			}
		}
	}
	if command.HasAvailableLocalFlags() {
		fmt.Fprintf(&text, "\n\nFlags:\n%s", strings.TrimRight(command.LocalFlags().FlagUsagesWrapped(helpWidth), "\n"))
	}
	if command.HasAvailableSubCommands() {
		fmt.Fprintf(&text, "\n\nUse %q for more information about a command.", command.CommandPath()+" [command] --help")
	}
	_, err := fmt.Fprintln(command.OutOrStderr(), text.String())
	return err
}
