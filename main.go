// Command clay-operator makes the members of Clay workspaces a Kubernetes resource.
package main

import (
	"os"

	"github.com/seatwright/clay-operator/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args, os.Stdout, os.Stderr))
}
