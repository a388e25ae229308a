//go:build !nobrowser

package cli

import "github.com/spf13/cobra"

// browserCommands are those that drive a browser themselves: the one that the manager works with, and those for people.
func browserCommands() []*cobra.Command {
	return append([]*cobra.Command{newBrowser()}, handCommands()...)
}

// handCommands are those that drive a browser for a person.
func handCommands() []*cobra.Command {
	return []*cobra.Command{newLogin(inWindow), newProbe(), newImport(inOwnBrowser)}
}
