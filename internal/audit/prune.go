package audit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// entryName is what Save calls an entry. Only such directories are ever removed, whatever else somebody keeps beside them.
var entryName = regexp.MustCompile(`^[0-9]{8}T[0-9]{6}\.[0-9]{9}Z(_[A-Za-z0-9.-]+){0,3}$`)

// prune removes the oldest entries until the rest is within bounds.
func (s *Store) prune() error {
	entries, err := os.ReadDir(s.directory)
	if err != nil {
		return err
	}
	kept, total := 0, int64(0)
	// ReadDir sorts by name, and the names begin with the time.
	for _, entry := range slices.Backward(entries) {
		if !entry.IsDir() || !entryName.MatchString(entry.Name()) {
			continue
		}
		path := filepath.Join(s.directory, entry.Name())
		size, sizeErr := sizeOf(path)
		kept, total = kept+1, total+size
		if kept > s.maxEntries || kept > 1 && total > s.maxBytes {
			sizeErr = os.RemoveAll(path)
		}
		err = errors.Join(err, sizeErr)
	}
	return err
}

// sizeOf adds up the files in a directory.
func sizeOf(directory string) (total int64, err error) {
	err = filepath.WalkDir(directory, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		total += info.Size()
		return nil
	})
	return total, err
}
