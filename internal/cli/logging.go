package cli

import (
	"io"
	"log/slog"

	"github.com/spf13/pflag"
)

// logFlags say what is logged and how. Logs go to standard error.
type logFlags struct {
	level  string
	format string
}

const (
	formatText = "text"
	formatJSON = "json"
)

func (f *logFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.level, "log-level", "info", "`level` of the least important lines that are logged: debug, info, warn or error")
	flags.StringVar(&f.format, "log-format", formatText, "`format` of the log: text or json")
}

// handler returns what the flags ask for.
func (f *logFlags) handler(output io.Writer) (slog.Handler, error) {
	var options slog.HandlerOptions
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.level)); err != nil {
		return nil, usagef("--log-level=%s: use debug, info, warn or error", f.level)
	}
	options.Level = level
	switch f.format {
	case formatText:
		return slog.NewTextHandler(output, &options), nil
	case formatJSON:
		return slog.NewJSONHandler(output, &options), nil
	default:
		return nil, usagef("--log-format=%s: use %s or %s", f.format, formatText, formatJSON)
	}
}

// arguments returns the flags for another process that shall log in the same way.
func (f *logFlags) arguments() []string {
	return []string{"--log-level=" + f.level, "--log-format=" + f.format}
}
