package sidecar

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// maxSweeps bounds the looks at the list of processes: a process that is killed may have started another just before.
const maxSweeps = 10

// sweep kills every process whose environment or command line holds the path of the directory. Chromium puts itself into a process group
// of its own, and when its parent dies nothing else leads from the child to it.
func sweep(directory string) {
	for range maxSweeps {
		if !sweepOnce(directory) {
			return
		}
	}
}

func sweepOnce(directory string) (found bool) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return false
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		// The handle is taken first: once it is held, the number cannot come to mean another process.
		process, err := os.FindProcess(pid)
		if err != nil {
			continue
		}
		if belongs(pid, directory) && process.Kill() == nil {
			found = true
		}
		_ = process.Release()
	}
	return found
}

// belongs reports whether a process was started with the directory as its place for temporary files. The processes of other users cannot be
// read, and are none of ours.
func belongs(pid int, directory string) bool {
	for _, name := range []string{"environ", "cmdline"} {
		data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), name))
		if err == nil && bytes.Contains(data, []byte(directory)) {
			return true
		}
	}
	return false
}
