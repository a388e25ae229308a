package notify

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

const (
	// secretPath is in every address, and signingKey signs: neither may ever be shown.
	secretPath = "/services/T0/B0/correct-horse-battery"
	signingKey = "whsec_c3RhcGxlLWNvcnJlY3QtaG9yc2UtYmF0dGVyeQ=="
)

// noon is when the matters of the tests began. The clock of a bubble starts at another time.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func sampleNotice() Notice {
	return Notice{
		ID: "0b9f7c62-5a3e-4c0d-9a55-3f2f7d1f6a11/SecurityCheck", Time: noon, Namespace: "team", Workspace: "sales",
		WorkspaceID: "12345", UID: "0b9f7c62-5a3e-4c0d-9a55-3f2f7d1f6a11", Reason: "SecurityCheck",
		Message:  "Clay asks for a security check before it lets the operator sign in.",
		NextStep: "Run clay-operator login --namespace team --workspace sales, and pass the check in the window that opens.",
		Evidence: "https://evidence.example.com/evidence/20261123T120000.000000000Z_team_sales_SecurityCheck.png",
	}
}

func numbered(id string) Notice {
	notice := sampleNotice()
	notice.ID = id
	return notice
}

func resolved(notice Notice) Notice {
	notice.Resolved, notice.Time, notice.NextStep = true, notice.Time.Add(time.Hour), ""
	return notice
}

// requireNoSecret looks for the secrets as text, in hexadecimal, as numbers, and decoded.
func requireNoSecret(t *testing.T, where, text string) {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(signingKey, keyPrefix))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"correct-horse", secretPath, strings.TrimPrefix(signingKey, keyPrefix), string(key)} {
		for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), strings.Trim(fmt.Sprintf("%d", []byte(secret)), "[]")} {
			if strings.Contains(text, form) {
				t.Errorf("%s shows a secret: %s", where, text)
			}
		}
	}
}

// requireNoSecretIn shows a value in every way that a program shows values.
func requireNoSecretIn(t *testing.T, value any) {
	t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%t"} {
		requireNoSecret(t, verb, fmt.Sprintf(verb, value))
	}
	if encoded, err := json.Marshal(value); err == nil {
		requireNoSecret(t, "JSON", string(encoded))
	}
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("x", "value", value)
	}
	requireNoSecret(t, "log", log.String())
}
