// Command clay-operator makes the members of Clay workspaces a Kubernetes resource.
package main

import (
	"os"

	"github.com/seatwright/clay-operator/internal/cli"
)

func main() {
	os.Exit(cli.Run(os.Args[1:], os.Stdout, os.Stderr))
}
