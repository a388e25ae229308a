package seat

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Email is a normalised e-mail address: trimmed and lower-cased, because Clay and mail systems in practice compare
// addresses without case. Make one with ParseEmail.
type Email string

// maxEmailLength is the longest address, in bytes, that SMTP can carry (RFC 5321, 4.5.3.1.3).
const maxEmailLength = 254

var errNotAnAddress = errors.New("is not an e-mail address such as jo@example.com")

// ParseEmail normalises text into an Email; parsing its result again changes nothing. It refuses display names,
// comments, spaces and control characters: the result is typed into a page as it is, where a comma or a new line would
// end the address and begin another. It also refuses letters that only look like ASCII ones and become them in lower
// case (the Kelvin sign, the dotted capital I): such an address would turn into somebody else's.
func ParseEmail(text string) (Email, error) {
	address := strings.ToLower(strings.TrimSpace(text))
	if len(address) > maxEmailLength {
		return "", fmt.Errorf("address of %d bytes: at most %d are possible", len(address), maxEmailLength)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, lowersToASCII) || strings.ContainsFunc(address, isUnsafe) {
		return "", fmt.Errorf("%q %w", text, errNotAnAddress)
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address {
		return "", fmt.Errorf("%q %w", text, errNotAnAddress)
	}
	domain := address[strings.LastIndexByte(address, '@')+1:]
	if !strings.Contains(domain, ".") {
		return "", fmt.Errorf("%q %w: its domain has no dot", text, errNotAnAddress)
	}
	return Email(address), nil
}

func lowersToASCII(r rune) bool {
	return r > unicode.MaxASCII && unicode.ToLower(r) <= unicode.MaxASCII
}

func isUnsafe(r rune) bool {
	return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`,;<>()[]:"\`, r)
}

// canonical returns the normalised form of an address that may come from a careless caller, and whether it is one. What
// is no address keeps its text, so that it can be reported.
func canonical(email Email) (Email, bool) {
	parsed, err := ParseEmail(string(email))
	if err != nil {
		return email, false
	}
	return parsed, true
}
