package browser

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/playwright-community/playwright-go"
)

const (
	// startBound is how long driver and Chromium may take to start, each: ten times the usual on a slow machine.
	startBound = 30 * time.Second
	// maxDetailLength is how much of Chromium's complaint an error shows, in bytes.
	maxDetailLength = 600
)

// switches are added to Playwright's own list, which already turns background networking, updates and the like off. There must be no
// --disable-features among them: Chromium knows only the last one, and Playwright's would be dropped.
var switches = []string{
	"--no-pings",                   // no hyperlink auditing
	"--disable-domain-reliability", // no error reports to the browser's maker
}

// launch starts a driver and its Chromium. It does not end with ctx, only by startBound: a start that was given up halfway
// would leave processes behind, and whoever asks next wants the browser too.
func launch(ctx context.Context, install Install, mode SandboxMode, now func() time.Time) (*engine, error) {
	ctx = context.WithoutCancel(ctx)
	e := &engine{pulseTurn: newSemaphore(), changed: make(chan struct{}), startedAt: now()}
	if err := e.runDriver(ctx, install); err != nil {
		return nil, err
	}
	if err := e.runChromium(ctx, install, mode); err != nil {
		e.die()
		return nil, err
	}
	return e, nil
}

// starting keeps two starts apart: playwright-go writes its logger to a variable of the package on every one.
var starting sync.Mutex

// runDriver starts the Node.js process. playwright-go takes the path of Node.js from the environment only, and would print the
// whole protocol, passwords included, if these debug variables were set.
func (e *engine) runDriver(ctx context.Context, install Install) error {
	err := errors.Join(os.Setenv(nodeEnv, install.Node), os.Unsetenv("DEBUG"), os.Unsetenv("DEBUGP"))
	if err != nil {
		return err
	}
	// The driver's own words are not kept: they may quote a page. It gets a file, because for any other writer playwright-go's wait
	// for the end of the process would go on until the last of its children has closed the pipe.
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = nowhere.Close() }()
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	// There is nothing to climb: as long as Run has not returned, the process is not known.
	end := climb(ctx, func(context.Context) error {
		starting.Lock()
		defer starting.Unlock()
		var err error
		e.playwright, err = playwright.Run(&playwright.RunOptions{
			DriverDirectory:     install.DriverDir,
			SkipInstallBrowsers: true,
			Stdout:              nowhere,
			Stderr:              nowhere,
			Logger:              slog.New(slog.DiscardHandler),
		})
		return err
	}, nil)
	switch {
	case !end.back:
		return &Error{Op: "start driver", Kind: KindWedged, err: context.Cause(ctx)}
	case end.err != nil:
		return &Error{Op: "start driver", Kind: firstKind(end.err, KindNotInstalled), Detail: detail(end.err), err: end.err}
	}
	e.driver = findProcess(e.playwright.Pid())
	return nil
}

// firstKind returns the kind of the error, or the given one if it has none of its own.
func firstKind(err error, kind Kind) Kind {
	if found := KindOf(err); found != KindOther {
		return found
	}
	return kind
}

// runChromium starts Chromium, with its sandbox if it may.
func (e *engine) runChromium(ctx context.Context, install Install, mode SandboxMode) error {
	artifacts, err := os.MkdirTemp("", "clay-browser-")
	if err != nil {
		return err
	}
	e.artifacts = artifacts
	if mode != SandboxOff {
		err = e.launchChromium(ctx, install, true)
		if err == nil || mode == SandboxRequired || KindOf(err) != KindSandbox {
			return err
		}
	}
	return e.launchChromium(ctx, install, false)
}

func (e *engine) launchChromium(ctx context.Context, install Install, sandbox bool) error {
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	err := e.do(ctx, "start Chromium", func(ctx context.Context) error {
		var err error
		e.chromium, err = e.playwright.Chromium.Launch(playwright.BrowserTypeLaunchOptions{
			Args:            switches,
			ArtifactsDir:    new(e.artifacts),
			ChromiumSandbox: new(sandbox),
			ExecutablePath:  new(install.Chromium),
			Headless:        new(!install.Headed),
			Timeout:         Timeout(ctx, startBound),
		})
		if err != nil {
			return &Error{Op: "start Chromium", Kind: classify(err), Detail: detail(err), err: err}
		}
		return e.prepare(install.Headed)
	})
	if err != nil {
		return err
	}
	e.sandboxed = sandbox
	return nil
}

// prepare opens the empty page and finds the process.
func (e *engine) prepare(headed bool) error {
	e.version = e.chromium.Version()
	var err error
	if e.browser, err = chromiumProcess(e.chromium); err != nil {
		return err
	}
	context, err := e.chromium.NewContext(contextOptions())
	if err != nil {
		return err
	}
	if e.pulse, err = context.NewPage(); err != nil {
		return err
	}
	if headed {
		// Where it does not work, the window is in the way and no more.
		_ = e.hidePulse()
	}
	e.chromium.OnDisconnected(func(playwright.Browser) {
		defer ignorePanic()
		go e.die()
	})
	return nil
}

// chromiumProcess asks Chromium for its own process id.
func chromiumProcess(chromium playwright.Browser) (*process, error) {
	session, err := chromium.NewBrowserCDPSession()
	if err != nil {
		return nil, err
	}
	answer, err := session.Send("SystemInfo.getProcessInfo", nil)
	if err != nil {
		return nil, err
	}
	if err := session.Detach(); err != nil {
		return nil, err
	}
	ids := processIDs(answer, "browser")
	if len(ids) != 1 {
		return nil, errors.New("the browser does not name its main process")
	}
	return findProcess(ids[0]), nil
}

// processIDs picks the processes of one type out of Chromium's answer.
func processIDs(answer any, kind string) []int {
	fields, _ := answer.(map[string]any)
	list, _ := fields["processInfo"].([]any)
	var ids []int
	for _, entry := range list {
		info, _ := entry.(map[string]any)
		if id, ok := info["id"].(float64); ok && info["type"] == kind {
			ids = append(ids, int(id))
		}
	}
	return ids
}

// standardError is a line that Chromium wrote before it gave up, as Playwright quotes it.
var standardError = regexp.MustCompile(`\[err\] ([^\n]+)`)

// detail returns what is known about a failed start. No page was loaded yet, so that it cannot quote one.
func detail(err error) string {
	text := err.Error()
	if lines := standardError.FindAllStringSubmatch(text, -1); lines != nil {
		text = ""
		for _, line := range lines {
			text += line[1] + " "
		}
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxDetailLength {
		text = strings.ToValidUTF8(text[:maxDetailLength], "") + "…"
	}
	return text
}
