package sidecar

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSocketPath(t *testing.T) {
	cases := map[string]struct{ address, want string }{
		"path":            {"/run/b.sock", "/run/b.sock"},
		"unix":            {"unix:///run/b.sock", "/run/b.sock"},
		"not clean":       {"unix:///run/x/../b.sock", "/run/b.sock"},
		"relative":        {"b.sock", ""},
		"relative unix":   {"unix://b.sock", ""},
		"another network": {"tcp://127.0.0.1:80", ""},
		"empty":           {"", ""},
		"too long":        {"/" + strings.Repeat("x", maxSocketPath), ""},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := SocketPath(test.address)
			if got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestListenMakesAPrivateSocketAndRemovesIt(t *testing.T) {
	path := filepath.Join(shortDir(t), "run", "b.sock")
	listener, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := listener.Addr().String(); got != path {
		t.Errorf("it listens at %s, want %s", got, path)
	}
	requireMode(t, path, os.ModeSocket|socketMode)
	requireMode(t, filepath.Dir(path), os.ModeDir|socketDirMode)
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("beside the socket: %v, %v", entries, err)
	}
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestListenReplacesWhatADeadProcessLeft(t *testing.T) {
	path := filepath.Join(shortDir(t), "b.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	listener, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
}

func TestListenTakesNothingFromTheLiving(t *testing.T) {
	path := filepath.Join(shortDir(t), "b.sock")
	living, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path); err == nil || !strings.Contains(err.Error(), "another process serves") {
		t.Errorf("a second listener: %v", err)
	}
	// A socket that was put in the place of the first is not the first one's to remove.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	next, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := living.Close(); err != nil {
		t.Error(err)
	}
	requireMode(t, path, os.ModeSocket|socketMode)
	if err := next.Close(); err != nil {
		t.Error(err)
	}
}

func TestListenTouchesNoOtherFile(t *testing.T) {
	path := filepath.Join(shortDir(t), "notes")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path); err == nil || !strings.Contains(err.Error(), "not a socket") {
		t.Errorf("a file was taken for a socket: %v", err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "mine" {
		t.Errorf("the file is now %q, %v", data, err)
	}
}

func requireMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != want {
		t.Errorf("%s has mode %v, want %v", path, info.Mode(), want)
	}
}
