package onetime

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

const (
	// redacted stands where a secret would be shown.
	redacted = "[redacted]"

	// scheme begins the address that a QR code for an authenticator app holds.
	scheme = "otpauth://"
	// exportScheme begins the address of an app's export: many secrets in one.
	exportScheme = "otpauth-migration://"

	// defaultPeriod and defaultDigits are what RFC 6238 and every authenticator app take where nothing is said.
	defaultPeriod = 30 * time.Second
	defaultDigits = otp.DigitsSix

	// minPeriod leaves enough of a period after margin; maxPeriod is far above any that is in use. In seconds.
	minPeriod, maxPeriod = 10, 300
	// minDigits and maxDigits are what RFC 4226 allows and a code of 31 bits can fill.
	minDigits, maxDigits = 6, 8
	// minLetters is the shortest secret in use, ten bytes in base32. What is shorter was cut off, or is a code.
	minLetters = 16
)

// ErrNoSecret says that there is no secret to make a code from.
var ErrNoSecret = errors.New("there is no secret for one-time codes")

// Secret is what an authenticator app is set up with: a key, and how codes are made from it. Formatting, logging and
// marshalling it give a placeholder. Make one with Parse; the zero Secret makes no codes.
type Secret struct {
	// parts is a function because formatting never looks into one, not even where a hidden field holds the Secret.
	parts func() *parts
}

// parts are the key and the parameters of an otpauth address.
type parts struct {
	key       []byte
	period    time.Duration
	digits    otp.Digits
	algorithm otp.Algorithm
}

func newSecret(content *parts) Secret { return Secret{parts: func() *parts { return content }} }

// Format implements fmt.Formatter without telling the secret, whatever the verb. The error of the write has nobody to go to.
func (Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// LogValue implements slog.LogValuer without telling the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler, and with it JSON, without telling the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Parse reads a secret as identity providers show it: letters of base32, in groups or not, in either case, padded or not; or the
// whole address that begins with otpauth://totp/, whose period, digits and algorithm then count. An error says what is wrong with the
// text and what to give instead, and holds nothing of it.
func Parse(text string) (Secret, error) {
	text = strings.TrimSpace(text)
	switch {
	case hasPrefixFold(text, exportScheme):
		return Secret{}, errors.New("is the export of an authenticator app; give the one secret that the identity provider shows at set-up")
	case hasPrefixFold(text, scheme):
		return parseAddress(text)
	}
	key, err := parseKey(text)
	if err != nil {
		return Secret{}, err
	}
	return newSecret(&parts{key: key, period: defaultPeriod, digits: defaultDigits, algorithm: otp.AlgorithmSHA1}), nil
}

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// parseKey decodes base32.
func parseKey(text string) ([]byte, error) {
	if text == "" {
		return nil, fmt.Errorf("is empty: %w", ErrNoSecret)
	}
	letters := strings.TrimRight(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || r == '-':
			return -1
		case 'a' <= r && r <= 'z': // and no other letter that becomes one of base32 in upper case
			return r - 'a' + 'A'
		}
		return r
	}, text), "=")
	if len(letters) < minLetters {
		return nil, fmt.Errorf("is too short: a secret has at least %d letters; give the secret, not a code made from it", minLetters)
	}
	// The error of the library would tell where in the secret it found what, and it takes a letter too many for none.
	encoding := base32.StdEncoding.WithPadding(base32.NoPadding)
	key, err := encoding.DecodeString(letters)
	if err != nil || encoding.EncodedLen(len(key)) != len(letters) {
		return nil, errors.New("is not base32 (the letters A to Z and the digits 2 to 7); copy the whole secret that the identity provider shows at set-up")
	}
	return key, nil
}

// parseAddress reads an otpauth address. The library's own reader takes its default for what it does not understand, and then makes
// codes that nobody accepts.
func parseAddress(text string) (Secret, error) {
	address, err := url.Parse(text)
	if err != nil {
		return Secret{}, errors.New("is no valid otpauth address; copy the whole address of the QR code")
	}
	if !strings.EqualFold(address.Host, "totp") {
		return Secret{}, errors.New("is not for codes of time: give an address that begins with otpauth://totp/")
	}
	query, err := url.ParseQuery(address.RawQuery)
	if err != nil {
		return Secret{}, errors.New("is no valid otpauth address: what follows its question mark cannot be read")
	}
	if query.Get("encoder") != "" {
		return Secret{}, errors.New("asks for codes of letters, which are not supported")
	}
	key, err := parseKey(query.Get("secret"))
	if err != nil {
		return Secret{}, fmt.Errorf("the secret in the otpauth address %w", err)
	}
	algorithm, err := parseAlgorithm(query.Get("algorithm"))
	if err != nil {
		return Secret{}, err
	}
	period, err := parseNumber("period", query.Get("period"), int(defaultPeriod/time.Second), minPeriod, maxPeriod)
	if err != nil {
		return Secret{}, err
	}
	digits, err := parseNumber("digits", query.Get("digits"), int(defaultDigits), minDigits, maxDigits)
	if err != nil {
		return Secret{}, err
	}
	return newSecret(&parts{key: key, period: time.Duration(period) * time.Second, digits: otp.Digits(digits), algorithm: algorithm}), nil
}

func parseAlgorithm(text string) (otp.Algorithm, error) {
	switch strings.ToUpper(strings.ReplaceAll(text, "-", "")) {
	case "", "SHA1":
		return otp.AlgorithmSHA1, nil
	case "SHA256":
		return otp.AlgorithmSHA256, nil
	case "SHA512":
		return otp.AlgorithmSHA512, nil
	}
	return 0, errors.New("the algorithm in the otpauth address is none of SHA1, SHA256 and SHA512")
}

func parseNumber(name, text string, absent, least, most int) (int, error) {
	if text == "" {
		return absent, nil
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < least || number > most {
		return 0, fmt.Errorf("the %s in the otpauth address must be a number from %d to %d", name, least, most)
	}
	return number, nil
}

// code is the code of a counter: of the period that began at counter times the period after 1970.
func (p *parts) code(counter int64) (string, error) {
	return hotp.GenerateCodeCustom(base32.StdEncoding.EncodeToString(p.key), uint64(counter), //nolint:gosec // no time before 1970 comes here
		hotp.ValidateOpts{Digits: p.digits, Algorithm: p.algorithm})
}

// fingerprint tells secrets apart without keeping them.
func (p *parts) fingerprint() [sha256.Size]byte { return sha256.Sum256(p.key) }
