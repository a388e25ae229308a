package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	// IndexFile holds the digests of the files that were written, in the form of sha256sum. By it a later import knows which files are its own,
	// and whether somebody has changed them since.
	IndexFile = ".clay-import"
	// directoryMode and fileMode are those of files that go into Git.
	directoryMode = 0o755
	fileMode      = 0o644
)

// Changes are what became of the files of a directory, each by path and sorted.
type Changes struct {
	Added, Changed, Removed []string
	// Unchanged counts the others.
	Unchanged int
}

// ForeignError is returned where files would be overwritten or removed that no import wrote, or that somebody changed since.
type ForeignError struct{ Files []string }

func (e *ForeignError) Error() string {
	return fmt.Sprintf("these files are not as an import left them: %s", strings.Join(e.Files, ", "))
}

// Write makes a directory hold the given files, by their paths with slashes. Files that an earlier Write left there and that are not among them
// are removed; all others stay. Unless force is true it changes nothing, and returns a *ForeignError, where it would have to overwrite or
// remove what it did not write.
func Write(directory string, files map[string][]byte, force bool) (Changes, error) {
	index, err := readIndex(directory)
	if err != nil {
		return Changes{}, err
	}
	var changes Changes
	var foreign []string
	for path := range union(files, index) {
		before, err := os.ReadFile(filepath.Join(directory, filepath.FromSlash(path)))
		there := err == nil
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Changes{}, fmt.Errorf("look at what is there: %w", err)
		}
		content, wanted := files[path]
		own := index[path] == digest(before)
		switch {
		case !there && !wanted:
		case !there:
			changes.Added = append(changes.Added, path)
		case wanted && bytes.Equal(before, content):
			changes.Unchanged++
		case !own && !force:
			foreign = append(foreign, path)
		case wanted:
			changes.Changed = append(changes.Changed, path)
		default:
			changes.Removed = append(changes.Removed, path)
		}
	}
	for _, list := range [][]string{changes.Added, changes.Changed, changes.Removed, foreign} {
		slices.Sort(list)
	}
	if len(foreign) > 0 {
		return Changes{}, &ForeignError{Files: foreign}
	}
	return changes, changes.carryOut(directory, files)
}

// carryOut writes and removes. The index comes last: what this left half done has the content that a second try wants.
func (c Changes) carryOut(directory string, files map[string][]byte) error {
	for _, path := range slices.Concat(c.Added, c.Changed) {
		if err := put(directory, path, files[path]); err != nil {
			return err
		}
	}
	for _, path := range c.Removed {
		if err := os.Remove(filepath.Join(directory, filepath.FromSlash(path))); err != nil {
			return fmt.Errorf("remove a file that is no longer needed: %w", err)
		}
	}
	var index strings.Builder
	for _, path := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&index, "%s  %s\n", digest(files[path]), path)
	}
	return put(directory, IndexFile, []byte(index.String()))
}

func put(directory, path string, content []byte) error {
	place := filepath.Join(directory, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(place), directoryMode); err != nil {
		return fmt.Errorf("make the directory: %w", err)
	}
	// Manifests hold no secret, and are read by whoever has the repository.
	if err := os.WriteFile(place, content, fileMode); err != nil {
		return fmt.Errorf("write a manifest: %w", err)
	}
	return nil
}

// readIndex returns the digests of the files that an earlier Write left.
func readIndex(directory string) (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(directory, IndexFile))
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	} else if err != nil {
		return nil, fmt.Errorf("read what an earlier import wrote: %w", err)
	}
	index := map[string]string{}
	for line := range strings.Lines(string(text)) {
		sum, path, whole := strings.Cut(strings.TrimRight(line, "\r\n"), "  ")
		if !whole || !filepath.IsLocal(filepath.FromSlash(path)) {
			return nil, fmt.Errorf("%s is damaged: remove it, and use --force where the files are to be overwritten", filepath.Join(directory, IndexFile))
		}
		index[path] = sum
	}
	return index, nil
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// union returns the keys of both.
func union(files map[string][]byte, index map[string]string) map[string]bool {
	all := map[string]bool{}
	for path := range files {
		all[path] = true
	}
	for path := range index {
		all[path] = true
	}
	return all
}
