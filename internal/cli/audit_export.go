package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/seat"
)

const formatCSV = "csv"

// auditExport holds the flags of "audit export".
type auditExport struct {
	store     storeFlag
	from, to  string
	person    string
	workspace string
	format    string
	output    string
}

func newAuditExport() *cobra.Command {
	var options auditExport
	command := &cobra.Command{
		Use:   "export",
		Short: "Write the changes as CSV or JSON, for an auditor",
		Long: `export writes one line for each change in Clay: when, in which workspace, who, what, asked for by whom, what became of
it and what proves that. A change whose process ended before it knew is "Unknown: no outcome recorded".

It checks the whole trail on the way, as verify does. Where the trail is broken it still writes all that can be read, marks what
comes after the break as not verified, and ends with exit code 1.`,
		Example: `  clay-operator audit export --from=2026-01-01 --to=2026-03-31 --output=first-quarter.csv
  clay-operator audit export --person=casey@example.com --format=json`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			selection, err := options.selection()
			if err != nil {
				return err
			}
			return options.run(command.Context(), command.OutOrStdout(), selection)
		},
	}
	flags := command.Flags()
	flags.SortFlags = false
	options.store.bind(flags)
	flags.StringVar(&options.from, "from", "", "`time` of the first change, such as 2026-01-31 (in UTC) or 2026-01-31T08:00:00+01:00")
	flags.StringVar(&options.to, "to", "", "`time` before which the last change is; a date takes in the whole of its day")
	flags.StringVar(&options.person, "person", "", "`address` of the person whom the changes are about")
	flags.StringVar(&options.workspace, "workspace", "", "`name` of the ClayWorkspace, or its namespace, a slash and its name")
	flags.StringVar(&options.format, "format", formatCSV, "`format` of the output: csv or json")
	flags.StringVar(&options.output, "output", "", "`path` of the file to write, for you alone to read (default standard output)")
	return command
}

func (o *auditExport) selection() (audit.Selection, error) {
	var selection audit.Selection
	var err error
	if o.format != formatCSV && o.format != formatJSON {
		return selection, usagef("--format=%s: use %s or %s", o.format, formatCSV, formatJSON)
	}
	if selection.From, _, err = parseTime("from", o.from); err != nil {
		return selection, err
	}
	until, isDate, err := parseTime("to", o.to)
	if err != nil {
		return selection, err
	}
	if isDate {
		until = until.AddDate(0, 0, 1)
	}
	selection.Until = until
	if !until.IsZero() && !selection.From.Before(until) {
		return selection, usagef("--from=%s --to=%s: nothing is between them", o.from, o.to)
	}
	if o.person != "" {
		address, err := seat.ParseEmail(o.person)
		if err != nil {
			return selection, usagef("--person: %w", err)
		}
		selection.Person = string(address)
	}
	selection.Workspace = o.workspace
	if namespace, name, both := strings.Cut(o.workspace, "/"); both {
		selection.Namespace, selection.Workspace = namespace, name
	}
	return selection, nil
}

// parseTime reads the value of a flag, and says whether it was a date.
func parseTime(flag, text string) (at time.Time, isDate bool, err error) {
	if text == "" {
		return time.Time{}, false, nil
	}
	if at, err = time.Parse(time.DateOnly, text); err == nil {
		return at, true, nil
	}
	if at, err = time.Parse(time.RFC3339, text); err == nil {
		return at, false, nil
	}
	return time.Time{}, false, usagef("--%s=%s: use a date such as 2026-01-31 or a time such as 2026-01-31T08:00:00Z", flag, text)
}

func (o *auditExport) run(ctx context.Context, stdout io.Writer, selection audit.Selection) error {
	return o.store.read(ctx, func(reader *audit.Reader) error {
		changes, report, err := reader.Changes(ctx, selection)
		if err != nil {
			return err
		}
		write := audit.WriteCSV
		if o.format == formatJSON {
			write = audit.WriteJSON
		}
		into := func(out io.Writer) error { return write(out, changes) }
		if o.output == "" {
			err = into(stdout)
		} else {
			err = writeFile(o.output, into)
		}
		if err == nil && report.Break != nil {
			return fmt.Errorf("%w; everything that can be read was exported", report.Break)
		}
		return err
	})
}

// writeFile makes a file, or replaces one, that is there whole or not at all, and that only the user can read.
func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	err = write(file)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
