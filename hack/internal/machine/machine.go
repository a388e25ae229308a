// Package machine says on what something was measured. It is for programs in hack alone.
package machine

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/seatwright/clay-operator/internal/browser"
)

// Machine is what figures were measured on. It holds no name and no path of it; what cannot be found out is "unknown".
type Machine struct {
	Cores                               int
	Processor, Memory, System           string
	Go, Node, Chromium, Playwright, API string
}

// Describe looks at the present machine. It fails where there is no browser.
func Describe(ctx context.Context) (Machine, error) {
	install, err := browser.Locate(browser.Options{})
	if err != nil {
		return Machine{}, fmt.Errorf("find the browser: %w", err)
	}
	assets := os.Getenv("KUBEBUILDER_ASSETS")
	return Machine{
		Cores:      runtime.NumCPU(),
		Processor:  field("/proc/cpuinfo", "model name", ":"),
		Memory:     gibibytes(field("/proc/meminfo", "MemTotal", ":")),
		System:     strings.Trim(field("/etc/os-release", "PRETTY_NAME", "="), `"`),
		Go:         runtime.Version(),
		Node:       version(ctx, install.Node),
		Chromium:   version(ctx, install.Chromium),
		Playwright: browser.PlaywrightVersion,
		API:        version(ctx, filepath.Join(assets, "kube-apiserver")),
	}, nil
}

// field is the first value of a key in one of the system's text files; "unknown" where the system has none.
func field(path, key, separator string) string {
	file, err := os.Open(path)
	if err != nil {
		return "unknown"
	}
	defer file.Close() //nolint:errcheck // It was only read.
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		name, value, found := strings.Cut(lines.Text(), separator)
		if found && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

const kibibytesPerGibibyte = 1 << 20

// gibibytes makes "16384000 kB" readable.
func gibibytes(text string) string {
	kibibytes, err := strconv.Atoi(strings.TrimSuffix(text, " kB"))
	if err != nil {
		return text
	}
	return fmt.Sprintf("%.0f GiB", float64(kibibytes)/kibibytesPerGibibyte)
}

// version is what a program answers to --version, without its name and without what its builder put behind it.
func version(ctx context.Context, program string) string {
	output, err := exec.CommandContext(ctx, program, "--version").Output() //nolint:gosec // The browser's own search found it.
	if err != nil {
		return "unknown"
	}
	for word := range strings.FieldsSeq(string(output)) {
		if digits := strings.TrimPrefix(word, "v"); digits != "" && digits[0] >= '0' && digits[0] <= '9' {
			return digits
		}
	}
	return "unknown"
}
