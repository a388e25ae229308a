package notify

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// redacted stands where a secret would be shown.
const redacted = "[redacted]"

// Secret is a text that must not be shown: the address of a webhook, or a key. Formatting, logging and marshalling it give a
// placeholder. It is no key for a map, because encoding/json writes those without asking.
type Secret string

// Format implements fmt.Formatter without telling the secret, whatever the verb. It ignores the error as every fmt.Formatter must:
// there is nobody to give it to.
func (Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// LogValue implements slog.LogValuer without telling the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler, and with it JSON, without telling the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// reveal gives the secret without the line break that it has when it came from a file.
func (s Secret) reveal() string { return strings.TrimSpace(string(s)) }
