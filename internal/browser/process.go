package browser

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// process is the driver or Chromium, seen from outside. The handle makes sure that a process id which the system gave to another
// program in the meantime is not killed (on Linux).
type process struct {
	pid     int
	handle  *os.Process
	profile string
}

// findProcess returns a handle on a running process. A pid of 0 gives a process that is not known: it counts as alive and
// cannot be killed.
func findProcess(pid int) *process {
	if pid == 0 {
		return &process{}
	}
	handle, err := os.FindProcess(pid)
	if err != nil {
		return &process{}
	}
	return &process{pid: pid, handle: handle, profile: profileDir(pid)}
}

// alive says whether the process exists. A process that has ended but was not waited for exists.
func (p *process) alive() bool {
	return p == nil || p.handle == nil || !errors.Is(p.handle.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// kill ends the process at once. Chromium's children end with it.
func (p *process) kill() {
	if p != nil && p.handle != nil {
		// The only error is that it is dead already.
		_ = p.handle.Kill()
	}
}

// profilePrefix is how Playwright names the temporary profile of a Chromium.
const profilePrefix = "playwright_chromiumdev_profile-"

// profileDir finds the temporary profile of a Chromium, which a killed driver leaves behind.
func profileDir(pid int) string {
	line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err != nil {
		return ""
	}
	for argument := range strings.SplitSeq(string(line), "\x00") {
		dir, ok := strings.CutPrefix(argument, "--user-data-dir=")
		if ok && strings.HasPrefix(filepath.Base(dir), profilePrefix) {
			return dir
		}
	}
	return ""
}

// removeProfile removes the temporary profile.
func (p *process) removeProfile() {
	if p != nil && p.profile != "" {
		_ = os.RemoveAll(p.profile)
	}
}

// memory returns the resident memory of the process and all its descendants, in bytes, without file-backed pages: those are the
// program itself, which all of them share. It is 0 where there is no /proc.
func (p *process) memory() uint64 {
	if p == nil || p.pid == 0 {
		return 0
	}
	children := childrenByParent()
	var total uint64
	for queue := []int{p.pid}; len(queue) > 0; queue = queue[1:] {
		total += residentMemory(queue[0])
		queue = append(queue, children[queue[0]]...)
	}
	return total
}

// childrenByParent reads the process table.
func childrenByParent() map[int][]int {
	children := map[int][]int{}
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return children
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(filepath.Base(entry))
		if err != nil {
			continue
		}
		if parent := statusField(pid, "PPid:"); parent != 0 {
			children[parent] = append(children[parent], pid)
		}
	}
	return children
}

// residentMemory returns the anonymous and shared pages of one process in bytes; the kernel counts in KiB.
func residentMemory(pid int) uint64 {
	return uint64(max(0, statusField(pid, "RssAnon:")+statusField(pid, "RssShmem:"))) * 1024
}

// statusField reads a number from /proc/<pid>/status, or 0.
func statusField(pid int, name string) int {
	content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	_, rest, found := bytes.Cut(content, []byte("\n"+name))
	if !found {
		return 0
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	number, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(string(line)), " kB"))
	if err != nil {
		return 0
	}
	return number
}
