package cli

import (
	"fmt"
	"log/slog"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// browserFlags say which browser runs and how. The manager has them too, for the browser that it starts itself.
type browserFlags struct {
	chromium    string
	driverDir   string
	node        string
	sandbox     string
	selfTest    bool
	maxSessions int
	memoryLimit string
}

// mostSessions is far more than one Chromium serves well; a larger number is a slip of the hand.
const mostSessions = 64

func (f *browserFlags) bind(flags *pflag.FlagSet) {
	f.bindInstall(flags)
	flags.BoolVar(&f.selfTest, "self-test", true, "try every feature of the browser that is used before the first call")
	flags.IntVar(&f.maxSessions, "max-sessions", sidecar.DefaultMaxCalls, "`number` of workspaces that the browser works in at a time")
	flags.StringVar(&f.memoryLimit, "memory-limit", "0",
		"`amount` of memory, such as 1400Mi, at which the browser is replaced by a fresh one; about 70 % of the container's limit; 0 for none")
}

// bindInstall binds the flags that say which browser runs.
func (f *browserFlags) bindInstall(flags *pflag.FlagSet) {
	flags.StringVar(&f.chromium, "chromium", "", "`path` of Chromium or its headless shell (default $CLAY_CHROMIUM, else looked for)")
	flags.StringVar(&f.driverDir, "driver-dir", "",
		"`path` of the directory with the Playwright driver "+browser.PlaywrightVersion+" (default $PLAYWRIGHT_DRIVER_PATH, else where \"make setup\" puts it)")
	flags.StringVar(&f.node, "node", "", "`path` of Node.js (default $PLAYWRIGHT_NODEJS_PATH, else looked for)")
	flags.StringVar(&f.sandbox, "sandbox", string(browser.SandboxAuto),
		"`mode` of Chromium's own sandbox: auto, required or off; auto goes without it where the system forbids it, and says so in a condition")
}

// validate returns a mistake in the flags.
func (f *browserFlags) validate() error {
	if err := f.validateInstall(); err != nil {
		return err
	}
	if f.maxSessions < 1 || f.maxSessions > mostSessions {
		return usagef("--max-sessions=%d: use a number from 1 to %d", f.maxSessions, mostSessions)
	}
	if _, err := f.memory(); err != nil {
		return err
	}
	return nil
}

// validateInstall returns a mistake in the flags of bindInstall.
func (f *browserFlags) validateInstall() error {
	switch browser.SandboxMode(f.sandbox) {
	case browser.SandboxAuto, browser.SandboxRequired, browser.SandboxOff:
		return nil
	default:
		return usagef("--sandbox=%s: use auto, required or off", f.sandbox)
	}
}

// memory returns the memory limit in bytes.
func (f *browserFlags) memory() (uint64, error) {
	amount, err := resource.ParseQuantity(f.memoryLimit)
	if err != nil || amount.Sign() < 0 {
		return 0, usagef("--memory-limit=%s: use an amount such as 1400Mi, or 0", f.memoryLimit)
	}
	return uint64(amount.Value()), nil //nolint:gosec // It is not negative, as was just looked at.
}

// options returns what the flags mean to the browser.
func (f *browserFlags) options(log *slog.Logger) (browser.Options, error) {
	memory, err := f.memory()
	if err != nil {
		return browser.Options{}, err
	}
	return browser.Options{
		DriverDir: f.driverDir,
		Node:      f.node,
		Chromium:  f.chromium,
		Sandbox:   browser.SandboxMode(f.sandbox),
		Limits:    browser.Limits{Memory: memory},
		Logger:    log,
	}, nil
}

// changedFlags returns those of the browser's flags that the command line of another process sets, as arguments.
func changedFlags(from *pflag.FlagSet) []string {
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(browserFlags).bind(own)
	var arguments []string
	own.VisitAll(func(flag *pflag.Flag) {
		if set := from.Lookup(flag.Name); set != nil && set.Changed {
			arguments = append(arguments, fmt.Sprintf("--%s=%s", flag.Name, set.Value))
		}
	})
	return arguments
}
