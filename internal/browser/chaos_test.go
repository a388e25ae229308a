package browser

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// hang is an operation that never ends by itself.
func hang(begun chan<- struct{}) func(context.Context, playwright.Page) error {
	return func(_ context.Context, page playwright.Page) error {
		close(begun)
		_, err := page.Evaluate("new Promise(() => {})")
		return err
	}
}

func TestHungOperationCostsItsPageOnly(t *testing.T) {
	hung, other := acquire(t, shared, t.Name()+"1"), acquire(t, shared, t.Name()+"2")
	evaluate(t, hung, "1")
	starts := shared.Stats().Starts
	err := hung.Do(soon(t, time.Second), "read", hang(make(chan struct{})))
	var fault *Error
	if !errors.As(err, &fault) || fault.Kind != KindTimeout || fault.Step != StepClosePage {
		t.Fatalf("err = %v", err)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error("the cause is not reached by errors.Is")
	}
	if got := evaluate(t, hung, "1 + 1"); got != 2 {
		t.Errorf("the next operation computed %v", got)
	}
	if got := evaluate(t, other, "1 + 1"); got != 2 {
		t.Errorf("the other session computed %v", got)
	}
	if shared.Stats().Starts != starts || hung.Lost() {
		t.Error("a hung page cost more than itself")
	}
}

func TestBusyPageIsReplaced(t *testing.T) {
	s := acquire(t, shared, t.Name())
	err := s.Do(soon(t, time.Second), "read", func(_ context.Context, page playwright.Page) error {
		_, err := page.Evaluate("for (;;) {}")
		return err
	})
	if kind := KindOf(err); kind != KindTimeout && kind != KindSessionLost {
		t.Fatalf("err = %v", err)
	}
	s.Release()
	if got := evaluate(t, acquire(t, shared, t.Name()), "1 + 1"); got != 2 {
		t.Errorf("the next lease computed %v", got)
	}
}

// crash kills the renderers of the browser, as the kernel does that runs out of memory, under an operation.
func crash(t *testing.T, b *Browser, s *Session) {
	t.Helper()
	begun, result := make(chan struct{}), make(chan error, 1)
	go func() { result <- s.Do(t.Context(), "read", hang(begun)) }()
	<-begun
	err := b.engine.do(t.Context(), "kill renderers", func(context.Context) error {
		session, err := b.engine.chromium.NewBrowserCDPSession()
		if err != nil {
			return err
		}
		answer, err := session.Send("SystemInfo.getProcessInfo", nil)
		if err != nil {
			return err
		}
		for _, pid := range processIDs(answer, "renderer") {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-result; KindOf(err) != KindPageLost {
		t.Fatalf("a crash of the page: %v (%s)", err, KindOf(err))
	}
}

func TestCrashedPageIsReplacedOnce(t *testing.T) {
	t.Parallel()
	b := startOwn(t, Options{})
	s := acquire(t, b, "x")
	crash(t, b, s)
	if got := evaluate(t, s, "1 + 1"); got != 2 {
		t.Errorf("the new page computed %v", got)
	}
	crash(t, b, s)
	err := s.Do(t.Context(), "read", func(context.Context, playwright.Page) error {
		t.Error("the function ran")
		return nil
	})
	if KindOf(err) != KindSessionLost || !NotBegun(err) {
		t.Errorf("after the second crash: %v", err)
	}
	s.Release()
	if again := acquire(t, b, "x"); !again.Fresh() {
		t.Error("the context that crashed twice was kept")
	}
}

// TestProcessFaults kills and freezes the driver and Chromium under an operation. It has to come back with a typed error, and
// the next lease has to work.
func TestProcessFaults(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		signal syscall.Signal
		pid    func(Status) int
		steps  []Step // any of these
	}{
		"Chromium killed": {syscall.SIGKILL, chromiumPID, []Step{StepNone}},
		"driver killed":   {syscall.SIGKILL, driverPID, []Step{StepNone}},
		"Chromium frozen": {syscall.SIGSTOP, chromiumPID, []Step{StepStopDriver, StepKill}},
		"driver frozen":   {syscall.SIGSTOP, driverPID, []Step{StepKill}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of the time is waiting
			b := startOwn(t, Options{})
			status := b.Status()
			hung, idle := acquire(t, b, "hung"), acquire(t, b, "idle")
			begun, result := make(chan struct{}), make(chan error, 1)
			ctx := soon(t, 3*time.Second)
			go func() { result <- hung.Do(ctx, "read", hang(begun)) }()
			<-begun
			if err := syscall.Kill(c.pid(status), c.signal); err != nil {
				t.Fatal(err)
			}
			err := <-result
			var fault *Error
			if !errors.As(err, &fault) || fault.Kind != KindSessionLost || !slices.Contains(c.steps, fault.Step) {
				t.Fatalf("err = %v at step %q, want a lost session by any of %q", err, fault.Step, c.steps)
			}
			if !hung.Lost() || !idle.Lost() || b.Healthy() {
				t.Errorf("lost: %v and %v, healthy: %v", hung.Lost(), idle.Lost(), b.Healthy())
			}
			if err := idle.Do(t.Context(), "read", hang(make(chan struct{}))); !NotBegun(err) {
				t.Errorf("an operation in a dead browser: %v", err)
			}
			if err := b.Ping(t.Context()); KindOf(err) != KindSessionLost {
				t.Errorf("ping of a dead browser: %v", err)
			}
			hung.Release()
			if got := evaluate(t, acquire(t, b, "hung"), "1 + 1"); got != 2 {
				t.Errorf("the next lease computed %v", got)
			}
			if after := b.Status(); after.DriverPID == status.DriverPID || after.ChromiumPID == status.ChromiumPID || b.Stats().Starts != 2 {
				t.Errorf("the browser was not replaced: %+v", after)
			}
			for _, pid := range []int{status.DriverPID, status.ChromiumPID} {
				if running(pid) {
					t.Errorf("process %d is still running", pid)
				}
			}
		})
	}
}

func driverPID(s Status) int   { return s.DriverPID }
func chromiumPID(s Status) int { return s.ChromiumPID }

// running says whether the process exists and is more than an entry that nobody has collected.
func running(pid int) bool { return residentMemory(pid) > 0 }

// TestFrozenBrowserIsNotAMissingElement guards against the worst mistake: to take a frozen browser for a changed page.
func TestFrozenBrowserIsNotAMissingElement(t *testing.T) {
	t.Parallel()
	b := startOwn(t, Options{})
	s := acquire(t, b, "x")
	evaluate(t, s, "1")
	err := s.Do(soon(t, time.Minute), "find", func(_ context.Context, page playwright.Page) error {
		if err := syscall.Kill(b.Status().ChromiumPID, syscall.SIGSTOP); err != nil {
			return err
		}
		return page.GetByText("Nowhere").Click(playwright.LocatorClickOptions{Timeout: playwright.Float(500)})
	})
	if KindOf(err) != KindSessionLost {
		t.Errorf("err = %v (%s)", err, KindOf(err))
	}
}

func TestPingFindsAFrozenDriver(t *testing.T) {
	t.Parallel()
	b := startOwn(t, Options{})
	if err := syscall.Kill(b.Status().DriverPID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := b.Ping(t.Context()); KindOf(err) != KindTimeout {
		t.Errorf("err = %v", err)
	}
	if !b.Healthy() {
		t.Error("a frozen process is alive; only Ping tells")
	}
}

func TestIdleBrowserThatFrozeIsReplaced(t *testing.T) {
	t.Parallel()
	b := startOwn(t, Options{})
	s := acquire(t, b, "x")
	evaluate(t, s, "1")
	s.Release()
	if err := syscall.Kill(b.Status().DriverPID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	again := acquire(t, b, "x")
	if got := evaluate(t, again, "1 + 1"); got != 2 || !again.Fresh() {
		t.Errorf("computed %v, fresh %v", got, again.Fresh())
	}
}

func TestCloseFreesOperations(t *testing.T) {
	b := startOwn(t, Options{})
	s := acquire(t, b, "x")
	begun, result := make(chan struct{}), make(chan error, 1)
	go func() { result <- s.Do(t.Context(), "read", hang(begun)) }()
	<-begun
	b.Close()
	if err := <-result; KindOf(err) != KindSessionLost {
		t.Errorf("err = %v", err)
	}
	if _, err := b.Acquire(t.Context(), SessionOptions{Key: "y"}); !errors.Is(err, errClosed) {
		t.Errorf("Acquire after Close: %v", err)
	}
}

func TestStartFailures(t *testing.T) {
	t.Run("wrong program", func(t *testing.T) {
		_, err := Start(t.Context(), Options{Chromium: "/bin/false"})
		if err == nil || KindOf(err) == KindNotInstalled {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("no time", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Start(ctx, Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
	})
}

func TestSandboxModes(t *testing.T) {
	able := shared.Sandboxed()
	t.Run("required", func(t *testing.T) {
		b, err := Start(t.Context(), Options{Sandbox: SandboxRequired})
		if err == nil {
			b.Close()
		}
		if (err == nil) != able {
			t.Errorf("where the sandbox works (%v), required gives %v", able, err)
		}
		if err != nil && KindOf(err) != KindSandbox {
			t.Errorf("err = %v (%s)", err, KindOf(err))
		}
	})
	t.Run("off", func(t *testing.T) {
		if startOwn(t, Options{Sandbox: SandboxOff}).Sandboxed() {
			t.Error("the sandbox is on")
		}
	})
}
