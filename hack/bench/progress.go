package main

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/term"
)

// progressPause is how often a count is printed: on a terminal over the last one, elsewhere on a line of its own.
const (
	progressPauseLive  = 200 * time.Millisecond
	progressPauseLines = 10 * time.Second
)

// progress shows what the benchmark is doing.
type progress struct {
	out     *os.File
	live    bool
	started time.Time
	printed time.Time
	open    bool
}

func newProgress(out *os.File) *progress {
	return &progress{out: out, live: term.IsTerminal(int(out.Fd())), started: time.Now()}
}

// stepf says what begins now.
func (p *progress) stepf(format string, arguments ...any) {
	p.close()
	fmt.Fprintf(p.out, "%7.1f s  %s\n", time.Since(p.started).Seconds(), fmt.Sprintf(format, arguments...))
	p.printed = time.Now()
}

// count says how far it is.
func (p *progress) count(done, total int, what string) {
	pause := progressPauseLines
	if p.live {
		pause = progressPauseLive
	}
	if time.Since(p.printed) < pause {
		return
	}
	p.printed = time.Now()
	line := fmt.Sprintf("%7.1f s    %d of %d %s", time.Since(p.started).Seconds(), done, total, what)
	if p.live {
		fmt.Fprintf(p.out, "\r\x1b[K%s", line)
		p.open = true
		return
	}
	fmt.Fprintln(p.out, line)
}

// close ends a line that counts were printed over.
func (p *progress) close() {
	if p.open {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.open = false
	}
}
