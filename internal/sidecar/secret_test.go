package sidecar

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
)

const (
	secretPassword = "correct-horse"
	secretSession  = "claysession=abc"
	secretProvider = "battery-staple"
	secretOTP      = "JBSWY3DPEHPK3PXP"
	secretMailbox  = "open-sesame"
)

func secretWorkspace() Workspace {
	workspace := fullWorkspace()
	workspace.Login.Password = secretPassword
	workspace.Login.IdentityProvider.Password, workspace.Login.IdentityProvider.OTPSecret = secretProvider, secretOTP
	workspace.Login.Mailbox.Password = secretMailbox
	workspace.Session = Session(secretSession)
	return workspace
}

// requireNoSecret looks for the secrets as text, in hexadecimal and as numbers.
func requireNoSecret(t *testing.T, where, text string) {
	t.Helper()
	for _, secret := range []string{secretPassword, secretSession, secretProvider, secretOTP, secretMailbox} {
		for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), strings.Trim(fmt.Sprintf("%d", []byte(secret)), "[]")} {
			if strings.Contains(text, form) {
				t.Errorf("%s shows a secret: %s", where, text)
			}
		}
	}
}

func TestSecretsAreNotFormatted(t *testing.T) {
	workspace := secretWorkspace()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%t"} {
		requireNoSecret(t, verb, fmt.Sprintf(verb, workspace))
		requireNoSecret(t, verb, fmt.Sprintf(verb, &workspace))
		requireNoSecret(t, verb, fmt.Sprintf(verb, Observation{Session: workspace.Session}))
	}
	encoded, err := json.Marshal(workspace)
	if err != nil {
		t.Fatal(err)
	}
	requireNoSecret(t, "JSON", string(encoded))
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("x", "workspace", workspace, "password", workspace.Login.Password, "session", workspace.Session)
	}
	requireNoSecret(t, "log", log.String())
}

// TestSecretsDoNotTravelInFaults has a backend that tells what it should not, in every way that it can fail.
func TestSecretsDoNotTravelInFaults(t *testing.T) {
	telling := strings.Join([]string{"typed", secretPassword, secretSession, secretProvider, secretOTP, secretMailbox}, " ")
	ways := map[string]func() error{
		"fault": func() error {
			return &Fault{Class: Drift, Reason: ReasonPageChanged, Message: telling, Evidence: &Evidence{Snapshot: telling}}
		},
		"error": func() error { return errors.New(telling) },
		"panic": func() error { panic(telling) },
	}
	for name, fail := range ways {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			client := serve(t, fake{
				observe: func(context.Context, Workspace) (Observation, error) { return Observation{}, fail() },
				apply: func(_ context.Context, _ Workspace, _ []seat.Change, report func(Outcome)) (Observation, error) {
					report(Outcome{Index: 0, Result: Failed, Fault: AsFault(fail())})
					return Observation{}, fail()
				},
				observeAccess: func(context.Context, Workspace, access.Scope) (AccessObservation, error) {
					failed := fail()
					return AccessObservation{Faults: map[access.Section]*Fault{access.SectionGroups: AsFault(failed)}}, failed
				},
				applyAccess: func(_ context.Context, _ Workspace, _ []access.Change, report func(Outcome)) (AccessObservation, error) {
					report(Outcome{Index: 0, Result: Failed, Fault: AsFault(fail())})
					return AccessObservation{}, fail()
				},
			}, ServerOptions{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
			check := func(fault *Fault) {
				t.Helper()
				if fault == nil {
					t.Fatal("no fault arrived")
				}
				requireNoSecret(t, "the fault", fault.Error())
				if fault.Evidence != nil {
					requireNoSecret(t, "the evidence", fault.Evidence.Snapshot)
				}
			}
			_, err := client.Observe(testContext(t), secretWorkspace())
			check(AsFault(err))
			_, err = client.Apply(testContext(t), secretWorkspace(), fullChanges(), func(outcome Outcome) { check(outcome.Fault) })
			check(AsFault(err))
			observation, err := client.ObserveAccess(testContext(t), secretWorkspace(), fullScope())
			check(AsFault(err))
			if name != "panic" {
				check(observation.Faults[access.SectionGroups])
			}
			_, err = client.ApplyAccess(testContext(t), secretWorkspace(), fullAccessChanges(), func(outcome Outcome) { check(outcome.Fault) })
			check(AsFault(err))
			requireNoSecret(t, "the log", log.String())
		})
	}
}

func TestSecretsAreNotInRefusals(t *testing.T) {
	client := serve(t, unreachable(t), ServerOptions{})
	workspace := secretWorkspace()
	workspace.AppURL = "https://jo:" + secretPassword + "@example.com"
	_, err := client.Observe(testContext(t), workspace)
	requireFault(t, err, InvalidInput, ReasonInvalidRequest)
	requireNoSecret(t, "the refusal", err.Error())
}
