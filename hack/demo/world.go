package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/term"

	"github.com/seatwright/clay-operator/hack/internal/embedded"
	"github.com/seatwright/clay-operator/internal/claysim"
)

// world is everything that the demo starts.
type world struct {
	started   time.Time
	directory string
	store     string
	logPath   string

	plane     *embedded.ControlPlane
	simulator *claysim.Server
	operator  *embedded.Operator
	log       *os.File
	table     *table
}

// startWorld starts the control plane, the simulator and the operator, and says so as it goes.
func startWorld(ctx context.Context, options options) (_ *world, err error) {
	w := &world{started: time.Now()}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.stop())
		}
	}()
	if w.directory, err = os.MkdirTemp("", "clay-operator-demo-"); err != nil {
		return nil, fmt.Errorf("make a directory for logs and pictures: %w", err)
	}
	w.store = filepath.Join(w.directory, "audit")
	w.logPath = filepath.Join(w.directory, "operator.log")
	if w.log, err = os.Create(w.logPath); err != nil {
		return nil, fmt.Errorf("open the operator's log: %w", err)
	}

	w.step("starting etcd and kube-apiserver, and installing the resources")
	if w.plane, err = embedded.StartControlPlane(ctx); err != nil {
		return nil, err
	}
	w.step("starting the simulator in Clay's place")
	if w.simulator, err = claysim.Start(claysim.Options{Seed: seed()}); err != nil {
		return nil, fmt.Errorf("start the simulator: %w", err)
	}
	w.step("starting the operator, which starts its own browser")
	if w.operator, err = embedded.StartOperator(ctx, options.binary, w.plane.Kubeconfig, w.log,
		"--evidence=always", "--audit-store=file://"+w.store,
		"--metrics-bind-address=0", "--health-probe-bind-address=0"); err != nil {
		return nil, err
	}
	width, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		width = 0 // no terminal
	}
	w.table = &table{out: os.Stdout, width: width, client: w.plane.Client, started: w.started}
	return w, nil
}

// stop ends everything, newest first. It keeps the directory with the log and the pictures.
func (w *world) stop() error {
	var errs []error
	if w.operator != nil {
		w.step("stopping the operator, the simulator and the control plane")
		errs = append(errs, w.operator.Stop())
	}
	if w.simulator != nil {
		errs = append(errs, w.simulator.Close())
	}
	if w.plane != nil {
		errs = append(errs, w.plane.Stop())
	}
	if w.log != nil {
		errs = append(errs, w.log.Close())
	}
	return errors.Join(errs...)
}

func (w *world) step(text string) {
	fmt.Printf("%5.1f s  %s\n", time.Since(w.started).Seconds(), text)
}
