package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"
)

const (
	// fileMode is for the user of the process alone.
	fileMode = 0o600
	// lockFile lies in the directory of a store in files.
	lockFile = ".lock"

	// maxObject bounds what is read into memory, in bytes: several times the largest batch of records and the largest picture.
	maxObject = 64 << 20
	// listPage is how many names are asked for at a time. Clouds give a thousand at most; a directory is walked once for
	// each page.
	listPage = 100_000
	// listAttempts is how often a directory is walked in which others work: the library gives up when a file goes between seeing it and
	// looking at it.
	listAttempts = 20
)

// contentTypes lets a browser show what it gets from a cloud.
var contentTypes = map[string]string{
	".json":  "application/json",
	".jsonl": "application/x-ndjson",
	".png":   "image/png",
	".txt":   "text/plain; charset=utf-8",
}

// errExists says that an object that was to be made is there already.
var errExists = errors.New("there is such an object already")

// object is what a list says of one.
type object struct {
	key      string
	size     int64
	modified time.Time
}

// objects is a store as the rest of the package sees it. The second implementation is the tests' one, which fails where it is told to.
type objects interface {
	// create makes an object that is not there; errExists says that it is. Any other error leaves open whether it was made.
	create(ctx context.Context, key string, data []byte) error
	// replace makes an object or replaces it.
	replace(ctx context.Context, key string, data []byte) error
	// read returns an object, or false where there is none.
	read(ctx context.Context, key string) (data []byte, found bool, err error)
	// list returns at most limit objects in the order of their keys; zero means all.
	list(ctx context.Context, prefix string, limit int) ([]object, error)
	// remove removes an object; one that is not there is no error.
	remove(ctx context.Context, key string) error
	close() error
}

// bucket is the store that a URL names.
type bucket struct {
	blobs *blob.Bucket
	// name is the URL, for people.
	name string
	// directory is set for a store in files, whose conditional writes are atomic only under a lock.
	directory string
}

// openBucket returns the store that a URL names. One to write in is made where it is a directory that is missing.
func openBucket(ctx context.Context, address string, write bool) (*bucket, error) {
	parsed, err := parseURL(address)
	if err != nil {
		return nil, err
	}
	opened := &bucket{name: shown(parsed)}
	if parsed.Scheme == fileblob.Scheme {
		opened.directory = directoryOf(parsed)
		parsed = forFiles(parsed, write)
	}
	if opened.blobs, err = blob.OpenBucket(ctx, parsed.String()); err != nil {
		return nil, fmt.Errorf("open the audit store %s: %w", opened.name, err)
	}
	return opened, nil
}

func (b *bucket) create(ctx context.Context, key string, data []byte) error {
	if b.directory != "" {
		unlock, err := lock(ctx, filepath.Join(b.directory, lockFile))
		if err != nil {
			return err
		}
		defer unlock()
	}
	err := b.write(ctx, key, data, true)
	if gcerrors.Code(err) == gcerrors.FailedPrecondition {
		return errExists
	}
	return err
}

func (b *bucket) replace(ctx context.Context, key string, data []byte) error {
	return b.write(ctx, key, data, false)
}

// write returns when the object is stored. That of a directory is on the disk then, and not only on its way there.
func (b *bucket) write(ctx context.Context, key string, data []byte, create bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var file *os.File
	writer, err := b.blobs.NewWriter(ctx, key, &blob.WriterOptions{
		IfNotExist: create,
		// Without a type the write begins at the end, and not before the file is known.
		ContentType: contentTypes[path.Ext(key)],
		BeforeWrite: func(as func(any) bool) error {
			if as(&file) {
				return file.Chmod(fileMode)
			}
			return nil
		},
	})
	if err != nil {
		return err
	}
	_, err = writer.Write(data)
	if err == nil && file != nil {
		err = file.Sync()
	}
	if err != nil {
		// A writer that is closed without this keeps what it has.
		cancel()
		return errors.Join(err, ignoreCanceled(writer.Close()))
	}
	if err := writer.Close(); err != nil {
		return err
	}
	if file != nil {
		return syncDirectories(filepath.Dir(file.Name()))
	}
	return nil
}

func ignoreCanceled(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// syncDirectories brings a directory to the disk, and its parent, in which it may be new.
func syncDirectories(directory string) error {
	for _, each := range []string{directory, filepath.Dir(directory)} {
		opened, err := os.Open(each)
		if err != nil {
			return err
		}
		if err := errors.Join(opened.Sync(), opened.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (b *bucket) read(ctx context.Context, key string) (data []byte, found bool, err error) {
	reader, err := b.blobs.NewReader(ctx, key, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	data, err = io.ReadAll(io.LimitReader(reader, maxObject+1))
	if err = errors.Join(err, reader.Close()); err != nil {
		return nil, false, fmt.Errorf("read %s: %w", key, err)
	}
	if len(data) > maxObject {
		return nil, false, fmt.Errorf("read %s: it is larger than any object that was written here", key)
	}
	return data, true, nil
}

func (b *bucket) list(ctx context.Context, prefix string, limit int) ([]object, error) {
	for attempt := 1; ; attempt++ {
		all, err := b.listOnce(ctx, prefix, limit)
		if b.directory == "" || gcerrors.Code(err) != gcerrors.NotFound || attempt == listAttempts {
			return all, err
		}
	}
}

func (b *bucket) listOnce(ctx context.Context, prefix string, limit int) ([]object, error) {
	size := listPage
	if limit > 0 {
		size = min(size, limit)
	}
	var all []object
	for token := blob.FirstPageToken; len(token) > 0; {
		page, next, err := b.blobs.ListPage(ctx, token, size, &blob.ListOptions{Prefix: prefix})
		if err != nil {
			return nil, err
		}
		for _, each := range page {
			all = append(all, object{key: each.Key, size: each.Size, modified: each.ModTime})
		}
		if limit > 0 && len(all) >= limit {
			break
		}
		token = next
	}
	return all, nil
}

func (b *bucket) remove(ctx context.Context, key string) error {
	err := b.blobs.Delete(ctx, key)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	return err
}

func (b *bucket) close() error { return b.blobs.Close() }
