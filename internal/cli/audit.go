package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seatwright/clay-operator/internal/audit"
)

func newAudit() *cobra.Command {
	command := &cobra.Command{
		Use:   "audit",
		Short: "Check and export the trail of what was done in Clay",
		Long: `audit reads the trail that the manager leaves in its audit store: a record of every change in Clay, of who asked for
it, of what became of it, and of what proves that. It changes nothing there.`,
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) > 0 {
				return usagef("there is no subcommand %q: use verify or export", arguments[0])
			}
			return nil
		},
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(newAuditVerify(), newAuditExport())
	return command
}

// storeFlag says which store is read.
type storeFlag struct{ address string }

func (f *storeFlag) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.address, "store", "",
		"`URL` of the audit store, as the manager has it in --audit-store (default clay-operator/audit in the user's cache directory)")
}

// read opens the store for the time of a call.
func (f *storeFlag) read(ctx context.Context, use func(reader *audit.Reader) error) error {
	if err := locateStore("store", &f.address); err != nil {
		return err
	}
	reader, err := audit.OpenReader(ctx, f.address)
	if err != nil {
		return fmt.Errorf("%w: name the store with --store", err)
	}
	return errors.Join(use(reader), reader.Close())
}
