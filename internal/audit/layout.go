package audit

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Where things are in a store.
const (
	trailPrefix    = "trail/"
	evidencePrefix = "evidence/"

	headKey   = trailPrefix + "head.json"
	anchorKey = trailPrefix + "anchor.json"
	// probeKey is written at every start, to see whether the store can be written and does not replace what it must not.
	probeKey = trailPrefix + "probe.json"

	batchSuffix = ".jsonl"
	// sequenceDigits makes the order of names that of numbers.
	sequenceDigits = 16
	// maxSequence is the last number that has a name. At a million changes a day it lasts for millions of years, so that a larger one is
	// no number of ours.
	maxSequence = 9_999_999_999_999_999
)

// leftover is what the name of a file ends with that was being written when the process died.
var leftover = regexp.MustCompile(`\.[0-9a-f]+\.tmp$`)

// batchKey returns the name of the object whose first record has the given number.
func batchKey(first uint64) string {
	return fmt.Sprintf("%s%0*d%s", trailPrefix, sequenceDigits, first, batchSuffix)
}

// firstOf returns the number of the first record of an object, or false where the object is no batch of records.
func firstOf(key string) (uint64, bool) {
	digits, isTrail := strings.CutPrefix(key, trailPrefix)
	digits, isBatch := strings.CutSuffix(digits, batchSuffix)
	if !isTrail || !isBatch || len(digits) != sequenceDigits {
		return 0, false
	}
	first, err := strconv.ParseUint(digits, 10, 64)
	return first, err == nil && first > 0
}
