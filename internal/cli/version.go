package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/seatwright/clay-operator/internal/browser"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(command.OutOrStdout(), "clay-operator %s (%s, Playwright %s)\n",
				version(), runtime.Version(), browser.PlaywrightVersion)
			return err
		},
	}
}

// release is the version that a build without the history of the sources is told, as that of an image is.
var release string

// version is what the build was told, or that of the module where it was built as one, or else the commit that the Go toolchain recorded.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}
