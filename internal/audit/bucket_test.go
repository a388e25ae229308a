package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func openFiles(t *testing.T) *bucket {
	t.Helper()
	opened, err := openBucket(t.Context(), FileURL(filepath.Join(t.TempDir(), "a b", "store")), true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.close(); err != nil {
			t.Error(err)
		}
	})
	return opened
}

// tree lists what is under a directory, with modes.
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

func TestAStoreInFiles(t *testing.T) {
	store := openFiles(t)
	ctx := t.Context()
	if err := store.create(ctx, "trail/a.jsonl", []byte("1")); err != nil {
		t.Fatal(err)
	}
	if err := store.create(ctx, "trail/a.jsonl", []byte("2")); !errors.Is(err, errExists) {
		t.Errorf("made twice: %v", err)
	}
	for _, text := range []string{"3", "4"} {
		if err := store.replace(ctx, "evidence/b.txt", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for key, want := range map[string]string{"trail/a.jsonl": "1", "evidence/b.txt": "4"} {
		if data, found, err := store.read(ctx, key); err != nil || !found || string(data) != want {
			t.Errorf("%s holds %q, %t, %v", key, data, found, err)
		}
	}
	if _, found, err := store.read(ctx, "trail/none.jsonl"); found || err != nil {
		t.Errorf("something was read of nothing: %v", err)
	}
	want := []string{
		"drwx------ .", "-rw------- .lock", "drwx------ evidence", "-rw------- evidence/b.txt",
		"drwx------ trail", "-rw------- trail/a.jsonl",
	}
	if diff := cmp.Diff(want, tree(t, store.directory)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for range 2 {
		if err := store.remove(ctx, "trail/a.jsonl"); err != nil {
			t.Error(err)
		}
	}
}

func TestListsAreInOrderAndBounded(t *testing.T) {
	store := openFiles(t)
	for _, key := range []string{"trail/3", "trail/1", "trail/2", "evidence/0"} {
		if err := store.replace(t.Context(), key, []byte("text")); err != nil {
			t.Fatal(err)
		}
	}
	for limit, want := range map[int]string{0: "trail/1 trail/2 trail/3", 2: "trail/1 trail/2", 5: "trail/1 trail/2 trail/3"} {
		listed, err := store.list(t.Context(), trailPrefix, limit)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, each := range listed {
			keys = append(keys, each.key)
			if each.size != int64(len("text")) || each.modified.IsZero() {
				t.Errorf("%+v", each)
			}
		}
		if got := strings.Join(keys, " "); got != want {
			t.Errorf("limit %d: %s, want %s", limit, got, want)
		}
	}
	if listed, err := store.list(t.Context(), "nothing/", 0); err != nil || len(listed) > 0 {
		t.Errorf("listed %v, %v", listed, err)
	}
}

// TestAListWhileOthersWrite lists a directory in which files come and go.
func TestAListWhileOthersWrite(t *testing.T) {
	store := openFiles(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			if err := errors.Join(store.replace(t.Context(), headKey, nil), store.remove(t.Context(), headKey)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	const lists = 500
	for range lists {
		if _, err := store.list(t.Context(), trailPrefix, 0); err != nil {
			t.Error(err)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAWriterWaitsForTheLock(t *testing.T) {
	store := openFiles(t)
	unlock, err := lock(t.Context(), filepath.Join(store.directory, lockFile))
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := store.create(ended, "trail/a.jsonl", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("it wrote without the lock: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- store.create(t.Context(), "trail/a.jsonl", nil) }()
	unlock()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestAFullDisk fails writes half-way, at the limit that the kernel puts on files.
func TestAFullDisk(t *testing.T) {
	store := openFiles(t)
	trail := newTrail(store, Options{})
	first := invitation("a@example.com", noon)
	if err := trail.Append(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	before := tree(t, store.directory)
	// Far more than what the test binary itself writes meanwhile.
	const limit = 1 << 20
	limitFileSize(t, limit)

	entry := sample()
	entry.Screenshot = make([]byte, 2*limit)
	if kept := trail.SaveEvidence(t.Context(), entry); kept.Key != "" {
		t.Errorf("evidence was stored as %s", kept.Key)
	}
	var intents []Record
	for range maxBatch {
		intent := invitation("b@example.com", noon)
		intent.Digest, intent.AskedBy.Name = strings.Repeat("d", maxText), strings.Repeat("n", maxText)
		intents = append(intents, intent)
	}
	err := trail.Append(t.Context(), intents...)
	if refusal, is := errors.AsType[*NotStoredError](err); !is || refusal.Reason != ReasonStoreFull {
		t.Errorf("got %v, want a refusal because the store is full", err)
	}
	after := tree(t, store.directory)
	if diff := cmp.Diff(append(before, "drwx------ evidence"), after, cmp.Transformer("set", func(lines []string) map[string]bool {
		set := map[string]bool{}
		for _, line := range lines {
			set[line] = true
		}
		return set
	})); diff != "" {
		t.Errorf("what could not be written left something behind (-before +after):\n%s", diff)
	}

	if err := trail.Append(t.Context(), first.Became(ResultApplied, noon)); err != nil {
		t.Errorf("a short record does not fit: %v", err)
	}
	if report, err := (&Reader{objects: store}).Verify(t.Context()); err != nil || report.Break != nil || report.Records != 2 {
		t.Errorf("%d records; %v, %v", report.Records, report.Break, err)
	}
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

func TestOpenAndReadAgain(t *testing.T) {
	address := FileURL(filepath.Join(t.TempDir(), "new"))
	if reader, err := OpenReader(t.Context(), address); err == nil {
		t.Errorf("a reader made the store %v", reader)
	}
	for range 2 {
		trail, err := Open(t.Context(), address, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(trail.Append(t.Context(), invitation("a@example.com", noon)), trail.Close()); err != nil {
			t.Fatal(err)
		}
	}
	reader, err := OpenReader(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	report, err := reader.Verify(t.Context())
	if err = errors.Join(err, reader.Close()); err != nil || report.Break != nil || report.Records != 2 {
		t.Errorf("%d records; %v, %v", report.Records, report.Break, err)
	}
}

func TestOpenSaysWhereNothingCanBeKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, fileMode); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), FileURL(file), Options{}); err == nil {
		t.Error("a file was taken for a directory")
	}
}

func TestURLs(t *testing.T) {
	for address, want := range map[string]string{
		"file:///var/lib/clay":           "",
		"file://localhost/var/lib/clay":  "",
		"file:///var/lib/clay?prefix=a/": "",
		"/var/lib/clay":                  "file:///",
		"":                               "no store for the scheme",
		"ftp://host/path":                "no store for the scheme \"ftp\"",
		"file://var/lib/clay":            "file:///var/lib/clay",
		"file:///":                       "directory is missing",
		"file://":                        "directory is missing",
		"file://user:secret@/var":        "credentials",
		"file:///%zz":                    "not a URL",
	} {
		err := CheckURL(address)
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", address, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}
