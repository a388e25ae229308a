package browser

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// PlaywrightVersion is the version of playwright-core that the pinned playwright-go (v0.6000.0) speaks with; it accepts no
// other.
const PlaywrightVersion = "1.60.0"

// Environment variables that name the parts, for images and for machines where they lie elsewhere.
const (
	driverEnv   = "PLAYWRIGHT_DRIVER_PATH"
	nodeEnv     = "PLAYWRIGHT_NODEJS_PATH"
	chromiumEnv = "CLAY_CHROMIUM"
)

// chromiumNames are where Chromium is looked for, best first: the headless shell needs a third of the memory, and Debian's
// /usr/bin names are shell scripts that hide the process, so that the programs themselves come first.
var chromiumNames = []string{
	"/usr/lib/chromium/chromium-headless-shell",
	"chromium-headless-shell",
	"/usr/lib/chromium/chromium",
	"chromium",
	"google-chrome",
}

// Install is where the parts of the browser are.
type Install struct {
	// DriverDir holds package/cli.js of playwright-core.
	DriverDir string
	// Node is the Node.js executable that runs it.
	Node string
	// Chromium is the browser executable.
	Chromium string
	// Headed is true where Chromium shows its window.
	Headed bool
}

// DefaultDriverDir is where `make setup` puts the driver: in the user's cache directory.
func DefaultDriverDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache directory: %w", err)
	}
	return filepath.Join(cache, "clay-operator", "playwright", PlaywrightVersion), nil
}

// Locate finds the driver, Node.js and Chromium: each by the option, else by its environment variable, else in the usual places. The
// error names everything that is missing and what to do about it.
func Locate(options Options) (Install, error) {
	driver, driverErr := locateDriver(options.DriverDir)
	node, nodeErr := locateNode(options.Node)
	find := locateChromium
	if options.Headed {
		find = locateHeaded
	}
	chromium, chromiumErr := find(options.Chromium)
	if err := errors.Join(driverErr, nodeErr, chromiumErr); err != nil {
		return Install{}, &installError{err}
	}
	return Install{DriverDir: driver, Node: node, Chromium: chromium, Headed: options.Headed}, nil
}

// installError is shown as it is: it holds nothing but paths of this machine.
type installError struct{ error }

func (e *installError) Unwrap() error { return e.error }

func locateDriver(option string) (string, error) {
	dir := firstOf(option, os.Getenv(driverEnv))
	if dir == "" {
		var err error
		if dir, err = DefaultDriverDir(); err != nil {
			return "", err
		}
	}
	cli := filepath.Join(dir, "package", "cli.js")
	if info, err := os.Stat(cli); err != nil || info.IsDir() {
		return "", fmt.Errorf("the Playwright driver %s is missing: no file %s; run `make setup`, or name its directory with --driver-dir or %s",
			PlaywrightVersion, cli, driverEnv)
	}
	return filepath.Abs(dir)
}

func locateNode(option string) (string, error) {
	path, err := exec.LookPath(firstOf(option, os.Getenv(nodeEnv), "node"))
	if err != nil {
		return "", fmt.Errorf("the program Node.js is missing (%w): install version 18 or newer (Debian: `apt install nodejs`), or name it with --node or %s",
			err, nodeEnv)
	}
	return filepath.Abs(path)
}

func locateChromium(option string) (string, error) {
	names := chromiumCandidates()
	if chosen := firstOf(option, os.Getenv(chromiumEnv)); chosen != "" {
		names = []string{chosen}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil && !isSnap(path) {
			return filepath.Abs(path)
		}
	}
	return "", fmt.Errorf("the browser Chromium is missing (looked for %q): run `make setup` or install it "+
		"(Debian: `apt install chromium-headless-shell`), or name it with --chromium or %s", names, chromiumEnv)
}

// chromiumCandidates are chromiumNames, and behind them what hack/setup.sh downloads where there is no package.
func chromiumCandidates() []string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return chromiumNames
	}
	return append(slices.Clone(chromiumNames), filepath.Join(cache, "clay-operator", "chromium-headless-shell"))
}

// isSnap says whether a program is a snap, as Ubuntu's Chromium is. One of those cannot see the profile directory that
// Playwright makes for it.
func isSnap(path string) bool {
	target, err := filepath.EvalSymlinks(path)
	return err == nil && (strings.HasPrefix(target, "/snap/") || target == "/usr/bin/snap")
}

func firstOf(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}
