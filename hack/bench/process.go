package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// memory is what a process holds, in mebibytes.
type memory struct {
	// resident is now, anonymous the part of it that is not the program's own file, and peak the most there ever was.
	resident, anonymous, peak float64
}

// kibibytesPerMebibyte is for /proc, which counts in kibibytes and calls them kB.
const kibibytesPerMebibyte = 1 << 10

// memoryOf reads what the kernel says of a process.
func memoryOf(pid int) (memory, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memory{}, fmt.Errorf("read the operator's memory (this needs Linux): %w", err)
	}
	var found memory
	values := map[string]*float64{"VmRSS": &found.resident, "RssAnon": &found.anonymous, "VmHWM": &found.peak}
	for line := range strings.Lines(string(content)) {
		name, value, _ := strings.Cut(line, ":")
		target, wanted := values[name]
		if !wanted {
			continue
		}
		kibibytes, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		if err != nil {
			return memory{}, fmt.Errorf("read the operator's memory: %w", err)
		}
		*target = float64(kibibytes) / kibibytesPerMebibyte
	}
	return found, nil
}
