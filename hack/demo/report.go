package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// summary says what the demo cost in Clay, and where to look at it. The error says that somebody was invited twice.
func (w *world) summary() error {
	state := w.simulator.State()
	loads, twice := 0, 0
	for _, count := range state.Counters.Documents {
		loads += count
	}
	sent := mails(state.Outbox)
	for _, count := range sent {
		if count > 1 {
			twice++
		}
	}
	pictures, err := filepath.Glob(filepath.Join(w.store, "evidence", "*.png"))
	if err != nil {
		pictures = nil // the pattern is ours; nothing else can fail
	}
	fmt.Printf("\nDone in %.0f s. In Clay: %d page loads, %d invitation dialogs, %d invitations e-mailed, %d people e-mailed twice.\n",
		time.Since(w.started).Seconds(), loads, state.Counters.InvitationsSubmitted, len(sent), twice)
	fmt.Printf("Pictures of the page after each change (%d): %s\n", len(pictures), filepath.Join(w.store, "evidence"))
	fmt.Printf("The operator's log: %s\n", w.logPath)
	if twice > 0 {
		return fmt.Errorf("%d people got more than one invitation", twice)
	}
	return nil
}

// explain says how to look around in what was kept.
func (w *world) explain() {
	kubectl := "kubectl"
	if assets := os.Getenv("KUBEBUILDER_ASSETS"); assets != "" {
		kubectl = filepath.Join(assets, "kubectl")
	}
	fmt.Printf(`
Everything is left running. In another terminal:
  export KUBECONFIG=%s
  alias kubectl=%s
  kubectl get clay
  kubectl describe clayuser casey
The simulator, as a Clay admin sees it (a browser resolves *.localhost by itself):
  %s/login   %s / %s
Its outbox, journal and switches for faults:
  %s
Ctrl-C ends all of it.
`, w.plane.Kubeconfig, kubectl, w.simulator.AppURL(), operatorEmail, operatorPassword, w.simulator.ControlURL())
}
