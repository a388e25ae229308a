package audit

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
)

// The query parameters of a store in files that are not the user's choice.
var (
	// fileParameters are for every use: a file is written beside its place, on the same volume, and has no file of attributes beside it.
	fileParameters = map[string]string{"no_tmp_dir": "true", "metadata": "skip"}
	// writerParameters are for whoever writes: what is missing is made, for the user of the process alone.
	writerParameters = map[string]string{"create_dir": "true", "dir_file_mode": "0700"}
)

// CheckURL returns what is wrong with the URL of a store, or nil. It does not look whether the store is there.
func CheckURL(address string) error {
	_, err := parseURL(address)
	return err
}

// FileURL returns the URL of a store in a directory.
func FileURL(directory string) string {
	return (&url.URL{Scheme: fileblob.Scheme, Path: filepath.ToSlash(directory)}).String()
}

func parseURL(address string) (*url.URL, error) {
	const examples = "use file:///var/lib/clay-operator, s3://bucket?prefix=clay/&region=eu-central-1, gs://bucket or azblob://container"
	parsed, err := url.Parse(address)
	if err != nil {
		// The error repeats the text, which may hold what is nobody's business.
		return nil, errors.New("it is not a URL: " + examples)
	}
	// Which clouds there are is up to the program: their libraries are large, and whoever links them makes their schemes known.
	if !blob.DefaultURLMux().ValidBucketScheme(parsed.Scheme) {
		return nil, fmt.Errorf("there is no store for the scheme %q: %s", parsed.Scheme, examples)
	}
	if parsed.User != nil {
		return nil, errors.New("a URL must not hold credentials: give them in the environment, as the cloud's own tools expect them")
	}
	if parsed.Scheme != fileblob.Scheme {
		if parsed.Host == "" {
			return nil, errors.New("the name of the bucket is missing: " + examples)
		}
		return parsed, nil
	}
	if parsed.Host != "" && parsed.Host != "localhost" {
		return nil, fmt.Errorf("a directory's URL has three slashes: use file:///%s%s", parsed.Host, parsed.Path)
	}
	if parsed.Path == "" || parsed.Path == "/" {
		return nil, errors.New("the directory is missing: use one such as file:///var/lib/clay-operator")
	}
	return parsed, nil
}

// shown returns a URL for people: without the query, which may say more than where the store is, but for the prefix, which belongs to that.
func shown(address *url.URL) string {
	text := address.Scheme + "://" + address.Host + address.Path
	if prefix := address.Query().Get("prefix"); prefix != "" {
		text += "?prefix=" + prefix
	}
	return text
}

// forFiles returns the URL with the parameters that stores in files need. What the user gave stays, if it is no choice of ours.
func forFiles(address *url.URL, write bool) *url.URL {
	query := address.Query()
	for name, value := range fileParameters {
		query.Set(name, value)
	}
	for name, value := range writerParameters {
		if write && !query.Has(name) {
			query.Set(name, value)
		}
	}
	result := *address
	result.RawQuery = query.Encode()
	return &result
}

// directoryOf returns the directory of a store in files.
func directoryOf(address *url.URL) string {
	path := address.Path
	if os.PathSeparator != '/' {
		path = strings.TrimPrefix(path, "/")
	}
	return filepath.FromSlash(path)
}
