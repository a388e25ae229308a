package e2e

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/seatwright/clay-operator/internal/browser"
)

// screenGrace is how long a screen may take to go dark before it is killed.
const screenGrace = 10 * time.Second

// openScreen makes $DISPLAY a screen that nobody sees, for the length of the test. Where a part is missing the test is skipped, but not in CI, where
// nobody would notice.
func openScreen(t *testing.T) {
	t.Helper()
	missing := t.Skipf
	if os.Getenv("CI") != "" {
		missing = t.Fatalf
	}
	for _, program := range []string{"Xvfb", "xdotool"} {
		if _, err := exec.LookPath(program); err != nil {
			missing("without %s there is no window to sign in with: run \"hack/setup.sh window\"", program)
		}
	}
	display, err := startScreen(t)
	if err != nil {
		t.Fatalf("start Xvfb: %v", err)
	}
	t.Setenv("DISPLAY", display)
	if _, err := browser.Locate(browser.Options{Headed: true}); err != nil {
		missing("run \"hack/setup.sh window\": %v", err)
	}
}

// startScreen starts Xvfb, which chooses the number of the display, and ends it with the test.
func startScreen(t *testing.T) (display string, err error) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer func() { _ = read.Close() }()
	screen := exec.CommandContext(t.Context(), "Xvfb", "-displayfd", "3", "-screen", "0", "1600x1000x24", "-nolisten", "tcp")
	screen.ExtraFiles = []*os.File{write}
	screen.Cancel = func() error { return screen.Process.Signal(os.Interrupt) }
	screen.WaitDelay = screenGrace
	err = screen.Start()
	_ = write.Close() // Xvfb has its own, and the end of that one is the end of Xvfb.
	if err != nil {
		return "", err
	}
	t.Cleanup(func() { _ = screen.Wait() })
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("it named no display: %w", err)
	}
	return ":" + strings.TrimSpace(number), nil
}

// xdotool looks for windows and strikes keys on the screen, and returns what it printed.
func xdotool(ctx context.Context, arguments ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "xdotool", arguments...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("xdotool %s: %w: %s", arguments[0], err, out)
	}
	return strings.TrimSpace(string(out)), nil
}
