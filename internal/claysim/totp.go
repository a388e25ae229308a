package claysim

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 as authenticator apps do it.
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

const (
	// totpPeriod is how long a code is shown, as in every authenticator app.
	totpPeriod = 30 * time.Second
	// totpSkew is how many periods a clock may be off, before and after.
	totpSkew = 1
	// totpDigits and totpRange make codes of six digits.
	totpDigits = 6
	totpRange  = 1_000_000
	// totpSign clears the sign of the truncated hash.
	totpSign = 0x7fffffff
	// totpNibble is the part of the last byte that says where the code starts.
	totpNibble = 0xf
)

// totpKey reads a secret as authenticator apps take it: base32 in any case, with or without spaces and padding.
func totpKey(secret string) ([]byte, error) {
	compact := strings.TrimRight(strings.ToUpper(strings.ReplaceAll(secret, " ", "")), "=")
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(compact)
	if err != nil || len(key) == 0 {
		return nil, fmt.Errorf("the secret is not base32: use the letters A to Z and the digits 2 to 7")
	}
	return key, nil
}

// totpCounter is the number of the period that holds the moment.
func totpCounter(at time.Time) int64 { return at.Unix() / int64(totpPeriod/time.Second) }

// totpCode is the code of a period.
func totpCode(key []byte, counter int64) string {
	message := binary.BigEndian.AppendUint64(nil, uint64(counter)) //nolint:gosec // Time is after 1970.
	mac := hmac.New(sha1.New, key)
	mac.Write(message)
	sum := mac.Sum(nil)
	start := sum[len(sum)-1] & totpNibble
	number := binary.BigEndian.Uint32(sum[start:]) & totpSign % totpRange
	return fmt.Sprintf("%0*d", totpDigits, number)
}

// useTOTPLocked reports whether the code is right now and was not used before. A
// code that was used is spent, and so are those of earlier periods.
func (a *account) useTOTPLocked(code string, now time.Time) bool {
	key, err := totpKey(a.TOTPSecret)
	if err != nil {
		return false
	}
	current := totpCounter(now)
	for counter := max(current-totpSkew, a.lastCounter+1); counter <= current+totpSkew; counter++ {
		if subtle.ConstantTimeCompare([]byte(totpCode(key, counter)), []byte(code)) == 1 {
			a.lastCounter = counter
			return true
		}
	}
	return false
}
