package audit

import (
	"bytes"
	"errors"
	"fmt"
)

// errFork is what is wrong with a record that does not continue the one before it.
var errFork = errors.New("the record is no continuation of the one before it")

var errNoLineEnd = errors.New("the object ends in the middle of a record, or is empty")

// readBatch takes an object apart that continues the chain after a place. It returns the records up to the first that is wrong, and what is
// wrong with that.
func readBatch(data []byte, after link) ([]Record, error) {
	if len(data) == 0 || data[len(data)-1] != '\n' {
		return nil, errNoLineEnd
	}
	var records []Record
	for line := range bytes.Lines(data) {
		var record Record
		hash, err := unseal(bytes.TrimSuffix(line, []byte("\n")), &record)
		switch {
		case err != nil:
			return records, fmt.Errorf("the record was changed: %w", err)
		case record.Sequence != after.Sequence+1:
			return records, fmt.Errorf("the record calls itself %d: records are missing, or not in their order", record.Sequence)
		case record.Previous != after.Hash:
			return records, errFork
		}
		record.Hash = hash
		after = record.place()
		records = append(records, record)
	}
	return records, nil
}

// readLoosely returns the records of an object that can be read by themselves, whatever is wrong with the others and with their order.
func readLoosely(data []byte) []Record {
	var records []Record
	for line := range bytes.Lines(data) {
		var record Record
		hash, err := unseal(bytes.TrimSuffix(line, []byte("\n")), &record)
		if err != nil || record.Sequence == 0 || record.Sequence > maxSequence {
			continue
		}
		record.Hash = hash
		records = append(records, record)
	}
	return records
}
