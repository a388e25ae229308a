package browser

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// headedNames are where a Chromium with a window is looked for.
var headedNames = []string{
	"/usr/lib/chromium/chromium",
	"google-chrome",
	"google-chrome-stable",
	"chromium",
	"chromium-browser",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	"/Applications/Chromium.app/Contents/MacOS/Chromium",
}

// locateHeaded finds a Chromium that a person can see. What the environment names for the operator is passed over where it has no
// window.
func locateHeaded(option string) (string, error) {
	if err := checkScreen(runtime.GOOS, os.Getenv); err != nil {
		return "", err
	}
	if option != "" && isHeadless(option) {
		return "", fmt.Errorf("the browser %s is a headless shell, which has no window: name a full Chromium or Google Chrome with --browser", option)
	}
	names := headedNames
	if named := os.Getenv(chromiumEnv); named != "" && !isHeadless(named) {
		names = []string{named}
	}
	if option != "" {
		names = []string{option}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil && !isSnap(path) {
			return filepath.Abs(path)
		}
	}
	return "", fmt.Errorf("a Chromium with a window is missing (looked for %q; a snap does not do): install Google Chrome or Chromium "+
		"(Debian: `apt install chromium`), or name it with --browser", names)
}

func isHeadless(path string) bool {
	return strings.Contains(strings.ToLower(filepath.Base(path)), "headless")
}

// checkScreen says what to do where nobody could see a window.
func checkScreen(system string, getenv func(string) string) error {
	if system != "linux" || getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != "" {
		return nil
	}
	return errors.New("there is no screen to show a browser on (neither DISPLAY nor WAYLAND_DISPLAY is set): " +
		"run this on a machine with a desktop, or over ssh -X")
}

// pulseText is what the window of the empty page shows, if somebody looks at it.
const pulseText = `<!doctype html><html lang="en"><title>clay-operator</title><p>Leave this window as it is, and use the other one.`

// hidePulse puts the window of the empty page away. Where there is no window manager it stays, and says what it is.
func (e *engine) hidePulse() error {
	if err := e.pulse.SetContent(pulseText); err != nil {
		return err
	}
	session, err := e.pulse.Context().NewCDPSession(e.pulse)
	if err != nil {
		return err
	}
	answer, err := session.Send("Browser.getWindowForTarget", nil)
	if err != nil {
		return err
	}
	fields, _ := answer.(map[string]any)
	_, err = session.Send("Browser.setWindowBounds", map[string]any{
		"windowId": fields["windowId"], "bounds": map[string]any{"windowState": "minimized"},
	})
	return errors.Join(err, session.Detach())
}
