package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/seatwright/clay-operator/internal/claysim"
)

// serverHangs is how long the API server hangs: longer than a step takes that waits for it.
const serverHangs = 15 * time.Second

// holds are the faults that let a step wait, so that something can be done to a process in the middle of it. After the click nothing needs to
// wait: the first change in Clay is the moment.
var holds = map[step]claysim.Fault{
	atLogin:     {Kind: claysim.FaultLatency, Route: sendPassword, Delay: tooLong},
	atRead:      {Kind: claysim.FaultLatency, Route: listPeople, Delay: tooLong},
	beforeClick: {Kind: claysim.FaultSlowClick, Label: claysim.LabelMore, Delay: slow, Times: 1},
	duringClick: {Kind: claysim.FaultLatency, Route: removeSeat, Delay: tooLong},
	atReadBack:  {Kind: claysim.FaultLatency, Route: allDocuments, Delay: tooLong},
}

// processFaults do something to a process. What is frozen stays so: the operator has to notice by itself.
var processFaults = []struct {
	fault  string
	strike func(*scene)
	// wake ends what the operator cannot end by itself, once the step goes on; nil where there is nothing.
	wake func(*scene)
}{
	{"the browser hangs", func(s *scene) { s.signal("browser", syscall.SIGSTOP) }, nil},
	{"the driver hangs", func(s *scene) { s.signal("driver", syscall.SIGSTOP) }, nil},
	{"the browser dies", func(s *scene) { s.signal("browser", syscall.SIGKILL) }, nil},
	{"the driver dies", func(s *scene) { s.signal("driver", syscall.SIGKILL) }, nil},
	{"the sidecar dies", func(s *scene) { s.signal("sidecar", syscall.SIGKILL) }, nil},
	{"the pages crash", (*scene).crashPages, nil},
	{"the manager is killed and starts anew", func(s *scene) {
		s.signal("manager", syscall.SIGKILL)
		<-s.operator.Done()
		s.start()
	}, nil},
	{"the API server hangs", func(s *scene) { s.signalServer(syscall.SIGSTOP) }, (*scene).wakeServer},
}

// processRows strike every process at every step.
func processRows() []row {
	var rows []row
	for _, process := range processFaults {
		for _, at := range []step{atLogin, atRead, beforeClick, duringClick, afterClick, atReadBack} {
			// A thing that the operator cannot end strikes the other rows as well.
			r := row{fault: process.fault, step: at, own: true, alone: process.wake != nil, long: at != afterClick}
			r.late, r.inject = true, process.strike
			if hold, waits := holds[at]; waits {
				r.late, r.inject = false, func(s *scene) { s.held = s.simulator.Inject(hold) }
			}
			r.amid = func(s *scene) {
				if s.held != 0 {
					s.inTheMiddle(process.strike)
				}
				if process.wake != nil {
					process.wake(s)
				}
			}
			rows = append(rows, r)
		}
	}
	return rows
}

// inTheMiddle does something once the step has begun that is held, and then lets the step go on.
func (s *scene) inTheMiddle(strike func(*scene)) {
	s.t.Helper()
	s.untilClay("the step to begin that is held", func(claysim.State) bool {
		return slices.ContainsFunc(s.simulator.Faults(), func(fault claysim.ActiveFault) bool { return fault.ID == s.held && fault.Happened > 0 })
	})
	written := len(doneIn(s.simulator.Journal()))
	strike(s)
	if after := len(doneIn(s.simulator.Journal())); after != written {
		s.t.Errorf("the fault struck too late: Clay had %d changes before it and %d after", written, after)
	}
	s.simulator.ClearFaults(s.held)
}

func (s *scene) signalServer(signal syscall.Signal) {
	s.t.Helper()
	s.send(descendant(os.Getpid(), "kube-apiserver"), "API server", signal)
}

// wakeServer has the API server go on after a while. After the click, everything in Clay is done before it answers again: nothing of it can be
// reported meanwhile.
func (s *scene) wakeServer() {
	s.t.Helper()
	defer s.signalServer(syscall.SIGCONT)
	if s.row.step == afterClick {
		s.waitForJournal("all changes in Clay", func(done []claysim.Entry) bool { return len(done) == s.writesBefore+allChanges })
		return
	}
	<-time.After(serverHangs) // no event: the length is the point
}

// crashPages ends the processes of Chromium's pages, and leaves the browser itself alone.
func (s *scene) crashPages() {
	s.t.Helper()
	found := 0
	for _, pid := range below(s.operator.PID) {
		command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && bytes.Contains(command, []byte("--type=renderer")) {
			found++
			s.send(pid, "page", syscall.SIGKILL)
		}
	}
	if found == 0 {
		s.t.Fatal("no page is open")
	}
}

// signal sends a signal to a process of the row's operator.
func (s *scene) signal(victim string, signal syscall.Signal) {
	s.t.Helper()
	pid := s.operator.PID
	if marker := victims[victim]; marker != "" {
		pid = descendant(pid, marker)
	}
	s.send(pid, victim, signal)
}

// send signals a process that has to be there.
func (s *scene) send(pid int, victim string, signal syscall.Signal) {
	s.t.Helper()
	if pid == 0 {
		s.t.Fatalf("no %s is running", victim)
	}
	if err := syscall.Kill(pid, signal); err != nil {
		s.t.Fatalf("send %s to the %s: %v", signal, victim, err)
	}
	if signal == syscall.SIGSTOP {
		s.t.Cleanup(func() {
			if err := syscall.Kill(pid, syscall.SIGCONT); err != nil && !errors.Is(err, syscall.ESRCH) {
				s.t.Errorf("let the %s go on: %v", victim, err)
			}
		})
	}
}
