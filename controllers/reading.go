package controllers

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seatwright/clay-operator/internal/seat"
)

// reading is one complete list of members that was believed, indexed by address. It does not change once it is made.
type reading struct {
	// id names the reading in the audit trail and in the log: when it ended, and a digest of what it shows.
	id string
	// startedAt is when the reading began: what happened in Clay before is in it.
	startedAt time.Time
	// endedAt is when it was there.
	endedAt time.Time
	// inventory is what was read.
	inventory seat.Inventory
	// places maps an address to its place in the inventory.
	places map[seat.Email]int
}

func newReading(inventory seat.Inventory, startedAt, endedAt time.Time) *reading {
	places := make(map[seat.Email]int, len(inventory.Members))
	for place, member := range inventory.Members {
		// An address is lower-cased already where it was parsed. Nobody is taken for absent because one was not.
		places[seat.Email(strings.ToLower(string(member.Email)))] = place
	}
	return &reading{id: nameReading(inventory, endedAt), startedAt: startedAt, endedAt: endedAt, inventory: inventory, places: places}
}

// find returns the member with the address, or one that is Absent.
func (r *reading) find(email seat.Email) seat.Member {
	if place, known := r.places[email]; known {
		return r.inventory.Members[place]
	}
	return seat.Member{Email: email, Presence: seat.Absent}
}

func (r *reading) lacks(email seat.Email) bool {
	_, known := r.places[email]
	return !known
}

// agrees says whether two readings show the same people in the same state.
func (r *reading) agrees(other *reading) bool {
	if len(r.places) != len(other.places) {
		return false
	}
	for email := range r.places {
		if other.lacks(email) || other.find(email).Presence != r.find(email).Presence {
			return false
		}
	}
	return true
}

const (
	// readingTime is how the name of a reading writes its time.
	readingTime = "20060102T150405.000Z"
	// readingDigest is how many bytes of the digest are in the name: enough to tell two lists apart, and short enough to compare by eye.
	readingDigest = 6
)

// nameReading makes the id of a reading. Two with one digest show the same people with the same roles.
func nameReading(inventory seat.Inventory, endedAt time.Time) string {
	if !inventory.ReadAt.IsZero() {
		endedAt = inventory.ReadAt
	}
	lines := make([]string, len(inventory.Members))
	for i, member := range inventory.Members {
		lines[i] = fmt.Sprintf("%q %q %q %q\n", member.Email, member.ID, member.Role, member.Presence)
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "")))
	return endedAt.UTC().Format(readingTime) + "-" + hex.EncodeToString(sum[:readingDigest])
}
