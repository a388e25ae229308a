package notify

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Format is what a target understands.
type Format string

const (
	// Slack is the message of a Slack incoming webhook, which other chat systems accept too.
	Slack Format = "Slack"
	// CloudEvents is a CloudEvents 1.0 event in the structured mode of JSON.
	CloudEvents Format = "CloudEvents"
)

const (
	// keyPrefix begins a key in the form of Standard Webhooks. It may be left out.
	keyPrefix = "whsec_"
	// minKeyBytes and maxKeyBytes are the lengths of a key that Standard Webhooks allows.
	minKeyBytes = 24
	maxKeyBytes = 64
)

// Target is where notices go.
type Target struct {
	// Name tells targets apart in errors and results. Required.
	Name string
	// Format is what the receiver understands. Required.
	Format Format
	// URL is the address of the webhook. Whoever knows the address of a Slack webhook can write to its channel, so it is a secret.
	// Required.
	URL Secret
	// SigningKey signs each request, if there is one: base64 of 24 to 64 bytes, with or without "whsec_" before it.
	SigningKey Secret
	// AllowInsecure accepts http for any host, and not only for this machine.
	AllowInsecure bool
}

// Check returns an error that names the field of the target, or the key of its Secret, and says what to do. The error tells neither
// the address nor the key.
func (t Target) Check() error {
	_, _, err := t.parse()
	return err
}

// parse returns the address, and the key for signing or nil.
func (t Target) parse() (*url.URL, []byte, error) {
	if t.Name == "" {
		return nil, nil, errors.New("a notification has no name: give it one, for example \"operations\"")
	}
	if t.Format != Slack && t.Format != CloudEvents {
		return nil, nil, t.errorf("format is %q: write %s or %s", t.Format, Slack, CloudEvents)
	}
	address, err := t.address()
	if err != nil {
		return nil, nil, err
	}
	key, err := t.key()
	if err != nil {
		return nil, nil, err
	}
	return address, key, nil
}

// address parses the URL. What the parser says about a bad one quotes it, so that goes no further.
func (t Target) address() (*url.URL, error) {
	text := t.URL.reveal()
	if text == "" {
		return nil, t.errorf("the key url of its Secret is empty: put the address of the webhook there, beginning with https://")
	}
	address, err := url.Parse(text)
	if err != nil || address.Hostname() == "" || address.Scheme != "https" && address.Scheme != "http" {
		return nil, t.errorf("the key url of its Secret holds no address of a webhook: put the whole address there, beginning with https://")
	}
	if address.Scheme == "http" && !t.AllowInsecure && !isThisMachine(address.Hostname()) {
		return nil, t.errorf("the key url of its Secret begins with http://, which sends notices unencrypted: use https://")
	}
	return address, nil
}

// isThisMachine is narrower than a browser's idea of it: what a name below .localhost stands for is a matter of the resolver.
func isThisMachine(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// key decodes the signing key. Libraries for Standard Webhooks take it in this form and no other.
func (t Target) key() ([]byte, error) {
	text := t.SigningKey.reveal()
	if text == "" {
		return nil, nil
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, keyPrefix))
	if err != nil || len(key) < minKeyBytes || len(key) > maxKeyBytes {
		return nil, t.errorf("the key signingKey of its Secret must be %d to %d random bytes in base64: make one with \"openssl rand -base64 32\"",
			minKeyBytes, maxKeyBytes)
	}
	return key, nil
}

func (t Target) errorf(format string, arguments ...any) error {
	return fmt.Errorf("notification %q: "+format, append([]any{t.Name}, arguments...)...)
}
