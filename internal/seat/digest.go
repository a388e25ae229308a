package seat

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// digestLength is how many hexadecimal digits of a digest are kept: few enough to read aloud, and with 64 bits too many
// for anybody to find a second set of removals with the same ones.
const digestLength = 16

// Digest names a set of changes by verb and address, whatever their order, so that a person can approve exactly this
// set. It is empty for no changes, and never otherwise.
func Digest(changes []Change) string {
	if len(changes) == 0 {
		return ""
	}
	lines := make([]string, 0, len(changes))
	for _, change := range changes {
		lines = append(lines, fmt.Sprintf("%q %q", change.Verb, change.Email))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])[:digestLength]
}
