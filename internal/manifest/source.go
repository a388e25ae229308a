package manifest

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Stdin is the path that means standard input, and the name under which problems in it are told.
const Stdin = "-"

// maxSource is the largest text that is read, in bytes: twenty times the manifests of ten thousand people.
const maxSource = 64 * megabyte

// megabyte is what the answer about a text that is too large counts by.
const megabyte = 1 << 20

// Source is a text that holds manifests.
type Source struct {
	// Name is the path of the file.
	Name string
	Text []byte
}

// Find reads files, and all files in directories and those below them that end like manifests. Whatever begins with a dot is left out there.
// A path Stdin reads stdin.
func Find(paths []string, stdin io.Reader) ([]Source, error) {
	var found []Source
	for _, path := range paths {
		if path == Stdin {
			source, err := read("standard input", stdin)
			if err != nil {
				return nil, err
			}
			found = append(found, source)
			continue
		}
		files, err := list(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if slices.ContainsFunc(found, func(known Source) bool { return known.Name == file }) {
				continue
			}
			source, err := open(file)
			if err != nil {
				return nil, err
			}
			found = append(found, source)
		}
	}
	return found, nil
}

// list returns the path of a file, or those of the manifests in a directory.
func list(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("find the manifests: %w", err)
	}
	if !info.IsDir() {
		return []string{filepath.Clean(path)}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(each string, entry fs.DirEntry, err error) error {
		switch hidden := each != path && strings.HasPrefix(entry.Name(), "."); {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return filepath.SkipDir
		case !hidden && !entry.IsDir() && isManifest(entry.Name()):
			files = append(files, filepath.Clean(each))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for manifests in %s: %w", path, err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no file in %s that ends with .yaml, .yml or .json", path)
	}
	return files, nil
}

// isManifest says whether kubectl would take a file in a directory for a manifest.
func isManifest(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name))
}

func open(path string) (Source, error) {
	file, err := os.Open(path)
	if err != nil {
		return Source{}, fmt.Errorf("read the manifests: %w", err)
	}
	source, err := read(path, file)
	_ = file.Close() // it was only read
	return source, err
}

func read(name string, from io.Reader) (Source, error) {
	text, err := io.ReadAll(io.LimitReader(from, maxSource+1))
	if err != nil {
		return Source{}, fmt.Errorf("read the manifests: %s: %w", name, err)
	}
	if len(text) > maxSource {
		return Source{}, fmt.Errorf("%s holds more than %d MB: give the directory with the manifests, and nothing else", name, maxSource/megabyte)
	}
	return Source{Name: name, Text: text}, nil
}
