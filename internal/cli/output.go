package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/pflag"
	"sigs.k8s.io/yaml"
)

// outputFormats are those of the commands that print what they found and no more.
var outputFormats = []string{outputTable, outputJSON, outputYAML}

// outputFlag says how a command prints what it found.
type outputFlag struct{ format string }

func (f *outputFlag) bind(flags *pflag.FlagSet) {
	flags.StringVarP(&f.format, "output", "o", outputTable, "`format` of the output: table, json or yaml")
}

func (f *outputFlag) validate() error {
	if !slices.Contains(outputFormats, f.format) {
		return usagef("--output=%s: use %s, %s or %s", f.format, outputTable, outputJSON, outputYAML)
	}
	return nil
}

// write writes a report: for programs as it is, for people as describe has it.
func (f *outputFlag) write(out io.Writer, report any, describe func() string) error {
	var text []byte
	var err error
	switch f.format {
	case outputJSON:
		text, err = json.MarshalIndent(report, "", "  ")
		text = append(text, '\n')
	case outputYAML:
		text, err = yaml.Marshal(report)
	default:
		text = []byte(describe())
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = out.Write(text)
	return err
}
