package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// noHash stands before the first record.
var noHash = strings.Repeat("0", hashLength)

const (
	// hashLength is that of a SHA-256 in hexadecimal digits.
	hashLength = 2 * sha256.Size

	// The hash is the last member of a sealed object. It is over the bytes of the object as it would be without that member, and so
	// needs no rules about the order of members or the form of numbers: what was written is what counts, and a shell can check it.
	hashBegin = `,"hash":"`
	hashEnd   = `"}`
	sealSize  = len(hashBegin) + hashLength + len(hashEnd)
)

var (
	errNotSealed = errors.New("it does not end with its hash")
	errChanged   = errors.New("its hash is not that of its content")
)

// seal returns a value as one line of JSON that ends with its hash, and the hash. The value is a struct with at least one member that
// is always written, and none that is called hash.
func seal(value any) (line []byte, hash string, err error) {
	content, err := json.Marshal(value)
	if err != nil {
		return nil, "", err
	}
	hash = hashOf(content)
	return append(content[:len(content)-1], hashBegin+hash+hashEnd...), hash, nil
}

// unseal checks the hash of a line, without its line end, and takes the line apart.
func unseal(line []byte, value any) (hash string, err error) {
	if len(line) < sealSize {
		return "", errNotSealed
	}
	content, end := line[:len(line)-sealSize], line[len(line)-sealSize:]
	if !bytes.HasPrefix(end, []byte(hashBegin)) || !bytes.HasSuffix(end, []byte(hashEnd)) {
		return "", errNotSealed
	}
	hash = string(end[len(hashBegin) : len(hashBegin)+hashLength])
	if hash != hashOf(append(bytes.Clone(content), '}')) {
		return "", errChanged
	}
	if err := json.Unmarshal(line, value); err != nil {
		return "", fmt.Errorf("it cannot be read: %w", err)
	}
	return hash, nil
}

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// sealRecords makes records the continuation of a chain, and returns them as they are in it and as the content of their object.
func sealRecords(records []Record, after link) (chained []Record, data []byte, err error) {
	for _, record := range records {
		record.Sequence, record.Previous, record.Hash = after.Sequence+1, after.Hash, ""
		line, hash, err := seal(record)
		if err != nil {
			return nil, nil, fmt.Errorf("write down a record: %w", err)
		}
		record.Hash = hash
		after = record.place()
		chained = append(chained, record)
		data = append(append(data, line...), '\n')
	}
	return chained, data, nil
}

// link is a place in the chain: a record's number and hash.
type link struct {
	Sequence uint64 `json:"sequence"`
	Hash     string `json:"hash"`
}

// place returns where in the chain a record is.
func (r Record) place() link { return link{Sequence: r.Sequence, Hash: r.Hash} }

// start is the place before the first record.
func start() link { return link{Hash: noHash} }
