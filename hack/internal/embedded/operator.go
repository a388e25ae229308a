package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// stopGrace is how long the operator may take to end after SIGTERM: a little longer than it gives itself, to end the step that
// it is in and to stop its browser. Both take seconds, as a rule.
const stopGrace = 100 * time.Second

// Operator is a running `clay-operator manager`.
type Operator struct {
	// PID is its process, without the children that it starts.
	PID int

	stop context.CancelFunc
	done chan struct{}
	err  error
}

// StartOperator starts `binary manager` with further arguments against the cluster of the kubeconfig; its output goes to
// log. It returns at once, before the operator is ready. The operator ends with the context, or by Stop.
func StartOperator(ctx context.Context, binary, kubeconfig string, log io.Writer, arguments ...string) (*Operator, error) {
	ctx, stop := context.WithCancel(ctx)
	command := exec.CommandContext(ctx, binary, append([]string{"manager"}, arguments...)...)
	command.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
	command.Stdout, command.Stderr = log, log
	// A group of its own: Ctrl-C reaches it by Stop alone, in the order that the caller chooses.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = stopGrace
	if err := command.Start(); err != nil {
		stop()
		return nil, fmt.Errorf("start the operator: %w", err)
	}

	operator := &Operator{PID: command.Process.Pid, stop: stop, done: make(chan struct{})}
	go func() {
		defer close(operator.done)
		operator.err = command.Wait()
		// exec reports the ended context where the process itself then ended well.
		if ctx.Err() != nil && errors.Is(operator.err, ctx.Err()) {
			operator.err = nil
		}
		// A child that outlived it would otherwise stay for ever; ESRCH says that none did.
		if err := syscall.Kill(-operator.PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			operator.err = errors.Join(operator.err, fmt.Errorf("end the operator's children: %w", err))
		}
	}()
	return operator, nil
}

// Done is closed when the operator has ended, by itself or by Stop.
func (o *Operator) Done() <-chan struct{} { return o.done }

// Err says how the operator ended, once Done is closed; nil for a clean end.
func (o *Operator) Err() error { return o.err }

// Stop asks the operator to end, waits for it, and ends what it leaves behind. It may be called more than once.
// The error says why the end was not a clean one.
func (o *Operator) Stop() error {
	o.stop()
	<-o.done
	if o.err != nil {
		return fmt.Errorf("the operator did not end cleanly: %w", o.err)
	}
	return nil
}
