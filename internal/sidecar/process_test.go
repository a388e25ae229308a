package sidecar

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seatwright/clay-operator/internal/seat"
)

// The processes of these tests are the test binary in another role. Each holds the write end of a pipe (as file 3), so that the
// end of the last one is an event: the read end ends.
const (
	roleVariable    = "SIDECAR_TEST_ROLE"
	addressVariable = "SIDECAR_TEST_ADDRESS"
	lifelineFile    = 3
)

// The roles: a parent runs a Process with a child; a child serves and has a grandchild, which dies with it or, where it is
// stubborn, does not care, as Chromium in a process group of its own would.
const (
	roleParent             = "parent"
	roleChild              = "child"
	roleStubbornChild      = "stubborn child"
	roleGrandchild         = "grandchild"
	roleStubbornGrandchild = "stubborn grandchild"
)

var roleOfProcess = map[string]func(){
	roleParent:             playParent,
	roleChild:              func() { playChild(roleGrandchild) },
	roleStubbornChild:      func() { playChild(roleStubbornGrandchild) },
	roleGrandchild:         func() { _, _ = io.Copy(io.Discard, os.Stdin) },
	roleStubbornGrandchild: playStubbornGrandchild,
}

// play returns the command of this binary in a role. What the test binary was told by its environment, for example where to put its
// coverage, is not for the others.
func play(role string, lifeline *os.File, environment ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(environment, roleVariable+"="+role)...)
	cmd.ExtraFiles = []*os.File{lifeline}
	cmd.Stderr = os.Stderr
	return cmd
}

func playStubbornGrandchild() {
	forever := make(chan os.Signal, 1)
	for range forever {
	}
}

func playChild(grandchildRole string) {
	lifeline := os.NewFile(lifelineFile, "lifeline")
	grandchild := play(grandchildRole, lifeline)
	grandchild.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := grandchild.StdinPipe()
	must(err)
	must(grandchild.Start())
	defer func() { _ = stdin.Close() }()

	listener, err := Listen(os.Getenv(addressVariable))
	must(err)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	must(Serve(ctx, listener, fake{
		observe: func(context.Context, Workspace) (Observation, error) {
			return Observation{Inventory: seat.Inventory{WorkspaceID: "12345", Plan: strconv.Itoa(os.Getpid())}}, nil
		},
		apply: func(ctx context.Context, _ Workspace, _ []seat.Change, report func(Outcome)) (Observation, error) {
			report(Outcome{Index: 0, Result: Applied})
			<-ctx.Done()
			return Observation{}, ctx.Err()
		},
	}, ServerOptions{}))
}

// playParent runs a Process for ever and prints its child's id once it serves.
func playParent() {
	lifeline := os.NewFile(lifelineFile, "lifeline")
	process := must1(NewProcess(ProcessOptions{Command: func(address string) *exec.Cmd {
		return play(roleChild, lifeline, addressVariable+"="+address)
	}}))
	fmt.Println(process.directory)
	go func() {
		client := must1(Dial(process.Address()))
		observation, err := client.Observe(context.Background(), fullWorkspace())
		must(err)
		fmt.Println(observation.Inventory.Plan)
	}()
	must(process.Start(context.Background()))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func must1[T any](value T, err error) T {
	must(err)
	return value
}

// lifeline returns the end to give to processes, and a function that waits until all that have it have ended.
func lifeline(t *testing.T) (given *os.File, awaitEnd func()) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = read.Close() })
	return write, func() {
		t.Helper()
		_ = write.Close()
		if err := read.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, read); err != nil {
			t.Errorf("a process is still alive: %v", err)
		}
	}
}

// run starts a Process with children in a role, and returns it with a client and a function that ends it.
func run(t *testing.T, role string, line *os.File) (process *Process, client *Client, stop func()) {
	t.Helper()
	process, err := NewProcess(ProcessOptions{Logger: quietLogger(), Command: func(address string) *exec.Cmd {
		return play(role, line, addressVariable+"="+address)
	}})
	if err != nil {
		t.Fatal(err)
	}
	process.firstPause = time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- process.Start(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("start: %v", err)
		}
		if _, err := os.Stat(process.directory); !os.IsNotExist(err) {
			t.Errorf("the private directory is still there: %v", err)
		}
		if pid := process.PID(); pid != 0 {
			t.Errorf("PID is %d after the end", pid)
		}
	})
	t.Cleanup(stop)
	return process, dialTest(t, process.Address()), stop
}

func TestProcessEndsWithAllItsDescendants(t *testing.T) {
	for _, role := range []string{roleChild, roleStubbornChild} {
		t.Run(role, func(t *testing.T) {
			line, awaitEnd := lifeline(t)
			process, client, stop := run(t, role, line)
			observation, err := client.Observe(testContext(t), fullWorkspace())
			if err != nil {
				t.Fatal(err)
			}
			if want := strconv.Itoa(process.PID()); observation.Inventory.Plan != want {
				t.Errorf("process %s answered, PID says %s", observation.Inventory.Plan, want)
			}
			stop()
			awaitEnd()
		})
	}
}

// TestProcessComesBackAfterAKill kills the child in the middle of a writing.
func TestProcessComesBackAfterAKill(t *testing.T) {
	line, awaitEnd := lifeline(t)
	process, client, stop := run(t, roleStubbornChild, line)
	before := 0
	reported := 0
	_, err := client.Apply(testContext(t), fullWorkspace(), fullChanges(), func(Outcome) {
		reported++
		before = process.PID()
		if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
	})
	requireFault(t, err, Unavailable, ReasonBrowserUnavailable)
	if reported != 1 {
		t.Errorf("%d outcomes, want the one that was reported before the kill", reported)
	}
	observation, err := client.Observe(testContext(t), fullWorkspace())
	if err != nil {
		t.Fatalf("the browser did not come back: %v", err)
	}
	if observation.Inventory.Plan == strconv.Itoa(before) {
		t.Error("the killed process answers")
	}
	stop()
	awaitEnd()
}

func TestProcessThatCannotStartIsTriedAgain(t *testing.T) {
	tries := make(chan struct{}, 3)
	process, err := NewProcess(ProcessOptions{Command: func(string) *exec.Cmd {
		select {
		case tries <- struct{}{}:
		default:
		}
		return exec.Command("/nonexistent/clay-operator")
	}})
	if err != nil {
		t.Fatal(err)
	}
	process.firstPause = time.Microsecond
	ctx, cancel := context.WithCancel(testContext(t))
	ended := make(chan error, 1)
	go func() { ended <- process.Start(ctx) }()
	for range cap(tries) {
		<-tries
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestChildDiesWithItsParent kills the parent, which has no chance to end its child.
func TestChildDiesWithItsParent(t *testing.T) {
	line, awaitEnd := lifeline(t)
	parent := play(roleParent, line)
	stdout, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	lines.Scan()
	directory := lines.Text()
	t.Cleanup(func() { _ = os.RemoveAll(directory) })
	if !lines.Scan() {
		t.Errorf("the parent's child never served: %v", lines.Err())
	}
	if err := parent.Process.Kill(); err != nil {
		t.Error(err)
	}
	// It was killed, which is what the error says.
	_ = parent.Wait()
	awaitEnd()
}
