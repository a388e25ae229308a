// Command demo shows clay-operator at its main job on real parts: a real control plane, a real Chromium, and a simulator
// in Clay's place. It applies config/samples and shows a live table until every seat is as asked; then an invitation is
// accepted, a role changed, a leaver removed, and a security check handed over to a person. It needs KUBEBUILDER_ASSETS; `make demo` sets it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// sceneTimeout bounds each step of the demo: ten times what a slow machine needs, so that a hang ends with a reason.
const sceneTimeout = 3 * time.Minute

func main() {
	os.Exit(demo())
}

// exitInterrupted is what a shell expects of a program that Ctrl-C ended.
const exitInterrupted = 130

func demo() int {
	keep := flag.Bool("keep", false, "leave everything running after the demo, until Ctrl-C")
	binary := flag.String("binary", filepath.Join("bin", "clay-operator"), "the operator's binary")
	samples := flag.String("samples", filepath.Join("config", "samples"), "the directory of manifests to apply")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, options{binary: *binary, samples: *samples, keep: *keep})
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "\nstopped; everything is cleaned up")
		return exitInterrupted
	default:
		fmt.Fprintln(os.Stderr, "\ndemo failed:", err)
		return 1
	}
}

// options are the flags of the demo.
type options struct {
	binary, samples string
	keep            bool
}

// run starts the world, plays the scenes, and ends the world again.
func run(ctx context.Context, options options) (err error) {
	world, err := startWorld(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.stop()) }()

	err = world.play(ctx, options.samples)
	if err == nil {
		err = world.summary()
	}
	if err != nil {
		return fmt.Errorf("%w\nthe operator's log is %s", err, world.logPath)
	}
	if options.keep {
		world.explain()
		<-ctx.Done()
	}
	return nil
}
