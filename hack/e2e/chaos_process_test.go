package e2e

import (
	"errors"
	"os"
	"syscall"

	"github.com/seatwright/clay-operator/internal/claysim"
)

// processRows do something to a process, once Clay has made the first change and before the operator knows of it. What is
// frozen stays so: the operator has to notice by itself.
func processRows() []row {
	process := func(fault, victim string, signal syscall.Signal) row {
		return row{
			fault: fault, step: afterClick, late: true, own: true, most: allChanges,
			inject: func(s *scene) { s.signal(victim, signal) },
		}
	}
	return []row{
		process("the browser hangs", "browser", syscall.SIGSTOP),
		process("the driver hangs", "driver", syscall.SIGSTOP),
		process("the browser dies", "browser", syscall.SIGKILL),
		process("the driver dies", "driver", syscall.SIGKILL),
		process("the sidecar dies", "sidecar", syscall.SIGKILL),
		{
			fault: "the manager is killed and starts anew", step: afterClick, late: true, own: true, most: allChanges,
			inject: func(s *scene) {
				s.signal("manager", syscall.SIGKILL)
				<-s.operator.Done()
				s.start()
			},
		},
		{
			// Everything in Clay is done before the API server answers again: nothing of it can be reported meanwhile.
			fault: "the API server hangs during the writes", step: afterClick, late: true, own: true, alone: true, most: allChanges,
			inject: func(s *scene) {
				server := descendant(os.Getpid(), "kube-apiserver")
				s.send(server, "API server", syscall.SIGSTOP)
				defer s.send(server, "API server", syscall.SIGCONT)
				s.waitForJournal("all changes in Clay", func(done []claysim.Entry) bool { return len(done) == s.writesBefore+allChanges })
			},
		},
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
