package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/seatwright/clay-operator/internal/audit"
)

// sha256Digits is the length of a SHA-256 in hexadecimal digits.
const sha256Digits = 64

// auditVerify holds the flags of "audit verify".
type auditVerify struct {
	store  storeFlag
	expect []string
}

func newAuditVerify() *cobra.Command {
	var options auditVerify
	command := &cobra.Command{
		Use:   "verify",
		Short: "Check that nobody has changed the trail",
		Long: `verify walks along the whole trail, checks the hash of each record and that each continues the one before, compares the
pictures and reports that are still there with what the records say of them, and prints what it found. It ends with exit code 1 where
something is not what was written, and names the record and the object.

Where the head was gone and made anew, records may have been cut off before that: verify names each such place, which by itself is no
error. Heads that were kept elsewhere tell.

It prints the head: the number and the hash of the last record. Somebody who can write everything in the store can
also make a whole new trail. Keep heads elsewhere to notice that, and pass them to a later check with --expect.`,
		Example: `  clay-operator audit verify --store=file:///var/lib/clay-operator

  # With a head that an earlier check printed:
  clay-operator audit verify --store='s3://bucket?prefix=clay/' --expect=4711:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			expected, err := options.expected()
			if err != nil {
				return err
			}
			return options.store.read(command.Context(), func(reader *audit.Reader) error {
				report, err := reader.Verify(command.Context(), expected...)
				if err != nil {
					return err
				}
				if err := printReport(command.OutOrStdout(), report); err != nil {
					return err
				}
				if wrong := report.Wrong(); wrong != nil {
					return wrong
				}
				return nil
			})
		},
	}
	flags := command.Flags()
	flags.SortFlags = false
	options.store.bind(flags)
	flags.StringSliceVar(&options.expect, "expect", nil,
		"`number:hash` of a record that must be in the trail, as an earlier check printed it; may be given several times")
	return command
}

func (o *auditVerify) expected() ([]audit.Place, error) {
	var places []audit.Place
	for _, text := range o.expect {
		number, hash, _ := strings.Cut(text, ":")
		sequence, err := strconv.ParseUint(number, 10, 64)
		if err != nil || sequence == 0 || len(hash) != sha256Digits || strings.Trim(hash, "0123456789abcdef") != "" {
			return nil, usagef("--expect=%s: use the number of a record, a colon and its hash, as \"audit verify\" prints its head", text)
		}
		places = append(places, audit.Place{Sequence: sequence, Hash: hash})
	}
	return places, nil
}

func printReport(out io.Writer, report audit.Report) error {
	table := tabwriter.NewWriter(out, 0, 0, columnGap, ' ', 0)
	var failed error
	line := func(name, format string, arguments ...any) {
		if _, err := fmt.Fprintf(table, "%s\t%s\n", name, fmt.Sprintf(format, arguments...)); failed == nil {
			failed = err
		}
	}
	line("records", "%d in %d objects", report.Records, report.Objects)
	if report.Records > 0 {
		line("time", "%s to %s", report.FirstTime.Format(time.RFC3339), report.LastTime.Format(time.RFC3339))
	}
	for i, writer := range report.Writers {
		line([]string{"writers", ""}[min(i, 1)], "%s", strings.TrimSpace(writer.Host+" "+writer.Version))
	}
	if report.Removed > 0 {
		line("retention", "has removed the records up to %d, and the trail says so", report.Removed)
	}
	for _, record := range report.Mended {
		line("head mended", "with record %d at %s: the head was gone, unreadable or false, and records before this one may have been cut off",
			record.Sequence, record.Time.Format(time.RFC3339))
	}
	for _, key := range report.Strange {
		line("not a record", "%q", key)
	}
	if report.Evidence+report.EvidenceGone > 0 {
		line("evidence", "%d objects as they were stored, %d gone, as retention takes them", report.Evidence, report.EvidenceGone)
	}
	for _, altered := range report.Altered {
		line("replaced", "%s: it is not what record %d says", altered.Object, altered.Sequence)
	}
	switch {
	case report.Break != nil:
		line("result", "broken: what is said above of the part after the break may be anybody's")
	case report.Records == 0:
		line("result", "there are no records yet")
	default:
		line("head", "%d:%s", report.Last.Sequence, report.Last.Hash)
		if report.Behind > 0 {
			line("", "the stored head is %d records behind, as after a crash or while the operator writes", report.Behind)
		}
		line("result", "%s", wholeness(report))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return failed
}

// wholeness says what a trail without a break shows, and no more.
func wholeness(report audit.Report) string {
	if len(report.Altered) > 0 {
		return "the records are whole, and evidence was replaced"
	}
	if len(report.Mended) > 0 {
		return "whole from end to end, but records may have been cut off where the head was mended: --expect tells"
	}
	return "whole: the records are as they were written, and continue one another up to the head"
}
