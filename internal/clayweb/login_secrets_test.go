package clayweb

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/onetime"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// codesNow are the codes of the secret around this moment: those that a test can have typed.
func codesNow(t *testing.T) []string {
	t.Helper()
	const around = 4 // periods before and after
	secret, err := onetime.Parse(otpSecret)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for period := -around; period <= around; period++ {
		at := time.Now().Truncate(30 * time.Second).Add(time.Duration(period) * 30 * time.Second)
		code, err := onetime.NewGenerator(onetime.Clock{Now: func() time.Time { return at }}).Code(t.Context(), secret, 0)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, code)
	}
	return codes
}

// cookiesIn are the values of the cookies in a session.
func cookiesIn(t *testing.T, session sidecar.Session) []string {
	t.Helper()
	var known struct {
		Storage struct {
			Cookies []struct {
				Value string `json:"value"`
			} `json:"cookies"`
		} `json:"storage"`
	}
	if err := json.Unmarshal(session, &known); err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, cookie := range known.Storage.Cookies {
		if len(cookie.Value) > len("remembered") {
			values = append(values, cookie.Value)
		}
	}
	return values
}

// wantNoSecret fails the test if a text holds one of the secrets.
func wantNoSecret(t *testing.T, what, text string, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%s holds the secret %q:\n%s", what, secret, text)
		}
	}
}

// echo is a page that shows all that it was given, with a new form for the code.
const echo = codeForm + `<p role="alert">Invalid code</p>
	<script>document.body.append(JSON.stringify([...new URLSearchParams(location.search).values()]), sessionStorage.given)</script>`

func TestLogInsTellNoSecrets(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	s := newSites(t, map[string]string{
		"/":      strings.ReplaceAll(bothForm, ` method="post"`, ""),
		"/check": codeForm + `<script>sessionStorage.given = location.search</script>`,
		"/code":  echo,
	})
	s.backend.log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	err := s.signIn()
	wantFault(t, err, sidecar.AuthFailed, sidecar.ReasonIdentityProviderRefused)
	fault := sidecar.AsFault(err)
	if fault.Evidence == nil || !strings.Contains(fault.Evidence.Snapshot, browser.Redacted) {
		t.Fatalf("the page did not show what it was given: %v", fault.Evidence)
	}
	secrets := append(codesNow(t), providerPassword, otpSecret)
	wantNoSecret(t, "the log", logged.String(), secrets)
	wantNoSecret(t, "the fault", fault.Message, secrets)
	wantNoSecret(t, "the evidence", fault.Evidence.Snapshot+fault.Evidence.Path+string(fault.Evidence.Report), secrets)
	if !strings.Contains(logged.String(), siteProvider) {
		t.Error("the log does not name the identity provider")
	}
}

func TestLogInsOfAllKindsLogNoSecrets(t *testing.T) {
	t.Parallel()
	const password = "Planted-password-2718"
	tests := []struct {
		name string
		edit func(*world)
	}{
		{"password", func(w *world) {
			w.AddAccount(claysim.Account{Email: claysim.SampleEmail, Password: password})
			w.workspace.Login.Password = password
		}},
		{"wrong password", func(w *world) { w.workspace.Login.Password = password }},
		{"provider and code", func(w *world) { w.useProvider(claysim.Account{Provider: claysim.ProviderEntra, TOTPSecret: otpSecret}) }},
		{"wrong code", func(w *world) {
			w.useProvider(claysim.Account{Provider: claysim.ProviderOneLogin, TOTPSecret: otherOTP})
			w.workspace.Login.IdentityProvider.OTPSecret = otpSecret
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var logged bytes.Buffer
			w := newWorld(t, nil)
			w.backend.log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
			test.edit(w)
			ctx, cancel := context.WithTimeout(t.Context(), callLimit)
			defer cancel()
			observation, err := w.backend.Observe(ctx, w.workspace)
			secrets := append(codesNow(t), password, providerPassword, otpSecret)
			if len(observation.Session) > 0 {
				secrets = append(secrets, cookiesIn(t, observation.Session)...)
			}
			wantNoSecret(t, "the log", logged.String(), secrets)
			if logged.Len() == 0 {
				t.Error("nothing was logged")
			}
			if fault := sidecar.AsFault(err); fault != nil {
				wantNoSecret(t, "the fault", fault.Error(), secrets)
				wantNoSecret(t, "the evidence", fault.Evidence.Snapshot+fault.Evidence.Path, secrets)
			}
		})
	}
}
