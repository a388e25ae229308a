package audit

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func openTest(t *testing.T) *Store {
	t.Helper()
	store, err := Open(filepath.Join(t.TempDir(), "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func sample() Entry {
	return Entry{
		At: noon, Namespace: "team", Workspace: "sales", Reason: "PageChanged",
		Screenshot: []byte("\x89PNG"), Snapshot: "- button", Path: "/workspaces/1", Report: []byte("{}"),
	}
}

func save(t *testing.T, store *Store, entry Entry) string {
	t.Helper()
	path, err := store.Save(entry)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// tree lists what is under a directory, with modes and sizes of files.
func tree(t *testing.T, directory string) []string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(directory, path)
		lines = append(lines, fmt.Sprintf("%v %s", info.Mode(), relative))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestSaveKeepsAnEntryForItsUserAlone(t *testing.T) {
	store := openTest(t)
	path := save(t, store, sample())
	const name = "20260901T120000.000000000Z_team_sales_PageChanged"
	if want := filepath.Join(store.directory, name); path != want {
		t.Errorf("path %s, want %s", path, want)
	}
	want := []string{
		"drwx------ .",
		"drwx------ " + name,
		"-rw------- " + name + "/page.png",
		"-rw------- " + name + "/page.txt",
		"-rw------- " + name + "/report.json",
	}
	if diff := cmp.Diff(want, tree(t, store.directory)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for file, want := range map[string]string{screenshotFile: "\x89PNG", snapshotFile: "path: /workspaces/1\n\n- button", reportFile: "{}"} {
		if data, err := os.ReadFile(filepath.Join(path, file)); err != nil || string(data) != want {
			t.Errorf("%s holds %q, %v", file, data, err)
		}
	}
}

func TestSaveWithoutAPicture(t *testing.T) {
	entry := sample()
	entry.Screenshot = nil
	path := save(t, openTest(t), entry)
	if _, err := os.Stat(filepath.Join(path, screenshotFile)); !os.IsNotExist(err) {
		t.Errorf("an empty picture was kept: %v", err)
	}
}

func TestNamesStayInTheDirectory(t *testing.T) {
	store := openTest(t)
	for _, text := range []string{"../../etc", "a/b", "", "..", "ümlaut\x00", strings.Repeat("x", 300), "a_b"} {
		entry := sample()
		entry.Namespace, entry.Workspace, entry.Reason = text, text, text
		path := save(t, store, entry)
		if filepath.Dir(path) != store.directory {
			t.Errorf("%q leads to %s", text, path)
		}
		if !entryName.MatchString(filepath.Base(path)) {
			t.Errorf("%q makes a name that is never pruned: %s", text, path)
		}
	}
}

func TestOnlyTheNewestAreKept(t *testing.T) {
	store := openTest(t)
	store.maxEntries = 3
	var paths []string
	for minute := range 5 {
		entry := sample()
		entry.At = noon.Add(time.Duration(minute) * time.Minute)
		paths = append(paths, save(t, store, entry))
	}
	requireKept(t, paths[2:], paths[:2])
}

func TestTheTotalIsBounded(t *testing.T) {
	store := openTest(t)
	store.maxBytes = 2500
	entry := sample()
	entry.Screenshot = make([]byte, 1000)
	var paths []string
	for range 4 {
		paths = append(paths, save(t, store, entry))
	}
	requireKept(t, paths[2:], paths[:2])
	entry.Screenshot = make([]byte, 10_000)
	large := save(t, store, entry)
	requireKept(t, []string{large}, paths)
}

func requireKept(t *testing.T, kept, gone []string) {
	t.Helper()
	for _, path := range kept {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("not kept: %v", err)
		}
	}
	for _, path := range gone {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", path, err)
		}
	}
}

func TestPruneLeavesOtherFilesAlone(t *testing.T) {
	store := openTest(t)
	store.maxEntries = 1
	mine := filepath.Join(store.directory, "0-notes")
	if err := os.Mkdir(mine, directoryMode); err != nil {
		t.Fatal(err)
	}
	save(t, store, sample())
	save(t, store, sample())
	requireKept(t, []string{mine}, nil)
}

func TestOneMomentManyEntries(t *testing.T) {
	store := openTest(t)
	const writers = 20
	paths := make([]string, writers)
	var group sync.WaitGroup
	for index := range writers {
		group.Go(func() {
			path, err := store.Save(sample())
			if err != nil {
				t.Error(err)
			}
			paths[index] = path
		})
	}
	group.Wait()
	requireKept(t, paths, nil)
	entries, err := os.ReadDir(store.directory)
	if err != nil || len(entries) != writers {
		t.Errorf("%d entries, %v; want %d", len(entries), err, writers)
	}
}

func TestOpenRemovesWhatWasNotFinished(t *testing.T) {
	store := openTest(t)
	kept := save(t, store, sample())
	leftover := filepath.Join(store.directory, unfinished+"1")
	if err := os.Mkdir(leftover, directoryMode); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(store.directory); err != nil {
		t.Fatal(err)
	}
	requireKept(t, []string{kept}, []string{leftover})
}

func TestOpenSaysWhereEvidenceCannotBeKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, fileMode); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file); err == nil {
		t.Error("a file was taken for a directory")
	}
}

// TestAFailedSaveLeavesNothing stands for a full disk: the write fails half-way, at the limit that the kernel puts on files.
func TestAFailedSaveLeavesNothing(t *testing.T) {
	store := openTest(t)
	// Far more than what the test binary itself writes meanwhile.
	const limit = 1 << 20
	limitFileSize(t, limit)
	entry := sample()
	entry.Screenshot = make([]byte, 2*limit)
	if path, err := store.Save(entry); err == nil || path != "" {
		t.Errorf("saved as %q, %v", path, err)
	}
	if diff := cmp.Diff([]string{"drwx------ ."}, tree(t, store.directory)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	entry.Screenshot = make([]byte, limit/2)
	save(t, store, entry)
}

// limitFileSize makes writing beyond so many bytes an error for the time of the test.
func limitFileSize(t *testing.T, size uint64) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limited := before
	limited.Cur = size
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Error(err)
		}
	})
}
