//go:build nobrowser

package cli

import "github.com/spf13/cobra"

// browserCommands are none in a program that is built without what drives a browser: the image of the manager has no browser, and is smaller
// for it, and holds less that could be misused. The linker leaves out what nothing calls.
func browserCommands() []*cobra.Command { return nil }

// handCommands are none either.
func handCommands() []*cobra.Command { return nil }
