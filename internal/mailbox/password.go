package mailbox

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted stands where a secret would be shown.
const redacted = "[redacted]"

// Password is a text that must not be shown. Formatting, logging and marshalling it give a placeholder; it is converted to a string
// where it is sent to the server.
type Password string

// Format implements fmt.Formatter without telling the secret, whatever the verb. The error of the write has nobody to go to.
func (Password) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// LogValue implements slog.LogValuer without telling the secret.
func (Password) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler, and with it JSON, without telling the secret.
func (Password) MarshalText() ([]byte, error) { return []byte(redacted), nil }
