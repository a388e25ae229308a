package adopt

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/seatwright/clay-operator/internal/seat"
)

const (
	// maxName keeps a name short enough for a label, as tools make one of it.
	maxName = 63
	// hashLength is how many digits of a hash tell two addresses apart whose names would be the same.
	hashLength = 8
	// at stands for the sign in an address, which no name may have.
	at = "-at-"
)

// reserved are names that would make a file which tools take for something else.
var reserved = map[string]bool{"kustomization": true}

// Name returns the name of the ClayUser for an address. It follows from the address and the domain at home, where people are called by what
// stands before the @, and from nobody else's address, so that it stays when others come and go.
func Name(email seat.Email, home string) string {
	local, domain, _ := strings.Cut(string(email), "@")
	wanted := local
	if domain != home {
		wanted = local + at + domain
	}
	name := legible(wanted)
	// What was changed may be what another address comes to as well.
	sure := name == wanted && !strings.Contains(local, at) && !reserved[name] && len(name) <= maxName
	if sure {
		return name
	}
	sum := sha256.Sum256([]byte(email))
	suffix := hex.EncodeToString(sum[:])[:hashLength]
	if name = strings.Trim(name[:min(len(name), maxName-hashLength-1)], ".-"); name == "" {
		return "user-" + suffix
	}
	return name + "-" + suffix
}

// DomainOf returns the domain of an address.
func DomainOf(email seat.Email) string {
	_, domain, _ := strings.Cut(string(email), "@")
	return domain
}

// legible returns a text with nothing in it that the name of a resource may not have.
func legible(text string) string {
	var parts []string
	for part := range strings.SplitSeq(text, ".") {
		mapped := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return '-'
		}, part)
		if mapped = strings.Trim(mapped, "-"); mapped != "" {
			parts = append(parts, mapped)
		}
	}
	return strings.Join(parts, ".")
}
