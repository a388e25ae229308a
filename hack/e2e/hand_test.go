package e2e

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	// lookAgain is how long the person waits for the page before they type once more: keys that are struck before the field is there are lost.
	lookAgain = 10 * time.Second
	// clayWindow is what the title of the window with Clay in it begins with, whatever the browser. The window that is only there to
	// see whether the browser lives has another one.
	clayWindow = "^Clay "
)

// TestAPersonSignsInInAWindow has the operator ask for a person, who signs in by the keyboard in the window that the command login opens on a
// screen. The operator goes on with that session and makes no log-in of its own, for which it has no password.
func TestAPersonSignsInInAWindow(t *testing.T) {
	openScreen(t)
	h := newHouse(t, enterprise(), nil)
	h.forgetPassword()
	h.start()
	h.untilWorkspace("a call for a person", func(w *clayv1alpha1.ClayWorkspace) bool {
		needed := meta.FindStatusCondition(w.Status.Conditions, clayv1alpha1.ConditionHumanNeeded)
		return needed != nil && needed.Reason == sidecar.ReasonLoginNeeded
	})

	said := h.signInByHand()
	session := &corev1.Secret{}
	key := client.ObjectKey{Namespace: h.namespace, Name: workspaceName + "-session"}
	if err := plane.Client.Get(t.Context(), key, session); err != nil || len(session.Data["session"]) == 0 {
		t.Errorf("the session is not in its Secret (%v); the command says\n%s", err, said)
	}
	workspace := h.untilWorkspace("a reading", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.LastReadTime != nil })
	if needed := meta.FindStatusCondition(workspace.Status.Conditions, clayv1alpha1.ConditionHumanNeeded); needed != nil {
		t.Errorf("a person is still needed: %+v", needed)
	}
	if state := h.simulator.State(); stepsOf(state, claysim.LogInSession) != 1 {
		t.Errorf("want one log-in, that of the person: %+v", state.LogIns)
	}
}

// forgetPassword leaves the Secret with the address alone.
func (h *house) forgetPassword() {
	h.t.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: h.namespace, Name: "clay-login"}}
	patch := client.RawPatch(types.MergePatchType, []byte(`{"data":{"password":null}}`))
	if err := plane.Client.Patch(h.t.Context(), secret, patch); err != nil {
		h.t.Fatalf("change the Secret: %v", err)
	}
}

// stepsOf counts the steps of a kind that Clay has accepted.
func stepsOf(state claysim.State, step claysim.LogInStep) int {
	count := 0
	for _, each := range state.LogIns {
		if each.Step == step && each.Refused == "" {
			count++
		}
	}
	return count
}

// signInByHand runs the command login with a person before its window, and returns what it printed.
func (h *house) signInByHand() string {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), settleTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, binary, "login", "--kubeconfig="+h.kubeconfig, "--namespace="+h.namespace, "--workspace="+workspaceName,
		"--timeout="+settleTimeout.String())
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = screenGrace
	problems := &lockedBuffer{}
	command.Stderr = problems
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		h.t.Fatal(err)
	}
	var said strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "Sign in to Clay in the browser's window") {
			if err = h.typeAtWindow(ctx); err != nil {
				cancel()
			}
		}
	}
	if err = errors.Join(err, command.Wait()); err != nil {
		h.t.Fatalf("login: %v\n%s%s", err, said.String(), problems)
	}
	return said.String()
}

// typeAtWindow does what the person does: looks for the window, where the address is typed already, goes on, and types the password.
func (h *house) typeAtWindow(ctx context.Context) error {
	window, err := xdotool(ctx, "search", "--sync", "--onlyvisible", "--limit", "1", "--name", clayWindow)
	if err != nil {
		return err
	}
	for _, act := range []struct {
		keys []string
		step claysim.LogInStep
	}{
		{[]string{"key", "Return"}, claysim.LogInEmail},
		// What an earlier attempt left in the field goes.
		{[]string{"key", "ctrl+a", "type", operatorPassword + "\n"}, claysim.LogInSession},
	} {
		for reached := false; !reached; {
			if _, err := xdotool(ctx, append([]string{"windowfocus", "--sync", window}, act.keys...)...); err != nil {
				return err
			}
			looking, cancel := context.WithTimeout(ctx, lookAgain)
			reached = h.simulator.Wait(looking, func(state claysim.State) bool { return stepsOf(state, act.step) > 0 }) == nil
			cancel()
		}
	}
	return nil
}
