package report

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/seatwright/clay-operator/internal/browser"
)

// visit is what Chromium did when it opened a page.
type visit struct {
	// document is the page as it stood then, and console what it wrote into its console.
	document, console string
	// asked are the paths that it asked the server of the page for, and others the addresses elsewhere that it tried to reach.
	asked, others []string
	// printed is the page on paper.
	printed []byte
}

// open has Chromium open a page, and print it.
func open(t *testing.T, page string) visit {
	t.Helper()
	install, err := browser.Locate(browser.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var seen visit
	var mutex sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		seen.asked = append(seen.asked, r.URL.Path)
		mutex.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(page))
	}))
	defer server.Close()
	chromium := func(arguments ...string) string {
		t.Helper()
		// The page is this program's own, so that there is nothing to be kept from the machine.
		arguments = append([]string{
			"--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + t.TempDir(), "--enable-logging=stderr", "--log-level=0",
			"--no-first-run", "--disable-component-update", "--disable-background-networking",
		}, arguments...)
		command := exec.CommandContext(t.Context(), install.Chromium, append(arguments, server.URL+"/report.html")...)
		var console strings.Builder
		command.Stderr = &console
		document, err := command.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, console.String())
		}
		for line := range strings.Lines(console.String()) {
			if strings.Contains(line, "CONSOLE") {
				seen.console += line
			}
		}
		return string(document)
	}
	netLog, paper := filepath.Join(t.TempDir(), "net.json"), filepath.Join(t.TempDir(), "report.pdf")
	seen.document = chromium("--log-net-log="+netLog, "--dump-dom")
	seen.others = requestsBeside(t, netLog, server.URL)
	chromium("--print-to-pdf=" + paper)
	if seen.printed, err = os.ReadFile(paper); err != nil {
		t.Fatal(err)
	}
	return seen
}

// requestsBeside returns the addresses in a log of the network that are not the server's.
func requestsBeside(t *testing.T, path, server string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Events []struct {
			Params struct {
				URL string `json:"url"`
			} `json:"params"`
		} `json:"events"`
	}
	if err := json.Unmarshal(text, &log); err != nil {
		t.Fatal(err)
	}
	var others []string
	for _, event := range log.Events {
		if address := event.Params.URL; strings.HasPrefix(address, "http") && !strings.HasPrefix(address, server) {
			others = append(others, address)
		}
	}
	return others
}

// TestPageInABrowser opens the page of a world, and that of one whose names try to be more than names.
func TestPageInABrowser(t *testing.T) {
	for name, input := range map[string]Input{"a world": world(), "a hostile one": hostileWorld()} {
		t.Run(name, func(t *testing.T) {
			seen := open(t, render(t, Build(input))["html"])
			if seen.console != "" {
				t.Errorf("the console says %s", seen.console)
			}
			// Once to look at it, and once to print it.
			if len(seen.asked) != 2 || len(seen.others) > 0 {
				t.Errorf("it asked for %q and %q", seen.asked, seen.others)
			}
			if !strings.Contains(seen.document, "clay/sales") || !strings.HasPrefix(string(seen.printed), "%PDF-") {
				t.Errorf("the document is %.200s, and the print %.20s", seen.document, seen.printed)
			}
		})
	}
}

// TestTheBrowserIsWatched opens a page that does what the report must not, or the test above would prove nothing.
func TestTheBrowserIsWatched(t *testing.T) {
	seen := open(t, `<!DOCTYPE html><title>x</title><img src="/picture.png"><img src="http://127.0.0.1:9/elsewhere.png">
		<script>console.error("seen")</script>`)
	if !strings.Contains(seen.console, "seen") {
		t.Errorf("the console says %q", seen.console)
	}
	if !strings.Contains(strings.Join(seen.asked, " "), "/picture.png") || !strings.Contains(strings.Join(seen.others, " "), "elsewhere.png") {
		t.Errorf("it asked for %q and %q", seen.asked, seen.others)
	}
}
