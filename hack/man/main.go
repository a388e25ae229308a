// Command man writes the manual pages of the program, under both of its names, into a directory.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra/doc"

	"github.com/seatwright/clay-operator/internal/cli"
)

// directoryMode lets everybody read the pages.
const directoryMode = 0o755

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: man DIRECTORY")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "man: %v\n", err)
		os.Exit(1)
	}
}

// write makes a page for each command. They carry no date and no version, so that the same commands make the same pages.
func write(directory string) error {
	if err := os.MkdirAll(directory, directoryMode); err != nil {
		return err
	}
	for _, root := range cli.Commands() {
		root.DisableAutoGenTag = true
		header := &doc.GenManHeader{Section: "1", Source: "clay-operator", Manual: "clay-operator"}
		if err := doc.GenManTree(root, header, directory); err != nil {
			return fmt.Errorf("write the pages of %s: %w", root.Name(), err)
		}
	}
	return nil
}
