package sidecar

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted stands where a secret would be shown.
const redacted = "[redacted]"

// Password is a text that must not be shown. Formatting, logging and marshalling it give a placeholder; convert it to a string
// where it is typed into a page.
type Password string

// Session is the state of a signed-in browser, a bearer credential. Formatting, logging and marshalling it give a placeholder;
// convert it to bytes where it is kept.
type Session []byte

// Format implements fmt.Formatter without telling the secret, whatever the verb.
func (Password) Format(state fmt.State, _ rune) { writeRedacted(state) }

// LogValue implements slog.LogValuer without telling the secret.
func (Password) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler, and with it JSON, without telling the secret.
func (Password) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Format implements fmt.Formatter without telling the secret, whatever the verb.
func (Session) Format(state fmt.State, _ rune) { writeRedacted(state) }

// LogValue implements slog.LogValuer without telling the secret.
func (Session) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler, and with it JSON, without telling the secret.
func (Session) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// writeRedacted ignores the error as every fmt.Formatter must: there is nobody to give it to.
func writeRedacted(state fmt.State) { _, _ = io.WriteString(state, redacted) }
