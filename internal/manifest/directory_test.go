package manifest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	directory := filepath.Join(t.TempDir(), "new")
	files := map[string][]byte{"a.yaml": []byte("a"), "users/b.yaml": []byte("b"), "users/c.yaml": []byte("c")}
	write := func(force bool) Changes {
		t.Helper()
		changes, err := Write(directory, files, force)
		if err != nil {
			t.Fatal(err)
		}
		return changes
	}
	edit := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(directory, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(Changes{Added: []string{"a.yaml", "users/b.yaml", "users/c.yaml"}}, write(false)); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Changes{Unchanged: 3}, write(false)); diff != "" {
		t.Errorf("again (-want +got):\n%s", diff)
	}
	edit("notes.yaml", "mine")
	delete(files, "users/c.yaml")
	files["a.yaml"] = []byte("a2")
	if diff := cmp.Diff(Changes{Changed: []string{"a.yaml"}, Removed: []string{"users/c.yaml"}, Unchanged: 1}, write(false)); diff != "" {
		t.Errorf("another world (-want +got):\n%s", diff)
	}

	edit("users/b.yaml", "by hand")
	edit("a.yaml", "by hand")
	files["a.yaml"], files["new.yaml"] = []byte("a3"), []byte("new")
	edit("new.yaml", "somebody's")
	delete(files, "users/b.yaml")
	_, err := Write(directory, files, false)
	foreign := (*ForeignError)(nil)
	if !errors.As(err, &foreign) || strings.Join(foreign.Files, " ") != "a.yaml new.yaml users/b.yaml" {
		t.Errorf("what was changed by hand: %v", err)
	}
	for path, want := range map[string]string{"a.yaml": "by hand", "users/b.yaml": "by hand", "new.yaml": "somebody's"} {
		if text, err := os.ReadFile(filepath.Join(directory, path)); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	if diff := cmp.Diff(Changes{Changed: []string{"a.yaml", "new.yaml"}, Removed: []string{"users/b.yaml"}}, write(true)); diff != "" {
		t.Errorf("by force (-want +got):\n%s", diff)
	}
	if text, err := os.ReadFile(filepath.Join(directory, "notes.yaml")); err != nil || string(text) != "mine" {
		t.Errorf("somebody else's file: %q, %v", text, err)
	}

	edit(IndexFile, "0  ../outside\n")
	if _, err := Write(directory, files, true); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("an index that leads outside: %v", err)
	}
}
