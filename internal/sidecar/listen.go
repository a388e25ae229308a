package sidecar

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// unixScheme may stand before the path of a socket.
	unixScheme = "unix://"
	// maxSocketPath is the longest path, in bytes, that a unix socket can have on every system that we run on: macOS
	// allows 103, Linux 107.
	maxSocketPath = 103
	// socketMode lets only the user of the process connect.
	socketMode = 0o600
	// socketDirMode is for the directory of the socket, where Listen has to make it.
	socketDirMode = 0o700
	// probeLimit bounds the look whether somebody answers at a socket. A live listener's kernel answers at once.
	probeLimit = 2 * time.Second
)

// SocketPath returns the path in an address: a path, or one with unix:// before it. The error says what an address looks like.
func SocketPath(address string) (string, error) {
	path := strings.TrimPrefix(address, unixScheme)
	switch {
	case !filepath.IsAbs(path):
		return "", fmt.Errorf("%q is not the address of a unix socket such as unix:///run/clay-operator/browser.sock", address)
	case len(path) > maxSocketPath:
		return "", fmt.Errorf("the path of the socket has %d bytes and may have %d: choose a shorter directory (TMPDIR, where none is named)",
			len(path), maxSocketPath)
	}
	return filepath.Clean(path), nil
}

// Listen opens the socket at an address; see SocketPath. Only the user of this process can connect to it. What a process left
// there that is gone is replaced; a socket that somebody answers at, or a file that is no socket, is an error. Closing
// the listener removes the socket.
func Listen(address string) (net.Listener, error) {
	path, err := SocketPath(address)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), socketDirMode); err != nil {
		return nil, fmt.Errorf("make the directory of the socket: %w", err)
	}
	if err := checkStale(path); err != nil {
		return nil, err
	}
	// The socket comes into being under another name, in a directory that nobody else can enter, and moves to its place
	// with its mode set: at no time can another user connect.
	private, err := os.MkdirTemp(filepath.Dir(path), ".")
	if err != nil {
		return nil, fmt.Errorf("make a directory beside the socket: %w", err)
	}
	defer func() { _ = os.RemoveAll(private) }()
	return listenPrivate(filepath.Join(private, "s"), path)
}

func listenPrivate(private, path string) (net.Listener, error) {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: private, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("open the socket: %w", err)
	}
	listener.SetUnlinkOnClose(false)
	own, err := os.Stat(private)
	if err == nil {
		err = errors.Join(os.Chmod(private, socketMode), os.Rename(private, path))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("put the socket in its place: %w", err), listener.Close())
	}
	return &socket{Listener: listener, path: path, own: own}, nil
}

// checkStale returns nil where there is nothing at the path, or a socket that nobody answers at.
func checkStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look for an older socket: %w", err)
	case info.Mode().Type() != os.ModeSocket:
		return fmt.Errorf("%s exists and is not a socket: remove it, or name another address with --listen", path)
	}
	ctx, cancel := context.WithTimeout(context.Background(), probeLimit)
	defer cancel()
	connection, err := new(net.Dialer).DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		return errors.Join(
			fmt.Errorf("another process serves %s: end it, or name another address with --listen", path), connection.Close())
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, os.ErrNotExist):
		return nil
	default:
		return fmt.Errorf("find out whether somebody serves %s: %w", path, err)
	}
}

// socket removes its file when it is closed, unless another process has put its own in that place.
type socket struct {
	net.Listener
	path string
	own  os.FileInfo
	once sync.Once
}

// Addr implements net.Listener. The socket was born under another name, which the listener inside still tells.
func (s *socket) Addr() net.Addr { return &net.UnixAddr{Name: s.path, Net: "unix"} }

// Close implements net.Listener.
func (s *socket) Close() error {
	s.once.Do(func() {
		if now, err := os.Lstat(s.path); err == nil && os.SameFile(now, s.own) {
			_ = os.Remove(s.path)
		}
	})
	return s.Listener.Close()
}
