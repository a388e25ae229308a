package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	// maxEntries and maxBytes bound a store: months of ordinary faults, and a fraction of the volume that the manifests
	// give it. The newest entry stays, however large it is.
	maxEntries = 200
	maxBytes   = 256 << 20

	directoryMode = 0o700
	fileMode      = 0o600

	screenshotFile = "page.png"
	snapshotFile   = "page.txt"
	reportFile     = "report.json"

	// unfinished begins the name of an entry that is being written. No finished one begins with a dot.
	unfinished = ".new-"
	// timeLayout sorts as text in the order of time.
	timeLayout = "20060102T150405.000000000Z"
	// maxPart bounds each part of a name, in bytes, so that the whole fits the 255 of a file name.
	maxPart = 63
)

// Entry is one piece of evidence.
type Entry struct {
	// At is when it was taken.
	At time.Time
	// Namespace and Workspace name the ClayWorkspace. Where only Clay's id of it is known, it is the Workspace and there is no
	// Namespace.
	Namespace, Workspace string
	// Reason says why it was taken, in one word, as in a condition.
	Reason string
	// Screenshot is a redacted PNG; empty where there is none.
	Screenshot []byte
	// Snapshot is the redacted accessibility tree of the page.
	Snapshot string
	// Path is the path of the page's address, without host and query.
	Path string
	// Report is a redacted JSON document about a page that was not as expected; empty where there is none.
	Report []byte
}

// Store keeps the newest entries in a directory that only the user of the process can read. Each entry is a directory with page.png,
// page.txt and report.json. It is safe for use by several goroutines, and the directory belongs to one process at a time.
type Store struct {
	directory  string
	maxEntries int
	maxBytes   int64

	mu   sync.Mutex
	last time.Time
}

// Open makes the directory where it is missing, and removes what an earlier process left unfinished. An error says that evidence cannot be
// kept there, for example because the directory is not writable.
func Open(directory string) (*Store, error) {
	if err := os.MkdirAll(directory, directoryMode); err != nil {
		return nil, fmt.Errorf("make the directory for evidence: %w", err)
	}
	leftovers, err := filepath.Glob(filepath.Join(directory, unfinished+"*"))
	if err != nil {
		return nil, fmt.Errorf("look into the directory for evidence: %w", err)
	}
	for _, leftover := range leftovers {
		err = errors.Join(err, os.RemoveAll(leftover))
	}
	// Whether a disk can be written is known only from writing.
	probe, probeErr := os.MkdirTemp(directory, unfinished)
	if probeErr == nil {
		probeErr = os.Remove(probe)
	}
	if err := errors.Join(err, probeErr); err != nil {
		return nil, fmt.Errorf("use the directory for evidence: %w", err)
	}
	return &Store{directory: directory, maxEntries: maxEntries, maxBytes: maxBytes}, nil
}

// Save keeps an entry, removes the oldest ones that are too many, and returns the path of the entry's directory. With an error and no
// path nothing was kept, for example because the disk is full; with both, the entry was kept and an older one could not be
// removed.
func (s *Store) Save(entry Entry) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := filepath.Join(s.directory, s.name(entry))
	if err := s.write(path, entry); err != nil {
		return "", fmt.Errorf("keep evidence: %w", err)
	}
	if err := s.prune(); err != nil {
		return path, fmt.Errorf("remove old evidence: %w", err)
	}
	return path, nil
}

// write makes the entry under another name and moves it to its place, so that whoever looks finds whole entries only.
func (s *Store) write(path string, entry Entry) error {
	temporary, err := os.MkdirTemp(s.directory, unfinished)
	if err != nil {
		return err
	}
	err = os.WriteFile(filepath.Join(temporary, snapshotFile), []byte("path: "+entry.Path+"\n\n"+entry.Snapshot), fileMode)
	if err == nil && len(entry.Screenshot) > 0 {
		err = os.WriteFile(filepath.Join(temporary, screenshotFile), entry.Screenshot, fileMode)
	}
	if err == nil && len(entry.Report) > 0 {
		err = os.WriteFile(filepath.Join(temporary, reportFile), entry.Report, fileMode)
	}
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(temporary))
	}
	return nil
}

// name is the time and what the entry is about. Two entries of one moment get two times, because a name stands for one entry.
func (s *Store) name(entry Entry) string {
	at := entry.At.UTC()
	if !at.After(s.last) {
		at = s.last.Add(time.Nanosecond)
	}
	s.last = at
	parts := []string{at.Format(timeLayout)}
	for _, text := range []string{entry.Namespace, entry.Workspace, entry.Reason} {
		if text != "" {
			parts = append(parts, part(text))
		}
	}
	return strings.Join(parts, "_")
}

// part makes a text fit to be a part of a file name.
func part(text string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '-'
	}, text)
	return safe[:min(len(safe), maxPart)]
}
