package e2e

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	// warmUp are the hours before memory is compared: caches fill, and every page is met for the first time.
	warmUp = 1
	// quarters part the hours after that: the first and the last are compared.
	quarters = 4
	// leastHours make a comparison: two hours in each quarter.
	leastHours = warmUp + 2*quarters
	// mostGrowth is how much larger the median of the last quarter may be. Between the middles of the two lie some two hundred passes:
	// 0.15 MiB that the manager keeps of each, or 1 MiB that Chromium keeps, is found. What a collector of garbage has
	// not got to comes and goes by less.
	mostGrowth = 1.25
)

// memory is what the processes of the operator hold, in mebibytes of resident set. What processes share counts in each of them.
type memory struct{ manager, sidecar, node, chromium float64 }

func (m memory) String() string {
	return fmt.Sprintf("manager %.0f MiB, sidecar %.0f MiB, node %.0f MiB, Chromium %.0f MiB", m.manager, m.sidecar, m.node, m.chromium)
}

// larger is the larger of the two, kind by kind.
func (m memory) larger(other memory) memory {
	return memory{max(m.manager, other.manager), max(m.sidecar, other.sidecar), max(m.node, other.node), max(m.chromium, other.chromium)}
}

// measure adds up the processes below the manager, by their program.
func (d *day) measure() memory {
	d.t.Helper()
	found := memory{manager: residentOf(d.operator.PID)}
	parents := processParents()
	for pid := range parents {
		if !isBelow(parents, pid, d.operator.PID) {
			continue
		}
		program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		if err != nil {
			continue // it ended
		}
		switch name := filepath.Base(program); {
		case strings.Contains(name, victims["browser"]):
			found.chromium += residentOf(pid)
		case strings.Contains(name, victims["driver"]):
			found.node += residentOf(pid)
		case strings.Contains(name, victims["sidecar"]):
			found.sidecar += residentOf(pid)
		}
	}
	if found.manager == 0 || found.sidecar == 0 || found.node == 0 || found.chromium == 0 {
		d.t.Errorf("a process is missing: %s", found)
	}
	return found
}

// isBelow says whether a process descends from another.
func isBelow(parents map[int]int, pid, ancestor int) bool {
	for pid = parents[pid]; pid != 0; pid = parents[pid] {
		if pid == ancestor {
			return true
		}
	}
	return false
}

// residentOf is the resident set of a process in mebibytes; 0 where it ended.
func residentOf(pid int) float64 {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(content)) {
		if value, is := strings.CutPrefix(line, "VmRSS:"); is {
			kibibytes, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			return kibibytes / 1024
		}
	}
	return 0
}

// level is a process at both ends of the day.
type level struct {
	name        string
	first, last float64
}

func (l level) growth() float64 { return l.last / l.first }

// levels are the medians of the first and the last quarter of the hours; none where the hours are too few to compare.
func (d *day) levels() []level {
	if len(d.played) < leastHours {
		return nil
	}
	warm := d.played[warmUp:]
	size := len(warm) / quarters
	medians := func(name string, of func(memory) float64) level {
		return level{name: name, first: median(warm[:size], of), last: median(warm[len(warm)-size:], of)}
	}
	return []level{
		medians("manager", func(m memory) float64 { return m.manager }),
		medians("sidecar", func(m memory) float64 { return m.sidecar }),
		medians("node", func(m memory) float64 { return m.node }),
		medians("Chromium", func(m memory) float64 { return m.chromium }),
	}
}

// checkMemory fails where a process has grown.
func (d *day) checkMemory() {
	d.t.Helper()
	for _, l := range d.levels() {
		d.t.Logf("%s: %.0f MiB in the first quarter of the day, %.0f MiB in the last (%.2f)", l.name, l.first, l.last, l.growth())
		if l.growth() > mostGrowth {
			d.t.Errorf("the memory of %s grew from %.0f MiB to %.0f MiB", l.name, l.first, l.last)
		}
	}
}

func median(hours []hour, of func(memory) float64) float64 {
	values := make([]float64, 0, len(hours))
	for _, played := range hours {
		values = append(values, of(played.memory))
	}
	slices.SortFunc(values, cmp.Compare)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

func TestLevels(t *testing.T) {
	cases := map[string]struct {
		hours int
		of    func(hour int) float64
		grows bool
	}{
		"too few hours":                      {leastHours - 1, func(hour int) float64 { return float64(100 * hour) }, false},
		"a leak":                             {24, func(hour int) float64 { return 70 + 1.5*float64(hour) }, true},
		"a leak, and a restart near the end": {24, func(hour int) float64 { return 70 + 2*float64(hour%23) }, true},
		"ups and downs":                      {24, func(hour int) float64 { return 70 + float64(hour%3)*20 }, false},
		"more in the first hour alone":       {24, func(hour int) float64 { return 70 + 100/float64(hour*hour*hour) }, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := &day{}
			for number := 1; number <= c.hours; number++ {
				d.played = append(d.played, hour{number: number, memory: memory{manager: c.of(number), sidecar: 1, node: 1, chromium: 1}})
			}
			grows := slices.ContainsFunc(d.levels(), func(l level) bool { return l.growth() > mostGrowth })
			if grows != c.grows {
				t.Errorf("grows: %t, want %t (%+v)", grows, c.grows, d.levels())
			}
		})
	}
}
