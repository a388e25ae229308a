package browser

import "sync"

// wedge remembers that a call could not be freed by any step of the ladder.
type wedge struct {
	once  sync.Once
	noted chan struct{}
}

// note looks at an error of a call and remembers KindWedged.
func (w *wedge) note(err error) {
	if KindOf(err) == KindWedged {
		w.once.Do(func() { close(w.noted) })
	}
}

// Wedged is closed when an operation ended with KindWedged: something in this process hangs for ever, and the process has to exit.
func (b *Browser) Wedged() <-chan struct{} { return b.wedge.noted }
